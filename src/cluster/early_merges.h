/* Private to the hierarchical part of cluster: the first merges of a tree, without a matrix. */
#ifndef BM_CLUSTER_EARLY_MERGES_H
#define BM_CLUSTER_EARLY_MERGES_H

#include "cluster/cluster_groups.h"
#include "cluster/nearest.h"

/* Clusters on the way to a tree. */
typedef struct bm_early {
    const bm_features *features;
    const bm_linkage *linkage;
    bm_groups groups; /* of the clusters as they are */
    size_t *lowest;   /* [n] lowest row of each row's cluster; BM_LEFT_OUT: equal to another row */
    double *share;    /* [n] */
    double *size;     /* [n] weight of the cluster that a row is the lowest of */
    double *own;      /* [n] weight of a row and those equal to it */
    bm_merge *merge;  /* [n − 1] the merges so far, in any order */
    size_t merges;
} bm_early;

/* Merges equal rows, and then reciprocal nearest neighbours, round by round, until the square of
 * the clusters that are left has at most `values` values and another round would cost more than it
 * saves; or until rounds have cost more than a triangle would, when that of what is left has no
 * more values either. BM_NOMEM, BM_INTERRUPTED, BM_DATA when a distance overflows. */
bm_status bm_early_merges(bm_early *early, const bm_features *features, const bm_linkage *linkage,
                          size_t values, bm_log *log, bm_error *err) BM_MUST_CHECK;
void bm_early_free(bm_early *early);
/* Bytes that it takes. */
size_t bm_early_memory(size_t n, size_t d);

#endif
