/* Gower's dissimilarity: numbers and categories together, missing values skipped pair by pair. */
#ifndef BM_CLUSTER_GOWER_H
#define BM_CLUSTER_GOWER_H

#include "buyermap/context.h"
#include "cluster/dissimilarity.h"

/* Gower's dissimilarity over the clustered columns of features as they are known (built features,
 * before anything is filled; a matrix in which NaN is missing will do as well):
 *
 *     d(i, j) = Σ w_v δ_v |d_v(i, j)| / Σ w_v δ_v
 *
 * over the variables v, δ_v being 1 where both buyers have a value and 0 where one has none. For a
 * number d_v is the difference by the range of all rows (by 1 where they are all equal), for a
 * category 0 or 1. The indicators of one source are one category, whose further values, if any,
 * count as one; numbers beyond a feature's winsorizing limits are clipped to them first. w_v is the
 * feature's weight, of a category the mean of its indicators'. In [0, 1]; equal to R's
 * cluster::daisy(metric = "gower") of the same columns, categories being factors.
 *
 * Keeps a packed copy: tiles do not read `all` any more. BM_DATA when some two buyers have no
 * variable in common (their dissimilarity is not defined), BM_NOMEM, BM_LIMIT, BM_IO,
 * BM_INTERRUPTED. O(n columns) time for the copy, O(columns) a pair. */
bm_status bm_gower(const bm_features *all, const bm_context *context,
                   bm_dissimilarity *dissimilarity, bm_error *err) BM_MUST_CHECK;
/* Bytes that it keeps of n rows of so many features; SIZE_MAX: more than can be counted. */
size_t bm_gower_memory(size_t n, size_t features);

#endif
