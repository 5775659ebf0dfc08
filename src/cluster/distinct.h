/* Rows that differ in value. */
#ifndef BM_CLUSTER_DISTINCT_H
#define BM_CLUSTER_DISTINCT_H

#include "buyermap/features.h"

/* How many distinct rows there are, counted up to limit: the answer is min(distinct, limit). Stops
 * at the limit; O(n d) expected time, O(limit) memory. */
bm_status bm_distinct_rows(const bm_features *features, size_t limit, size_t *count,
                           bm_error *err) BM_MUST_CHECK;
/* Whether two rows of d values are equal. */
int bm_same_row(const double *a, const double *b, size_t d);

#endif
