/* Pareto/NBD. Figures: statistics.md §2.1, 2.3 and 2.5 (Fader, Hardie & Lee; BTYD; lifetimes), and
 * tables computed with mpmath 1.2 at 50 digits from the integral, itself checked there against the
 * closed form with 2F1. */
#include "cdnow.h"

#include "base/legendre.h"
#include "lifetime/log_integral.h"

#define MODEL bm_ltv_paretonbd

static const double cdnow_parameter[] = {0.5532770576, 10.57768401, 0.6062399254, 11.66873266};
static const double cdnow_78_parameter[] = {.5629966, 12.5590370, .4081095, 10.5148048};

static double log_likelihood(const double *parameter, double x, double t_x, double t) {
    bm_history history = {x, t_x, t, NAN, 1};
    double value;
    MODEL.likelihood(parameter, &history, 1, &value, NULL);
    return value;
}

static double log_odds(const double *parameter, double x, double t_x, double t) {
    bm_history history = {x, t_x, t, NAN, 1};
    return MODEL.log_odds_alive(parameter, &history);
}

static double p_alive(const double *parameter, double x, double t_x, double t) {
    return bm_logistic(log_odds(parameter, x, t_x, t));
}

static double orders_ahead(const double *parameter, double x, double t_x, double t, double ahead) {
    bm_history history = {x, t_x, t, NAN, 1};
    double orders;
    MODEL.expected_alive(parameter, &history, &ahead, 1, &orders);
    return orders * p_alive(parameter, x, t_x, t);
}

static double discounted(const double *parameter, double x, double t_x, double t, double delta) {
    bm_history history = {x, t_x, t, NAN, 1};
    return MODEL.discounted_alive(parameter, &history, delta) * p_alive(parameter, x, t_x, t);
}

static void cdnow_log_likelihoods_are_the_published_ones(void **state) {
    (void)state;
    static bm_history history[CDNOW_BUYERS];
    double value, gradient[4];
    if (!cdnow_read(bm_days_from_civil(1997, 9, 30), history))
        skip();
    MODEL.likelihood(cdnow_parameter, history, CDNOW_BUYERS, &value, gradient);
    assert_float_equal(value, -9594.97617894, 1e-7);
    for (int i = 0; i < 4; i++)
        assert_float_equal(gradient[i], 0, 1e-4);
    static const double at_78[] = {.5630036, 12.5591677, .4081073, 10.5145445};
    assert_int_equal(cdnow_read(bm_days_from_civil(1998, 6, 30), history), 1);
    MODEL.likelihood(at_78, history, CDNOW_BUYERS, &value, gradient);
    assert_float_equal(value, -17135.83588612, 1e-6);
}

static void cdnow_predictions_are_the_published_ones(void **state) {
    (void)state;
    const double *at = cdnow_parameter;
    check_near(orders_ahead(at, 26, 30.85714, 31, 52), 25.455184, 1e-7, 0);
    check_near(p_alive(at, 26, 30.85714, 31), .99787340, 1e-7, 0);
    check_near(p_alive(at, 0, 0, 39), .2942763, 1e-6, 0);
    check_near(MODEL.expected(at, 52), 1.473434, 1e-6, 0);
    /* Increasing frequency: printed at parameters rounded elsewhere. */
    static const double paradox[] = {.7062289, .1442396, .02250658, .00309267};
    for (int i = 0; i < 4; i++)
        check_near(orders_ahead(at, 10 + 5 * i, 20, 39, 52), paradox[i], 1.5e-3, 0);
    static const double rounded[] = {.55, 10.58, .61, 11.67};
    check_near(orders_ahead(rounded, 132, 200, 200, 10), 6.2060517889629, 1e-12, 0);
    check_near(orders_ahead(rounded, 133, 200, 200, 10), 6.2528722475745, 1e-12, 0);
}

