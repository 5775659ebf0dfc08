/* Contracts as histories, from survivors and from starts and ends; survivors followed. */
#include "../profile/result_cells.h"

#include "base/date.h"
#include "buyermap/contracts.h"
#include "lifetime/contract_histories.h"

#include <stdlib.h>

enum { ROWS = 8 };
static const double high_end[ROWS] = {1000, 869, 743, 653, 593, 551, 517, 491};
static const double periods[ROWS] = {0, 1, 2, 3, 4, 5, 6, 7};
static const size_t lines[ROWS] = {2, 3, 4, 5, 6, 8, 9, 10};

static bm_survivors table_of(const double *period, const double *survivors, size_t rows) {
    return (bm_survivors){rows, period, survivors, lines, "survivors.csv"};
}

static void survivors_become_those_lost_and_those_left(void **state) {
    (void)state;
    bm_histories made;
    bm_survivors table = table_of(periods, high_end, ROWS);
    assert_int_equal(bm_histories_of_survivors(&table, BM_UNIT_MONTH, &made, NULL), BM_OK);
    assert_int_equal(made.kind, BM_LTV_CONTRACTS);
    assert_int_equal(made.unit, BM_UNIT_MONTH);
    assert_int_equal(made.buyers, ROWS);
    for (size_t i = 0; i < ROWS; i++) {
        const bm_history *h = &made.history[i];
        int is_left = i == ROWS - 1;
        assert_close(h->x, is_left ? 0 : 1);
        assert_close(h->t_x, 0);
        assert_close(h->t, is_left ? 7 : (double)i + 1);
        assert_close(h->count, is_left ? 491 : high_end[i] - high_end[i + 1]);
        assert_true(isnan(h->spend));
    }
    bm_histories_free(&made);
}

static void periods_without_a_loss_and_an_empty_end_have_no_history(void **state) {
    (void)state;
    bm_histories made;
    bm_survivors table = table_of(periods, (double[]){5, 5, 2, 2, 0, 0}, 6);
    assert_int_equal(bm_histories_of_survivors(&table, BM_UNIT_WEEK, &made, NULL), BM_OK);
    assert_int_equal(made.buyers, 2);
    assert_close(made.history[0].t, 2);
    assert_close(made.history[0].count, 3);
    assert_close(made.history[1].t, 4);
    assert_close(made.history[1].count, 2);
    bm_histories_free(&made);
}

static void a_survivors_table_that_is_wrong_is_refused_by_its_line(void **state) {
    (void)state;
    static const struct {
        double period[4], survivors[4];
        const char *says;
    } wrong[] = {
        {{1, 2, 3, 4}, {9, 8, 7, 6}, "survivors.csv:2: column \"period\": 1 where 0 is due"},
        {{0, 1, 3, 4}, {9, 8, 7, 6}, "survivors.csv:4: column \"period\": 3 where 2 is due"},
        {{0, 1, 1, 2}, {9, 8, 7, 6}, "survivors.csv:4: column \"period\": 1 where 2 is due"},
        {{0, 1.5, 2, 3}, {9, 8, 7, 6}, "survivors.csv:3: column \"period\": 1.5 where 1 is due"},
        {{0, 1, NAN, 3}, {9, 8, 7, 6}, "survivors.csv:4: column \"period\": nothing where 2"},
        {{0, 1, 2, 3}, {9, 8, 8.5, 6}, "survivors.csv:4: column \"survivors\": 8.5 is no whole"},
        {{0, 1, 2, 3}, {9, 8, 7, 7.5}, "survivors.csv:5: column \"survivors\": 7.5 is no whole"},
        {{0, 1, 2, 3}, {9, 8, -1, 6}, "survivors.csv:4: column \"survivors\": -1 is no whole"},
        {{0, 1, 2, 3}, {9, 8, NAN, 6}, "survivors.csv:4: column \"survivors\": nothing is no"},
        {{0, 1, 2, 3}, {INFINITY, 8, 7, 6}, "survivors.csv:2: column \"survivors\": inf is no"},
        {{0, 1, 2, 3}, {9, 8, 9, 6}, "survivors.csv:4: column \"survivors\": 9 after 8"},
        {{0, 1, 2, 3}, {0, 0, 0, 0}, "survivors.csv:2: column \"survivors\": 0 at period 0"}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        bm_error err = {.status = BM_OK};
        bm_histories made;
        bm_survivors table = table_of(wrong[i].period, wrong[i].survivors, 4);
        assert_int_equal(bm_histories_of_survivors(&table, BM_UNIT_WEEK, &made, &err), BM_DATA);
        if (strncmp(err.message, wrong[i].says, strlen(wrong[i].says)) != 0)
            fail_msg("\"%s\" does not begin with \"%s\"", err.message, wrong[i].says);
        assert_null(made.history);
    }
}

