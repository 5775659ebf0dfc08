/* features -> bm_segmentation. */
#ifndef BM_CLUSTER_CLUSTER_H
#define BM_CLUSTER_CLUSTER_H

#include "buyermap/context.h"
#include "buyermap/features.h"
#include "buyermap/segmentation.h"
#include "cluster/checkpoint.h"
#include "cluster/dissimilarity.h"
#include "cluster/tree_cut.h"

/* A clusterer: one row in cluster/registry.c (k-means and the seven linkages). */
typedef struct bm_clusterer bm_clusterer;
typedef struct bm_way bm_way;

typedef struct bm_cluster_options {
    const bm_clusterer *method;
    size_t k_low, k_high; /* equal: that k; else the best of the range */
    int k_auto;           /* 1: the range is the default one, shrinks to what n allows, and the
                             answer may be 1 */
    int random_init;      /* 1: k distinct rows at random instead of k-means++ */
    int parallel_init;    /* 1: k-means|| for any k, not only for many */
    const double *init;   /* [k × d] centroids in normalized space, or NULL */
    int refine;           /* 1: swaps after the restarts, see kmeans_refine.c */
    size_t restarts;      /* ignored with init: then 1 */
    size_t max_iterations;
    double tolerance;          /* 0: until no label changes; X: until the summed squared centroid
                                  shift <= X × mean feature variance */
    int criterion;             /* an index of bm_criteria */
    size_t min_size, max_size; /* buyers of a segment (max_size: of k-means); 0: no bound */
    bm_cut cut;                /* of a tree: where it is cut; k is what that gives */
    int quality;               /* 0: no quality indices but inertia */
    size_t stability;          /* bootstraps of bm_cluster_stability; 0: none */
    size_t coarse; /* most micro-segments that a tree is grown over; 0: over the buyers */
    const bm_checkpoint *checkpoint; /* of k-means, borrowed; NULL: none */
    /* Of the same rows, borrowed, for methods of any distance: what they cluster by, and what
     * silhouettes are of; NULL: Euclidean distance of the features. Centroids, inertia and the
     * indices of these stay those of the features. */
    const bm_dissimilarity *dissimilarity;
    int single; /* 1: dissimilarities that are kept are rounded to single precision */
} bm_cluster_options;

struct bm_clusterer {
    const char *name; /* "kmeans", "ward" */
    const char *help;
    int hierarchical;  /* 1: the linkage of the same name */
    const bm_way *way; /* how its segments are found */
    int any_distance;  /* 1: needs nothing but how far apart two buyers are */
    int has_medoids;   /* 1: a buyer stands for each segment */
    int is_kmeans;     /* 1: rows may be floats or in a file, starts given, sizes bounded, … */
};

/* Registries, NULL-terminated. */
extern const bm_clusterer *const bm_clusterers[];
const bm_clusterer *bm_clusterer_find(const char *name);

/* A criterion to choose k by: one row, with one of the two. */
typedef struct bm_criterion {
    const char *name;                           /* "silhouette" */
    double (*value)(const bm_quality *quality); /* larger is better; ties go to the lower k */
    size_t (*choice)(const bm_quality *quality, size_t tried); /* the place of the best */
} bm_criterion;
extern const bm_criterion bm_criteria[]; /* ends with name NULL */

/* What is known of the question whether there are segments at all: cluster/verdict.c has the rule.
 */
typedef struct bm_verdict {
    int judged;      /* 0: not asked, or fewer than 30 buyers; then nothing else is known */
    int one_cloud;   /* 1: there are none */
    size_t rows;     /* buyers that were looked at */
    double valley_p; /* the chance of such valleys between segments in one cloud */
    double gap_gain; /* what the best k >= 2 has over k = 1 in the gap statistic; NaN: not needed */
    size_t gap_k;    /* that k */
    double hopkins, hopkins_of_cloud; /* Hopkins statistic, and what one normal cloud has */
} bm_verdict;

/* "these buyers form one continuous cloud: …", with the figures, of a verdict of one cloud. 512
 * bytes are room enough. */
void bm_cloud_text(const bm_verdict *verdict, char *text, size_t room);

/* What the whole clustering made. */
typedef struct bm_clustering {
    bm_segmentation chosen;
    bm_quality *quality; /* one a k tried, ascending k; exactly one chosen */
    size_t tried;
    bm_verdict verdict;
    double cluster_seconds, choose_k_seconds, quality_seconds, stability_seconds;
} bm_clustering;

/* Clusters the normalized features for each k of the range, measures quality, chooses, and brings
 * the segments into canonical order (falling size, then centroid). truth NULL or n codes (-1
 * missing): fills adjusted_rand and nmi. BM_DEGENERATE: k > n, one buyer with k > 1, all buyers
 * equal with k > 1. BM_LIMIT: states the bytes. Silhouette is exact up to 20,000 buyers and of a
 * seeded sample of 10,000 above, stratified by segment; cophenetic correlation is exact up to
 * 20,000 buyers and of 2^20 pairs drawn at random above. Deterministic in (features, options, seed)
 * for any number of threads. */
bm_status bm_cluster(const bm_features *features, const bm_cluster_options *options,
                     const int32_t *truth, const bm_context *context, bm_clustering *clustering,
                     bm_error *err) BM_MUST_CHECK;
/* Bytes bm_cluster will need, for --dry-run and --memory-limit. */
size_t bm_cluster_memory(size_t n, size_t d, const bm_cluster_options *options);
void bm_clustering_free(bm_clustering *clustering);

/* Nearest other segment, for `assignments`: distance to the own centroid, the nearest other
 * centroid's segment and the margin 1 − distance/second distance; caller's arrays of n. With k = 1
 * second is 0 and margin NaN. */
bm_status bm_margins(const bm_features *features, const bm_segmentation *segmentation,
                     double *distance, int32_t *second, double *margin,
                     bm_error *err) BM_MUST_CHECK;
/* The same of rows first … first + count − 1 into arrays of count: rows that are in memory, be it
 * that bm_rows_hold or a pass has brought them. On all threads, so not within bm_parallel_for. */
void bm_margins_rows(const bm_features *features, const bm_segmentation *segmentation, size_t first,
                     size_t count, double *distance, int32_t *second, double *margin);

#endif
