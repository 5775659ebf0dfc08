/* Which k are tried. */
#ifndef BM_CLUSTER_RANGE_H
#define BM_CLUSTER_RANGE_H

#include "cluster/cluster.h"

/* The range of the options, checked against the buyers. The default range begins with 1,
 * and shrinks to n − 1 and to the distinct rows, at least to 1; any other that does not fit is
 * BM_DEGENERATE. */
bm_status bm_cluster_range(const bm_features *features, const bm_cluster_options *options,
                           size_t *low, size_t *high, bm_error *err) BM_MUST_CHECK;

#endif