static void residual_transactions_are_the_published_ones(void **state) {
    (void)state;
    static const struct {
        double x, t_x, orders;
    } known[] = {{7, 35, 1.864183328}, {0, 0, .36475593},   {1, 10, .90020307},
                 {1, 35, 2.4692891},   {1, 70, 3.6711323},  {7, 10, .00506343},
                 {7, 70, 17.524823},   {14, 35, .08257941}, {14, 70, 32.95753}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        check_near(discounted(cdnow_78_parameter, known[i].x, known[i].t_x, 77.86, .0027),
                   known[i].orders, 1e-6, 0);
    check_near(discounted(cdnow_78_parameter, 7, 35, 77.86, .0027), 1.864183328, 1e-9, 0);
    check_near(discounted(cdnow_78_parameter, 7, 35, 77.86, log(1.15) / 52), 1.870584995, 1e-9, 0);
}

static void hard_cases_are_right(void **state) {
    (void)state;
    static const struct {
        double parameter[4], x, t_x, t, log_likelihood, alive;
    } known[] = {
        {{.5143, 2.8845, .2856, 14.1087},
         221,
         103.42857,
         103.57143,
         -61.584648561729,
         .999596052318},
        {{.5143, 2.8845, .2856, 14.1087}, 254, 97.14286, 97.28571, -19.623292217512, .999558226123},
        {{.5143, 2.8845, .2856, 14.1087}, 161, 94.71429, 98, -87.429254863309, .749487752258},
        {{.5143, 2.8845, .2856, 14.1087}, 204, 98.57143, 99.42857, -65.19834218926, .994255079638},
        {{10.465, .00798565181, 3.0516, 2.820}, 400, 5, 6, 1323.1889309678, NAN},
        {{10.465, .00798565181, 3.0516, 2.820}, 500, 1, 37, 2594.4044546228, 0},
        {{10.465, .00798565181, 3.0516, 2.820}, 500, 4, 37, 1888.8212497389, 0},
        {{10.465, .00798565181, 3.0516, 2.820}, 40, 5, 6, -5.7190215852231, .001885128187},
        {{10.465, .00798565181, 3.0516, 2.820}, 50, 1, 37, 116.30126461012, NAN},
        {{10.465, .00798565181, 3.0516, 2.820}, 50, 4, 37, 31.849827969108, NAN},
        {{.55, 10.58, .61, 11.67}, 1, 1.5, 12, -4.0069486621891, NAN}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const double *at = known[i].parameter;
        double x = known[i].x, t_x = known[i].t_x, t = known[i].t;
        check_near(log_likelihood(at, x, t_x, t), known[i].log_likelihood, 3e-13, 0);
        if (!isnan(known[i].alive))
            check_near(p_alive(at, x, t_x, t), known[i].alive, 1e-9, 0);
    }
    static const double many[] = {10.465, .00798565181, 3.0516, 2.820};
    check_near(p_alive(many, 400, 5, 6), 5.1e-31, 0.01, 0);
    check_near(log_odds(many, 500, 1, 37) / log(10), log10(7.9) - 800, 1e-5, 0);
    check_near(log_odds(many, 500, 4, 37) / log(10), log10(2.1) - 493, 1e-4, 0);
    check_near(p_alive(many, 50, 1, 37), 1.4e-96, 0.02, 0);
    check_near(p_alive(many, 50, 4, 37), 6.7e-60, 0.02, 0);
}

/* r, alpha, s, beta; x, t_x, T; log-likelihood, log-odds: by mpmath. alpha and beta from 1e-4 to
 * 1e5, T / alpha to 1e8, x to 100,000, alpha = beta, T = t_x. */
static const struct {
    double parameter[4], x, t_x, t, log_likelihood, log_odds;
} exact[] = {
    {{0.517937, 20792.0, 2.28368, 1.55185},
     3997,
     34.61037978,
     34.6104,
     -10601.4590999464,
     13.571063066131},
    {{0.0661314, 1935.53, 0.00349964, 174.159},
     44,
     0.002429485309,
     0.161958,
     -213.900486189172,
     12.6492498933974},
    {{0.0016365, 24.9208, 189.404, 1006.88},
     2,
     4.275946384,
     4.28023,
     -13.9648718721115,
     7.12737897949629},
    {{2.39251, 0.000933744, 0.00444183, 0.000933744},
     2,
     0.2116009678,
     0.21584,
     -7.90536550335517,
     9.29761834141935},
    {{2.49718, 118.627, 0.0155218, 118.627}, 0, 0.0, 3.59789, -0.074594484979357, 7.63835000351773},
    {{17.4621, 1.52918, 0.0011634, 1.52918},
     2,
     257.268852,
     257.269,
     -94.9458826306957,
     21.1307494894556},
    {{871.592, 9.19821e-07, 0.00100653, 59390.0},
     100000,
     55.37490203,
     91.9821,
     639248.103430449,
     -51163.655824362},
    {{862.601, 4.41344e-08, 0.0190309, 899.927},
     8,
     4.413438993,
     4.41344,
     -15847.4629834253,
     24.5773328085681},
    {{80.6885, 0.00510747, 0.0314045, 0.00510747},
     2,
     0.005035289911,
     5035.29,
     -45.2791369671096,
     -1077.01369265157},
    {{597.158, 219.389, 0.0269428, 0.020551}, 0, 0.0, 1313.98, -2.73727151355707, -1158.6606385501},
    {{0.0234627, 4694.6, 2.2709, 33.7853},
     1,
     1.036070456,
     2.51824,
     -12.2756391348414,
     2.30959396725139},
    {{0.0114162, 14.1099, 0.163197, 0.00152829},
     45,
     6.12363007,
     6.46734,
     -16.5477493070786,
     4.31026799042057},
    {{0.705923, 0.0640092, 0.139583, 0.0640092},
     0,
     0.0,
     98.144,
     -1.79108971791963,
     -4.3991743148489},
    {{0.00282864, 429.585, 1.89048, 12640.5},
     0,
     0.0,
     484.664,
     -0.00207087914318798,
     2.60651623330458},
    {{12.9085, 6916.9, 254.106, 0.568039},
     2,
     522.5036018,
     896.726,
     -1747.92839662029,
     -137.859713508944},
    {{0.00349857, 0.0206457, 0.00493722, 0.557464},
     2,
     4.474550201e-06,
     4.47455,
     -6.48304415719025,
     -2.08771171907456},
    {{0.161327, 32.0496, 0.00723306, 4.62969},
     1,
     586.7078995,
     587.295,
     -8.76581341978253,
     11.8439813056592},
    {{0.384921, 16904.1, 68.5378, 8364.12},
     2,
     2.931467454,
     8.35783,
     -20.1248761358737,
     3.09104122520614},
    {{18.5057, 0.0309859, 501.188, 0.00332782},
     3233,
     17.89833962,
     17.9163,
     9248.12137269522,
     -1.7225713770782},
    {{108.32, 1.43691e-09, 780.224, 0.000470016},
     48,
     1.436907721e-07,
     0.143691,
     483.213683605216,
     -6618.87597604266},
    {{0.00130222, 1.40716e-05, 0.00653562, 0.000166932},
     2,
     1405.748603,
     1407.16,
     -21.269247360079,
     11.9337276236313},
    {{69.873, 144.689, 563.331, 144.689}, 0, 0.0, 23.7526, -0.116925267877701, -96.1316599055909},
    {{0.0228423, 7.19784, 46.9357, 33217.7},
     0,
     0.0,
     31.7746,
     -0.0379508658726631,
     3.06705735230265},
    {{0.290331, 9.64681e-09, 226.931, 1.13377},
     4759,
     0.9646808526,
     0.964681,
     35563.3041206172,
     11.0462976743179},
    {{0.605684, 0.00698312, 8.08976, 314.355},
     2,
     0.001235172713,
     1235.17,
     0.541003850489953,
     -35.0300382247048},
    {{725.256, 1.1974e-09, 392.3, 291.349},
     2,
     0.09198850256,
     0.11974,
     -13159.3430862215,
     -183.108058514834},
    {{0.0204064, 0.725118, 160.433, 0.000206985},
     33,
     46.25677278,
     46.3031,
     -2025.47432382715,
     1.730738008678},
    {{13.6845, 2.71164, 472.59, 34865.0},
     4700,
     2.692263346e-07,
     0.269226,
     30430.4115376628,
     -434.440230586392},
    {{0.0346003, 1.11474e-06, 10.6609, 6770.63},
     1,
     0.0001114737908,
     111.474,
     -7.35066789660578,
     -1.29677240100154},
    {{0.00484935, 0.247327, 0.00107057, 6.99668},
     2,
     1.658687672e-07,
     0.165869,
     -3.55887830533743,
     10.0767286557523},
    {{0.567034, 1597.89, 334.733, 0.433945},
     60,
     1.703677204e-06,
     1.70368,
     -256.185364132892,
     -533.805953767723},
    {{5.23116, 378.481, 0.00425905, 0.00127365},
     0,
     0.0,
     35.6735,
     -0.448579757373169,
     2.68145404398449},
    {{0.179646, 5.80937, 0.302282, 0.00273878},
     100000,
     0.6161782049,
     1.05034,
     865247.918598683,
     -6528.12462113316},
    {{0.261019, 0.000144487, 12.9208, 0.0064329},
     4242,
     257.9177173,
     258.176,
     7489.1403918464,
     1.55224648887054},
    {{0.0128002, 4.30984e-05, 0.0167295, 3646.94},
     0,
     0.0,
     4309.84,
     -0.235583759392775,
     4.31667556024303},
    {{38.7546, 1.41386e-07, 0.0914037, 4.34094},
     100000,
     14.13859484,
     14.1386,
     786026.937920031,
     17.4653967879492},
};
enum { EXACT = sizeof exact / sizeof exact[0] };

static void random_hard_cases_agree_with_fifty_digits(void **state) {
    (void)state;
    for (size_t i = 0; i < EXACT; i++) {
        const double *at = exact[i].parameter;
        double x = exact[i].x, t_x = exact[i].t_x, t = exact[i].t;
        check_near(log_likelihood(at, x, t_x, t), exact[i].log_likelihood, 1e-13, 1);
        check_near(log_odds(at, x, t_x, t), exact[i].log_odds, 1e-13, 1);
    }
}

static void the_gradient_agrees_with_differences(void **state) {
    (void)state;
    for (size_t i = 0; i < EXACT; i++) {
        bm_history history = {exact[i].x, exact[i].t_x, exact[i].t, NAN, 1};
        check_gradient(&MODEL, exact[i].parameter, &history, 1e-7);
    }
    static const double scale[] = {1e-3, 0.1, 1, 30};
    for (int i = 0; i < 256; i++) {
        double at[] = {scale[i % 4], 10 * scale[i / 4 % 4], scale[i / 16 % 4], 10 * scale[i / 64]};
        bm_history history[] = {
            {0, 0, 39, NAN, 1}, {3, 20, 39, NAN, 1}, {40, 39, 39, NAN, 1}, {200, 5, 39, NAN, 1}};
        for (int j = 0; j < 4; j++)
            check_gradient(&MODEL, at, &history[j], 1e-7);
    }
}

/* Patterns of one x side by side, with counts, are the sum of each alone. */
static void counts_and_runs_of_x_add_up(void **state) {
    (void)state;
    bm_history history[60];
    double value, gradient[4], sum = 0, by[4] = {0, 0, 0, 0};
    for (size_t i = 0; i < 60; i++) {
        double x = (double)(i / 20), t = 10 + (double)(i % 20);
        history[i] =
            (bm_history){x, x > 0 ? t * (double)(i % 7) / 7 : 0, t, NAN, (double)(1 + i % 3)};
    }
    MODEL.likelihood(cdnow_parameter, history, 60, &value, gradient);
    for (size_t i = 0; i < 60; i++) {
        bm_history one = history[i];
        double of_one, by_one[4];
        one.count = 1;
        MODEL.likelihood(cdnow_parameter, &one, 1, &of_one, by_one);
        sum += history[i].count * of_one;
        for (int j = 0; j < 4; j++)
            by[j] += history[i].count * by_one[j];
    }
    check_near(value, sum, 1e-13, 0);
    for (int j = 0; j < 4; j++)
        check_near(gradient[j], by[j], 1e-12, 1);
}

static void probabilities_of_orders_sum_to_one(void **state) {
    (void)state;
    static const double at[][4] = {{0.5532770576, 10.57768401, 0.6062399254, 11.66873266},
                                   {3, 2, 0.1, 50},
                                   {20, 40, 1, 1e-3},
                                   {0.01, 30, 1, 30},
                                   {5, 5, 200, 100}};
    static const double t[] = {0.01, 1, 39};
    for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
        for (size_t j = 0; j < 3; j++) {
            double sum = 0, mean = 0;
            for (double x = 0; x < 3000; x++) {
                double p = exp(MODEL.log_pmf(at[i], t[j], x));
                sum += p;
                mean += x * p;
            }
            check_near(sum, 1, 1e-12, 0);
            check_near(mean, MODEL.expected(at[i], t[j]), 1e-12, 0);
        }
    }
    assert_true(MODEL.log_pmf(at[0], 0, 0) >= 0);
    assert_true(MODEL.log_pmf(at[0], 0, 3) <= -INFINITY);
    /* Nobody orders: the likelihood of it. */
    check_near(MODEL.log_pmf(at[0], 39, 0), log_likelihood(at[0], 0, 0, 39), 1e-13, 0);
}

