/* Trees of all linkages, replayed against the definition of each linkage in O(n³): whatever way
 * ties fall, every merge must join two clusters that are the closest at that moment, at the height
 * the definition gives. Weights are checked against duplicated rows, threads byte for byte. */
#include "base/memory.h"
#include "cluster/hierarchical.h"

#include "base/parallel.h"

#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* cmocka has no comparison of doubles. */
static void assert_near(double actual, double expected, double tolerance) {
    if (!(fabs(actual - expected) <= tolerance))
        fail_msg("%.17g is not %.17g to within %g", actual, expected, tolerance);
}

static uint64_t state;

static double uniform(void) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (double)(state >> 11) * 0x1p-53;
}

static void make_rows(bm_features *features, size_t n, size_t d, uint64_t seed) {
    assert_int_equal(bm_features_init(features, n, d, NULL), BM_OK);
    state = seed * 7919 + 1;
    for (size_t i = 0; i < n * d; i++)
        features->x[i] = uniform();
}

/* Each linkage as it is, and as if there were many buyers. */
static const bm_linkage *ways(void) {
    static bm_linkage way[15];
    for (size_t l = 0; l < 7; l++) {
        way[2 * l] = way[2 * l + 1] = bm_linkages[l];
        way[2 * l + 1].walks = 0;
    }
    return way;
}

static void grow(const bm_features *features, const bm_linkage *linkage, bm_dendrogram *tree) {
    bm_error err = {0};
    assert_int_equal(bm_linkage_tree(features, linkage, NULL, tree, &err), BM_OK);
}

/* A node's share of each row: what its mean distance or its centre is made of. */
typedef struct replay {
    const bm_features *features;
    const char *name;
    double *share;  /* [2n × n] */
    double *weight; /* [2n] */
} replay;

static double row_distance(const bm_features *f, size_t i, size_t j) {
    double sum = 0;
    for (size_t c = 0; c < f->d; c++)
        sum += pow(f->x[i * f->d + c] - f->x[j * f->d + c], 2);
    return sqrt(sum);
}

static double centre_distance(const replay *r, const double *a, const double *b) {
    double sum = 0;
    for (size_t c = 0; c < r->features->d; c++) {
        double difference = 0;
        for (size_t i = 0; i < r->features->n; i++)
            difference += (a[i] - b[i]) * r->features->x[i * r->features->d + c];
        sum += difference * difference;
    }
    return sqrt(sum);
}

/* The dissimilarity of two nodes as the linkage is defined, without any update formula. */
static double defined(const replay *r, size_t node_a, size_t node_b) {
    size_t n = r->features->n;
    const double *a = r->share + node_a * n, *b = r->share + node_b * n;
    double v = r->weight[node_a], w = r->weight[node_b];
    if (strcmp(r->name, "ward") == 0)
        return sqrt(2 * v * w / (v + w)) * centre_distance(r, a, b);
    if (strcmp(r->name, "centroid") == 0 || strcmp(r->name, "median") == 0)
        return centre_distance(r, a, b);
    double least = INFINITY, most = 0, mean = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n && a[i] > 0; j++) {
            if (b[j] == 0)
                continue;
            double distance = row_distance(r->features, i, j);
            least = fmin(least, distance);
            most = fmax(most, distance);
            mean += a[i] * b[j] * distance;
        }
    }
    if (strcmp(r->name, "single") == 0)
        return least;
    return strcmp(r->name, "complete") == 0 ? most : mean;
}

static void join(replay *r, const bm_merge *merge, size_t node) {
    size_t n = r->features->n;
    int halves = strcmp(r->name, "weighted") == 0 || strcmp(r->name, "median") == 0;
    double v = r->weight[merge->left], w = r->weight[merge->right];
    double left = halves ? 0.5 : v / (v + w);
    for (size_t i = 0; i < n; i++)
        r->share[node * n + i] =
            left * r->share[merge->left * n + i] + (1 - left) * r->share[merge->right * n + i];
    r->weight[node] = v + w;
}

