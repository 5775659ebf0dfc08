/* The normalizers against figures of scikit-learn 1.2.1, SciPy 1.10.1 and NIST. */
#include "normalize/normalize.h"

#include "base/memory.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const double money[] = {12.5, 80,   3.2,    455.75, 19.9,   1020, 64.4, 7.75,
                               230,  38.6, 150.25, 5.5,    2890.4, 27,   95.1, 12.5};
static const double mixed[] = {-4.5, 0, 1.25, 3, -0.75, 12, 0.5, -20, 7.5, 2, 0, 1, 45, -1.5};
static const double small[] = {.0061, .0049, .0115, .0064, .0075, .0043,
                               .0088, .0052, .0132, .0071, .0059, .0225};
static const double ties[] = {0, 0, 0, 1, 1, 2, 5, 5, 5, 5, 9, 14, 14, 30};

static void assert_close(double actual, double expected, double relative) {
    double tolerance = relative * fmax(1e-6, fabs(expected));
    if (!(fabs(actual - expected) <= tolerance))
        fail_msg("%.17g is not %.17g (within %g)", actual, expected, relative);
}

/* One feature "x" of the given values, normalized; the caller frees both. */
static void normalize(const char *name, const double *x, size_t n, const double *weight,
                      bm_features *features, bm_scaling *scaling) {
    bm_context context = {.seed = 1};
    bm_error err = {0};
    assert_int_equal(bm_features_init(features, n, 1, &err), BM_OK);
    assert_int_equal(bm_feature_set(&features->feature[0], "x", "x", BM_FEATURE_NUMBER, &err),
                     BM_OK);
    memcpy(features->x, x, n * sizeof *x);
    if (weight != NULL) {
        assert_int_equal(BM_NEW(&features->weight, n, "weights", &err), BM_OK);
        memcpy(features->weight, weight, n * sizeof *weight);
    }
    bm_status status = bm_normalize(features, bm_normalizer_find(name), 0, &context, scaling, &err);
    if (status != BM_OK)
        fail_msg("%s", err.message);
}

static void expect(const char *name, const double *x, size_t n, const double *first_five,
                   double relative) {
    bm_features features;
    bm_scaling scaling;
    normalize(name, x, n, NULL, &features, &scaling);
    for (size_t i = 0; i < 5; i++)
        assert_close(features.x[i], first_five[i], relative);
    bm_scaling_free(&scaling);
    bm_features_free(&features);
}

static void zscore_minmax_and_robust_equal_scikit_learn(void **state) {
    (void)state;
    /* StandardScaler, MinMaxScaler and RobustScaler: first five rows of each. */
    expect("zscore", money, COUNT(money),
           (double[]){-0.432437357863779, -0.337373933071066, -0.445534985279664, 0.191812464941705,
                      -0.42201558981243},
           1e-13);
    expect("zscore", mixed, COUNT(mixed),
           (double[]){-0.578081174242778, -0.242421137585681, -0.149182238514265,
                      -0.0186477798142832, -0.298364477028531},
           1e-13);
    expect("minmax", money, COUNT(money),
           (double[]){0.00322111388196176, 0.0266001662510391, 0, 0.156743557772236,
                      0.00578415073427542},
           1e-13);
    expect("robust", money, COUNT(money),
           (double[]){-0.247324613555291, 0.180737217598097, -0.306302021403092, 2.56361474435196,
                      -0.200396353547364},
           1e-13);
    expect("robust", mixed, COUNT(mixed),
           (double[]){-1.58490566037736, -0.226415094339623, 0.150943396226415, 0.679245283018868,
                      -0.452830188679245},
           1e-13);
}

static void log1p_equals_the_standardized_logarithm_of_scikit_learn(void **state) {
    (void)state;
    expect("log1p", money, COUNT(money),
           (double[]){-0.820573899510051, 0.171472077041623, -1.46704348497949, 1.12915032502983,
                      -0.578586568245972},
           1e-13);
}

/* scipy.stats.yeojohnson_llf, from the definition. */
static double log_likelihood(const double *x, size_t n, double lambda) {
    double sum = 0, squares = 0, logs = 0;
    double *y = calloc(n, sizeof *y);
    for (size_t i = 0; i < n; i++) {
        double v = x[i];
        if (v >= 0)
            y[i] = lambda == 0 ? log1p(v) : (pow(v + 1, lambda) - 1) / lambda;
        else
            y[i] = lambda == 2 ? -log1p(-v) : -(pow(1 - v, 2 - lambda) - 1) / (2 - lambda);
        sum += y[i];
        logs += v >= 0 ? log1p(v) : -log1p(-v);
    }
    for (size_t i = 0; i < n; i++)
        squares += (y[i] - sum / (double)n) * (y[i] - sum / (double)n);
    free(y);
    return -0.5 * (double)n * log(squares / (double)n) + (lambda - 1) * logs;
}

