/* Generic agglomeration, for linkages whose heights may invert.
 *
 * Müllner (2011), Modern hierarchical, agglomerative clustering algorithms, fig. 4. Each slot keeps
 * a lower bound of its distance to any earlier slot. The slot of the lowest bound is searched: when
 * its nearest distance is no more than the bound said, that pair is the closest of all, else the
 * bound rises and the next lowest is tried. Instead of a priority queue the bounds are scanned,
 * which costs no more than the search of a row that follows. O(n²) time on common data, O(n³) at
 * worst, O(n) memory beside the matrix.
 *
 * Ties: of all closest pairs x < y, the one with the lowest slot y, then the lowest slot x. */
#include "cluster/agglomeration.h"

#include "base/memory.h"

#include <stdlib.h>

/* The nearest earlier cluster of the one at active[a] and its distance; BM_NO_SLOT, INFINITY when
 * there is none. */
static size_t nearest_earlier(const bm_agglomeration *work, size_t a, double *closest) {
    const double *distance = work->distance + bm_pair_index(work->active[a], 0);
    size_t found = BM_NO_SLOT;
    *closest = INFINITY;
    for (size_t b = 0; b < a; b++) {
        size_t k = work->active[b];
        if (distance[k] < *closest) {
            *closest = distance[k];
            found = k;
        }
    }
    return found;
}

/* The closest pair x < y of all; 0 when no distance is finite. */
static int closest_pair(const bm_agglomeration *work, double *bound, size_t *x, size_t *y) {
    for (;;) {
        size_t lowest = 0;
        for (size_t a = 1; a < work->actives; a++) {
            if (bound[work->active[a]] < bound[work->active[lowest]])
                lowest = a;
        }
        *y = work->active[lowest];
        double closest, promised = bound[*y];
        *x = nearest_earlier(work, lowest, &closest);
        bound[*y] = closest;
        if (closest <= promised)
            return *x != BM_NO_SLOT;
    }
}

/* After a merge into slot y its distances are new: it may have come closer to earlier slots, and
 * later slots to it. */
static void lower_bounds(const bm_agglomeration *work, double *bound, size_t y) {
    size_t a = work->actives - 1;
    for (; work->active[a] > y; a--) {
        size_t k = work->active[a];
        double to_y = work->distance[bm_pair_index(k, y)];
        if (to_y < bound[k])
            bound[k] = to_y;
    }
    nearest_earlier(work, a, &bound[y]);
}

bm_status bm_generic_linkage(bm_agglomeration *work, bm_error *err) {
    double *bound = NULL;
    bm_status status;
    BM_TRY(BM_NEW(&bound, work->n, "the nearest distances", err));
    for (size_t a = 0; a < work->n; a++)
        nearest_earlier(work, a, &bound[a]);
    while (work->actives > 1) {
        size_t x, y;
        if (!closest_pair(work, bound, &x, &y))
            BM_TRY(bm_distance_overflow(err));
        BM_TRY(bm_agglomerate(work, x, y, err));
        lower_bounds(work, bound, y);
    }
cleanup:
    free(bound);
    return status;
}
