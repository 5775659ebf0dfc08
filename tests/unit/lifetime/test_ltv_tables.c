/* The tables of fits to an order log, each figure counted the slow way: parameters, holdout,
 * calibration by tenths, tracking by units; and those that must be empty. */
#include "../profile/result_cells.h"

#include "base/date.h"
#include "base/statistics.h"
#include "lifetime/ltv.h"

#include <stdlib.h>

enum { BUYERS = 407, DAYS = 500, MOST_LINES = 60, DAY0 = 19000 };

static double uniform(uint64_t *at) {
    *at = *at * 6364136223846793005u + 1442695040888963407u;
    return ((double)(*at >> 33) + 0.5) / 2147483648.0;
}

/* BG/NBD: exponential intervals at rates ~ Gamma(1), an end after each order with p ~ Beta(1, 3).
 */
static bm_orders draw_log(void) {
    static size_t first[BUYERS + 1];
    static int32_t day[BUYERS * MOST_LINES];
    static double amount[BUYERS * MOST_LINES];
    uint64_t at = 11;
    bm_orders made = {
        .buyers = BUYERS, .first = first, .day = day, .amount = amount, .as_of = DAY0 + DAYS};
    for (size_t b = 0; b < BUYERS; b++) {
        double now = 240 * uniform(&at), mean = -20 / log(uniform(&at));
        double end = 1 - cbrt(uniform(&at));
        for (size_t i = 0; i < MOST_LINES && now < DAYS; i++) {
            day[made.lines] = DAY0 + (int32_t)now;
            amount[made.lines++] = 5 - 20 * log10(uniform(&at));
            if (i > 0 && uniform(&at) < end)
                break;
            now += -mean * log(uniform(&at));
        }
        first[b + 1] = made.lines;
    }
    return made;
}

/* A log, its histories up to a day, and the fits. */
typedef struct world {
    bm_orders log;
    bm_histories histories;
    bm_ltv_options options;
    bm_ltv ltv;
} world;

static world *make_world(bm_ltv_unit unit, int32_t until, int32_t holdout_until) {
    world *made = calloc(1, sizeof *made);
    made->log = draw_log();
    made->options = (bm_ltv_options){.horizon = 10, .discount = 0.1, .margin = 1};
    assert_int_equal(
        bm_histories_of_orders(&made->log, unit, until, holdout_until, &made->histories, NULL),
        BM_OK);
    assert_int_equal(bm_ltv_run(&made->histories, &made->options, NULL, &made->ltv, NULL), BM_OK);
    for (size_t f = 0; f < made->ltv.fits; f++)
        if (!made->ltv.fit[f].usable)
            fail_msg("%s: %s", made->ltv.fit[f].model->name, made->ltv.fit[f].note);
    return made;
}

static void free_world(world *made) {
    bm_ltv_free(&made->ltv);
    bm_histories_free(&made->histories);
    free(made);
}

static void models_have_a_row_a_parameter_and_one_is_chosen(void **unused) {
    world *w = make_world(BM_UNIT_WEEK, DAY0 + 399, DAY0 + DAYS - 1);
    bm_result table;
    (void)unused;
    w->ltv.fit[2].presented = 0;
    assert_int_equal(bm_ltv_models_result(&w->ltv, &table, NULL), BM_OK);
    assert_int_equal(table.rows, 2 + 4 + 4 + 4 + 3);
    for (size_t f = 0, row = 0; f < w->ltv.fits; f++) {
        const bm_ltv_fit *fit = &w->ltv.fit[f];
        for (size_t i = 0; i < fit->model->parameters; i++, row++) {
            assert_true(text_is(&table, "model", row, fit->model->name));
            assert_true(text_is(&table, "parameter", row, fit->model->parameter[i]));
            assert_close(number(&table, "estimate", row), f == 2 ? NAN : fit->parameter[i]);
            assert_close(number(&table, "std_error", row), f == 2 ? NAN : fit->std_error[i]);
            assert_int_equal(boolean(&table, "chosen", row), f == w->ltv.chosen);
        }
    }
    bm_result_free(&table);
    for (size_t f = 0; f < w->ltv.fits; f++)
        w->ltv.fit[f].usable = 0;
    assert_int_equal(bm_ltv_models_result(&w->ltv, &table, NULL), BM_OK);
    for (size_t row = 0; row < table.rows; row++)
        assert_int_equal(boolean(&table, "chosen", row), 0);
    bm_result_free(&table);
    free_world(w);
}

