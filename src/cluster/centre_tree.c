/* Trees of ward, centroid and median linkage without a matrix, for more than BM_WALK_MOST buyers
 * (fewer: agglomeration.c): a cluster is its centre and its
 * size, from which every dissimilarity follows (Müllner, fastcluster, J. Stat. Softw. 53(9), 2013,
 * §1.1), so memory is O(n d).
 *
 * Equal rows are merged first, at height 0, each group's lowest two and then one by one; what is
 * left are distinct points with sizes. Ward then goes by rounds of reciprocal nearest neighbours
 * (centre_rounds.c), centroid and median, whose heights may invert, by the closest pair
 * (centre_closest.c). Both search with centre_search.c.
 *
 * Ties: pairs are ordered by (D, lower row, higher row), a cluster is known by its lowest row.
 * Ward's merges are sorted by the same order. */
#include "cluster/centre_tree.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "cluster/agglomeration.h"
#include "cluster/distinct.h"
#include "cluster/magnified.h"
#include "cluster/merges.h"

#include <math.h>
#include <stdlib.h>

enum { MERGES_A_REPORT = 1024, ROWS_A_CHECK = 1 << 14 };

void bm_centre_pair(const bm_centre_tree *tree, uint32_t a, uint32_t b, uint32_t *low,
                    uint32_t *high) {
    uint32_t i = tree->centres.row[a], j = tree->centres.row[b];
    *low = i < j ? i : j;
    *high = i < j ? j : i;
}

/* Heights are squares until all merges are in order: roots can be equal where squares are not. */
static void record(bm_centre_tree *tree, size_t left, size_t right, double square) {
    tree->merge[tree->merges++] = (bm_merge){.left = left, .right = right, .height = square};
    if (tree->merges % MERGES_A_REPORT == 0 || tree->merges == tree->n - 1)
        bm_progress(tree->log, "linkage", tree->merges, tree->n - 1, "merges");
}

uint32_t bm_centre_merge(bm_centre_tree *tree, uint32_t a, uint32_t b) {
    bm_centres *centres = &tree->centres;
    uint32_t one = centres->row[a] < centres->row[b] ? a : b, other = one == a ? b : a;
    record(tree, centres->row[one], centres->row[other], bm_centres_apart(centres, a, b));
    return bm_centres_merge(centres, one, other, tree->linkage->midpoint);
}

/* The distinct rows as clusters of their equals, and the merges of these. */
static bm_status collect(bm_centre_tree *tree, const bm_features *features, bm_error *err) {
    size_t n = features->n, d = features->d, kept = 0, cells = 0;
    size_t places = bm_chunks(n, BM_BLOCK_POINTS) * BM_BLOCK_POINTS;
    uint32_t *lowest = NULL, *row = NULL, *at = NULL;
    double *centre = NULL, *size = NULL;
    bm_status status;
    BM_TRY(BM_NEW(&lowest, n, "equal buyers", err));
    BM_TRY(BM_NEW(&at, n, "equal buyers", err));
    BM_TRY(bm_lowest_equal(features, lowest, err));
    tree->magnified = bm_magnified(features);
    for (size_t i = 0; i < n; i++)
        kept += lowest[i] == i;
    if (!bm_multiply(kept, d, &cells))
        cells = SIZE_MAX;
    BM_TRY(BM_NEW(&centre, cells, "cluster centres", err));
    BM_TRY(BM_NEW(&size, places, "cluster sizes", err));
    BM_TRY(BM_NEW(&row, places, "cluster rows", err));
    kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (i % ROWS_A_CHECK == 0)
            BM_TRY(bm_check_interrupt(err));
        if (lowest[i] != i) {
            size[at[lowest[i]]] += bm_weight_of(features->weight, i);
            record(tree, lowest[i], i, 0);
            continue;
        }
        at[i] = (uint32_t)kept;
        for (size_t f = 0; f < d; f++)
            centre[kept * d + f] = features->x[i * d + f] * tree->magnified;
        row[kept] = (uint32_t)i;
        size[kept++] = bm_weight_of(features->weight, i);
    }
    status =
        bm_centres_init(&tree->centres, kept, d, tree->linkage->scaled, centre, size, row, err);
    centre = size = NULL;
    row = NULL;
cleanup:
    free(lowest);
    free(at);
    free(centre);
    free(size);
    free(row);
    return status;
}

/* Who is nearest to whom at the start. */
static bm_status search_all(bm_centre_tree *tree, bm_error *err) {
    size_t places = tree->centres.places, alive = tree->centres.alive;
    uint32_t *place = NULL;
    bm_status status;
    BM_TRY(BM_NEW(&place, alive, "the search for neighbours", err));
    BM_TRY(BM_NEW(&tree->nearest, places, "the nearest clusters", err));
    BM_TRY(BM_NEW(&tree->square, places, "the nearest clusters", err));
    for (size_t i = 0; i < places; i++)
        tree->nearest[i] = BM_NOWHERE;
    for (size_t i = 0; i < alive; i++)
        place[i] = (uint32_t)i;
    status = bm_centres_search(&tree->centres, place, alive, tree->nearest, tree->square, err);
cleanup:
    free(place);
    return status;
}

static bm_status grow(const bm_tree_task *task, const bm_linkage *linkage,
                      bm_dendrogram *dendrogram, bm_error *err) {
    size_t n = task->features->n;
    bm_centre_tree tree = {
        .linkage = linkage, .n = n, .log = task->context != NULL ? task->context->log : NULL};
    bm_status status;
    BM_TRY(BM_NEW(&tree.merge, n - 1, "the merges", err));
    BM_TRY(collect(&tree, task->features, err));
    BM_TRY(bm_order_merges(&tree.merge, tree.merges, err));
    BM_TRY(search_all(&tree, err));
    if (linkage->inverts) {
        BM_TRY(bm_merge_closest(&tree, err));
    } else {
        BM_TRY(bm_merge_reciprocal(&tree, err));
        bm_centres_free(&tree.centres);
        BM_TRY(bm_order_merges(&tree.merge, n - 1, err));
    }
    for (size_t m = 0; m + 1 < n; m++)
        tree.merge[m].height = sqrt(tree.merge[m].height) / tree.magnified;
    bm_centres_free(&tree.centres);
    BM_TRY(bm_number_merges(tree.merge, n, err));
    *dendrogram = (bm_dendrogram){n, tree.merge};
    tree.merge = NULL;
cleanup:
    bm_centres_free(&tree.centres);
    free(tree.merge);
    free(tree.nearest);
    free(tree.square);
    return status;
}

static size_t memory(size_t n, size_t d, int single) {
    (void)single;
    size_t bytes = bm_centres_memory(n, d), lists, merging;
    size_t rounds = bm_merge_reciprocal_memory(n), closest = bm_merge_closest_memory(n);
    size_t row = sizeof(bm_merge) + sizeof(double) + 3 * sizeof(uint32_t);
    merging = rounds > closest ? rounds : closest;
    return bm_multiply(n, row, &lists) && bm_add(bytes, lists, &bytes) &&
                   bm_add(bytes, merging, &bytes)
               ? bytes
               : SIZE_MAX;
}

const bm_tree_engine bm_by_centres = {"centres", "the clusters' centres", 0, 1, memory, grow};
