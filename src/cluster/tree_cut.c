/* Cuts of a tree.
 *
 * By height and by inconsistency: as fcluster of SciPy does it (criteria "distance" and
 * "inconsistent": Jain & Dubes 1988, Algorithms for Clustering Data): the value of a merge is the
 * largest of its subtree, and the segments are the largest subtrees whose value is no more than the
 * threshold.
 *
 * Least sizes: the walk goes down from the root in the order of merges, the last first, and only
 * merges of which both sides have min_size buyers count as splits. This is the condensed tree of
 * HDBSCAN (Campello, Moulavi & Sander 2013), but that small sides are kept, so that every buyer is
 * in a segment. Equal buyers are never parted: merges of height 0 are not undone.
 *
 * A parent always stands after its children, so every walk is one pass over the merges, without
 * recursion. O(n) time and memory. */
#include "cluster/tree_cut.h"

#include "base/memory.h"
#include "cluster/tree_branches.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What the walk finds a node to be. */
enum { WITHIN, TOP, SPLIT, BRANCH };

static size_t size_of(const bm_dendrogram *tree, size_t node) {
    return node < tree->n ? 1 : tree->merge[node - tree->n].size;
}

static double larger(double a, double b) {
    return a > b ? a : b;
}

void bm_tree_largest_below(const bm_dendrogram *tree, double *value) {
    size_t n = tree->n;
    for (size_t m = 0; m + 1 < n; m++) {
        const bm_merge *merge = &tree->merge[m];
        if (merge->left >= n)
            value[m] = larger(value[m], value[merge->left - n]);
        if (merge->right >= n)
            value[m] = larger(value[m], value[merge->right - n]);
    }
}

void bm_tree_heights(const bm_dendrogram *tree, double *highest) {
    for (size_t m = 0; m + 1 < tree->n; m++)
        highest[m] = tree->merge[m].height;
    bm_tree_largest_below(tree, highest);
}

/* Finds what each node is; gives the number of segments. state: [2n − 1], zeroed. */
static size_t walk(const bm_dendrogram *tree, const bm_cut_rule *rule, unsigned char *state,
                   double *height) {
    size_t n = tree->n, segments = 1;
    state[2 * n - 2] = TOP;
    for (size_t m = n - 1; m-- > 0 && segments < rule->most;) {
        const bm_merge *merge = &tree->merge[m];
        if (state[n + m] != TOP || !(rule->value[m] > rule->threshold))
            continue;
        int left = size_of(tree, merge->left) >= rule->min_size;
        int right = size_of(tree, merge->right) >= rule->min_size;
        if (!left && !right)
            continue;
        state[n + m] = SPLIT;
        state[merge->left] = left ? TOP : BRANCH;
        state[merge->right] = right ? TOP : BRANCH;
        if (!left || !right)
            continue;
        if (height != NULL)
            height[segments - 1] = rule->value[m];
        segments++;
    }
    return segments;
}

bm_status bm_tree_count(const bm_dendrogram *tree, const bm_cut_rule *rule, size_t *segments,
                        double *height, bm_error *err) {
    unsigned char *state = NULL;
    bm_status status = BM_NEW(&state, 2 * tree->n, "the cut", err);
    if (status != BM_OK)
        return status;
    *segments = walk(tree, rule, state, height);
    free(state);
    return BM_OK;
}

/* The segments below each node, as first … first + count − 1 from left to right. */
typedef struct offspring {
    int32_t first, count;
} offspring;

static void number_segments(const bm_dendrogram *tree, const unsigned char *state,
                            offspring *under) {
    size_t n = tree->n;
    for (size_t node = 0; node < 2 * n - 1; node++) {
        under[node] = (offspring){0, state[node] == TOP};
        if (state[node] != SPLIT)
            continue;
        const bm_merge *merge = &tree->merge[node - n];
        under[node].count = under[merge->left].count + under[merge->right].count;
    }
    for (size_t m = n - 1; m-- > 0;) {
        const bm_merge *merge = &tree->merge[m];
        if (state[n + m] != SPLIT)
            continue;
        under[merge->left].first = under[n + m].first;
        under[merge->right].first = under[n + m].first + under[merge->left].count;
    }
}

/* The place of a branch is among the segments of the side that it stays with. */
static bm_status hang(bm_branches *branches, offspring beside, offspring *branch, bm_error *err) {
    branch->first = -1 - (int32_t)branches->count;
    return bm_branches_add(branches, beside.first, beside.count, err);
}