/* The double integral over both rates of the probabilities given these, by mpmath. */
static void probabilities_of_orders_agree_with_the_mixture(void **state) {
    (void)state;
    static const double at[] = {2, 3, 1.5, 4};
    check_near(exp(MODEL.log_pmf(at, 5, 0)), 0.399420810796, 1e-11, 0);
    check_near(exp(MODEL.log_pmf(at, 5, 3)), 0.0848908671301, 1e-11, 0);
    assert_true(isfinite(MODEL.log_pmf(at, 5, 100000)));
    assert_true(MODEL.log_pmf(at, 5, 100000) < MODEL.log_pmf(at, 5, 99999));
}

/* exp(z) E_s(z), the generalized exponential integral, by mpmath. */
static void discounting_agrees_with_forty_digits(void **state) {
    (void)state;
    static const struct {
        double s, z, value;
    } known[] = {{.5, 1e-6, 1770.45562202692},      {1, 1e-3, 6.33787407032549},
                 {1.0000001, .5, 0.92291057341414}, {3, 1e-8, 0.499999995000001},
                 {40, 2, 0.0243606115154357},       {.01, 300, 0.00333322259381482},
                 {800, 1e-4, 0.00125156429873183}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        double at[] = {1, 1, known[i].s, 2};
        bm_history history = {0, 0, 0, NAN, 1};
        check_near(MODEL.discounted_alive(at, &history, known[i].z / 2), 2 * known[i].value, 1e-13,
                   0);
    }
}

