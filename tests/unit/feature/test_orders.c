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

/* A log, and what is made of it. */
typedef struct order_log {
    bm_table table;
    bm_order_roles roles;
    bm_orders orders;
    bm_dictionary ids;
    bm_accounting accounting;
    voice voice;
} order_log;

static int set_up(void **state) {
    static order_log l;
    memset(&l, 0, sizeof l);
    voice_init(&l.voice);
    *state = &l;
    return 0;
}

static int tear_down(void **state) {
    order_log *l = *state;
    bm_orders_free(&l->orders);
    bm_dictionary_free(&l->ids);
    bm_accounting_free(&l->accounting);
    bm_table_free(&l->table);
    bm_log_free(&l->voice.log);
    return 0;
}

static bm_status build(order_log *l, int32_t as_of, const bm_dictionary *population) {
    bm_orders_free(&l->orders);
    bm_dictionary_free(&l->ids);
    return bm_orders_build(&l->table, &l->roles, as_of, population, &l->voice.context,
                           &l->accounting, &l->orders, &l->ids, NULL);
}

static void lines_stand_by_buyer_and_day_and_input_order(void **state) {
    order_log *l = *state;
    l->table = make_log();
    l->roles = roles_of(1);
    l->accounting = (bm_accounting){.rows_in = 8, .used = 8};
    assert_int_equal(build(l, day(2024, 3, 21), NULL), BM_OK);
    assert_int_equal(l->orders.buyers, 3);
    assert_int_equal(l->orders.lines, 8);
    assert_string_equal(bm_dictionary_string(&l->ids, 0), "b");
    assert_string_equal(bm_dictionary_string(&l->ids, 1), "a");
    assert_string_equal(bm_dictionary_string(&l->ids, 2), "c");
    const size_t first[] = {0, 2, 7, 8};
    assert_memory_equal(l->orders.first, first, sizeof first);
    /* b: rows 0, 7; a: rows 2, 5 (one day), 1, 6, 4; c: row 3. */
    const int32_t days[] = {day(2024, 3, 5), day(2024, 3, 5),  day(2024, 3, 1),  day(2024, 3, 1),
                            day(2024, 3, 9), day(2024, 3, 10), day(2024, 3, 12), day(2024, 3, 20)};
    assert_memory_equal(l->orders.day, days, sizeof days);
    const double amounts[] = {2, 19, 5, 39, 6, 0, -11, 7}; /* row 6 has no price: 0 */
    assert_memory_equal(l->orders.amount, amounts, sizeof amounts);
    const double quantities[] = {1, 1, 1, 3, 2, 1, -1, 1};
    assert_memory_equal(l->orders.quantity, quantities, sizeof quantities);
    const uint8_t returns[] = {0, 0, 0, 0, 0, 0, 1, 0};
    assert_memory_equal(l->orders.is_return, returns, sizeof returns);
    const int32_t codes[] = {0, 0, -1, 2, 1, 1, 0, 0};
    assert_memory_equal(l->orders.code[BM_CATEGORY], codes, sizeof codes);
    assert_null(l->orders.code[BM_PRODUCT]);
    assert_ptr_equal(l->orders.names[BM_CATEGORY],
                     &bm_table_column(&l->table, "category")->dictionary);
    assert_int_equal(l->orders.as_of, day(2024, 3, 21));
    assert_int_equal(l->accounting.used, 8);
    assert_int_equal(l->accounting.excluded, 0);
    assert_true(voice_warned(&l->voice, "1 order lines have no amount"));
}

static void an_order_number_opens_one_order_a_buyer_and_returns_open_none(void **state) {
    order_log *l = *state;
    l->table = make_log();
    l->roles = roles_of(1);
    assert_int_equal(build(l, day(2024, 3, 21), NULL), BM_OK);
    const uint8_t opens[] = {1, 1, 1, 0, 1, 1, 0, 1};
    assert_memory_equal(l->orders.opens, opens, sizeof opens);
}

