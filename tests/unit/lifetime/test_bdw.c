/* BdW against fits to the data of Fader & Hardie (2007), the model's definition in 150 digits, and
 * sBG, which it is at c = 1. */
#include "survivors.h"

static const double high_fit[] = {.2142533518, 1.426575026, 1.723564791};
static const double low_fit[] = {.4556139598, .7793254416, 1.283451355};

static void both_groups_have_their_likelihoods(void **state) {
    (void)state;
    assert_fit(&bm_ltv_bdw, high_end, 7, high_fit, -1605.31421321, 8);
    assert_fit(&bm_ltv_bdw, regular, 7, low_fit, -1679.60283291, 8);
}

static void survivors_are_those_printed(void **state) {
    (void)state;
    static const double high[] = {.8694, .7404, .6553, .5962, .5523, .5182,
                                  .4906, .4678, .4483, .4316, .4169, .4039};
    static const double low[] = {.6311, .4674, .3815, .3277, .2903, .2624,
                                 .2408, .2234, .2089, .1968, .1864, .1773};
    assert_survivors(&bm_ltv_bdw, high_fit, high);
    assert_survivors(&bm_ltv_bdw, low_fit, low);
}

/* In 50 digits: log P(T = x), log S(t), renewals in `ahead` periods and discounted ones after t. */
static const struct reference {
    double parameter[3];
    int t, x, ahead;
    double delta, log_pmf, log_share, renewals, discounted;
} references[] = {{{0.2142533518, 1.426575026, 1.723564791},
                   7,
                   12,
                   10,
                   0.0953,
                   -4.3438614253608061,
                   -0.71205059047213778,
                   8.2226412807676676,
                   7.5633364633618461},
                  {{0.4556139598, 0.7793254416, 1.283451355},
                   0,
                   1,
                   2000,
                   0.02,
                   -0.99713130858819378,
                   0.0,
                   41.602648587681189,
                   6.6307482286363161},
                  {{2.0, 0.01, 0.3},
                   3,
                   100000,
                   1000,
                   0.01,
                   -23.57423082276396,
                   -5.8076009104308753,
                   96.61311057870653,
                   24.900709429241604},
                  {{1e-06, 3.0, 0.8},
                   100,
                   100000,
                   52,
                   0.01,
                   -25.551832832667565,
                   -2.8222791641304553e-6,
                   51.999991021265106,
                   99.500787700667487},
                  {{100000.0, 10000000.0, 1.2},
                   0,
                   60,
                   700,
                   0.002,
                   -4.9510922963955401,
                   0.0,
                   43.343801227112103,
                   40.286002322779781},
                  {{3.0, 1000000.0, 5.0},
                   10,
                   40,
                   1000,
                   0.01,
                   -14.700559360921508,
                   -0.28593026668613574,
                   3.0374676628769361,
                   2.9471654802176251},
                  {{0.7, 2.0, 1.0},
                   100000,
                   100000,
                   1500,
                   0.01,
                   -19.493850630564718,
                   -7.6242402217057563,
                   1492.1862265941883,
                   99.430953885738526},
                  {{40.0, 2.0, 2.0},
                   5,
                   9,
                   52,
                   0.3,
                   -63.536381952683268,
                   -38.236327952099556,
                   1.2798816058872549e-4,
                   9.4810652646785256e-5}};

static void it_is_right_to_twelve_digits_far_out(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof references / sizeof references[0]; i++) {
        const struct reference *r = &references[i];
        const double *p = r->parameter;
        bm_history history = {0, 0, r->t, NAN, 1}, ended = {1, 0, r->x, NAN, 1};
        double value, ahead = r->ahead;
        bm_ltv_bdw.likelihood(p, &history, 1, &value, NULL);
        assert_near("log S(t)", value, r->log_share, 1e-6, 1e-12);
        bm_ltv_bdw.likelihood(p, &ended, 1, &value, NULL);
        assert_near("log P(T = x)", value, r->log_pmf, 1, 1e-12);
        assert_near("the PMF", bm_ltv_bdw.log_pmf(p, 0, r->x), value, 1, 1e-15);
        bm_ltv_bdw.expected_alive(p, &history, &ahead, 1, &value);
        assert_near("renewals ahead", value, r->renewals, 0, 1e-12);
        if (r->t == 0)
            assert_near("of a new one", bm_ltv_bdw.expected(p, ahead), value, 0, 1e-15);
        value = bm_ltv_bdw.discounted_alive(p, &history, r->delta);
        assert_near("discounted renewals", value, r->discounted, 0, 1e-12);
    }
}

