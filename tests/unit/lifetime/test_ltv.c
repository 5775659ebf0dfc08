/* Predictions from a fit: the sum over units by brute force, silence by its definition, and a run
 * from histories to segments. */
#include "lifetime/ltv.h"

#include "base/statistics.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_close(double got, double wanted, double relative) {
    if (!(fabs(got - wanted) <= relative * fabs(wanted)))
        fail_msg("%.17g, not %.17g: off by %.2g of it", got, wanted, got / wanted - 1);
}

static const bm_ltv_fit fits[] = {
    {.model = &bm_ltv_nbd, .parameter = {0.385, 12.07}, .usable = 1},
    {.model = &bm_ltv_bgnbd, .parameter = {0.243, 4.414, 0.793, 2.426}, .usable = 1},
    {.model = &bm_ltv_mbgnbd, .parameter = {0.525, 6.183, 0.891, 1.614}, .usable = 1},
    {.model = &bm_ltv_paretonbd, .parameter = {0.553, 10.578, 0.606, 11.669}, .usable = 1},
    {.model = &bm_ltv_bgbb, .parameter = {1.204, 0.750, 0.657, 2.783}, .usable = 1},
};
enum { FITS = sizeof fits / sizeof fits[0] };

static const bm_history histories[] = {
    {0, 0, 0, NAN, 1}, {0, 0, 39, NAN, 1}, {2, 30, 39, NAN, 1}, {26, 31, 31, NAN, 1}};
enum { HISTORIES = sizeof histories / sizeof histories[0] };

/* Σ over units of the orders in each, one answer a unit. */
static double by_units(const bm_ltv_fit *fit, const bm_history *h, double horizon, double rate) {
    double before = 0, sum = 0;
    for (double i = 1; i < horizon + 1; i++) {
        double end = fmin(i, horizon), by = bm_ltv_expected(fit, h, end);
        sum += (by - before) / pow(1 + rate, (i - 0.5) / bm_units_a_year(BM_UNIT_WEEK));
        before = by;
    }
    return sum;
}

static void discounted_orders_are_the_sum_over_units(void **unused) {
    static const double horizon[] = {0.5, 1, 16, 17, 52, 52.5, 65, 520, 3000};
    (void)unused;
    for (size_t f = 0; f < FITS; f++) {
        for (size_t i = 0; i < HISTORIES; i++) {
            for (size_t k = 0; k < sizeof horizon / sizeof horizon[0]; k++) {
                if (fits[f].model == &bm_ltv_bgbb && horizon[k] != floor(horizon[k]))
                    continue;
                double got = bm_ltv_discounted(&fits[f], &histories[i], horizon[k], 0.1,
                                               bm_units_a_year(BM_UNIT_WEEK));
                assert_close(got, by_units(&fits[f], &histories[i], horizon[k], 0.1), 1e-12);
            }
        }
    }
}

static void without_discount_they_are_the_expected_orders(void **unused) {
    (void)unused;
    for (size_t f = 0; f < FITS; f++) {
        for (size_t i = 0; i < HISTORIES; i++)
            assert_close(bm_ltv_discounted(&fits[f], &histories[i], 200, 0, 52),
                         bm_ltv_expected(&fits[f], &histories[i], 200), 1e-12);
    }
}

static void for_ever_is_the_limit_of_long_horizons(void **unused) {
    (void)unused;
    for (size_t f = 0; f < 4; f++) {
        for (size_t i = 0; i < HISTORIES; i++) {
            /* Units so short that their middle is as good as every moment of them. */
            double units = 52 * 200.0, years = 100;
            bm_history h = histories[i];
            double ever = bm_ltv_discounted(&fits[f], &h, INFINITY, 0.5, units / 200);
            double long_run =
                bm_ltv_discounted(&fits[f], &h, years * units / 200, 0.5, units / 200);
            assert_close(long_run, ever, 2e-5);
        }
    }
}