static void without_order_numbers_an_order_is_a_buyers_day(void **state) {
    order_log *l = *state;
    l->table = make_log();
    l->roles = roles_of(0);
    assert_int_equal(build(l, day(2024, 3, 21), NULL), BM_OK);
    const uint8_t opens[] = {1, 0, 1, 0, 1, 1, 0, 1};
    assert_memory_equal(l->orders.opens, opens, sizeof opens);
}

static void a_return_before_an_order_leaves_the_opening_to_the_next_line(void **state) {
    order_log *l = *state;
    l->table = make_table("orders.csv", 3);
    add_texts(&l->table, "buyer", (const char *[]){"a", "a", "a"});
    add_dates(&l->table, "date", (const char *[]){"2024-01-01", "2024-01-01", "2024-01-01"});
    add_texts(&l->table, "order", (const char *[]){"1", "1", "1"});
    mark_rows(&l->table, (const uint8_t[]){1, 0, 0});
    for (int with_order = 0; with_order <= 1; with_order++) {
        l->roles = (bm_order_roles){.buyer = "buyer", .date = "date"};
        l->roles.order = with_order ? "order" : NULL;
        assert_int_equal(build(l, day(2024, 3, 21), NULL), BM_OK);
        const uint8_t opens[] = {0, 1, 0};
        assert_memory_equal(l->orders.opens, opens, sizeof opens);
        assert_null(l->orders.amount);
        assert_null(l->orders.quantity);
    }
}

static void lines_after_as_of_and_of_unknown_buyers_are_left_out_and_counted(void **state) {
    order_log *l = *state;
    l->table = make_log();
    l->roles = roles_of(1);
    bm_dictionary population = make_dictionary((const char *[]){"nobody", "a"}, 2);
    l->accounting = (bm_accounting){.rows_in = 10, .used = 8, .rejected = 2};
    /* As of 9 March: rows 3, 4, 6 are later; rows 0 and 7 are of b, who is not known. */
    assert_int_equal(build(l, day(2024, 3, 9), &population), BM_OK);
    assert_int_equal(l->ids.count, 0);
    assert_int_equal(l->orders.buyers, 2);
    assert_int_equal(l->orders.lines, 3);
    const size_t first[] = {0, 0, 3};
    assert_memory_equal(l->orders.first, first, sizeof first);
    assert_int_equal(l->accounting.used, 3);
    assert_int_equal(l->accounting.excluded, 5);
    assert_int_equal(l->accounting.rows_in, l->accounting.used + l->accounting.rejected +
                                                l->accounting.duplicates + l->accounting.excluded);
    assert_int_equal(l->accounting.exclusions, 2);
    assert_string_equal(l->accounting.exclusion[0].reason, "after as_of");
    assert_int_equal(l->accounting.exclusion[0].rows, 3);
    assert_string_equal(l->accounting.exclusion[1].reason, "unknown buyer");
    assert_int_equal(l->accounting.exclusion[1].rows, 2);
    assert_int_equal(l->voice.log.warnings.count, 1);
    assert_true(voice_warned(&l->voice, "2 order lines of 1 buyers"));
    bm_dictionary_free(&population);
}

