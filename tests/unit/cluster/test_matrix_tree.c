/* Trees over a matrix against the definition of the house: at each step the least of all pairs by
 * (dissimilarity, the lower of the two, the higher of the two), where a cluster is known by its
 * lowest row. Ties are what this is about: duplicates, integers, indicators. */
#include "base/memory.h"
#include "base/parallel.h"
#include "cluster/matrix_tree.h"
#include "cluster/merges.h"

#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t state;

static double uniform(void) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (double)(state >> 11) * 0x1p-53;
}

enum { RANDOM, DUPLICATES, INTEGERS, INDICATORS, EQUAL, KINDS };

static void make_rows(bm_features *features, size_t n, size_t d, int kind, uint64_t seed) {
    assert_int_equal(bm_features_init(features, n, d, NULL), BM_OK);
    state = seed * 7919 + 1;
    for (size_t i = 0; i < n * d; i++) {
        double value = uniform();
        features->x[i] = kind == INTEGERS     ? floor(4 * value)
                         : kind == INDICATORS ? floor(2 * value)
                         : kind == EQUAL      ? 0.1
                                              : value;
    }
    for (size_t i = n / 2; kind == DUPLICATES && i < n; i++)
        memcpy(features->x + i * d, features->x + (i % 7) * d, d * sizeof(double));
}

/* Narrows to what a matrix of floats holds. */
static double held(double value, int single) {
    return single ? (double)(float)value : value;
}

/* All pairs, again and again. */
static void grow_by_definition(const bm_features *f, const bm_linkage *linkage, int single,
                               bm_dendrogram *tree) {
    size_t n = f->n;
    double *m = calloc(n * n, sizeof *m), *size = calloc(n, sizeof *size);
    int *is_gone = calloc(n, sizeof *is_gone);
    bm_merge *merge = calloc(n, sizeof *merge);
    assert_true(m != NULL && size != NULL && is_gone != NULL && merge != NULL);
    for (size_t i = 0; i < n; i++) {
        size[i] = bm_weight_of(f->weight, i);
        for (size_t j = 0; j < n; j++) {
            double sum = 0;
            for (size_t c = 0; c < f->d; c++) {
                double difference = f->x[i * f->d + c] - f->x[j * f->d + c];
                sum += difference * difference;
            }
            m[i * n + j] = held(sqrt(sum), single);
        }
    }
    for (size_t s = 0; s + 1 < n; s++) {
        size_t x = 0, y = 0;
        double least = INFINITY;
        for (size_t i = 0; i < n; i++) {
            for (size_t j = i + 1; j < n && !is_gone[i]; j++) {
                if (!is_gone[j] && m[i * n + j] < least) {
                    least = m[i * n + j];
                    x = i;
                    y = j;
                }
            }
        }
        merge[s] = (bm_merge){.left = x, .right = y, .height = least};
        is_gone[y] = 1;
        for (size_t k = 0; k < n; k++) {
            if (k != x && !is_gone[k])
                m[x * n + k] = m[k * n + x] = held(
                    linkage->update(m[x * n + k], m[y * n + k], least, size[x], size[y], size[k]),
                    single);
        }
        size[x] += size[y];
    }
    assert_int_equal(bm_sort_merges(&merge, n - 1, NULL), BM_OK);
    assert_int_equal(bm_number_merges(merge, n, NULL), BM_OK);
    *tree = (bm_dendrogram){n, merge};
    free(m);
    free(size);
    free(is_gone);
}

static void assert_defined(const bm_features *features, const bm_linkage *linkage, int single) {
    const bm_tree_task task = {.features = features, .single = single};
    bm_dendrogram ours = {0}, defined = {0};
    bm_error err = {0};
    assert_int_equal(linkage->engine->grow(&task, linkage, &ours, &err), BM_OK);
    grow_by_definition(features, linkage, single, &defined);
    for (size_t m = 0; m + 1 < features->n; m++)
        assert_memory_equal(&ours.merge[m], &defined.merge[m], sizeof *ours.merge);
    bm_dendrogram_free(&ours);
    bm_dendrogram_free(&defined);
}

