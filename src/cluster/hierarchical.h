/* Hierarchical clustering: exact trees for seven linkages, and what is done with a tree. */
#ifndef BM_CLUSTER_HIERARCHICAL_H
#define BM_CLUSTER_HIERARCHICAL_H

#include "buyermap/context.h"
#include "buyermap/features.h"
#include "buyermap/segmentation.h"
#include "cluster/dissimilarity.h"

typedef struct bm_linkage bm_linkage;

/* What a tree is grown over. */
typedef struct bm_tree_task {
    const bm_features *features;           /* n >= 1 rows, doubles in memory */
    const bm_dissimilarity *dissimilarity; /* NULL: Euclidean distance of the features */
    int single;                            /* 1: a matrix of dissimilarities is one of floats */
    int any_ties;              /* 1: it does not matter how ties fall: by the faster engine */
    const bm_context *context; /* may be NULL */
} bm_tree_task;

/* What the need for memory depends on beside n and d, added up. */
enum {
    BM_IN_FLOATS = 1,    /* a matrix of dissimilarities is one of floats */
    BM_ANY_DISTANCE = 2, /* a dissimilarity is given */
    BM_ANY_TIES = 4      /* it does not matter how ties fall */
};

/* A way to grow a tree: what it takes, and the bytes it needs beside the features (SIZE_MAX: more
 * than can be counted). */
typedef struct bm_tree_engine {
    const char *name;      /* "centres" */
    const char *holds;     /* what its memory is for, in a refusal: "a matrix of all pairs" */
    int any_dissimilarity; /* 0: Euclidean distances only */
    int outruns_walk;      /* 1: is faster than the walk on small tables, too */
    size_t (*memory)(size_t n, size_t d, int form);
    bm_status (*grow)(const bm_tree_task *task, const bm_linkage *linkage, bm_dendrogram *tree,
                      bm_error *err);
} bm_tree_engine;

/* What the kernels know of the update of a linkage. */
typedef enum bm_combine {
    BM_COMBINE_OTHER,   /* nothing */
    BM_COMBINE_SMALLER, /* it is the smaller of the two, */
    BM_COMBINE_LARGER,  /* the larger, */
    BM_COMBINE_MEAN,    /* their mean weighted by sizes, */
    BM_COMBINE_HALVES,  /* or their mean */
} bm_combine;

/* Up to so many buyers ties of Euclidean distances fall as they do in SciPy and fastcluster, where
 * there is room for the distances of all pairs. */
enum { BM_WALK_MOST = 4096 };

/* A linkage: one row in linkage.c. */
struct bm_linkage {
    const char *name; /* "ward" */
    const char *help;
    const bm_tree_engine *engine; /* of large tables */
    int inverts;                  /* centroid, median: generic algorithm, heights in merge order */
    int walks; /* 1: heights depend on how ties are broken; small tables go by the walk */
    /* Dissimilarity of (i ∪ j) and k from those between them and the sizes (weights). */
    double (*update)(double ik, double jk, double ij, double size_i, double size_j, double size_k);
    int scaled; /* ward: buyers of weights v and w start at sqrt(2vw / (v + w)) times their distance
                   (1 for v = w = 1), which makes a buyer of weight w equal to w merged ones */
    int midpoint; /* median: a new centre lies halfway, whatever the sizes */
    bm_combine combine;
};

extern const bm_tree_engine bm_by_walk;     /* small tables of all but single: agglomeration.c */
extern const bm_tree_engine bm_by_centres;  /* ward, centroid, median: centres.c */
extern const bm_tree_engine bm_by_spanning; /* single: spanning_tree.c */
extern const bm_tree_engine bm_by_matrix;   /* complete, average, weighted: matrix_tree.c */

extern const bm_linkage bm_linkages[]; /* ends with name NULL */
const bm_linkage *bm_linkage_find(const char *name);

/* The exact tree of a task. Buyer weights, when there are any, are the sizes in the update; merge
 * sizes count buyers. Time, memory and ties: see the engines. The same bytes for any number of
 * threads. BM_LIMIT (says the bytes, how many buyers would fit, and what else would), BM_NOMEM,
 * BM_INTERRUPTED, BM_DATA when a distance overflows. */
bm_status bm_tree_grow(const bm_tree_task *task, const bm_linkage *linkage, bm_dendrogram *tree,
                       bm_error *err) BM_MUST_CHECK;
/* The same of Euclidean distances in double precision. */
bm_status bm_linkage_tree(const bm_features *features, const bm_linkage *linkage,
                          const bm_context *context, bm_dendrogram *tree,
                          bm_error *err) BM_MUST_CHECK;
/* What grows the tree of n buyers, where there is room for it; form as below. Where there is not,
 * linkage->engine does. */
const bm_tree_engine *bm_linkage_engine(const bm_linkage *linkage, size_t n, int form);
/* Bytes that the tree of n buyers can do with, the tree included; fewer buyers never need more.
 * SIZE_MAX: more than can be counted. */
size_t bm_linkage_memory(const bm_linkage *linkage, size_t n, size_t d, int form);
/* BM_LIMIT when the tree of n does not fit: with the most buyers that would, and with what else
 * would. */
bm_status bm_linkage_require_memory(const bm_linkage *linkage, size_t n, size_t d, int form,
                                    const bm_context *context, bm_error *err) BM_MUST_CHECK;

/* Labels 0…k−1, by first appearance, of the tree cut where k subtrees are left (the last k − 1
 * merges undone). 1 <= k <= n. label: [n]. */
bm_status bm_tree_cut(const bm_dendrogram *tree, size_t k, int32_t *label,
                      bm_error *err) BM_MUST_CHECK;

/* Pearson correlation of cophenetic distances and the dissimilarities that the tree was made of,
 * over all pairs; O(n² d) time, O(n) memory and n × 8 doubles a thread (no matrix). NaN for n < 3
 * and where one of the two does not vary. */
bm_status bm_cophenetic(const bm_tree_task *task, const bm_dendrogram *tree, double *correlation,
                        bm_error *err) BM_MUST_CHECK;
/* The same over a seeded sample of pairs: O(n + pairs d) time, O(n) memory. */
enum { BM_COPHENETIC_PAIRS = 1 << 20 };
bm_status bm_cophenetic_sampled(const bm_tree_task *task, const bm_dendrogram *tree, uint64_t seed,
                                double *correlation, bm_error *err) BM_MUST_CHECK;

#endif
