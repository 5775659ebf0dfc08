/* Coarse trees: micro-segments hold all buyers, and the tree above them all of the inertia. */
#include "cluster/cluster.h"
#include "cluster/micro.h"

#include "base/parallel.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS = 4000, D = 5, CLOUDS = 6 };

static const bm_context context = {.seed = 3};

static double noise(uint64_t *state) {
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return (double)(*state >> 11) * 0x1p-53;
}

/* Clouds some way apart; with weights of 1, 2, 3, …, 5 where asked for. */
static bm_features clouds(int weighted) {
    bm_features features;
    uint64_t state = 11;
    assert_int_equal(bm_features_init(&features, ROWS, D, NULL), BM_OK);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t f = 0; f < D; f++)
            features.x[i * D + f] = (double)(i % CLOUDS == f) * 9 + noise(&state) + noise(&state);
    if (weighted) {
        features.weight = malloc(ROWS * sizeof *features.weight);
        assert_non_null(features.weight);
        for (size_t i = 0; i < ROWS; i++)
            features.weight[i] = 1 + (double)(i % 5);
    }
    return features;
}

static double inertia_of_all(const bm_features *features) {
    double weight = 0, sum = 0, mean[D] = {0};
    for (size_t i = 0; i < ROWS; i++) {
        weight += bm_weight_of(features->weight, i);
        for (size_t f = 0; f < D; f++)
            mean[f] += bm_weight_of(features->weight, i) * features->x[i * D + f];
    }
    for (size_t i = 0; i < ROWS; i++)
        for (size_t f = 0; f < D; f++) {
            double apart = features->x[i * D + f] - mean[f] / weight;
            sum += bm_weight_of(features->weight, i) * apart * apart;
        }
    return sum;
}

static bm_clustering coarse(const bm_features *features, size_t leaves, size_t k) {
    const bm_cluster_options options = {.method = bm_clusterer_find("ward"),
                                        .k_low = k,
                                        .k_high = k,
                                        .quality = 0,
                                        .coarse = leaves};
    bm_clustering clustering;
    bm_error err = {0};
    if (bm_cluster(features, &options, NULL, &context, &clustering, &err) != BM_OK)
        fail_msg("%s", err.message);
    return clustering;
}

static void micro_segments_hold_every_buyer_once(void **unused) {
    (void)unused;
    for (int weighted = 0; weighted < 2; weighted++) {
        bm_features features = clouds(weighted);
        bm_micro micro;
        assert_int_equal(bm_micro_make(&features, 90, &context, &micro, NULL), BM_OK);
        assert_in_range(micro.count, CLOUDS, 90);
        size_t *buyers = calloc(micro.count, sizeof *buyers);
        double *sum = calloc(micro.count * D, sizeof *sum);
        double *weight = calloc(micro.count, sizeof *weight);
        assert_true(buyers != NULL && sum != NULL && weight != NULL);
        for (size_t i = 0; i < ROWS; i++) {
            size_t of = (size_t)micro.of[i];
            assert_in_range(micro.of[i], 0, (int32_t)micro.count - 1);
            buyers[of]++;
            weight[of] += bm_weight_of(features.weight, i);
            for (size_t f = 0; f < D; f++)
                sum[of * D + f] += bm_weight_of(features.weight, i) * features.x[i * D + f];
        }
        for (size_t of = 0; of < micro.count; of++) {
            assert_int_equal(micro.buyers[of], buyers[of]);
            assert_true(buyers[of] > 0);
            assert_true(micro.weight[of] == weight[of]);
            for (size_t f = 0; f < D; f++)
                assert_true(fabs(micro.centroid[of * D + f] - sum[of * D + f] / weight[of]) <
                            1e-12);
        }
        free(buyers);
        free(sum);
        free(weight);
        bm_micro_free(&micro);
        bm_features_free(&features);
    }
}

/* Half the squared heights of all merges and the inertia within the leaves are that of the buyers
 * about their mean: nothing is lost. */
static void heights_and_leaves_have_all_the_inertia(void **unused) {
    (void)unused;
    for (int weighted = 0; weighted < 2; weighted++) {
        bm_features features = clouds(weighted);
        bm_clustering clustering = coarse(&features, 150, CLOUDS);
        const bm_segmentation *map = &clustering.chosen;
        double sum = 0, all = inertia_of_all(&features);
        assert_int_equal(map->tree.n, map->micro.count);
        for (size_t leaf = 0; leaf < map->micro.count; leaf++)
            sum += map->micro.inertia[leaf];
        for (size_t m = 0; m + 1 < map->tree.n; m++)
            sum += map->tree.merge[m].height * map->tree.merge[m].height / 2;
        assert_true(fabs(sum - all) < 1e-9 * all);
        /* The clouds are found, and nobody is parted from their micro-segment. */
        for (size_t i = 0; i < ROWS; i++)
            assert_int_equal(map->label[i], map->label[i % CLOUDS]);
        bm_clustering_free(&clustering);
        bm_features_free(&features);
    }
}

