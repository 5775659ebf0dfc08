/* The tree of a map as a table. */
#ifndef BM_CLUSTER_DENDROGRAM_H
#define BM_CLUSTER_DENDROGRAM_H

#include "buyermap/result.h"
#include "buyermap/segmentation.h"

/* The last `most` merges of the map's tree, which are the highest unless heights invert, from the
 * root down: node, left, right (SciPy's numbers: buyers are 0 … n − 1 in the order of the rows,
 * merge m is n + m), height, size, parent (not known of the root), and the segment that has all
 * buyers of the node (not known where several have), and for ward their sum of squares. Of a coarse
 * tree, nodes below n are micro-segments, and size and inertia are of all their buyers. O(n) time
 * and memory. */
bm_status bm_dendrogram_result(const bm_segmentation *map, int is_ward, size_t most,
                               bm_result *table, bm_error *err) BM_MUST_CHECK;
/* The leaves of a coarse tree: segment, buyers, weight, inertia, and the height √(2 inertia) that a
 * single merge would have which adds as much: so the squares of all heights, leaves' and merges',
 * add up to twice the inertia of all buyers about their mean. */
bm_status bm_micro_result(const bm_segmentation *map, bm_result *table,
                          bm_error *err) BM_MUST_CHECK;

#endif
