/* Category columns beside numbers: a difference counts the same in each, and they vary as much as
 * numbers do on average. */
#include "normalize/categories.h"
#include "normalize/normalize.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { N = 9001, A = 2, B = 5, C = 20, D = 3 + A + B + C };

static const bm_context context = {.seed = 1};

static void name_feature(bm_features *features, size_t j, const char *source, int value) {
    char name[40];
    snprintf(name, sizeof name, value < 0 ? "%s" : "%s=%d", source, value);
    bm_feature_kind kind = value < 0 ? BM_FEATURE_NUMBER : BM_FEATURE_INDICATOR;
    assert_int_equal(bm_feature_set(&features->feature[j], name, source, kind, NULL), BM_OK);
}

static double unit(size_t i, size_t salt) {
    uint64_t x = (i + 1) * 0x9E3779B97F4A7C15u + salt * 0xD1B54A32D192ED03u;
    x = (x ^ (x >> 32)) * 0xD6E8FEB86659FD93u;
    x ^= x >> 32;
    return ((double)(x >> 11) + 0.5) / 9007199254740992.0;
}

/* Three numbers, the first of which stands last, and categories of 2, 5 and 20 values, uneven:
 * their indicators take turns. */
static void mixed(bm_features *features, int weighted) {
    const char *source[] = {"a", "b", "c"};
    const int values[] = {A, B, C};
    assert_int_equal(bm_features_init(features, N, D, NULL), BM_OK);
    size_t at[3][C], j = 0;
    for (int v = 0; v < C; v++) {
        for (size_t s = 0; s < 3; s++) {
            if (v >= values[s])
                continue;
            at[s][v] = j;
            name_feature(features, j++, source[s], v);
        }
    }
    name_feature(features, D - 3, "x", -1);
    name_feature(features, D - 2, "y", -1);
    name_feature(features, D - 1, "z", -1);
    for (size_t i = 0; i < N; i++) {
        double *row = features->x + i * D;
        for (size_t s = 0; s < 3; s++)
            row[at[s][(size_t)(values[s] * pow(unit(i, s), 1.7))]] = 1;
        row[D - 3] = exp(3 * unit(i, 11));
        row[D - 2] = 1e4 + 100 * unit(i, 12);
        row[D - 1] = unit(i, 13) * unit(i, 14);
    }
    if (!weighted)
        return;
    features->weight = calloc(N, sizeof *features->weight);
    assert_non_null(features->weight);
    for (size_t i = 0; i < N; i++)
        features->weight[i] = 0.25 + 3 * unit(i, 15);
}

static double column_variance(const bm_features *features, size_t j) {
    double sum = 0, total = 0, squares = 0;
    for (size_t i = 0; i < features->n; i++) {
        double w = bm_weight_of(features->weight, i);
        sum += w * features->x[i * features->d + j];
        total += w;
    }
    for (size_t i = 0; i < features->n; i++) {
        double apart = features->x[i * features->d + j] - sum / total;
        squares += bm_weight_of(features->weight, i) * apart * apart;
    }
    return squares / total;
}

static double source_variance(const bm_features *features, const char *source) {
    double sum = 0;
    for (size_t j = 0; j < features->d; j++)
        sum += strcmp(features->feature[j].source, source) == 0 ? column_variance(features, j) : 0;
    return sum;
}

static double mean_source_variance(const bm_features *features) {
    return (source_variance(features, "a") + source_variance(features, "b") +
            source_variance(features, "c")) /
           3;
}

static void assert_close(double actual, double expected, double relative) {
    if (!(fabs(actual - expected) <= relative * fabs(expected)))
        fail_msg("%.17g is not %.17g", actual, expected);
}

static void normalize(bm_features *features, const char *normalizer, bm_scaling *scaling) {
    bm_error err = {0};
    if (bm_normalize(features, bm_normalizer_find(normalizer), 0, &context, scaling, &err) != BM_OK)
        fail_msg("%s: %s", normalizer, err.message);
}

static void categories_vary_as_numbers_do_on_average(void **state) {
    (void)state;
    for (size_t k = 0; bm_normalizers[k] != NULL; k++) {
        for (int weighted = 0; weighted <= 1; weighted++) {
            bm_features features;
            bm_scaling scaling;
            mixed(&features, weighted);
            normalize(&features, bm_normalizers[k]->name, &scaling);
            double numbers =
                (column_variance(&features, D - 3) + column_variance(&features, D - 2) +
                 column_variance(&features, D - 1)) /
                3;
            assert_close(mean_source_variance(&features), numbers, 1e-11);
            for (size_t j = 1; j < D - 3; j++)
                assert_true(scaling.feature[j].scale == scaling.feature[0].scale);
            bm_scaling_free(&scaling);
            bm_features_free(&features);
        }
    }
}

