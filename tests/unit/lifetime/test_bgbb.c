/* BG/BB against the figures of Fader, Hardie & Shang (2010) for the donations, against the model's
 * own definition in 50 digits (mpmath), and at its extremes. */
#include "discrete.h"

enum { PATTERNS = 22 };
/* 11,104 donors, six opportunities: x, t_x, n, donors. */
static const bm_history donations[PATTERNS] = {
    {0, 0, 6, NAN, 3464}, {1, 1, 6, NAN, 1091}, {1, 2, 6, NAN, 277}, {1, 3, 6, NAN, 129},
    {1, 4, 6, NAN, 78},   {1, 5, 6, NAN, 119},  {1, 6, 6, NAN, 129}, {2, 2, 6, NAN, 613},
    {2, 3, 6, NAN, 255},  {2, 4, 6, NAN, 155},  {2, 5, 6, NAN, 173}, {2, 6, 6, NAN, 234},
    {3, 3, 6, NAN, 322},  {3, 4, 6, NAN, 181},  {3, 5, 6, NAN, 225}, {3, 6, 6, NAN, 357},
    {4, 4, 6, NAN, 240},  {4, 5, 6, NAN, 284},  {4, 6, 6, NAN, 512}, {5, 5, 6, NAN, 335},
    {5, 6, 6, NAN, 728},  {6, 6, 6, NAN, 1203}};
static const double fitted[] = {1.203522362, 0.7497163392, 0.6567181805, 2.783441946};

static double odds_to_chance(const double *p, double x, double t_x, double n) {
    return bm_logistic(bm_ltv_bgbb.log_odds_alive(p, &(bm_history){x, t_x, n, NAN, 1}));
}

/* Conditional expectation of the orders in so many further opportunities. */
static double conditional(const double *p, double x, double t_x, double n, double ahead) {
    bm_history history = {x, t_x, n, NAN, 1};
    double orders;
    bm_ltv_bgbb.expected_alive(p, &history, &ahead, 1, &orders);
    return orders * odds_to_chance(p, x, t_x, n);
}

static void the_donations_have_the_likelihood_of_the_paper(void **state) {
    (void)state;
    double value, gradient[4];
    bm_ltv_bgbb.likelihood(fitted, donations, PATTERNS, &value, gradient);
    assert_printed("the log-likelihood", value, -33225.58127435, 8);
    for (size_t k = 0; k < 4; k++)
        assert_true(fabs(gradient[k]) < 1e-3);
}

static void the_fit_is_that_of_the_paper(void **state) {
    (void)state;
    static const double errors[] = {.0694, .0294, .0510, .3208};
    bm_ltv_fit fit;
    assert_fitted(&bm_ltv_bgbb, donations, PATTERNS, fitted, -33225.58127435, &fit);
    for (size_t k = 0; k < 4; k++)
        assert_printed("a standard error", fit.std_error[k], errors[k], 4);
}

static void expectations_are_those_of_the_paper(void **state) {
    (void)state;
    static const double orders[] = {.498543,  .923349,  1.296874, 1.632310, 1.938137, 2.220169,
                                    2.482581, 2.728487, 2.960276, 3.179829, 3.388654};
    for (int t = 1; t <= 11; t++)
        assert_printed("E[X(t)]", bm_ltv_bgbb.expected(fitted, t), orders[t - 1], 6);
    assert_printed("(0, 0)", conditional(fitted, 0, 0, 6, 10), .13021808, 8);
    assert_printed("(4, 5)", conditional(fitted, 4, 5, 6, 10), 3.62796768, 8);
    double total = 0;
    for (size_t i = 0; i < PATTERNS; i++)
        total += donations[i].count * conditional(fitted, donations[i].x, donations[i].t_x, 6, 5);
    assert_printed("all in five more", total, 12884.16, 2);
}

static void chances_of_being_there_are_those_of_the_paper(void **state) {
    (void)state;
    assert_printed("(0, 0)", odds_to_chance(fitted, 0, 0, 6), .1081, 4);
    assert_printed("(2, 4)", odds_to_chance(fitted, 2, 4, 6), .5897, 4);
    for (int x = 1; x <= 6; x++)
        assert_printed("t_x = 6", odds_to_chance(fitted, x, 6, 6), .9304, 4);
}

static void orders_in_sample_are_those_of_the_paper(void **state) {
    (void)state;
    double sum = 0;
    for (int x = 0; x <= 6; x++)
        sum += exp(bm_ltv_bgbb.log_pmf(fitted, 6, x));
    assert_near("the sum", sum, 1, 1, 1e-14);
    assert_printed("none", 11104 * exp(bm_ltv_bgbb.log_pmf(fitted, 6, 0)), 3454.9, 1);
    assert_printed("all", 11104 * exp(bm_ltv_bgbb.log_pmf(fitted, 6, 6)), 1253.1, 1);
}

