/* k-means: what its parts (start, Lloyd iterations, restarts) work on. */
#ifndef BM_CLUSTER_KMEANS_H
#define BM_CLUSTER_KMEANS_H

#include "buyermap/context.h"
#include "buyermap/features.h"
#include "buyermap/segmentation.h"
#include "cluster/cluster.h"

#include <gsl/gsl_rng.h>

/* What one chunk of rows found in an assignment. */
typedef struct bm_kmeans_tally {
    double inertia;
    size_t moved;
} bm_kmeans_tally;

/* Everything k-means needs, allocated once for the largest k and used for every k and restart. */
typedef struct bm_kmeans {
    const bm_features *features; /* borrowed */
    const bm_cluster_options *options;
    double mean_variance; /* of the features, for the tolerance */
    size_t k;
    size_t chunk_rows, chunks; /* for this k */
    int32_t *label;         /* [n] 0…k−1, borrowed from the caller; -1 before the first pass */
    double *distance;       /* [n] squared, to the nearest centroid: only the start and the
                               repair of empty segments keep it up to date */
    double *centroid;       /* [k × d] */
    double *sum;            /* [k × (d + 1)] weighted sums of the labels' rows, and weights */
    size_t *size;           /* [k] buyers */
    size_t *filled;         /* [k] row that an empty segment's centroid moved to in the last
                               repair; SIZE_MAX for the others */
    double *partial;        /* `sum` of each chunk */
    size_t *partial_size;   /* `size` of each chunk */
    bm_kmeans_tally *tally; /* [chunks] */
    double *left;           /* [chunks × trials] what each row tried for a centroid would leave */
    double *scratch;        /* of the kernel, for each thread */
    size_t scratch_each;
    double *best_centroid; /* of the restarts so far */
    size_t *best_size;
    size_t *order;
    bm_iteration *iteration; /* the log of this k */
    size_t iterations, iterations_reserved;
} bm_kmeans;

/* Room for runs of up to k segments; label is the caller's, [n]. */
bm_status bm_kmeans_init(bm_kmeans *kmeans, const bm_features *features,
                         const bm_cluster_options *options, size_t k, int32_t *label,
                         bm_error *err) BM_MUST_CHECK;
size_t bm_kmeans_memory(size_t n, size_t d, size_t k);
/* Makes it ready for k segments. */
void bm_kmeans_size_for(bm_kmeans *kmeans, size_t k);
/* The best of all restarts for k segments, 1 <= k <= distinct rows: labels in label, centroids in
 * centroid, both in canonical order, the log in iteration. converged as in bm_segmentation. */
bm_status bm_kmeans_run(bm_kmeans *kmeans, size_t k, const bm_context *context, int *converged,
                        bm_error *err) BM_MUST_CHECK;
void bm_kmeans_free(bm_kmeans *kmeans);

/* Rows that are tried for each centroid of k-means++: 2 + ⌊ln k⌋. */
size_t bm_kmeans_trials(size_t k);
/* Sets the first centroids from the options: given, random distinct rows, or k-means++. */
bm_status bm_kmeans_start(bm_kmeans *kmeans, gsl_rng *rng, bm_error *err) BM_MUST_CHECK;

/* Replaces one centroid by the best of bm_kmeans_trials rows drawn as k-means++ would draw them
 * beside the other centroids. */
bm_status bm_kmeans_redraw(bm_kmeans *kmeans, size_t centroid, gsl_rng *rng,
                           bm_error *err) BM_MUST_CHECK;

/* Lloyd iterations from the centroids as they stand until the stopping rule of the options; appends
 * to the log as `restart`. Leaves labels nearest to the centroids and no segment empty, and when
 * converged at tolerance 0 the centroids are the means of the labels. */
bm_status bm_kmeans_lloyd(bm_kmeans *kmeans, int restart, double *inertia, int *converged,
                          bm_error *err) BM_MUST_CHECK;
/* Lloyd iterations and single moves in turn until neither finds a lower inertia. Centroids that
 * were given are left to Lloyd alone, and so are runs with a tolerance. */
bm_status bm_kmeans_descend(bm_kmeans *kmeans, int restart, double *inertia, int *converged,
                            bm_error *err) BM_MUST_CHECK;
/* Improves the best solution (best_centroid, best_size; its inertia in least) by swaps. */
bm_status bm_kmeans_swap(bm_kmeans *kmeans, uint64_t seed, int restart, double *least,
                         bm_error *err) BM_MUST_CHECK;
/* One assignment of all rows to the nearest centroid: label, size, sum; inertia and how many rows
 * changed label. */
bm_status bm_kmeans_assign(bm_kmeans *kmeans, double *inertia, size_t *moved,
                           bm_error *err) BM_MUST_CHECK;
/* Assigns, and moves the centroids of empty segments to far rows until none is empty. */
bm_status bm_kmeans_fill(bm_kmeans *kmeans, double *inertia, bm_error *err) BM_MUST_CHECK;
/* The means of the labels as summed by the last assignment, into mean [k × d]; an empty segment
 * keeps its centroid. */
void bm_kmeans_means(const bm_kmeans *kmeans, double *mean);

/* Moves single rows to segments where they lower the inertia, and the centroids with them. After
 * converged Lloyd iterations only. */
bm_status bm_kmeans_move_rows(bm_kmeans *kmeans, size_t *moved, bm_error *err) BM_MUST_CHECK;

/* Moves the centroid of each empty segment to the row farthest from its own centroid, and takes
 * that row out of the segment it was in (sum, size), as scikit-learn does. Ties go to the lowest
 * row; each further empty segment takes the next farthest row that differs in value; a row that is
 * alone in its segment stays. `repaired` counts the segments moved. */
bm_status bm_kmeans_repair(bm_kmeans *kmeans, size_t *repaired, bm_error *err) BM_MUST_CHECK;

#endif