/* Four buyers of three values, and a number if that is asked for: N, N, S, W. */
static void four_buyers(bm_features *features, int number) {
    static const double x[4][4] = {{1, 0, 0, 3}, {1, 0, 0, 5}, {0, 1, 0, 9}, {0, 0, 1, 11}};
    size_t d = number ? 4 : 3;
    assert_int_equal(bm_features_init(features, 4, d, NULL), BM_OK);
    for (int v = 0; v < 3; v++)
        name_feature(features, (size_t)v, "region", v);
    if (number)
        name_feature(features, 3, "spend", -1);
    for (size_t i = 0; i < 4; i++)
        memcpy(features->x + i * d, x[i], d * sizeof(double));
}

/* The same four with roles beside: 0, 0, 0, 1. */
static void two_categories(bm_features *features, int number) {
    static const double x[4][6] = {
        {1, 0, 0, 1, 0, 3}, {1, 0, 0, 1, 0, 5}, {0, 1, 0, 1, 0, 9}, {0, 0, 1, 0, 1, 11}};
    size_t d = number ? 6 : 5;
    assert_int_equal(bm_features_init(features, 4, d, NULL), BM_OK);
    for (int j = 0; j < 5; j++)
        name_feature(features, (size_t)j, j < 3 ? "region" : "role", j);
    if (number)
        name_feature(features, 5, "spend", -1);
    for (size_t i = 0; i < 4; i++)
        memcpy(features->x + i * d, x[i], d * sizeof(double));
}

/* 1 − Σp² = 1 − (4 + 1 + 1) / 16 = 5/8; the variance of 3, 5, 9, 11 is 10. */
static void
the_scale_of_one_category_is_the_root_of_1_minus_squared_shares_by_what_numbers_vary(void **state) {
    (void)state;
    const struct {
        const char *normalizer;
        int number;
        double variance;
    } set[] = {{"zscore", 1, 1}, {"none", 1, 10}, {"minmax", 1, 10.0 / 64}, {"none", 0, 1}};
    for (size_t i = 0; i < sizeof set / sizeof *set; i++) {
        bm_features features;
        bm_scaling scaling;
        four_buyers(&features, set[i].number);
        normalize(&features, set[i].normalizer, &scaling);
        for (size_t j = 0; j < 3; j++) {
            assert_close(scaling.feature[j].scale, sqrt(0.625 / set[i].variance), 1e-14);
            assert_true(scaling.feature[j].center == 0);
            double mean = 0; /* a centroid in the buyers' units is the shares */
            for (size_t b = 0; b < 4; b++)
                mean += features.x[b * features.d + j] / 4;
            assert_close(bm_scale_invert(&scaling.feature[j], mean), j == 0 ? 0.5 : 0.25, 1e-14);
        }
        double s = features.x[0];
        assert_close(2 * s * s, 2 * set[i].variance / 0.625, 1e-14);
        bm_scaling_free(&scaling);
        bm_features_free(&features);
    }
}

/* Over all pairs of buyers, by brute force. */
static double mean_square_where_they_differ(const bm_features *z, const bm_features *own,
                                            const char *source) {
    double sum = 0, pairs = 0;
    for (size_t i = 0; i < z->n; i++) {
        for (size_t h = 0; h < i; h++) {
            double apart = 0;
            int differ = 0;
            for (size_t j = 0; j < z->d; j++) {
                if (strcmp(z->feature[j].source, source) != 0)
                    continue;
                differ = differ || own->x[i * z->d + j] != own->x[h * z->d + j];
                double step = z->x[i * z->d + j] - z->x[h * z->d + j];
                apart += step * step;
            }
            sum += apart;
            pairs += differ;
        }
    }
    return sum / pairs;
}

