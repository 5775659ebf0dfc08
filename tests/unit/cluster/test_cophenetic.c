/* Cophenetic correlation against a naive one: a full matrix of joining heights and two passes in
 * long double. */
#include "cluster/hierarchical.h"

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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(correlation_is_that_of_all_pairs),
        cmocka_unit_test(correlation_has_the_same_bytes_for_any_number_of_threads),
        cmocka_unit_test(one_and_two_buyers_have_no_correlation),
        cmocka_unit_test(equal_distances_have_no_correlation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