static void expect_lambda(const double *x, size_t n, double lambda, double relative,
                          double best_log_likelihood, const double *first_five) {
    bm_features features;
    bm_scaling scaling;
    normalize("yeojohnson", x, n, NULL, &features, &scaling);
    assert_close(scaling.feature[0].lambda, lambda, relative);
    assert_true(log_likelihood(x, n, scaling.feature[0].lambda) >= best_log_likelihood - 1e-9);
    for (size_t i = 0; i < 5; i++)
        assert_close(features.x[i], first_five[i], 2e-6);
    bm_scaling_free(&scaling);
    bm_features_free(&features);
}

static void yeojohnson_finds_the_lambda_of_scipy_and_scikit_learn(void **state) {
    (void)state;
    /* scipy.stats.yeojohnson_normmax and PowerTransformer().fit(x).lambdas_, which agree to the
     * digits given; the likelihood at SciPy's optimum sharpened to 1e-12. */
    expect_lambda(
        money, COUNT(money), -0.1459060367, 1e-6, -74.276774470404,
        (double[]){-0.8155269895, 0.3052497752, -1.720397138, 1.141916527, -0.5145463356});
    expect_lambda(
        mixed, COUNT(mixed), 0.8625318144, 1e-6, -34.942562829787,
        (double[]){-0.5755517258, -0.1148844313, -0.0115334656, 0.1204599175, -0.1837577638});
    /* Small shares need a large power: the search is not held near 0. */
    expect_lambda(
        small, COUNT(small), -188.9542999, 1e-6, 68.160707690,
        (double[]){-0.4796157183, -1.112429922, 1.112232789, -0.3425813873, 0.09843715099});
}

static void yeojohnson_of_years_stays_invertible(void **state) {
    (void)state;
    /* scikit-learn issue 14959: the likelihood of such data keeps rising while the transform loses
     * all digits. The search stops before that. */
    const double years[] = {2003, 1950, 1997, 2000, 2009, 2009, 1980, 1999, 2007, 1991};
    bm_features features;
    bm_scaling scaling;
    normalize("yeojohnson", years, COUNT(years), NULL, &features, &scaling);
    assert_true(scaling.feature[0].lambda > 1);
    for (size_t i = 0; i < COUNT(years); i++)
        assert_close(bm_scale_invert(&scaling.feature[0], features.x[i]), years[i], 1e-9);
    bm_scaling_free(&scaling);
    bm_features_free(&features);
}

static void quantile_equals_scikit_learn_with_ties(void **state) {
    (void)state;
    bm_features features;
    bm_scaling scaling;
    /* QuantileTransformer(n_quantiles=1000) */
    const double expected[] = {0,
                               0,
                               0,
                               0.269230769230769,
                               0.269230769230769,
                               0.384615384615384,
                               0.576923076923077,
                               0.576923076923077,
                               0.576923076923077,
                               0.576923076923077,
                               0.769230769230769,
                               0.884615384615385,
                               0.884615384615385,
                               1};
    normalize("quantile", ties, COUNT(ties), NULL, &features, &scaling);
    assert_int_equal(scaling.feature[0].quantiles, 14);
    for (size_t i = 0; i < COUNT(ties); i++)
        assert_close(features.x[i], expected[i], 1e-13);
    const double fresh[] = {-1, .5, 3, 7, 20, 31};
    const double placed[] = {
        0, 0.192307692307692, 0.41025641025641, 0.730769230769231, 0.951923076923077, 1};
    for (size_t i = 0; i < COUNT(fresh); i++)
        assert_close(bm_scale_apply(&scaling.feature[0], fresh[i]), placed[i], 1e-13);
    const double ranks[] = {0, .1, .25, .5, .77, 1}, values[] = {0, 0, 1, 5, 9.05, 30};
    for (size_t i = 0; i < COUNT(ranks); i++)
        assert_close(bm_scale_invert(&scaling.feature[0], ranks[i]), values[i], 1e-12);
    bm_scaling_free(&scaling);
    bm_features_free(&features);
}