static void at_one_it_is_sbg(void **state) {
    (void)state;
    static const double ahead[] = {1, 10, 700, 1e4, 3e4, 1e6, 1e9, INFINITY};
    static const double deltas[] = {1, .1, .0018, 1e-5, 1e-9};
    static const double sizes[] = {.001, .3, 2, 60, 1000};
    enum { COUNT = sizeof ahead / sizeof ahead[0] };
    for (int i = 0; i < 125; i++) {
        double p[] = {sizes[i % 5], sizes[i / 5 % 5], 1}, ours[COUNT], theirs[COUNT];
        bm_history history = {0, 0, (double[]){0, 1, 7, 1000, 3200}[i / 25], NAN, 1};
        bm_ltv_bdw.expected_alive(p, &history, ahead, COUNT, ours);
        bm_ltv_sbg.expected_alive(p, &history, ahead, COUNT, theirs);
        for (size_t k = 0; k < COUNT; k++) {
            assert_int_equal(isinf(ours[k]) != 0, isinf(theirs[k]) != 0);
            if (isfinite(theirs[k]))
                assert_near("renewals", ours[k], theirs[k], 0, 1e-12);
        }
        for (size_t k = 0; k < sizeof deltas / sizeof deltas[0]; k++)
            assert_near("discounted", bm_ltv_bdw.discounted_alive(p, &history, deltas[k]),
                        bm_ltv_sbg.discounted_alive(p, &history, deltas[k]), 0, 1e-13);
        for (int t = 1; t < 100000; t = 3 * t + 1)
            assert_near("the PMF", bm_ltv_bdw.log_pmf(p, 0, t), bm_ltv_sbg.log_pmf(p, 0, t), 1,
                        1e-13);
    }
}

static void gradients_are_those_of_differences(void **state) {
    (void)state;
    static const double places[][3] = {
        {.67, 3.8, 1}, {.01, 10, 2}, {10, .01, .4}, {1e3, 1e5, 1.1}, {1, 1, 4}};
    bm_history history[10];
    size_t count = histories_of(high_end, 7, history);
    history[count++] = (bm_history){1, 0, 3000, NAN, 5};
    history[count++] = (bm_history){0, 0, 100000, NAN, 9};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        assert_gradient(&bm_ltv_bdw, places[i], history, count, 1e-8);
}

static void probabilities_and_those_left_sum_to_one(void **state) {
    (void)state;
    static const double places[][3] = {
        {.67, 3.8, 1.5}, {1e-8, 1e-8, .01}, {1e8, 1e8, 3}, {1e-8, 1e8, 7}, {3, 1e4, .3}};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        double sum = 0, left;
        bm_history history = {0, 0, 2000, NAN, 1};
        for (int t = 1; t <= 2000; t++)
            sum += exp(bm_ltv_bdw.log_pmf(places[i], 0, t));
        bm_ltv_bdw.likelihood(places[i], &history, 1, &left, NULL);
        assert_near("the sum", sum + exp(left), 1, 1, 1e-13);
    }
}

static void nothing_is_lost_at_the_extremes(void **state) {
    (void)state;
    static const double sizes[] = {2e-9, 1e-3, 1, 1e3, 4e8}, powers[] = {2e-9, .1, 1, 9, 4e8};
    static const bm_history histories[] = {
        {0, 0, 0, NAN, 1}, {1, 0, 1, NAN, 1}, {1, 0, 100000, NAN, 1}, {0, 0, 100000, NAN, 1}};
    for (int i = 0; i < 125; i++) {
        double p[] = {sizes[i % 5], sizes[i / 5 % 5], powers[i / 25]};
        for (size_t j = 0; j < sizeof histories / sizeof histories[0]; j++) {
            double value, gradient[3], ahead = 52, renewals;
            bm_ltv_bdw.likelihood(p, &histories[j], 1, &value, gradient);
            if (!isfinite(value) || value > 1e-6)
                fail_msg("%g at %g %g %g, t = %g", value, p[0], p[1], p[2], histories[j].t);
            for (int k = 0; k < 3; k++)
                if (!isfinite(gradient[k]))
                    fail_msg("gradient %g at %g %g %g, t = %g", gradient[k], p[0], p[1], p[2],
                             histories[j].t);
            bm_ltv_bdw.expected_alive(p, &histories[j], &ahead, 1, &renewals);
            assert_true(renewals >= 0 && renewals <= 52.0000001);
            value = bm_ltv_bdw.discounted_alive(p, &histories[j], .01);
            assert_true(value >= 0 && value <= 100);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_groups_have_their_likelihoods),
        cmocka_unit_test(survivors_are_those_printed),
        cmocka_unit_test(it_is_right_to_twelve_digits_far_out),
        cmocka_unit_test(at_one_it_is_sbg),
        cmocka_unit_test(gradients_are_those_of_differences),
        cmocka_unit_test(probabilities_and_those_left_sum_to_one),
        cmocka_unit_test(nothing_is_lost_at_the_extremes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
