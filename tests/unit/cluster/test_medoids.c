/* k-medoids: figures of R's cluster::pam, the optimum of tiny sets, local optima of swaps, weights,
 * samples, and the same solution whatever the threads and with or without a matrix. */
#include "base/parallel.h"
#include "cluster/gower.h"
#include "cluster/medoids.h"
#include "mixed.h"

static const bm_context context = {.seed = 1};

static bm_medoid_task task_of(const bm_dissimilarity *dissimilarity, const double *weight,
                              size_t restarts) {
    return (bm_medoid_task){.dissimilarity = dissimilarity,
                            .weight = weight,
                            .restarts = restarts,
                            .context = &context};
}

/* Medoids of k into best; gives the total. */
static double search(const bm_medoid_task *task, size_t k, int with_matrix, size_t *best) {
    bm_medoids medoids;
    assert_int_equal(bm_medoids_init(&medoids, task, k, with_matrix, NULL), BM_OK);
    assert_int_equal(bm_medoids_run(&medoids, k, NULL, NULL), BM_OK);
    for (size_t m = 0; m < k; m++) {
        best[m] = medoids.best[m];
        assert_true(m == 0 || best[m] > best[m - 1]);
    }
    double total = medoids.best_total;
    bm_medoids_free(&medoids);
    return total;
}

/* Σ w × the least dissimilarity to a medoid, pair by pair. */
static double total_of(const bm_medoid_task *task, const size_t *medoid, size_t k) {
    double sum = 0, apart;
    for (size_t i = 0; i < task->dissimilarity->n; i++) {
        double least = INFINITY;
        for (size_t m = 0; m < k; m++) {
            task->dissimilarity->tile(task->dissimilarity, i, 1, medoid[m], 1, 1, &apart);
            least = fmin(least, apart);
        }
        sum += (task->weight != NULL ? task->weight[i] : 1) * least;
    }
    return sum;
}

/* pam(iris[, 1:4], 3): medoids 8, 79, 113, objective .654207699215. */
static void iris_has_the_medoids_of_pam(void **state) {
    (void)state;
    bm_features iris;
    bm_dissimilarity distance;
    size_t best[3];
    if (!read_iris(&iris))
        skip();
    assert_int_equal(bm_euclidean(&iris, &distance, NULL), BM_OK);
    bm_medoid_task task = task_of(&distance, NULL, 8);
    double mean = search(&task, 3, 1, best) / 150;
    assert_near(mean, .654207699215, 1e-11);
    assert_true(best[0] == 7 && best[1] == 78 && best[2] == 112);
    bm_dissimilarity_free(&distance);
    bm_features_free(&iris);
}

/* All subsets of k of n rows: the next in order; 0 after the last. */
static int next_subset(size_t *subset, size_t k, size_t n) {
    for (size_t at = k; at-- > 0;) {
        if (subset[at] < n - k + at) {
            subset[at]++;
            for (size_t after = at + 1; after < k; after++)
                subset[after] = subset[after - 1] + 1;
            return 1;
        }
    }
    return 0;
}

static double weight_of(size_t i) {
    return 0.25 + (double)(i * 7 % 5);
}

/* 60 sets of 12 rows of two kinds of distance, half of them with weights. */
static void tiny_sets_are_at_their_optimum(void **state) {
    (void)state;
    enum { N = 12 };
    double weight[N];
    for (size_t i = 0; i < N; i++)
        weight[i] = weight_of(i);
    for (uint64_t set = 0; set < 60; set++) {
        const mixed of = {N, 3, 1, 3, .1, 0};
        double *cell = mixed_cells(&of, set), least = INFINITY;
        bm_features points, table;
        bm_dissimilarity distance;
        size_t k = 2 + set % 4, best[5], subset[5] = {0, 1, 2, 3, 4};
        make_clouds(&points, N, 2, 3, set + 1);
        mixed_features(&of, cell, &table);
        if (set % 3 == 0)
            assert_int_equal(bm_gower(&table, &context, &distance, NULL), BM_OK);
        else
            assert_int_equal(bm_euclidean(&points, &distance, NULL), BM_OK);
        bm_medoid_task task = task_of(&distance, set % 2 ? weight : NULL, 8);
        double total = search(&task, k, 1, best);
        do
            least = fmin(least, total_of(&task, subset, k));
        while (next_subset(subset, k, N));
        assert_near(total, least, 1e-12);
        assert_near(total, total_of(&task, best, k), 1e-12);
        bm_dissimilarity_free(&distance);
        bm_features_free(&points);
        bm_features_free(&table);
        free(cell);
    }
}

