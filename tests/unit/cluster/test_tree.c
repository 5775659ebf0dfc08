/* Cuts and leaf order, against labels and joins followed naively from merge to merge. */
#include "cluster/hierarchical.h"
#include "cluster/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS = 50 };

/* A random tree of ROWS leaves: any two live nodes are merged. Heights do not matter here. */
static void random_tree(bm_dendrogram *tree, uint64_t seed) {
    size_t live[ROWS], size[2 * ROWS], count = ROWS;
    tree->n = ROWS;
    tree->merge = calloc(ROWS - 1, sizeof *tree->merge);
    assert_non_null(tree->merge);
    for (size_t i = 0; i < ROWS; i++)
        live[i] = i, size[i] = 1;
    for (size_t m = 0; m < ROWS - 1; m++) {
        size_t pick[2];
        for (size_t side = 0; side < 2; side++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            size_t at = (size_t)(seed >> 33) % count;
            pick[side] = live[at];
            live[at] = live[--count];
        }
        size[ROWS + m] = size[pick[0]] + size[pick[1]];
        live[count++] = ROWS + m;
        int swap = pick[0] > pick[1];
        tree->merge[m] = (bm_merge){pick[swap], pick[!swap], (double)m, size[ROWS + m]};
    }
}

/* Which merge joins rows a and b: followed upwards through the merges in turn. */
static size_t joined_by(const bm_dendrogram *tree, size_t a, size_t b) {
    for (size_t m = 0; m + 1 < tree->n; m++) {
        const bm_merge *merge = &tree->merge[m];
        int takes_a = merge->left == a || merge->right == a;
        int takes_b = merge->left == b || merge->right == b;
        if (takes_a && takes_b)
            return m;
        if (takes_a)
            a = tree->n + m;
        if (takes_b)
            b = tree->n + m;
    }
    return SIZE_MAX;
}

static void a_cut_keeps_together_what_the_first_merges_joined(void **unused) {
    (void)unused;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        bm_dendrogram tree = {0};
        random_tree(&tree, seed);
        for (size_t k = 1; k <= ROWS; k++) {
            int32_t label[ROWS];
            assert_int_equal(bm_tree_cut(&tree, k, label, NULL), BM_OK);
            for (size_t a = 0; a < ROWS; a++) {
                for (size_t b = 0; b < a; b++)
                    assert_int_equal(label[a] == label[b], joined_by(&tree, a, b) < ROWS - k);
            }
        }
        bm_dendrogram_free(&tree);
    }
}

static void labels_are_numbered_by_first_appearance(void **unused) {
    (void)unused;
    bm_dendrogram tree = {0};
    random_tree(&tree, 9);
    for (size_t k = 1; k <= ROWS; k++) {
        int32_t label[ROWS], seen = 0;
        assert_int_equal(bm_tree_cut(&tree, k, label, NULL), BM_OK);
        for (size_t i = 0; i < ROWS; i++) {
            assert_in_range(label[i], 0, seen);
            seen += label[i] == seen;
        }
        assert_int_equal(seen, k);
    }
    bm_dendrogram_free(&tree);
}

/* Heights 1, 0.9, 0.95: a cut undoes the last merges, not the highest. */
static void inverted_heights_are_cut_in_merge_order(void **unused) {
    (void)unused;
    bm_merge merge[] = {{0, 1, 1, 2}, {2, 4, 0.9, 3}, {3, 5, 0.95, 4}};
    bm_dendrogram tree = {4, merge};
    int32_t label[4];
    static const int32_t two[] = {0, 0, 0, 1}, three[] = {0, 0, 1, 2};
    assert_int_equal(bm_tree_cut(&tree, 2, label, NULL), BM_OK);
    assert_memory_equal(label, two, sizeof two);
    assert_int_equal(bm_tree_cut(&tree, 3, label, NULL), BM_OK);
    assert_memory_equal(label, three, sizeof three);
}

static void one_buyer_is_one_segment(void **unused) {
    (void)unused;
    bm_dendrogram tree = {.n = 1};
    int32_t label = -1;
    assert_int_equal(bm_tree_cut(&tree, 1, &label, NULL), BM_OK);
    assert_int_equal(label, 0);
}

static void a_cut_into_more_segments_than_buyers_is_refused(void **unused) {
    (void)unused;
    bm_merge merge[] = {{0, 1, 1, 2}};
    bm_dendrogram tree = {2, merge};
    int32_t label[2];
    bm_error err = {0};
    assert_int_equal(bm_tree_cut(&tree, 3, label, &err), BM_DEGENERATE);
    assert_string_equal(err.message, "a tree of 2 buyers cannot be cut into 3 segments");
    assert_int_equal(bm_tree_cut(&tree, 0, label, &err), BM_DEGENERATE);
}

static void the_latest_join_between_two_leaves_is_the_one_that_joins_them(void **unused) {
    (void)unused;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        bm_dendrogram tree = {0};
        size_t leaf[ROWS], join[ROWS - 1], seen[ROWS] = {0};
        random_tree(&tree, seed);
        assert_int_equal(bm_tree_leaves(&tree, leaf, join, NULL), BM_OK);
        for (size_t p = 0; p < ROWS; p++) {
            assert_int_equal(seen[leaf[p]]++, 0);
            size_t latest = 0;
            for (size_t q = p + 1; q < ROWS; q++) {
                latest = join[q - 1] > latest ? join[q - 1] : latest;
                assert_int_equal(latest, joined_by(&tree, leaf[p], leaf[q]));
            }
        }
        bm_dendrogram_free(&tree);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cut_keeps_together_what_the_first_merges_joined),
        cmocka_unit_test(labels_are_numbered_by_first_appearance),
        cmocka_unit_test(inverted_heights_are_cut_in_merge_order),
        cmocka_unit_test(one_buyer_is_one_segment),
        cmocka_unit_test(a_cut_into_more_segments_than_buyers_is_refused),
        cmocka_unit_test(the_latest_join_between_two_leaves_is_the_one_that_joins_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
