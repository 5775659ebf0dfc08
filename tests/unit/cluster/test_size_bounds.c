/* Size bounds of k-means. */
#include "dataset.h"

#include "base/parallel.h"
#include "kernel/distance.h"

static bm_cluster_options bounded(size_t low, size_t high, size_t least, size_t most) {
    bm_cluster_options options = options_for("kmeans", low, high);
    options.min_size = least;
    options.max_size = most;
    options.quality = 0;
    return options;
}

static bm_status cluster(const bm_features *features, const bm_cluster_options *options,
                         bm_clustering *map, bm_error *err) {
    const bm_context context = {.seed = 1};
    return bm_cluster(features, options, NULL, &context, map, err);
}

/* Bounds, labels of the nearest centroid (ties to the lowest), sizes, inertia, canonical order. */
static void assert_is_a_map(const bm_features *features, const bm_cluster_options *options,
                            const bm_segmentation *map) {
    size_t n = features->n, d = features->d, *size = calloc(map->k, sizeof *size);
    double inertia = 0;
    for (size_t i = 0; i < n; i++) {
        size_t nearest = 0;
        double least = INFINITY;
        for (size_t s = 0; s < map->k; s++) {
            double here = bm_squared_distance(features->x + i * d, map->centroid + s * d, d);
            if (here < least) {
                least = here;
                nearest = s;
            }
        }
        assert_int_equal(map->label[i], nearest + 1);
        size[nearest]++;
        inertia += least * bm_weight_of(features->weight, i);
    }
    for (size_t s = 0; s < map->k; s++) {
        assert_int_equal(map->size[s], size[s]);
        assert_true(size[s] >= options->min_size && size[s] > 0);
        assert_true(options->max_size == 0 || size[s] <= options->max_size);
        assert_true(s == 0 || size[s] <= size[s - 1]);
    }
    assert_true(fabs(inertia - map->inertia) <= 1e-9 * inertia);
    free(size);
}

/* About the means of the labels. */
static double inertia_of_means(const bm_features *features, const bm_segmentation *map) {
    double inertia = 0;
    for (size_t s = 1; s <= map->k; s++)
        for (size_t f = 0; f < features->d; f++) {
            double sum = 0, squares = 0, count = 0;
            for (size_t i = 0; i < features->n; i++) {
                double x = features->x[i * features->d + f];
                sum += (size_t)map->label[i] == s ? x : 0;
                squares += (size_t)map->label[i] == s ? x * x : 0;
                count += (size_t)map->label[i] == s;
            }
            inertia += squares - sum * sum / count;
        }
    return inertia;
}

static double by_thirds(size_t row) {
    return 1 + (double)(row % 3);
}

static size_t below(uint64_t *state, size_t n) {
    return (size_t)(next_random(state) * (double)n);
}

static void bounds_hold_and_labels_are_those_of_the_nearest_centroid(void **state) {
    (void)state;
    uint64_t random = 11;
    size_t held = 0, kept = 0, rounds = 100;
    for (size_t round = 0; round < rounds; round++) {
        bm_features clouds;
        bm_clustering map;
        size_t k = 2 + below(&random, 6), n = 20 * k + below(&random, 300);
        size_t mean = n / k, least = round % 3 == 2 ? 0 : 1 + below(&random, mean * 8 / 10);
        size_t most = round % 3 == 1 ? 0 : mean * 12 / 10 + 2 + below(&random, mean);
        make_clouds(&clouds, n, 1 + below(&random, 4), 1 + below(&random, 6), round);
        if (round % 4 == 0)
            give_weights(&clouds, by_thirds);
        for (size_t i = 0; round % 5 == 0 && i < n * clouds.d; i++)
            clouds.x[i] = floor(clouds.x[i]); /* many equal buyers */
        bm_cluster_options options = bounded(k, k, least, most);
        bm_error err = {0};
        bm_status status = cluster(&clouds, &options, &map, &err);
        if (status == BM_OK) {
            assert_is_a_map(&clouds, &options, &map.chosen);
            assert_int_equal(map.quality[0].k, map.chosen.k);
            held++;
            kept += map.chosen.k == k;
            bm_clustering_free(&map);
        } else {
            assert_int_equal(status, BM_DEGENERATE);
            assert_true(strlen(err.message) > 20);
        }
        bm_features_free(&clouds);
    }
    assert_true(held >= rounds * 9 / 10);
    assert_true(kept >= rounds * 8 / 10);
}

/* The best assignment with bounds (Bradley, Bennett & Demiriz 2000, by scipy.optimize's
 * linear_sum_assignment, Lloyd's centroids between) of z-scored Mall, k = 5. Its labels are not
 * those of the nearest centroid. */