/* Labels of the rows: their segment, or −1 − the branch that they are in. */
static bm_status label_rows(const bm_dendrogram *tree, const unsigned char *state, offspring *under,
                            bm_branches *branches, int32_t *label, bm_error *err) {
    size_t n = tree->n;
    bm_status status = BM_OK;
    for (size_t m = n - 1; m-- > 0;) {
        const bm_merge *merge = &tree->merge[m];
        if (state[n + m] != SPLIT) {
            under[merge->left].first = under[merge->right].first = under[n + m].first;
            continue;
        }
        if (state[merge->left] == BRANCH)
            BM_TRY(hang(branches, under[merge->right], &under[merge->left], err));
        if (state[merge->right] == BRANCH)
            BM_TRY(hang(branches, under[merge->left], &under[merge->right], err));
    }
    for (size_t i = 0; i < n; i++)
        label[i] = under[i].first;
cleanup:
    return status;
}

static bm_status order_by_appearance(int32_t *label, size_t n, size_t segments, bm_error *err) {
    int32_t *name = NULL, seen = 0;
    bm_status status = BM_NEW(&name, segments, "the cut", err);
    for (size_t i = 0; status == BM_OK && i < n; i++) {
        if (name[label[i]] == 0)
            name[label[i]] = ++seen;
        label[i] = name[label[i]] - 1;
    }
    free(name);
    return status;
}

bm_status bm_tree_label(const bm_dendrogram *tree, const bm_features *features,
                        const bm_cut_rule *rule, int32_t *label, size_t *segments, bm_error *err) {
    unsigned char *state = NULL;
    offspring *under = NULL;
    bm_branches branches = {0};
    bm_status status;
    if (tree->n > INT32_MAX / 2)
        return bm_fail(err, BM_LIMIT, "a tree of %zu buyers cannot be cut", tree->n);
    BM_TRY(BM_NEW(&state, 2 * tree->n, "the cut", err));
    BM_TRY(BM_NEW(&under, 2 * tree->n, "the cut", err));
    *segments = walk(tree, rule, state, NULL);
    number_segments(tree, state, under);
    BM_TRY(label_rows(tree, state, under, &branches, label, err));
    BM_TRY(bm_branches_settle(&branches, features, label, *segments, err));
    BM_TRY(order_by_appearance(label, tree->n, *segments, err));
cleanup:
    free(state);
    free(under);
    bm_branches_free(&branches);
    return status;
}

bm_status bm_tree_cut_sized(const bm_dendrogram *tree, const bm_features *features, size_t k,
                            size_t min_size, int32_t *label, size_t *segments, bm_error *err) {
    double *highest = NULL;
    bm_status status = BM_NEW(&highest, tree->n, "the heights", err);
    if (status != BM_OK)
        return status;
    bm_tree_heights(tree, highest);
    const bm_cut_rule rule = {.value = highest, .most = k, .min_size = min_size};
    status = bm_tree_label(tree, features, &rule, label, segments, err);
    free(highest);
    return status;
}

size_t bm_tree_cut_memory(size_t n) {
    /* Heights, what nodes are, segments below them, and of branches rows and segments. */
    size_t row = sizeof(double) + 2 * (1 + sizeof(offspring)) + 4 * sizeof(size_t), bytes;
    return bm_multiply(n, row, &bytes) ? bytes : SIZE_MAX;
}

static double ratio(double above, double next) {
    return next > 0 ? above / next : above > 0 ? INFINITY : 1;
}

bm_status bm_tree_gap(const bm_dendrogram *tree, size_t min_size, size_t low, size_t high,
                      size_t *k, bm_error *err) {
    double *highest = NULL, *height = NULL, best = 0;
    size_t segments;
    bm_status status;
    high = high < tree->n ? high : tree->n;
    BM_TRY(BM_NEW(&highest, tree->n, "the heights", err));
    BM_TRY(BM_NEW(&height, high + 1, "the heights", err));
    bm_tree_heights(tree, highest);
    for (size_t m = 1; m + 1 < tree->n; m++)
        highest[m] = larger(highest[m], highest[m - 1]);
    /* Merges of height 0 are counted, since the ratio to them is looked at, but not undone. */
    const bm_cut_rule rule = {
        .value = highest, .threshold = -1, .most = high + 1, .min_size = min_size};
    BM_TRY(bm_tree_count(tree, &rule, &segments, height, err));
    *k = 1;
    for (size_t at = low < 2 ? 2 : low; at <= high && at <= segments && height[at - 2] > 0; at++) {
        double here = at < segments ? ratio(height[at - 2], height[at - 1]) : 1;
        if (here > best) {
            best = here;
            *k = at;
        }
    }
cleanup:
    free(highest);
    free(height);
    return status;
}