static void survivors_of_no_second_period_are_nothing_to_fit(void **state) {
    (void)state;
    for (size_t rows = 0; rows <= 1; rows++) {
        bm_error err = {.status = BM_OK};
        bm_histories made;
        bm_survivors table = table_of(periods, high_end, rows);
        assert_int_equal(bm_histories_of_survivors(&table, BM_UNIT_WEEK, &made, &err),
                         BM_DEGENERATE);
        assert_non_null(strstr(err.message, "survivors.csv"));
    }
}

static void assert_watched(bm_ltv_unit unit, int32_t start, int32_t end, int32_t until, double x,
                           double t) {
    bm_histories made;
    assert_int_equal(bm_histories_of_contracts(&start, &end, 1, until, unit, &made, NULL, NULL),
                     BM_OK);
    if (fabs(made.history[0].x - x) > 0 || fabs(made.history[0].t - t) > 0)
        fail_msg("from %d to %d, watched until %d: (%g, %g), not (%g, %g)", (int)start, (int)end,
                 (int)until, made.history[0].x, made.history[0].t, x, t);
    assert_null(made.buyer_of);
    bm_histories_free(&made);
}

static void assert_contract(bm_ltv_unit unit, int length, int32_t until_after, double x, double t) {
    assert_watched(unit, 15000, length < 0 ? BM_RUNNING : 15000 + length, 15000 + until_after, x,
                   t);
}

static void contracts_count_begun_units_when_over_and_whole_ones_when_running(void **state) {
    (void)state;
    assert_contract(BM_UNIT_WEEK, 0, 100, 1, 1);
    assert_contract(BM_UNIT_WEEK, 1, 100, 1, 1);
    assert_contract(BM_UNIT_WEEK, 7, 100, 1, 1);
    assert_contract(BM_UNIT_WEEK, 8, 100, 1, 2);
    assert_contract(BM_UNIT_WEEK, 100, 100, 1, 15); /* ended on the last day */
    assert_contract(BM_UNIT_WEEK, 101, 100, 0, 14); /* ends after it */
    assert_contract(BM_UNIT_WEEK, -1, 100, 0, 14);  /* runs */
    assert_contract(BM_UNIT_WEEK, -1, 105, 0, 15);
    assert_contract(BM_UNIT_WEEK, -1, 0, 0, 0);
    assert_contract(BM_UNIT_DAY, 3, 100, 1, 3);
    assert_contract(BM_UNIT_DAY, -1, 100, 0, 100);
}

/* Against dateutil's relativedelta. */
static void contracts_by_the_month_are_renewed_on_a_day_of_the_month(void **state) {
    (void)state;
    static const struct {
        int start[3], end[3];
        double begun, whole; /* months */
    } known[] = {
        {{2024, 1, 1}, {2024, 1, 1}, 1, 0},    {{2024, 1, 1}, {2024, 1, 31}, 1, 0},
        {{2024, 1, 1}, {2024, 2, 1}, 1, 1},    {{2024, 1, 1}, {2024, 2, 2}, 2, 1},
        {{2024, 1, 1}, {2024, 3, 1}, 2, 2},    {{2023, 2, 1}, {2023, 3, 1}, 1, 1},
        {{2023, 1, 15}, {2023, 3, 14}, 2, 1},  {{2023, 1, 15}, {2023, 3, 15}, 2, 2},
        {{2023, 7, 1}, {2023, 9, 1}, 2, 2},    {{2024, 1, 31}, {2024, 2, 28}, 1, 0},
        {{2024, 1, 31}, {2024, 2, 29}, 1, 1},  {{2024, 1, 31}, {2024, 3, 30}, 2, 1},
        {{2024, 1, 31}, {2024, 3, 31}, 2, 2},  {{2023, 11, 30}, {2024, 2, 29}, 3, 3},
        {{2019, 12, 5}, {2024, 6, 5}, 54, 54}, {{2019, 12, 5}, {2024, 6, 6}, 55, 54},
        {{1969, 11, 15}, {1970, 2, 14}, 3, 2}, {{1969, 11, 15}, {1970, 2, 15}, 3, 3},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const int *from = known[i].start, *to = known[i].end;
        int32_t start = bm_days_from_civil(from[0], from[1], from[2]);
        int32_t end = bm_days_from_civil(to[0], to[1], to[2]);
        assert_watched(BM_UNIT_MONTH, start, end, end, 1, known[i].begun);
        assert_watched(BM_UNIT_MONTH, start, BM_RUNNING, end, 0, known[i].whole);
    }
}

