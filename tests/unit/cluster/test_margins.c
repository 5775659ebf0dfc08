/* Distances to the own and the second centroid. */
#include "dataset.h"

#include "data/rows.h"
#include "kernel/distance.h"

static void margins_of(const bm_features *features, const bm_segmentation *map, double *distance,
                       int32_t *second, double *margin) {
    assert_int_equal(bm_margins(features, map, distance, second, margin, NULL), BM_OK);
}

static void margins_follow_from_the_two_nearest_centroids(void **state) {
    (void)state;
    static const double x[] = {0, 0, 3, 4, 6, 8, 6, 0};
    double centroid[] = {0, 0, 6, 8, 6, -2};
    int32_t label[] = {1, 1, 2, 3}, second[4];
    double distance[4], margin[4];
    bm_features features;
    make_features(&features, x, 4, 2);
    bm_segmentation map = {.n = 4, .k = 3, .d = 2, .label = label, .centroid = centroid};
    margins_of(&features, &map, distance, second, margin);
    assert_true(distance[0] <= 0);
    assert_int_equal(second[0], 3);
    assert_near(margin[0], 1, 0);
    assert_near(distance[1], 5, 1e-15); /* midway: no margin */
    assert_int_equal(second[1], 2);
    assert_true(fabs(margin[1]) <= 0);
    assert_int_equal(second[2], 1); /* ties, here at distance 10, go to the lower segment */
    assert_near(margin[2], 1, 0);
    assert_near(distance[3], 2, 1e-15);
    assert_int_equal(second[3], 1);
    assert_near(margin[3], 1 - 2.0 / 6, 1e-15);
    bm_features_free(&features);
}

static void one_segment_has_no_second(void **state) {
    (void)state;
    static const double x[] = {0, 3};
    double centroid[] = {1}, distance[2], margin[2];
    int32_t label[] = {1, 1}, second[2];
    bm_features features;
    make_features(&features, x, 2, 1);
    bm_segmentation map = {.n = 2, .k = 1, .d = 1, .label = label, .centroid = centroid};
    margins_of(&features, &map, distance, second, margin);
    assert_int_equal(second[0], 0);
    assert_near(distance[1], 2, 0);
    assert_true(isnan(margin[0]) && isnan(margin[1]));
    bm_features_free(&features);
}

static void a_buyer_nearer_to_another_centroid_has_a_negative_margin(void **state) {
    (void)state;
    /* as in hierarchical maps; and centroids that coincide */
    static const double x[] = {1, 2, 5};
    double centroid[] = {5, 2, 2}, distance[3], margin[3];
    int32_t label[] = {1, 2, 2}, second[3];
    bm_features features;
    make_features(&features, x, 3, 1);
    bm_segmentation map = {.n = 3, .k = 3, .d = 1, .label = label, .centroid = centroid};
    margins_of(&features, &map, distance, second, margin);
    assert_near(margin[0], 1 - 4.0, 1e-15);
    assert_int_equal(second[1], 3);
    assert_true(fabs(margin[1]) <= 0);
    assert_int_equal(second[2], 1);
    assert_true(isnan(margin[2])); /* on the other's centroid: no finite margin */
    bm_features_free(&features);
}

static void no_margin_of_a_kmeans_map_is_missing_or_negative(void **state) {
    (void)state;
    bm_features clouds;
    make_clouds(&clouds, 9000, 3, 6, 4);
    bm_context context = {.seed = 1};
    bm_cluster_options options = options_for("kmeans", 6, 6);
    options.quality = 0;
    bm_clustering clustering;
    static double distance[9000], margin[9000];
    static int32_t second[9000];
    assert_int_equal(bm_cluster(&clouds, &options, NULL, &context, &clustering, NULL), BM_OK);
    margins_of(&clouds, &clustering.chosen, distance, second, margin);
    double inertia = 0;
    for (size_t i = 0; i < 9000; i++) {
        assert_true(margin[i] >= 0 && margin[i] <= 1);
        assert_in_range(second[i], 1, 6);
        assert_int_not_equal(second[i], clustering.chosen.label[i]);
        inertia += distance[i] * distance[i];
    }
    assert_near(inertia, clustering.chosen.inertia, 1e-12);
    bm_clustering_free(&clustering);
    bm_features_free(&clouds);
}

/* In any block, of either precision, for few and many features and centroids: as plain distances
 * have it, bit for bit. Rows repeat and centroids repeat, so there are ties. */
static void margins_of_any_rows_are_those_of_plain_distances(void **state) {
    (void)state;
    enum { N = 1500, D = 131, K = 19 };
    static double x[N * D], centroid[K * D], distance[N], margin[N];
    static int32_t label[N], second[N];
    uint64_t random = 3;
    for (size_t d = 1; d <= D; d += d < 10 ? 4 : 61) {
        size_t k = 1 + d % K, first = 7 * d;
        bm_features features;
        for (size_t i = 0; i < N * d; i++)
            x[i] = (double)(float)(i / d % 3 == 0 ? 1.0 : next_random(&random));
        for (size_t j = 0; j < k * d; j++)
            centroid[j] = j / d % 4 == 3 ? centroid[j % d] : next_random(&random);
        for (size_t i = 0; i < N; i++)
            label[i] = 1 + (int32_t)(i * 5 % k);
        make_features(&features, x, N, d);
        bm_segmentation map = {.n = N, .k = k, .d = d, .label = label, .centroid = centroid};
        for (int single = 0; single < 2; single++) {
            if (single)
                assert_int_equal(bm_features_make_single(&features, NULL), BM_OK);
            size_t count = single ? N - first : 300;
            bm_margins_rows(&features, &map, first, count, distance, second, margin);
            for (size_t i = 0; i < count; i++) {
                const double *row = x + (first + i) * d;
                size_t own = (size_t)label[first + i] - 1, best = k;
                double least = INFINITY;
                for (size_t j = 0; j < k; j++) {
                    double square = bm_squared_distance(row, centroid + j * d, d);
                    if (j != own && (best == k || square < least)) {
                        least = square;
                        best = j;
                    }
                }
                double to = sqrt(bm_squared_distance(row, centroid + own * d, d));
                double wanted = 1 - to / sqrt(least);
                assert_int_equal(second[i], best == k ? 0 : best + 1);
                assert_memory_equal(&distance[i], &to, sizeof to);
                if (k > 1)
                    assert_memory_equal(&margin[i], &wanted, sizeof wanted);
                else
                    assert_true(isnan(margin[i]));
            }
        }
        bm_features_free(&features);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(margins_follow_from_the_two_nearest_centroids),
        cmocka_unit_test(one_segment_has_no_second),
        cmocka_unit_test(a_buyer_nearer_to_another_centroid_has_a_negative_margin),
        cmocka_unit_test(margins_of_any_rows_are_those_of_plain_distances),
        cmocka_unit_test(no_margin_of_a_kmeans_map_is_missing_or_negative),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
