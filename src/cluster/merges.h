/* Private to the hierarchical part of cluster: the way from merges of rows to a dendrogram. */
#ifndef BM_CLUSTER_MERGES_H
#define BM_CLUSTER_MERGES_H

#include "buyermap/segmentation.h"

/* Merges as algorithms find them: left and right are member rows of the two sides, one of each, so
 * that n − 1 of them are the edges of a spanning tree over the rows; size is not set. */

/* Sorts them by ascending height, ties as they stand. *merge is exchanged for another array of the
 * same length. O(n log n) time. BM_NOMEM: nothing has changed. */
bm_status bm_sort_merges(bm_merge **merge, size_t merges, bm_error *err) BM_MUST_CHECK;
/* Sorts them by (height, left, right), left being the lower row. *merge may be exchanged for
 * another array of the same length. O(n log n) time. BM_NOMEM, BM_INTERRUPTED: they are all there,
 * in some order. */
bm_status bm_order_merges(bm_merge **merge, size_t merges, bm_error *err) BM_MUST_CHECK;
/* Numbers the n − 1 merges of n rows where they stand, in SciPy's convention: clusters instead of
 * rows, left < right, sizes in rows. Any order of the merges gives a valid tree. O(n log n) time,
 * 24 bytes a row. BM_NOMEM, BM_INTERRUPTED. */
bm_status bm_number_merges(bm_merge *merge, size_t n, bm_error *err) BM_MUST_CHECK;

#endif