/* Whatever the category: of 2, 5 or 20 uneven values, two buyers are 2 s² apart. */
static void a_difference_counts_the_same_in_every_category(void **state) {
    (void)state;
    static const char *const source[] = {"a", "b", "c"};
    const double shares[] = {A, B, C};
    bm_features own, z;
    bm_scaling scaling;
    double concentration = 0;
    mixed(&own, 0);
    mixed(&z, 0);
    normalize(&z, "minmax", &scaling);
    for (size_t s = 0; s < 3; s++) {
        size_t count[C] = {0};
        double squares = 0;
        for (size_t i = 0; i < N; i++)
            count[(size_t)(shares[s] * pow(unit(i, s), 1.7))]++;
        for (size_t v = 0; v < C; v++)
            squares += (double)count[v] / N * ((double)count[v] / N);
        concentration += (1 - squares) / 3;
    }
    double numbers =
        (column_variance(&z, D - 3) + column_variance(&z, D - 2) + column_variance(&z, D - 1)) / 3;
    own.n = z.n = 300;
    for (size_t s = 0; s < 3; s++)
        assert_close(mean_square_where_they_differ(&z, &own, source[s]),
                     2 * numbers / concentration, 1e-11);
    bm_scaling_free(&scaling);
    bm_features_free(&own);
    bm_features_free(&z);
}

static void yes_and_no_count_as_the_same_column_of_0_and_1_z_scored(void **state) {
    (void)state;
    bm_features features;
    bm_scaling scaling;
    assert_int_equal(bm_features_init(&features, N, 3, NULL), BM_OK);
    name_feature(&features, 0, "flag", 0);
    name_feature(&features, 1, "flag", 1);
    name_feature(&features, 2, "number", -1);
    for (size_t i = 0; i < N; i++) {
        double yes = unit(i, 3) < 0.07;
        memcpy(features.x + 3 * i, (double[]){1 - yes, yes, yes}, 3 * sizeof(double));
    }
    normalize(&features, "zscore", &scaling);
    for (size_t i = 1; i < N; i++) {
        const double *row = features.x + 3 * i, *first = features.x;
        double category =
            (row[0] - first[0]) * (row[0] - first[0]) + (row[1] - first[1]) * (row[1] - first[1]);
        double number = (row[2] - first[2]) * (row[2] - first[2]);
        assert_true(fabs(category - number) <= 1e-12 * number);
    }
    bm_scaling_free(&scaling);
    bm_features_free(&features);
}

/* A buyer without a value is nowhere under the median (all zero) and amid all under the mean. */
static void filled_indicators_vary_as_numbers_do_too(void **state) {
    (void)state;
    for (int mean = 0; mean <= 1; mean++) {
        bm_features features;
        bm_scaling scaling;
        mixed(&features, 0);
        for (size_t j = 0; j < D - 3; j++) {
            double share = 0;
            for (size_t i = 1; i < N; i++)
                share += features.x[i * D + j] / (N - 1);
            features.x[j] = mean ? share : 0;
        }
        normalize(&features, "zscore", &scaling);
        assert_close(mean_source_variance(&features), 1, 1e-11);
        bm_scaling_free(&scaling);
        bm_features_free(&features);
    }
}

static void weights_multiply_squared_differences_and_change_no_scale(void **state) {
    (void)state;
    bm_features plain, heavy;
    bm_scaling scaling, heavier;
    mixed(&plain, 0);
    mixed(&heavy, 0);
    for (size_t j = 0; j < D; j++)
        heavy.feature[j].weight = heavy.feature[j].source[0] == 'c' ? 4 : j == D - 1 ? 9 : 1;
    normalize(&plain, "robust", &scaling);
    normalize(&heavy, "robust", &heavier);
    for (size_t j = 0; j < D; j++)
        assert_true(scaling.feature[j].scale == heavier.feature[j].scale);
    assert_close(source_variance(&heavy, "c"), 4 * source_variance(&plain, "c"), 1e-12);
    assert_close(source_variance(&heavy, "b"), source_variance(&plain, "b"), 1e-12);
    bm_scaling_free(&scaling);
    bm_scaling_free(&heavier);
    bm_features_free(&plain);
    bm_features_free(&heavy);
}

