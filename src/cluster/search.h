/* Private to the clustering: the search for k, and the ways of clustering that it goes. */
#ifndef BM_CLUSTER_SEARCH_H
#define BM_CLUSTER_SEARCH_H

#include "cluster/cluster.h"
#include "cluster/hierarchical.h"
#include "cluster/kmeans.h"
#include "cluster/partition.h"

/* What is kept of one k until the choice. */
typedef struct bm_candidate {
    double *centroid; /* k-means: [its k × d], canonical order */
    double *bounded;  /* the same within size bounds, [k × d]; NULL without them */
    int32_t *label;   /* for an exact silhouette */
    size_t *medoid;   /* k-medoids: [k] rows, canonical order */
    double *apart;    /* [k] mean dissimilarities to them */
    double objective; /* of all; NaN of other ways */
    bm_iteration *iteration;
    size_t iterations;
    int converged;
    size_t k;             /* segments it has: size bounds may change their number */
    double unbounded;     /* inertia before size bounds; NaN without them */
    int is_out_of_bounds; /* 1: no way into the bounds was found */
    double seconds;       /* of its k-means or cut */
} bm_candidate;

typedef struct bm_search {
    const bm_features *features;
    const bm_cluster_options *options; /* `settled` */
    bm_cluster_options settled;        /* the caller's, with the k that a cut gives */
    const int32_t *truth;
    const bm_context *context;
    size_t low, tried;
    size_t at; /* the candidate whose labels the partition holds */
    bm_candidate *candidate;
    bm_quality *quality;
    bm_partition partition;
    bm_kmeans kmeans;                 /* of that way */
    bm_dendrogram tree;               /* of that way, */
    bm_micro micro;                   /* its leaves where it is coarse, */
    int32_t *leaf;                    /* [leaves] and their labels */
    struct bm_medoid_search *medoids; /* of that way */
    bm_verdict verdict;
    double start_seconds, silhouette_seconds, quality_seconds, choice_seconds;
} bm_search;

/* A way of clustering: how one k of many is found. */
struct bm_way {
    /* Bytes it needs for up to high segments of n rows; SIZE_MAX: more than can be counted. */
    size_t (*memory)(size_t n, size_t d, size_t high, const bm_cluster_options *options);
    /* Refuses by itself what does not fit, where it has more to say than the sum of all; or NULL.
     */
    bm_status (*refuse)(const bm_search *now, bm_error *err);
    /* What the k that are tried depend on: the tree. May settle them (settled, low, tried); or
     * NULL.
     */
    bm_status (*plan)(bm_search *now, bm_error *err);
    /* What all k have in common: room; or NULL. */
    bm_status (*start)(bm_search *now, size_t high, bm_error *err);
    /* Labels and measures of k in canonical order, into the partition; and what is needed to have
     * them again, into kept. */
    bm_status (*find)(bm_search *now, size_t k, bm_candidate *kept, bm_error *err);
    /* The same of a k that was tried before, into the partition, whose k it is. */
    bm_status (*recall)(bm_search *now, const bm_candidate *kept, bm_error *err);
    /* Indices that the way alone has, once all k were tried; or NULL. */
    bm_status (*assess)(bm_search *now, bm_error *err);
    void (*end)(bm_search *now);
};

extern const bm_way bm_way_kmeans, bm_way_tree, bm_way_medoids;

/* Distances of the partition at hand to its centroids, and to the second ones where an index needs
 * them. */
bm_status bm_search_measure(bm_search *now, bm_error *err) BM_MUST_CHECK;

#endif