static void expectations_have_no_hole_at_one(void **state) {
    (void)state;
    double at[] = {.55, 10.58, 1, 11.67}, limit = .55 / 10.58 * 11.67 * log1p(30 / 11.67);
    static const double near[] = {-1e-6, -1e-12, -1e-16, 0, 1e-15, 1e-10, 1e-7};
    for (size_t i = 0; i < sizeof near / sizeof near[0]; i++) {
        at[2] = 1 + near[i];
        check_near(MODEL.expected(at, 30), limit, 1e-14 + fabs(near[i]), 0);
    }
    at[2] = 1;
    check_near(MODEL.expected(at, 30), limit, 1e-15, 0);
}

static void both_forms_meet_where_alpha_is_beta(void **state) {
    (void)state;
    const double at[] = {.55, 10, .61, 10};
    double high[] = {.55, 10, .61, 10 * (1 + 1e-14)}, low[] = {.55, 10, .61, 10 * (1 - 1e-14)};
    for (int x = 1; x < 2000; x *= 5) {
        double value = log_likelihood(at, x, 7, 31);
        check_near(log_likelihood(high, x, 7, 31), value, 1e-13, 1);
        check_near(log_likelihood(low, x, 7, 31), value, 1e-13, 1);
        check_near(log_odds(high, x, 7, 31), log_odds(low, x, 7, 31), 1e-12, 1);
    }
}

