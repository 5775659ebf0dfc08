/* Cophenetic correlation against a naive one: a full matrix of joining heights and two passes in
 * long double. */
#include "random_tree.h"

#include "cluster/hierarchical.h"
#include "cluster/tree.h"

#include "base/parallel.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* cmocka has no comparison of doubles. */
static void assert_near(double actual, double expected, double tolerance) {
    if (!(fabs(actual - expected) <= tolerance))
        fail_msg("%.17g is not %.17g to within %g", actual, expected, tolerance);
}

static void make_rows(bm_features *features, size_t n, size_t d, double offset) {
    uint64_t state = n;
    assert_int_equal(bm_features_init(features, n, d, NULL), BM_OK);
    for (size_t i = 0; i < n * d; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        features->x[i] = offset + (double)(state >> 11) * 0x1p-53;
    }
}

/* node_of[i]: the node that holds row i; a merge sets the height of every pair it joins. */
static double naive(const bm_features *f, const bm_dendrogram *tree) {
    size_t n = f->n, pairs = n * (n - 1) / 2, at = 0;
    size_t *node_of = calloc(n, sizeof *node_of);
    double *a = calloc(pairs, sizeof *a), *b = calloc(pairs, sizeof *b);
    assert_non_null(node_of), assert_non_null(a), assert_non_null(b);
    for (size_t i = 0; i < n; i++)
        node_of[i] = i;
    for (size_t m = 0; m + 1 < n; m++) {
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j < n && node_of[i] == tree->merge[m].left; j++) {
                if (node_of[j] != tree->merge[m].right)
                    continue;
                double sum = 0;
                for (size_t c = 0; c < f->d; c++)
                    sum += pow(f->x[i * f->d + c] - f->x[j * f->d + c], 2);
                a[at] = sqrt(sum);
                b[at++] = tree->merge[m].height;
            }
        }
        for (size_t i = 0; i < n; i++) {
            if (node_of[i] == tree->merge[m].left || node_of[i] == tree->merge[m].right)
                node_of[i] = n + m;
        }
    }
    assert_int_equal(at, pairs);
    long double mean_a = 0, mean_b = 0, aa = 0, bb = 0, ab = 0;
    for (size_t p = 0; p < pairs; p++)
        mean_a += a[p], mean_b += b[p];
    mean_a /= (long double)pairs, mean_b /= (long double)pairs;
    for (size_t p = 0; p < pairs; p++) {
        aa += (a[p] - mean_a) * (a[p] - mean_a);
        bb += (b[p] - mean_b) * (b[p] - mean_b);
        ab += (a[p] - mean_a) * (b[p] - mean_b);
    }
    free(node_of);
    free(a);
    free(b);
    return (double)(ab / sqrtl(aa * bb));
}

static void correlation_is_that_of_all_pairs(void **unused) {
    (void)unused;
    static const size_t sizes[] = {3, 4, 33, 257, 600};
    for (const bm_linkage *linkage = bm_linkages; linkage->name != NULL; linkage++) {
        for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
            bm_features features = {0};
            bm_dendrogram tree = {0};
            double correlation = 0;
            make_rows(&features, sizes[s], 3, 0);
            assert_int_equal(bm_linkage_tree(&features, linkage, NULL, &tree, NULL), BM_OK);
            assert_int_equal(
                bm_cophenetic(&(bm_tree_task){.features = &features}, &tree, &correlation, NULL),
                BM_OK);
            assert_near(correlation, naive(&features, &tree), 1e-12);
            bm_dendrogram_free(&tree);
            bm_features_free(&features);
        }
    }
}

static void correlation_has_the_same_bytes_for_any_number_of_threads(void **unused) {
    (void)unused;
    bm_features features = {0};
    bm_dendrogram tree = {0};
    static const int threads[] = {1, 2, 7};
    double correlation[3];
    make_rows(&features, 700, 4, 0);
    assert_int_equal(bm_linkage_tree(&features, bm_linkage_find("centroid"), NULL, &tree, NULL),
                     BM_OK);
    for (size_t t = 0; t < 3; t++) {
        bm_set_threads(threads[t]);
        assert_int_equal(
            bm_cophenetic(&(bm_tree_task){.features = &features}, &tree, &correlation[t], NULL),
            BM_OK);
        assert_memory_equal(&correlation[t], &correlation[0], sizeof correlation[0]);
    }
    bm_set_threads(0);
    bm_dendrogram_free(&tree);
    bm_features_free(&features);
}

