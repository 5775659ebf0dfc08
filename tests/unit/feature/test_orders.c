/* The order log: population, order of lines, orders told apart, what is left out. */
#include "tables.h"

#include "base/parallel.h"
#include "feature/orders.h"

static int32_t day(int y, int m, int d) {
    return bm_days_from_civil(y, m, d);
}

/* Eight lines of three buyers, out of order of time. A return (r4), an order over two lines (A1),
 * the same order number of two buyers (A1), a line without a number (r6), unknown category (r2). */
static bm_table make_log(void) {
    bm_table t = make_table("orders.csv", 8);
    add_texts(&t, "buyer", (const char *[]){"b", "a", "a", "c", "a", "a", "a", "b"});
    add_dates(&t, "date",
              (const char *[]){"2024-03-05", "2024-03-09T23:59:59", "2024-03-01", "2024-03-20",
                               "2024-03-12", "2024-03-01T10:00", "2024-03-10", "2024-03-05"});
    add_numbers(&t, "price", (const double[]){2, 3, 5, 7, 11, 13, NAN, 19});
    add_numbers(&t, "qty", (const double[]){1, 2, 1, 1, -1, 3, 1, 1});
    add_texts(&t, "order", (const char *[]){"A1", "A2", "A1", "A3", "C9", "A1", NULL, "A4"});
    add_texts(&t, "category", (const char *[]){"x", "y", NULL, "x", "x", "z", "y", "x"});
    mark_rows(&t, (const uint8_t[]){0, 0, 0, 0, 1, 0, 0, 0});
    return t;
}

static bm_order_roles roles_of(int with_order) {
    bm_order_roles roles = {.buyer = "buyer", .date = "date", .amount = "price"};
    roles.amount_factor = "qty";
    roles.quantity = "qty";
    roles.order = with_order ? "order" : NULL;
    roles.dimension[BM_CATEGORY] = "category";
    return roles;
}

static void lines_stand_by_buyer_and_day_and_input_order(void **state) {
    (void)state;
    bm_table t = make_log();
    bm_order_roles roles = roles_of(1);
    bm_orders o;
    bm_dictionary ids = {0};
    bm_accounting accounting = {.rows_in = 8, .used = 8};
    voice v;
    voice_init(&v);
    assert_int_equal(bm_orders_build(&t, &roles, day(2024, 3, 21), NULL, &v.context, &accounting,
                                     &o, &ids, NULL),
                     BM_OK);
    assert_int_equal(o.buyers, 3);
    assert_int_equal(o.lines, 8);
    assert_string_equal(bm_dictionary_string(&ids, 0), "b");
    assert_string_equal(bm_dictionary_string(&ids, 1), "a");
    assert_string_equal(bm_dictionary_string(&ids, 2), "c");
    const size_t first[] = {0, 2, 7, 8};
    assert_memory_equal(o.first, first, sizeof first);
    /* b: rows 0, 7; a: rows 2, 5 (one day), 1, 6, 4; c: row 3. */
    const int32_t days[] = {day(2024, 3, 5), day(2024, 3, 5),  day(2024, 3, 1),  day(2024, 3, 1),
                            day(2024, 3, 9), day(2024, 3, 10), day(2024, 3, 12), day(2024, 3, 20)};
    assert_memory_equal(o.day, days, sizeof days);
    const double amounts[] = {2, 19, 5, 39, 6, 0, -11, 7}; /* row 6 has no price: 0 */
    assert_memory_equal(o.amount, amounts, sizeof amounts);
    const double quantities[] = {1, 1, 1, 3, 2, 1, -1, 1};
    assert_memory_equal(o.quantity, quantities, sizeof quantities);
    const uint8_t returns[] = {0, 0, 0, 0, 0, 0, 1, 0};
    assert_memory_equal(o.is_return, returns, sizeof returns);
    const int32_t codes[] = {0, 0, -1, 2, 1, 1, 0, 0};
    assert_memory_equal(o.code[BM_CATEGORY], codes, sizeof codes);
    assert_null(o.code[BM_PRODUCT]);
    assert_ptr_equal(o.names[BM_CATEGORY], &bm_table_column(&t, "category")->dictionary);
    assert_int_equal(o.as_of, day(2024, 3, 21));
    assert_int_equal(accounting.used, 8);
    assert_int_equal(accounting.excluded, 0);
    assert_true(voice_warned(&v, "1 order lines have no amount"));
    bm_orders_free(&o);
    bm_dictionary_free(&ids);
    bm_log_free(&v.log);
    bm_table_free(&t);
}