static void the_holdout_of_each_model_is_its_own(void **unused) {
    world *w = make_world(BM_UNIT_WEEK, DAY0 + 399, DAY0 + DAYS - 1);
    size_t n = w->histories.buyers;
    bm_result table;
    (void)unused;
    assert_int_equal(bm_ltv_holdout_result(&w->ltv, &table, NULL), BM_OK);
    assert_int_equal(table.rows, w->ltv.fits);
    for (size_t f = 0; f < w->ltv.fits; f++) {
        double x = 0, y = 0, xx = 0, yy = 0, xy = 0, away = 0, squares = 0, size = (double)n;
        for (size_t b = 0; b < n; b++) {
            double expected = bm_ltv_expected(&w->ltv.fit[f], &w->histories.history[b], 100 / 7.0);
            double actual = w->histories.later[b];
            x += expected, y += actual, xx += expected * expected, yy += actual * actual;
            xy += expected * actual, away += fabs(expected - actual);
            squares += (expected - actual) * (expected - actual);
        }
        assert_int_equal(whole(&table, "buyers", f), n);
        assert_close(number(&table, "actual_orders", f), y);
        assert_close(number(&table, "predicted_orders", f), x);
        assert_close(number(&table, "mae", f), away / size);
        assert_close(number(&table, "rmse", f), sqrt(squares / size));
        assert_close(number(&table, "correlation", f),
                     (xy - x * y / size) / sqrt((xx - x * x / size) * (yy - y * y / size)));
    }
    bm_result_free(&table);
    free_world(w);
}

static void calibration_has_tenths_of_the_buyers_the_highest_last(void **unused) {
    world *w = make_world(BM_UNIT_DAY, DAY0 + 399, DAY0 + DAYS - 1);
    size_t n = w->histories.buyers;
    bm_result table;
    (void)unused;
    assert_true(n % 10 != 0);
    assert_int_equal(bm_ltv_calibration_result(&w->ltv, &table, NULL), BM_OK);
    assert_int_equal(table.rows, 10 * w->ltv.fits);
    for (size_t f = 0; f < w->ltv.fits; f++) {
        const double *predicted = w->ltv.predicted_later + f * n;
        double sum[10] = {0}, actual[10] = {0};
        size_t buyers[10] = {0};
        for (size_t b = 0; b < n; b++) {
            size_t rank = 0;
            for (size_t other = 0; other < n; other++)
                rank += predicted[other] < predicted[b] ||
                        (!(predicted[other] > predicted[b]) && other < b);
            size_t tenth = 0;
            while ((tenth + 1) * n / 10 <= rank)
                tenth++;
            sum[tenth] += predicted[b], actual[tenth] += w->histories.later[b], buyers[tenth]++;
        }
        for (size_t d = 0; d < 10; d++) {
            size_t row = 10 * f + d;
            assert_int_equal(whole(&table, "decile", row), d + 1);
            assert_int_equal(whole(&table, "buyers", row), buyers[d]);
            assert_close(number(&table, "predicted", row), sum[d]);
            assert_close(number(&table, "actual", row), actual[d]);
        }
    }
    bm_result_free(&table);
    free_world(w);
}

/* Repeat order days of buyers who began by `until`, in (from, to] days after the first of all. */
static double repeats_between(const world *w, double from, double to) {
    double sum = 0;
    for (size_t b = 0; b < BUYERS; b++) {
        const int32_t *day = w->log.day + w->log.first[b];
        size_t lines = w->log.first[b + 1] - w->log.first[b];
        for (size_t i = 1; i < lines && day[0] <= w->histories.until; i++) {
            double since = day[i] - w->histories.origin;
            sum += day[i] != day[i - 1] && since > from && since <= to;
        }
    }
    return sum;
}