/* No swap of a medoid and another row is better, to rounding. */
static void no_swap_improves_what_is_found(void **state) {
    (void)state;
    enum { N = 150, K = 6 };
    bm_features points;
    bm_dissimilarity distance;
    size_t best[K], other[K];
    make_clouds(&points, N, 3, 9, 17);
    assert_int_equal(bm_euclidean(&points, &distance, NULL), BM_OK);
    for (size_t restarts = 1; restarts < 4; restarts++) {
        bm_medoid_task task = task_of(&distance, NULL, restarts);
        double total = search(&task, K, 1, best);
        for (size_t m = 0; m < K; m++)
            for (size_t i = 0; i < N; i++) {
                memcpy(other, best, sizeof other);
                other[m] = i;
                assert_true(total_of(&task, other, K) >= total * (1 - 1e-12));
            }
    }
    bm_dissimilarity_free(&distance);
    bm_features_free(&points);
}

/* A buyer of weight w is w equal buyers. */
static void weights_are_copies(void **state) {
    (void)state;
    enum { N = 90, K = 4 };
    bm_features points, copies;
    bm_dissimilarity distance, of_copies;
    double weight[N];
    size_t best[K], best_of_copies[K], total = 0, row[3 * N];
    make_clouds(&points, N, 2, 5, 3);
    for (size_t i = 0; i < N; i++) {
        weight[i] = (double)(1 + i % 3);
        for (size_t copy = 0; copy <= i % 3; copy++)
            row[total++] = i;
    }
    assert_int_equal(bm_features_init(&copies, total, 2, NULL), BM_OK);
    for (size_t i = 0; i < total; i++)
        memcpy(copies.x + 2 * i, points.x + 2 * row[i], 2 * sizeof *copies.x);
    assert_int_equal(bm_euclidean(&points, &distance, NULL), BM_OK);
    assert_int_equal(bm_euclidean(&copies, &of_copies, NULL), BM_OK);
    bm_medoid_task task = task_of(&distance, weight, 8), copied = task_of(&of_copies, NULL, 8);
    assert_near(search(&task, K, 1, best), search(&copied, K, 1, best_of_copies), 1e-12);
    for (size_t m = 0; m < K; m++)
        assert_int_equal(best[m], row[best_of_copies[m]]);
    bm_dissimilarity_free(&distance);
    bm_dissimilarity_free(&of_copies);
    bm_features_free(&points);
    bm_features_free(&copies);
}

static void threads_and_the_matrix_make_no_difference(void **state) {
    (void)state;
    enum { N = 900, K = 17 };
    static const int threads[] = {1, 2, 7};
    bm_features points;
    bm_dissimilarity distance;
    size_t first[K], best[K];
    double total = 0;
    make_clouds(&points, N, 4, 23, 5);
    assert_int_equal(bm_euclidean(&points, &distance, NULL), BM_OK);
    for (int single = 0; single < 2; single++) {
        bm_medoid_task task = task_of(&distance, NULL, 3);
        task.single = single;
        for (size_t t = 0; t < 6; t++) {
            bm_set_threads(threads[t % 3]);
            double here = search(&task, K, t < 3, best);
            if (t == 0) {
                memcpy(first, best, sizeof first);
                total = here;
            }
            assert_memory_equal(&here, &total, sizeof here);
            assert_memory_equal(best, first, sizeof first);
        }
        bm_set_threads(0);
        assert_near(total, total_of(&task, best, K), single ? 1e-6 : 1e-12);
    }
    bm_dissimilarity_free(&distance);
    bm_features_free(&points);
}