static void contracts_that_begin_later_are_left_out_and_counted(void **state) {
    (void)state;
    static const int32_t start[] = {100, 301, 200, 300, 400},
                         end[] = {150, 310, 300, BM_RUNNING, BM_RUNNING};
    bm_histories made;
    bm_error err = {.status = BM_OK};
    size_t left_out = 9;
    assert_int_equal(
        bm_histories_of_contracts(start, end, 5, 300, BM_UNIT_DAY, &made, &left_out, NULL), BM_OK);
    assert_int_equal(left_out, 2);
    assert_int_equal(made.buyers, 3);
    assert_int_equal(made.until, 300);
    assert_int_equal(made.buyer_of[0], 0);
    assert_int_equal(made.buyer_of[1], 2);
    assert_int_equal(made.buyer_of[2], 3);
    assert_close(made.history[0].t, 50);
    assert_close(made.history[1].t, 100);
    assert_close(made.history[1].x, 1);
    assert_close(made.history[2].t, 0);
    assert_close(made.history[2].x, 0);
    bm_histories_free(&made);
    assert_int_equal(
        bm_histories_of_contracts(start, end, 5, 99, BM_UNIT_DAY, &made, &left_out, &err),
        BM_DEGENERATE);
    assert_int_equal(left_out, 5);
    assert_true(err.message[0] != '\0');
}

/* Against lifetimes and watching times counted unit by unit. */
static void both_ways_to_histories_agree(void **state) {
    (void)state;
    enum { CONTRACTS = 400, UNITS = 6 };
    int32_t start[CONTRACTS], end[CONTRACTS];
    double left[UNITS + 1] = {CONTRACTS};
    uint64_t at = 5;
    for (size_t i = 0; i < CONTRACTS; i++) {
        at = at * 6364136223846793005u + 1442695040888963407u;
        int length = (int)((at >> 33) % 60);
        start[i] = 1000;
        end[i] = length < 55 ? 1000 + length : BM_RUNNING;
        for (int k = 1; k <= UNITS; k++)
            left[k] += !(length <= 7 * k && length < 55);
    }
    bm_histories one_by_one, together;
    bm_survivors table = table_of(periods, left, UNITS + 1);
    assert_int_equal(bm_histories_of_survivors(&table, BM_UNIT_WEEK, &together, NULL), BM_OK);
    assert_int_equal(bm_histories_of_contracts(start, end, CONTRACTS, 1000 + 7 * UNITS,
                                               BM_UNIT_WEEK, &one_by_one, NULL, NULL),
                     BM_OK);
    bm_patterns a, b;
    assert_int_equal(
        bm_patterns_init(one_by_one.history, one_by_one.buyers, BM_LTV_CONTRACTS, &a, NULL), BM_OK);
    assert_int_equal(
        bm_patterns_init(together.history, together.buyers, BM_LTV_CONTRACTS, &b, NULL), BM_OK);
    assert_int_equal(a.patterns, b.patterns);
    for (size_t i = 0; i < a.patterns; i++) {
        assert_close(a.pattern[i].x, b.pattern[i].x);
        assert_close(a.pattern[i].t, b.pattern[i].t);
        assert_close(a.pattern[i].count, b.pattern[i].count);
    }
    bm_patterns_free(&a);
    bm_patterns_free(&b);
    bm_histories_free(&one_by_one);
    bm_histories_free(&together);
}