/* All linkages over a matrix: by the kernels, and by the function of the update alone. */
static size_t all_linkages(bm_linkage *linkage) {
    static const char *const names[] = {"single", "complete", "average", "weighted"};
    for (size_t l = 0; l < 8; l++) {
        linkage[l] = *bm_linkage_find(names[l % 4]);
        linkage[l].engine = &bm_by_matrix;
        if (l >= 4)
            linkage[l].combine = BM_COMBINE_OTHER;
    }
    return 8;
}

static void trees_are_those_of_the_definition_bit_for_bit(void **unused) {
    (void)unused;
    bm_linkage linkage[8];
    size_t linkages = all_linkages(linkage);
    for (size_t l = 0; l < linkages; l++) {
        for (int kind = 0; kind < KINDS; kind++) {
            for (size_t n = 1; n <= 150; n += n < 9 ? 1 : 47) {
                bm_features features = {0};
                make_rows(&features, n, 1 + n % 4, kind, n);
                assert_defined(&features, &linkage[l], 0);
                assert_defined(&features, &linkage[l], 1);
                bm_features_free(&features);
            }
        }
    }
}

static void weighted_trees_are_those_of_the_definition(void **unused) {
    (void)unused;
    bm_linkage linkage[8];
    size_t linkages = all_linkages(linkage);
    for (size_t l = 0; l < linkages; l++) {
        bm_features features = {0};
        make_rows(&features, 120, 3, INTEGERS, 3);
        features.weight = calloc(120, sizeof(double));
        assert_non_null(features.weight);
        for (size_t i = 0; i < 120; i++)
            features.weight[i] = 0.1 + 3 * uniform();
        assert_defined(&features, &linkage[l], 0);
        bm_features_free(&features);
    }
}

/* More slots than are left where they are, and more than one strip of them. */
static void trees_of_many_rows_are_those_of_the_definition(void **unused) {
    (void)unused;
    for (int kind = 0; kind < INDICATORS; kind++) {
        bm_features features = {0};
        make_rows(&features, 700, 3, kind, 5);
        assert_defined(&features, bm_linkage_find("complete"), 0);
        assert_defined(&features, bm_linkage_find("average"), kind == DUPLICATES);
        bm_features_free(&features);
    }
}

/* As large tables are clustered, with a matrix of at most so many values; 0: exactly what all rows
 * need. near: how far heights may be off, of themselves. */
static void assert_defined_in_rounds(const bm_features *features, const bm_linkage *linkage,
                                     size_t values, int single, double near) {
    const bm_tree_task task = {.features = features, .single = single};
    const bm_matrix_limits limits = {0, values > 0 ? values : features->n * (features->n + 16)};
    bm_dendrogram ours = {0}, defined = {0};
    bm_error err = {0};
    bm_set_threads(1); /* for regions as small as these, threads only wait */
    assert_int_equal(bm_matrix_grow(&task, linkage, &limits, &ours, &err), BM_OK);
    bm_set_threads(0);
    grow_by_definition(features, linkage, 0, &defined);
    for (size_t m = 0; m + 1 < features->n; m++) {
        const bm_merge *a = &ours.merge[m], *b = &defined.merge[m];
        assert_int_equal(a->left, b->left);
        assert_int_equal(a->right, b->right);
        assert_int_equal(a->size, b->size);
        if (!(fabs(a->height - b->height) <= near * b->height))
            fail_msg("%.17g is not %.17g", a->height, b->height);
    }
    bm_dendrogram_free(&ours);
    bm_dendrogram_free(&defined);
}

static void add_weights(bm_features *features) {
    features->weight = calloc(features->n, sizeof(double));
    assert_non_null(features->weight);
    for (size_t i = 0; i < features->n; i++)
        features->weight[i] = 0.1 + 3 * uniform();
}

