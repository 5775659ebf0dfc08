/* First centroids of k-means. */
#ifndef BM_CLUSTER_KMEANS_START_H
#define BM_CLUSTER_KMEANS_START_H

#include "buyermap/features.h"

#include <gsl/gsl_rng.h>
#include <stdint.h>

/* Work memory for drawing starts of up to k_high centroids: allocated once, used for every k and
 * restart. A draw leaves nothing in it that a later one depends on. */
typedef struct bm_starter {
    const bm_features *features; /* borrowed */
    size_t k_high;
    int single;     /* distances are taken in the precision of the matrix */
    void *distance; /* [n] squared, to the nearest centroid so far; floats or doubles */
    int32_t *label; /* [n] that centroid */
    int32_t *lent;  /* the same when the caller lent it, else NULL */
    void *centre;   /* [k_high × d] centroids in the precision of the matrix */
    void *trial;    /* [trials × d] rows tried for the next one */
    double *left;   /* [cells] weight × distance of the rows of each cell */
    double *tried;  /* [cells × trials] the same with each trial for a centroid */
    double *row;    /* [d] */
    void *cell;     /* rows of a cell, out of a pass */
} bm_starter;

/* label: [n], lent by the caller and overwritten by every draw; NULL: of its own. The matrix may be
 * of either precision and is read through data/rows.h. BM_NOMEM. */
bm_status bm_starter_init(bm_starter *starter, const bm_features *features, size_t k_high,
                          int32_t *label, bm_error *err) BM_MUST_CHECK;
/* Bytes of it, without lent labels; SIZE_MAX when they cannot be counted. */
size_t bm_starter_memory(size_t n, size_t d, size_t k_high, int single, int lent);
void bm_starter_free(bm_starter *starter);

/* Every draw: k <= k_high centroids into centroid [k × d], distinct rows of the matrix (k-means||:
 * means of such); BM_DEGENERATE when there are fewer than k. rng: a stream of (seed, stage); what
 * is drawn depends on it and the data alone, not on threads, CPU or earlier draws. */

/* Greedy k-means++. */
bm_status bm_starter_plus_plus(bm_starter *starter, size_t k, gsl_rng *rng, double *centroid,
                               bm_error *err) BM_MUST_CHECK;
/* k-means||. */
bm_status bm_starter_parallel(bm_starter *starter, size_t k, gsl_rng *rng, double *centroid,
                              bm_error *err) BM_MUST_CHECK;
/* k rows of distinct values, drawn without replacement, each as likely as any other. */
bm_status bm_starter_random(bm_starter *starter, size_t k, gsl_rng *rng, double *centroid,
                            bm_error *err) BM_MUST_CHECK;
/* Whether k-means|| is the better way to k centroids of n rows than k-means++. */
int bm_starter_prefers_parallel(size_t n, size_t k);

/* Replaces centroid `gone` of the k in centroid [k × d] by the best of bm_starter_trials(k) rows
 * drawn as k-means++ would draw them beside the others. label: [n] 0…k−1, the nearest of the k
 * centroids to each row (may be the lent array): O((2 + trials) n d). NULL: not known, O(n k d). */
bm_status bm_starter_redraw(bm_starter *starter, size_t k, size_t gone, const int32_t *label,
                            gsl_rng *rng, double *centroid, bm_error *err) BM_MUST_CHECK;

/* Rows that are tried for each centroid of k-means++: 2 + ⌊ln k⌋. */
size_t bm_starter_trials(size_t k);

#endif