static void a_buyer_who_just_ordered_is_alive(void **state) {
    (void)state;
    assert_true(log_odds(cdnow_parameter, 3, 20, 20) >= INFINITY);
    assert_true(p_alive(cdnow_parameter, 3, 20, 20) >= 1);
    assert_true(isfinite(log_likelihood(cdnow_parameter, 100000, 20, 20)));
    assert_true(log_likelihood(cdnow_parameter, 0, 0, 0) >= 0);
}

/* What the posterior's own probability of no order says, from another integral. */
static void silence_of_the_living_is_that_of_new_buyers(void **state) {
    (void)state;
    for (size_t i = 0; i < EXACT; i++) {
        const double *at = exact[i].parameter;
        bm_history history = {exact[i].x, exact[i].t_x, exact[i].t, NAN, 1};
        double posterior[] = {at[0] + history.x, at[1] + history.t, at[2], at[3] + history.t};
        for (double ahead = 1e-3; ahead < 1e6; ahead *= 30)
            check_near(MODEL.log_silent_alive(at, &history, ahead),
                       MODEL.log_pmf(posterior, ahead, 0), 1e-13, 1);
        assert_true(MODEL.log_silent_alive(at, &history, 0) >= 0);
    }
}

static double ln_line(const void *arg, double v, double *slope) {
    const double *of = arg;
    *slope = of[0] - of[1] * exp(v);
    return of[0] * v - of[1] * exp(v);
}