static void silence_ends_where_an_order_becomes_improbable(void **unused) {
    const double year = bm_units_a_year(BM_UNIT_WEEK);
    (void)unused;
    for (size_t f = 0; f < 4; f++) {
        for (double x = 0; x < 30; x += 5) {
            double t_x = 3 * x, w = bm_ltv_silence(&fits[f], x, t_x, year);
            bm_history h = {x, t_x, t_x + w, NAN, 1};
            const bm_ltv_model *model = fits[f].model;
            const double *p = fits[f].parameter;
            double order = bm_logistic(model->log_odds_alive(p, &h)) *
                           -expm1(model->log_silent_alive(p, &h, year));
            h.t = t_x;
            double silent = exp(model->log_silent_alive(p, &h, w));
            assert_true(w > 0);
            if (model == &bm_ltv_nbd && silent < 0.0501)
                assert_close(silent, BM_IMPROBABLE_SILENCE, 1e-9);
            else
                assert_close(order, BM_IMPROBABLE_ORDER, 1e-9);
        }
    }
    const bm_ltv_fit unusable = {.model = &bm_ltv_nbd, .parameter = {1, 1}};
    assert_true(isinf(bm_ltv_silence(&unusable, 1, 1, year)));
}

/* Buyers of few kinds, whose spend tells nothing. */
static bm_histories make_histories(bm_history *history, size_t n) {
    for (size_t i = 0; i < n; i++) {
        double x = (double)(i * i % 7), t = 30 + (double)(i % 11);
        history[i] = (bm_history){x, x > 0 ? t - 1 - (double)(i % 29) : 0, t,
                                  x > 0 ? 10 + (double)(i % 13) : NAN, 1};
    }
    return (bm_histories){.kind = BM_LTV_ORDERS,
                          .unit = BM_UNIT_WEEK,
                          .buyers = n,
                          .history = history,
                          .has_spend = 1};
}

static void segments_add_up_to_all_buyers(void **unused) {
    enum { N = 300 };
    bm_history history[N];
    int32_t label[N];
    double revenue[N];
    bm_histories from = make_histories(history, N);
    const bm_ltv_options options = {.horizon = 52, .discount = 0.1, .margin = 0.4};
    bm_ltv ltv;
    bm_result table = {0};
    (void)unused;
    for (size_t i = 0; i < N; i++) {
        label[i] = 1 + (int32_t)(i % 4);
        revenue[i] = 0.1 * (double)i;
    }
    assert_int_equal(bm_ltv_run(&from, &options, NULL, &ltv, NULL), BM_OK);
    assert_true(bm_ltv_chosen(&ltv)->usable);
    assert_int_equal(bm_ltv_segments_result(&ltv, label, 4, revenue, &table, NULL), BM_OK);
    assert_int_equal(table.rows, 5);
    for (size_t c = 3; c < 9; c++) {
        const double *value = table.column[c].number;
        if (c == 6 || c == 7) /* a mean and a median */
            continue;
        assert_close(value[1] + value[2] + value[3] + value[4], value[0], 1e-14);
    }
    for (size_t i = 0; i < N; i++)
        assert_close(ltv.expected_value[i], ltv.expected_orders[i] * ltv.expected_spend[i], 1e-15);
    bm_result_free(&table);
    bm_ltv_free(&ltv);
}

static void the_floor_is_fitted_whatever_is_asked_for(void **unused) {
    enum { N = 300 };
    bm_history history[N];
    bm_histories from = make_histories(history, N);
    const bm_ltv_options options = {
        .model = {&bm_ltv_bgnbd}, .models = 1, .horizon = 52, .discount = 0.1, .margin = 1};
    bm_ltv ltv;
    (void)unused;
    assert_int_equal(bm_ltv_run(&from, &options, NULL, &ltv, NULL), BM_OK);
    assert_int_equal(ltv.fits, 2);
    assert_ptr_equal(ltv.fit[0].model, &bm_ltv_nbd);
    assert_ptr_equal(ltv.fit[1].model, &bm_ltv_bgnbd);
    bm_ltv_free(&ltv);
}