static double correlation_of(const bm_features *features, const char *linkage) {
    bm_dendrogram tree = {0};
    double correlation = 0;
    assert_int_equal(bm_linkage_tree(features, bm_linkage_find(linkage), NULL, &tree, NULL), BM_OK);
    assert_int_equal(
        bm_cophenetic(&(bm_tree_task){.features = features}, &tree, &correlation, NULL), BM_OK);
    bm_dendrogram_free(&tree);
    return correlation;
}

static void one_and_two_buyers_have_no_correlation(void **unused) {
    (void)unused;
    for (size_t n = 1; n <= 2; n++) {
        bm_features features = {0};
        make_rows(&features, n, 2, 0);
        assert_true(isnan(correlation_of(&features, "average")));
        bm_features_free(&features);
    }
}

static void equal_distances_have_no_correlation(void **unused) {
    (void)unused;
    bm_features equal = {0}, simplex = {0};
    assert_int_equal(bm_features_init(&equal, 9, 2, NULL), BM_OK);
    assert_int_equal(bm_features_init(&simplex, 9, 9, NULL), BM_OK);
    for (size_t i = 0; i < 9; i++)
        simplex.x[i * 9 + i] = 0.1;
    for (const bm_linkage *linkage = bm_linkages; linkage->name != NULL; linkage++) {
        assert_true(isnan(correlation_of(&equal, linkage->name)));
        assert_true(isnan(correlation_of(&simplex, linkage->name)));
    }
    bm_features_free(&equal);
    bm_features_free(&simplex);
}

/* Sums of differences, as a dissimilarity of another kind. */
static double city_block(const bm_features *f, size_t i, size_t j) {
    double sum = 0;
    for (size_t c = 0; c < f->d; c++)
        sum += fabs(f->x[i * f->d + c] - f->x[j * f->d + c]);
    return sum;
}

static void city_tile(const bm_dissimilarity *self, size_t row, size_t rows, size_t column,
                      size_t columns, size_t stride, double *tile) {
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            tile[i * stride + j] = city_block(self->features, row + i, column + j);
}

static void any_dissimilarity_is_compared(void **unused) {
    (void)unused;
    bm_features features = {0}, line = {0};
    bm_dendrogram tree = {0};
    double correlation, expected;
    /* On a line, city blocks are Euclidean. */
    make_rows(&features, 700, 1, 0);
    const bm_dissimilarity city = {
        .n = 700, .name = "city", .tile = city_tile, .features = &features};
    const bm_tree_task task = {.features = &line, .dissimilarity = &city};
    grow_random_tree(&tree, 700, 1, 5);
    expected = naive(&features, &tree);
    assert_int_equal(bm_cophenetic(&task, &tree, &correlation, NULL), BM_OK);
    assert_near(correlation, expected, 1e-12);
    assert_int_equal(bm_cophenetic_sampled(&task, &tree, 1, &correlation, NULL), BM_OK);
    assert_near(correlation, expected, 5e-3);
    bm_dendrogram_free(&tree);
    bm_features_free(&features);
}

/* Of 2^20 pairs the standard error is below 1e-3 (1 - r^2). */
static void a_sample_of_pairs_tells_the_correlation_of_all(void **unused) {
    (void)unused;
    bm_features features = {0};
    bm_dendrogram tree = {0};
    make_rows(&features, 1500, 2, 0);
    static const char *const linkages[] = {"ward", "single", "average", "centroid"};
    for (size_t l = 0; l < 4; l++) {
        double all, sample, sum = 0;
        const bm_tree_task task = {.features = &features};
        assert_int_equal(
            bm_linkage_tree(&features, bm_linkage_find(linkages[l]), NULL, &tree, NULL), BM_OK);
        assert_int_equal(bm_cophenetic(&task, &tree, &all, NULL), BM_OK);
        for (uint64_t seed = 1; seed <= 8; seed++) {
            assert_int_equal(bm_cophenetic_sampled(&task, &tree, seed, &sample, NULL), BM_OK);
            assert_near(sample, all, 5e-3);
            sum += sample - all;
        }
        assert_near(sum / 8, 0, 1.5e-3);
        bm_dendrogram_free(&tree);
    }
    bm_features_free(&features);
}