static void inertia_is_near_that_of_the_best_assignment(void **state) {
    (void)state;
    static const struct {
        size_t least, most;
        double best;
    } known[] = {{30, 0, 73.2722513251619},
                 {36, 0, 81.00512644683518},
                 {0, 60, 75.36049665880098},
                 {23, 70, 69.36792556881706}};
    bm_features mall;
    if (!read_mall(&mall))
        skip();
    for (size_t f = 0; f < 2; f++) {
        double sum = 0, squares = 0;
        for (size_t i = 0; i < 200; i++) {
            sum += mall.x[2 * i + f] / 200;
            squares += mall.x[2 * i + f] * mall.x[2 * i + f] / 200;
        }
        for (size_t i = 0; i < 200; i++)
            mall.x[2 * i + f] = (mall.x[2 * i + f] - sum) / sqrt(squares - sum * sum);
    }
    for (size_t b = 0; b < sizeof known / sizeof known[0]; b++) {
        bm_cluster_options options = bounded(5, 5, known[b].least, known[b].most);
        bm_clustering map;
        assert_int_equal(cluster(&mall, &options, &map, NULL), BM_OK);
        assert_is_a_map(&mall, &options, &map.chosen);
        assert_int_equal(map.chosen.k, 5);
        double means = inertia_of_means(&mall, &map.chosen);
        assert_true(means > known[b].best * (1 - 1e-9));
        assert_true(means < known[b].best * 1.1);
        assert_true(map.chosen.inertia < known[b].best * 1.3);
        assert_near(map.quality[0].inertia_unbounded, 65.56840815571681, 1e-9);
        bm_clustering_free(&map);
    }
    bm_features_free(&mall);
}

static void a_map_within_the_bounds_stays_as_it_is(void **state) {
    (void)state;
    bm_features clouds;
    bm_clustering free_map, map;
    make_clouds(&clouds, 300, 2, 5, 8);
    bm_cluster_options without = bounded(5, 5, 0, 0), with = bounded(5, 5, 1, 300);
    assert_int_equal(cluster(&clouds, &without, &free_map, NULL), BM_OK);
    assert_int_equal(cluster(&clouds, &with, &map, NULL), BM_OK);
    assert_memory_equal(map.chosen.label, free_map.chosen.label, 300 * sizeof(int32_t));
    assert_memory_equal(map.chosen.centroid, free_map.chosen.centroid, 10 * sizeof(double));
    assert_true(isnan(free_map.quality[0].inertia_unbounded));
    assert_true(map.quality[0].inertia_unbounded == map.quality[0].inertia);
    bm_clustering_free(&free_map);
    bm_clustering_free(&map);
    bm_features_free(&clouds);
}

/* Rows of values 0, 1, 2, …, each as often as told. */
static void make_values(bm_features *features, const size_t *times, size_t values) {
    size_t n = 0, i = 0;
    for (size_t v = 0; v < values; v++)
        n += times[v];
    assert_int_equal(bm_features_init(features, n, 1, NULL), BM_OK);
    for (size_t v = 0; v < values; v++)
        for (size_t t = 0; t < times[v]; t++)
            features->x[i++] = (double)v;
}

static void assert_sizes(const size_t *times, size_t values, bm_cluster_options options,
                         const size_t *size, size_t k) {
    bm_features rows;
    bm_clustering map;
    make_values(&rows, times, values);
    assert_int_equal(cluster(&rows, &options, &map, NULL), BM_OK);
    assert_is_a_map(&rows, &options, &map.chosen);
    assert_int_equal(map.chosen.k, k);
    assert_memory_equal(map.chosen.size, size, k * sizeof *size);
    bm_clustering_free(&map);
    bm_features_free(&rows);
}

static void equal_buyers_change_k_where_they_leave_no_other_way(void **state) {
    (void)state;
    static const size_t three[] = {20, 10, 10}, five[] = {10, 10, 10, 10, 10};
    static const size_t merged[] = {20, 20}, parted[] = {20, 20, 10};
    assert_sizes(three, 3, bounded(3, 3, 11, 0), merged, 2);
    assert_sizes(five, 5, bounded(2, 2, 0, 26), parted, 3);
}

static void assert_refused(const size_t *times, size_t values, bm_cluster_options options,
                           const char *word) {
    bm_features rows;
    bm_clustering map;
    bm_error err = {0};
    make_values(&rows, times, values);
    assert_int_equal(cluster(&rows, &options, &map, &err), BM_DEGENERATE);
    if (strstr(err.message, word) == NULL)
        fail_msg("\"%s\" is not in: %s", word, err.message);
    bm_features_free(&rows);
}