static void a_buyer_whose_lines_are_all_later_is_not_in_the_population(void **state) {
    order_log *l = *state;
    l->table = make_log();
    l->roles = roles_of(1);
    assert_int_equal(build(l, day(2024, 3, 19), NULL), BM_OK);
    assert_int_equal(l->orders.buyers, 2);
    assert_int_equal(l->ids.count, 2);
    assert_int_equal(bm_dictionary_find(&l->ids, (bm_text){"c", 1}), -1);
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
    order_log *l = *state;
    l->table = make_table("orders.csv", 0);
    add_texts(&l->table, "buyer", NULL);
    add_seconds(&l->table, "date", NULL);
    l->roles = (bm_order_roles){.buyer = "buyer", .date = "date"};
    bm_dictionary population = make_dictionary((const char *[]){"a", "b"}, 2);
    assert_int_equal(build(l, 0, &population), BM_OK);
    assert_int_equal(l->orders.buyers, 2);
    assert_int_equal(l->orders.lines, 0);
    const size_t first[] = {0, 0, 0};
    assert_memory_equal(l->orders.first, first, sizeof first);
    assert_int_equal(build(l, 0, NULL), BM_OK);
    assert_int_equal(l->orders.buyers, 0);
    bm_orders_free(&l->orders);
    bm_orders_free(&l->orders); /* safe on what is already empty */
    bm_dictionary_free(&population);
}

static void a_log_past_the_memory_limit_is_refused(void **state) {
    order_log *l = *state;
    l->table = make_log();
    l->roles = roles_of(1);
    l->voice.context.memory_limit = 100;
    assert_int_equal(build(l, day(2024, 3, 21), NULL), BM_LIMIT);
    assert_null(l->orders.first);
}

static void a_log_that_runs_backwards_is_turned_round(void **state) {
    order_log *l = *state;
    l->table = make_table("orders.csv", 3);
    add_texts(&l->table, "buyer", (const char *[]){"a", "a", "a"});
    add_dates(&l->table, "date", (const char *[]){"2024-03-03", "2024-03-02", "2024-03-01"});
    l->roles = (bm_order_roles){.buyer = "buyer", .date = "date"};
    assert_int_equal(build(l, day(2024, 3, 3), NULL), BM_OK);
    const int32_t days[] = {day(2024, 3, 1), day(2024, 3, 2), day(2024, 3, 3)};
    assert_memory_equal(l->orders.day, days, sizeof days);
}

/* More than 65,536 days, so that the days are sorted by two digits. */
static void a_log_of_three_centuries_is_in_order(void **state) {
    order_log *l = *state;
    l->table = make_table("orders.csv", 6);
    add_texts(&l->table, "buyer", (const char *[]){"a", "a", "b", "a", "a", "a"});
    add_dates(&l->table, "date",
              (const char *[]){"2024-03-01", "1700-02-28", "0001-01-01", "1969-12-31T12:00",
                               "1700-02-28", "1999-12-31"});
    l->roles = (bm_order_roles){.buyer = "buyer", .date = "date"};
    assert_int_equal(build(l, day(2024, 3, 1), NULL), BM_OK);
    const int32_t days[] = {day(1700, 2, 28),  day(1700, 2, 28), -1,
                            day(1999, 12, 31), day(2024, 3, 1),  day(1, 1, 1)};
    assert_memory_equal(l->orders.day, days, sizeof days);
    const uint8_t opens[] = {1, 0, 1, 1, 1, 1};
    assert_memory_equal(l->orders.opens, opens, sizeof opens);
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

#define ON_LOG(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        ON_LOG(lines_stand_by_buyer_and_day_and_input_order),
        ON_LOG(an_order_number_opens_one_order_a_buyer_and_returns_open_none),
        ON_LOG(without_order_numbers_an_order_is_a_buyers_day),
        ON_LOG(a_return_before_an_order_leaves_the_opening_to_the_next_line),
        ON_LOG(lines_after_as_of_and_of_unknown_buyers_are_left_out_and_counted),
        ON_LOG(a_buyer_whose_lines_are_all_later_is_not_in_the_population),
        cmocka_unit_test(the_default_as_of_is_the_day_after_the_last_line_that_is_no_return),
        ON_LOG(an_empty_log_has_a_population_without_lines),
        ON_LOG(a_log_past_the_memory_limit_is_refused),
        ON_LOG(a_log_that_runs_backwards_is_turned_round),
        ON_LOG(a_log_of_three_centuries_is_in_order),
        cmocka_unit_test(a_large_log_keeps_every_line_in_order_for_any_number_of_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
