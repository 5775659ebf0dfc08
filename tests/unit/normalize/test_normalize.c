/* What bm_normalize does around the normalizers: weights, names in messages, the table. */
#include "normalize/normalize.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const bm_context context = {.seed = 1};

/* Features "spend" and "region=North" of five buyers. */
static void two_features(bm_features *features) {
    static const double x[5][2] = {{10, 1}, {20, 0}, {40, 0}, {80, 1}, {160, 0}};
    bm_error err;
    assert_int_equal(bm_features_init(features, 5, 2, &err), BM_OK);
    assert_int_equal(
        bm_feature_set(&features->feature[0], "spend", "amount", BM_FEATURE_NUMBER, &err), BM_OK);
    assert_int_equal(
        bm_feature_set(&features->feature[1], "region=North", "region", BM_FEATURE_INDICATOR, &err),
        BM_OK);
    memcpy(features->x, x, sizeof x);
}

static void the_registry_has_every_name_of_the_interface(void **state) {
    (void)state;
    const char *names[] = {"none", "zscore", "minmax", "robust", "log1p", "yeojohnson", "quantile"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_non_null(bm_normalizer_find(names[i]));
        assert_string_equal(bm_normalizer_find(names[i])->name, names[i]);
    }
    assert_null(bm_normalizer_find("standard"));
}

static void a_feature_weight_multiplies_squared_differences(void **state) {
    (void)state;
    bm_features plain, weighted;
    bm_scaling scaling, heavier;
    bm_error err;
    two_features(&plain);
    two_features(&weighted);
    weighted.feature[0].weight = 4;
    weighted.feature[1].weight = 9;
    const bm_normalizer *zscore = bm_normalizer_find("zscore");
    assert_int_equal(bm_normalize(&plain, zscore, 0, &context, &scaling, &err), BM_OK);
    assert_int_equal(bm_normalize(&weighted, zscore, 0, &context, &heavier, &err), BM_OK);
    for (size_t i = 0; i < 5; i++) {
        assert_true(weighted.x[2 * i] == 2 * plain.x[2 * i]);
        assert_true(weighted.x[2 * i + 1] == 3 * plain.x[2 * i + 1]);
        assert_int_equal(plain.x[2 * i + 1] > 0, i == 0 || i == 3);
    }
    assert_true(fabs(bm_scale_invert(&heavier.feature[0], weighted.x[6]) - 80) < 1e-12);
    bm_scaling_free(&scaling);
    bm_scaling_free(&heavier);
    bm_features_free(&plain);
    bm_features_free(&weighted);
}

static bm_status refused(const char *normalizer, double x1, double x2, double x3, bm_error *err) {
    bm_features features;
    bm_scaling scaling;
    two_features(&features);
    double column[5] = {x1, x2, x3, x2, x3};
    for (size_t i = 0; i < 5; i++)
        features.x[2 * i] = column[i];
    bm_status status =
        bm_normalize(&features, bm_normalizer_find(normalizer), 0, &context, &scaling, err);
    assert_null(scaling.feature);
    bm_scaling_free(&scaling);
    bm_features_free(&features);
    return status;
}

static void log1p_refuses_values_it_cannot_take_by_name(void **state) {
    (void)state;
    bm_error err;
    assert_int_equal(refused("log1p", 3, -1.5, 8, &err), BM_DATA);
    assert_non_null(strstr(err.message, "\"spend\""));
    assert_non_null(strstr(err.message, "-1.5"));
    assert_int_equal(refused("log1p", 3, -1, 8, &err), BM_DATA);
}

