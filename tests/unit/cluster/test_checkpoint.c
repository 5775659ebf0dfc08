/* A long k-means that is stopped and goes on ends in the same bytes as one that was not. */
#include "dataset.h"

#include "base/parallel.h"
#include "cluster/kmeans.h"
#include "data/rows.h"

#include <unistd.h>

static const bm_context CONTEXT = {.seed = 3};

/* Keeps the last state, and stops the run once it has got `most` of them. */
typedef struct store {
    unsigned char *bytes;
    size_t length, got, most;
} store;

static bm_status keep(void *arg, const void *state, size_t bytes, bm_error *err) {
    store *into = arg;
    into->bytes = realloc(into->bytes, bytes);
    assert_non_null(into->bytes);
    memcpy(into->bytes, state, bytes);
    into->length = bytes;
    return ++into->got == into->most ? bm_fail(err, BM_INTERRUPTED, "stopped") : BM_OK;
}

static bm_status run(const bm_features *features, bm_cluster_options options, const store *from,
                     store *into, bm_clustering *clustering) {
    bm_error err = {0};
    const bm_checkpoint wish = {.seconds = 1e-12,
                                .state = from != NULL ? from->bytes : NULL,
                                .bytes = from != NULL ? from->length : 0,
                                .keep = keep,
                                .arg = into};
    options.checkpoint = into != NULL ? &wish : NULL;
    return bm_cluster(features, &options, NULL, &CONTEXT, clustering, &err);
}

static void assert_same(const bm_clustering *a, const bm_clustering *b) {
    const bm_segmentation *one = &a->chosen, *two = &b->chosen;
    assert_int_equal(one->k, two->k);
    assert_int_equal(one->converged, two->converged);
    assert_memory_equal(one->label, two->label, one->n * sizeof *one->label);
    assert_memory_equal(one->centroid, two->centroid, one->k * one->d * sizeof *one->centroid);
    assert_memory_equal(&one->inertia, &two->inertia, sizeof one->inertia);
    assert_int_equal(one->iterations, two->iterations);
    assert_memory_equal(one->iteration, two->iteration, one->iterations * sizeof *one->iteration);
    assert_int_equal(a->tried, b->tried);
    for (size_t i = 0; i < a->tried; i++) {
        assert_memory_equal(&a->quality[i].inertia, &b->quality[i].inertia, sizeof(double));
        assert_memory_equal(&a->quality[i].silhouette, &b->quality[i].silhouette, sizeof(double));
        assert_int_equal(a->quality[i].chosen, b->quality[i].chosen);
    }
}

/* Stops after the first, the second, … state and goes on to the end; then stops again and again,
 * with one iteration between. every: of the single stops, for what takes long. Gives the number of
 * states. */
static size_t stop_everywhere(const bm_features *features, bm_cluster_options options,
                              size_t every) {
    bm_clustering whole, part;
    store count = {0}, none = {0}, chain = {0};
    /* Indices are made of what the run ends in: only a range is chosen from by them. */
    options.quality = options.k_high > options.k_low;
    assert_int_equal(run(features, options, NULL, NULL, &whole), BM_OK);
    assert_int_equal(run(features, options, NULL, &count, &part), BM_OK);
    assert_same(&whole, &part);
    bm_clustering_free(&part);
    assert_true(count.got > 0);
    for (size_t stop = 1; stop <= count.got; stop += every) {
        store at = {.most = stop};
        assert_int_equal(run(features, options, NULL, &at, &part), BM_INTERRUPTED);
        assert_int_equal(run(features, options, &at, &none, &part), BM_OK);
        assert_same(&whole, &part);
        bm_clustering_free(&part);
        free(at.bytes);
    }
    size_t legs = 0;
    for (;; legs++) {
        store next = {.most = 1};
        bm_status status = run(features, options, legs > 0 ? &chain : NULL, &next, &part);
        if (status == BM_OK) {
            free(next.bytes);
            break;
        }
        assert_int_equal(status, BM_INTERRUPTED);
        assert_true(legs <= count.got);
        free(chain.bytes);
        chain = next;
    }
    assert_int_equal(legs, count.got);
    assert_same(&whole, &part);
    bm_clustering_free(&part);
    bm_clustering_free(&whole);
    free(count.bytes);
    free(none.bytes);
    free(chain.bytes);
    return count.got;
}

