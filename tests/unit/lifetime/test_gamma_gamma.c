/* Gamma-Gamma. Figures: statistics.md §2.1 (Fader & Hardie 2013; CLVTools; Hardie's note 025). */
#include "cdnow.h"

#define MODEL bm_ltv_gamma_gamma

static const double cdnow_parameter[] = {6.249572617, 3.74422472, 15.44352026};

/* Those with repeat orders that came to something. */
static size_t spenders(bm_history *history) {
    size_t kept = 0;
    for (size_t i = 0; i < CDNOW_BUYERS; i++)
        if (history[i].x > 0 && history[i].spend > 0)
            history[kept++] = history[i];
    return kept;
}

static void cdnow_log_likelihoods_are_the_published_ones(void **state) {
    (void)state;
    static bm_history history[CDNOW_BUYERS];
    double value, gradient[4], mean = 0;
    if (!cdnow_read(bm_days_from_civil(1997, 9, 30), history))
        skip();
    size_t count = spenders(history);
    assert_int_equal(count, 946);
    for (size_t i = 0; i < count; i++)
        mean += history[i].spend / (double)count;
    assert_float_equal(mean, 35.077847534, 1e-8);
    MODEL.likelihood(cdnow_parameter, history, count, &value, gradient);
    assert_float_equal(value, -4055.91769480, 1e-7);
    for (int i = 0; i < 3; i++)
        assert_float_equal(gradient[i], 0, 1e-4);
    static const double at_78[] = {4.68345, 4.18978, 24.39056};
    assert_int_equal(cdnow_read(bm_days_from_civil(1998, 6, 30), history), 1);
    MODEL.likelihood(at_78, history, spenders(history), &value, gradient);
    assert_float_equal(value, -4884.56632, 1e-5);
}

static void expected_spend_is_the_published_one(void **state) {
    (void)state;
    static const double rounded[] = {6.25, 3.74, 15.44};
    assert_float_equal(bm_gamma_gamma_spend(cdnow_parameter, 0, NAN), 35.17, 5e-3);
    assert_float_equal(bm_gamma_gamma_spend(rounded, 0, NAN), 35.2190, 5e-5);
    assert_float_equal(bm_gamma_gamma_spend(rounded, 2, 22.35), 24.663714, 5e-7);
    /* The first ten buyers of the published sheet, at its rounded parameters. */
    static const struct {
        double x, spend, expected;
    } known[] = {{2, 22.35, 24.65},
                 {1, 11.77, 18.91},
                 {0, 0, 35.17},
                 {7, 73.7414, 71.46},
                 {2, 25.55, 27.28}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        assert_float_equal(bm_gamma_gamma_spend(cdnow_parameter, known[i].x, known[i].spend),
                           known[i].expected, 0.012);
}

static void spend_without_a_mean_is_infinite(void **state) {
    (void)state;
    static const double at[] = {0.5, 0.5, 10}, edge[] = {0.5, 1, 10};
    assert_true(bm_gamma_gamma_spend(at, 0, NAN) >= INFINITY);
    assert_true(bm_gamma_gamma_spend(edge, 0, NAN) >= INFINITY);
    assert_true(bm_gamma_gamma_spend(at, 1, 3) >= INFINITY);
    check_near(bm_gamma_gamma_spend(at, 2, 3), 0.5 * 16 / 0.5, 1e-15, 0);
    check_near(bm_gamma_gamma_spend(edge, 1, 3), 13, 1e-15, 0);
    /* Many orders speak for themselves. */
    check_near(bm_gamma_gamma_spend(cdnow_parameter, 1e9, 3), 3, 1e-8, 0);
}

/* The density as the paper writes it, where that does not overflow. */
static double as_written(const double *at, double x, double m) {
    double p = at[0], q = at[1], v = at[2];
    return lgamma(p * x + q) - lgamma(p * x) - lgamma(q) + q * log(v) + (p * x - 1) * log(m) +
           p * x * log(x) - (p * x + q) * log(v + m * x);
}

static const double scale[] = {0.01, 0.7, 4, 300};
static const double spend[] = {1e-3, 1, 40, 1e7};

static void the_density_is_that_of_the_paper(void **state) {
    (void)state;
    for (int i = 0; i < 64; i++) {
        double at[] = {scale[i % 4], scale[i / 4 % 4], 10 * scale[i / 16]};
        for (int j = 0; j < 16; j++) {
            bm_history history = {(double)(1 + j / 4 * 11), 0, 0, spend[j % 4], 2};
            double value;
            MODEL.likelihood(at, &history, 1, &value, NULL);
            check_near(value, 2 * as_written(at, history.x, history.spend), 1e-11, 10);
            check_gradient(&MODEL, at, &history, 1e-7);
        }
    }
}

/* Over log m by the trapezoid rule. */
static void the_density_sums_to_one_with_the_mean_of_the_model(void **state) {
    (void)state;
    static const double at[] = {1.5, 6, 20};
    const double step = 0.01;
    double sum = 0, mean = 0;
    for (double y = -40; y < 40; y += step) {
        bm_history history = {3, 0, 0, exp(y), 1};
        double value;
        MODEL.likelihood(at, &history, 1, &value, NULL);
        sum += step * exp(value + y);
        mean += step * exp(value + 2 * y);
    }
    check_near(sum, 1, 1e-11, 0);
    check_near(mean, bm_gamma_gamma_spend(at, 0, NAN), 1e-11, 0);
}

static void runs_of_x_add_up(void **state) {
    (void)state;
    bm_history history[30];
    double value, gradient[4], sum = 0, by[3] = {0, 0, 0};
    for (size_t i = 0; i < 30; i++)
        history[i] = (bm_history){(double)(1 + i / 10), 0, 0, 1 + (double)(i * i), 1};
    MODEL.likelihood(cdnow_parameter, history, 30, &value, gradient);
    for (size_t i = 0; i < 30; i++) {
        double one, by_one[4];
        MODEL.likelihood(cdnow_parameter, &history[i], 1, &one, by_one);
        sum += one;
        for (int j = 0; j < 3; j++)
            by[j] += by_one[j];
    }
    check_near(value, sum, 1e-13, 0);
    for (int j = 0; j < 3; j++)
        check_near(gradient[j], by[j], 1e-12, 1);
}

static void extremes_are_finite(void **state) {
    (void)state;
    for (int i = 0; i < 64; i++) {
        double at[] = {scale[i % 4], scale[i / 4 % 4], 1e4 * scale[i / 16]};
        bm_history history[] = {{1, 0, 0, 1e-300, 1}, {1e5, 0, 0, 1e-3, 1}, {1e5, 0, 0, 1e300, 1}};
        double value, gradient[4];
        MODEL.likelihood(at, history, 3, &value, gradient);
        assert_true(isfinite(value));
        for (int j = 0; j < 3; j++)
            assert_true(isfinite(gradient[j]));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cdnow_log_likelihoods_are_the_published_ones),
        cmocka_unit_test(expected_spend_is_the_published_one),
        cmocka_unit_test(spend_without_a_mean_is_infinite),
        cmocka_unit_test(the_density_is_that_of_the_paper),
        cmocka_unit_test(the_density_sums_to_one_with_the_mean_of_the_model),
        cmocka_unit_test(runs_of_x_add_up),
        cmocka_unit_test(extremes_are_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