static void robust_only_centres_a_feature_without_interquartile_range_and_says_so(void **state) {
    (void)state;
    bm_error err;
    bm_features features;
    bm_scaling scaling;
    two_features(&features);
    /* 0.1 is no binary fraction: interpolating between equal values must not invent a spread. */
    for (size_t i = 0; i < 4; i++)
        features.x[2 * i] = 0.1;
    bm_log log = {0};
    const bm_context told = {.log = &log};
    assert_int_equal(
        bm_normalize(&features, bm_normalizer_find("robust"), 0, &told, &scaling, &err), BM_OK);
    assert_true(scaling.feature[0].scale == 1 && scaling.feature[0].center == 0.1);
    assert_true(features.x[0] == 0);
    assert_int_equal(log.warnings.count, 1);
    assert_non_null(strstr(log.warnings.item[0], "\"spend\""));
    bm_log_free(&log);
    bm_scaling_free(&scaling);
    bm_features_free(&features);
}

static void a_spread_that_only_rounding_makes_is_none(void **state) {
    (void)state;
    bm_error err;
    assert_int_equal(refused("zscore", 0.1, 0.1, 0.1, &err), BM_DEGENERATE);
    assert_int_equal(refused("zscore", 1e15 + 0.3, 1e15 + 0.3, 1e15 + 0.3, &err), BM_DEGENERATE);
    /* Different values, but equal logarithms in double. */
    assert_int_equal(refused("log1p", 1e300, nextafter(1e300, 2e300), 1e300, &err), BM_DEGENERATE);
    assert_non_null(strstr(err.message, "\"spend\""));
}

static void values_too_large_for_their_spread_are_bad_data(void **state) {
    (void)state;
    bm_error err;
    assert_int_equal(refused("zscore", -1.5e308, 0, 1.5e308, &err), BM_DATA);
    assert_non_null(strstr(err.message, "\"spend\""));
    assert_int_equal(refused("minmax", -1.5e308, 0, 1.5e308, &err), BM_DATA);
}

static void a_weight_of_0_is_refused(void **state) {
    (void)state;
    bm_features features;
    bm_scaling scaling;
    bm_error err;
    two_features(&features);
    features.feature[1].weight = 0;
    assert_int_equal(
        bm_normalize(&features, bm_normalizer_find("zscore"), 0, &context, &scaling, &err), BM_JOB);
    assert_non_null(strstr(err.message, "region=North"));
    bm_features_free(&features);
}

static void work_past_the_memory_limit_is_refused_before_it_starts(void **state) {
    (void)state;
    const bm_context tight = {.seed = 1, .memory_limit = 8};
    bm_features features;
    bm_scaling scaling;
    bm_error err;
    two_features(&features);
    assert_int_equal(
        bm_normalize(&features, bm_normalizer_find("zscore"), 0, &tight, &scaling, &err), BM_LIMIT);
    assert_true(features.x[0] == 10);
    bm_features_free(&features);
}

static void no_features_are_nothing_to_do_and_no_buyers_are_degenerate(void **state) {
    (void)state;
    bm_features features;
    bm_scaling scaling;
    bm_error err;
    const bm_normalizer *zscore = bm_normalizer_find("zscore");
    assert_int_equal(bm_features_init(&features, 3, 0, &err), BM_OK);
    assert_int_equal(bm_normalize(&features, zscore, 0, &context, &scaling, &err), BM_OK);
    bm_scaling_free(&scaling);
    bm_features_free(&features);
    assert_int_equal(bm_features_init(&features, 0, 2, &err), BM_OK);
    assert_int_equal(bm_normalize(&features, zscore, 0, &context, &scaling, &err), BM_DEGENERATE);
    bm_features_free(&features);
}

static bm_text text_at(const bm_result *result, const char *column, size_t row) {
    bm_text text;
    bm_result_read(result, bm_result_find(result, column), row, 1, &text);
    return text;
}

static double number_at(const bm_result *result, const char *column, size_t row) {
    double number;
    bm_result_read(result, bm_result_find(result, column), row, 1, &number);
    return number;
}

static void assert_text(bm_text text, const char *expected) {
    assert_int_equal(text.length, strlen(expected));
    assert_memory_equal(text.data, expected, text.length);
}

