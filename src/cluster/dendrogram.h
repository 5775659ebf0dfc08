/* The tree of a map as a table. */
#ifndef BM_CLUSTER_DENDROGRAM_H
#define BM_CLUSTER_DENDROGRAM_H

#include "buyermap/result.h"
#include "buyermap/segmentation.h"

/* The last `most` merges of the map's tree, which are the highest unless heights invert, from the
 * root down: node, left, right (SciPy's numbers: buyers are 0 … n − 1 in the order of the rows,
 * merge m is n + m), height, size, parent (not known of the root), and the segment that has all
 * buyers of the node (not known where several have). O(n) time and memory. */
bm_status bm_dendrogram_result(const bm_segmentation *map, size_t most, bm_result *table,
                               bm_error *err) BM_MUST_CHECK;

#endif
