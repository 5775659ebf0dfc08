/* The table `dendrogram`, of a tree drawn by hand and of random ones. */
#include "random_tree.h"

#include "../profile/result_cells.h"

#include "cluster/dendrogram.h"
#include "cluster/hierarchical.h"

#include <math.h>

static bm_segmentation map_of(bm_dendrogram tree, int32_t *label) {
    return (bm_segmentation){.n = tree.n, .label = label, .tree = tree};
}

static void a_small_tree_is_told_from_the_root_down(void **unused) {
    (void)unused;
    /* Heights invert: rows stand in merge order. */
    bm_merge merge[] = {{0, 1, 1, 2}, {2, 3, 2, 2}, {5, 6, 1.5, 4}, {4, 7, 3, 5}};
    int32_t label[] = {1, 1, 1, 1, 2};
    bm_segmentation map = map_of((bm_dendrogram){5, merge}, label);
    static const int64_t expected[4][4] = {{8, 4, 7, 5}, {7, 5, 6, 4}, {6, 2, 3, 2}, {5, 0, 1, 2}};
    static const double heights[] = {3, 1.5, 2, 1}, parents[] = {NAN, 8, 7, 7};
    for (size_t most = 1; most <= 6; most++) {
        bm_result table;
        assert_int_equal(bm_dendrogram_result(&map, 1, most, &table, NULL), BM_OK);
        assert_int_equal(table.rows, most < 4 ? most : 4);
        for (size_t i = 0; i < table.rows; i++) {
            assert_int_equal(whole(&table, "node", i), expected[i][0]);
            assert_int_equal(whole(&table, "left", i), expected[i][1]);
            assert_int_equal(whole(&table, "right", i), expected[i][2]);
            assert_int_equal(whole(&table, "size", i), expected[i][3]);
            assert_true(number(&table, "height", i) == heights[i]);
            assert_true(i == 0 ? isnan(number(&table, "parent", i))
                               : number(&table, "parent", i) == parents[i]);
            assert_true(i == 0 ? isnan(number(&table, "segment", i))
                               : number(&table, "segment", i) == 1);
        }
        bm_result_free(&table);
    }
}

/* Rows whose segment is known while their parent's is not are the tops of the segments, and have
 * all buyers. */
static void segments_are_whole_nodes_of_a_plain_cut(void **unused) {
    (void)unused;
    enum { ROWS = 300 };
    for (uint64_t seed = 1; seed <= 10; seed++) {
        bm_dendrogram tree = {0};
        int32_t label[ROWS];
        bm_result table;
        size_t k = 1 + seed * 3, single = 0, size[64] = {0};
        int64_t buyers = 0;
        grow_random_tree(&tree, ROWS, 0, seed);
        assert_int_equal(bm_tree_cut(&tree, k, label, NULL), BM_OK);
        for (size_t i = 0; i < ROWS; i++)
            size[++label[i]]++;
        for (size_t s = 1; s <= k; s++)
            single += size[s] == 1;
        bm_segmentation map = map_of(tree, label);
        assert_int_equal(bm_dendrogram_result(&map, 1, ROWS, &table, NULL), BM_OK);
        assert_int_equal(table.rows, ROWS - 1);
        for (size_t i = 0; i < table.rows; i++) {
            double segment = number(&table, "segment", i), parent = number(&table, "parent", i);
            size_t above = isnan(parent) ? i : 2 * ROWS - 2 - (size_t)parent;
            assert_true(above <= i);
            assert_true(i == 0 || number(&table, "height", above) >= number(&table, "height", i));
            if (isnan(segment) || (i > 0 && !isnan(number(&table, "segment", above))))
                continue;
            assert_int_equal(whole(&table, "size", i), size[(size_t)segment]);
            buyers += whole(&table, "size", i);
        }
        assert_int_equal(buyers, ROWS - (int64_t)single);
        bm_result_free(&table);
        bm_dendrogram_free(&tree);
    }
}

static void one_buyer_has_no_merges(void **unused) {
    (void)unused;
    int32_t label = 1;
    bm_segmentation map = map_of((bm_dendrogram){.n = 1}, &label);
    bm_result table;
    assert_int_equal(bm_dendrogram_result(&map, 1, 1000, &table, NULL), BM_OK);
    assert_int_equal(table.rows, 0);
    bm_result_free(&table);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_tree_is_told_from_the_root_down),
        cmocka_unit_test(segments_are_whole_nodes_of_a_plain_cut),
        cmocka_unit_test(one_buyer_has_no_merges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
