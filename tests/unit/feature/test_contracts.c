/* Contracts: population, order, what is left out, and ends that lie before their start. */
#include "tables.h"

#include "feature/contracts.h"

static int32_t day(int y, int m, int d) {
    return bm_days_from_civil(y, m, d);
}

typedef struct signed_table {
    bm_table table;
    bm_contracts contracts;
    bm_dictionary ids;
    bm_accounting accounting;
    voice voice;
} signed_table;

static const bm_contract_roles roles = {"buyer", "start", "end", "monthly"};

static int set_up(void **state) {
    static signed_table t;
    memset(&t, 0, sizeof t);
    voice_init(&t.voice);
    *state = &t;
    return 0;
}

static int tear_down(void **state) {
    signed_table *t = *state;
    bm_contracts_free(&t->contracts);
    bm_dictionary_free(&t->ids);
    bm_accounting_free(&t->accounting);
    bm_table_free(&t->table);
    bm_log_free(&t->voice.log);
    return 0;
}

/* Six contracts of three buyers, out of order; r2 and r4 start on one day; r5 runs on; r3 ends on
 * the day it starts. */
static void make_contracts(signed_table *t) {
    t->table = make_table("contracts.csv", 6);
    add_texts(&t->table, "buyer", (const char *[]){"b", "a", "a", "c", "a", "b"});
    add_dates(&t->table, "start",
              (const char *[]){"2024-03-05", "2024-05-01", "2024-01-10", "2024-02-02", "2024-01-10",
                               "2024-01-01"});
    add_dates(&t->table, "end",
              (const char *[]){"2024-04-05", "2024-07-01", "2024-02-10", "2024-02-02", "2024-06-01",
                               "2024-01-02"});
    t->table.column[2].when[5] = BM_NO_DATE;
    add_numbers(&t->table, "monthly", (const double[]){1, 2, 3, 4, NAN, 6});
    t->accounting.rows_in = t->accounting.used = 6;
}

static bm_status build(signed_table *t, int32_t as_of, const bm_dictionary *population,
                       size_t max_bad, bm_error *err) {
    return bm_contracts_build(&t->table, &roles, as_of, population, max_bad, &t->voice.context,
                              &t->accounting, &t->contracts, &t->ids, err);
}

static void contracts_are_sorted_by_buyer_then_start_then_row(void **state) {
    signed_table *t = *state;
    make_contracts(t);
    assert_int_equal(build(t, day(2024, 8, 1), NULL, 0, NULL), BM_OK);
    const bm_contracts *c = &t->contracts;
    assert_int_equal(c->buyers, 3);
    assert_int_equal(c->contracts, 6);
    static const char *const ids[] = {"b", "a", "c"};
    for (int32_t i = 0; i < 3; i++)
        assert_string_equal(bm_dictionary_string(&t->ids, i), ids[i]);
    static const size_t first[] = {0, 2, 5, 6};
    assert_memory_equal(c->first, first, sizeof first);
    static const double amount[] = {6, 1, 3, 0, 2, 4};
    const int32_t end[] = {BM_RUNNING,      day(2024, 4, 5), day(2024, 2, 10),
                           day(2024, 6, 1), day(2024, 7, 1), day(2024, 2, 2)};
    for (size_t i = 0; i < 6; i++) {
        assert_true(c->amount[i] <= amount[i] && c->amount[i] >= amount[i]);
        assert_int_equal(c->end[i], end[i]);
    }
    assert_int_equal(c->start[0], day(2024, 1, 1));
    assert_true(voice_warned(&t->voice, "1 contracts have no amount and count as 0"));
    assert_int_equal(t->accounting.used, 6);
}

static void what_starts_later_or_belongs_to_nobody_is_excluded_and_counted(void **state) {
    signed_table *t = *state;
    make_contracts(t);
    bm_dictionary population = make_dictionary((const char *[]){"x", "a", "b"}, 3);
    assert_int_equal(build(t, day(2024, 4, 30), &population, 0, NULL), BM_OK);
    static const size_t first[] = {0, 0, 2, 4};
    assert_int_equal(t->contracts.buyers, 3);
    assert_memory_equal(t->contracts.first, first, sizeof first);
    assert_int_equal(t->accounting.used, 4);
    assert_int_equal(t->accounting.excluded, 2);
    assert_true(voice_warned(&t->voice, "1 contracts of 1 buyers"));
    assert_int_equal(t->ids.count, 0);
    bm_dictionary_free(&population);
}