static void discounted_orders_are_those_of_the_paper(void **state) {
    (void)state;
    static const double rounded[] = {1.20, .75, .66, 2.78};
    static const double last[] = {1.802045, 2.621156, 3.440267, 4.259379, 5.078490, 5.897601};
    bm_history history = {3, 4, 6, NAN, 1};
    double delta = log(1.1), alive = odds_to_chance(rounded, 3, 4, 6);
    assert_printed("(3, 4)", alive * bm_ltv_bgbb.discounted_alive(rounded, &history, delta),
                   1.6213791858, 10);
    for (int x = 1; x <= 6; x++) {
        history.x = x;
        alive = odds_to_chance(rounded, x, 6, 6);
        assert_printed("t_x = 6", alive * bm_ltv_bgbb.discounted_alive(rounded, &history, delta),
                       last[x - 1], 6);
    }
}

/* In 50 digits. `of` is min(t, 3) orders at t opportunities; silent: none at the next `wait`. */
static const struct reference {
    double parameter[4];
    int x, t_x, n, ahead;
    double delta;
    int t, wait;
    double log_likelihood, log_odds, orders, discounted, silent, expected, log_pmf;
} references[] = {{{1.2, 0.75, 0.66, 2.78},
                   3,
                   4,
                   6,
                   10,
                   0.0953,
                   12,
                   5,
                   -5.060868175070575,
                   -0.24788616323328515,
                   4.1994719058219083,
                   3.6991930747988924,
                   -2.3050119028913154,
                   3.5702249137415123,
                   -2.6400118418945761},
                  {{1.2, 0.75, 1.0, 2.78},
                   0,
                   0,
                   6,
                   1000,
                   1e-06,
                   12,
                   3,
                   -0.93300095894464346,
                   -2.7979741685986361,
                   6.9215062141899046,
                   16.25333615038464,
                   -0.39725621527744079,
                   2.6261452597487481,
                   -2.6862226979597005},
                  {{1e-06, 0.75, 0.66, 2.78},
                   1,
                   5,
                   6,
                   52,
                   0.002,
                   12,
                   30,
                   -16.252692432232419,
                   1.6842541089879845,
                   3.7420944739967424,
                   10.405398526568221,
                   -1.059291756086755,
                   7.7354769991372775e-6,
                   -15.256757772482839},
                  {{0.3, 1e-06, 1e-05, 0.01},
                   6,
                   6,
                   6,
                   2000,
                   0.002,
                   40,
                   2,
                   -0.0010274500166188564,
                   13.306350213517345,
                   1999.9047438786276,
                   499.48099832031424,
                   -17.643924848134038,
                   39.95860268471003,
                   -12.568764719013561},
                  {{1000000.0, 3000000.0, 40.0, 100000.0},
                   20,
                   70,
                   100,
                   52,
                   0.002,
                   100,
                   52,
                   -48.47337212676879,
                   -2.2026250206053679,
                   12.868421280087114,
                   104.17529480685889,
                   -6.7278021425448673,
                   24.5019593980269,
                   -6.4442938537587176},
                  {{0.5, 5.0, 0.5, 8.0},
                   0,
                   0,
                   100000,
                   52,
                   0.002,
                   30,
                   52,
                   -0.79965937811232472,
                   -8.9093324379986302,
                   2.5995256404123494e-4,
                   0.0024911730526878493,
                   -2.598869521301913e-4,
                   1.6767295228946478,
                   -2.8818353200898815},
                  {{0.5, 5.0, 2.5, 80.0},
                   50000,
                   60000,
                   100000,
                   52,
                   0.05,
                   30,
                   52,
                   -27072.544455225316,
                   -42267.728861385869,
                   25.982279284915562,
                   9.7468966892308546,
                   -10.597394364352692,
                   1.8223472632160539,
                   -2.7778775511950152},
                  {{2.0, 1.0, 1.000000001, 3.0},
                   100000,
                   100000,
                   100000,
                   20000,
                   0.0005,
                   60,
                   7,
                   -21.234141470319257,
                   11.512955463520237,
                   18232.119308335437,
                   1961.012147064802,
                   -23.025910928040485,
                   5.7898651320961608,
                   -2.7070434304386449},
                  {{2.0, 1.0, 1e-09, 1e-09},
                   4,
                   40,
                   52,
                   5000,
                   0.002,
                   60,
                   7,
                   -18.858696875998696,
                   21.054240313675481,
                   545.45454348310637,
                   54.490927165169899,
                   -0.7654132244036716,
                   19.999999926402592,
                   -6.8517137356950613}};

