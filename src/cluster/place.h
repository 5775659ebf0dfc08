/* Where a row belongs among given centroids. */
#ifndef BM_CLUSTER_PLACE_H
#define BM_CLUSTER_PLACE_H

#include "buyermap/status.h"
#include "kernel/distance.h"

#include <stddef.h>
#include <stdint.h>

/* Centroids, ready to be compared with rows. */
typedef struct bm_places {
    const double *centroid; /* [k × d], borrowed */
    size_t k, d;
    double *packed; /* the same, side by side for the kernel */
    bm_distances_kernel distances;
} bm_places;

/* What `assignments` says of a buyer: segments from 1; second is 0 and margin NaN with k = 1. */
typedef struct bm_place {
    int32_t segment, second;
    double distance, margin;
} bm_place;

/* centroid stays the caller's, k and d above 0. BM_NOMEM. */
bm_status bm_places_init(bm_places *places, const double *centroid, size_t k, size_t d,
                         bm_error *err) BM_MUST_CHECK;
/* Doubles of scratch that bm_place_row needs. */
size_t bm_places_scratch(const bm_places *places);
/* The nearest centroid and the second nearest, ties to the lowest segment, by the squared distances
 * that bm_squared_distance gives, bit for bit; the distance, and the margin 1 − distance / second
 * distance: 0 on two centroids at once. O(k d). Safe to be called by several threads, each with
 * scratch of its own. */
void bm_place_row(const bm_places *places, const double *row, double *scratch, bm_place *place);
/* The same of a row whose segment is known: the distance to its centroid, which need not be the
 * nearest (margin negative then; NaN where another centroid is the row itself), and the nearest
 * other one. */
void bm_place_within(const bm_places *places, const double *row, int32_t segment, double *scratch,
                     bm_place *place);
void bm_places_free(bm_places *places);

#endif