static void an_end_before_the_start_is_named_by_file_line_and_column(void **state) {
    signed_table *t = *state;
    bm_error err;
    make_contracts(t);
    t->table.column[2].when[0] = (int64_t)day(2024, 3, 4) * BM_DAY_SECONDS;
    assert_int_equal(build(t, day(2024, 8, 1), NULL, 0, &err), BM_DATA);
    assert_non_null(strstr(err.message, "contracts.csv:2: column \"end\": the contract ends on "
                                        "2024-03-04, before it starts on 2024-03-05"));
    assert_null(t->contracts.first);
}

static void an_end_before_the_start_that_is_let_through_stands_in_rejected(void **state) {
    signed_table *t = *state;
    make_contracts(t);
    t->table.column[2].when[0] = (int64_t)day(2024, 3, 4) * BM_DAY_SECONDS;
    assert_int_equal(build(t, day(2024, 8, 1), NULL, 1, NULL), BM_OK);
    assert_int_equal(t->contracts.contracts, 5);
    assert_int_equal(t->accounting.rejected, 1);
    assert_int_equal(t->accounting.used, 5);
    assert_int_equal(t->accounting.reject[0].line, 2);
    assert_string_equal(t->accounting.reject[0].column, "end");
    assert_string_equal(t->accounting.reject[0].text, "2024-03-04");
}

static void the_last_day_is_the_latest_start_or_end(void **state) {
    signed_table *t = *state;
    int32_t as_of;
    make_contracts(t);
    assert_int_equal(bm_contracts_last_day(&t->table, &roles, &as_of, NULL), BM_OK);
    assert_int_equal(as_of, day(2024, 7, 1));
}

/* Against sorting by hand: draws of 400 contracts of 20 buyers. */
static void many_contracts_stand_once_each_and_in_order(void **state) {
    enum { N = 400, BUYERS = 20 };
    signed_table *t = *state;
    static int64_t start[N], end[N];
    static const char *buyer[N];
    static char name[N][8];
    static double amount[N];
    uint64_t at = 7;
    for (size_t i = 0; i < N; i++) {
        snprintf(name[i], sizeof name[i], "b%d", (int)draw(&at, BUYERS));
        buyer[i] = name[i];
        start[i] = (int64_t)(15000 + draw(&at, 60)) * BM_DAY_SECONDS + 3600;
        end[i] = start[i] + (int64_t)draw(&at, 50) * BM_DAY_SECONDS;
        amount[i] = (double)i;
    }
    t->table = make_table("contracts.csv", N);
    add_texts(&t->table, "buyer", buyer);
    add_seconds(&t->table, "start", start);
    add_seconds(&t->table, "end", end);
    add_numbers(&t->table, "monthly", amount);
    assert_int_equal(build(t, 20000, NULL, 0, NULL), BM_OK);
    const bm_contracts *c = &t->contracts;
    int seen[N] = {0};
    assert_int_equal(c->contracts, N);
    for (size_t b = 0; b < c->buyers; b++) {
        for (size_t i = c->first[b]; i < c->first[b + 1]; i++) {
            size_t row = (size_t)c->amount[i];
            assert_string_equal(bm_dictionary_string(&t->ids, (int32_t)b), buyer[row]);
            assert_int_equal(c->start[i], bm_day_of(start[row]));
            assert_int_equal(c->end[i], bm_day_of(end[row]));
            assert_int_equal(seen[row]++, 0);
            if (i > c->first[b])
                assert_true(c->start[i - 1] < c->start[i] ||
                            (c->start[i - 1] == c->start[i] && c->amount[i - 1] < c->amount[i]));
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(contracts_are_sorted_by_buyer_then_start_then_row, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            what_starts_later_or_belongs_to_nobody_is_excluded_and_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_end_before_the_start_is_named_by_file_line_and_column,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            an_end_before_the_start_that_is_let_through_stands_in_rejected, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_last_day_is_the_latest_start_or_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_contracts_stand_once_each_and_in_order, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