static void what_a_difference_counts_is_the_mean_over_pairs_that_differ(void **state) {
    (void)state;
    bm_features own, z;
    bm_scaling scaling;
    bm_categories categories;
    mixed(&own, 0);
    mixed(&z, 0);
    own.n = z.n = 300;
    for (size_t j = 0; j < D; j++) {
        const char *source = own.feature[j].source;
        double weight = source[0] == 'a' ? 3 : source[0] == 'b' ? 1 + (double)(j % 4) : 1;
        own.feature[j].weight = z.feature[j].weight = weight;
        own.feature[j].clustered = z.feature[j].clustered = source[0] != 'c' || j % 2 == 0;
    }
    assert_int_equal(bm_categories_measure(&own, &categories, NULL), BM_OK);
    assert_int_equal(categories.count, 3);
    normalize(&z, "zscore", &scaling);
    for (size_t j = 0; j < D; j++) {
        if (!z.feature[j].clustered)
            for (size_t i = 0; i < z.n; i++)
                own.x[i * D + j] = z.x[i * D + j] = 0;
    }
    for (size_t c = 0; c < 3; c++) {
        const bm_category *category = &categories.category[c];
        double apart = bm_category_difference(&categories, category);
        assert_close(apart * apart, mean_square_where_they_differ(&z, &own, category->source),
                     1e-10);
    }
    bm_categories_free(&categories);
    bm_scaling_free(&scaling);
    bm_features_free(&own);
    bm_features_free(&z);
}

static void keep_line(void *arg, bm_level level, const char *text) {
    (void)level;
    snprintf(arg, 500, "%s", text);
}

static void assert_told(bm_features *features, const char *expected) {
    char told[500] = "";
    bm_log log = {.message = keep_line, .arg = told};
    const bm_context telling = {.log = &log};
    bm_scaling scaling;
    assert_int_equal(
        bm_normalize(features, bm_normalizer_find("none"), 0, &telling, &scaling, NULL), BM_OK);
    assert_string_equal(told, expected);
    assert_int_equal(log.warnings.count, 0);
    bm_log_free(&log);
    bm_scaling_free(&scaling);
    bm_features_free(features);
}

static void the_log_is_told_what_a_difference_counts(void **state) {
    (void)state;
    bm_features features;
    four_buyers(&features, 1);
    /* 2 × 10 / 0.625 = 32, and the root of 2 / 0.625 */
    assert_told(&features, "categories: estimated weight 32 for region: a difference counts as 1.8 "
                           "standard deviations of a number");
    four_buyers(&features, 0);
    assert_told(&features, "categories: estimated weight 3.2 for region");
    two_categories(&features, 1);
    /* 2 / ((5/8 + 3/8) / 2) = 4 times the variance 10 */
    assert_told(&features, "categories: estimated weight 40, the same for region, role: a "
                           "difference counts as 2.0 standard deviations of a number");
    two_categories(&features, 1);
    features.feature[3].weight = features.feature[4].weight = 0.25;
    assert_told(&features, "categories: estimated weight 40, the same for region, role: a "
                           "difference counts as 2.0 standard deviations of a number; with feature "
                           "weights and missing values: role 1.0");
    two_categories(&features, 0);
    features.feature[3].weight = features.feature[4].weight = 0.25;
    assert_told(&features, "categories: estimated weight 4, the same for region, role; with "
                           "feature weights and missing values: role 1");
}

static void long_names_and_many_categories_are_cut_in_the_line(void **state) {
    (void)state;
    enum { MANY = 12 };
    bm_category category[MANY];
    char name[3 * 50 + 1] = "", text[BM_CATEGORIES_TEXT];
    for (size_t i = 0; i < 50; i++)
        strcat(name, "\u20ac");
    for (size_t i = 0; i < MANY; i++)
        category[i] = (bm_category){name, 2, 0.5, 0.5 * (double)(i + 2), 0.5};
    const bm_categories categories = {.category = category, .count = MANY, .variance = 0.5};
    bm_categories_tell(&categories, 0, 1, text);
    assert_non_null(strstr(text, "categories: the same weight for \u20ac"));
    assert_non_null(strstr(text, " and 2 more: a difference counts as 2.0 "));
    char *clean;
    assert_int_equal(bm_text_clean(&clean, (bm_text){text, strlen(text)}, NULL), BM_OK);
    assert_string_equal(clean, text); /* no character is cut */
    free(clean);
}

