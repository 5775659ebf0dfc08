/* CDNOW figures: statistics.md §2.1. */
#include "../profile/order_log.h"
#include "../profile/result_cells.h"
#include "base/date.h"
#include "base/parallel.h"
#include "lifetime/histories.h"

#include <stdio.h>
#include <stdlib.h>

static bm_histories histories_of(const bm_orders *orders, bm_ltv_unit unit, int32_t until,
                                 int32_t holdout_until) {
    bm_histories histories;
    bm_error err = {0};
    bm_status status = bm_histories_of_orders(orders, unit, until, holdout_until, &histories, &err);
    if (status != BM_OK)
        fail_msg("%s", err.message);
    return histories;
}

static void assert_history(const bm_history *history, double x, double t_x, double t,
                           double spend) {
    assert_true(history->count == 1.0);
    assert_true(history->x == x && history->t_x == t_x && history->t == t);
    assert_close(history->spend, spend);
}

static void orders_of_one_day_are_one_purchase_and_the_first_is_not_counted(void **state) {
    (void)state;
    static const log_line lines[] = {
        {0, 100, 5, 1, 0, 0},  {0, 100, 6, 1, 0, 0},  {0, 107, 10, 1, 0, 0},
        {0, 107, 30, 1, 0, 0}, {0, 121, 20, 1, 0, 0}, {1, 103, 9, 1, 0, 0},
    };
    bm_orders orders = order_log(lines, 6, 2, 200, NULL);
    bm_histories of = histories_of(&orders, BM_UNIT_WEEK, 128, 128);
    assert_int_equal(of.kind, BM_LTV_ORDERS);
    assert_int_equal(of.buyers, 2);
    assert_null(of.buyer_of);
    assert_null(of.later);
    assert_true(of.holdout == 0 && of.has_spend && of.until == 128 && of.origin == 100);
    assert_int_equal(of.first_day[0], 100);
    assert_int_equal(of.first_day[1], 103);
    assert_history(&of.history[0], 2, 3, 4, 30); /* days of 40 and 20, the first left out */
    assert_history(&of.history[1], 0, 0, 25.0 / 7, NAN);
    bm_histories_free(&of);
    bm_orders_free(&orders);
}

static void returns_are_no_purchases_and_cost_nothing(void **state) {
    (void)state;
    static const log_line lines[] = {
        {0, 99, -5, 0, 1, 0}, {0, 100, 5, 1, 0, 0},  {0, 104, -3, 0, 1, 0},
        {0, 105, 8, 1, 0, 0}, {0, 105, -8, 0, 1, 0}, {1, 90, -1, 0, 1, 0},
    };
    bm_orders orders = order_log(lines, 6, 2, 200, NULL);
    bm_histories of = histories_of(&orders, BM_UNIT_DAY, 110, 0);
    assert_int_equal(of.buyers, 1); /* the other one only gave back */
    assert_int_equal(of.buyer_of[0], 0);
    assert_int_equal(of.origin, 100);
    assert_history(&of.history[0], 1, 5, 10, 8);
    bm_histories_free(&of);
    bm_orders_free(&orders);
}

static void orders_on_until_count_and_later_ones_are_the_holdout(void **state) {
    (void)state;
    static const log_line lines[] = {
        {0, 111, 1, 1, 0, 0}, /* first order after until: no history */
        {1, 100, 1, 1, 0, 0},  {1, 110, 4, 1, 0, 0},  {1, 111, 50, 1, 0, 0}, {1, 111, 50, 1, 0, 0},
        {1, 120, 50, 1, 0, 0}, {1, 121, 50, 1, 0, 0}, {2, 110, 1, 1, 0, 0},  {2, 120, 1, 1, 0, 0},
    };
    bm_orders orders = order_log(lines, 9, 3, 200, NULL);
    bm_histories of = histories_of(&orders, BM_UNIT_DAY, 110, 120);
    assert_int_equal(of.buyers, 2);
    assert_int_equal(of.buyer_of[0], 1);
    assert_int_equal(of.buyer_of[1], 2);
    assert_int_equal(of.first_day[1], 110);
    assert_history(&of.history[0], 1, 10, 10, 4);
    assert_history(&of.history[1], 0, 0, 0, NAN);
    assert_true(of.holdout == 10 && of.later[0] == 2 && of.later[1] == 1);
    bm_histories_free(&of);
    bm_orders_free(&orders);
}

