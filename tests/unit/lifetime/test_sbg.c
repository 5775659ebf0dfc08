/* sBG against the figures of Fader & Hardie (2007) and the model's definition in 50 digits. */
#include "survivors.h"

static void both_groups_have_the_likelihoods_of_the_paper(void **state) {
    (void)state;
    assert_fit(&bm_ltv_sbg, high_end, 7, (double[]){0.6680883246, 3.806094886}, -1611.15814739, 8);
    assert_fit(&bm_ltv_sbg, regular, 7, (double[]){0.7040773292, 1.1820431}, -1680.26518846, 8);
    assert_fit(&bm_ltv_sbg, high_end, 5, (double[]){.8753820, 5.1616706}, -1378.483154, 6);
    assert_fit(&bm_ltv_sbg, high_end, 4, (double[]){1.2809771, 7.7903890}, -1225.134907, 6);
    assert_fit(&bm_ltv_sbg, regular, 5, (double[]){.7370070, 1.2453431}, -1517.072970, 6);
    assert_fit(&bm_ltv_sbg, regular, 4, (double[]){.7636650, 1.2958302}, -1401.559424, 6);
}

static void survivors_are_those_of_the_paper(void **state) {
    (void)state;
    static const double high[] = {.8507, .7469, .6698, .6099, .5618, .5222,
                                  .4889, .4604, .4358, .4142, .3951, .3780};
    static const double low[] = {.6267, .4738, .3880, .3321, .2923, .2625,
                                 .2390, .2201, .2044, .1912, .1799, .1700};
    assert_survivors(&bm_ltv_sbg, (double[]){0.6680883246, 3.806094886}, high);
    assert_survivors(&bm_ltv_sbg, (double[]){0.7040773292, 1.1820431}, low);
}

/* The paper pays just before a renewal: one that ran through n − 1 periods is worth
 * (1 + d) × what is discounted from n − 1 on. */
static void discounted_lifetimes_are_those_of_the_paper(void **state) {
    (void)state;
    static const struct group {
        double parameter[2], new_one, residual[5];
    } groups[] = {
        {{0.6680883246, 3.806094886}, 5.922253574186, {5.4145, 5.9014, 6.2939, 6.6199, 6.8967}},
        {{0.7040773292, 1.1820431}, 3.694908407657, {2.9644, 4.1031, 4.8698, 5.4421, 5.8941}}};
    for (size_t g = 0; g < 2; g++) {
        for (int n = 1; n <= 5; n++) {
            bm_history history = {0, 0, n - 1, NAN, 1};
            double value = bm_ltv_sbg.discounted_alive(groups[g].parameter, &history, log(1.1));
            if (n == 1) /* its figure is of the parameters in full */
                assert_near("a new one", 1 + value, groups[g].new_one, 0, 1e-9);
            assert_printed("one that runs", 1.1 * value, groups[g].residual[n - 1], 4);
        }
    }
}

static void retention_is_as_the_paper_has_it(void **state) {
    (void)state;
    const double p[] = {0.6680883246, 3.806094886};
    for (int t = 1; t < 100; t++) {
        bm_history history = {0, 0, t - 1, NAN, 1};
        double value, one = 1;
        bm_ltv_sbg.expected_alive(p, &history, &one, 1, &value);
        assert_near("r(t)", value, (p[1] + t - 1) / (p[0] + p[1] + t - 1), 0, 1e-15);
    }
}

/* In 50 digits: log P(T = x), log S(t), renewals in `ahead` periods and discounted ones after t. */
static const struct reference {
    double parameter[2];
    int t, x, ahead;
    double delta, log_pmf, log_share, renewals, discounted;
} references[] = {{{0.6680883246, 3.806094886},
                   7,
                   12,
                   10,
                   0.0953,
                   -4.0712373179406056,
                   -0.71558416104977656,
                   7.7107376515669801,
                   6.8457180069700168},
                  {{1.0, 3.0},
                   0,
                   1,
                   1000000,
                   1e-09,
                   -1.3862943611198906,
                   0.0,
                   37.678189168579171,
                   56.669797691348626},
                  {{1e-06, 0.01},
                   100000,
                   100000,
                   20000,
                   0.002,
                   -25.328538191691043,
                   -1.1206880554553802e-4,
                   19999.998121313477,
                   499.5001641790211},
                  {{1000000.0, 100000000.0},
                   3,
                   50,
                   1500,
                   0.0005,
                   -5.1026870973592866,
                   -0.029850992262474551,
                   100.0000700395247,
                   95.191710158356985},
                  {{0.5, 1e-06},
                   1,
                   100000,
                   52,
                   3.0,
                   -31.205671129312578,
                   -13.122365377402329,
                   10.934133488973778,
                   0.03457242279354346},
                  {{1.0000001, 2000.0},
                   52,
                   52,
                   100000,
                   1e-07,
                   -7.6517504073871046,
                   -0.025667749314719044,
                   8015.9903616510574,
                   16243.411071209818}};