static void a_sample_has_the_same_bytes_for_any_number_of_threads(void **unused) {
    (void)unused;
    bm_features features = {0};
    bm_dendrogram tree = {0};
    static const int threads[] = {1, 2, 7};
    double correlation[3];
    make_rows(&features, 5000, 3, 0);
    grow_random_tree(&tree, 5000, 1, 4);
    const bm_tree_task task = {.features = &features};
    for (size_t t = 0; t < 3; t++) {
        bm_set_threads(threads[t]);
        assert_int_equal(bm_cophenetic_sampled(&task, &tree, 7, &correlation[t], NULL), BM_OK);
        assert_memory_equal(&correlation[t], &correlation[0], sizeof correlation[0]);
    }
    bm_set_threads(0);
    bm_dendrogram_free(&tree);
    bm_features_free(&features);
}

static void joins_are_those_met_on_the_way_along_the_leaves(void **unused) {
    (void)unused;
    static const size_t sizes[] = {2, 3, 64, 65, 66, 129, 130, 193, 500, 1000};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        size_t n = sizes[s];
        size_t *leaf = malloc(n * sizeof *leaf), *join = malloc(n * sizeof *join);
        bm_dendrogram tree = {0};
        bm_tree_joins joins = {0};
        grow_random_tree(&tree, n, 0, s);
        assert_int_equal(bm_tree_leaves(&tree, leaf, join, NULL), BM_OK);
        assert_int_equal(bm_tree_joins_init(&joins, &tree, NULL), BM_OK);
        for (size_t p = 0; p < n; p++) {
            size_t latest = 0;
            for (size_t q = p + 1; q < n; q++) {
                latest = join[q - 1] > latest ? join[q - 1] : latest;
                assert_int_equal(bm_tree_join_of(&joins, leaf[p], leaf[q]), latest);
                assert_int_equal(bm_tree_join_of(&joins, leaf[q], leaf[p]), latest);
            }
        }
        bm_tree_joins_free(&joins);
        bm_dendrogram_free(&tree);
        free(leaf);
        free(join);
    }
}

/* In a chain whose merges take rows 0, 1, 2, … two rows join where the later one is taken. */
static void a_chain_of_a_million_has_joins(void **unused) {
    (void)unused;
    enum { DEEP = 1000000 };
    bm_dendrogram tree = {0};
    bm_tree_joins joins = {0};
    grow_chain(&tree, DEEP);
    assert_int_equal(bm_tree_joins_init(&joins, &tree, NULL), BM_OK);
    for (size_t i = 0; i < DEEP; i += 9973)
        for (size_t j = i + 1; j < DEEP; j += 104729)
            assert_int_equal(bm_tree_join_of(&joins, i, j), j - 1);
    bm_tree_joins_free(&joins);
    bm_dendrogram_free(&tree);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(correlation_is_that_of_all_pairs),
        cmocka_unit_test(correlation_has_the_same_bytes_for_any_number_of_threads),
        cmocka_unit_test(one_and_two_buyers_have_no_correlation),
        cmocka_unit_test(equal_distances_have_no_correlation),
        cmocka_unit_test(any_dissimilarity_is_compared),
        cmocka_unit_test(a_sample_of_pairs_tells_the_correlation_of_all),
        cmocka_unit_test(a_sample_has_the_same_bytes_for_any_number_of_threads),
        cmocka_unit_test(joins_are_those_met_on_the_way_along_the_leaves),
        cmocka_unit_test(a_chain_of_a_million_has_joins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
