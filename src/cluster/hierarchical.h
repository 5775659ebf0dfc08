/* Hierarchical clustering: exact trees for seven linkages, and what is done with a tree. */
#ifndef BM_CLUSTER_HIERARCHICAL_H
#define BM_CLUSTER_HIERARCHICAL_H

#include "buyermap/context.h"
#include "buyermap/features.h"
#include "buyermap/segmentation.h"

/* A linkage: one row of Lance–Williams update in linkage.c. */
typedef struct bm_linkage {
    const char *name; /* "ward" */
    const char *help;
    int inverts; /* centroid, median: generic algorithm, heights in merge order */
    int squared; /* the update works on squared distances (ward, centroid, median) */
    /* Dissimilarity of (i ∪ j) and k from those between them and the sizes (weights). */
    double (*update)(double ik, double jk, double ij, double size_i, double size_j, double size_k);
    int scaled; /* ward: buyers of weights v and w start at sqrt(2vw / (v + w)) times their distance
                   (1 for v = w = 1), which makes a buyer of weight w equal to w merged ones */
} bm_linkage;

extern const bm_linkage bm_linkages[]; /* ends with name NULL */
const bm_linkage *bm_linkage_find(const char *name);

/* The exact tree over the rows of features (n >= 1; Euclidean distance in normalized space). Buyer
 * weights, when there are any, are the sizes in the update; merge sizes count buyers. O(n²) time
 * (centroid and median O(n³) at worst), one condensed matrix of memory; see nnchain.c and
 * generic_linkage.c for ties. The same bytes for any number of threads. BM_LIMIT (says the bytes
 * and how many buyers would fit), BM_NOMEM, BM_INTERRUPTED, BM_DATA when a distance overflows. */
bm_status bm_linkage_tree(const bm_features *features, const bm_linkage *linkage,
                          const bm_context *context, bm_dendrogram *tree,
                          bm_error *err) BM_MUST_CHECK;
size_t bm_linkage_memory(size_t n);
/* BM_LIMIT with the most buyers that would fit, when the tree of n does not. */
bm_status bm_linkage_require_memory(size_t n, const bm_linkage *linkage, const bm_context *context,
                                    bm_error *err) BM_MUST_CHECK;

/* Labels 0…k−1, by first appearance, of the tree cut where k subtrees are left (the last k − 1
 * merges undone). 1 <= k <= n. label: [n]. */
bm_status bm_tree_cut(const bm_dendrogram *tree, size_t k, int32_t *label,
                      bm_error *err) BM_MUST_CHECK;

/* Pearson correlation of cophenetic and Euclidean distances over all pairs; O(n²) time, O(n) memory
 * (no matrix). NaN for n < 3. */
bm_status bm_cophenetic(const bm_features *features, const bm_dendrogram *tree, double *correlation,
                        bm_error *err) BM_MUST_CHECK;

#endif
