/* Private to the hierarchical part of cluster: a tree while it grows, and the distances under it.
 */
#ifndef BM_CLUSTER_AGGLOMERATION_H
#define BM_CLUSTER_AGGLOMERATION_H

#include "cluster/hierarchical.h"

#include <math.h>
#include <stdint.h>

#define BM_NO_SLOT SIZE_MAX

/* Clusters live in slots 0 … n − 1. A merge of slots x < y leaves its cluster in y (as in SciPy, so
 * that ties fall alike) and x empty; every slot therefore is also the row of one of its members. */
typedef struct bm_agglomeration {
    const bm_linkage *linkage;
    size_t n;
    double *distance; /* by bm_pair_index, squared when linkage->squared */
    double *size;     /* [n] summed weight of the cluster in each slot */
    size_t *active;   /* [actives] slots that hold a cluster, ascending */
    size_t actives;
    bm_merge *merge; /* [n − 1] in merge order; left and right are slots, size is not set */
    size_t merges;
    bm_log *log; /* may be NULL */
} bm_agglomeration;

/* Where the pair {a, b} stands: row after row of the lower triangle. A cluster's distances to
 * earlier slots lie side by side, and as clusters move to later slots, searches do ever more of
 * their reading there. */
static inline size_t bm_pair_index(size_t a, size_t b) {
    size_t low = a < b ? a : b, high = a < b ? b : a;
    return high * (high - 1) / 2 + low;
}

/* Records the merge of slots x < y and updates the distances to every other cluster. Also where
 * progress is told and an interrupt is noticed. BM_INTERRUPTED, BM_TERMINATED. */
bm_status bm_agglomerate(bm_agglomeration *work, size_t x, size_t y, bm_error *err) BM_MUST_CHECK;
/* BM_DATA: distances left the range of a double. */
bm_status bm_distance_overflow(bm_error *err) BM_MUST_CHECK;

/* The two algorithms: all n − 1 merges, in the order in which each finds them. */
bm_status bm_nearest_neighbour_chain(bm_agglomeration *work, bm_error *err) BM_MUST_CHECK;
bm_status bm_generic_linkage(bm_agglomeration *work, bm_error *err) BM_MUST_CHECK;

/* The tree of n (n − 1) / 2 dissimilarities by bm_pair_index, which are used up: as the linkage
 * starts from them (squared when linkage->squared). weight: [n], or NULL. */
bm_status bm_linkage_of_distances(double *distance, size_t n, const double *weight,
                                  const bm_linkage *linkage, const bm_context *context,
                                  bm_dendrogram *tree, bm_error *err) BM_MUST_CHECK;

#endif
