/* From merges of rows to a dendrogram in SciPy's convention.
 *
 * Each merge names one member row of either side, so the merges are the edges of a spanning tree
 * over the rows, and numbering by union-find gives a valid tree in whatever order rounding puts
 * equal heights. */
#include "cluster/merges.h"

#include "base/memory.h"
#include "base/statistics.h"
#include "buyermap/context.h"

#include <stdlib.h>

enum { MERGES_A_CHECK = 1 << 16 };

/* The root of a row's set, halving the path to it. */
static size_t find_root(size_t *parent, size_t i) {
    while (parent[i] != i) {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    return i;
}

bm_status bm_number_merges(bm_merge *merge, size_t n, bm_error *err) {
    size_t *parent = NULL, *node = NULL, *members = NULL;
    bm_status status;
    BM_TRY(BM_NEW(&parent, n, "the tree", err));
    BM_TRY(BM_NEW(&node, n, "the tree", err));
    BM_TRY(BM_NEW(&members, n, "the tree", err));
    for (size_t i = 0; i < n; i++)
        parent[i] = node[i] = i, members[i] = 1;
    for (size_t m = 0; m + 1 < n; m++) {
        if (m % MERGES_A_CHECK == 0)
            BM_TRY(bm_check_interrupt(err));
        size_t a = find_root(parent, merge[m].left), b = find_root(parent, merge[m].right);
        size_t small = members[a] < members[b] ? a : b, large = small == a ? b : a;
        size_t left = node[a] < node[b] ? node[a] : node[b];
        size_t right = node[a] < node[b] ? node[b] : node[a];
        members[large] += members[small];
        merge[m] = (bm_merge){left, right, merge[m].height, members[large]};
        parent[small] = large;
        node[large] = n + m;
    }
cleanup:
    free(parent);
    free(node);
    free(members);
    return status;
}

bm_status bm_sort_merges(bm_merge **merge, size_t merges, bm_error *err) {
    double *height = NULL;
    size_t *order = NULL;
    bm_merge *sorted = NULL;
    bm_status status;
    BM_TRY(BM_NEW(&height, merges, "merge heights", err));
    BM_TRY(BM_NEW(&order, merges, "merge heights", err));
    for (size_t m = 0; m < merges; m++)
        height[m] = (*merge)[m].height;
    BM_TRY(bm_sort_index(height, merges, order, err));
    free(height);
    height = NULL;
    BM_TRY(BM_NEW(&sorted, merges, "merge heights", err));
    for (size_t m = 0; m < merges; m++)
        sorted[m] = (*merge)[order[m]];
    free(*merge);
    *merge = sorted;
cleanup:
    free(height);
    free(order);
    return status;
}
