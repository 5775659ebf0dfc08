/* From merges of rows to a dendrogram in SciPy's convention.
 *
 * Each merge names one member row of either side, so the merges are the edges of a spanning tree
 * over the rows, and numbering by union-find gives a valid tree in whatever order rounding puts
 * equal heights. */
#include "cluster/merges.h"

#include "base/memory.h"
#include "base/parallel.h"
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

static int by_order(const void *a, const void *b) {
    const bm_merge *one = a, *other = b;
    if (one->height < other->height || one->height > other->height)
        return one->height < other->height ? -1 : 1;
    if (one->left != other->left)
        return one->left < other->left ? -1 : 1;
    return (one->right > other->right) - (one->right < other->right);
}

/* Sorting in runs, so that both threads and an interrupt have their turn. */
typedef struct sorting {
    const bm_merge *from; /* runs of `width` in order, */
    bm_merge *to;         /* and of twice as many */
    size_t merges, width;
} sorting;

static bm_status sort_run(size_t run, void *arg, bm_error *err) {
    const sorting *now = arg;
    size_t first = run * now->width, end = bm_chunk_end(run, now->width, now->merges);
    qsort(now->to + first, end - first, sizeof *now->to, by_order);
    return bm_check_interrupt(err);
}

static bm_status merge_runs(size_t pair, void *arg, bm_error *err) {
    const sorting *now = arg;
    size_t a = pair * 2 * now->width, b = bm_chunk_end(2 * pair, now->width, now->merges);
    size_t middle = b, end = bm_chunk_end(pair, 2 * now->width, now->merges);
    for (size_t i = a; i < end; i++)
        now->to[i] = b == end || (a < middle && by_order(&now->from[a], &now->from[b]) < 0)
                         ? now->from[a++]
                         : now->from[b++];
    return bm_check_interrupt(err);
}

bm_status bm_order_merges(bm_merge **merge, size_t merges, bm_error *err) {
    bm_merge *other = NULL;
    sorting now = {.to = *merge, .merges = merges, .width = MERGES_A_CHECK};
    bm_status status;
    BM_TRY(bm_parallel_for(bm_chunks(merges, now.width), sort_run, &now, err));
    if (merges <= now.width)
        return BM_OK;
    BM_TRY(BM_NEW(&other, merges, "the merges", err));
    for (; now.width < merges; now.width *= 2) {
        now.from = *merge;
        now.to = other;
        BM_TRY(bm_parallel_for(bm_chunks(merges, 2 * now.width), merge_runs, &now, err));
        other = *merge;
        *merge = now.to;
    }
cleanup:
    free(other);
    return status;
}
