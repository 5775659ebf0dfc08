/* bm_segmentation: who is in which segment, and how good the map is. bm_dendrogram: the tree behind
 * a hierarchical one. */
#ifndef BUYERMAP_SEGMENTATION_H
#define BUYERMAP_SEGMENTATION_H

#include "buyermap/status.h"

#include <stddef.h>
#include <stdint.h>

/* One merge: nodes below n are buyers (rows of the matrix), node n + i is merge i. left < right. */
typedef struct bm_merge {
    size_t left, right;
    double height;
    size_t size;
} bm_merge;

/* SciPy's linkage convention. Heights ascend, except for centroid and median, which stand in merge
 * order and may invert. */
typedef struct bm_dendrogram {
    size_t n;
    bm_merge *merge; /* [n - 1] */
} bm_dendrogram;

void bm_dendrogram_free(bm_dendrogram *dendrogram);

/* What a coarse tree has for leaves: buyers that k-means has put together. */
typedef struct bm_micro {
    size_t count, d;          /* count 0: the leaves are the buyers */
    int32_t *of;              /* [n] 0…count−1, the micro-segment of each buyer */
    size_t *buyers;           /* [count] */
    double *weight, *inertia; /* [count] summed weights, weighted sum of squares about the mean */
    double *centroid;         /* [count × d] weighted means in normalized space */
} bm_micro;

void bm_micro_free(bm_micro *micro);

/* One k-means iteration, as it stands in the table `iterations`. */
typedef struct bm_iteration {
    int restart, iteration; /* from 1 */
    double inertia;         /* of the assignment this iteration made */
    double shift;           /* summed squared movement of the centroids */
    size_t moved;           /* buyers that changed segment */
} bm_iteration;

/* Indices of one clustering; NaN where not computed or not defined. */
typedef struct bm_quality {
    size_t k;
    double inertia, silhouette, calinski_harabasz, davies_bouldin;
    double gap, gap_se, hopkins, stability, cophenetic, adjusted_rand, nmi;
    double objective;     /* of k-medoids: mean dissimilarity to the medoid; else NaN */
    double silhouette_se; /* of a sampled silhouette; NaN when it is exact */
    double simplified_silhouette;
    double inertia_unbounded; /* before size bounds; NaN without them */
    int chosen;
} bm_quality;

typedef struct bm_segmentation {
    size_t n, k, d;
    int32_t *label;          /* [n] 1…k; canonical: by falling size, then by centroid */
    size_t *size;            /* [k] buyers */
    double *weight;          /* [k] summed buyer weights */
    double *centroid;        /* [k × d] weighted means in normalized space */
    double *inertia_of;      /* [k] weighted within-segment sum of squares */
    double inertia;          /* their sum */
    double *stability;       /* [k] mean bootstrap Jaccard; NULL: not asked for */
    bm_iteration *iteration; /* log of every restart; empty for hierarchical methods */
    size_t iterations;
    int converged;      /* 0: the iteration limit was reached in the restart that won */
    bm_dendrogram tree; /* empty for k-means */
    bm_micro micro;     /* leaves of a coarse tree */
    size_t *medoid;     /* [k] rows of the matrix; NULL but for k-medoids */
    double *apart;      /* [k] weighted mean dissimilarity to the medoid; NULL likewise */
} bm_segmentation;

void bm_segmentation_free(bm_segmentation *segmentation);

#endif
