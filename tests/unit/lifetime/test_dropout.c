/* NBD, BG/NBD and MBG/NBD beside published and independently computed figures. */
#include "lifetime/model.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void assert_close(double got, double wanted, double relative) {
    if (!(fabs(got - wanted) <= relative * fabs(wanted)))
        fail_msg("%.17g, not %.17g: off by %.2g of it", got, wanted, got / wanted - 1);
}

static double likelihood(const bm_ltv_model *model, const double *parameter, bm_history h) {
    double value;
    model->likelihood(parameter, &h, 1, &value, NULL);
    return value;
}

static double orders_in(const bm_ltv_model *model, const double *parameter, bm_history h,
                        double ahead) {
    double orders;
    model->expected_alive(parameter, &h, &ahead, 1, &orders);
    return bm_logistic(model->log_odds_alive(parameter, &h)) * orders;
}

/* CDNOW, 39 weeks. */
static const double cdnow[] = {0.2425945236, 4.413602068, 0.792922008, 2.42590665};
static const double rounded[] = {0.243, 4.414, 0.793, 2.426};

static void hard_likelihoods_are_those_of_mpmath(void **unused) {
    static const double parameter[] = {0.25, 4, 0.8, 2.5};
    const bm_history none = {0, 0, 40, NAN, 1}, many = {200, 38, 40, NAN, 1};
    (void)unused;
    assert_close(likelihood(&bm_ltv_bgnbd, parameter, none), -0.5994738182, 1e-9);
    assert_close(likelihood(&bm_ltv_bgnbd, parameter, many), 100.795693093, 1e-9);
    assert_close(likelihood(&bm_ltv_mbgnbd, parameter, none), -0.417928262045, 1e-9);
    assert_close(likelihood(&bm_ltv_mbgnbd, parameter, many), 100.786909761, 1e-9);
}

static void expected_orders_of_new_buyers_are_the_published_ones(void **unused) {
    static const double t[] = {1.0 / 7, 1, 3, 39, 52, 78};
    static const double orders[] = {.007814, .053184, .150631, 1.195009, 1.444011, 1.857956};
    (void)unused;
    for (size_t i = 0; i < 6; i++)
        assert_true(fabs(bm_ltv_bgnbd.expected(cdnow, t[i]) - orders[i]) < 3e-6);
}

static void expected_orders_of_known_buyers_are_the_published_ones(void **unused) {
    const bm_history two = {2, 30.43, 38.86, NAN, 1}, busy = {26, 216.0 / 7, 31, NAN, 1};
    static const double paradox[] = {.3474606, .04283391, .004158973, .0003585685};
    (void)unused;
    assert_close(orders_in(&bm_ltv_bgnbd, cdnow, two, 39), 1.2259057, 2e-6);
    assert_close(orders_in(&bm_ltv_bgnbd, cdnow, busy, 52), 25.7573, 3e-6);
    assert_close(bm_logistic(bm_ltv_bgnbd.log_odds_alive(cdnow, &busy)), .9688544, 1e-7);
    for (int i = 0; i < 4; i++) { /* the more orders, the surer that a silence is the end */
        const bm_history h = {10 + 5 * i, 20, 39, NAN, 1};
        assert_close(orders_in(&bm_ltv_bgnbd, cdnow, h, 52), paradox[i], 1e-3);
    }
}

static void hard_expectations_are_those_of_mpmath(void **unused) {
    static const double small[] = {0.11, 2.24, 0.31, 0.50};
    const bm_history new = {0, 0, 1, NAN, 1}, gone = {1000, 10, 100, NAN, 1};
    const bm_history here = {1000, 99.9, 100, NAN, 1};
    (void)unused;
    assert_close(orders_in(&bm_ltv_bgnbd, small, new, 30), 0.564588615532785, 1e-9);
    assert_close(orders_in(&bm_ltv_bgnbd, rounded, here, 30), 258.85536832288, 1e-9);
    assert_true(orders_in(&bm_ltv_bgnbd, rounded, gone, 30) == 0);
    /* log(2.148e-855 / what a living one would order) */
    double alive;
    const double ahead = 30;
    bm_ltv_bgnbd.expected_alive(rounded, &gone, &ahead, 1, &alive);
    assert_close(bm_ltv_bgnbd.log_odds_alive(rounded, &gone) + log(alive),
                 log(2.148) - 855 * log(10), 1e-6);
}

static void probabilities_of_counts_are_the_published_ones(void **unused) {
    static const double thirty[] = {.0019995214,  .0015170236,  .0011633150,  .00090031479,
                                    .00070236377, .00055179024, .00043619128, .00034671714,
                                    .00027696126, .00022222605};
    (void)unused;
    assert_close(exp(bm_ltv_bgnbd.log_pmf(rounded, 2, 10)), 1.0786896e-7, 1e-7);
    assert_close(exp(bm_ltv_bgnbd.log_pmf(rounded, 39, 0)), .57378635, 1e-7);
    for (int i = 0; i < 10; i++)
        assert_close(exp(bm_ltv_bgnbd.log_pmf(rounded, 30, 11 + i)), thirty[i], 1e-7);
}

