/* Private to the hierarchical part of cluster: trees of clusters that are known by their centres.
 */
#ifndef BM_CLUSTER_CENTRE_TREE_H
#define BM_CLUSTER_CENTRE_TREE_H

#include "cluster/centres.h"
#include "cluster/hierarchical.h"

/* A tree while it grows. */
typedef struct bm_centre_tree {
    const bm_linkage *linkage;
    bm_centres centres;
    double magnified; /* centres are the rows times this power of two */
    bm_merge *merge;  /* [n − 1] left and right are the lowest rows of the two sides */
    size_t n, merges;
    uint32_t *nearest; /* [places] where each cluster's nearest one stands */
    double *square;    /* [places] and how far that is: D of centres.h */
    bm_log *log;       /* may be NULL */
} bm_centre_tree;

/* Merges the clusters at two places and records it; gives where the new one stands. */
uint32_t bm_centre_merge(bm_centre_tree *tree, uint32_t a, uint32_t b);
/* The lower and the higher row of the pair at two places. */
void bm_centre_pair(const bm_centre_tree *tree, uint32_t a, uint32_t b, uint32_t *low,
                    uint32_t *high);

/* The two algorithms: all merges that are left, in the order in which each finds them. */
bm_status bm_merge_reciprocal(bm_centre_tree *tree, bm_error *err) BM_MUST_CHECK;
bm_status bm_merge_closest(bm_centre_tree *tree, bm_error *err) BM_MUST_CHECK;
size_t bm_merge_reciprocal_memory(size_t n);
size_t bm_merge_closest_memory(size_t n);

#endif
