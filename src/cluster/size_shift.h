/* Private to size_bounds.c: borders of segments moved by moving a centroid. */
#ifndef BM_CLUSTER_SIZE_SHIFT_H
#define BM_CLUSTER_SIZE_SHIFT_H

#include "cluster/kmeans.h"
#include "cluster/size_moves.h"

typedef struct bm_size_shift {
    const bm_features *features; /* borrowed */
    bm_kmeans *kmeans;           /* borrowed; assigns rows to centroids, into `label` */
    int32_t *label;              /* [n] of kmeans */
    double *other;               /* [n] squared distance to the nearest of other centroids */
    double *loss;                /* [n] what it costs a row to change sides; INFINITY: it cannot */
    double *sorted;              /* [n] */
    double *row;                 /* [chunks × 2 d] */
    size_t *count;               /* [chunks], and by segment */
    double *place, *target;      /* [d] */
    double *centroid;            /* [k × d] */
    size_t *segment;             /* [k] */
    unsigned char *is_barred;    /* [k] by the caller: may not take rows of a large segment */
} bm_size_shift;

/* Room for up to k segments. */
bm_status bm_size_shift_init(bm_size_shift *shift, bm_kmeans *kmeans, int32_t *label, size_t k,
                             bm_error *err) BM_MUST_CHECK;
size_t bm_size_shift_memory(size_t n, size_t d, size_t k);
void bm_size_shift_free(bm_size_shift *shift);

/* Moves one centroid: of a segment that is too small, towards the rows outside that would cost
 * least, until it has enough; or, for a segment that is too large, the one of the segment that can
 * take most of the rows whose leaving costs least, until it has them. centroid [k × d]: those of
 * the state, that of segment *moved in another place. *found 0: not possible. Changes nothing but
 * its scratch and the labels of kmeans. O(n k d + HALVINGS n d). */
bm_status bm_size_shift_border(bm_size_shift *shift, const bm_size_state *state, size_t segment,
                               double *centroid, size_t *moved, int *found,
                               bm_error *err) BM_MUST_CHECK;

#endif
