/* Trees over the matrix of all pairs: complete, average and weighted linkage, and any
 * dissimilarity. (Euclidean trees of up to BM_WALK_MOST buyers: agglomeration.c.)
 *
 * Small tables, and dissimilarities that are not Euclidean: the triangle of all pairs is filled in
 * parallel by tiles (triangle_fill.c), and the least of all pairs merged (nearest_pairs.c) until
 * one cluster is left, or, of more than SMALL, until their square fits where the triangle is, over
 * which the rest is merged as below. Memory: n (n − 1) / 2 values.
 *
 * Others: the first rounds of reciprocal nearest neighbours are made without a matrix
 * (early_merges.c), until the square of the clusters that are left takes no more memory than the
 * triangle of all would, and never more than MOST_VALUES; the rest is merged over that square
 * (square_merge.c). Where rounds make no headway (which takes rows far from any sample: distances
 * that grow geometrically), the triangle of what is left is gone through as above.
 *
 * Values are doubles, or floats where asked for; distances are computed, and updates made, in
 * double: a matrix of floats rounds what it keeps. O(n² d) time for the distances and, on common
 * data, O(n²) for the merges. Beside the matrix less than 600 bytes a row and two copies of the
 * features.
 *
 * Ties: the least of pairs by (dissimilarity, the lower of the two, the higher of the two), where a
 * cluster is known by its lowest row. Up to SMALL rows the tree has the bits of that definition;
 * beyond, complete linkage still does, and means round by the rounds they are made in, so that
 * pairs which are equal but for rounding may be told apart by it. Merges are sorted by height;
 * equal heights as the definition has them, by lower and higher cluster. */
#include "cluster/matrix_tree.h"

#include "base/memory.h"
#include "cluster/early_merges.h"
#include "cluster/merges.h"
#include "cluster/nearest_pairs.h"
#include "cluster/square.h"

#include <stdlib.h>
#include <string.h>

enum { SMALL = BM_WALK_MOST, BESIDE = 32 << 20, MOST_VALUES = 800000000 };

/* As many values as the triangle of n rows has, and a little beside. */
static bm_matrix_limits limits_of(size_t n) {
    size_t values, all = bm_square_values(n);
    if (!bm_pairs(n, &values) || values > MOST_VALUES)
        values = MOST_VALUES;
    values += BESIDE;
    return (bm_matrix_limits){SMALL, all < values ? all : values};
}

/* With one triangle of all rows. */
static size_t triangle_memory(size_t n, size_t d, int single) {
    size_t lists, bytes = bm_triangle_memory(n, single);
    size_t fill = bm_nearest_memory(n), merges = bm_merge_nearest_memory(n);
    size_t row = sizeof(bm_merge) * 2 + sizeof(size_t) * 4 + sizeof(double) * 4;
    if (!bm_add(fill, bm_euclidean_memory(n, d), &fill) || !bm_multiply(n, row, &lists) ||
        !bm_add(bytes, lists, &bytes) || !bm_add(bytes, fill > merges ? fill : merges, &bytes) ||
        (n > SMALL && !bm_add(bytes, bm_square_merge_memory(n / 4 * 3), &bytes)))
        return SIZE_MAX;
    return bytes;
}

static size_t memory(size_t n, size_t d, int form) {
    int single = (form & BM_IN_FLOATS) != 0;
    size_t values = limits_of(n).values, slots = bm_square_slots(values), bytes, lists;
    if (n <= SMALL || (form & BM_ANY_DISTANCE) != 0)
        return triangle_memory(n, d, single);
    if (!bm_multiply(values, single ? sizeof(float) : sizeof(double), &bytes) ||
        !bm_add(bytes, bm_early_memory(n, d), &bytes) ||
        !bm_add(bytes, bm_square_merge_memory(slots < n ? slots : n), &bytes) ||
        !bm_multiply(n, sizeof(bm_merge) + sizeof(size_t), &lists) || !bm_add(bytes, lists, &bytes))
        return SIZE_MAX;
    return bytes;
}

/* A tree while it grows. */
typedef struct growing {
    const bm_tree_task *task;
    const bm_linkage *linkage;
    const bm_matrix_limits *limits;
    bm_log *log;
    bm_early early;
    bm_triangle triangle;
    bm_square square;
    bm_nearest nearest;
    size_t *id;
    double *size;
    bm_merge *merge;
} growing;

