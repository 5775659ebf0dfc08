/* The gap statistic. */
#ifndef BM_CLUSTER_GAP_H
#define BM_CLUSTER_GAP_H

#include "buyermap/context.h"
#include "cluster/cluster.h"

/* What a cloud without segments is taken to look like: evenly filled between the least and the
 * largest value along each principal component of the buyers (Tibshirani, Walther & Hastie's choice
 * b); or with the values that there are of each feature and correlations as they are between their
 * normal scores, but otherwise at random (a normal copula): which is any normal cloud whose
 * features have been bent, skewed or cut, each for itself. */
typedef enum bm_reference { BM_REFERENCE_BOX, BM_REFERENCE_COPULA } bm_reference;

typedef struct bm_gap_plan {
    const bm_clusterer *method;
    size_t low, high;              /* k */
    const double *const *centroid; /* of each k [k × d], where k-means of the sample begins; or
                                      NULL: as for the references */
    bm_reference reference;
    size_t references; /* B */
    size_t starts;     /* of k-means */
    size_t min_size;   /* of trees: buyers that a segment of the sample has at least */
    uint64_t seed;
} bm_gap_plan;

/* Gap statistics and their standard errors, as R's cluster::clusGap gives them (see gap.c), of k =
 * low … high, into gap and error [high − low + 1]; NaN where k exceeds the distinct rows or squares
 * leave the range of a double, infinite where nothing varies within segments. Seeded; the same for
 * any number of threads. Time O(B n (n + k d iterations)) for k-means, B trees for the others. */
bm_status bm_gap(const bm_features *sample, const bm_gap_plan *plan, double *gap, double *error,
                 bm_error *err) BM_MUST_CHECK;

/* Rows that the gap is computed of (all up to 1,000, and 50 for each of the k_high segments), and
 * how many references to take for n rows: 100 up to 250, 25,000 / n above, at least 25. */
size_t bm_gap_rows(size_t n, size_t k_high);
size_t bm_gap_references(size_t n);

/* The place in a range of ascending k of the smallest k whose gap is at most one of its standard
 * errors below the first local maximum (the 1-SE rule; maxSE's "firstSEmax" of R's cluster). A k
 * whose segments do not vary within has a gap past all bounds: inertia tells. */
size_t bm_gap_choice(const bm_quality *quality, size_t tried);

#endif