static void the_transform_table_holds_what_assign_needs(void **state) {
    (void)state;
    bm_features features;
    bm_scaling scaling;
    bm_error err;
    bm_result result = {0};
    double *quantiles = NULL;
    size_t columns = 99;
    two_features(&features);
    features.feature[0].low = 12;
    features.feature[0].fill = 40;
    features.feature[0].weight = 2;
    assert_int_equal(
        bm_normalize(&features, bm_normalizer_find("yeojohnson"), 0, &context, &scaling, &err),
        BM_OK);
    assert_int_equal(bm_scaling_result(&features, &scaling, &result, &quantiles, &columns, &err),
                     BM_OK);
    assert_string_equal(result.name, "model/transform");
    assert_int_equal(result.only_hdf5, 1);
    assert_int_equal(result.rows, 2);
    assert_int_equal(columns, 0);
    assert_null(quantiles);
    assert_text(text_at(&result, "feature", 0), "spend");
    assert_text(text_at(&result, "source", 0), "amount");
    assert_text(text_at(&result, "kind", 0), "yeojohnson");
    assert_text(text_at(&result, "kind", 1), "indicator");
    assert_true(number_at(&result, "lambda", 0) == scaling.feature[0].lambda);
    assert_true(isnan(number_at(&result, "lambda", 1)));
    assert_true(number_at(&result, "low", 0) == 12);
    assert_true(isnan(number_at(&result, "high", 0)));
    assert_true(number_at(&result, "fill", 0) == 40);
    assert_true(isnan(number_at(&result, "fill", 1)));
    assert_true(number_at(&result, "center", 0) == scaling.feature[0].center);
    assert_true(number_at(&result, "scale", 0) == scaling.feature[0].scale);
    assert_true(number_at(&result, "center", 1) == 0);
    assert_true(number_at(&result, "scale", 1) == scaling.feature[1].scale);
    assert_true(fabs(scaling.feature[1].scale - sqrt(0.4 * 0.6)) < 1e-12);
    assert_true(number_at(&result, "weight", 0) == 2);
    bm_result_free(&result);
    bm_scaling_free(&scaling);
    bm_features_free(&features);
}

static void the_quantile_matrix_has_a_row_a_feature(void **state) {
    (void)state;
    bm_features features;
    bm_scaling scaling;
    bm_error err;
    bm_result result = {0};
    double *quantiles = NULL;
    size_t columns = 0;
    two_features(&features);
    assert_int_equal(
        bm_normalize(&features, bm_normalizer_find("quantile"), 0, &context, &scaling, &err),
        BM_OK);
    assert_int_equal(bm_scaling_result(&features, &scaling, &result, &quantiles, &columns, &err),
                     BM_OK);
    assert_int_equal(columns, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_true(quantiles[i] == 10 * (double)(1 << i));
        assert_true(isnan(quantiles[5 + i]));
    }
    free(quantiles);
    bm_result_free(&result);
    bm_scaling_free(&scaling);
    bm_features_free(&features);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_registry_has_every_name_of_the_interface),
        cmocka_unit_test(a_feature_weight_multiplies_squared_differences),
        cmocka_unit_test(log1p_refuses_values_it_cannot_take_by_name),
        cmocka_unit_test(robust_only_centres_a_feature_without_interquartile_range_and_says_so),
        cmocka_unit_test(a_spread_that_only_rounding_makes_is_none),
        cmocka_unit_test(values_too_large_for_their_spread_are_bad_data),
        cmocka_unit_test(a_weight_of_0_is_refused),
        cmocka_unit_test(work_past_the_memory_limit_is_refused_before_it_starts),
        cmocka_unit_test(no_features_are_nothing_to_do_and_no_buyers_are_degenerate),
        cmocka_unit_test(the_transform_table_holds_what_assign_needs),
        cmocka_unit_test(the_quantile_matrix_has_a_row_a_feature),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