static void assert_tree_is_defined(const bm_features *features, const bm_linkage *linkage,
                                   const bm_dendrogram *tree) {
    size_t n = features->n;
    replay r = {features, linkage->name, calloc(2 * n * n, sizeof(double)),
                calloc(2 * n, sizeof(double))};
    int *alive = calloc(2 * n, sizeof *alive);
    size_t *size = calloc(2 * n, sizeof *size);
    assert_non_null(r.share), assert_non_null(r.weight), assert_non_null(alive);
    for (size_t i = 0; i < n; i++) {
        r.share[i * n + i] = alive[i] = 1;
        size[i] = 1;
        r.weight[i] = features->weight != NULL ? features->weight[i] : 1;
    }
    assert_int_equal(tree->n, n);
    for (size_t m = 0; m + 1 < n; m++) {
        const bm_merge *merge = &tree->merge[m];
        assert_true(merge->left < merge->right && merge->right < n + m);
        assert_true(alive[merge->left] && alive[merge->right]);
        double closest = INFINITY;
        for (size_t a = 0; a < n + m; a++) {
            for (size_t b = 0; b < a && alive[a]; b++) {
                if (alive[b])
                    closest = fmin(closest, defined(&r, a, b));
            }
        }
        assert_near(merge->height, closest, 1e-9 * (closest + 0.01));
        assert_near(merge->height, defined(&r, merge->left, merge->right), 1e-9 * (closest + 0.01));
        join(&r, merge, n + m);
        alive[merge->left] = alive[merge->right] = 0;
        alive[n + m] = 1;
        size[n + m] = size[merge->left] + size[merge->right];
        assert_int_equal(merge->size, size[n + m]);
        if (m > 0 && !linkage->inverts)
            assert_true(merge->height >= merge[-1].height);
    }
    free(r.share);
    free(r.weight);
    free(alive);
    free(size);
}

static void every_merge_joins_the_closest_two_clusters(void **unused) {
    (void)unused;
    for (const bm_linkage *linkage = ways(); linkage->name != NULL; linkage++) {
        for (size_t n = 1; n <= 60; n += n < 8 ? 1 : 13) {
            bm_features features = {0};
            bm_dendrogram tree = {0};
            make_rows(&features, n, 1 + n % 4, n);
            grow(&features, linkage, &tree);
            assert_tree_is_defined(&features, linkage, &tree);
            bm_dendrogram_free(&tree);
            bm_features_free(&features);
        }
    }
}

static void every_merge_joins_the_closest_two_clusters_among_ties(void **unused) {
    (void)unused;
    for (const bm_linkage *linkage = ways(); linkage->name != NULL; linkage++) {
        for (size_t n = 6; n <= 54; n += 12) {
            bm_features features = {0};
            bm_dendrogram tree = {0};
            make_rows(&features, n, 2, n);
            for (size_t i = 0; i < n * 2; i++)
                features.x[i] = floor(4 * features.x[i]);
            grow(&features, linkage, &tree);
            assert_tree_is_defined(&features, linkage, &tree);
            bm_dendrogram_free(&tree);
            bm_features_free(&features);
        }
    }
}

static void every_merge_joins_the_closest_two_weighted_clusters(void **unused) {
    (void)unused;
    for (const bm_linkage *linkage = ways(); linkage->name != NULL; linkage++) {
        bm_features features = {0};
        bm_dendrogram tree = {0};
        make_rows(&features, 40, 3, 5);
        features.weight = calloc(40, sizeof(double));
        assert_non_null(features.weight);
        for (size_t i = 0; i < 40; i++)
            features.weight[i] = 0.1 + 3 * uniform();
        grow(&features, linkage, &tree);
        assert_tree_is_defined(&features, linkage, &tree);
        bm_dendrogram_free(&tree);
        bm_features_free(&features);
    }
}

/* A buyer of weight w stands for w equal buyers: their merges at height 0 come first, the rest is
 * the weighted tree. weighted and median do not know sizes, so duplicates change them. */