static void with_room_for_every_buyer_the_tree_is_exact(void **unused) {
    (void)unused;
    bm_features features = clouds(0);
    bm_clustering plain = coarse(&features, 0, 9), roomy = coarse(&features, ROWS, 9);
    assert_int_equal(roomy.chosen.micro.count, 0);
    assert_memory_equal(plain.chosen.tree.merge, roomy.chosen.tree.merge,
                        (ROWS - 1) * sizeof *plain.chosen.tree.merge);
    assert_memory_equal(plain.chosen.label, roomy.chosen.label, ROWS * sizeof *plain.chosen.label);
    bm_clustering_free(&plain);
    bm_clustering_free(&roomy);
    bm_features_free(&features);
}

static void threads_and_precision_of_the_matrix_make_no_other_leaves(void **unused) {
    (void)unused;
    static const int threads[] = {1, 2, 7};
    bm_features features = clouds(1);
    for (size_t i = 0; i < ROWS * D; i++) /* as floats have it */
        features.x[i] = (double)(float)features.x[i];
    bm_clustering first = {0};
    for (size_t t = 0; t < 4; t++) {
        bm_set_threads(threads[t % 3]);
        if (t == 3)
            assert_int_equal(bm_features_make_single(&features, NULL), BM_OK);
        bm_clustering again = coarse(&features, 200, 7);
        if (t == 0) {
            first = again;
            continue;
        }
        assert_int_equal(first.chosen.micro.count, again.chosen.micro.count);
        assert_memory_equal(first.chosen.micro.of, again.chosen.micro.of,
                            ROWS * sizeof *first.chosen.micro.of);
        assert_memory_equal(first.chosen.tree.merge, again.chosen.tree.merge,
                            (first.chosen.tree.n - 1) * sizeof *first.chosen.tree.merge);
        bm_clustering_free(&again);
    }
    bm_set_threads(0);
    bm_clustering_free(&first);
    bm_features_free(&features);
}

static void the_default_range_of_k_ends_where_the_micro_segments_do(void **unused) {
    (void)unused;
    const bm_cluster_options options = {
        .method = bm_clusterer_find("ward"), .k_low = 2, .k_high = 12, .k_auto = 1, .coarse = 12};
    bm_features features = clouds(0);
    bm_clustering clustering;
    bm_error err = {0};
    /* 13 kinds of buyers, all but two of them so rare that no sample has them all. */
    for (size_t i = 0; i < ROWS * D; i++)
        features.x[i] = (double)(i / D < 11 ? i / D + 2 : i / D % 2);
    if (bm_cluster(&features, &options, NULL, &context, &clustering, &err) != BM_OK)
        fail_msg("%s", err.message);
    assert_in_range(clustering.chosen.micro.count, 2, 11);
    assert_int_equal(clustering.tried, clustering.chosen.micro.count);
    assert_in_range(clustering.chosen.k, 1, clustering.chosen.micro.count);
    bm_clustering_free(&clustering);
    bm_features_free(&features);
}

static void equal_buyers_are_fewer_micro_segments(void **unused) {
    (void)unused;
    bm_features features = clouds(0);
    for (size_t i = 0; i < ROWS * D; i++)
        features.x[i] = (double)(i / D % 11);
    bm_clustering clustering = coarse(&features, 500, 4);
    assert_int_equal(clustering.chosen.micro.count, 11);
    for (size_t leaf = 0; leaf < 11; leaf++)
        assert_true(clustering.chosen.micro.inertia[leaf] == 0);
    bm_clustering_free(&clustering);
    const bm_cluster_options options = {
        .method = bm_clusterer_find("ward"), .k_low = 12, .k_high = 12, .coarse = 500};
    bm_error err = {0};
    assert_int_equal(bm_cluster(&features, &options, NULL, &context, &clustering, &err),
                     BM_DEGENERATE);
    bm_features_free(&features);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(micro_segments_hold_every_buyer_once),
        cmocka_unit_test(heights_and_leaves_have_all_the_inertia),
        cmocka_unit_test(with_room_for_every_buyer_the_tree_is_exact),
        cmocka_unit_test(threads_and_precision_of_the_matrix_make_no_other_leaves),
        cmocka_unit_test(the_default_range_of_k_ends_where_the_micro_segments_do),
        cmocka_unit_test(equal_buyers_are_fewer_micro_segments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
