/* The clusterers and the criteria, one row each. */
#include "cluster/cluster.h"
#include "cluster/gap.h"
#include "cluster/search.h"

#include <math.h>
#include <string.h>

static const bm_clusterer kmeans = {
    "kmeans", "centroids that minimize the inertia (Lloyd, k-means++ start)", 0, &bm_way_kmeans, 0};
static const bm_clusterer ward = {"ward", "tree: least growth of the sum of squares", 1,
                                  &bm_way_tree, 0};
static const bm_clusterer single = {"single", "tree: distance of the closest two", 1, &bm_way_tree,
                                    1};
static const bm_clusterer complete = {"complete", "tree: distance of the farthest two", 1,
                                      &bm_way_tree, 1};
static const bm_clusterer average = {"average", "tree: mean distance of all pairs (UPGMA)", 1,
                                     &bm_way_tree, 1};
static const bm_clusterer weighted = {"weighted", "tree: mean distance, both halves alike (WPGMA)",
                                      1, &bm_way_tree, 1};
static const bm_clusterer centroid = {"centroid", "tree: distance of the centroids (UPGMC)", 1,
                                      &bm_way_tree, 0};
static const bm_clusterer median = {"median", "tree: distance of the midpoints (WPGMC)", 1,
                                    &bm_way_tree, 0};

const bm_clusterer *const bm_clusterers[] = {&kmeans,   &ward,     &single, &complete, &average,
                                             &weighted, &centroid, &median, NULL};

const bm_clusterer *bm_clusterer_find(const char *name) {
    for (const bm_clusterer *const *row = bm_clusterers; *row != NULL; row++)
        if (strcmp((*row)->name, name) == 0)
            return *row;
    return NULL;
}

static double by_silhouette(const bm_quality *quality) {
    return quality->silhouette;
}

static double by_calinski_harabasz(const bm_quality *quality) {
    /* Nothing varies within segments: the index grows past all bounds. */
    if (isnan(quality->calinski_harabasz) && quality->k > 1 && quality->inertia <= 0)
        return INFINITY;
    return quality->calinski_harabasz;
}

static double by_davies_bouldin(const bm_quality *quality) {
    return -quality->davies_bouldin;
}

const bm_criterion bm_criteria[] = {
    {"silhouette", by_silhouette, NULL},
    {"calinski_harabasz", by_calinski_harabasz, NULL},
    {"davies_bouldin", by_davies_bouldin, NULL},
    {"gap", NULL, bm_gap_choice},
    {NULL, NULL, NULL},
};
