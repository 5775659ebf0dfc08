/* A part of the buyers that stands for all of them, for what would cost too much of millions. */
#ifndef BM_CLUSTER_SUBSAMPLE_H
#define BM_CLUSTER_SUBSAMPLE_H

#include "buyermap/features.h"

#include <stdint.h>

/* Copies all rows when there are at most `most`, else `most` of them: the rows are divided into as
 * many equal stretches, and of each one row is drawn, so that no row comes twice and all have the
 * same chance. Values (as doubles), row_of and weights are copied, features are not named. sample:
 * zeroed by this, freed by the caller. The draw depends on seed and stage alone. */
bm_status bm_subsample(const bm_features *features, size_t most, uint64_t seed, const char *stage,
                       bm_features *sample, bm_error *err) BM_MUST_CHECK;

/* Whether the largest value is between 1e-100 and 1e100 in magnitude, so that squares and products
 * of squares neither overflow nor vanish. */
int bm_squares_fit(const bm_features *sample);

/* Spreads equal values of a feature evenly at random to halfway to the values next to them, so that
 * counts and rounded amounts do not look like heaps of buyers with nobody between; of a gap that is
 * more than twice as wide as one beside it only so much is filled. Features of one or two values
 * (indicators) stay as they are, and so do values that occur once. *spread: whether there were any
 * to spread. O(n d log n) time. */
bm_status bm_spread_ties(bm_features *sample, uint64_t seed, int *spread,
                         bm_error *err) BM_MUST_CHECK;

#endif
