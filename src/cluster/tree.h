/* Private to the hierarchical part of cluster: the leaves of a tree from left to right, and which
 * merge joins two of them. */
#ifndef BM_CLUSTER_TREE_H
#define BM_CLUSTER_TREE_H

#include "cluster/hierarchical.h"

/* leaf: [n] the rows from left to right, every left child before its right one; join: [n − 1], the
 * merge that joins leaf p and leaf p + 1. The merge that joins leaves p < q is then the latest of
 * join[p] … join[q − 1]. */
bm_status bm_tree_leaves(const bm_dendrogram *tree, size_t *leaf, size_t *join,
                         bm_error *err) BM_MUST_CHECK;

/* The merges that join any two rows. */
typedef struct bm_tree_joins {
    size_t n;
    size_t *place;  /* [n] of the rows, from left to right */
    size_t *join;   /* [n − 1] */
    size_t *latest; /* [levels × blocks] of 2^level blocks of joins from a block on */
    size_t blocks;
} bm_tree_joins;

/* O(n) time and memory. n >= 2. */
bm_status bm_tree_joins_init(bm_tree_joins *joins, const bm_dendrogram *tree,
                             bm_error *err) BM_MUST_CHECK;
/* The merge that joins rows a and b, which differ; constant time. */
size_t bm_tree_join_of(const bm_tree_joins *joins, size_t a, size_t b);
void bm_tree_joins_free(bm_tree_joins *joins);

#endif
