/* Single linkage against Kruskal's algorithm over all pairs in the order of the tie rule
 * (distance, lower row, higher row): the same tree, byte for byte. */
#include "base/parallel.h"
#include "cluster/hierarchical.h"
#include "kernel/distance.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t state;

static double uniform(void) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (double)(state >> 11) * 0x1p-53;
}

static double normal(void) {
    return sqrt(-2 * log(1 - uniform())) * cos(6.283185307179586 * uniform());
}

static void make_rows(bm_features *features, size_t n, size_t d, uint64_t seed) {
    assert_int_equal(bm_features_init(features, n, d, NULL), BM_OK);
    state = seed * 7919 + 1;
    for (size_t i = 0; i < n * d; i++)
        features->x[i] = normal();
}

static void grow(const bm_features *features, bm_dendrogram *tree) {
    bm_error err = {0};
    if (bm_linkage_tree(features, bm_linkage_find("single"), NULL, tree, &err) != BM_OK)
        fail_msg("%s", err.message);
}

typedef struct edge {
    double length;
    size_t low, high;
} edge;

static int by_order(const void *a, const void *b) {
    const edge *one = a, *other = b;
    if (one->length < other->length || one->length > other->length)
        return one->length < other->length ? -1 : 1;
    if (one->low != other->low)
        return one->low < other->low ? -1 : 1;
    return (one->high > other->high) - (one->high < other->high);
}

/* Kruskal (1956) over all pairs. */
static bm_merge *oracle(const bm_features *features) {
    size_t n = features->n, d = features->d, edges = 0, merges = 0;
    edge *all = calloc(n * n / 2 + 1, sizeof *all);
    bm_merge *merge = calloc(n, sizeof *merge);
    size_t *node = calloc(n, sizeof *node), *size = calloc(2 * n, sizeof *size);
    assert_true(all != NULL && merge != NULL && node != NULL && size != NULL);
    for (size_t i = 0; i < n; i++) {
        node[i] = i;
        size[i] = 1;
        for (size_t j = i + 1; j < n; j++)
            all[edges++] = (edge){
                sqrt(bm_squared_distance(features->x + i * d, features->x + j * d, d)), i, j};
    }
    qsort(all, edges, sizeof *all, by_order);
    for (size_t e = 0; e < edges && merges + 1 < n; e++) {
        size_t a = node[all[e].low], b = node[all[e].high];
        if (a == b)
            continue;
        size[n + merges] = size[a] + size[b];
        merge[merges] = (bm_merge){a < b ? a : b, a < b ? b : a, all[e].length, size[n + merges]};
        for (size_t i = 0; i < n; i++)
            if (node[i] == a || node[i] == b)
                node[i] = n + merges;
        merges++;
    }
    free(all);
    free(node);
    free(size);
    return merge;
}

static void assert_same_tree(const bm_merge *actual, const bm_merge *expected, size_t n) {
    for (size_t m = 0; m + 1 < n; m++) {
        assert_int_equal(actual[m].left, expected[m].left);
        assert_int_equal(actual[m].right, expected[m].right);
        assert_int_equal(actual[m].size, expected[m].size);
        assert_memory_equal(&actual[m].height, &expected[m].height, sizeof(double));
    }
}

/* The tree of the features is the oracle's, and so is that of the same distances as a
 * dissimilarity of any kind. */
static void assert_is_right(const bm_features *features) {
    bm_dendrogram tree = {0}, other = {0};
    bm_dissimilarity euclidean = {0};
    bm_merge *expected = oracle(features);
    grow(features, &tree);
    assert_int_equal(tree.n, features->n);
    assert_same_tree(tree.merge, expected, features->n);
    assert_int_equal(bm_euclidean(features, &euclidean, NULL), BM_OK);
    const bm_tree_task task = {.features = features, .dissimilarity = &euclidean};
    assert_int_equal(bm_tree_grow(&task, bm_linkage_find("single"), &other, NULL), BM_OK);
    assert_same_tree(other.merge, expected, features->n);
    free(expected);
    bm_dissimilarity_free(&euclidean);
    bm_dendrogram_free(&tree);
    bm_dendrogram_free(&other);
}

static void the_tree_is_kruskals_for_any_number_of_rows(void **unused) {
    (void)unused;
    for (size_t n = 1; n <= 400; n += n < 10 ? 1 : 1 + n / 3) {
        for (size_t d = 1; d <= 9; d += 2) {
            bm_features features = {0};
            make_rows(&features, n, d, n + d);
            assert_is_right(&features);
            bm_features_free(&features);
        }
    }
}

