/* Private to the hierarchical part of cluster: a tree while it grows by the walk. */
#ifndef BM_CLUSTER_AGGLOMERATION_H
#define BM_CLUSTER_AGGLOMERATION_H

#include "cluster/hierarchical.h"
#include "kernel/linkage.h"

#include <stdint.h>

#define BM_NO_SLOT SIZE_MAX

/* Clusters live in slots 0 … slots − 1. A merge of slots x < y leaves its cluster in y (as in SciPy
 * and fastcluster, so that ties fall alike) and x empty; every slot therefore is also one of the
 * rows of its cluster, and slots ascend as these do. */
typedef struct bm_agglomeration {
    const bm_linkage *linkage;
    const bm_linkage_kernel *kernel;
    size_t n;
    size_t slots, stride; /* stride: values from row to row, a multiple of BM_LINKED */
    double *distance;     /* [slots × stride] of all pairs, twice; infinity to itself */
    double *gone;         /* [stride] 0; infinity where a slot holds no cluster */
    double *size;         /* [slots] summed weight of the cluster in each slot */
    size_t *row;          /* [slots] the row each slot stands for */
    size_t *active;       /* [left] slots that hold a cluster, ascending */
    size_t left;          /* clusters */
    size_t *moved;        /* [slots before] where bm_agglomeration_compact moved each slot */
    bm_merge *merge;      /* [n − 1] in merge order; left and right are rows, size is not set */
    size_t merges;
    bm_log *log; /* may be NULL */
} bm_agglomeration;

static inline double bm_agglomeration_distance(const bm_agglomeration *work, size_t a, size_t b) {
    return work->distance[a * work->stride + b];
}

/* The nearest to slot x among the clusters in slots from … slots − 1, the lowest slot among equals,
 * and its distance; BM_NO_SLOT and infinity when none is at a finite one. */
static inline size_t bm_agglomeration_nearest(const bm_agglomeration *work, size_t x, size_t from,
                                              double *distance) {
    size_t found = work->kernel->first_least(work->distance + x * work->stride, work->gone, from,
                                             work->stride, distance);
    return found < work->stride ? found : BM_NO_SLOT;
}

/* Records the merge of slots x < y and updates the distances to every other cluster. Also where
 * progress is told and an interrupt is noticed. BM_INTERRUPTED, BM_TERMINATED. */
bm_status bm_agglomerate(bm_agglomeration *work, size_t x, size_t y, bm_error *err) BM_MUST_CHECK;
/* Moves the clusters together once half of the slots are empty: slot s becomes moved[s], in the
 * same order. 0: nothing has moved. */
int bm_agglomeration_compact(bm_agglomeration *work);
/* BM_DATA: distances left the range of a double. */
bm_status bm_distance_overflow(bm_error *err) BM_MUST_CHECK;

/* The two algorithms: all n − 1 merges, in the order in which each finds them. */
bm_status bm_nearest_neighbour_chain(bm_agglomeration *work, bm_error *err) BM_MUST_CHECK;
bm_status bm_generic_linkage(bm_agglomeration *work, bm_error *err) BM_MUST_CHECK;

#endif
