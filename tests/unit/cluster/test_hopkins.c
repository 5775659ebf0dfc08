/* The Hopkins statistic: what it must be where that is known. */
#include "dataset.h"

#include "cluster/hopkins.h"

static double hopkins_of(const bm_features *features, uint64_t seed, double *cloud) {
    double value;
    assert_int_equal(bm_hopkins(features, seed, &value, cloud, NULL), BM_OK);
    return value;
}

static double mean_of(bm_features *features, double *cloud) {
    double sum = 0, clouds = 0, one;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        sum += hopkins_of(features, seed, &one) / 10;
        clouds += one / 10;
    }
    *cloud = clouds;
    return sum;
}

static void even_spread_crowds_and_rows_are_told_apart(void **state) {
    (void)state;
    bm_features even, crowds, rows;
    uint64_t random = 7;
    double cloud;
    assert_int_equal(bm_features_init(&even, 1000, 2, NULL), BM_OK);
    assert_int_equal(bm_features_init(&rows, 1024, 2, NULL), BM_OK);
    for (size_t i = 0; i < 2000; i++) /* wider one way: the components are the features */
        even.x[i] = next_random(&random) * (i % 2 == 0 ? 2 : 1);
    for (size_t i = 0; i < 1024; i++) {
        rows.x[2 * i] = (double)(i % 32);
        rows.x[2 * i + 1] = (double)(i / 32) * 0.75;
    }
    make_clouds(&crowds, 1000, 2, 4, 3);
    /* H of points without order is Beta(m, m), m = 100: 0.5 and sd 0.035, and a mean of ten has a
     * third of that; edges push it up a little. */
    double value = mean_of(&even, &cloud);
    assert_true(value > 0.46 && value < 0.58);
    assert_true(cloud > 0.8); /* a normal cloud crowds in the middle of its box */
    assert_true(mean_of(&crowds, &cloud) > 0.95);
    /* On a grid w is 0.75, and u² from the nearest of the corners (0.25 + 0.75²)/3 on average, but
     * at the rim. */
    assert_near(mean_of(&rows, &cloud), 0.1302 / (0.1302 + 0.5625), 0.1);
    bm_features_free(&even);
    bm_features_free(&crowds);
    bm_features_free(&rows);
}

static void many_features_do_not_overflow(void **state) {
    (void)state;
    bm_features features;
    uint64_t random = 7;
    double cloud;
    assert_int_equal(bm_features_init(&features, 100, 300, NULL), BM_OK);
    for (size_t i = 0; i < 30000; i++)
        features.x[i] = 1e4 * next_random(&random);
    double value = hopkins_of(&features, 1, &cloud);
    assert_true(value >= 0 && value <= 1 && cloud >= 0 && cloud <= 1);
    bm_features_free(&features);
}

static void where_nothing_varies_there_is_none(void **state) {
    (void)state;
    static const double equal[] = {4, 4, 4, 4, 4, 4};
    bm_features features;
    double value, cloud;
    make_features(&features, equal, 3, 2);
    assert_int_equal(bm_hopkins(&features, 1, &value, &cloud, NULL), BM_OK);
    assert_true(isnan(value) && isnan(cloud));
    features.n = 1;
    assert_int_equal(bm_hopkins(&features, 1, &value, &cloud, NULL), BM_OK);
    assert_true(isnan(value) && isnan(cloud));
    bm_features_free(&features);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(even_spread_crowds_and_rows_are_told_apart),
        cmocka_unit_test(many_features_do_not_overflow),
        cmocka_unit_test(where_nothing_varies_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
