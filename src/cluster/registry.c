/* The clusterers and the criteria, one row each. */
#include "cluster/cluster.h"
#include "cluster/gap.h"
#include "cluster/search.h"

#include <math.h>
#include <string.h>

#define TREE(name, help, any)                                                                      \
    static const bm_clusterer name = {#name, help, 1, &bm_way_tree, any, 0, 0}

static const bm_clusterer kmeans = {.name = "kmeans",
                                    .help = "centroids that minimize the inertia (Lloyd, k-means++ "
                                            "start)",
                                    .way = &bm_way_kmeans,
                                    .is_kmeans = 1};
TREE(ward, "tree: least growth of the sum of squares", 0);
TREE(single, "tree: distance of the closest two", 1);
TREE(complete, "tree: distance of the farthest two", 1);
TREE(average, "tree: mean distance of all pairs (UPGMA)", 1);
TREE(weighted, "tree: mean distance, both halves alike (WPGMA)", 1);
TREE(centroid, "tree: distance of the centroids (UPGMC)", 0);
TREE(median, "tree: distance of the midpoints (WPGMC)", 0);
static const bm_clusterer kmedoids = {.name = "kmedoids",
                                      .help = "buyers that the others are nearest to (FasterPAM; "
                                              "samples of very many buyers)",
                                      .way = &bm_way_medoids,
                                      .any_distance = 1,
                                      .has_medoids = 1};

const bm_clusterer *const bm_clusterers[] = {&kmeans,   &ward,     &single, &complete, &average,
                                             &weighted, &centroid, &median, &kmedoids, NULL};

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