/* Expectation from the probabilities themselves. */
static void expected_orders_are_the_mean_of_the_counts(void **unused) {
    static const bm_ltv_model *const model[] = {&bm_ltv_nbd, &bm_ltv_bgnbd, &bm_ltv_mbgnbd};
    (void)unused;
    for (size_t m = 0; m < 3; m++) {
        double sum = 0, mean = 0;
        for (int x = 0; x < 4000; x++) {
            double p = exp(model[m]->log_pmf(rounded, 39, x));
            sum += p;
            mean += p * x;
        }
        assert_close(sum, 1, 1e-10);
        assert_close(mean, model[m]->expected(rounded, 39), 1e-9);
    }
}

/* Conditional expectation by brute force: P(x orders in (0, T] with the last at t_x) goes on as a
 * process whose parameters are those of the posterior; silence of a living buyer likewise. */
static void a_silent_future_is_a_count_of_none(void **unused) {
    const bm_history h = {3, 20, 25, NAN, 1};
    const double posterior[] = {0.243 + 3, 4.414 + 25, 0.793, 2.426 + 3};
    (void)unused;
    assert_close(bm_ltv_bgnbd.log_silent_alive(rounded, &h, 13),
                 bm_ltv_bgnbd.log_pmf(posterior, 13, 0), 1e-12);
    assert_close(bm_ltv_nbd.log_silent_alive(rounded, &h, 13), bm_ltv_nbd.log_pmf(posterior, 13, 0),
                 1e-12);
}

static void gradients_are_those_of_differences(void **unused) {
    static const bm_ltv_model *const model[] = {&bm_ltv_nbd, &bm_ltv_bgnbd, &bm_ltv_mbgnbd};
    static const double parameter[][4] = {
        {0.243, 4.414, 0.793, 2.426}, {3, 0.01, 0.02, 0.3}, {1e-3, 50, 30, 200}, {40, 1e3, 1, 1}};
    static const bm_history history[] = {{0, 0, 0, NAN, 1},      {0, 0, 39, NAN, 2},
                                         {1, 0.1, 39, NAN, 1},   {3, 38.9, 38.9, NAN, 5},
                                         {40, 20, 39, NAN, 0.5}, {1e5, 100, 1000, NAN, 1}};
    (void)unused;
    for (size_t m = 0; m < 3; m++) {
        for (size_t p = 0; p < 4; p++) {
            double value, gradient[4], up, down;
            model[m]->likelihood(parameter[p], history, 6, &value, gradient);
            for (size_t i = 0; i < model[m]->parameters; i++) {
                double moved[4];
                memcpy(moved, parameter[p], sizeof moved);
                moved[i] = parameter[p][i] * exp(1e-5);
                model[m]->likelihood(moved, history, 6, &up, NULL);
                moved[i] = parameter[p][i] * exp(-1e-5);
                model[m]->likelihood(moved, history, 6, &down, NULL);
                double noise = 1e-16 * fabs(value) / 1e-5;
                assert_true(fabs((up - down) / 2e-5 - gradient[i]) <=
                            1e-7 * fabs(gradient[i]) + 1e-7 + 10 * noise);
            }
        }
    }
}

static void certainty_is_where_the_model_says_so(void **unused) {
    const bm_history none = {0, 0, 39, NAN, 1}, now = {4, 39, 39, NAN, 1};
    (void)unused;
    assert_true(isinf(bm_ltv_bgnbd.log_odds_alive(rounded, &none)));
    assert_true(isinf(bm_ltv_nbd.log_odds_alive(rounded, &none)));
    /* MBG/NBD: also one without a repeat order may have left. */
    assert_true(bm_logistic(bm_ltv_mbgnbd.log_odds_alive(rounded, &none)) < 1);
    assert_close(bm_logistic(bm_ltv_bgnbd.log_odds_alive(rounded, &now)),
                 (2.426 + 3) / (2.426 + 3 + 0.793), 1e-14);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hard_likelihoods_are_those_of_mpmath),
        cmocka_unit_test(expected_orders_of_new_buyers_are_the_published_ones),
        cmocka_unit_test(expected_orders_of_known_buyers_are_the_published_ones),
        cmocka_unit_test(hard_expectations_are_those_of_mpmath),
        cmocka_unit_test(probabilities_of_counts_are_the_published_ones),
        cmocka_unit_test(expected_orders_are_the_mean_of_the_counts),
        cmocka_unit_test(a_silent_future_is_a_count_of_none),
        cmocka_unit_test(gradients_are_those_of_differences),
        cmocka_unit_test(certainty_is_where_the_model_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
