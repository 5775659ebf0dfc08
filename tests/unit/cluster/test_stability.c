/* Stability of segments. The figures of iris are made by scikit-learn 1.2.1 (50 starts) and SciPy
 * 1.10.1 on the same draws, which NumPy's MT19937 repeats; fpc::clusterboot (R, fpc 2.2-10, 200
 * bootstraps of its own) gives k-means .92, 1, .90 and Ward .84, 1, .84. */
#include "dataset.h"

#include "base/parallel.h"
#include "cluster/stability.h"

static const bm_context CONTEXT = {.seed = 1};

/* The map of features, and its stability over `bootstraps`; the caller frees the map. */
static bm_clustering map_of(const bm_features *features, bm_cluster_options options,
                            size_t bootstraps) {
    bm_clustering map;
    options.quality = 0;
    options.stability = bootstraps;
    assert_int_equal(bm_cluster(features, &options, NULL, &CONTEXT, &map, NULL), BM_OK);
    assert_int_equal(bm_cluster_stability(features, &options, &CONTEXT, &map, NULL), BM_OK);
    return map;
}

/* A standard normal value (Box and Muller 1958). */
static double next_normal(uint64_t *state) {
    double radius = sqrt(-2 * log(1 - next_random(state)));
    return radius * cos(2 * acos(-1) * next_random(state));
}

static void make_normal_cloud(bm_features *features, size_t n, size_t d, uint64_t seed) {
    uint64_t state = seed;
    assert_int_equal(bm_features_init(features, n, d, NULL), BM_OK);
    for (size_t i = 0; i < n * d; i++)
        features->x[i] = next_normal(&state);
}

static void iris_is_as_stable_as_scikit_learn_and_scipy_find_it(void **state) {
    (void)state;
    static const struct {
        const char *method;
        double stability[3];
    } known[] = {
        {"kmeans", {0.904222724065733, 1, 0.87943273430959}},
        {"ward", {0.883421088652684, 1, 0.846582524445042}},
        {"average", {0.781517077930314, 1, 0.492259912250524}},
        {"single", {0.985032202065518, 1, 0.618087763427875}},
        {"complete", {0.78022925160228, 0.991111111111111, 0.684178313557158}},
    };
    bm_features iris;
    if (!read_iris(&iris))
        skip();
    for (size_t m = 0; m < sizeof known / sizeof known[0]; m++) {
        bm_clustering map = map_of(&iris, options_for(known[m].method, 3, 3), 20);
        double mean = 0;
        for (size_t s = 0; s < 3; s++) {
            assert_near(map.chosen.stability[s], known[m].stability[s], 1e-13);
            mean += (double)map.chosen.size[s] / 150 * map.chosen.stability[s];
        }
        assert_near(map.quality[0].stability, mean, 1e-14);
        assert_true(map.stability_seconds > 0);
        bm_clustering_free(&map);
    }
    bm_features_free(&iris);
}

static void separate_segments_are_valid_and_those_of_a_cloud_are_not(void **state) {
    (void)state;
    bm_features clouds, cloud;
    make_clouds(&clouds, 600, 3, 4, 2);
    make_normal_cloud(&cloud, 400, 5, 3);
    bm_clustering apart = map_of(&clouds, options_for("kmeans", 4, 4), 30);
    for (size_t s = 0; s < 4; s++)
        assert_near(apart.chosen.stability[s], 1, 1e-15);
    bm_clustering drawn = map_of(&cloud, options_for("kmeans", 5, 5), 50);
    for (size_t s = 0; s < 5; s++)
        assert_true(drawn.chosen.stability[s] < BM_STABLE);
    assert_true(drawn.quality[0].stability < 0.6);
    bm_clustering_free(&apart);
    bm_clustering_free(&drawn);
    bm_features_free(&clouds);
    bm_features_free(&cloud);
}

