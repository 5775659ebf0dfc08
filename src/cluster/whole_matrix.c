/* Trees over the matrix of all pairs, as linkages without an engine of their own grow them.
 *
 * Memory: one triangle of n (n − 1) / 2 doubles and a few arrays of n. */
#include "cluster/agglomeration.h"

#include "base/memory.h"

#include <stdlib.h>

/* Rows are read where they are, so the number of features makes no difference. */
static size_t memory(size_t n, size_t d, int single) {
    size_t pairs, matrix, lists, bytes;
    size_t row = sizeof(bm_merge) * 2 + sizeof(double) * 2 + sizeof(size_t) * 5;
    (void)d, (void)single;
    if (!bm_pairs(n, &pairs) || !bm_multiply(pairs, sizeof(double), &matrix) ||
        !bm_multiply(n, row, &lists) || !bm_add(matrix, lists, &bytes))
        return SIZE_MAX;
    return bytes;
}

static bm_status grow(const bm_tree_task *task, const bm_linkage *linkage, bm_dendrogram *tree,
                      bm_error *err) {
    const bm_features *features = task->features;
    double *distance = NULL;
    size_t pairs = 0;
    bm_status status;
    if (!bm_pairs(features->n, &pairs))
        BM_TRY(bm_fail(err, BM_LIMIT, "too many buyers for a distance matrix"));
    BM_TRY(BM_NEW(&distance, pairs, "the distance matrix", err));
    BM_TRY(bm_fill_distances(features, linkage, distance, err));
    BM_TRY(bm_linkage_of_distances(distance, features->n, features->weight, linkage, task->context,
                                   tree, err));
cleanup:
    free(distance);
    return status;
}

#define ENGINE                                                                                     \
    { "matrix", "a matrix of all pairs", 1, memory, grow }
const bm_tree_engine bm_by_centres = ENGINE;
const bm_tree_engine bm_by_spanning = ENGINE;
