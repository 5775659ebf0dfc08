/* k-means against published sums of squares and scikit-learn 1.2.1 (KMeans, lloyd, tol 0). */
#include "dataset.h"

#include "base/parallel.h"
#include "kernel/distance.h"

static const bm_context CONTEXT = {.seed = 1};

static double cycling_weight(size_t i) {
    return 1 + (double)(i % 5);
}

static void cluster(const bm_features *features, const bm_cluster_options *options,
                    bm_clustering *clustering) {
    bm_error err = {0};
    if (bm_cluster(features, options, NULL, &CONTEXT, clustering, &err) != BM_OK)
        fail_msg("%s", err.message);
}

/* Sizes add up, ids are canonical, centroids are means, labels are nearest, sums are right. */
static void check_segmentation(const bm_features *features, const bm_segmentation *map) {
    size_t n = features->n, d = features->d, k = map->k;
    double *mean = calloc(k * d + 1, sizeof *mean), *mass = calloc(k + 1, sizeof *mass);
    size_t *size = calloc(k + 1, sizeof *size);
    assert_true(mean != NULL && mass != NULL && size != NULL);
    double inertia = 0;
    for (size_t i = 0; i < n; i++) {
        assert_in_range(map->label[i], 1, k);
        size_t own = (size_t)map->label[i] - 1;
        double w = features->weight != NULL ? features->weight[i] : 1;
        size[own]++;
        mass[own] += w;
        for (size_t f = 0; f < d; f++)
            mean[own * d + f] += w * features->x[i * d + f];
        double least = bm_squared_distance(features->x + i * d, map->centroid + own * d, d);
        inertia += w * least;
        for (size_t j = 0; j < k; j++) {
            double other = bm_squared_distance(features->x + i * d, map->centroid + j * d, d);
            assert_true(j < own ? other > least : other >= least);
        }
    }
    for (size_t j = 0; j < k; j++) {
        assert_int_equal(size[j], map->size[j]);
        assert_true(size[j] > 0);
        assert_near(map->weight[j], mass[j], 1e-12);
        assert_true(j == 0 || size[j - 1] >= size[j]);
        for (size_t f = 0; f < d; f++)
            assert_true(fabs(mean[j * d + f] / mass[j] - map->centroid[j * d + f]) <=
                        1e-12 * (1 + fabs(map->centroid[j * d + f])));
    }
    assert_true(fabs(map->inertia - inertia) <= 1e-10 * (1e-6 + inertia));
    free(mean);
    free(mass);
    free(size);
}

static void iris_reaches_the_published_sums_of_squares(void **state) {
    (void)state;
    /* reference/statistics.md §2.8 */
    static const double best[] = {152.34795176, 78.85144143, 57.22847321, 46.44618205, 39.03998725};
    bm_features iris;
    if (!read_iris(&iris))
        skip();
    for (size_t k = 2; k <= 6; k++) {
        bm_clustering clustering;
        bm_cluster_options options = options_for("kmeans", k, k);
        options.restarts = 20; /* the optima of k = 5 lie close */
        cluster(&iris, &options, &clustering);
        assert_near(clustering.chosen.inertia, best[k - 2], 1e-9);
        assert_int_equal(clustering.chosen.converged, 1);
        check_segmentation(&iris, &clustering.chosen);
        if (k == 3) {
            static const size_t sizes[] = {62, 50, 38};
            assert_memory_equal(clustering.chosen.size, sizes, sizeof sizes);
        }
        bm_clustering_free(&clustering);
    }
    bm_features_free(&iris);
}

static void random_starts_reach_the_same_sums(void **state) {
    (void)state;
    bm_features iris;
    if (!read_iris(&iris))
        skip();
    bm_clustering clustering;
    bm_cluster_options options = options_for("kmeans", 3, 3);
    options.random_init = 1;
    cluster(&iris, &options, &clustering);
    assert_near(clustering.chosen.inertia, 78.851441426146, 1e-12);
    check_segmentation(&iris, &clustering.chosen);
    bm_clustering_free(&clustering);
    bm_features_free(&iris);
}

