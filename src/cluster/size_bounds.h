/* Bounds on the sizes of the segments of a k-means map. */
#ifndef BM_CLUSTER_SIZE_BOUNDS_H
#define BM_CLUSTER_SIZE_BOUNDS_H

#include "cluster/cluster.h"
#include "cluster/partition.h"

/* Whether the options bound sizes at all. */
int bm_size_bounded(const bm_cluster_options *options);
/* Room that partitions of k segments need, so that segments can be split. */
size_t bm_size_room(const bm_cluster_options *options, size_t k);
size_t bm_size_memory(size_t n, size_t d, const bm_cluster_options *options, size_t k);

/* Checks low … high against n buyers: k × min_size <= n <= k × max_size. The default range of k
 * shrinks to what fits; any other that does not fit is BM_DEGENERATE. */
bm_status bm_size_range(size_t n, const bm_cluster_options *options, size_t *low, size_t *high,
                        bm_error *err) BM_MUST_CHECK;

/* Brings a converged k-means partition (measured, with room for bm_size_room segments) within the
 * bounds. Its labels stay those of the nearest centroid, and it is measured and in canonical order.
 * k stays as it is where the moves of size_bounds.c allow; else it has fallen by merging or grown
 * by splitting. *held: 0 when no way into the bounds was found, and then the partition is one that
 * was met on the way. Deterministic for any number of threads. BM_NOMEM, BM_DEGENERATE (buyers
 * equal in every feature exceed max_size), BM_INTERRUPTED. */
bm_status bm_size_bounds(bm_partition *partition, const bm_cluster_options *options,
                         const bm_context *context, int *held, bm_error *err) BM_MUST_CHECK;

/* The error of a k for which bm_size_bounds found no way. */
bm_status bm_size_not_held(const bm_cluster_options *options, size_t k,
                           bm_error *err) BM_MUST_CHECK;
/* Tells what the bounds cost a map that was asked for with k segments, and warns when it has
 * another number of them. */
void bm_size_tell(const bm_cluster_options *options, size_t k, const bm_quality *quality,
                  bm_log *log);

#endif
