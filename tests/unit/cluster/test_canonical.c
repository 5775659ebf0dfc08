/* Canonical segment ids: by falling size, then by centroid. */
#include "dataset.h"

#include "cluster/distinct.h"
#include "cluster/partition.h"
#include "data/rows.h"

static void larger_segments_come_first_and_equal_ones_by_centroid(void **state) {
    (void)state;
    static const size_t size[] = {3, 7, 3, 9, 3, 3};
    static const double centroid[] = {2, 5, 0, 0, 2, 4, 9, 9, -1, 8, 2, 5};
    /* 3 (9 buyers), 1 (7), then those of 3 buyers: (-1, 8), (2, 4), (2, 5) twice by index */
    static const size_t expected[] = {3, 1, 4, 2, 0, 5};
    size_t order[6];
    assert_int_equal(bm_canonical_order(size, centroid, 6, 2, order), 0);
    assert_memory_equal(order, expected, sizeof expected);
}

static void segments_in_order_are_left_alone(void **state) {
    (void)state;
    static const size_t size[] = {5, 4, 4};
    static const double centroid[] = {9, 1, 2};
    size_t order[3];
    assert_int_equal(bm_canonical_order(size, centroid, 3, 1, order), 1);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(order[i], i);
}

static void ordering_a_partition_moves_all_that_belongs_to_a_segment(void **state) {
    (void)state;
    static const double x[] = {10, 0, 11, 0, 12, 50, 0.5};
    static const int32_t label[] = {1, 2, 1, 2, 1, 0, 2}; /* sizes 1, 3, 3 */
    bm_features features;
    bm_partition partition;
    bm_segmentation map = {0};
    make_features(&features, x, 7, 1);
    assert_int_equal(bm_partition_init(&partition, &features, 3, NULL), BM_OK);
    memcpy(partition.label, label, sizeof label);
    assert_int_equal(bm_partition_means(&partition, NULL), BM_OK);
    assert_int_equal(bm_partition_measure(&partition, NULL), BM_OK);
    double inertia = partition.inertia;
    bm_partition_order(&partition);
    assert_int_equal(bm_partition_segmentation(&partition, &map, NULL), BM_OK);
    static const int32_t expected[] = {2, 1, 2, 1, 2, 3, 1};
    static const size_t size[] = {3, 3, 1};
    assert_memory_equal(map.label, expected, sizeof expected);
    assert_memory_equal(map.size, size, sizeof size);
    assert_near(map.centroid[0], 0.5 / 3, 1e-15);
    assert_near(map.centroid[1], 11, 1e-15);
    assert_near(map.centroid[2], 50, 1e-15);
    assert_near(map.inertia_of[1], 2, 1e-15);
    assert_near(map.weight[1], 3, 0);
    assert_near(map.inertia, inertia, 1e-15);
    bm_segmentation_free(&map);
    bm_partition_free(&partition);
    bm_features_free(&features);
}

static void distinct_rows_are_counted_up_to_the_limit(void **state) {
    (void)state;
    static const double x[] = {1, 2, 0.0, 1, 1, 2, -0.0, 1, 2, 1};
    bm_features features;
    size_t count;
    make_features(&features, x, 5, 2);
    assert_int_equal(bm_distinct_rows(&features, 5, &count, NULL), BM_OK);
    assert_int_equal(count, 3); /* −0 equals 0 */
    assert_int_equal(bm_distinct_rows(&features, 2, &count, NULL), BM_OK);
    assert_int_equal(count, 2);
    assert_int_equal(bm_distinct_rows(&features, SIZE_MAX, &count, NULL), BM_OK);
    assert_int_equal(count, 3);
    bm_features_free(&features);
}

/* Rows of which few are distinct, and those far apart; of either precision. */
static void distinct_rows_are_found_wherever_they_are(void **state) {
    (void)state;
    enum { N = 40000, D = 3 };
    static const size_t at[] = {0, 900, 1500, 8191, 8192, 20000, 20001, N - 1};
    for (int single = 0; single < 2; single++) {
        bm_features features;
        size_t count;
        assert_int_equal(bm_features_init(&features, N, D, NULL), BM_OK);
        for (size_t i = 0; i < 8; i++)
            features.x[at[i] * D + at[i] % D] = i == 4 ? 2 : (double)(i + 1);
        /* 900 and 8192 have the same value in different features */
        memcpy(features.x + 20001 * D, features.x + 20000 * D, D * sizeof(double));
        if (single)
            assert_int_equal(bm_features_make_single(&features, NULL), BM_OK);
        for (size_t limit = 1; limit < 20; limit++) {
            assert_int_equal(bm_distinct_rows(&features, limit, &count, NULL), BM_OK);
            assert_int_equal(count, limit < 8 ? limit : 8);
        }
        bm_features_free(&features);
    }
}

static void sums_of_chunks_stay_within_their_room(void **state) {
    (void)state;
    static const size_t rows[] = {1, 2, 100, 8192, 8193, 50000, 5000000};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
        for (size_t most = 1; most <= rows[r] && most < 100000; most = most * 3 + 1)
            for (size_t k = 1; k <= most; k = k * 2 + 1) {
                size_t each = bm_cluster_chunk_rows(rows[r], k);
                size_t chunks = rows[r] / each + (rows[r] % each != 0);
                assert_true(chunks <= 256);
                assert_true(chunks * k * 5 <= bm_cluster_sums(rows[r], most, 5));
            }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(larger_segments_come_first_and_equal_ones_by_centroid),
        cmocka_unit_test(segments_in_order_are_left_alone),
        cmocka_unit_test(ordering_a_partition_moves_all_that_belongs_to_a_segment),
        cmocka_unit_test(distinct_rows_are_counted_up_to_the_limit),
        cmocka_unit_test(distinct_rows_are_found_wherever_they_are),
        cmocka_unit_test(sums_of_chunks_stay_within_their_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
