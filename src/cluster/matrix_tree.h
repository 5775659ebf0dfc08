/* Private to the hierarchical part of cluster: trees over a matrix, with limits of one's own. */
#ifndef BM_CLUSTER_MATRIX_TREE_H
#define BM_CLUSTER_MATRIX_TREE_H

#include "cluster/hierarchical.h"

/* How a tree is grown: up to `small` rows over the triangle of all pairs, otherwise over a matrix
 * of at most `values` values. */
typedef struct bm_matrix_limits {
    size_t small, values;
} bm_matrix_limits;

/* What bm_by_matrix does, which sets limits by the number of rows. */
bm_status bm_matrix_grow(const bm_tree_task *task, const bm_linkage *linkage,
                         const bm_matrix_limits *limits, bm_dendrogram *tree,
                         bm_error *err) BM_MUST_CHECK;

#endif