static void a_weight_of_w_equals_w_duplicates(void **unused) {
    (void)unused;
    static const char *const names[] = {"ward", "single", "complete", "average", "centroid"};
    enum { ROWS = 30 };
    for (size_t l = 0; l < sizeof names / sizeof names[0]; l++) {
        const bm_linkage *linkage = bm_linkage_find(names[l]);
        bm_features once = {0}, repeated = {0};
        bm_dendrogram weighted_tree = {0}, repeated_tree = {0};
        make_rows(&once, ROWS, 2, 11);
        once.weight = calloc(ROWS, sizeof(double));
        assert_non_null(once.weight);
        size_t total = 0;
        for (size_t i = 0; i < ROWS; i++)
            total += (size_t)(once.weight[i] = (double)(1 + i % 3));
        assert_int_equal(bm_features_init(&repeated, total, 2, NULL), BM_OK);
        for (size_t i = 0, to = 0; i < ROWS; i++) {
            for (size_t copy = 0; copy < 1 + i % 3; copy++)
                memcpy(repeated.x + 2 * to++, once.x + 2 * i, 2 * sizeof(double));
        }
        grow(&once, linkage, &weighted_tree);
        grow(&repeated, linkage, &repeated_tree);
        for (size_t m = 0; m < ROWS - 1; m++)
            assert_near(weighted_tree.merge[m].height, repeated_tree.merge[total - ROWS + m].height,
                        1e-12);
        assert_near(repeated_tree.merge[total - ROWS - 1].height, 0, 0);
        assert_int_equal(weighted_tree.merge[ROWS - 2].size, ROWS);
        bm_dendrogram_free(&weighted_tree);
        bm_dendrogram_free(&repeated_tree);
        bm_features_free(&once);
        bm_features_free(&repeated);
    }
}

static void trees_have_the_same_bytes_for_any_number_of_threads(void **unused) {
    (void)unused;
    enum { ROWS = 501 };
    static const int threads[] = {2, 7};
    for (const bm_linkage *linkage = ways(); linkage->name != NULL; linkage++) {
        bm_features features = {0};
        bm_dendrogram one = {0}, many = {0};
        make_rows(&features, ROWS, 5, 3);
        bm_set_threads(1);
        grow(&features, linkage, &one);
        for (size_t t = 0; t < 2; t++) {
            bm_set_threads(threads[t]);
            grow(&features, linkage, &many);
            assert_memory_equal(one.merge, many.merge, (ROWS - 1) * sizeof *one.merge);
            bm_dendrogram_free(&many);
        }
        bm_set_threads(0);
        bm_dendrogram_free(&one);
        bm_features_free(&features);
    }
}

static void ties_go_to_the_lowest_rows(void **unused) {
    (void)unused;
    for (const bm_linkage *linkage = ways(); linkage->name != NULL; linkage++) {
        bm_features features = {0};
        bm_dendrogram tree = {0};
        assert_int_equal(bm_features_init(&features, 4, 1, NULL), BM_OK);
        for (size_t i = 0; i < 4; i++)
            features.x[i] = (double)i;
        grow(&features, linkage, &tree);
        int chained = strcmp(linkage->name, "single") == 0;
        assert_int_equal(tree.merge[0].left, 0);
        assert_int_equal(tree.merge[0].right, 1);
        assert_int_equal(tree.merge[1].left, 2);
        assert_int_equal(tree.merge[1].right, chained ? 4 : 3);
        bm_dendrogram_free(&tree);
        bm_features_free(&features);
    }
}

/* Rounding, made coarse: a new cluster comes closer than either of its halves was, by more to some
 * than to others. */
static double shrinking(double ik, double jk, double ij, double size_i, double size_j,
                        double size_k) {
    (void)ij, (void)size_i, (void)size_j, (void)size_k;
    double bits = 1000 * (ik + jk);
    return (0.2 + 0.8 * (bits - floor(bits))) * (ik < jk ? ik : jk);
}

static void a_chain_that_meets_itself_still_gives_a_tree(void **unused) {
    (void)unused;
    enum { ROWS = 60 };
    bm_linkage linkage = {.name = "shrinking", .engine = &bm_by_matrix, .update = shrinking};
    for (uint64_t seed = 1; seed <= 40; seed++) {
        linkage.walks = seed % 2 == 0;
        bm_features features = {0};
        bm_dendrogram tree = {0};
        int used[2 * ROWS] = {0};
        make_rows(&features, ROWS, 1, seed);
        for (size_t i = 0; i < ROWS; i++) /* gaps that shrink: the chain runs down all of them */
            features.x[i] = pow(0.9, (double)i) * (1 + 0.02 * features.x[i]);
        grow(&features, &linkage, &tree);
        for (size_t m = 0; m < ROWS - 1; m++) {
            assert_true(tree.merge[m].left < tree.merge[m].right);
            assert_true(tree.merge[m].right < ROWS + m);
            assert_int_equal(used[tree.merge[m].left]++, 0);
            assert_int_equal(used[tree.merge[m].right]++, 0);
        }
        assert_int_equal(tree.merge[ROWS - 2].size, ROWS);
        bm_dendrogram_free(&tree);
        bm_features_free(&features);
    }
}

