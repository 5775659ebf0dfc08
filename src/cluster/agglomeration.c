/* What the chain and the generic algorithm share: a merge, and the way to a tree. A merge costs
 * O(clusters left). */
#include "cluster/agglomeration.h"

#include "base/memory.h"
#include "cluster/merges.h"

#include <stdlib.h>

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
    bm_status status;
    *tree = (bm_dendrogram){0};
    BM_TRY(start(&work, weight, err));
    if (linkage->inverts) {
        BM_TRY(bm_generic_linkage(&work, err));
    } else {
        BM_TRY(bm_nearest_neighbour_chain(&work, err));
        BM_TRY(bm_sort_merges(&work.merge, n - 1, err));
    }
    BM_TRY(bm_number_merges(work.merge, n, err));
    *tree = (bm_dendrogram){n, work.merge};
    work.merge = NULL;
cleanup:
    free(work.size);
    free(work.active);
    free(work.merge);
    return status;
}
