/* What is read off a finished tree. Both walks go down from the root merge by merge, without
 * recursion: a parent always stands after its children. O(n) time and memory. */
#include "cluster/tree.h"

#include "base/memory.h"

#include <stdlib.h>

/* Each node takes the subtree of its parent; a node without one (among the first `merges`) is the
 * top of its own. */
static void mark_subtrees(const bm_dendrogram *tree, size_t merges, size_t *top) {
    size_t n = tree->n;
    for (size_t node = 0; node < n + merges; node++)
        top[node] = node;
    for (size_t m = merges; m-- > 0;) {
        top[tree->merge[m].left] = top[n + m];
        top[tree->merge[m].right] = top[n + m];
    }
}

bm_status bm_tree_cut(const bm_dendrogram *tree, size_t k, int32_t *label, bm_error *err) {
    size_t n = tree->n, *top = NULL;
    int32_t *label_of = NULL, labels = 0;
    bm_status status;
    if (k < 1 || k > n || k > INT32_MAX)
        return bm_fail(err, BM_DEGENERATE, "a tree of %zu buyers cannot be cut into %zu segments",
                       n, k);
    size_t nodes = 2 * n - k;
    BM_TRY(BM_NEW(&top, nodes, "the cut", err));
    BM_TRY(BM_NEW(&label_of, nodes, "the cut", err));
    mark_subtrees(tree, n - k, top);
    for (size_t i = 0; i < n; i++) {
        if (label_of[top[i]] == 0)
            label_of[top[i]] = ++labels;
        label[i] = label_of[top[i]] - 1;
    }
cleanup:
    free(top);
    free(label_of);
    return status;
}

bm_status bm_tree_leaves(const bm_dendrogram *tree, size_t *leaf, size_t *join, bm_error *err) {
    size_t n = tree->n, *first = NULL;
    bm_status status;
    BM_TRY(BM_NEW(&first, 2 * n, "the order of leaves", err));
    for (size_t m = n - 1; m-- > 0;) {
        const bm_merge *merge = &tree->merge[m];
        size_t left_size = merge->left < n ? 1 : tree->merge[merge->left - n].size;
        first[merge->left] = first[n + m];
        first[merge->right] = first[n + m] + left_size;
        join[first[merge->right] - 1] = m;
    }
    for (size_t i = 0; i < n; i++)
        leaf[first[i]] = i;
cleanup:
    free(first);
    return status;
}