static void survivors_are_followed_past_the_data(void **state) {
    (void)state;
    static const double share[] = {.8507, .7469, .6698, .6099, .5618, .5222,
                                   .4889, .4604, .4358, .4142, .3951, .3780};
    bm_ltv_fit fit[3] = {{.model = &bm_ltv_sbg, .parameter = {.6680883246, 3.806094886}},
                         {.model = &bm_ltv_sbg, .parameter = {.6680883246, 3.806094886}},
                         {.model = &bm_ltv_bdw, .parameter = {.2142533518, 1.426575026, 1.72356}}};
    fit[1].usable = fit[2].usable = 1;
    bm_histories made;
    bm_result rows;
    bm_survivors table = table_of(periods, high_end, ROWS);
    assert_int_equal(bm_histories_of_survivors(&table, BM_UNIT_MONTH, &made, NULL), BM_OK);
    assert_int_equal(bm_ltv_survivors_tracking(fit, 3, &made, 5, &rows, NULL), BM_OK);
    assert_string_equal(rows.name, "ltv_tracking");
    assert_int_equal(rows.rows, 24);
    for (size_t i = 0; i < 24; i++) {
        size_t period = i % 12 + 1;
        char text[8];
        snprintf(text, sizeof text, "%zu", period);
        assert_true(text_is(&rows, "model", i, i < 12 ? "sbg" : "bdw"));
        assert_true(text_is(&rows, "period", i, text));
        int is_known = period < ROWS;
        assert_close(number(&rows, "actual", i),
                     is_known ? high_end[period - 1] - high_end[period] : NAN);
        assert_close(number(&rows, "cumulative_actual", i),
                     is_known ? 1000 - high_end[period] : NAN);
        if (i < 12) /* share is printed to four digits */
            assert_true(fabs(number(&rows, "cumulative_predicted", i) -
                             1000 * (1 - share[period - 1])) < 0.051);
        assert_close(number(&rows, "predicted", i) +
                         (period > 1 ? number(&rows, "cumulative_predicted", i - 1) : 0),
                     number(&rows, "cumulative_predicted", i));
    }
    bm_result_free(&rows);
    assert_int_equal(bm_ltv_survivors_tracking(fit, 3, &made, INFINITY, &rows, NULL), BM_OK);
    assert_int_equal(rows.rows, 2 * (7 + 12));
    bm_result_free(&rows);
    bm_histories_free(&made);
}

static void contracts_watched_for_different_times_have_no_tracking(void **state) {
    (void)state;
    bm_history history[] = {{1, 0, 3, NAN, 5}, {0, 0, 4, NAN, 2}, {0, 0, 6, NAN, 2}};
    bm_histories made = {.kind = BM_LTV_CONTRACTS, .buyers = 3, .history = history};
    bm_ltv_fit fit = {.model = &bm_ltv_sbg, .parameter = {1, 2}, .usable = 1};
    bm_result rows;
    assert_int_equal(bm_ltv_survivors_tracking(&fit, 1, &made, 5, &rows, NULL), BM_OK);
    assert_int_equal(rows.rows, 0);
    bm_result_free(&rows);
    made.buyers = 2;
    history[1].t = 2; /* one ended at an age that another has not reached */
    assert_int_equal(bm_ltv_survivors_tracking(&fit, 1, &made, 5, &rows, NULL), BM_OK);
    assert_int_equal(rows.rows, 0);
    bm_result_free(&rows);
    made.buyers = 1; /* none is left: followed until the last ended */
    assert_int_equal(bm_ltv_survivors_tracking(&fit, 1, &made, 5, &rows, NULL), BM_OK);
    assert_int_equal(rows.rows, 8);
    bm_result_free(&rows);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(survivors_become_those_lost_and_those_left),
        cmocka_unit_test(periods_without_a_loss_and_an_empty_end_have_no_history),
        cmocka_unit_test(a_survivors_table_that_is_wrong_is_refused_by_its_line),
        cmocka_unit_test(survivors_of_no_second_period_are_nothing_to_fit),
        cmocka_unit_test(contracts_count_begun_units_when_over_and_whole_ones_when_running),
        cmocka_unit_test(contracts_by_the_month_are_renewed_on_a_day_of_the_month),
        cmocka_unit_test(contracts_that_begin_later_are_left_out_and_counted),
        cmocka_unit_test(both_ways_to_histories_agree),
        cmocka_unit_test(survivors_are_followed_past_the_data),
        cmocka_unit_test(contracts_watched_for_different_times_have_no_tracking),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
