/* Private to the hierarchical part of cluster: the leaves of a tree from left to right. */
#ifndef BM_CLUSTER_TREE_H
#define BM_CLUSTER_TREE_H

#include "cluster/hierarchical.h"

/* leaf: [n] the rows from left to right, every left child before its right one; join: [n − 1], the
 * merge that joins leaf p and leaf p + 1. The merge that joins leaves p < q is then the latest of
 * join[p] … join[q − 1]. */
bm_status bm_tree_leaves(const bm_dendrogram *tree, size_t *leaf, size_t *join,
                         bm_error *err) BM_MUST_CHECK;

#endif