/* What is combined without rounding has the tree of the definition, ties and all. */
static void rounds_give_the_tree_of_the_definition_bit_for_bit(void **unused) {
    (void)unused;
    static const size_t values[] = {0, 5000, 500};
    bm_linkage linkage[8];
    (void)all_linkages(linkage);
    for (size_t l = 0; l < 2; l++) {
        for (int kind = 0; kind < KINDS; kind++) {
            for (size_t n = 2; n <= 280; n += n < 9 ? 1 : 67) {
                bm_features features = {0};
                make_rows(&features, n, 1 + n % 5, kind, n);
                for (size_t v = 0; v < 3 && (l == 1 || kind < DUPLICATES); v++)
                    assert_defined_in_rounds(&features, &linkage[l], values[v], 0, 0);
                bm_features_free(&features);
            }
        }
    }
}

static void rounds_give_the_tree_of_the_definition_but_for_rounding(void **unused) {
    (void)unused;
    static const size_t values[] = {0, 20000, 500};
    static const char *const names[] = {"average", "weighted"};
    for (size_t l = 0; l < 2; l++) {
        for (int kind = 0; kind <= DUPLICATES; kind++) {
            for (size_t v = 0; v < 3; v++) {
                const bm_linkage *linkage = bm_linkage_find(names[l]);
                bm_features features = {0};
                make_rows(&features, 331, 4, kind, 9);
                assert_defined_in_rounds(&features, linkage, values[v], 0, 1e-12);
                /* weighted linkage tells duplicates apart from one row by the order they are in */
                add_weights(&features);
                assert_defined_in_rounds(&features, linkage, values[v], 0, 1e-12);
                bm_features_free(&features);
            }
        }
    }
}

static void rounds_over_floats_give_the_tree_to_single_precision(void **unused) {
    (void)unused;
    static const char *const names[] = {"complete", "average", "weighted"};
    for (size_t l = 0; l < 3; l++) {
        bm_features features = {0};
        make_rows(&features, 200, 3, RANDOM, 4);
        assert_defined_in_rounds(&features, bm_linkage_find(names[l]), 0, 1, 1e-6);
        bm_features_free(&features);
    }
}

/* Gaps that grow: one merge a round. The square of all rows does not fit, their triangle does. */
static void rounds_that_make_no_headway_end_in_a_triangle(void **unused) {
    (void)unused;
    enum { ROWS = 300, VALUES = 46000 };
    static const char *const names[] = {"complete", "average", "weighted"};
    for (size_t l = 0; l < 3; l++) {
        bm_features features = {0};
        make_rows(&features, ROWS, 1, RANDOM, 4);
        for (size_t i = 0; i < ROWS; i++)
            features.x[i] = pow(1.1, (double)(i * 7 % ROWS));
        assert_defined_in_rounds(&features, bm_linkage_find(names[l]), VALUES, 0, 1e-12);
        assert_defined_in_rounds(&features, bm_linkage_find(names[l]), 0, 0, 1e-12);
        bm_features_free(&features);
    }
}

static void rounds_have_the_same_bytes_for_any_number_of_threads(void **unused) {
    (void)unused;
    enum { ROWS = 1201 };
    static const int threads[] = {2, 7};
    bm_linkage linkage[8];
    (void)all_linkages(linkage);
    for (size_t l = 0; l < 4; l++) {
        for (int kind = 0; kind < EQUAL; kind++) {
            bm_features features = {0};
            bm_dendrogram one = {0}, many = {0};
            make_rows(&features, ROWS, 5, kind, 3);
            const bm_tree_task task = {.features = &features};
            const bm_matrix_limits limits = {0, (size_t)ROWS * ROWS / 2};
            bm_set_threads(1);
            assert_int_equal(bm_matrix_grow(&task, &linkage[l], &limits, &one, NULL), BM_OK);
            for (size_t t = 0; t < 2; t++) {
                bm_set_threads(threads[t]);
                assert_int_equal(bm_matrix_grow(&task, &linkage[l], &limits, &many, NULL), BM_OK);
                assert_memory_equal(one.merge, many.merge, (ROWS - 1) * sizeof *one.merge);
                bm_dendrogram_free(&many);
            }
            bm_set_threads(0);
            bm_dendrogram_free(&one);
            bm_features_free(&features);
        }
    }
}