static void it_is_right_to_twelve_digits_far_out(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof references / sizeof references[0]; i++) {
        const struct reference *r = &references[i];
        const double *p = r->parameter;
        bm_history history = {r->x, r->t_x, r->n, NAN, 1};
        double value, ahead = r->ahead, most = r->n > 1000 ? 1e-11 : 1e-12;
        bm_ltv_bgbb.likelihood(p, &history, 1, &value, NULL);
        assert_near("the log-likelihood", value, r->log_likelihood, 1, most);
        value = bm_ltv_bgbb.log_odds_alive(p, &history);
        assert_near("the log-odds", value, r->log_odds, 1, most);
        bm_ltv_bgbb.expected_alive(p, &history, &ahead, 1, &value);
        assert_near("orders ahead", value, r->orders, 0, 1e-12);
        value = bm_ltv_bgbb.discounted_alive(p, &history, r->delta);
        assert_near("discounted orders", value, r->discounted, 0, 1e-13);
        value = bm_ltv_bgbb.log_silent_alive(p, &history, r->wait);
        assert_near("silence", value, r->silent, 1e-3, 1e-12);
        assert_near("E[X(t)]", bm_ltv_bgbb.expected(p, r->t), r->expected, 0, 1e-12);
        value = bm_ltv_bgbb.log_pmf(p, r->t, fmin(r->t, 3));
        assert_near("log P(X(t) = 3)", value, r->log_pmf, 1, 1e-12);
    }
}

static void gradients_are_those_of_differences(void **state) {
    (void)state;
    static const double places[][4] = {{1.2, .75, .66, 2.78},
                                       {.01, 2, .02, 1},
                                       {30, 7, 5, 200},
                                       {1, 1000, 1, 1},
                                       {2, .001, .3, 3}};
    static const bm_history mixed[] = {
        {0, 0, 0, NAN, 3},   {0, 0, 1, NAN, 2},       {0, 0, 52, NAN, 5},
        {3, 3, 3, NAN, 1},   {3, 5, 40, NAN, 1},      {3, 9, 40, NAN, 2},
        {3, 40, 40, NAN, 1}, {40, 700, 3000, NAN, 1}, {900, 901, 2000, NAN, 1}};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        assert_gradient(&bm_ltv_bgbb, places[i], donations, PATTERNS, 1e-8);
        assert_gradient(&bm_ltv_bgbb, places[i], mixed, sizeof mixed / sizeof mixed[0], 1e-8);
    }
}

/* Histories share a walk; in another order they cannot, and must come to the same. */
static void the_order_of_histories_does_not_matter(void **state) {
    (void)state;
    bm_history turned[PATTERNS];
    double value[2], gradient[2][4];
    bm_ltv_bgbb.likelihood(fitted, donations, PATTERNS, &value[0], gradient[0]);
    for (size_t step = 1; step < PATTERNS; step += 2) { /* 21 turns them round */
        if (step == 11)
            continue;
        for (size_t i = 0; i < PATTERNS; i++)
            turned[i] = donations[(i * step + 5) % PATTERNS];
        bm_ltv_bgbb.likelihood(fitted, turned, PATTERNS, &value[1], gradient[1]);
        assert_near("the log-likelihood", value[1], value[0], 1, 1e-14);
        for (size_t k = 0; k < 4; k++)
            assert_near("the gradient", gradient[1][k], gradient[0][k], 1000, 1e-12);
    }
}

static void probabilities_sum_to_one(void **state) {
    (void)state;
    static const double places[][4] = {
        {1.2, .75, .66, 2.78}, {1e-8, 1e-8, 1e-8, 1e-8}, {1e6, 1e6, 1e6, 1e6}, {1e6, 2, 1e-6, 9}};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        for (int t = 0; t <= 3000; t = 5 * t + 1) {
            double sum = 0, mean = 0;
            for (int x = 0; x <= t; x++) {
                double share = exp(bm_ltv_bgbb.log_pmf(places[i], t, x));
                sum += share;
                mean += x * share;
            }
            assert_near("the sum", sum, 1, 1, 1e-11);
            assert_near("the mean", mean, bm_ltv_bgbb.expected(places[i], t), 1e-6, 1e-11);
        }
    }
    assert_true(bm_ltv_bgbb.log_pmf(fitted, 6, 7) < -1e308);
    assert_true(bm_ltv_bgbb.log_pmf(fitted, 6, 2.5) < -1e308);
}