static void warm_starts_do_not_fulfil_themselves(void **state) {
    (void)state;
    /* One start made the map: as many fresh ones as ever stand against its centroids. */
    bm_features cloud;
    make_normal_cloud(&cloud, 400, 5, 3);
    bm_cluster_options options = options_for("kmeans", 5, 5);
    options.restarts = 1;
    bm_clustering drawn = map_of(&cloud, options, 50);
    assert_true(drawn.quality[0].stability < 0.65);
    bm_clustering_free(&drawn);
    bm_features_free(&cloud);
}

static void what_has_no_stability_is_nan(void **state) {
    (void)state;
    bm_features clouds;
    make_clouds(&clouds, 40, 2, 2, 2);
    bm_clustering map = map_of(&clouds, options_for("kmeans", 1, 1), 5);
    assert_true(isnan(map.chosen.stability[0]) && isnan(map.quality[0].stability));
    bm_clustering_free(&map);
    map = map_of(&clouds, options_for("kmeans", 2, 2), 0);
    assert_null(map.chosen.stability);
    assert_true(isnan(map.quality[0].stability));
    bm_clustering_free(&map);
    bm_features_free(&clouds);
}

/* A segment of one buyer is only there when he was drawn: with chance 1 − (1 − 1/n)^n. */
static void a_buyer_alone_is_missed_by_a_third_of_the_bootstraps(void **state) {
    (void)state;
    static const char *const methods[] = {"kmeans", "ward"};
    bm_features line;
    assert_int_equal(bm_features_init(&line, 20, 1, NULL), BM_OK);
    for (size_t i = 0; i < 20; i++)
        line.x[i] = (double)i * (double)i * 10;
    for (size_t m = 0; m < 2; m++) {
        bm_clustering map = map_of(&line, options_for(methods[m], 20, 20), 400);
        double mean = 0, expected = 1 - pow(1 - 1.0 / 20, 20);
        for (size_t s = 0; s < 20; s++)
            mean += map.chosen.stability[s] / 20;
        assert_true(fabs(mean - expected) < 0.02);
        bm_clustering_free(&map);
    }
    bm_features_free(&line);
}

static void equal_buyers_are_no_obstacle(void **state) {
    (void)state;
    static const char *const methods[] = {"kmeans", "ward", "single"};
    bm_features pairs;
    assert_int_equal(bm_features_init(&pairs, 60, 1, NULL), BM_OK);
    for (size_t i = 0; i < 60; i++)
        pairs.x[i] = (double)(i % 3);
    for (size_t m = 0; m < 3; m++) {
        bm_clustering map = map_of(&pairs, options_for(methods[m], 3, 3), 20);
        for (size_t s = 0; s < 3; s++)
            assert_near(map.chosen.stability[s], 1, 1e-15);
        bm_clustering_free(&map);
    }
    bm_features_free(&pairs);
}

static double twice(size_t row) {
    (void)row;
    return 2;
}

static void the_scale_of_weights_does_not_matter(void **state) {
    (void)state;
    static const char *const methods[] = {"kmeans", "ward", "average"};
    bm_features cloud;
    make_normal_cloud(&cloud, 120, 2, 9);
    for (size_t m = 0; m < 3; m++) {
        bm_clustering plain = map_of(&cloud, options_for(methods[m], 4, 4), 10);
        give_weights(&cloud, twice);
        bm_clustering weighted = map_of(&cloud, options_for(methods[m], 4, 4), 10);
        for (size_t s = 0; s < 4; s++)
            assert_near(weighted.chosen.stability[s], plain.chosen.stability[s], 1e-15);
        free(cloud.weight);
        cloud.weight = NULL;
        bm_clustering_free(&plain);
        bm_clustering_free(&weighted);
    }
    bm_features_free(&cloud);
}

/* Three clouds of 30,000 and five buyers far away from them. */
static void make_many(bm_features *features) {
    uint64_t state = 4;
    assert_int_equal(bm_features_init(features, 90005, 2, NULL), BM_OK);
    for (size_t i = 0; i < features->n; i++) {
        features->x[2 * i] = next_random(&state) + (i % 30001 == 17 ? 900 : 5.0 * (double)(i % 3));
        features->x[2 * i + 1] = next_random(&state);
    }
    features->x[1] = features->x[3] = 50;
    features->x[0] = features->x[2] = 900;
}