static bm_status fill_triangle(growing *now, bm_error *err) {
    const bm_features *features = now->task->features;
    const bm_dissimilarity *given = now->task->dissimilarity;
    bm_dissimilarity euclidean = {0};
    size_t n = features->n;
    bm_status status;
    BM_TRY(BM_NEW(&now->id, n, "the clusters", err));
    BM_TRY(BM_NEW(&now->size, n, "the clusters", err));
    for (size_t i = 0; i < n; i++) {
        now->id[i] = i;
        now->size[i] = bm_weight_of(features->weight, i);
    }
    BM_TRY(bm_triangle_init(&now->triangle, n, now->task->single, err));
    BM_TRY(bm_nearest_init(&now->nearest, now->triangle.width, err));
    if (given == NULL)
        BM_TRY(bm_euclidean(features, &euclidean, err));
    BM_TRY(bm_triangle_fill(&now->triangle, given != NULL ? given : &euclidean, &now->nearest,
                            now->log, err));
cleanup:
    bm_dissimilarity_free(&euclidean);
    return status;
}

/* Merges a triangle; once the square of what is left has room in its memory, and so many are left
 * that it pays, over that. */
static bm_status merge_from_triangle(growing *now, size_t before, bm_merge *merge, bm_error *err) {
    size_t slots = now->triangle.slots, values, left, most = slots / 4 * 3;
    bm_status status;
    (void)bm_triangle_values(slots, &values); /* it was allocated */
    left = bm_square_slots(values);
    left = left < most ? left : most;
    if (slots <= now->limits->small || now->linkage->combine == BM_COMBINE_OTHER || left < 2)
        left = 1;
    BM_TRY(bm_merge_nearest(&now->triangle, &now->nearest, now->id, now->size, now->linkage, left,
                            now->log, before, merge, err));
    if (left > 1) {
        BM_TRY(bm_square_unfold(&now->square, &now->triangle, err));
        bm_triangle_free(&now->triangle);
        BM_TRY(bm_square_merge(&now->square, &now->nearest, now->id, now->size, now->linkage,
                               now->log, before + slots - left, merge + slots - left, err));
    }
cleanup:
    bm_square_free(&now->square);
    bm_triangle_free(&now->triangle);
    return status;
}

/* Puts merges in the order of the definition but for heights: each higher cluster is merged away
 * once, and of a lower one the merges come in the order of the higher. */
static bm_status order_by_rows(bm_merge *from, size_t n, bm_error *err) {
    size_t *begin = NULL;
    bm_merge *by_right = NULL;
    bm_status status;
    BM_TRY(BM_NEW(&begin, n + 1, "the tree", err));
    BM_TRY(BM_NEW(&by_right, n, "the tree", err));
    for (size_t m = 0; m + 1 < n; m++) {
        by_right[from[m].right] = from[m];
        begin[from[m].left + 1]++;
    }
    for (size_t i = 0; i < n; i++)
        begin[i + 1] += begin[i];
    for (size_t i = 1; i < n; i++) /* 0 is nobody's higher one */
        from[begin[by_right[i].left]++] = by_right[i];
cleanup:
    free(begin);
    free(by_right);
    return status;
}

/* All of it from one triangle. */
static bm_status grow_small(growing *now, bm_error *err) {
    bm_status status;
    BM_TRY(BM_NEW(&now->merge, now->task->features->n, "the merges", err));
    BM_TRY(fill_triangle(now, err));
    BM_TRY(merge_from_triangle(now, 0, now->merge, err));
    if (now->task->features->n > now->limits->small && now->linkage->combine != BM_COMBINE_OTHER)
        BM_TRY(order_by_rows(now->merge, now->task->features->n, err));
cleanup:
    return status;
}

/* Clusters that early merges have left, in the order of their groups. */
static bm_status take_over(growing *now, bm_error *err) {
    const bm_groups *groups = &now->early.groups;
    bm_status status;
    BM_TRY(BM_NEW(&now->id, groups->clusters, "the clusters", err));
    BM_TRY(BM_NEW(&now->size, groups->clusters, "the clusters", err));
    for (size_t c = 0; c < groups->clusters; c++) {
        now->id[c] = groups->id[c];
        now->size[c] = now->early.size[groups->id[c]];
    }
cleanup:
    return status;
}