static void an_order_number_opens_one_order_a_buyer_and_returns_open_none(void **state) {
    (void)state;
    bm_table t = make_log();
    bm_order_roles roles = roles_of(1);
    bm_orders o;
    bm_dictionary ids = {0};
    voice v;
    voice_init(&v);
    assert_int_equal(
        bm_orders_build(&t, &roles, day(2024, 3, 21), NULL, &v.context, NULL, &o, &ids, NULL),
        BM_OK);
    const uint8_t opens[] = {1, 1, 1, 0, 1, 1, 0, 1};
    assert_memory_equal(o.opens, opens, sizeof opens);
    bm_orders_free(&o);
    bm_dictionary_free(&ids);
    bm_log_free(&v.log);
    bm_table_free(&t);
}

static void without_order_numbers_an_order_is_a_buyers_day(void **state) {
    (void)state;
    bm_table t = make_log();
    bm_order_roles roles = roles_of(0);
    bm_orders o;
    bm_dictionary ids = {0};
    voice v;
    voice_init(&v);
    assert_int_equal(
        bm_orders_build(&t, &roles, day(2024, 3, 21), NULL, &v.context, NULL, &o, &ids, NULL),
        BM_OK);
    const uint8_t opens[] = {1, 0, 1, 0, 1, 1, 0, 1};
    assert_memory_equal(o.opens, opens, sizeof opens);
    bm_orders_free(&o);
    bm_dictionary_free(&ids);
    bm_log_free(&v.log);
    bm_table_free(&t);
}

static void a_return_before_an_order_leaves_the_opening_to_the_next_line(void **state) {
    (void)state;
    bm_table t = make_table("orders.csv", 3);
    add_texts(&t, "buyer", (const char *[]){"a", "a", "a"});
    add_dates(&t, "date", (const char *[]){"2024-01-01", "2024-01-01", "2024-01-01"});
    add_texts(&t, "order", (const char *[]){"1", "1", "1"});
    mark_rows(&t, (const uint8_t[]){1, 0, 0});
    for (int with_order = 0; with_order <= 1; with_order++) {
        bm_order_roles roles = {.buyer = "buyer", .date = "date"};
        roles.order = with_order ? "order" : NULL;
        bm_orders o;
        bm_dictionary ids = {0};
        voice v;
        voice_init(&v);
        assert_int_equal(
            bm_orders_build(&t, &roles, day(2024, 3, 21), NULL, &v.context, NULL, &o, &ids, NULL),
            BM_OK);
        const uint8_t opens[] = {0, 1, 0};
        assert_memory_equal(o.opens, opens, sizeof opens);
        assert_null(o.amount);
        assert_null(o.quantity);
        bm_orders_free(&o);
        bm_dictionary_free(&ids);
        bm_log_free(&v.log);
    }
    bm_table_free(&t);
}