static void a_sample_stands_for_many_buyers_and_keeps_their_small_segments(void **state) {
    (void)state;
    bm_features many;
    make_many(&many);
    bm_cluster_options options = options_for("kmeans", 4, 4);
    bm_clustering map = map_of(&many, options, 10);
    double stability[4];
    size_t used;
    options.stability = 10;
    assert_int_equal(bm_stability(&many, &options, &CONTEXT, &map.chosen, stability, &used, NULL),
                     BM_OK);
    assert_in_range(used, 20000, 20400);
    assert_memory_equal(stability, map.chosen.stability, sizeof stability);
    assert_int_equal(map.chosen.size[3], 5);
    for (size_t s = 0; s < 3; s++)
        assert_near(stability[s], 1, 1e-15);
    assert_true(stability[3] > BM_STABLE);
    bm_clustering_free(&map);
    bm_features_free(&many);
}

static void threads_do_not_change_a_byte(void **state) {
    (void)state;
    bm_features many;
    double first[4];
    make_many(&many);
    for (size_t i = 0; i < many.n; i++)
        many.x[2 * i] += 2 * many.x[2 * i + 1]; /* clouds that touch */
    for (int threads = 1; threads <= 7; threads += threads == 1 ? 1 : 5) {
        bm_set_threads(threads);
        bm_clustering map = map_of(&many, options_for("kmeans", 4, 4), 3);
        if (threads == 1)
            memcpy(first, map.chosen.stability, sizeof first);
        assert_memory_equal(map.chosen.stability, first, sizeof first);
        bm_clustering_free(&map);
    }
    bm_set_threads(0);
    bm_features_free(&many);
}

static void rows_in_single_precision_are_read_as_well(void **state) {
    (void)state;
    bm_features clouds;
    make_clouds(&clouds, 300, 3, 4, 2);
    for (size_t i = 0; i < 900; i++)
        clouds.x[i] = (double)(float)clouds.x[i];
    bm_cluster_options options = options_for("kmeans", 5, 5);
    bm_clustering map = map_of(&clouds, options, 10);
    double stability[5];
    size_t used;
    assert_int_equal(bm_features_make_single(&clouds, NULL), BM_OK);
    options.stability = 10;
    assert_int_equal(bm_stability(&clouds, &options, &CONTEXT, &map.chosen, stability, &used, NULL),
                     BM_OK);
    assert_int_equal(used, 300);
    assert_memory_equal(stability, map.chosen.stability, sizeof stability);
    bm_clustering_free(&map);
    bm_features_free(&clouds);
}

static void words_follow_hennig(void **state) {
    (void)state;
    assert_string_equal(bm_stability_word(0.75), "valid");
    assert_string_equal(bm_stability_word(0.7499), "pattern at best");
    assert_string_equal(bm_stability_word(0.5), "dissolved");
    assert_string_equal(bm_stability_word(NAN), "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(iris_is_as_stable_as_scikit_learn_and_scipy_find_it),
        cmocka_unit_test(separate_segments_are_valid_and_those_of_a_cloud_are_not),
        cmocka_unit_test(warm_starts_do_not_fulfil_themselves),
        cmocka_unit_test(what_has_no_stability_is_nan),
        cmocka_unit_test(a_buyer_alone_is_missed_by_a_third_of_the_bootstraps),
        cmocka_unit_test(equal_buyers_are_no_obstacle),
        cmocka_unit_test(the_scale_of_weights_does_not_matter),
        cmocka_unit_test(a_sample_stands_for_many_buyers_and_keeps_their_small_segments),
        cmocka_unit_test(threads_do_not_change_a_byte),
        cmocka_unit_test(rows_in_single_precision_are_read_as_well),
        cmocka_unit_test(words_follow_hennig),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