/* An isosceles triangle: the first merge at 1, the third corner then at 0.9. */
static void heights_that_invert_stay_in_merge_order(void **unused) {
    (void)unused;
    static const double corner[] = {0, 0, 1, 0, 0.5, 0.9};
    static const char *const names[] = {"centroid", "median"};
    for (size_t l = 0; l < 2; l++) {
        bm_features features = {0};
        bm_dendrogram tree = {0};
        assert_int_equal(bm_features_init(&features, 3, 2, NULL), BM_OK);
        memcpy(features.x, corner, sizeof corner);
        grow(&features, bm_linkage_find(names[l]), &tree);
        assert_near(tree.merge[0].height, 1, 1e-15);
        assert_near(tree.merge[1].height, 0.9, 1e-15);
        assert_int_equal(tree.merge[1].left, 2);
        assert_int_equal(tree.merge[1].right, 3);
        bm_dendrogram_free(&tree);
        bm_features_free(&features);
    }
}

static void equal_rows_merge_at_height_0(void **unused) {
    (void)unused;
    for (const bm_linkage *linkage = ways(); linkage->name != NULL; linkage++) {
        bm_features features = {0};
        bm_dendrogram tree = {0};
        make_rows(&features, 20, 2, 1);
        for (size_t i = 0; i < 40; i++)
            features.x[i] = 0.1 * (double)(1 + i % 2);
        grow(&features, linkage, &tree);
        for (size_t m = 0; m < 19; m++)
            assert_near(tree.merge[m].height, 0, 0);
        assert_int_equal(tree.merge[18].size, 20);
        bm_dendrogram_free(&tree);
        bm_features_free(&features);
    }
}

static void a_refusal_says_how_many_buyers_would_fit(void **unused) {
    (void)unused;
    bm_features features = {.n = 10000, .d = 16};
    bm_context context = {.memory_limit = 1u << 20};
    bm_dendrogram tree = {0};
    bm_error err = {0};
    const bm_linkage *complete = bm_linkage_find("complete");
    assert_int_equal(bm_linkage_tree(&features, complete, &context, &tree, &err), BM_LIMIT);
    char bytes[32];
    assert_non_null(
        strstr(err.message, bm_format_bytes(bytes, sizeof bytes,
                                            bm_linkage_memory(complete, 10000, features.d, 0))));
    const char *fits = strstr(err.message, "at most ");
    assert_non_null(fits);
    size_t n = (size_t)strtoull(fits + strlen("at most "), NULL, 10);
    assert_true(bm_linkage_memory(complete, n, features.d, 0) <= context.memory_limit);
    assert_true(bm_linkage_memory(complete, n + 1, features.d, 0) > context.memory_limit);
    assert_null(tree.merge);
}

/* The walk's square never decides. */
static void the_most_buyers_are_those_whose_centres_fit(void **unused) {
    (void)unused;
    const bm_linkage *ward = bm_linkage_find("ward");
    static const size_t limits[] = {1u << 18, 50u << 20, 200u << 20};
    for (size_t l = 0; l < 3; l++) {
        bm_features features = {.n = 3000000, .d = 2};
        bm_context context = {.memory_limit = limits[l]};
        bm_dendrogram tree = {0};
        bm_error err = {0};
        assert_int_equal(bm_linkage_tree(&features, ward, &context, &tree, &err), BM_LIMIT);
        const char *fits = strstr(err.message, "at most ");
        assert_non_null(fits);
        size_t n = (size_t)strtoull(fits + strlen("at most "), NULL, 10);
        assert_true(l == 0 ? n < BM_WALK_MOST : n > BM_WALK_MOST);
        assert_true(bm_linkage_memory(ward, n, 2, 0) <= limits[l]);
        assert_true(bm_linkage_memory(ward, n + 1, 2, 0) > limits[l]);
    }
}

static void fewer_buyers_never_need_more(void **unused) {
    (void)unused;
    for (const bm_linkage *linkage = bm_linkages; linkage->name != NULL; linkage++) {
        for (int form = 0; form < 4; form++) {
            if ((form & BM_ANY_DISTANCE) != 0 && !linkage->engine->any_dissimilarity)
                continue;
            for (size_t n = 2, before = 0; n < 6000; n++) {
                size_t bytes = bm_linkage_memory(linkage, n, 3, form);
                if (bytes < before)
                    fail_msg("%s of %zu buyers needs %zu bytes, %zu of one less", linkage->name, n,
                             bytes, before);
                before = bytes;
            }
        }
    }
}