static void chances_of_histories_sum_to_one(void **state) {
    (void)state;
    double sum = 0; /* each (x, t_x) has so many orders of its x − 1 earlier ones */
    for (int x = 0; x <= 12; x++) {
        for (int t_x = x; t_x <= (x > 0 ? 12 : 0); t_x++) {
            double value;
            bm_history history = {x, t_x, 12, NAN, 1};
            bm_ltv_bgbb.likelihood(fitted, &history, 1, &value, NULL);
            double ways = x > 0 ? lgamma(t_x) - lgamma(x) - lgamma(t_x - x + 1) : 0;
            sum += exp(value + ways);
        }
    }
    assert_near("the sum", sum, 1, 1, 1e-13);
}

static void expected_orders_grow_with_the_horizon_and_end_with_it(void **state) {
    (void)state;
    static const double ahead[] = {0, .5, 1, 1.5, 2, 52, 52, 999, 1002, 2100, 1e6, INFINITY};
    static const double steps[] = {.3, 1 - 1e-9, 1, 1 + 1e-9, 1.5, 40};
    enum { COUNT = sizeof ahead / sizeof ahead[0] };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        double p[] = {1.2, .75, steps[i], 2.78}, orders[COUNT];
        bm_history history = {4, 5, 6, NAN, 1};
        bm_ltv_bgbb.expected_alive(p, &history, ahead, COUNT, orders);
        assert_true(orders[0] <= 0 && orders[1] <= 0 && orders[3] <= orders[2]);
        for (size_t j = 1; j < COUNT; j++) {
            double alone;
            assert_true(orders[j] >= orders[j - 1]);
            bm_ltv_bgbb.expected_alive(p, &history, &ahead[j], 1, &alone);
            if (isfinite(alone))
                assert_near("in one step", alone, orders[j], 1e-300, 1e-13);
        }
        assert_int_equal(isinf(orders[COUNT - 1]) != 0, steps[i] <= 1);
    }
}

static void nothing_is_lost_at_the_extremes(void **state) {
    (void)state;
    static const double sizes[] = {2e-9, 1e-3, 1, 1e3, 4e8};
    static const bm_history histories[] = {{0, 0, 0, NAN, 1},          {0, 0, 5000, NAN, 1},
                                           {5000, 5000, 5000, NAN, 1}, {1, 5000, 5000, NAN, 1},
                                           {1, 1, 5000, NAN, 1},       {2500, 2500, 5000, NAN, 1}};
    for (int i = 0; i < 625; i++) {
        double p[] = {sizes[i % 5], sizes[i / 5 % 5], sizes[i / 25 % 5], sizes[i / 125]};
        for (size_t j = 0; j < sizeof histories / sizeof histories[0]; j++) {
            double value, gradient[4], ahead = 52, orders;
            bm_ltv_bgbb.likelihood(p, &histories[j], 1, &value, gradient);
            assert_true(isfinite(value) && value <= 1e-6);
            for (int k = 0; k < 4; k++)
                assert_true(isfinite(gradient[k]));
            value = bm_ltv_bgbb.log_odds_alive(p, &histories[j]);
            assert_true(isfinite(value));
            bm_ltv_bgbb.expected_alive(p, &histories[j], &ahead, 1, &orders);
            assert_true(orders > 0 && orders <= 52.0000001);
            value = bm_ltv_bgbb.discounted_alive(p, &histories[j], .002);
            assert_true(value > 0 && value <= 500);
            value = bm_ltv_bgbb.log_silent_alive(p, &histories[j], 52);
            assert_true(value <= 0 && isfinite(value));
        }
    }
    bm_history late = {0, 0, 100000, NAN, 1};
    double value;
    late.x = 50000;
    late.t_x = 50000;
    bm_ltv_bgbb.likelihood((double[]){1e3, 1e3, 1e-8, 1e8}, &late, 1, &value, NULL);
    assert_true(isfinite(value));
    assert_true(bm_ltv_bgbb.log_odds_alive((double[]){.1, 1e-8, 3, 3}, &late) < -1000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_donations_have_the_likelihood_of_the_paper),
        cmocka_unit_test(the_fit_is_that_of_the_paper),
        cmocka_unit_test(expectations_are_those_of_the_paper),
        cmocka_unit_test(chances_of_being_there_are_those_of_the_paper),
        cmocka_unit_test(orders_in_sample_are_those_of_the_paper),
        cmocka_unit_test(discounted_orders_are_those_of_the_paper),
        cmocka_unit_test(it_is_right_to_twelve_digits_far_out),
        cmocka_unit_test(gradients_are_those_of_differences),
        cmocka_unit_test(the_order_of_histories_does_not_matter),
        cmocka_unit_test(probabilities_sum_to_one),
        cmocka_unit_test(chances_of_histories_sum_to_one),
        cmocka_unit_test(expected_orders_grow_with_the_horizon_and_end_with_it),
        cmocka_unit_test(nothing_is_lost_at_the_extremes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