static void mall_has_its_five_segments(void **state) {
    (void)state;
    /* reference/statistics.md §2.8 */
    static const double centres[] = {55.2963, 49.5185, 86.5385, 82.1282, 88.2,
                                     17.1143, 26.3043, 20.9130, 25.7273, 79.3636};
    static const size_t sizes[] = {81, 39, 35, 23, 22};
    bm_features mall;
    if (!read_mall(&mall))
        skip();
    bm_clustering clustering;
    bm_cluster_options options = options_for("kmeans", 5, 5);
    cluster(&mall, &options, &clustering);
    assert_near(clustering.chosen.inertia, 44448.4554479337, 1e-12);
    assert_near(clustering.quality[0].silhouette, 0.553931997444648, 1e-12);
    assert_memory_equal(clustering.chosen.size, sizes, sizeof sizes);
    for (size_t i = 0; i < 10; i++)
        assert_true(fabs(clustering.chosen.centroid[i] - centres[i]) < 5e-5);
    bm_clustering_free(&clustering);
    bm_features_free(&mall);
}

typedef struct given {
    size_t rows, row[6];
    double inertia, weighted;
    size_t size[6]; /* falling */
} given;

/* scikit-learn: KMeans(k, init=X[row], n_init=1, tol=0, algorithm="lloyd"), also with
 * sample_weight = 1 + i % 5. Poor starts, so a better optimum would be a different answer. */
static const given GIVEN[] = {
    {3, {0, 50, 100}, 78.851441426146, 233.60517681159422, {62, 50, 38}},
    {3, {0, 1, 2}, 78.85566582597731, 233.60517681159422, {61, 50, 39}},
    {6, {0, 1, 2, 3, 4, 5}, 68.72671145192, 203.2735702847877, {61, 39, 17, 13, 12, 8}},
};

static void a_given_start_ends_where_scikit_learn_ends(void **state) {
    (void)state;
    bm_features iris;
    if (!read_iris(&iris))
        skip();
    for (size_t at = 0; at < sizeof GIVEN / sizeof *GIVEN; at++) {
        double init[6 * 4];
        const given *start = &GIVEN[at];
        for (size_t j = 0; j < start->rows; j++)
            memcpy(init + j * 4, iris.x + start->row[j] * 4, 4 * sizeof *init);
        bm_cluster_options options = options_for("kmeans", start->rows, start->rows);
        options.init = init;
        bm_clustering clustering;
        cluster(&iris, &options, &clustering);
        assert_near(clustering.chosen.inertia, start->inertia, 1e-12);
        assert_memory_equal(clustering.chosen.size, start->size, start->rows * sizeof(size_t));
        check_segmentation(&iris, &clustering.chosen);
        bm_clustering_free(&clustering);
        give_weights(&iris, cycling_weight);
        cluster(&iris, &options, &clustering);
        assert_near(clustering.chosen.inertia, start->weighted, 1e-12);
        check_segmentation(&iris, &clustering.chosen);
        bm_clustering_free(&clustering);
        free(iris.weight);
        iris.weight = NULL;
    }
    bm_features_free(&iris);
}

static void empty_segments_are_moved_as_scikit_learn_moves_them(void **state) {
    (void)state;
    bm_features iris;
    if (!read_iris(&iris))
        skip();
    double init[16];
    memcpy(init, iris.x, 4 * sizeof *init);
    memcpy(init + 4, iris.x + 50 * 4, 4 * sizeof *init);
    for (size_t f = 0; f < 4; f++) {
        init[8 + f] = 100;
        init[12 + f] = 200;
    }
    bm_cluster_options options = options_for("kmeans", 4, 4);
    options.init = init;
    bm_clustering clustering;
    cluster(&iris, &options, &clustering);
    static const size_t sizes[] = {50, 47, 30, 23};
    assert_near(clustering.chosen.inertia, 57.38387326549494, 1e-12);
    assert_memory_equal(clustering.chosen.size, sizes, sizeof sizes);
    check_segmentation(&iris, &clustering.chosen);
    bm_clustering_free(&clustering);
    bm_features_free(&iris);
}

static void tolerance_stops_where_scikit_learn_stops(void **state) {
    (void)state;
    bm_features iris;
    if (!read_iris(&iris))
        skip();
    bm_cluster_options options = options_for("kmeans", 6, 6);
    options.init = iris.x;
    options.tolerance = 0.01;
    bm_clustering clustering;
    cluster(&iris, &options, &clustering);
    assert_near(clustering.chosen.inertia, 73.45015957168589, 1e-12);
    assert_int_equal(clustering.chosen.iterations, 6);
    assert_int_equal(clustering.chosen.converged, 1);
    bm_clustering_free(&clustering);
    bm_features_free(&iris);
}

