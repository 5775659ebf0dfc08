/* Rows that differ in value. */
#ifndef BM_CLUSTER_DISTINCT_H
#define BM_CLUSTER_DISTINCT_H

#include "buyermap/features.h"

#include <stdint.h>

/* How many distinct rows there are, counted up to limit: the answer is min(distinct, limit). Stops
 * at the limit; O(n d) expected time, O(limit) memory. */
bm_status bm_distinct_rows(const bm_features *features, size_t limit, size_t *count,
                           bm_error *err) BM_MUST_CHECK;
/* Of each row the lowest one that equals it, itself where there is none. features: n < 2^32 − 1
 * rows of doubles in memory; lowest: [n]. Expected O(n d) time, 8 to 16 bytes a row. BM_NOMEM,
 * BM_INTERRUPTED. */
bm_status bm_lowest_equal(const bm_features *features, uint32_t *lowest,
                          bm_error *err) BM_MUST_CHECK;
/* Whether two rows of d values are equal. */
int bm_same_row(const double *a, const double *b, size_t d);
/* Equal rows have the same hash, whatever the signs of their zeros. */
uint64_t bm_hash_row(const double *row, size_t d);

#endif
