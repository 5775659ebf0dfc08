/* Trees over the matrix of all pairs: complete, average and weighted linkage, and any
 * dissimilarity.
 *
 * The triangle is filled in parallel by tiles (triangle_fill.c), and the least of all pairs merged
 * until one cluster is left (nearest_pairs.c). O(n² d) time for the distances and, on common data,
 * O(n²) for the merges. Memory: one triangle of n (n − 1) / 2 doubles, or floats where asked for,
 * and less than 300 bytes a row. Distances are computed, and updates made, in double; a matrix of
 * floats rounds what it keeps.
 *
 * Ties: the least of pairs by (dissimilarity, the lower of the two, the higher of the two), where a
 * cluster is known by its lowest row. Merges come in that order and are then sorted by height,
 * which changes something only where rounding inverted two. */
#include "cluster/nearest_pairs.h"

#include "base/memory.h"
#include "cluster/merges.h"

#include <stdlib.h>

static size_t memory(size_t n, size_t d, int single) {
    size_t lists, bytes = bm_triangle_memory(n, single);
    size_t fill = bm_triangle_fill_memory(n), merging = bm_merge_nearest_memory(n);
    size_t row = sizeof(bm_merge) * 2 + sizeof(size_t) * 4 + sizeof(double) * 4;
    if (!bm_add(fill, bm_euclidean_memory(n, d), &fill) || !bm_multiply(n, row, &lists) ||
        !bm_add(bytes, lists, &bytes) || !bm_add(bytes, fill > merging ? fill : merging, &bytes))
        return SIZE_MAX;
    return bytes;
}

/* A tree while it grows. */
typedef struct growing {
    bm_triangle triangle;
    bm_nearest nearest;
    size_t *id;
    double *size;
    bm_merge *merge;
} growing;

static bm_status start(growing *now, const bm_tree_task *task, bm_error *err) {
    const bm_features *features = task->features;
    bm_dissimilarity euclidean = {0};
    bm_log *log = task->context != NULL ? task->context->log : NULL;
    size_t n = features->n;
    bm_status status;
    BM_TRY(BM_NEW(&now->id, n, "the clusters", err));
    BM_TRY(BM_NEW(&now->size, n, "the clusters", err));
    for (size_t i = 0; i < n; i++) {
        now->id[i] = i;
        now->size[i] = bm_weight_of(features->weight, i);
    }
    BM_TRY(bm_triangle_init(&now->triangle, n, task->single, err));
    BM_TRY(bm_nearest_init(&now->nearest, now->triangle.width, err));
    if (task->dissimilarity == NULL)
        BM_TRY(bm_euclidean(features, &euclidean, err));
    BM_TRY(bm_triangle_fill(&now->triangle,
                            task->dissimilarity != NULL ? task->dissimilarity : &euclidean,
                            &now->nearest, log, err));
cleanup:
    bm_dissimilarity_free(&euclidean);
    return status;
}

static bm_status grow(const bm_tree_task *task, const bm_linkage *linkage, bm_dendrogram *tree,
                      bm_error *err) {
    growing now = {0};
    bm_log *log = task->context != NULL ? task->context->log : NULL;
    size_t n = task->features->n;
    bm_status status;
    BM_TRY(BM_NEW(&now.merge, n - 1, "the merges", err));
    BM_TRY(start(&now, task, err));
    BM_TRY(bm_merge_nearest(&now.triangle, &now.nearest, now.id, now.size, linkage, log, now.merge,
                            err));
    bm_triangle_free(&now.triangle);
    if (!linkage->inverts)
        BM_TRY(bm_sort_merges(&now.merge, n - 1, err));
    BM_TRY(bm_number_merges(now.merge, n, err));
    *tree = (bm_dendrogram){n, now.merge};
    now.merge = NULL;
cleanup:
    bm_triangle_free(&now.triangle);
    bm_nearest_free(&now.nearest);
    free(now.id);
    free(now.size);
    free(now.merge);
    return status;
}

const bm_tree_engine bm_by_matrix = {"matrix", "a matrix of all pairs", 1, memory, grow};
