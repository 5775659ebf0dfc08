/* Single linkage by a minimum spanning tree: Gower & Ross (1969), Minimum spanning trees and single
 * linkage cluster analysis, Applied Statistics 18. The merges of single linkage are the edges of
 * the tree by length, so no matrix of distances is needed.
 *
 * Euclidean distances: equal rows are joined first, by hashing; the rest stands in leaves of
 * neighbours (spanning_tree_leaves.c), is searched for nearest neighbours (spanning_tree_search.c)
 * and joined in Borůvka's rounds (spanning_tree_rounds.c). About O(n log n) searches, each of which
 * looks at few leaves where features are few and at most at all of them, as brute force does:
 * O(n² d) at worst, in floats. Memory: O(n d) in floats and some 200 bytes a row.
 *
 * Any other dissimilarity: O(n²) of them, O(n) memory (spanning_tree_pairs.c).
 *
 * Ties: pairs of rows are ordered by (dissimilarity, lower row, higher row), equal rows first, and
 * every step merges the clusters of the first pair that is not in one cluster yet. Weights make no
 * difference. */
#include "cluster/spanning_tree.h"

#include "base/memory.h"
#include "cluster/distinct.h"
#include "cluster/merges.h"

#include <stdlib.h>

/* The first of each set of equal rows into `distinct` [n]; the others are merged with it. */
static bm_status join_equal(const bm_features *features, uint32_t *distinct, size_t *count,
                            bm_merge *merge, bm_error *err) {
    bm_status status = bm_lowest_equal(features, distinct, err);
    size_t merges = 0;
    *count = 0;
    for (size_t i = 0; status == BM_OK && i < features->n; i++) {
        uint32_t lowest = distinct[i]; /* what is written lies before what is read */
        if (lowest == i)
            distinct[(*count)++] = lowest;
        else
            merge[merges++] = (bm_merge){.left = lowest, .right = i};
    }
    return status;
}

/* The edges of the tree of features. */
static bm_status span(const bm_tree_task *task, bm_merge *merge, bm_error *err) {
    const bm_features *features = task->features;
    bm_leaves leaves = {0};
    uint32_t *distinct = NULL;
    size_t count = 0;
    bm_status status;
    BM_TRY(BM_NEW(&distinct, features->n, "the order of buyers", err));
    BM_TRY(join_equal(features, distinct, &count, merge, err));
    uint32_t *row = distinct;
    distinct = NULL;
    BM_TRY(bm_leaves_init(&leaves, features, row, count, err));
    BM_TRY(bm_spanning_rounds(&leaves, task->context, merge + (features->n - count), err));
cleanup:
    bm_leaves_free(&leaves);
    free(distinct);
    return status;
}

static bm_status grow(const bm_tree_task *task, const bm_linkage *linkage, bm_dendrogram *tree,
                      bm_error *err) {
    size_t n = task->features->n;
    bm_merge *merge = NULL;
    bm_status status;
    (void)linkage;
    if (n > BM_MOST_POINTS)
        return bm_fail(err, BM_LIMIT, "single linkage takes at most %zu buyers",
                       (size_t)BM_MOST_POINTS);
    BM_TRY(BM_NEW(&merge, n - 1, "the merges", err));
    if (task->dissimilarity != NULL)
        BM_TRY(bm_spanning_pairs(task->dissimilarity, task->context, merge, err));
    else
        BM_TRY(span(task, merge, err));
    for (size_t m = 0; m + 1 < n; m++) {
        bm_merge *edge = &merge[m];
        if (edge->right < edge->left)
            *edge = (bm_merge){.left = edge->right, .right = edge->left, .height = edge->height};
    }
    BM_TRY(bm_order_merges(&merge, n - 1, err));
    BM_TRY(bm_number_merges(merge, n, err));
    *tree = (bm_dendrogram){n, merge};
    merge = NULL;
cleanup:
    free(merge);
    return status;
}

/* The peak is in the rounds: each row's merge and number in the leaves, and what those keep. What
 * comes before and after, and rows of any dissimilarity, need less. */
static size_t memory(size_t n, size_t d, int single) {
    size_t bytes, leaves, rounds;
    (void)single;
    if (!bm_multiply(n, sizeof(bm_merge) + sizeof(uint32_t), &bytes))
        return SIZE_MAX;
    leaves = bm_leaves_memory(n, d);
    rounds = bm_spanning_rounds_memory(n, d);
    return bm_add(bytes, leaves, &bytes) && bm_add(bytes, rounds, &bytes) ? bytes : SIZE_MAX;
}

const bm_tree_engine bm_by_spanning = {"spanning", "a minimum spanning tree", 1, 1, memory, grow};