/* Nothing tells r from alpha, but their ratio is sure. */
static void predictions_stand_where_only_parameters_run_off(void **unused) {
    enum { N = 50 };
    bm_history history[N];
    bm_histories from = make_histories(history, N);
    const bm_ltv_options options = {
        .model = {&bm_ltv_nbd}, .models = 1, .horizon = 52, .discount = 0.1, .margin = 1};
    bm_ltv ltv;
    (void)unused;
    for (size_t i = 0; i < N; i++)
        history[i] = (bm_history){3, 20, 39, 12, 1};
    assert_int_equal(bm_ltv_run(&from, &options, NULL, &ltv, NULL), BM_OK);
    assert_true(ltv.fit[0].usable && !ltv.fit[0].presented && strlen(ltv.fit[0].note) > 0);
    assert_close(ltv.expected_orders[0], 52 * 3.0 / 39, 1e-6);
    bm_ltv_free(&ltv);
}

static void nothing_is_predicted_of_buyers_who_were_not_watched(void **unused) {
    enum { N = 50 };
    bm_history history[N];
    bm_histories from = make_histories(history, N);
    const bm_ltv_options options = {.horizon = 52, .discount = 0.1, .margin = 1};
    bm_ltv ltv;
    (void)unused;
    for (size_t i = 0; i < N; i++)
        history[i] = (bm_history){0, 0, 0, NAN, 1};
    assert_int_equal(bm_ltv_run(&from, &options, NULL, &ltv, NULL), BM_OK);
    for (size_t f = 0; f < ltv.fits; f++) {
        assert_false(ltv.fit[f].usable || ltv.fit[f].presented);
        assert_true(strlen(ltv.fit[f].note) > 0);
    }
    assert_true(isnan(ltv.expected_orders[0]));
    bm_ltv_free(&ltv);
}

/* A run, whose columns must be the model's answers for each buyer, one at a time. */
static void expect_of_each(const bm_histories *from, const bm_ltv_options *options, bm_ltv *ltv) {
    assert_int_equal(bm_ltv_run(from, options, NULL, ltv, NULL), BM_OK);
    const bm_ltv_fit *chosen = bm_ltv_chosen(ltv);
    assert_true(chosen->usable);
    for (size_t i = 0; i < from->buyers; i++) {
        const bm_history *h = &from->history[i];
        double odds = chosen->model->log_odds_alive(chosen->parameter, h);
        double orders = bm_ltv_expected(chosen, h, options->horizon);
        assert_close(ltv->p_alive[i], 1 / (1 + exp(-odds)), 1e-14);
        assert_close(ltv->expected_orders[i], orders, 1e-14);
        assert_close(ltv->expected_value[i], orders * ltv->expected_spend[i], 1e-14);
        assert_close(ltv->clv[i],
                     options->margin * ltv->expected_spend[i] *
                         bm_ltv_discounted(chosen, h, options->horizon, options->discount,
                                           bm_units_a_year(from->unit)),
                     1e-13);
    }
}

static void buyers_are_told_what_the_chosen_model_says_of_each(void **unused) {
    enum { N = 300 };
    bm_history history[N];
    bm_histories from = make_histories(history, N);
    const bm_ltv_options options = {.horizon = 39.5, .discount = 0.2, .margin = 0.3};
    bm_ltv ltv;
    (void)unused;
    expect_of_each(&from, &options, &ltv);
    bm_ltv_free(&ltv);
}

static double uniform(uint64_t *at) {
    *at = *at * 6364136223846793005u + 1442695040888963407u;
    return ((double)(*at >> 33) + 0.5) / 2147483648.0;
}

