/* Private to the cuts: branches of a tree that are too small for a segment, and where they go. */
#ifndef BM_CLUSTER_TREE_BRANCHES_H
#define BM_CLUSTER_TREE_BRANCHES_H

#include "buyermap/features.h"

#include <stdint.h>

/* Branches, each of which goes to one of the segments first … first + count − 1. */
typedef struct bm_branches {
    int32_t *first, *segments;
    size_t count, first_reserved, segments_reserved;
} bm_branches;

bm_status bm_branches_add(bm_branches *branches, int32_t first, int32_t segments,
                          bm_error *err) BM_MUST_CHECK;
/* Rows of label −1 − b are of branch b, the others of their segment: gives each branch the nearest
 * of its segments by the (weighted) means of both, the first of equal ones. O(n d + branches k d)
 * time, on all threads. */
bm_status bm_branches_settle(const bm_branches *branches, const bm_features *features,
                             int32_t *label, size_t segments, bm_error *err) BM_MUST_CHECK;
void bm_branches_free(bm_branches *branches);

#endif