/* The integral of exp(a v − exp(v)) is Γ(a). */
static void log_concave_integrals_give_the_gamma_function(void **state) {
    (void)state;
    static const double a[] = {0.03, 0.3, 1, 7, 150, 1e4};
    for (size_t i = 0; i < sizeof a / sizeof a[0]; i++) {
        double of[] = {a[i], 1};
        check_near(bm_log_integral(ln_line, of, -INFINITY, INFINITY), lgamma(a[i]), 1e-13, 1);
    }
    double of[] = {1, 1}, half = bm_log_integral(ln_line, of, -INFINITY, 0);
    check_near(exp(half), 1 - exp(-1), 1e-13, 0);
    check_near(exp(bm_log_integral(ln_line, of, 0, INFINITY)), exp(-1), 1e-13, 0);
    assert_true(bm_log_integral(ln_line, of, 1, 1) <= -INFINITY);
}

static void rules_are_of_legendre(void **state) {
    (void)state;
    for (double wanted = 1; wanted <= 32; wanted++) {
        const bm_legendre *rule = bm_legendre_rule(wanted);
        assert_true((double)rule->nodes >= wanted);
        for (size_t power = 0; power < 2 * rule->nodes; power++) {
            double sum = 0;
            for (size_t i = 0; i < rule->nodes; i++)
                sum += rule->weight[i] * pow(rule->node[i], (double)power);
            check_near(sum, 1 / ((double)power + 1), 1e-14, 0);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cdnow_log_likelihoods_are_the_published_ones),
        cmocka_unit_test(cdnow_predictions_are_the_published_ones),
        cmocka_unit_test(residual_transactions_are_the_published_ones),
        cmocka_unit_test(hard_cases_are_right),
        cmocka_unit_test(random_hard_cases_agree_with_fifty_digits),
        cmocka_unit_test(the_gradient_agrees_with_differences),
        cmocka_unit_test(counts_and_runs_of_x_add_up),
        cmocka_unit_test(probabilities_of_orders_sum_to_one),
        cmocka_unit_test(probabilities_of_orders_agree_with_the_mixture),
        cmocka_unit_test(discounting_agrees_with_forty_digits),
        cmocka_unit_test(expectations_have_no_hole_at_one),
        cmocka_unit_test(both_forms_meet_where_alpha_is_beta),
        cmocka_unit_test(a_buyer_who_just_ordered_is_alive),
        cmocka_unit_test(silence_of_the_living_is_that_of_new_buyers),
        cmocka_unit_test(log_concave_integrals_give_the_gamma_function),
        cmocka_unit_test(rules_are_of_legendre),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
