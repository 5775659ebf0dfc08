/* Gower's dissimilarity: figures of R's cluster::daisy, the formula itself, what is not defined. */
#include "cluster/gower.h"
#include "data/values.h"
#include "mixed.h"

static const bm_context context = {.seed = 1};

/* The formula, in long doubles, straight from the cells. */
static double formula(const mixed *of, const double *cell, size_t a, size_t b) {
    size_t columns = mixed_columns(of);
    long double sum = 0, total = 0;
    for (size_t c = 0; c < columns; c++) {
        double x = cell[a * columns + c], y = cell[b * columns + c], w = mixed_weight(of, c);
        double low = INFINITY, high = -INFINITY;
        if (isnan(x) || isnan(y))
            continue;
        for (size_t i = 0; i < of->n; i++) {
            low = fmin(low, cell[i * columns + c]);
            high = fmax(high, cell[i * columns + c]);
        }
        total += w;
        if (c >= of->numbers)
            sum += w * (x < y || x > y);
        else if (high > low)
            sum += w * fabsl((long double)x - y) / ((long double)high - low);
    }
    return (double)(sum / total);
}

static void it_is_the_formula(void **state) {
    (void)state;
    static const mixed sets[] = {{40, 4, 0, 1, 0, 0},   {60, 3, 2, 4, 0, 0}, {601, 5, 3, 3, .3, 1},
                                 {50, 1, 66, 2, .6, 1}, {30, 1, 0, 1, 0, 0}, {80, 70, 5, 5, .2, 1}};
    static double tile[601 * 601];
    for (size_t s = 0; s < sizeof sets / sizeof *sets; s++) {
        const mixed *of = &sets[s];
        double *cell = mixed_cells(of, s + 5);
        bm_features features;
        bm_dissimilarity gower;
        mixed_features(of, cell, &features);
        assert_int_equal(bm_gower(&features, &context, &gower, NULL), BM_OK);
        assert_int_equal(gower.n, of->n);
        gower.tile(&gower, 0, of->n, 0, of->n, of->n, tile);
        for (size_t i = 0; i < of->n; i++)
            for (size_t j = 0; j < of->n; j++) {
                double expected = formula(of, cell, i, j), *got = &tile[i * of->n + j];
                if (!(fabs(*got - expected) <= 1e-13))
                    fail_msg("set %zu: %zu and %zu: %.17g is not %.17g", s, i, j, *got, expected);
                assert_memory_equal(got, &tile[j * of->n + i], sizeof *got);
                assert_true(i != j || *got == 0);
            }
        bm_dissimilarity_free(&gower);
        bm_features_free(&features);
        free(cell);
    }
}

static void rows_that_are_selected_keep_their_bits(void **state) {
    (void)state;
    static const size_t row[] = {3, 399, 17, 18, 200, 3};
    const mixed of = {400, 4, 2, 3, .2, 1};
    double *cell = mixed_cells(&of, 11), all[400], some[6], euclid[400], few[6];
    bm_features features, points;
    bm_dissimilarity gower, part, distance, near;
    mixed_features(&of, cell, &features);
    make_clouds(&points, 400, 5, 4, 3);
    assert_int_equal(bm_gower(&features, &context, &gower, NULL), BM_OK);
    assert_int_equal(gower.select(&gower, row, 6, &part, NULL), BM_OK);
    assert_int_equal(bm_euclidean(&points, &distance, NULL), BM_OK);
    assert_int_equal(distance.select(&distance, row, 6, &near, NULL), BM_OK);
    assert_int_equal(part.n, 6);
    for (size_t i = 0; i < 6; i++) {
        gower.tile(&gower, row[i], 1, 0, 400, 400, all);
        part.tile(&part, i, 1, 0, 6, 6, some);
        distance.tile(&distance, row[i], 1, 0, 400, 400, euclid);
        near.tile(&near, i, 1, 0, 6, 6, few);
        for (size_t j = 0; j < 6; j++) {
            assert_memory_equal(&some[j], &all[row[j]], sizeof *all);
            assert_memory_equal(&few[j], &euclid[row[j]], sizeof *all);
        }
    }
    bm_dissimilarity_free(&gower);
    bm_dissimilarity_free(&part);
    bm_dissimilarity_free(&distance);
    bm_dissimilarity_free(&near);
    bm_features_free(&features);
    bm_features_free(&points);
    free(cell);
}

static void fill_columns(bm_features *features, const double *x, size_t n, size_t d,
                         const char *const *source) {
    make_features(features, x, n, d);
    for (size_t j = 0; j < d; j++)
        assert_int_equal(
            bm_feature_set(&features->feature[j], source[j], source[j],
                           source[j][0] == 'c' ? BM_FEATURE_INDICATOR : BM_FEATURE_NUMBER, NULL),
            BM_OK);
}

/* daisy(data.frame(a = c(1, 4, NA, 11), b = c(.5, .25, .125, NA), c = factor(c("x", "y", "z",
 * "x"))), metric = "gower", weights = c(1, 3, .75)), cluster 2.1.4, R 4.2. */