/* What several k share must not make a difference to any. */
static void a_k_of_a_range_is_that_k_alone(void **state) {
    (void)state;
    enum { N = 200, MOST = 9 };
    bm_features points;
    bm_dissimilarity distance;
    bm_medoids medoids;
    size_t best[MOST];
    make_clouds(&points, N, 2, 6, 2);
    assert_int_equal(bm_euclidean(&points, &distance, NULL), BM_OK);
    bm_medoid_task task = task_of(&distance, NULL, 4);
    assert_int_equal(bm_medoids_init(&medoids, &task, MOST, 1, NULL), BM_OK);
    for (size_t k = 1; k <= MOST; k++) {
        assert_int_equal(bm_medoids_run(&medoids, k, NULL, NULL), BM_OK);
        double alone = search(&task, k, 1, best);
        assert_memory_equal(&alone, &medoids.best_total, sizeof alone);
        assert_memory_equal(best, medoids.best, k * sizeof *best);
    }
    bm_medoids_free(&medoids);
    bm_dissimilarity_free(&distance);
    bm_features_free(&points);
}

static void buyers_go_to_the_nearest_medoid_and_no_segment_is_empty(void **state) {
    (void)state;
    static const double x[] = {0, 0, 0, 5, 5, 9, 2.5};
    static const size_t medoid[] = {0, 1, 2, 4}; /* three at one place */
    bm_features points;
    bm_dissimilarity distance;
    int32_t label[7];
    double apart[7], total;
    make_features(&points, x, 7, 1);
    assert_int_equal(bm_euclidean(&points, &distance, NULL), BM_OK);
    bm_medoid_task task = task_of(&distance, NULL, 1);
    assert_int_equal(bm_medoids_assign(&task, medoid, 4, label, apart, &total, NULL), BM_OK);
    static const int32_t expected[] = {0, 1, 2, 3, 3, 3, 0}; /* halfway: the lowest */
    assert_memory_equal(label, expected, sizeof expected);
    assert_true(total == 6.5 && apart[5] == 4);
    bm_dissimilarity_free(&distance);
    bm_features_free(&points);
}

/* Samples come close to the search of all, are seeded, and do not hang on threads. */
static void samples_come_close_to_all(void **state) {
    (void)state;
    enum { N = 5100, K = 3 };
    bm_features points;
    bm_dissimilarity distance;
    size_t all[K], some[K], again[K];
    make_clouds(&points, N, 3, 3, 8);
    give_weights(&points, weight_of);
    assert_int_equal(bm_euclidean(&points, &distance, NULL), BM_OK);
    bm_medoid_task task = task_of(&distance, points.weight, 2);
    assert_int_equal(bm_medoid_sample_rows(N, K), BM_MEDOID_SAMPLE);
    assert_int_equal(bm_medoid_sample_rows(N, 252), 5040);
    assert_int_equal(bm_medoid_sample_rows(N, 500), N);
    assert_int_equal(bm_medoids_sampled(&task, K, some, NULL), BM_OK);
    double least = search(&task, K, 1, all);
    assert_true(total_of(&task, some, K) < 1.01 * least);
    bm_set_threads(1);
    assert_int_equal(bm_medoids_sampled(&task, K, again, NULL), BM_OK);
    bm_set_threads(0);
    assert_memory_equal(some, again, sizeof some);
    bm_dissimilarity_free(&distance);
    bm_features_free(&points);
}