static void it_is_right_to_twelve_digits_far_out(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof references / sizeof references[0]; i++) {
        const struct reference *r = &references[i];
        const double *p = r->parameter;
        bm_history history = {0, 0, r->t, NAN, 1}, ended = {1, 0, r->x, NAN, 1};
        double value, ahead = r->ahead;
        bm_ltv_sbg.likelihood(p, &history, 1, &value, NULL);
        assert_near("log S(t)", value, r->log_share, 1e-6, 1e-12);
        bm_ltv_sbg.likelihood(p, &ended, 1, &value, NULL);
        assert_near("log P(T = x)", value, r->log_pmf, 1, 1e-12);
        assert_near("the PMF", bm_ltv_sbg.log_pmf(p, 0, r->x), value, 1, 1e-15);
        bm_ltv_sbg.expected_alive(p, &history, &ahead, 1, &value);
        assert_near("renewals ahead", value, r->renewals, 0, 1e-12);
        if (r->t == 0)
            assert_near("of a new one", bm_ltv_sbg.expected(p, ahead), value, 0, 1e-15);
        value = bm_ltv_sbg.discounted_alive(p, &history, r->delta);
        assert_near("discounted renewals", value, r->discounted, 0, 1e-12);
    }
}

/* A long horizon is summed in one step, and in short ones term by term. */
static void long_steps_are_short_ones_put_together(void **state) {
    (void)state;
    enum { SHORT = 900, STEPS = 40 };
    static const double sizes[] = {1e-6, .1, .9, 1, 1.3, 5, 200, 1e5};
    double ahead[STEPS], sums[STEPS], at_once;
    for (size_t k = 0; k < STEPS; k++)
        ahead[k] = (double)(SHORT * (k + 1));
    for (size_t i = 0; i < 64; i++) {
        const double p[] = {sizes[i % 8], sizes[i / 8]};
        bm_history history = {0, 0, 0, NAN, 1};
        bm_ltv_sbg.expected_alive(p, &history, ahead, STEPS, sums);
        for (size_t k = 1; k < STEPS; k++) {
            bm_ltv_sbg.expected_alive(p, &history, &ahead[k], 1, &at_once);
            assert_near("at once", at_once, sums[k], 0, 1e-11); /* rounding of 36,000 terms */
        }
    }
}

static void gradients_are_those_of_differences(void **state) {
    (void)state;
    static const double places[][2] = {{.67, 3.8}, {1e-3, 10}, {10, 1e-3}, {1e5, 1e6}, {1, 1}};
    bm_history history[10];
    size_t count = histories_of(high_end, 7, history);
    history[count++] = (bm_history){1, 0, 3000, NAN, 5};
    history[count++] = (bm_history){0, 0, 100000, NAN, 9};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        assert_gradient(&bm_ltv_sbg, places[i], history, count, 1e-8);
}

static void probabilities_and_those_left_sum_to_one(void **state) {
    (void)state;
    static const double places[][2] = {{.67, 3.8}, {1e-9, 1e-9}, {1e8, 1e8}, {1e-9, 1e8}, {3, 1e4}};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        double sum = 0, left;
        bm_history history = {0, 0, 2000, NAN, 1};
        for (int t = 1; t <= 2000; t++)
            sum += exp(bm_ltv_sbg.log_pmf(places[i], 0, t));
        bm_ltv_sbg.likelihood(places[i], &history, 1, &left, NULL);
        assert_near("the sum", sum + exp(left), 1, 1, 1e-13);
    }
    assert_true(bm_ltv_sbg.log_pmf(places[0], 0, 0) < -1e308);
    assert_true(bm_ltv_sbg.log_pmf(places[0], 0, 1.5) < -1e308);
}

static void an_ended_contract_is_dead_and_a_running_one_alive(void **state) {
    (void)state;
    const double p[] = {.67, 3.8};
    assert_true(bm_logistic(bm_ltv_sbg.log_odds_alive(p, &(bm_history){1, 0, 5, NAN, 1})) <= 0);
    assert_true(bm_logistic(bm_ltv_sbg.log_odds_alive(p, &(bm_history){0, 0, 5, NAN, 1})) >= 1);
}

static void a_period_without_end_says_nothing(void **state) {
    (void)state;
    double value, gradient[2];
    bm_history history = {0, 0, 0, NAN, 7};
    bm_ltv_sbg.likelihood((double[]){.67, 3.8}, &history, 1, &value, gradient);
    assert_true(value >= 0 && value <= 0 && fabs(gradient[0]) <= 0 && fabs(gradient[1]) <= 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_groups_have_the_likelihoods_of_the_paper),
        cmocka_unit_test(survivors_are_those_of_the_paper),
        cmocka_unit_test(discounted_lifetimes_are_those_of_the_paper),
        cmocka_unit_test(retention_is_as_the_paper_has_it),
        cmocka_unit_test(it_is_right_to_twelve_digits_far_out),
        cmocka_unit_test(long_steps_are_short_ones_put_together),
        cmocka_unit_test(gradients_are_those_of_differences),
        cmocka_unit_test(probabilities_and_those_left_sum_to_one),
        cmocka_unit_test(an_ended_contract_is_dead_and_a_running_one_alive),
        cmocka_unit_test(a_period_without_end_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
