/* First centroids of k-means. */
#ifndef BM_CLUSTER_KMEANS_START_H
#define BM_CLUSTER_KMEANS_START_H

#include "buyermap/features.h"

#include <gsl/gsl_rng.h>
#include <stdint.h>

/* Work memory for drawing starts of up to k_high centroids: allocated once, used for every k and
 * restart. No draw depends on what an earlier one left in it. */
typedef struct bm_starter {
    const bm_features *features; /* borrowed */
    size_t k_high;
    size_t value;               /* bytes of one: distances are of the matrix's precision */
    size_t chunk_rows;          /* of a pass; whole cells */
    size_t cells;               /* of BM_CELL_ROWS rows, the last may have fewer */
    void *distance;             /* [n] squared, to the nearest centroid so far */
    int32_t *label, *own_label; /* [n] that centroid; own_label NULL: lent by the caller */
    void *centre;               /* [k_high × d] the centroids so far */
    void *trial;                /* [trials × d] rows tried for the next one */
    double *left;               /* [cells] Σ weight × distance of the rows of each cell */
    double *tried;              /* [cells × trials] the same with each trial as a centroid */
    double *row;                /* [d] */
} bm_starter;

/* label: [n], lent by the caller and overwritten by every draw; NULL: of its own. The matrix may be
 * of either precision and is read through data/rows.h. BM_NOMEM. */
bm_status bm_starter_init(bm_starter *starter, const bm_features *features, size_t k_high,
                          int32_t *label, bm_error *err) BM_MUST_CHECK;
/* Bytes of it, for a matrix of floats (single) or doubles, with or without labels of its own;
 * SIZE_MAX when they cannot be counted. */
size_t bm_starter_memory(size_t n, size_t d, size_t k_high, int single, int own_label);
void bm_starter_free(bm_starter *starter);

/* Every draw: k <= k_high centroids into centroid [k × d], distinct rows of the matrix (k-means||:
 * means of rows); BM_DEGENERATE when there are fewer than k distinct ones. rng: a stream of (seed,
 * stage); what is drawn follows from it and the data alone, not from threads or the CPU. */

/* Greedy k-means++: O(n k d log k), k passes over the rows. */
bm_status bm_starter_plus_plus(bm_starter *starter, size_t k, gsl_rng *rng, double *centroid,
                               bm_error *err) BM_MUST_CHECK;
/* k-means||: O(n k d), a handful of passes. */
bm_status bm_starter_parallel(bm_starter *starter, size_t k, gsl_rng *rng, double *centroid,
                              bm_error *err) BM_MUST_CHECK;
/* k rows of distinct values, drawn without replacement, each as likely as any other. O(k d)
 * expected while there are many more distinct rows than k. */
bm_status bm_starter_random(bm_starter *starter, size_t k, gsl_rng *rng, double *centroid,
                            bm_error *err) BM_MUST_CHECK;
/* Whether k-means|| is the cheaper way to k centroids of n rows. */
int bm_starter_prefers_parallel(size_t n, size_t k);

/* Rows that are tried for each centroid of k-means++: 2 + ⌊ln k⌋. */
size_t bm_starter_trials(size_t k);

/* For the parts of the starter. One pass over the rows: takes `folds` centroids, of the matrix's
 * precision and numbered from `first` on, into distance, label and left. fresh: they are the first
 * ones; else what stands is kept where it is nearer. */
bm_status bm_starter_fold(bm_starter *starter, const void *fold, size_t folds, size_t first,
                          int fresh, int32_t *label, bm_error *err) BM_MUST_CHECK;
/* weight × distance of row i, and Σ left, the sum of all rows'. */
double bm_starter_part(const bm_starter *starter, size_t i);
double bm_starter_potential(const bm_starter *starter);
/* A row drawn by weight alone. */
size_t bm_starter_first_row(const bm_starter *starter, gsl_rng *rng);
/* Values [count] into the matrix's precision. */
void bm_starter_round(const bm_starter *starter, const double *values, size_t count, void *out);
bm_status bm_starter_too_few(size_t distinct, size_t k, bm_error *err);

#endif