static double expected_between(const world *w, const bm_ltv_fit *fit, double from, double to) {
    double sum = 0, unit = bm_unit_days(w->histories.unit);
    for (size_t b = 0; b < w->histories.buyers; b++) {
        double began = w->histories.first_day[b] - w->histories.origin;
        sum += fit->model->expected(fit->parameter, fmax(to - began, 0) / unit) -
               fit->model->expected(fit->parameter, fmax(from - began, 0) / unit);
    }
    return sum;
}

static void check_tracking(bm_ltv_unit unit, int32_t until, int32_t holdout_until) {
    world *w = make_world(unit, until, holdout_until);
    double length = bm_unit_days(unit), actual = 0, predicted = 0;
    bm_result table;
    assert_int_equal(bm_ltv_tracking_result(&w->ltv, &table, NULL), BM_OK);
    size_t periods = w->histories.periods;
    assert_int_equal(periods, (size_t)floor((holdout_until - w->histories.origin) / length));
    assert_int_equal(table.rows, periods * w->ltv.fits);
    for (size_t row = 0; row < table.rows; row++) {
        const bm_ltv_fit *fit = &w->ltv.fit[row / periods];
        double from = (double)(row % periods) * length;
        char text[BM_DATE_TEXT];
        bm_format_date(text, w->histories.origin + 1 + (int32_t)floor(from));
        if (row % periods == 0)
            actual = predicted = 0;
        actual += repeats_between(w, from, from + length);
        predicted += expected_between(w, fit, from, from + length);
        assert_true(text_is(&table, "model", row, fit->model->name));
        assert_true(text_is(&table, "period", row, text));
        assert_close(number(&table, "actual", row), repeats_between(w, from, from + length));
        assert_close(number(&table, "predicted", row),
                     expected_between(w, fit, from, from + length));
        assert_close(number(&table, "cumulative_actual", row), actual);
        assert_close(number(&table, "cumulative_predicted", row), predicted);
    }
    bm_result_free(&table);
    free_world(w);
}

static void tracking_is_of_those_who_began_in_the_calibration(void **unused) {
    (void)unused;
    check_tracking(BM_UNIT_WEEK, DAY0 + 200, DAY0 + 450);
    check_tracking(BM_UNIT_MONTH, DAY0 + 399, DAY0 + DAYS - 1);
}

static void models_of_no_use_foretell_nothing(void **unused) {
    world *w = make_world(BM_UNIT_WEEK, DAY0 + 399, DAY0 + DAYS - 1);
    bm_result table;
    (void)unused;
    for (size_t f = 1; f < w->ltv.fits; f++)
        w->ltv.fit[f].usable = 0;
    assert_int_equal(bm_ltv_holdout_result(&w->ltv, &table, NULL), BM_OK);
    assert_int_equal(table.rows, 1);
    bm_result_free(&table);
    assert_int_equal(bm_ltv_calibration_result(&w->ltv, &table, NULL), BM_OK);
    assert_int_equal(table.rows, 10);
    bm_result_free(&table);
    assert_int_equal(bm_ltv_tracking_result(&w->ltv, &table, NULL), BM_OK);
    assert_int_equal(table.rows, w->histories.periods);
    bm_result_free(&table);
    free_world(w);
    w = make_world(BM_UNIT_WEEK, DAY0 + 399, DAY0 + 399); /* and without a holdout nobody does */
    assert_int_equal(bm_ltv_holdout_result(&w->ltv, &table, NULL), BM_OK);
    assert_int_equal(table.rows, 0);
    bm_result_free(&table);
    assert_int_equal(bm_ltv_calibration_result(&w->ltv, &table, NULL), BM_OK);
    assert_int_equal(table.rows, 0);
    bm_result_free(&table);
    free_world(w);
}

static int start(void **unused) {
    (void)unused;
    bm_statistics_start();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(models_have_a_row_a_parameter_and_one_is_chosen),
        cmocka_unit_test(the_holdout_of_each_model_is_its_own),
        cmocka_unit_test(calibration_has_tenths_of_the_buyers_the_highest_last),
        cmocka_unit_test(tracking_is_of_those_who_began_in_the_calibration),
        cmocka_unit_test(models_of_no_use_foretell_nothing),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
