/* Micro-segments: k-means as the leaves of a coarse tree. */
#ifndef BM_CLUSTER_MICRO_H
#define BM_CLUSTER_MICRO_H

#include "buyermap/context.h"
#include "buyermap/features.h"
#include "buyermap/segmentation.h"

/* Divides the rows among at most `most` micro-segments, 1 <= most; fewer where rows are equal. See
 * micro.c for how. O(n most d) time. micro is zeroed by this and freed by bm_micro_free. */
bm_status bm_micro_make(const bm_features *features, size_t most, const bm_context *context,
                        bm_micro *micro, bm_error *err) BM_MUST_CHECK;
/* Bytes that takes; SIZE_MAX: more than can be counted. */
size_t bm_micro_memory(size_t n, size_t d, size_t most);
/* The micro-segments as weighted rows; borrows from them, and is not freed. */
bm_features bm_micro_rows(const bm_micro *micro);

#endif