static void the_iteration_limit_is_a_warning(void **state) {
    (void)state;
    bm_features iris;
    if (!read_iris(&iris))
        skip();
    bm_log log = {0};
    bm_context context = {.seed = 1, .log = &log};
    bm_cluster_options options = options_for("kmeans", 3, 3);
    options.init = iris.x;
    options.max_iterations = 2;
    bm_clustering clustering;
    assert_int_equal(bm_cluster(&iris, &options, NULL, &context, &clustering, NULL), BM_OK);
    assert_int_equal(clustering.chosen.converged, 0);
    assert_near(clustering.chosen.inertia, 86.72282751379241, 1e-12);
    assert_int_equal(clustering.chosen.iterations, 2);
    assert_int_equal(log.warnings.count, 1);
    assert_non_null(strstr(log.warnings.item[0], "2 iterations"));
    bm_clustering_free(&clustering);
    bm_log_free(&log);
    bm_features_free(&iris);
}

static void the_log_tells_every_restart_and_inertia_never_rises(void **state) {
    (void)state;
    bm_features clouds;
    make_clouds(&clouds, 500, 3, 7, 5);
    bm_cluster_options options = options_for("kmeans", 5, 5);
    bm_clustering clustering;
    cluster(&clouds, &options, &clustering);
    const bm_segmentation *map = &clustering.chosen;
    int restart = 0, iteration = 0;
    for (size_t row = 0; row < map->iterations; row++) {
        const bm_iteration *now = &map->iteration[row];
        if (now->restart != restart) {
            assert_int_equal(now->restart, restart + 1);
            assert_int_equal(now->moved, 500);
            restart = now->restart;
            iteration = 0;
        } else {
            assert_true(now->inertia <= now[-1].inertia * (1 + 1e-12) || now->moved == 500);
        }
        assert_int_equal(now->iteration, ++iteration);
    }
    assert_int_equal(restart, 8);
    bm_clustering_free(&clustering);
    bm_features_free(&clouds);
}

static void check_same_bytes(const bm_features *features, const bm_cluster_options *options) {
    bm_clustering one, other;
    bm_set_threads(1);
    cluster(features, options, &one);
    static const int threads[] = {2, 7};
    for (size_t t = 0; t < 2; t++) {
        bm_set_threads(threads[t]);
        cluster(features, options, &other);
        const bm_segmentation *a = &one.chosen, *b = &other.chosen;
        assert_int_equal(a->k, b->k);
        assert_memory_equal(a->label, b->label, a->n * sizeof *a->label);
        assert_memory_equal(a->centroid, b->centroid, a->k * a->d * sizeof(double));
        assert_memory_equal(a->inertia_of, b->inertia_of, a->k * sizeof(double));
        assert_int_equal(a->iterations, b->iterations);
        assert_memory_equal(a->iteration, b->iteration, a->iterations * sizeof *a->iteration);
        assert_memory_equal(one.quality, other.quality, one.tried * sizeof *one.quality);
        bm_clustering_free(&other);
    }
    bm_clustering_free(&one);
    bm_set_threads(0);
}

static void any_number_of_threads_gives_the_same_bytes(void **state) {
    (void)state;
    bm_features clouds;
    make_clouds(&clouds, 20000, 3, 9, 6); /* several chunks, and a sample for the silhouette */
    bm_cluster_options options = options_for("kmeans", 3, 4);
    options.restarts = 2;
    check_same_bytes(&clouds, &options);
    options.random_init = 1;
    options.tolerance = 1e-3;
    check_same_bytes(&clouds, &options);
    bm_features_free(&clouds);
}

static void the_order_of_buyers_does_not_change_their_segments(void **state) {
    (void)state;
    bm_features iris, turned;
    if (!read_iris(&iris))
        skip();
    assert_int_equal(bm_features_init(&turned, 150, 4, NULL), BM_OK);
    for (size_t i = 0; i < 150; i++)
        memcpy(turned.x + i * 4, iris.x + i * 67 % 150 * 4, 4 * sizeof *turned.x);
    bm_cluster_options options = options_for("kmeans", 3, 3);
    bm_clustering one, other;
    cluster(&iris, &options, &one);
    cluster(&turned, &options, &other);
    for (size_t i = 0; i < 150; i++)
        assert_int_equal(other.chosen.label[i], one.chosen.label[i * 67 % 150]);
    bm_clustering_free(&one);
    bm_clustering_free(&other);
    bm_features_free(&iris);
    bm_features_free(&turned);
}

