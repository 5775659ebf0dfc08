/* How firmly each segment stands when the buyers are drawn anew. */
#ifndef BM_CLUSTER_STABILITY_H
#define BM_CLUSTER_STABILITY_H

#include "cluster/cluster.h"

/* What stability comes to: Hennig (2007). At and above the one a segment is valid, at and below the
 * other it dissolves; between them it is a pattern at best. */
#define BM_STABLE 0.75
#define BM_DISSOLVED 0.5

/* Mean bootstrap Jaccard of each segment over options->stability bootstraps, into stability [k];
 * all NaN for k = 1 and without bootstraps. segmentation: labels, sizes and centroids of the map
 * that bm_cluster made of the same features with the same options. `used` is how many buyers the
 * bootstraps were drawn from: all, or a sample (see stability.c). Deterministic in (features,
 * options, seed) for any number of threads. O(bootstraps × (restarts + 1)) clusterings of the
 * buyers used. BM_NOMEM, BM_LIMIT, BM_INTERRUPTED. */
bm_status bm_stability(const bm_features *features, const bm_cluster_options *options,
                       const bm_context *context, const bm_segmentation *segmentation,
                       double *stability, size_t *used, bm_error *err) BM_MUST_CHECK;

/* The same for what bm_cluster chose: fills chosen.stability, the mean over buyers of it in the
 * chosen row of quality, and stability_seconds; warns of segments that dissolve. Nothing happens
 * without bootstraps. */
bm_status bm_cluster_stability(const bm_features *features, const bm_cluster_options *options,
                               const bm_context *context, bm_clustering *clustering,
                               bm_error *err) BM_MUST_CHECK;

/* "valid", "pattern at best", "dissolved"; "" for NaN. */
const char *bm_stability_word(double stability);

#endif