static void periods_hold_the_repeat_orders_up_to_and_with_their_last_day(void **state) {
    (void)state;
    static const log_line lines[] = {
        {0, 100, 1, 1, 0, 0}, {0, 101, 1, 1, 0, 0}, {0, 107, 1, 1, 0, 0}, {0, 108, 1, 1, 0, 0},
        {1, 107, 1, 1, 0, 0}, {1, 114, 1, 1, 0, 0}, {1, 121, 1, 1, 0, 0}, {1, 125, 1, 1, 0, 0},
    };
    bm_orders orders = order_log(lines, 8, 2, 200, NULL);
    bm_histories of = histories_of(&orders, BM_UNIT_WEEK, 114, 127);
    assert_int_equal(of.periods, 3); /* 27 days: the rest is no whole week */
    assert_true(of.repeats[0] == 2 && of.repeats[1] == 2 && of.repeats[2] == 1);
    bm_histories_free(&of);
    /* 48 months are 1461 days: the 1461st day is the last of them, the next one of the 49th. */
    static const log_line far[] = {
        {0, 0, 1, 1, 0, 0}, {0, 1461, 1, 1, 0, 0}, {0, 1462, 1, 1, 0, 0}, {0, 1492, 1, 1, 0, 0}};
    bm_orders_free(&orders);
    orders = order_log(far, 4, 1, 2000, NULL);
    of = histories_of(&orders, BM_UNIT_MONTH, 1492, 1492);
    assert_int_equal(of.periods, 49);
    assert_true(of.repeats[47] == 1 && of.repeats[48] == 1);
    assert_close(of.history[0].t, 1492 / (365.25 / 12));
    bm_histories_free(&of);
    bm_orders_free(&orders);
}

static void units_have_their_days(void **state) {
    (void)state;
    static const struct {
        bm_ltv_unit unit;
        double days, a_year, horizon;
    } rows[] = {{BM_UNIT_DAY, 1, 365.25, 365},
                {BM_UNIT_WEEK, 7, 365.25 / 7, 52},
                {BM_UNIT_MONTH, 365.25 / 12, 12, 12}};
    for (size_t i = 0; i < 3; i++) {
        assert_true(bm_unit_days(rows[i].unit) == rows[i].days);
        assert_true(bm_units_a_year(rows[i].unit) == rows[i].a_year);
        assert_true(bm_unit_horizon(rows[i].unit) == rows[i].horizon);
    }
}

static void a_log_without_amounts_has_no_spend(void **state) {
    (void)state;
    static const log_line lines[] = {{0, 100, 5, 1, 0, 0}, {0, 107, 6, 1, 0, 0}};
    bm_orders orders = order_log(lines, 2, 1, 200, NULL);
    free(orders.amount);
    orders.amount = NULL;
    bm_histories of = histories_of(&orders, BM_UNIT_WEEK, 114, 114);
    assert_int_equal(of.has_spend, 0);
    assert_history(&of.history[0], 1, 1, 2, NAN);
    bm_histories_free(&of);
    bm_orders_free(&orders);
}

static void nobody_with_a_purchase_is_told(void **state) {
    (void)state;
    static const log_line lines[] = {{0, 15000, 5, 1, 0, 0}, {1, 14000, 6, 0, 1, 0}};
    bm_orders orders = order_log(lines, 2, 2, 20000, NULL);
    bm_histories of;
    bm_error err = {0};
    assert_int_equal(bm_histories_of_orders(&orders, BM_UNIT_WEEK, 14999, 0, &of, &err),
                     BM_DEGENERATE);
    assert_non_null(strstr(err.message, "up to 2011-01-25"));
    assert_null(of.history);
    bm_orders_free(&orders);
}

/* The lines of CDNOW_sample.txt come by buyer, then day; NULL: not here. */
static log_line *read_cdnow(size_t *lines, size_t *buyers) {
    char path[4096];
    const char *data = getenv("BUYERMAP_DATA");
    snprintf(path, sizeof path, "%s/clv/CDNOW_sample.txt", data != NULL ? data : "../shared/data");
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return NULL;
    log_line *line = calloc(10000, sizeof *line);
    char before[16] = "", id[16], row[128];
    *lines = *buyers = 0;
    while (fgets(row, sizeof row, file) != NULL) {
        int day, count;
        double amount;
        assert_int_equal(sscanf(row, "%*s %15s %d %d %lf", id, &day, &count, &amount), 4);
        *buyers += strcmp(id, before) != 0;
        strcpy(before, id);
        line[(*lines)++] =
            (log_line){*buyers - 1, bm_days_from_civil(day / 10000, day / 100 % 100, day % 100),
                       amount,      1,
                       0,           0};
    }
    fclose(file);
    return line;
}