static void a_matrix_past_the_address_space_is_refused(void **unused) {
    (void)unused;
    bm_features features = {.n = SIZE_MAX / 2, .d = 1};
    bm_dendrogram tree = {0};
    bm_error err = {0};
    assert_int_equal(bm_linkage_memory(bm_linkage_find("complete"), features.n, 1, 0), SIZE_MAX);
    for (const bm_linkage *linkage = ways(); linkage->name != NULL; linkage++)
        assert_int_equal(bm_linkage_tree(&features, linkage, NULL, &tree, &err), BM_LIMIT);
}

static void distances_past_a_double_are_an_error(void **unused) {
    (void)unused;
    static const double far[2] = {1e200, 1.3e154}; /* overflows at once; only in ward's update */
    for (size_t f = 0; f < 2; f++) {
        bm_features features = {0};
        bm_dendrogram tree = {0};
        bm_error err = {0};
        assert_int_equal(bm_features_init(&features, 4, 1, NULL), BM_OK);
        features.x[2] = features.x[3] = far[f];
        assert_int_equal(bm_linkage_tree(&features, bm_linkage_find("ward"), NULL, &tree, &err),
                         BM_DATA);
        assert_non_null(strstr(err.message, "normalize"));
        assert_null(tree.merge);
        bm_features_free(&features);
    }
}

static void an_interrupt_stops_the_work(void **unused) {
    (void)unused;
    for (const bm_linkage *linkage = ways(); linkage->name != NULL; linkage++) {
        bm_features features = {0};
        bm_dendrogram tree = {0};
        make_rows(&features, 10, 2, 1);
        bm_interrupt(SIGINT);
        bm_status status = bm_linkage_tree(&features, linkage, NULL, &tree, NULL);
        bm_interrupt(0);
        assert_int_equal(status, BM_INTERRUPTED);
        assert_null(tree.merge);
        bm_features_free(&features);
    }
}

static void count_progress(void *arg, const bm_progress_report *report) {
    uint64_t *seen = arg;
    if (strcmp(report->stage, "linkage") != 0)
        return;
    assert_string_equal(report->unit, "merges");
    assert_int_equal(report->total, 1999);
    assert_true(report->done > *seen);
    *seen = report->done;
}

static void progress_ends_at_the_last_merge(void **unused) {
    (void)unused;
    bm_features features = {0};
    bm_dendrogram tree = {0};
    uint64_t seen = 0;
    bm_log log = {.progress = count_progress, .arg = &seen};
    bm_context context = {.log = &log};
    make_rows(&features, 2000, 2, 1);
    assert_int_equal(bm_linkage_tree(&features, bm_linkage_find("average"), &context, &tree, NULL),
                     BM_OK);
    assert_int_equal(seen, 1999);
    bm_dendrogram_free(&tree);
    bm_features_free(&features);
}

static void a_linkage_is_found_by_its_name(void **unused) {
    (void)unused;
    for (const bm_linkage *linkage = bm_linkages; linkage->name != NULL; linkage++)
        assert_ptr_equal(bm_linkage_find(linkage->name), linkage);
    assert_null(bm_linkage_find("wards"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_merge_joins_the_closest_two_clusters),
        cmocka_unit_test(every_merge_joins_the_closest_two_clusters_among_ties),
        cmocka_unit_test(every_merge_joins_the_closest_two_weighted_clusters),
        cmocka_unit_test(a_weight_of_w_equals_w_duplicates),
        cmocka_unit_test(trees_have_the_same_bytes_for_any_number_of_threads),
        cmocka_unit_test(ties_go_to_the_lowest_rows),
        cmocka_unit_test(a_chain_that_meets_itself_still_gives_a_tree),
        cmocka_unit_test(heights_that_invert_stay_in_merge_order),
        cmocka_unit_test(equal_rows_merge_at_height_0),
        cmocka_unit_test(a_refusal_says_how_many_buyers_would_fit),
        cmocka_unit_test(the_most_buyers_are_those_whose_centres_fit),
        cmocka_unit_test(fewer_buyers_never_need_more),
        cmocka_unit_test(a_matrix_past_the_address_space_is_refused),
        cmocka_unit_test(distances_past_a_double_are_an_error),
        cmocka_unit_test(an_interrupt_stops_the_work),
        cmocka_unit_test(progress_ends_at_the_last_merge),
        cmocka_unit_test(a_linkage_is_found_by_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