static void the_tree_is_kruskals_for_any_number_of_features(void **unused) {
    (void)unused;
    for (size_t d = 1; d <= 67; d++) {
        bm_features features = {0};
        make_rows(&features, 200, d, d);
        assert_is_right(&features);
        bm_features_free(&features);
    }
}

/* Integer grids, equal rows among them: nearly all distances are ties. */
static void ties_are_kruskals(void **unused) {
    (void)unused;
    for (size_t d = 1; d <= 6; d++) {
        for (size_t values = 2; values <= 8; values += 3) {
            bm_features features = {0};
            make_rows(&features, 700, d, d * values);
            for (size_t i = 0; i < 700 * d; i++)
                features.x[i] = floor(uniform() * (double)values) * 0.1;
            assert_is_right(&features);
            bm_features_free(&features);
        }
    }
}

/* Every distance is the same. */
static void corners_of_a_simplex_join_the_first_row(void **unused) {
    (void)unused;
    enum { ROWS = 150 };
    bm_features features = {0};
    make_rows(&features, ROWS, ROWS, 1);
    for (size_t i = 0; i < ROWS * ROWS; i++)
        features.x[i] = i % (ROWS + 1) == 0;
    assert_is_right(&features);
    bm_features_free(&features);
}

/* Several levels of boxes, clouds far apart, outliers: a large set has all of them. */
static void the_tree_of_clouds_and_outliers_is_kruskals(void **unused) {
    (void)unused;
    enum { ROWS = 1300, D = 3 };
    bm_features features = {0};
    make_rows(&features, ROWS, D, 5);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t f = 0; f < D; f++)
            features.x[i * D + f] +=
                i % 50 == 0 ? 1e4 * normal() : 100 * floor((double)(i % 7) / 2);
    assert_is_right(&features);
    bm_features_free(&features);
}

/* Knots of rows so much tighter than a leaf is wide that floats see nothing of what is within. */
static void the_tree_of_knots_is_kruskals(void **unused) {
    (void)unused;
    enum { KNOTS = 40, ROWS = 10 * KNOTS, D = 300 };
    bm_features features = {0};
    double knot[KNOTS * D];
    make_rows(&features, ROWS, D, 14);
    for (size_t i = 0; i < KNOTS * D; i++)
        knot[i] = 2 * uniform() - 1;
    for (size_t i = 0; i < ROWS * D; i++)
        features.x[i] = knot[i / D % KNOTS * D + i % D] + 1e-6 * features.x[i];
    assert_is_right(&features);
    bm_features_free(&features);
}

/* 16 squares of 64 points: each is a leaf, and as far from the next as their boxes are. */
static void squares_as_far_apart_as_their_boxes_are_kruskals(void **unused) {
    (void)unused;
    enum { ROWS = 1024 };
    bm_features features = {0};
    make_rows(&features, ROWS, 2, 15);
    for (size_t i = 0; i < ROWS; i++) {
        size_t at = i * 389 % ROWS, square = at / 64, point = at % 64;
        features.x[2 * i] = (double)(square % 4 * 11 + point % 8);
        features.x[2 * i + 1] = (double)(square / 4 * 11 + point / 8);
    }
    assert_is_right(&features);
    bm_features_free(&features);
}

/* More rows than one thread takes at a time. */
static void rows_of_dissimilarities_give_the_same_tree(void **unused) {
    (void)unused;
    enum { ROWS = 5000 };
    bm_features features = {0};
    bm_dissimilarity euclidean = {0};
    bm_dendrogram tree = {0}, other = {0};
    make_rows(&features, ROWS, 2, 12);
    for (size_t i = 0; i < ROWS * 2; i++)
        features.x[i] = floor(features.x[i] * 50);
    assert_int_equal(bm_euclidean(&features, &euclidean, NULL), BM_OK);
    const bm_tree_task task = {.features = &features, .dissimilarity = &euclidean};
    grow(&features, &tree);
    assert_int_equal(bm_tree_grow(&task, bm_linkage_find("single"), &other, NULL), BM_OK);
    assert_same_tree(other.merge, tree.merge, ROWS);
    bm_dissimilarity_free(&euclidean);
    bm_dendrogram_free(&tree);
    bm_dendrogram_free(&other);
    bm_features_free(&features);
}

static void zeros_of_either_sign_are_equal(void **unused) {
    (void)unused;
    bm_features features = {0};
    make_rows(&features, 130, 2, 9);
    for (size_t i = 0; i < 260; i++)
        features.x[i] = i % 3 == 0 ? -0.0 : i % 5 == 0 ? 0.0 : floor(features.x[i]);
    assert_is_right(&features);
    bm_features_free(&features);
}

