/* Private to the hierarchical part of cluster: merging the least of all pairs, again and again. */
#ifndef BM_CLUSTER_NEAREST_PAIRS_H
#define BM_CLUSTER_NEAREST_PAIRS_H

#include "cluster/hierarchical.h"
#include "cluster/triangle.h"

/* Merges the clusters in the slots of a triangle until so many are left; where these are more than
 * one, at most three quarters of the slots, they are moved together then.
 * id: [slots] the lowest row of each, ascending; size: [slots] their weights; both are used up, as
 * are triangle and nearest, who must know who is nearest to whom. merge: [slots − 1] the merges in
 * the order of the house (by dissimilarity, the lower of the two, the higher of the two, at each
 * step the least). before: merges that were made earlier, for the report. BM_NOMEM; BM_DATA when a
 * dissimilarity overflows; BM_INTERRUPTED. */
bm_status bm_merge_nearest(bm_triangle *triangle, const bm_nearest *nearest, size_t *id,
                           double *size, const bm_linkage *linkage, size_t left, bm_log *log,
                           size_t before, bm_merge *merge, bm_error *err) BM_MUST_CHECK;
/* Bytes it takes. */
size_t bm_merge_nearest_memory(size_t slots);

#endif