/* Spend of gamma-like orders around means that fall as slowly as a power. */
static void spend_in_tails(bm_history *history, size_t n, double power) {
    uint64_t at = 9;
    for (size_t i = 0; i < n; i++) {
        double mean = pow(uniform(&at), -power), sum = 0;
        for (double j = 0; j < history[i].x; j++)
            sum -= mean * log(uniform(&at));
        history[i].spend = history[i].x > 0 ? sum / history[i].x : NAN;
    }
}

static void spend_is_shrunk_to_the_mean_where_it_has_one(void **unused) {
    enum { N = 600 };
    bm_history history[N];
    bm_histories from = make_histories(history, N);
    const bm_ltv_options options = {.horizon = 52, .discount = 0.1, .margin = 1};
    bm_ltv ltv;
    (void)unused;
    spend_in_tails(history, N, 0.4);
    expect_of_each(&from, &options, &ltv);
    assert_true(ltv.gamma_gamma.usable);
    assert_string_equal(ltv.gamma_gamma.note, "");
    const double *p = ltv.gamma_gamma.parameter;
    for (size_t i = 0; i < N; i++) {
        double x = history[i].x, spent = x > 0 ? x * history[i].spend : 0;
        assert_close(ltv.expected_spend[i], p[0] * (p[2] + spent) / (p[0] * x + p[1] - 1), 1e-14);
    }
    bm_ltv_free(&ltv);
}

static void without_a_mean_each_buyers_own_stands(void **unused) {
    enum { N = 600 };
    bm_history history[N];
    bm_histories from = make_histories(history, N);
    const bm_ltv_options options = {.horizon = 52, .discount = 0.1, .margin = 1};
    double sum = 0, buyers = 0;
    bm_ltv ltv;
    (void)unused;
    spend_in_tails(history, N, 2);
    history[3] = history[1]; /* alike, and counted twice */
    expect_of_each(&from, &options, &ltv);
    assert_true(ltv.gamma_gamma.converged && ltv.gamma_gamma.parameter[1] <= 1);
    assert_false(ltv.gamma_gamma.usable);
    assert_non_null(strstr(ltv.gamma_gamma.note, "q <= 1"));
    for (size_t i = 0; i < N; i++) {
        sum += history[i].x > 0 ? history[i].spend : 0;
        buyers += history[i].x > 0;
    }
    for (size_t i = 0; i < N; i++)
        assert_close(ltv.expected_spend[i], history[i].x > 0 ? history[i].spend : sum / buyers,
                     1e-12);
    bm_ltv_free(&ltv);
}

static void spend_that_goes_with_frequency_is_noted(void **unused) {
    enum { N = 600 };
    bm_history history[N];
    bm_histories from = make_histories(history, N);
    const bm_ltv_options options = {.horizon = 52, .discount = 0.1, .margin = 1};
    (void)unused;
    for (int is_much = 0; is_much < 2; is_much++) {
        bm_ltv ltv;
        uint64_t at = 4;
        double x = 0, m = 0, xx = 0, mm = 0, xm = 0, n = 0;
        for (size_t i = 0; i < N; i++) {
            double order = history[i].x, draw = 10 - 5 * log(uniform(&at));
            if (!(order > 0))
                continue;
            history[i].spend = draw + (is_much ? 1.6 : 0.9) * order;
            n++, x += order, m += history[i].spend, xx += order * order;
            mm += history[i].spend * history[i].spend, xm += order * history[i].spend;
        }
        double r = (xm - x * m / n) / sqrt((xx - x * x / n) * (mm - m * m / n));
        char text[32];
        assert_true(is_much ? r > 0.16 : r > 0.1 && r < 0.14);
        snprintf(text, sizeof text, "(r = %.2f)", r);
        assert_int_equal(bm_ltv_run(&from, &options, NULL, &ltv, NULL), BM_OK);
        if (is_much)
            assert_non_null(strstr(ltv.gamma_gamma.note, text));
        else
            assert_null(strstr(ltv.gamma_gamma.note, "correlated"));
        bm_ltv_free(&ltv);
    }
}