static void as_many_segments_as_distinct_buyers_cost_nothing(void **state) {
    (void)state;
    /* Four values, some repeated: k = 4 is as fine as it gets, k = 5 cannot be. */
    double x[] = {1, 5, 1, 9, 5, 1, -3, 9, 9, 1};
    bm_features features;
    make_features(&features, x, 10, 1);
    for (int random = 0; random < 2; random++) {
        bm_cluster_options options = options_for("kmeans", 4, 4);
        options.random_init = random;
        bm_clustering clustering;
        cluster(&features, &options, &clustering);
        assert_true(clustering.chosen.inertia <= 0);
        check_segmentation(&features, &clustering.chosen);
        for (size_t i = 0; i < 10; i++)
            for (size_t j = 0; j < 10; j++)
                assert_int_equal(clustering.chosen.label[i] == clustering.chosen.label[j],
                                 fabs(x[i] - x[j]) < 0.5);
        bm_clustering_free(&clustering);
    }
    bm_features_free(&features);
}

static void every_buyer_its_own_segment(void **state) {
    (void)state;
    bm_features clouds;
    make_clouds(&clouds, 40, 2, 5, 8);
    bm_cluster_options options = options_for("kmeans", 40, 40);
    bm_clustering clustering;
    cluster(&clouds, &options, &clustering);
    assert_true(clustering.chosen.inertia <= 0);
    check_segmentation(&clouds, &clustering.chosen);
    assert_true(isnan(clustering.quality[0].silhouette));
    assert_true(isnan(clustering.quality[0].davies_bouldin));
    assert_true(isnan(clustering.quality[0].calinski_harabasz));
    bm_clustering_free(&clustering);
    bm_features_free(&clouds);
}

static void equal_given_centroids_still_fill_every_segment(void **state) {
    (void)state;
    bm_features clouds;
    make_clouds(&clouds, 60, 2, 3, 9);
    double init[10] = {0};
    bm_cluster_options options = options_for("kmeans", 5, 5);
    options.init = init;
    for (size_t limit = 1; limit <= 300; limit += 299) {
        options.max_iterations = limit;
        bm_clustering clustering;
        cluster(&clouds, &options, &clustering);
        for (size_t j = 0; j < 5; j++)
            assert_true(clustering.chosen.size[j] > 0);
        if (limit > 1)
            check_segmentation(&clouds, &clustering.chosen);
        bm_clustering_free(&clustering);
    }
    bm_features_free(&clouds);
}

/* Whole numbers make exact ties between centroids; labels must be the lowest nearest segment in the
 * final order, which check_segmentation asserts. */
static void ties_between_centroids_are_settled_in_canonical_order(void **state) {
    (void)state;
    uint64_t random = 21;
    for (size_t round = 0; round < 200; round++) {
        double x[60];
        for (size_t i = 0; i < 60; i++)
            x[i] = floor(5 * next_random(&random));
        bm_features features;
        make_features(&features, x, 30, 2);
        bm_cluster_options options = options_for("kmeans", 2 + round % 4, 2 + round % 4);
        if (round % 2 == 1)
            options.init = features.x + 10;
        options.restarts = 2;
        bm_clustering clustering;
        cluster(&features, &options, &clustering);
        check_segmentation(&features, &clustering.chosen);
        bm_clustering_free(&clustering);
        bm_features_free(&features);
    }
}

int main(void) {
    bm_kernel_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(iris_reaches_the_published_sums_of_squares),
        cmocka_unit_test(random_starts_reach_the_same_sums),
        cmocka_unit_test(mall_has_its_five_segments),
        cmocka_unit_test(a_given_start_ends_where_scikit_learn_ends),
        cmocka_unit_test(empty_segments_are_moved_as_scikit_learn_moves_them),
        cmocka_unit_test(tolerance_stops_where_scikit_learn_stops),
        cmocka_unit_test(the_iteration_limit_is_a_warning),
        cmocka_unit_test(the_log_tells_every_restart_and_inertia_never_rises),
        cmocka_unit_test(any_number_of_threads_gives_the_same_bytes),
        cmocka_unit_test(the_order_of_buyers_does_not_change_their_segments),
        cmocka_unit_test(as_many_segments_as_distinct_buyers_cost_nothing),
        cmocka_unit_test(every_buyer_its_own_segment),
        cmocka_unit_test(equal_given_centroids_still_fill_every_segment),
        cmocka_unit_test(ties_between_centroids_are_settled_in_canonical_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