/* Of any dissimilarity: the triangle of all rows first, and its square once that has room. */
static void a_triangle_that_becomes_a_square_has_the_tree_of_the_definition(void **unused) {
    (void)unused;
    bm_linkage linkage[8];
    (void)all_linkages(linkage);
    for (size_t l = 1; l < 4; l++) {
        for (int kind = 0; kind < (l == 1 ? KINDS : DUPLICATES); kind++) {
            for (size_t n = 2; n <= 400; n += n < 9 ? 1 : 130) {
                for (int single = 0; single < (l == 1 ? 2 : 1); single++) {
                    bm_features features = {0};
                    bm_dissimilarity given = {0};
                    bm_dendrogram ours = {0}, defined = {0};
                    const bm_matrix_limits limits = {0, n * n};
                    make_rows(&features, n, 3, kind, n);
                    assert_int_equal(bm_euclidean(&features, &given, NULL), BM_OK);
                    const bm_tree_task task = {
                        .features = &features, .dissimilarity = &given, .single = single};
                    assert_int_equal(bm_matrix_grow(&task, &linkage[l], &limits, &ours, NULL),
                                     BM_OK);
                    grow_by_definition(&features, &linkage[l], single, &defined);
                    for (size_t m = 0; m + 1 < n; m++) {
                        const bm_merge *a = &ours.merge[m], *b = &defined.merge[m];
                        assert_true(a->left == b->left && a->right == b->right);
                        assert_true(a->size == b->size);
                        assert_true(fabs(a->height - b->height) <= (l == 1 ? 0 : 1e-12));
                    }
                    bm_dendrogram_free(&ours);
                    bm_dendrogram_free(&defined);
                    bm_dissimilarity_free(&given);
                    bm_features_free(&features);
                }
            }
        }
    }
}

static void an_interrupt_ends_rounds(void **unused) {
    (void)unused;
    bm_features features = {0};
    bm_dendrogram tree = {0};
    make_rows(&features, 300, 3, RANDOM, 3);
    const bm_tree_task task = {.features = &features};
    const bm_matrix_limits limits = {0, 100};
    bm_interrupt(SIGINT);
    bm_status status = bm_matrix_grow(&task, bm_linkage_find("average"), &limits, &tree, NULL);
    bm_interrupt(0);
    assert_int_equal(status, BM_INTERRUPTED);
    assert_null(tree.merge);
    bm_features_free(&features);
}

static void distances_past_a_double_end_rounds(void **unused) {
    (void)unused;
    static const double far[2] = {1e200, 1e-3};
    for (size_t f = 0; f < 2; f++) {
        bm_features features = {0};
        bm_dendrogram tree = {0};
        bm_error err = {0};
        make_rows(&features, 300, 3, RANDOM, 3);
        features.x[7] = far[f];
        features.x[70] = 2 * far[f];
        const bm_tree_task task = {.features = &features};
        const bm_matrix_limits limits = {0, 20000};
        bm_status status = bm_matrix_grow(&task, bm_linkage_find("complete"), &limits, &tree, &err);
        assert_int_equal(status, f == 0 ? BM_DATA : BM_OK);
        if (f == 0)
            assert_non_null(strstr(err.message, "normalize"));
        bm_dendrogram_free(&tree);
        bm_features_free(&features);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trees_are_those_of_the_definition_bit_for_bit),
        cmocka_unit_test(weighted_trees_are_those_of_the_definition),
        cmocka_unit_test(trees_of_many_rows_are_those_of_the_definition),
        cmocka_unit_test(rounds_give_the_tree_of_the_definition_bit_for_bit),
        cmocka_unit_test(rounds_give_the_tree_of_the_definition_but_for_rounding),
        cmocka_unit_test(rounds_over_floats_give_the_tree_to_single_precision),
        cmocka_unit_test(rounds_that_make_no_headway_end_in_a_triangle),
        cmocka_unit_test(rounds_have_the_same_bytes_for_any_number_of_threads),
        cmocka_unit_test(a_triangle_that_becomes_a_square_has_the_tree_of_the_definition),
        cmocka_unit_test(an_interrupt_ends_rounds),
        cmocka_unit_test(distances_past_a_double_end_rounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