static void lines_after_as_of_and_of_unknown_buyers_are_left_out_and_counted(void **state) {
    (void)state;
    bm_table t = make_log();
    bm_order_roles roles = roles_of(1);
    bm_dictionary population = make_dictionary((const char *[]){"nobody", "a"}, 2);
    bm_orders o;
    bm_dictionary ids = {0};
    bm_accounting accounting = {.rows_in = 10, .used = 8, .rejected = 2};
    voice v;
    voice_init(&v);
    /* As of 9 March: rows 3, 4, 6 are later; rows 0 and 7 are of b, who is not known. */
    assert_int_equal(bm_orders_build(&t, &roles, day(2024, 3, 9), &population, &v.context,
                                     &accounting, &o, &ids, NULL),
                     BM_OK);
    assert_int_equal(ids.count, 0);
    assert_int_equal(o.buyers, 2);
    assert_int_equal(o.lines, 3);
    const size_t first[] = {0, 0, 3};
    assert_memory_equal(o.first, first, sizeof first);
    assert_int_equal(accounting.used, 3);
    assert_int_equal(accounting.excluded, 5);
    assert_int_equal(accounting.rows_in, accounting.used + accounting.rejected +
                                             accounting.duplicates + accounting.excluded);
    assert_int_equal(accounting.exclusions, 2);
    assert_string_equal(accounting.exclusion[0].reason, "after as_of");
    assert_int_equal(accounting.exclusion[0].rows, 3);
    assert_string_equal(accounting.exclusion[1].reason, "unknown buyer");
    assert_int_equal(accounting.exclusion[1].rows, 2);
    assert_int_equal(v.log.warnings.count, 1);
    assert_true(voice_warned(&v, "2 order lines of 1 buyers"));
    bm_orders_free(&o);
    bm_accounting_free(&accounting);
    bm_dictionary_free(&population);
    bm_log_free(&v.log);
    bm_table_free(&t);
}

static void a_buyer_whose_lines_are_all_later_is_not_in_the_population(void **state) {
    (void)state;
    bm_table t = make_log();
    bm_order_roles roles = roles_of(1);
    bm_orders o;
    bm_dictionary ids = {0};
    voice v;
    voice_init(&v);
    assert_int_equal(
        bm_orders_build(&t, &roles, day(2024, 3, 19), NULL, &v.context, NULL, &o, &ids, NULL),
        BM_OK);
    assert_int_equal(o.buyers, 2);
    assert_int_equal(ids.count, 2);
    assert_int_equal(bm_dictionary_find(&ids, (bm_text){"c", 1}), -1);
    bm_orders_free(&o);
    bm_dictionary_free(&ids);
    bm_log_free(&v.log);
    bm_table_free(&t);
}

static void the_default_as_of_is_the_day_after_the_last_line_that_is_no_return(void **state) {
    (void)state;
    bm_order_roles roles = {.buyer = "buyer", .date = "date"};
    bm_table t = make_table("orders.csv", 3);
    add_dates(&t, "date", (const char *[]){"2011-12-09T12:50", "2011-12-24", "1969-12-31T23:00"});
    int32_t as_of = 0;
    assert_int_equal(bm_orders_last_day(&t, &roles, &as_of, NULL), BM_OK);
    assert_int_equal(as_of, day(2011, 12, 25));
    mark_rows(&t, (const uint8_t[]){0, 1, 0});
    assert_int_equal(bm_orders_last_day(&t, &roles, &as_of, NULL), BM_OK);
    assert_int_equal(as_of, day(2011, 12, 10));
    memset(t.marked, 1, 3);
    assert_int_equal(bm_orders_last_day(&t, &roles, &as_of, NULL), BM_OK);
    assert_int_equal(as_of, day(2011, 12, 25));
    t.marked[2] = 0;
    assert_int_equal(bm_orders_last_day(&t, &roles, &as_of, NULL), BM_OK);
    assert_int_equal(as_of, 0); /* the day after 31 December 1969 */
    t.rows = 0;
    bm_error err;
    assert_int_equal(bm_orders_last_day(&t, &roles, &as_of, &err), BM_DATA);
    assert_non_null(strstr(err.message, "orders.csv"));
    bm_table_free(&t);
}

static void an_empty_log_has_a_population_without_lines(void **state) {
    (void)state;
    bm_table t = make_table("orders.csv", 0);
    add_texts(&t, "buyer", NULL);
    add_seconds(&t, "date", NULL);
    bm_order_roles roles = {.buyer = "buyer", .date = "date"};
    bm_dictionary population = make_dictionary((const char *[]){"a", "b"}, 2);
    bm_orders o;
    bm_dictionary ids = {0};
    voice v;
    voice_init(&v);
    assert_int_equal(bm_orders_build(&t, &roles, 0, &population, &v.context, NULL, &o, &ids, NULL),
                     BM_OK);
    assert_int_equal(o.buyers, 2);
    assert_int_equal(o.lines, 0);
    const size_t first[] = {0, 0, 0};
    assert_memory_equal(o.first, first, sizeof first);
    bm_orders_free(&o);
    assert_int_equal(bm_orders_build(&t, &roles, 0, NULL, &v.context, NULL, &o, &ids, NULL), BM_OK);
    assert_int_equal(o.buyers, 0);
    bm_orders_free(&o);
    bm_orders_free(&o); /* safe on what is already empty */
    bm_dictionary_free(&population);
    bm_log_free(&v.log);
    bm_table_free(&t);
}