/* Rows for themselves and side by side, with a matrix of either shape and without. */
static void rows_are_the_same_however_they_are_kept(void **state) {
    (void)state;
    static const size_t counts[] = {1, 7, 8, 90, 2048, 2051};
    for (size_t c = 0; c < 6; c++) {
        size_t n = counts[c];
        bm_features points = {0};
        bm_dissimilarity distance = {0};
        assert_int_equal(bm_features_init(&points, n, 3, NULL), BM_OK);
        for (size_t at = 0; at < 3 * n; at++)
            points.x[at] = (double)(at * 7919 % 1009) / 7;
        assert_int_equal(bm_euclidean(&points, &distance, NULL), BM_OK);
        double *row = malloc(n * sizeof *row), *room = malloc(n * BM_MEDOID_ROWS * sizeof *room);
        for (int single = 0; single < 2; single++) {
            bm_apart_rows with, without;
            assert_int_equal(bm_apart_rows_init(&with, &distance, single, 1, NULL), BM_OK);
            assert_int_equal(bm_apart_rows_init(&without, &distance, single, 0, NULL), BM_OK);
            assert_true((with.square != NULL) == (n <= BM_MEDOID_SQUARE));
            for (size_t i = 0; i < n; i += 1 + n / 50 * 13) {
                size_t first = i / BM_MEDOID_ROWS * BM_MEDOID_ROWS;
                size_t count = n - first < BM_MEDOID_ROWS ? n - first : BM_MEDOID_ROWS;
                bm_apart_rows_get(&without, i, 1, row);
                assert_true(row[i] == 0);
                for (int has = 0; has < 2; has++) {
                    const bm_apart_rows *of = has ? &with : &without;
                    const double *some = bm_apart_rows_across(of, first, count, room);
                    for (size_t j = 0; j < n; j++)
                        assert_true(some[j * BM_MEDOID_ROWS + i - first] == row[j]);
                    for (size_t at = 0; at < n * BM_MEDOID_ROWS; at++)
                        assert_true(isfinite(some[at]));
                }
                bm_apart_rows_get(&with, i, 1, room);
                assert_memory_equal(room, row, n * sizeof *row);
            }
            bm_apart_rows_free(&with);
            bm_apart_rows_free(&without);
        }
        free(row);
        free(room);
        bm_dissimilarity_free(&distance);
        bm_features_free(&points);
    }
}

static void fewer_rows_never_take_more(void **state) {
    (void)state;
    for (size_t n = 2; n < 3000; n++)
        for (int single = 0; single < 2; single++)
            assert_true(bm_apart_rows_memory(n, single) >= bm_apart_rows_memory(n - 1, single));
    assert_true(bm_apart_rows_memory(BM_MEDOID_SQUARE, 1) >=
                (size_t)BM_MEDOID_SQUARE * BM_MEDOID_SQUARE * sizeof(double));
}

static void many_buyers_are_searched_by_samples(void **state) {
    (void)state;
    assert_true(bm_medoids_are_exact(30000, 8) && !bm_medoids_are_exact(30001, 8));
    assert_true(bm_medoids_are_exact(84852, 1) && !bm_medoids_are_exact(84853, 1));
    assert_false(bm_medoids_are_exact(SIZE_MAX, 1));
    assert_int_equal(bm_medoids_exact_starts(30000), 8);
    assert_int_equal(bm_medoids_exact_starts(30001), 7);
    assert_int_equal(bm_medoids_exact_starts(84852), 1);
    assert_int_equal(bm_medoids_exact_starts(84853), 0);
    assert_true(bm_apart_rows_memory(SIZE_MAX, 0) == SIZE_MAX);
    assert_true(bm_medoids_memory(SIZE_MAX / 16, 20) == SIZE_MAX);
}