/* A power of two changes no bit of a fraction, as long as squares stay within a double. */
static void the_tree_does_not_depend_on_the_unit(void **unused) {
    (void)unused;
    enum { ROWS = 500, D = 4 };
    static const int exponents[] = {-480, -300, -40, 40, 300, 505};
    bm_features features = {0};
    bm_dendrogram unit = {0};
    make_rows(&features, ROWS, D, 2);
    grow(&features, &unit);
    for (size_t e = 0; e < sizeof exponents / sizeof exponents[0]; e++) {
        bm_features scaled = {0};
        bm_dendrogram tree = {0};
        make_rows(&scaled, ROWS, D, 2);
        for (size_t i = 0; i < ROWS * D; i++)
            scaled.x[i] = ldexp(scaled.x[i], exponents[e]);
        grow(&scaled, &tree);
        for (size_t m = 0; m + 1 < ROWS; m++)
            tree.merge[m].height = ldexp(tree.merge[m].height, -exponents[e]);
        assert_same_tree(tree.merge, unit.merge, ROWS);
        bm_dendrogram_free(&tree);
        bm_features_free(&scaled);
    }
    bm_dendrogram_free(&unit);
    bm_features_free(&features);
}

/* Clouds so far from 0 and from each other that floats could not tell their points apart. */
static void the_tree_does_not_depend_on_the_origin(void **unused) {
    (void)unused;
    enum { ROWS = 600, D = 2 };
    bm_features features = {0};
    make_rows(&features, ROWS, D, 3);
    for (size_t i = 0; i < ROWS * D; i++)
        features.x[i] += i % 4 < 2 ? 1.7e9 : -3e10;
    assert_is_right(&features);
    bm_features_free(&features);
}

static void trees_have_the_same_bytes_for_any_number_of_threads(void **unused) {
    (void)unused;
    enum { ROWS = 20000, D = 3 };
    static const int threads[] = {2, 7};
    bm_features features = {0};
    bm_dendrogram one = {0}, many = {0};
    make_rows(&features, ROWS, D, 4);
    for (size_t i = 0; i < ROWS * D; i++) /* ties, and some equal rows */
        features.x[i] = floor(features.x[i] * 20);
    bm_set_threads(1);
    grow(&features, &one);
    for (size_t t = 0; t < 2; t++) {
        bm_set_threads(threads[t]);
        grow(&features, &many);
        assert_memory_equal(one.merge, many.merge, (ROWS - 1) * sizeof *one.merge);
        bm_dendrogram_free(&many);
    }
    bm_set_threads(0);
    bm_dendrogram_free(&one);
    bm_features_free(&features);
}

