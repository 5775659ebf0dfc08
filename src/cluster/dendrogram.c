#include "cluster/dendrogram.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

enum { SEVERAL = 0 };

/* The segment of each node, SEVERAL where its buyers are in more than one. */
static void find_segments(const bm_segmentation *map, int32_t *segment) {
    size_t n = map->tree.n;
    for (size_t i = 0; i < map->n; i++)
        segment[map->micro.count > 0 ? (size_t)map->micro.of[i] : i] = map->label[i];
    for (size_t m = 0; m + 1 < n; m++) {
        int32_t left = segment[map->tree.merge[m].left], right = segment[map->tree.merge[m].right];
        segment[n + m] = left == right ? left : SEVERAL;
    }
}

/* Buyers below each node, and their weighted sum of squares about their mean, that within
 * micro-segments included; the latter of ward's trees, whose squared heights are twice what a merge
 * adds. */
static void find_sums(const bm_segmentation *map, size_t *buyers, double *inertia) {
    size_t n = map->tree.n;
    int is_coarse = map->micro.count > 0;
    for (size_t i = 0; i < n; i++) {
        buyers[i] = is_coarse ? map->micro.buyers[i] : 1;
        inertia[i] = is_coarse ? map->micro.inertia[i] : 0;
    }
    for (size_t m = 0; m + 1 < n; m++) {
        const bm_merge *merge = &map->tree.merge[m];
        buyers[n + m] = buyers[merge->left] + buyers[merge->right];
        inertia[n + m] =
            inertia[merge->left] + inertia[merge->right] + merge->height * merge->height / 2;
    }
}

/* The row of a node: the root has the first. */
static size_t row_of(const bm_dendrogram *tree, size_t node) {
    return 2 * tree->n - 2 - node;
}

bm_status bm_dendrogram_result(const bm_segmentation *map, int is_ward, size_t most,
                               bm_result *table, bm_error *err) {
    static const bm_heading heading[] = {
        {"node", BM_CELL_INTEGER, "", "the merge: buyers are 0 … n - 1, merges n … 2n - 2"},
        {"left", BM_CELL_INTEGER, "", "one of the two it joins"},
        {"right", BM_CELL_INTEGER, "", "the other, the later of the two"},
        {"height", BM_CELL_NUMBER, "normalized", "height of the merge"},
        {"size", BM_CELL_INTEGER, "buyers", "buyers below it"},
        {"parent", BM_CELL_NUMBER, "", "the merge that takes it up; empty: the root"},
        {"segment", BM_CELL_NUMBER, "", "the segment that all its buyers are in; empty: several"},
        {"inertia", BM_CELL_NUMBER, "normalized", "ward: sum of squares of its buyers"},
    };
    const bm_dendrogram *tree = &map->tree;
    size_t merges = tree->n > 0 ? tree->n - 1 : 0, rows = merges < most ? merges : most;
    int32_t *segment = NULL;
    size_t *buyers = NULL;
    double *inertia = NULL;
    bm_status status;
    BM_TRY(bm_result_init(table, "dendrogram", "the tree behind the map, its highest merges first",
                          heading, sizeof heading / sizeof heading[0], rows, err));
    BM_TRY(BM_NEW(&segment, 2 * tree->n, "the table dendrogram", err));
    BM_TRY(BM_NEW(&buyers, 2 * tree->n, "the table dendrogram", err));
    BM_TRY(BM_NEW(&inertia, 2 * tree->n, "the table dendrogram", err));
    find_segments(map, segment);
    find_sums(map, buyers, inertia);
    for (size_t row = 0; row < rows; row++) {
        size_t node = 2 * tree->n - 2 - row;
        const bm_merge *merge = &tree->merge[node - tree->n];
        const size_t child[] = {merge->left, merge->right};
        table->column[0].integer[row] = (int64_t)node;
        table->column[1].integer[row] = (int64_t)merge->left;
        table->column[2].integer[row] = (int64_t)merge->right;
        table->column[3].number[row] = merge->height;
        table->column[4].integer[row] = (int64_t)buyers[node];
        table->column[7].number[row] = is_ward ? inertia[node] : NAN;
        if (segment[node] != SEVERAL)
            table->column[6].number[row] = segment[node];
        for (size_t side = 0; side < 2; side++)
            if (row_of(tree, child[side]) < rows)
                table->column[5].number[row_of(tree, child[side])] = (double)node;
    }
cleanup:
    free(segment);
    free(buyers);
    free(inertia);
    if (status != BM_OK)
        bm_result_free(table);
    return status;
}

bm_status bm_micro_result(const bm_segmentation *map, bm_result *table, bm_error *err) {
    static const bm_heading heading[] = {
        {"micro_segment", BM_CELL_INTEGER, "", "leaf of the coarse tree, from 0"},
        {"segment", BM_CELL_INTEGER, "", "the segment that it is in"},
        {"buyers", BM_CELL_INTEGER, "buyers", "buyers in it"},
        {"weight", BM_CELL_NUMBER, "", "their summed weight"},
        {"inertia", BM_CELL_NUMBER, "normalized", "their sum of squares about their mean"},
        {"height", BM_CELL_NUMBER, "normalized", "of one merge that adds as much inertia"},
    };
    const bm_micro *micro = &map->micro;
    bm_status status =
        bm_result_init(table, "micro_segments", "the leaves of the coarse tree", heading,
                       sizeof heading / sizeof heading[0], micro->count, err);
    if (status != BM_OK)
        return status;
    /* With no more buyers than there might be micro-segments the tree is the buyers' own. */
    for (size_t i = 0; i < map->n && micro->count > 0; i++)
        table->column[1].integer[micro->of[i]] = map->label[i];
    for (size_t leaf = 0; leaf < micro->count; leaf++) {
        table->column[0].integer[leaf] = (int64_t)leaf;
        table->column[2].integer[leaf] = (int64_t)micro->buyers[leaf];
        table->column[3].number[leaf] = micro->weight[leaf];
        table->column[4].number[leaf] = micro->inertia[leaf];
        table->column[5].number[leaf] = sqrt(2 * micro->inertia[leaf]);
    }
    return BM_OK;
}
