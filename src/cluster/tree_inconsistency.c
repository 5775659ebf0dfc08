/* Inconsistency of merges: Jain & Dubes (1988), Algorithms for Clustering Data, ch. 4; as in
 * SciPy's inconsistent and MATLAB's: how far a merge is above the mean height of itself and the
 * merges up to depth − 1 levels below it, in their standard deviations (divisor count − 1).
 *
 * The heights are summed from the left child over the right one to the merge itself, which is
 * SciPy's order, so that the bits are the same. A merge is met from at most `depth` above it, so
 * O(n depth) time; O(depth) memory beside the result. */
#include "cluster/tree_cut.h"

#include "base/memory.h"
#include "buyermap/context.h"

#include <math.h>
#include <stdlib.h>

/* A merge on the way down, and how many of its children were entered. */
typedef struct step {
    size_t merge;
    int entered;
} step;

typedef struct sums {
    double count, heights, squares;
} sums;

static sums sums_below(const bm_dendrogram *tree, size_t top, size_t depth, step *stack) {
    sums all = {0};
    size_t levels = 1;
    stack[0] = (step){top, 0};
    while (levels > 0) {
        step *at = &stack[levels - 1];
        const bm_merge *merge = &tree->merge[at->merge];
        if (levels < depth && at->entered < 2) {
            size_t child = at->entered++ == 0 ? merge->left : merge->right;
            if (child >= tree->n)
                stack[levels++] = (step){child - tree->n, 0};
            continue;
        }
        all.count++;
        all.heights += merge->height;
        all.squares += merge->height * merge->height;
        levels--;
    }
    return all;
}

bm_status bm_tree_inconsistency(const bm_dendrogram *tree, size_t depth, double *coefficient,
                                bm_error *err) {
    enum { A_CHECK = 4096 };
    step *stack = NULL;
    bm_status status = BM_NEW(&stack, depth, "the inconsistency of merges", err);
    for (size_t m = 0; status == BM_OK && m + 1 < tree->n; m++) {
        sums of = sums_below(tree, m, depth, stack);
        double mean = of.heights / of.count, variance = 0;
        if (of.count > 1)
            variance = (of.squares - of.heights * of.heights / of.count) / (of.count - 1);
        coefficient[m] = variance > 0 ? (tree->merge[m].height - mean) / sqrt(variance) : 0;
        if (m % A_CHECK == 0)
            status = bm_check_interrupt(err);
    }
    free(stack);
    return status;
}