/* Rows without any segments: many iterations. */
static void make_noise(bm_features *features, size_t n, size_t d, uint64_t seed) {
    assert_int_equal(bm_features_init(features, n, d, NULL), BM_OK);
    for (size_t i = 0; i < n * d; i++)
        features->x[i] = next_random(&seed);
}

static double uneven(size_t i) {
    return i % 11 == 0 ? 0 : .1 + (double)(i % 7) / 3;
}

static void restarts_in_step_go_on_after_any_iteration(void **state) {
    (void)state;
    bm_features features;
    make_noise(&features, 700, 3, 5);
    bm_cluster_options options = options_for("kmeans", 8, 8);
    assert_true(stop_everywhere(&features, options, 1) > 5);
    assert_int_equal(bm_features_make_single(&features, NULL), BM_OK);
    stop_everywhere(&features, options, 2);
    options.refine = 0;
    stop_everywhere(&features, options, 1);
    options.random_init = 1;
    options.restarts = 1;
    stop_everywhere(&features, options, 1);
    bm_features_free(&features);
}

static void several_groups_of_restarts_go_on(void **state) {
    (void)state;
    bm_features features;
    make_noise(&features, 300, 2, 6);
    bm_cluster_options options = options_for("kmeans", 7, 7);
    options.restarts = 37; /* 16, 16 and 5 in step */
    options.random_init = 1;
    stop_everywhere(&features, options, 1);
    bm_features_free(&features);
}

static void weights_tolerances_and_limits_go_on(void **state) {
    (void)state;
    bm_features features;
    make_noise(&features, 600, 4, 7);
    give_weights(&features, uneven);
    bm_cluster_options options = options_for("kmeans", 9, 9);
    stop_everywhere(&features, options, 1);
    options.tolerance = 1e-2;
    stop_everywhere(&features, options, 1);
    options.tolerance = 0;
    options.max_iterations = 4;
    assert_true(stop_everywhere(&features, options, 1) >= 4);
    bm_features_free(&features);
}

static void all_k_of_a_range_go_on(void **state) {
    (void)state;
    bm_features features;
    make_clouds(&features, 400, 2, 4, 8);
    bm_cluster_options options = options_for("kmeans", 1, 6);
    stop_everywhere(&features, options, 1);
    options.k_low = 2;
    options.k_high = 12;
    options.k_auto = 1;
    options.restarts = 3;
    stop_everywhere(&features, options, 5);
    bm_features_free(&features);
}

/* Two of the centroids are far from all rows: their segments are empty, and are repaired. */
static void repairs_are_passed_over(void **state) {
    (void)state;
    bm_features features;
    make_clouds(&features, 500, 2, 6, 9);
    double init[10 * 2];
    for (size_t j = 0; j < 10; j++) {
        init[2 * j] = j < 7 ? (double)j : 1e4 + (double)j;
        init[2 * j + 1] = j < 7 ? (double)(j * 5 % 7) : -1e4;
    }
    bm_cluster_options options = options_for("kmeans", 10, 10);
    options.init = init;
    bm_clustering whole;
    store count = {0};
    assert_int_equal(run(&features, options, NULL, &count, &whole), BM_OK);
    /* Of each iteration there is a state, and one of the end; but for those with a repair. */
    assert_true(count.got < whole.chosen.iterations + 1);
    bm_clustering_free(&whole);
    free(count.bytes);
    stop_everywhere(&features, options, 1);
    bm_features_free(&features);
}

static void a_matrix_in_a_file_goes_on(void **state) {
    (void)state;
    char folder[] = "/tmp/checkpointXXXXXX", path[64];
    bm_features features, stored = {.n = 900, .d = 3};
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/matrix", folder);
    make_noise(&features, 900, 3, 13);
    assert_int_equal(bm_rows_new(&stored, 1, path, NULL), BM_OK);
    assert_int_equal(bm_rows_put(&stored, 0, stored.n, features.x, NULL), BM_OK);
    assert_true(bm_rows_are_stored(&stored));
    bm_cluster_options options = options_for("kmeans", 6, 7);
    options.restarts = 3;
    stop_everywhere(&stored, options, 4);
    bm_features_free(&features);
    bm_features_free(&stored);
    assert_int_equal(rmdir(folder), 0);
}

/* Above 20,000 rows there are swaps after the restarts, whose budget is what these cost: a count
 * of distances that came out otherwise would change the result. */
