/* Distances between the buyers of a segment. */
#ifndef BM_CLUSTER_WITHIN_H
#define BM_CLUSTER_WITHIN_H

#include "buyermap/features.h"

#include <stdint.h>

/* W_k = Σ_r D_r / (2 n_r) of labels 0…k−1: D_r sums the Euclidean distances of all ordered pairs of
 * segment r, weighted by both weights, and n_r is its summed weight; empty segments count nothing.
 * O(Σ_r n_r² d) time, two copies of the rows; on the calling thread. */
bm_status bm_within_distances(const bm_features *features, const int32_t *label, size_t k,
                              double *within, bm_error *err) BM_MUST_CHECK;

#endif
