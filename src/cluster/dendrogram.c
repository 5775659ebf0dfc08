#include "cluster/dendrogram.h"

#include "base/memory.h"

#include <stdlib.h>

enum { SEVERAL = 0 };

/* The segment of each node, SEVERAL where its buyers are in more than one. */
static void find_segments(const bm_segmentation *map, int32_t *segment) {
    size_t n = map->tree.n;
    for (size_t i = 0; i < n; i++)
        segment[i] = map->label[i];
    for (size_t m = 0; m + 1 < n; m++) {
        int32_t left = segment[map->tree.merge[m].left], right = segment[map->tree.merge[m].right];
        segment[n + m] = left == right ? left : SEVERAL;
    }
}

/* The row of a node: the root has the first. */
static size_t row_of(const bm_dendrogram *tree, size_t node) {
    return 2 * tree->n - 2 - node;
}

bm_status bm_dendrogram_result(const bm_segmentation *map, size_t most, bm_result *table,
                               bm_error *err) {
    static const bm_heading heading[] = {
        {"node", BM_CELL_INTEGER, "", "the merge: buyers are 0 … n - 1, merges n … 2n - 2"},
        {"left", BM_CELL_INTEGER, "", "one of the two it joins"},
        {"right", BM_CELL_INTEGER, "", "the other, the later of the two"},
        {"height", BM_CELL_NUMBER, "normalized", "height of the merge"},
        {"size", BM_CELL_INTEGER, "buyers", "buyers below it"},
        {"parent", BM_CELL_NUMBER, "", "the merge that takes it up; empty: the root"},
        {"segment", BM_CELL_NUMBER, "", "the segment that all its buyers are in; empty: several"},
    };
    const bm_dendrogram *tree = &map->tree;
    size_t merges = tree->n > 0 ? tree->n - 1 : 0, rows = merges < most ? merges : most;
    int32_t *segment = NULL;
    bm_status status;
    BM_TRY(bm_result_init(table, "dendrogram", "the tree behind the map, its highest merges first",
                          heading, sizeof heading / sizeof heading[0], rows, err));
    BM_TRY(BM_NEW(&segment, 2 * tree->n, "the table dendrogram", err));
    find_segments(map, segment);
    for (size_t row = 0; row < rows; row++) {
        size_t node = 2 * tree->n - 2 - row;
        const bm_merge *merge = &tree->merge[node - tree->n];
        const size_t child[] = {merge->left, merge->right};
        table->column[0].integer[row] = (int64_t)node;
        table->column[1].integer[row] = (int64_t)merge->left;
        table->column[2].integer[row] = (int64_t)merge->right;
        table->column[3].number[row] = merge->height;
        table->column[4].integer[row] = (int64_t)merge->size;
        if (segment[node] != SEVERAL)
            table->column[6].number[row] = segment[node];
        for (size_t side = 0; side < 2; side++)
            if (row_of(tree, child[side]) < rows)
                table->column[5].number[row_of(tree, child[side])] = (double)node;
    }
cleanup:
    free(segment);
    if (status != BM_OK)
        bm_result_free(table);
    return status;
}