static void cdnow_has_its_published_figures(void **state) {
    (void)state;
    size_t lines, buyers;
    log_line *line = read_cdnow(&lines, &buyers);
    if (line == NULL)
        skip();
    bm_orders orders = order_log(line, lines, buyers, 99999, NULL);
    double repeats[2] = {0}, spent = 0, later = 0, in_periods = 0;
    size_t repeaters = 0;
    bm_histories of = histories_of(&orders, BM_UNIT_WEEK, bm_days_from_civil(1997, 9, 30),
                                   bm_days_from_civil(1998, 6, 30));
    assert_int_equal(of.buyers, 2357);
    for (size_t i = 0; i < of.buyers; i++) {
        repeaters += of.history[i].x > 0;
        repeats[0] += of.history[i].x;
        later += of.later[i];
        spent += of.history[i].x > 0 ? of.history[i].spend : 0;
    }
    assert_int_equal(repeaters, 946);
    assert_true(repeats[0] == 2457);
    assert_true(later == 1882);
    assert_true(of.holdout == 39);
    assert_true(fabs(spent / 946 - 35.077847534) < 5e-10);
    assert_int_equal(of.periods, 77); /* 545 days */
    for (size_t i = 0; i < of.periods; i++)
        in_periods += of.repeats[i];
    /* pandas 1.5.3; the last six days are in no whole week. */
    assert_true(in_periods == 4315);
    assert_true(of.repeats[0] == 3 && of.repeats[1] == 19 && of.repeats[2] == 30);
    assert_true(of.repeats[38] == 58 && of.repeats[76] == 29);
    bm_histories_free(&of);
    bm_orders_free(&orders);
    free(line);
}

static void any_number_of_threads_gives_the_same_histories(void **state) {
    (void)state;
    enum { BUYERS = 20000, EACH = 4 };
    log_line *line = calloc(BUYERS * EACH, sizeof *line);
    for (size_t i = 0; i < BUYERS * EACH; i++) {
        size_t b = i / EACH;
        line[i] = (log_line){b,
                             (int32_t)(100 + b * 7919 % 300 + i % EACH * (b % 50)),
                             (double)(i % 97) / 7,
                             1,
                             b % 11 == 0,
                             0};
    }
    bm_orders orders = order_log(line, BUYERS * EACH, BUYERS, 99999, NULL);
    bm_set_threads(1);
    bm_histories one = histories_of(&orders, BM_UNIT_WEEK, 350, 500);
    bm_set_threads(7);
    bm_histories many = histories_of(&orders, BM_UNIT_WEEK, 350, 500);
    bm_set_threads(0);
    assert_int_equal(one.buyers, many.buyers);
    assert_true(one.buyers > 10000 && one.buyers < BUYERS);
    assert_memory_equal(one.history, many.history, one.buyers * sizeof *one.history);
    assert_memory_equal(one.later, many.later, one.buyers * sizeof *one.later);
    assert_memory_equal(one.repeats, many.repeats, one.periods * sizeof *one.repeats);
    bm_histories_free(&one);
    bm_histories_free(&many);
    bm_orders_free(&orders);
    free(line);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_of_one_day_are_one_purchase_and_the_first_is_not_counted),
        cmocka_unit_test(returns_are_no_purchases_and_cost_nothing),
        cmocka_unit_test(orders_on_until_count_and_later_ones_are_the_holdout),
        cmocka_unit_test(periods_hold_the_repeat_orders_up_to_and_with_their_last_day),
        cmocka_unit_test(units_have_their_days),
        cmocka_unit_test(a_log_without_amounts_has_no_spend),
        cmocka_unit_test(nobody_with_a_purchase_is_told),
        cmocka_unit_test(cdnow_has_its_published_figures),
        cmocka_unit_test(any_number_of_threads_gives_the_same_histories),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
