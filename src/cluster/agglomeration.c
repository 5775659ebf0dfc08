/* What the chain and the generic algorithm share: a merge, and the way from merges to a
 * dendrogram in SciPy's convention.
 *
 * A merge costs O(clusters left). Merges of the chain come in the order of the walk: they are
 * sorted by height, ties in the order they were found, and then numbered. Each merge names one
 * member row of either side, so the merges are the edges of a spanning tree over the rows, and
 * numbering by union-find gives a valid tree in whatever order rounding puts equal heights. */
#include "cluster/agglomeration.h"

#include "base/memory.h"
#include "base/statistics.h"

#include <stdlib.h>
#include <string.h>

enum { MERGES_A_REPORT = 1024 };

bm_status bm_distance_overflow(bm_error *err) {
    return bm_fail(err, BM_DATA,
                   "some buyers are too far apart for distances in double precision: normalize "
                   "the features, for example with zscore");
}

bm_status bm_agglomerate(bm_agglomeration *work, size_t x, size_t y, bm_error *err) {
    size_t kept = 0;
    double *distance = work->distance;
    double xy = distance[bm_pair_index(x, y)], size_x = work->size[x], size_y = work->size[y];
    double (*update)(double, double, double, double, double, double) = work->linkage->update;
    for (size_t a = 0; a < work->actives; a++) {
        size_t k = work->active[a];
        if (k == x)
            continue;
        work->active[kept++] = k;
        if (k == y)
            continue;
        double *ky = distance + bm_pair_index(k, y);
        *ky = update(distance[bm_pair_index(k, x)], *ky, xy, size_x, size_y, work->size[k]);
    }
    work->actives = kept;
    work->size[y] += size_x;
    double height = work->linkage->squared ? sqrt(xy) : xy;
    work->merge[work->merges++] = (bm_merge){.left = x, .right = y, .height = height};
    if (work->merges % MERGES_A_REPORT == 0 || work->merges == work->n - 1)
        bm_progress(work->log, "linkage", work->merges, work->n - 1, "merges");
    return bm_check_interrupt(err);
}

/* The root of a row's set, halving the path to it. */
static size_t find_root(size_t *parent, size_t i) {
    while (parent[i] != i) {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    return i;
}

/* Numbers merges[order[0]], merges[order[1]], … into tree: clusters instead of rows, sizes. */
static bm_status number_merges(const bm_merge *merge, const size_t *order, size_t n,
                               bm_merge *numbered, bm_error *err) {
    size_t *parent = NULL, *node = NULL, *members = NULL;
    bm_status status;
    BM_TRY(BM_NEW(&parent, n, "the tree", err));
    BM_TRY(BM_NEW(&node, n, "the tree", err));
    BM_TRY(BM_NEW(&members, n, "the tree", err));
    for (size_t i = 0; i < n; i++)
        parent[i] = node[i] = i, members[i] = 1;
    for (size_t m = 0; m + 1 < n; m++) {
        const bm_merge *from = &merge[order != NULL ? order[m] : m];
        size_t a = find_root(parent, from->left), b = find_root(parent, from->right);
        size_t small = members[a] < members[b] ? a : b, large = small == a ? b : a;
        size_t left = node[a] < node[b] ? node[a] : node[b];
        size_t right = node[a] < node[b] ? node[b] : node[a];
        members[large] += members[small];
        numbered[m] = (bm_merge){left, right, from->height, members[large]};
        parent[small] = large;
        node[large] = n + m;
    }
cleanup:
    free(parent);
    free(node);
    free(members);
    return status;
}

/* The order of merges by ascending height, ties as they were found. */
static bm_status sort_merges(const bm_merge *merge, size_t merges, size_t **order, bm_error *err) {
    double *height = NULL;
    bm_status status;
    BM_TRY(BM_NEW(&height, merges, "merge heights", err));
    BM_TRY(BM_NEW(order, merges, "merge heights", err));
    for (size_t m = 0; m < merges; m++)
        height[m] = merge[m].height;
    BM_TRY(bm_sort_index(height, merges, *order, err));
cleanup:
    free(height);
    return status;
}

static bm_status start(bm_agglomeration *work, const double *weight, bm_error *err) {
    bm_status status;
    BM_TRY(BM_NEW(&work->size, work->n, "cluster sizes", err));
    BM_TRY(BM_NEW(&work->active, work->n, "the list of clusters", err));
    BM_TRY(BM_NEW(&work->merge, work->n - 1, "the merges", err));
    work->actives = work->n;
    for (size_t i = 0; i < work->n; i++) {
        work->active[i] = i;
        work->size[i] = bm_weight_of(weight, i);
    }
cleanup:
    return status;
}

bm_status bm_linkage_of_distances(double *distance, size_t n, const double *weight,
                                  const bm_linkage *linkage, const bm_context *context,
                                  bm_dendrogram *tree, bm_error *err) {
    bm_agglomeration work = {.linkage = linkage,
                             .n = n,
                             .distance = distance,
                             .log = context != NULL ? context->log : NULL};
    size_t *order = NULL;
    bm_merge *numbered = NULL;
    bm_status status;
    *tree = (bm_dendrogram){0};
    BM_TRY(start(&work, weight, err));
    if (linkage->inverts) {
        BM_TRY(bm_generic_linkage(&work, err));
    } else {
        BM_TRY(bm_nearest_neighbour_chain(&work, err));
        BM_TRY(sort_merges(work.merge, n - 1, &order, err));
    }
    BM_TRY(BM_NEW(&numbered, n - 1, "the tree", err));
    BM_TRY(number_merges(work.merge, order, n, numbered, err));
    *tree = (bm_dendrogram){n, numbered};
cleanup:
    if (status != BM_OK)
        free(numbered);
    free(work.size);
    free(work.active);
    free(work.merge);
    free(order);
    return status;
}