/* A flag that `others` of 150 buyers have, a number, and another category if that is asked for. */
static size_t warnings_of_flag(size_t others, int beside, double weight) {
    bm_log log = {0};
    const bm_context telling = {.log = &log};
    bm_features features;
    bm_scaling scaling;
    size_t d = beside ? 5 : 3;
    assert_int_equal(bm_features_init(&features, 150, d, NULL), BM_OK);
    name_feature(&features, 0, "flag", 0);
    name_feature(&features, 1, "flag", 1);
    name_feature(&features, 2, "number", -1);
    features.feature[0].weight = features.feature[1].weight = weight;
    for (size_t j = 3; j < d; j++)
        name_feature(&features, j, "even", (int)j);
    for (size_t i = 0; i < 150; i++) {
        features.x[d * i + (i < others)] = 1;
        features.x[d * i + 2] = (double)i;
        if (beside)
            features.x[d * i + 3 + i % 2] = 1;
    }
    assert_int_equal(
        bm_normalize(&features, bm_normalizer_find("zscore"), 0, &telling, &scaling, NULL), BM_OK);
    size_t count = log.warnings.count;
    if (count > 0)
        assert_non_null(strstr(log.warnings.item[0], "\"flag\""));
    bm_log_free(&log);
    bm_scaling_free(&scaling);
    bm_features_free(&features);
    return count;
}

static void
values_that_nearly_all_share_are_warned_of_where_no_category_is_more_even(void **state) {
    (void)state;
    assert_int_equal(warnings_of_flag(1, 0, 1), 1);
    assert_int_equal(warnings_of_flag(2, 0, 1), 0);
    assert_int_equal(warnings_of_flag(1, 1, 1), 0);
    assert_int_equal(warnings_of_flag(1, 0, 0.1), 0);
}

/* One segment is wanted, so that categories of one value may stay. */
static void categories_that_do_not_vary_are_left_out_of_the_mean(void **state) {
    (void)state;
    bm_features features;
    two_categories(&features, 1);
    for (size_t i = 0; i < 4; i++)
        memcpy(features.x + i * features.d + 3, (double[]){1, 0}, 2 * sizeof(double));
    assert_told(&features, "categories: estimated weight 32 for region: a difference counts as 1.8 "
                           "standard deviations of a number");
}

static void one_segment_keeps_a_category_of_one_value_as_it_is(void **state) {
    (void)state;
    bm_features features;
    bm_scaling scaling;
    assert_int_equal(bm_features_init(&features, 3, 2, NULL), BM_OK);
    name_feature(&features, 0, "region", 0);
    name_feature(&features, 1, "spend", -1);
    for (size_t i = 0; i < 3; i++)
        memcpy(features.x + 2 * i, (double[]){1, 7}, 2 * sizeof(double));
    assert_int_equal(
        bm_normalize(&features, bm_normalizer_find("zscore"), 1, &context, &scaling, NULL), BM_OK);
    assert_true(scaling.feature[0].scale == 1 && features.x[0] == 1 && features.x[1] == 0);
    bm_scaling_free(&scaling);
    bm_features_free(&features);
}

static void numbers_too_large_to_weigh_categories_beside_are_bad_data(void **state) {
    (void)state;
    bm_features features;
    bm_scaling scaling;
    bm_error err;
    four_buyers(&features, 1);
    for (size_t i = 0; i < 4; i++)
        features.x[4 * i + 3] *= 1e200;
    assert_int_equal(
        bm_normalize(&features, bm_normalizer_find("none"), 0, &context, &scaling, &err), BM_DATA);
    assert_non_null(strstr(err.message, "\"region\""));
    bm_features_free(&features);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(categories_vary_as_numbers_do_on_average),
        cmocka_unit_test(
            the_scale_of_one_category_is_the_root_of_1_minus_squared_shares_by_what_numbers_vary),
        cmocka_unit_test(a_difference_counts_the_same_in_every_category),
        cmocka_unit_test(yes_and_no_count_as_the_same_column_of_0_and_1_z_scored),
        cmocka_unit_test(filled_indicators_vary_as_numbers_do_too),
        cmocka_unit_test(weights_multiply_squared_differences_and_change_no_scale),
        cmocka_unit_test(what_a_difference_counts_is_the_mean_over_pairs_that_differ),
        cmocka_unit_test(the_log_is_told_what_a_difference_counts),
        cmocka_unit_test(long_names_and_many_categories_are_cut_in_the_line),
        cmocka_unit_test(values_that_nearly_all_share_are_warned_of_where_no_category_is_more_even),
        cmocka_unit_test(categories_that_do_not_vary_are_left_out_of_the_mean),
        cmocka_unit_test(one_segment_keeps_a_category_of_one_value_as_it_is),
        cmocka_unit_test(numbers_too_large_to_weigh_categories_beside_are_bad_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