static void weights_make_no_difference(void **unused) {
    (void)unused;
    bm_features features = {0};
    bm_dendrogram plain = {0}, weighted = {0};
    make_rows(&features, 300, 2, 6);
    grow(&features, &plain);
    features.weight = calloc(300, sizeof(double));
    assert_non_null(features.weight);
    for (size_t i = 0; i < 300; i++)
        features.weight[i] = 0.1 + uniform();
    grow(&features, &weighted);
    assert_same_tree(weighted.merge, plain.merge, 300);
    bm_dendrogram_free(&plain);
    bm_dendrogram_free(&weighted);
    bm_features_free(&features);
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* On a line the edges are the gaps, and the root of a square of one is that gap bit for bit. */
static void a_line_of_many_rows_merges_by_its_gaps(void **unused) {
    (void)unused;
    enum { ROWS = 200000 };
    bm_features features = {0};
    bm_dendrogram tree = {0};
    make_rows(&features, ROWS, 1, 16);
    grow(&features, &tree);
    qsort(features.x, ROWS, sizeof(double), ascending);
    for (size_t i = 0; i + 1 < ROWS; i++)
        features.x[i] = features.x[i + 1] - features.x[i];
    qsort(features.x, ROWS - 1, sizeof(double), ascending);
    for (size_t m = 0; m + 1 < ROWS; m++)
        assert_true(tree.merge[m].height == features.x[m]);
    assert_int_equal(tree.merge[ROWS - 2].size, ROWS);
    bm_dendrogram_free(&tree);
    bm_features_free(&features);
}

/* Quadratic work would take hours. */
static void a_million_rows_of_few_values_are_quick(void **unused) {
    (void)unused;
    enum { ROWS = 1000000, VALUES = 5 };
    bm_features features = {0};
    bm_dendrogram tree = {0};
    assert_int_equal(bm_features_init(&features, ROWS, 2, NULL), BM_OK);
    state = 8;
    for (size_t i = 0; i < ROWS * 2; i++)
        features.x[i] = floor(uniform() * VALUES);
    grow(&features, &tree);
    size_t apart = VALUES * VALUES - 1;
    for (size_t m = 0; m < ROWS - 1; m++)
        assert_true(tree.merge[m].height == (m < ROWS - 1 - apart ? 0 : 1));
    assert_int_equal(tree.merge[ROWS - 2].size, ROWS);
    bm_dendrogram_free(&tree);
    bm_features_free(&features);
}

/* Only an edge of the tree must fit a double: 0, 1e150, 2e150, … reach farther than that. */
static void only_a_merge_past_a_double_is_an_error(void **unused) {
    (void)unused;
    enum { ROWS = 20000 };
    bm_features features = {0};
    bm_dendrogram tree = {0};
    bm_error err = {0};
    assert_int_equal(bm_features_init(&features, ROWS, 1, NULL), BM_OK);
    for (size_t i = 0; i < ROWS; i++)
        features.x[i] = 1e150 * (double)i;
    grow(&features, &tree);
    assert_true(fabs(tree.merge[ROWS - 2].height / 1e150 - 1) < 1e-9);
    bm_dendrogram_free(&tree);
    features.x[7] = 1e200;
    assert_int_equal(bm_linkage_tree(&features, bm_linkage_find("single"), NULL, &tree, &err),
                     BM_DATA);
    assert_non_null(strstr(err.message, "normalize"));
    assert_null(tree.merge);
    bm_features_free(&features);
}

static void without_last(const bm_dissimilarity *self, size_t row, size_t rows, size_t column,
                         size_t columns, size_t stride, double *tile) {
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++) {
            size_t a = row + i, b = column + j;
            int out = a != b && (a == self->n - 1 || b == self->n - 1);
            tile[i * stride + j] = out ? INFINITY : fabs((double)a - (double)b);
        }
}

static void a_dissimilarity_past_a_double_is_an_error(void **unused) {
    (void)unused;
    bm_features features = {.n = 50, .d = 1};
    bm_dissimilarity none = {.n = 50, .name = "none", .tile = without_last};
    const bm_tree_task task = {.features = &features, .dissimilarity = &none};
    bm_dendrogram tree = {0};
    assert_int_equal(bm_tree_grow(&task, bm_linkage_find("single"), &tree, NULL), BM_DATA);
    assert_null(tree.merge);
}

static void memory_grows_with_the_rows_alone(void **unused) {
    (void)unused;
    const bm_linkage *single = bm_linkage_find("single");
    size_t one = bm_linkage_memory(single, 1000000, 8, 0);
    assert_true(one < (size_t)300 << 20);
    assert_true(bm_linkage_memory(single, 2000000, 8, 0) < 2 * one);
    assert_true(bm_linkage_memory(single, SIZE_MAX / 64, 8, 0) == SIZE_MAX);
    assert_true(bm_linkage_memory(single, 10, SIZE_MAX / 64, 0) == SIZE_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tree_is_kruskals_for_any_number_of_rows),
        cmocka_unit_test(the_tree_is_kruskals_for_any_number_of_features),
        cmocka_unit_test(ties_are_kruskals),
        cmocka_unit_test(corners_of_a_simplex_join_the_first_row),
        cmocka_unit_test(the_tree_of_clouds_and_outliers_is_kruskals),
        cmocka_unit_test(the_tree_of_knots_is_kruskals),
        cmocka_unit_test(squares_as_far_apart_as_their_boxes_are_kruskals),
        cmocka_unit_test(rows_of_dissimilarities_give_the_same_tree),
        cmocka_unit_test(zeros_of_either_sign_are_equal),
        cmocka_unit_test(the_tree_does_not_depend_on_the_unit),
        cmocka_unit_test(the_tree_does_not_depend_on_the_origin),
        cmocka_unit_test(trees_have_the_same_bytes_for_any_number_of_threads),
        cmocka_unit_test(weights_make_no_difference),
        cmocka_unit_test(a_line_of_many_rows_merges_by_its_gaps),
        cmocka_unit_test(a_million_rows_of_few_values_are_quick),
        cmocka_unit_test(only_a_merge_past_a_double_is_an_error),
        cmocka_unit_test(a_dissimilarity_past_a_double_is_an_error),
        cmocka_unit_test(memory_grows_with_the_rows_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