static bm_status merge_square(growing *now, bm_error *err) {
    bm_early *early = &now->early;
    size_t clusters = early->groups.clusters;
    bm_status status;
    BM_TRY(bm_nearest_init(&now->nearest, bm_square_stride(clusters), err));
    BM_TRY(bm_square_fill(&now->square, &early->groups, now->task->single, &now->nearest, err));
    for (size_t c = 0; c < clusters; c++) {
        if (now->nearest.slot[c] >= 0)
            now->nearest.slot[c] = (int64_t)early->groups.index[now->nearest.slot[c]];
    }
    BM_TRY(bm_square_merge(&now->square, &now->nearest, now->id, now->size, now->linkage, now->log,
                           early->merges, early->merge + early->merges, err));
    bm_square_free(&now->square);
cleanup:
    return status;
}

/* Where rounds have made no headway, and the square would be too large. */
static bm_status merge_triangle(growing *now, bm_error *err) {
    bm_early *early = &now->early;
    const bm_groups *groups = &early->groups;
    size_t *slot = NULL, slots = 0;
    bm_status status;
    BM_TRY(BM_NEW(&slot, groups->clusters, "the clusters", err));
    BM_TRY(bm_triangle_init(&now->triangle, groups->clusters, now->task->single, err));
    BM_TRY(bm_nearest_init(&now->nearest, now->triangle.width, err));
    for (size_t i = 0; i < groups->n; i++) {
        if (early->lowest[i] != i)
            continue;
        slot[groups->index[i]] = slots;
        now->id[slots] = i;
        now->size[slots++] = early->size[i];
    }
    BM_TRY(bm_triangle_fill_groups(&now->triangle, groups, slot, &now->nearest, err));
    BM_TRY(merge_from_triangle(now, early->merges, early->merge + early->merges, err));
cleanup:
    free(slot);
    return status;
}

static bm_status grow_large(growing *now, bm_error *err) {
    const bm_features *features = now->task->features;
    bm_status status;
    BM_TRY(
        bm_early_merges(&now->early, features, now->linkage, now->limits->values, now->log, err));
    BM_TRY(take_over(now, err));
    size_t clusters = now->early.groups.clusters;
    if (clusters > 1 && bm_square_values(clusters) <= now->limits->values)
        BM_TRY(merge_square(now, err));
    else if (clusters > 1)
        BM_TRY(merge_triangle(now, err));
    now->merge = now->early.merge;
    now->early.merge = NULL;
    BM_TRY(order_by_rows(now->merge, features->n, err));
cleanup:
    return status;
}

bm_status bm_matrix_grow(const bm_tree_task *task, const bm_linkage *linkage,
                         const bm_matrix_limits *limits, bm_dendrogram *tree, bm_error *err) {
    growing now = {.task = task,
                   .linkage = linkage,
                   .limits = limits,
                   .log = task->context != NULL ? task->context->log : NULL};
    int is_small = task->features->n <= limits->small || task->dissimilarity != NULL ||
                   linkage->combine == BM_COMBINE_OTHER;
    size_t n = task->features->n;
    bm_status status = BM_OK;
    if (is_small)
        BM_TRY(grow_small(&now, err));
    else
        BM_TRY(grow_large(&now, err));
    if (!linkage->inverts)
        BM_TRY(bm_sort_merges(&now.merge, n - 1, err));
    BM_TRY(bm_number_merges(now.merge, n, err));
    *tree = (bm_dendrogram){n, now.merge};
    now.merge = NULL;
cleanup:
    bm_early_free(&now.early);
    bm_triangle_free(&now.triangle);
    bm_square_free(&now.square);
    bm_nearest_free(&now.nearest);
    free(now.id);
    free(now.size);
    free(now.merge);
    return status;
}

static bm_status grow(const bm_tree_task *task, const bm_linkage *linkage, bm_dendrogram *tree,
                      bm_error *err) {
    const bm_matrix_limits limits = limits_of(task->features->n);
    return bm_matrix_grow(task, linkage, &limits, tree, err);
}

const bm_tree_engine bm_by_matrix = {"matrix", "a matrix of all pairs", 1, 0, memory, grow};