static void a_log_past_the_memory_limit_is_refused(void **state) {
    (void)state;
    bm_table t = make_log();
    bm_order_roles roles = roles_of(1);
    bm_orders o;
    bm_dictionary ids = {0};
    bm_error err;
    voice v;
    voice_init(&v);
    v.context.memory_limit = 100;
    assert_int_equal(
        bm_orders_build(&t, &roles, day(2024, 3, 21), NULL, &v.context, NULL, &o, &ids, &err),
        BM_LIMIT);
    assert_null(o.first);
    bm_log_free(&v.log);
    bm_table_free(&t);
}

static void a_log_that_runs_backwards_is_turned_round(void **state) {
    (void)state;
    bm_table t = make_table("orders.csv", 3);
    add_texts(&t, "buyer", (const char *[]){"a", "a", "a"});
    add_dates(&t, "date", (const char *[]){"2024-03-03", "2024-03-02", "2024-03-01"});
    bm_order_roles roles = {.buyer = "buyer", .date = "date"};
    bm_orders o;
    bm_dictionary ids = {0};
    voice v;
    voice_init(&v);
    assert_int_equal(
        bm_orders_build(&t, &roles, day(2024, 3, 3), NULL, &v.context, NULL, &o, &ids, NULL),
        BM_OK);
    const int32_t days[] = {day(2024, 3, 1), day(2024, 3, 2), day(2024, 3, 3)};
    assert_memory_equal(o.day, days, sizeof days);
    bm_orders_free(&o);
    bm_dictionary_free(&ids);
    bm_log_free(&v.log);
    bm_table_free(&t);
}

/* More than 65,536 days, so that the days are sorted by two digits. */
static void a_log_of_three_centuries_is_in_order(void **state) {
    (void)state;
    bm_table t = make_table("orders.csv", 6);
    add_texts(&t, "buyer", (const char *[]){"a", "a", "b", "a", "a", "a"});
    add_dates(&t, "date",
              (const char *[]){"2024-03-01", "1700-02-28", "0001-01-01", "1969-12-31T12:00",
                               "1700-02-28", "1999-12-31"});
    bm_order_roles roles = {.buyer = "buyer", .date = "date"};
    bm_orders o;
    bm_dictionary ids = {0};
    voice v;
    voice_init(&v);
    assert_int_equal(
        bm_orders_build(&t, &roles, day(2024, 3, 1), NULL, &v.context, NULL, &o, &ids, NULL),
        BM_OK);
    const int32_t days[] = {day(1700, 2, 28),  day(1700, 2, 28), -1,
                            day(1999, 12, 31), day(2024, 3, 1),  day(1, 1, 1)};
    assert_memory_equal(o.day, days, sizeof days);
    const uint8_t opens[] = {1, 0, 1, 1, 1, 1};
    assert_memory_equal(o.opens, opens, sizeof opens);
    bm_orders_free(&o);
    bm_dictionary_free(&ids);
    bm_log_free(&v.log);
    bm_table_free(&t);
}

enum { MANY_BUYERS = 20000, MANY_LINES = 70000 };

