/* Where a tree is cut, and the segments that gives. */
#ifndef BM_CLUSTER_TREE_CUT_H
#define BM_CLUSTER_TREE_CUT_H

#include "buyermap/features.h"
#include "buyermap/segmentation.h"

/* What says where a tree is cut. */
typedef enum bm_cut_by {
    BM_CUT_K,             /* k segments are left */
    BM_CUT_HEIGHT,        /* no segment is higher than H */
    BM_CUT_INCONSISTENCY, /* no merge of a segment is more inconsistent than T */
    BM_CUT_GAP,           /* the k of a range with the largest relative gap of heights */
} bm_cut_by;

/* A cut as it is asked for. */
typedef struct bm_cut {
    bm_cut_by by;
    double value; /* H or T, >= 0 */
    size_t depth; /* levels of merges that inconsistency compares with, from 1 */
} bm_cut;

/* Merges are undone from the root down while their value is above a threshold and there are fewer
 * than `most` segments. A merge of which one side has fewer than min_size buyers is no split: that
 * side, a branch, stays with the other one; one of which both have fewer is not undone at all. */
typedef struct bm_cut_rule {
    const double *value; /* [n − 1] by merge; of a node no less than of those below it */
    double threshold;
    size_t most;
    size_t min_size;
} bm_cut_rule;

/* highest[m]: the largest height of merge m and those below it (its own unless heights invert);
 * the value of cuts by height. [n − 1]. */
void bm_tree_heights(const bm_dendrogram *tree, double *highest);
/* coefficient[m]: (height − mean) / standard deviation of the heights of merge m and the merges up
 * to depth − 1 levels below it; 0 where they do not differ. As SciPy's inconsistent, to the bit.
 * [n − 1]. O(n depth) time. */
bm_status bm_tree_inconsistency(const bm_dendrogram *tree, size_t depth, double *coefficient,
                                bm_error *err) BM_MUST_CHECK;
/* value[m] becomes the largest of merge m and those below it. */
void bm_tree_largest_below(const bm_dendrogram *tree, double *value);

/* How many segments a rule gives. height: [most − 1] or NULL; those of the merges that were split,
 * from the root down, for as many as there are. */
bm_status bm_tree_count(const bm_dendrogram *tree, const bm_cut_rule *rule, size_t *segments,
                        double *height, bm_error *err) BM_MUST_CHECK;
/* Its segments: labels 0 … segments − 1 by first appearance. A branch that stays with a side which
 * is split later goes, as a whole, to the one of that side's segments whose mean is nearest to its
 * own, the first from the left of equal ones; means are weighted, and without branches. [n]. */
bm_status bm_tree_label(const bm_dendrogram *tree, const bm_features *features,
                        const bm_cut_rule *rule, int32_t *label, size_t *segments,
                        bm_error *err) BM_MUST_CHECK;
/* The cut into k segments of at least min_size buyers each, or as many as there can be. */
bm_status bm_tree_cut_sized(const bm_dendrogram *tree, const bm_features *features, size_t k,
                            size_t min_size, int32_t *label, size_t *segments,
                            bm_error *err) BM_MUST_CHECK;
/* Bytes that cutting a tree of n takes; SIZE_MAX: more than can be counted. */
size_t bm_tree_cut_memory(size_t n);

/* The k of low … high, from 2, with the largest ratio of the height of the last merge that is
 * undone to that of the next one; of the merges that split. Heights are the largest so far where
 * they invert; over 0 the ratio is infinite, and without a next merge it is 1; ties go to the lower
 * k. Merges of height 0 are not undone; 1 where the tree has no k of the range. */
bm_status bm_tree_gap(const bm_dendrogram *tree, size_t min_size, size_t low, size_t high,
                      size_t *k, bm_error *err) BM_MUST_CHECK;

#endif