/* Fader & Hardie's High End after 4 years: BdW gains 2.39 in log-likelihood for one parameter more,
 * which AIC finds worth it, and BIC over 1,000 contracts does not. */
static void the_least_bic_is_chosen(void **unused) {
    bm_history history[] = {{1, 0, 1, NAN, 131},
                            {1, 0, 2, NAN, 126},
                            {1, 0, 3, NAN, 90},
                            {1, 0, 4, NAN, 60},
                            {0, 0, 4, NAN, 593}};
    const bm_histories from = {
        .kind = BM_LTV_CONTRACTS, .unit = BM_UNIT_MONTH, .buyers = 5, .history = history};
    const bm_ltv_options options = {.horizon = 12, .discount = 0.1, .margin = 1};
    bm_ltv ltv;
    (void)unused;
    assert_int_equal(bm_ltv_run(&from, &options, NULL, &ltv, NULL), BM_OK);
    assert_true(ltv.fits == 2 && ltv.fit[0].usable && ltv.fit[1].usable);
    assert_true(ltv.fit[1].aic < ltv.fit[0].aic);
    assert_true(ltv.fit[1].bic > ltv.fit[0].bic);
    assert_close(ltv.fit[0].bic, 2 * log(1000) + 2 * 1225.134907, 1e-9);
    assert_ptr_equal(bm_ltv_chosen(&ltv)->model, &bm_ltv_sbg);
    bm_ltv_free(&ltv);
}

static void contracts_are_worth_what_was_agreed(void **unused) {
    enum { N = 60 };
    bm_history history[N];
    const bm_histories from = {.kind = BM_LTV_CONTRACTS,
                               .unit = BM_UNIT_MONTH,
                               .buyers = N,
                               .history = history,
                               .has_spend = 1};
    const bm_ltv_options options = {.horizon = 12, .discount = 0.1, .margin = 0.5};
    bm_ltv ltv;
    (void)unused;
    for (size_t i = 0; i < N; i++) {
        double t = 1 + (double)(i % 5) * (double)(i % 2);
        history[i] = (bm_history){i % 4 != 0, 0, i % 4 != 0 ? t : 7, (double)(i % 3), 1};
    }
    expect_of_each(&from, &options, &ltv);
    assert_null(ltv.gamma_gamma.model);
    for (size_t i = 0; i < N; i++) {
        assert_close(ltv.expected_spend[i], history[i].spend, 0);
        assert_true(history[i].x > 0 ? ltv.clv[i] <= 0 : ltv.expected_orders[i] > 0);
    }
    bm_ltv_free(&ltv);
}

static int start(void **unused) {
    (void)unused;
    bm_statistics_start();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(discounted_orders_are_the_sum_over_units),
        cmocka_unit_test(without_discount_they_are_the_expected_orders),
        cmocka_unit_test(for_ever_is_the_limit_of_long_horizons),
        cmocka_unit_test(silence_ends_where_an_order_becomes_improbable),
        cmocka_unit_test(segments_add_up_to_all_buyers),
        cmocka_unit_test(the_floor_is_fitted_whatever_is_asked_for),
        cmocka_unit_test(predictions_stand_where_only_parameters_run_off),
        cmocka_unit_test(nothing_is_predicted_of_buyers_who_were_not_watched),
        cmocka_unit_test(buyers_are_told_what_the_chosen_model_says_of_each),
        cmocka_unit_test(spend_is_shrunk_to_the_mean_where_it_has_one),
        cmocka_unit_test(without_a_mean_each_buyers_own_stands),
        cmocka_unit_test(spend_that_goes_with_frequency_is_noted),
        cmocka_unit_test(the_least_bic_is_chosen),
        cmocka_unit_test(contracts_are_worth_what_was_agreed),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