static void many_rows_go_on_at_the_same_cost(void **state) {
    (void)state;
    bm_features features;
    make_noise(&features, 21000, 2, 10);
    bm_cluster_options options = options_for("kmeans", 12, 12);
    options.restarts = 3;
    options.quality = 0;
    stop_everywhere(&features, options, 40);
    double distances[2] = {0};
    store at = {.most = 4}, none = {0};
    for (int stopped = 0; stopped < 3; stopped++) {
        int32_t *label = malloc(features.n * sizeof *label);
        const bm_checkpoint wish = {.seconds = 1e-12,
                                    .state = stopped == 2 ? at.bytes : NULL,
                                    .bytes = stopped == 2 ? at.length : 0,
                                    .keep = keep,
                                    .arg = stopped == 1 ? &at : &none};
        bm_kmeans kmeans;
        int converged;
        assert_int_equal(bm_kmeans_init(&kmeans, &features, &options, 12, label, NULL), BM_OK);
        assert_int_equal(bm_kmeans_keep(&kmeans, &wish, NULL), BM_OK);
        assert_int_equal(bm_kmeans_run(&kmeans, 12, &CONTEXT, &converged, NULL),
                         stopped == 1 ? BM_INTERRUPTED : BM_OK);
        if (stopped != 1)
            distances[stopped / 2] = kmeans.race.distances;
        bm_kmeans_free(&kmeans);
        free(label);
    }
    assert_true(distances[0] > 0);
    assert_true(distances[0] <= distances[1] && distances[0] >= distances[1]);
    free(at.bytes);
    free(none.bytes);
    bm_features_free(&features);
}

static bm_status go_on_from(const bm_features *features, bm_cluster_options options,
                            const unsigned char *bytes, size_t length) {
    /* A copy of just that length, so that a read beyond it is seen. */
    store from = {.bytes = malloc(length + (length == 0)), .length = length}, none = {0};
    bm_clustering part = {0};
    memcpy(from.bytes, bytes, length);
    bm_status status = run(features, options, &from, &none, &part);
    bm_clustering_free(&part);
    free(from.bytes);
    free(none.bytes);
    return status;
}

/* Whatever stands in a state, reading it ends: in a run, or in a refusal. */
static void damaged_states_are_refused(void **state) {
    (void)state;
    bm_features features, other;
    make_noise(&features, 100, 2, 11);
    make_noise(&other, 100, 2, 12);
    bm_cluster_options options = options_for("kmeans", 2, 4);
    options.restarts = 2;
    options.quality = 0;
    store at = {.most = 7};
    bm_clustering part;
    uint64_t random = 1;
    assert_int_equal(run(&features, options, NULL, &at, &part), BM_INTERRUPTED);
    assert_int_equal(go_on_from(&features, options, at.bytes, at.length), BM_OK);
    assert_int_equal(go_on_from(&other, options, at.bytes, at.length), BM_DATA);
    size_t whole = 0;
    for (size_t length = 0; length < at.length; length++) {
        bm_status status = go_on_from(&features, options, at.bytes, length);
        /* Cut between two k it is a state by itself. */
        assert_true(status == BM_DATA || status == BM_OK);
        whole += status == BM_OK;
    }
    assert_true(whole <= 2);
    for (int i = 0; i < 1500; i++) {
        size_t place = (size_t)(next_random(&random) * (double)at.length);
        unsigned char was = at.bytes[place];
        at.bytes[place] ^= (unsigned char)(1 << i % 8);
        bm_status status = go_on_from(&features, options, at.bytes, at.length);
        assert_true(status == BM_DATA || status == BM_OK || status == BM_DEGENERATE);
        at.bytes[place] = was;
    }
    free(at.bytes);
    bm_features_free(&features);
    bm_features_free(&other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(restarts_in_step_go_on_after_any_iteration),
        cmocka_unit_test(several_groups_of_restarts_go_on),
        cmocka_unit_test(weights_tolerances_and_limits_go_on),
        cmocka_unit_test(all_k_of_a_range_go_on),
        cmocka_unit_test(repairs_are_passed_over),
        cmocka_unit_test(a_matrix_in_a_file_goes_on),
        cmocka_unit_test(many_rows_go_on_at_the_same_cost),
        cmocka_unit_test(damaged_states_are_refused),
    };
    bm_set_threads(1); /* hundreds of short runs */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