static void a_table_has_the_figures_of_daisy(void **state) {
    (void)state;
    static const char *const source[] = {"a", "b", "c", "c", "c"};
    static const double x[] = {1,   .5,   1, 0, 0, 4,  .25, 0, 1, 0, /* */
                               NAN, .125, 0, 0, 1, 11, NAN, 1, 0, 0};
    static const double daisy[4][4] = {
        {0, 0.64210526315789473, 1, 0.5714285714285714},
        {0.64210526315789473, 0, 0.46666666666666667, 0.82857142857142851},
        {1, 0.46666666666666667, 0, 1},
        {0.5714285714285714, 0.82857142857142851, 1, 0}};
    bm_features features;
    bm_dissimilarity gower;
    double tile[16];
    fill_columns(&features, x, 4, 5, source);
    features.feature[1].weight = 3;
    for (size_t j = 2; j < 5; j++)
        features.feature[j].weight = 0.75;
    assert_int_equal(bm_gower(&features, &context, &gower, NULL), BM_OK);
    gower.tile(&gower, 0, 4, 0, 4, 4, tile);
    for (size_t i = 0; i < 16; i++)
        assert_true(fabs(tile[i] - daisy[i / 4][i % 4]) <= 1e-12);
    bm_dissimilarity_free(&gower);
    bm_features_free(&features);
}

/* Of a category only one value may be clustered on; the others are then one. What is not clustered
 * does not count; limits clip. */
static void only_what_is_clustered_counts(void **state) {
    (void)state;
    static const char *const source[] = {"a", "c", "b"};
    static const double x[] = {0, 1, 5, 10, 0, 7, 1000, 0, 9};
    bm_features features;
    bm_dissimilarity gower;
    double tile[9];
    fill_columns(&features, x, 3, 3, source);
    features.feature[2].clustered = 0;
    features.feature[0].high = 20;
    assert_int_equal(bm_gower(&features, &context, &gower, NULL), BM_OK);
    gower.tile(&gower, 0, 3, 0, 3, 3, tile);
    assert_true(fabs(tile[1] - (0.5 + 1) / 2) < 1e-15);
    assert_true(fabs(tile[2] - (1.0 + 1) / 2) < 1e-15);
    assert_true(fabs(tile[5] - 0.5 / 2) < 1e-15);
    bm_dissimilarity_free(&gower);
    bm_features_free(&features);
}

static void ranges_that_no_double_holds_are_no_obstacle(void **state) {
    (void)state;
    static const char *const source[] = {"a"};
    static const double x[] = {-1.5e308, 1.5e308, 0, 5e-324};
    bm_features features;
    bm_dissimilarity gower;
    double tile[16];
    fill_columns(&features, x, 4, 1, source);
    assert_int_equal(bm_gower(&features, &context, &gower, NULL), BM_OK);
    gower.tile(&gower, 0, 4, 0, 4, 4, tile);
    assert_true(tile[1] == 1 && fabs(tile[2] - 0.5) < 1e-15 && tile[11] == 0);
    bm_dissimilarity_free(&gower);
    bm_features_free(&features);
}

/* Rows 0 … 9 know only the first column, row 10 only the second, the rest both. */
static void two_buyers_without_a_common_value_are_refused(void **state) {
    (void)state;
    enum { N = 300 };
    static const char *const source[] = {"a", "b"};
    double x[2 * N];
    bm_features features;
    bm_dissimilarity gower;
    bm_error err = {0};
    for (size_t i = 0; i < N; i++) {
        x[2 * i] = i == 10 ? NAN : (double)(i % 7);
        x[2 * i + 1] = i < 10 ? NAN : (double)(i % 5);
    }
    fill_columns(&features, x, N, 2, source);
    assert_int_equal(bm_gower(&features, &context, &gower, &err), BM_DATA);
    assert_non_null(strstr(err.message, "11 of the 300 buyers have no value in any column"));
    assert_null(gower.data);
    features.x[20] = 1; /* now row 10 knows both */
    assert_int_equal(bm_gower(&features, &context, &gower, &err), BM_OK);
    bm_dissimilarity_free(&gower);
    bm_features_free(&features);
}

static void what_does_not_fit_is_refused(void **state) {
    (void)state;
    const mixed of = {400, 4, 2, 3, .2, 1};
    const bm_context small = {.memory_limit = 4096};
    double *cell = mixed_cells(&of, 11);
    bm_features features;
    bm_dissimilarity gower;
    mixed_features(&of, cell, &features);
    assert_int_equal(bm_gower(&features, &small, &gower, NULL), BM_LIMIT);
    assert_true(bm_gower_memory(SIZE_MAX / 2, 8) == SIZE_MAX);
    bm_features_free(&features);
    free(cell);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_formula),
        cmocka_unit_test(rows_that_are_selected_keep_their_bits),
        cmocka_unit_test(a_table_has_the_figures_of_daisy),
        cmocka_unit_test(only_what_is_clustered_counts),
        cmocka_unit_test(ranges_that_no_double_holds_are_no_obstacle),
        cmocka_unit_test(two_buyers_without_a_common_value_are_refused),
        cmocka_unit_test(what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