/* pam's objective, medoids (from 1) and quality through the whole clustering. */
static void the_clustering_tells_medoids_and_objective(void **state) {
    (void)state;
    bm_features iris;
    bm_clustering map;
    bm_error err = {0};
    if (!read_iris(&iris))
        skip();
    bm_cluster_options options = options_for("kmedoids", 3, 3);
    assert_int_equal(bm_cluster(&iris, &options, NULL, &context, &map, &err), BM_OK);
    static const size_t size[] = {62, 50, 38}, medoid[] = {78, 7, 112};
    double sum = 0;
    for (size_t s = 0; s < 3; s++) {
        assert_int_equal(map.chosen.size[s], size[s]);
        assert_int_equal(map.chosen.medoid[s], medoid[s]);
        assert_int_equal(map.chosen.label[medoid[s]], s + 1);
        sum += map.chosen.apart[s] * (double)size[s] / 150;
    }
    assert_near(map.quality[0].objective, .654207699215, 1e-11);
    assert_near(sum, map.quality[0].objective, 1e-12);
    bm_clustering_free(&map);
    options.k_high = 6;
    assert_int_equal(bm_cluster(&iris, &options, NULL, &context, &map, &err), BM_OK);
    for (size_t i = 0; i + 1 < map.tried; i++)
        assert_true(map.quality[i + 1].objective < map.quality[i].objective);
    for (size_t s = 0; s < map.chosen.k; s++)
        assert_int_equal(map.chosen.label[map.chosen.medoid[s]], s + 1);
    bm_clustering_free(&map);
    options = options_for("kmeans", 3, 3);
    assert_int_equal(bm_cluster(&iris, &options, NULL, &context, &map, &err), BM_OK);
    assert_true(isnan(map.quality[0].objective) && map.chosen.medoid == NULL);
    bm_clustering_free(&map);
    bm_features_free(&iris);
}

/* With room for all but the matrix of distances these are computed when they are needed. */
static void without_room_for_the_matrix_the_map_is_the_same(void **state) {
    (void)state;
    enum { N = 700, K = 5 };
    bm_features points;
    bm_clustering map, tight;
    bm_cluster_options options = options_for("kmedoids", K, K);
    make_clouds(&points, N, 3, 7, 12);
    bm_context limit = {.seed = 1, .memory_limit = bm_cluster_memory(N, 3, &options)};
    assert_true(limit.memory_limit < SIZE_MAX);
    assert_int_equal(bm_cluster(&points, &options, NULL, &context, &map, NULL), BM_OK);
    assert_int_equal(bm_cluster(&points, &options, NULL, &limit, &tight, NULL), BM_OK);
    assert_memory_equal(map.chosen.label, tight.chosen.label, N * sizeof(int32_t));
    assert_memory_equal(map.chosen.medoid, tight.chosen.medoid, K * sizeof(size_t));
    assert_memory_equal(&map.quality[0].objective, &tight.quality[0].objective, sizeof(double));
    bm_clustering_free(&map);
    bm_clustering_free(&tight);
    limit.memory_limit--;
    assert_int_equal(bm_cluster(&points, &options, NULL, &limit, &tight, NULL), BM_LIMIT);
    bm_features_free(&points);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(iris_has_the_medoids_of_pam),
        cmocka_unit_test(tiny_sets_are_at_their_optimum),
        cmocka_unit_test(no_swap_improves_what_is_found),
        cmocka_unit_test(weights_are_copies),
        cmocka_unit_test(threads_and_the_matrix_make_no_difference),
        cmocka_unit_test(a_k_of_a_range_is_that_k_alone),
        cmocka_unit_test(buyers_go_to_the_nearest_medoid_and_no_segment_is_empty),
        cmocka_unit_test(samples_come_close_to_all),
        cmocka_unit_test(rows_are_the_same_however_they_are_kept),
        cmocka_unit_test(fewer_rows_never_take_more),
        cmocka_unit_test(many_buyers_are_searched_by_samples),
        cmocka_unit_test(the_clustering_tells_medoids_and_objective),
        cmocka_unit_test(without_room_for_the_matrix_the_map_is_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