static bm_table make_many(void) {
    static int64_t when[MANY_LINES];
    uint64_t random = 7;
    bm_table t = make_table("orders.csv", MANY_LINES);
    bm_column *buyer = add_column(&t, "buyer", BM_TYPE_CATEGORY);
    assert_int_equal(BM_NEW(&buyer->code, MANY_LINES, "", NULL), BM_OK);
    for (size_t r = 0; r < MANY_LINES; r++) {
        char id[16];
        int length = snprintf(id, sizeof id, "%u", (unsigned)draw(&random, MANY_BUYERS));
        assert_int_equal(bm_dictionary_intern(&buyer->dictionary, (bm_text){id, (size_t)length},
                                              &buyer->code[r], NULL),
                         BM_OK);
        when[r] = (int64_t)draw(&random, 100) * BM_DAY_SECONDS;
    }
    add_seconds(&t, "date", when);
    bm_column *order = add_column(&t, "line", BM_TYPE_CATEGORY); /* its row, as a dimension */
    assert_int_equal(BM_NEW(&order->code, MANY_LINES, "", NULL), BM_OK);
    for (size_t r = 0; r < MANY_LINES; r++)
        order->code[r] = (int32_t)r;
    return t;
}

/* The row of each line is carried through as a code: every line must be there once, in (buyer, day,
 * row) order. Lines are far more than one chunk. */
static void a_large_log_keeps_every_line_in_order_for_any_number_of_threads(void **state) {
    (void)state;
    bm_table t = make_many();
    bm_order_roles roles = {.buyer = "buyer", .date = "date"};
    roles.dimension[BM_PRODUCT] = "line";
    const int32_t *buyer = t.column[0].code;
    const int64_t *when = t.column[1].when;
    const int threads[] = {1, 2, 7};
    int32_t *rows[3];
    voice v;
    voice_init(&v);
    for (size_t i = 0; i < 3; i++) {
        bm_orders o;
        bm_dictionary ids = {0};
        bm_set_threads(threads[i]);
        assert_int_equal(bm_orders_build(&t, &roles, 99, NULL, &v.context, NULL, &o, &ids, NULL),
                         BM_OK);
        assert_int_equal(o.lines, MANY_LINES);
        assert_int_equal(o.buyers, t.column[0].dictionary.count);
        rows[i] = o.code[BM_PRODUCT];
        for (size_t b = 0; b < o.buyers; b++) {
            for (size_t line = o.first[b]; line < o.first[b + 1]; line++) {
                int32_t row = rows[i][line];
                assert_int_equal(buyer[row], b); /* both count by first appearance */
                assert_int_equal(o.day[line], when[row] / BM_DAY_SECONDS);
                if (line == o.first[b])
                    continue;
                assert_true(o.day[line - 1] < o.day[line] ||
                            (o.day[line - 1] == o.day[line] && rows[i][line - 1] < row));
            }
        }
        o.code[BM_PRODUCT] = NULL;
        bm_orders_free(&o);
        bm_dictionary_free(&ids);
    }
    bm_set_threads(0);
    assert_memory_equal(rows[0], rows[1], MANY_LINES * sizeof *rows[0]);
    assert_memory_equal(rows[0], rows[2], MANY_LINES * sizeof *rows[0]);
    for (size_t i = 0; i < 3; i++)
        free(rows[i]);
    bm_log_free(&v.log);
    bm_table_free(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_stand_by_buyer_and_day_and_input_order),
        cmocka_unit_test(an_order_number_opens_one_order_a_buyer_and_returns_open_none),
        cmocka_unit_test(without_order_numbers_an_order_is_a_buyers_day),
        cmocka_unit_test(a_return_before_an_order_leaves_the_opening_to_the_next_line),
        cmocka_unit_test(lines_after_as_of_and_of_unknown_buyers_are_left_out_and_counted),
        cmocka_unit_test(a_buyer_whose_lines_are_all_later_is_not_in_the_population),
        cmocka_unit_test(the_default_as_of_is_the_day_after_the_last_line_that_is_no_return),
        cmocka_unit_test(an_empty_log_has_a_population_without_lines),
        cmocka_unit_test(a_log_past_the_memory_limit_is_refused),
        cmocka_unit_test(a_log_that_runs_backwards_is_turned_round),
        cmocka_unit_test(a_log_of_three_centuries_is_in_order),
        cmocka_unit_test(a_large_log_keeps_every_line_in_order_for_any_number_of_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