static void quantile_equals_scikit_learn_past_a_thousand_buyers(void **state) {
    (void)state;
    enum { N = 3000 };
    static double x[N];
    for (size_t i = 0; i < N; i++)
        x[i] = floor(4 * (1.5 * sqrt((double)(i * 7919 % 3001)))) / 4;
    bm_features features;
    bm_scaling scaling;
    normalize("quantile", x, N, NULL, &features, &scaling);
    assert_int_equal(scaling.feature[0].quantiles, 1000);
    /* QuantileTransformer(n_quantiles=1000, subsample=10**9) */
    const double at[] = {0.1, 1.0, 7.77, 20.25, 41.3, 60, 81.9, 82.0};
    const double placed[] = {
        4.00240144086452e-05, 0.000400240144086452, 0.00908751735052029, 0.0610610610610611,
        0.254646411116999,    0.535035035035035,    0.996596596596597,   1};
    for (size_t i = 0; i < COUNT(at); i++)
        assert_close(bm_scale_apply(&scaling.feature[0], at[i]), placed[i], 1e-12);
    const double ranks[] = {.0123, .2, .5005, .9, .9999};
    const double values[] = {9.071925, 36.5800800800801, 58, 77.75, 82};
    for (size_t i = 0; i < COUNT(ranks); i++)
        assert_close(bm_scale_invert(&scaling.feature[0], ranks[i]), values[i], 1e-12);
    bm_scaling_free(&scaling);
    bm_features_free(&features);
}

static void buyer_weights_count_like_repeated_buyers(void **state) {
    (void)state;
    /* StandardScaler().fit(x, sample_weight=w) */
    const double weight[] = {1, 2, 1, 3, 1, 1, 2, 1, 1, 4, 1, 1, 1, 2, 1, 1};
    bm_features features;
    bm_scaling scaling;
    normalize("zscore", money, COUNT(money), weight, &features, &scaling);
    assert_close(scaling.feature[0].center, 262.98125, 1e-14);
    assert_close(scaling.feature[0].scale, 594.136549051875, 1e-13);
    bm_scaling_free(&scaling);
    bm_features_free(&features);
}

/* The values of a NIST file: a heading line, then a number a line. */
static double *read_nist(const char *name, size_t *n) {
    const char *folder = getenv("BUYERMAP_DATA");
    char path[4096];
    snprintf(path, sizeof path, "%s/nist/%s.csv", folder != NULL ? folder : "", name);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return NULL;
    double *x = calloc(10000, sizeof *x);
    char line[256];
    *n = 0;
    while (*n < 10000 && fgets(line, sizeof line, file) != NULL) {
        char *end;
        double value = strtod(line, &end);
        if (end != line)
            x[(*n)++] = value;
    }
    fclose(file);
    return x;
}

static void zscore_survives_the_data_of_nist(void **state) {
    (void)state;
    /* Certified means and sample standard deviations of the NIST StRD univariate sets. */
    static const struct {
        const char *name;
        double mean, sd, relative;
    } set[] = {
        {"Lew", -177.435, 277.332168044316, 1e-13},
        {"Lottery", 518.958715596330, 291.699727470969, 1e-13},
        {"Mavro", 2.001856, .000429123454003053, 1e-11},
        {"Michelso", 299.8524, .0790105478190518, 1e-12},
        {"NumAcc1", 10000002, 1, 1e-14},
        {"NumAcc2", 1.2, .1, 1e-12},
        {"PiDigits", 4.5348, 2.86733906028871, 1e-13},
    };
    for (size_t i = 0; i < COUNT(set); i++) {
        size_t n = 0;
        double *x = read_nist(set[i].name, &n);
        if (x == NULL) {
            print_message("BUYERMAP_DATA has no nist/%s.csv\n", set[i].name);
            skip();
        }
        bm_features features;
        bm_scaling scaling;
        normalize("zscore", x, n, NULL, &features, &scaling);
        double sample_sd = scaling.feature[0].scale * sqrt((double)n / (double)(n - 1));
        assert_close(scaling.feature[0].center, set[i].mean, 1e-14);
        assert_close(sample_sd, set[i].sd, set[i].relative);
        bm_scaling_free(&scaling);
        bm_features_free(&features);
        free(x);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zscore_minmax_and_robust_equal_scikit_learn),
        cmocka_unit_test(log1p_equals_the_standardized_logarithm_of_scikit_learn),
        cmocka_unit_test(yeojohnson_finds_the_lambda_of_scipy_and_scikit_learn),
        cmocka_unit_test(yeojohnson_of_years_stays_invertible),
        cmocka_unit_test(quantile_equals_scikit_learn_with_ties),
        cmocka_unit_test(quantile_equals_scikit_learn_past_a_thousand_buyers),
        cmocka_unit_test(buyer_weights_count_like_repeated_buyers),
        cmocka_unit_test(zscore_survives_the_data_of_nist),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