static void bounds_that_cannot_hold_are_refused(void **state) {
    (void)state;
    static const size_t crowd[] = {400, 5, 5, 5, 5}, equal[] = {50}, ones[] = {1, 1, 1, 1, 1, 1};
    static const size_t tens[] = {10, 10, 10};
    assert_refused(crowd, 5, bounded(3, 3, 0, 300), "equal in every feature");
    assert_refused(equal, 1, bounded(1, 1, 0, 49), "do not fit into 1 segment of at most 49");
    assert_refused(equal, 1, bounded(1, 1, 51, 0), "cannot be made of 50");
    assert_refused(ones, 6, bounded(6, 6, 2, 0), "room for 3");
    assert_refused(ones, 6, bounded(2, 2, 0, 2), "that takes 3");
    assert_refused(ones, 6, bounded(2, 6, 2, 0), "room for 3");
    assert_refused(tens, 3, bounded(2, 2, 12, 18), "widen the bounds");
}

static void the_extremes_of_k_have_their_bounds(void **state) {
    (void)state;
    static const size_t equal[] = {50}, ones[] = {1, 1, 1, 1, 1, 1}, each[] = {1, 1, 1, 1, 1, 1};
    static const size_t fifty[] = {50};
    assert_sizes(equal, 1, bounded(1, 1, 50, 50), fifty, 1);
    assert_sizes(ones, 6, bounded(6, 6, 1, 1), each, 6);
}

static void the_default_range_of_k_shrinks_to_the_bounds(void **state) {
    (void)state;
    bm_features clouds;
    bm_clustering map;
    make_clouds(&clouds, 100, 2, 4, 8);
    bm_cluster_options options = bounded(2, 12, 18, 40);
    options.k_auto = 1;
    assert_int_equal(cluster(&clouds, &options, &map, NULL), BM_OK);
    assert_is_a_map(&clouds, &options, &map.chosen);
    assert_int_equal(map.tried, 3); /* 3, 4, 5 */
    bm_clustering_free(&map);
    options = bounded(2, 12, 51, 0);
    options.k_auto = 1;
    assert_int_equal(cluster(&clouds, &options, &map, NULL), BM_OK);
    assert_int_equal(map.chosen.k, 1);
    bm_clustering_free(&map);
    bm_features_free(&clouds);
}

static void every_k_of_a_range_holds_the_bounds_or_is_left_out(void **state) {
    (void)state;
    static const size_t times[] = {10, 10, 10, 10, 20};
    bm_features rows;
    bm_clustering map;
    make_values(&rows, times, 5);
    bm_cluster_options options = bounded(3, 5, 10, 20);
    assert_int_equal(cluster(&rows, &options, &map, NULL), BM_OK);
    assert_is_a_map(&rows, &options, &map.chosen);
    for (size_t row = 0; row < 3; row++) {
        bm_cluster_options alone = bounded(3 + row, 3 + row, 0, 0);
        bm_clustering unbounded;
        assert_int_equal(cluster(&rows, &alone, &unbounded, NULL), BM_OK);
        assert_true(map.quality[row].inertia_unbounded == unbounded.quality[0].inertia);
        bm_clustering_free(&unbounded);
    }
    bm_clustering_free(&map);
    bm_features_free(&rows);
}

static void threads_do_not_change_a_byte(void **state) {
    (void)state;
    bm_features clouds;
    make_clouds(&clouds, 30000, 3, 4, 4);
    bm_cluster_options options = bounded(7, 7, 3300, 6500);
    bm_clustering first = {0};
    for (int threads = 1; threads <= 7; threads += threads == 1 ? 1 : 5) {
        bm_clustering map;
        bm_set_threads(threads);
        assert_int_equal(cluster(&clouds, &options, &map, NULL), BM_OK);
        if (threads == 1) {
            assert_is_a_map(&clouds, &options, &map.chosen);
            first = map;
            continue;
        }
        assert_memory_equal(map.chosen.label, first.chosen.label, 30000 * sizeof(int32_t));
        assert_memory_equal(map.chosen.centroid, first.chosen.centroid, 21 * sizeof(double));
        assert_true(map.chosen.inertia == first.chosen.inertia);
        bm_clustering_free(&map);
    }
    bm_set_threads(0);
    bm_clustering_free(&first);
    bm_features_free(&clouds);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds_hold_and_labels_are_those_of_the_nearest_centroid),
        cmocka_unit_test(inertia_is_near_that_of_the_best_assignment),
        cmocka_unit_test(a_map_within_the_bounds_stays_as_it_is),
        cmocka_unit_test(equal_buyers_change_k_where_they_leave_no_other_way),
        cmocka_unit_test(bounds_that_cannot_hold_are_refused),
        cmocka_unit_test(the_extremes_of_k_have_their_bounds),
        cmocka_unit_test(the_default_range_of_k_shrinks_to_the_bounds),
        cmocka_unit_test(every_k_of_a_range_holds_the_bounds_or_is_left_out),
        cmocka_unit_test(threads_do_not_change_a_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
