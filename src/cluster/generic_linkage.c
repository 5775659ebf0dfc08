/* Generic agglomeration, for linkages whose heights may invert, as SciPy and fastcluster do it.
 *
 * Müllner (2011), Modern hierarchical, agglomerative clustering algorithms, fig. 4. Each slot keeps
 * a neighbour among later slots and a bound, no more than its distance to any of them; a binary
 * heap has the lowest bound on top. While a slot on top has a bound below its distance to the
 * neighbour, its row is searched anew. Else the two are merged, and the bounds of earlier slots to
 * which the new cluster is closer are lowered. O(n²) time on common data, O(n³) at worst, O(n)
 * memory beside the distances.
 *
 * Ties: of equal bounds that on top of the heap, so the heap's own steps are part of the rule:
 * built from the last parent to the first; a value sinks only below a smaller child (the left one
 * of equals) and rises only above a larger parent; the last takes the place of what is taken out.
 * Of equal neighbours the lowest slot; the neighbour of a slot whose neighbour was merged away is
 * the new cluster; a slot that is closer to the new cluster than its bound takes it, in ascending
 * order of slots, before the new cluster's own row is searched. */
#include "cluster/agglomeration.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

/* All slots but the last, which has no later ones. */
typedef struct bounds {
    double *bound; /* [slots] */
    size_t *neighbour;
    size_t *heap;  /* [count] slots; none has a lower bound than its parent, (i − 1) / 2 */
    size_t *place; /* [slots] in the heap */
    size_t count;
} bounds;

static void put(const bounds *of, size_t at, size_t slot) {
    of->heap[at] = slot;
    of->place[slot] = at;
}

static void rise(const bounds *of, size_t at) {
    size_t slot = of->heap[at];
    while (at > 0 && of->bound[of->heap[(at - 1) / 2]] > of->bound[slot]) {
        put(of, at, of->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    put(of, at, slot);
}

static void sink(const bounds *of, size_t at) {
    size_t slot = of->heap[at], child;
    while ((child = 2 * at + 1) < of->count) {
        if (child + 1 < of->count && of->bound[of->heap[child + 1]] < of->bound[of->heap[child]])
            child++;
        if (!(of->bound[slot] > of->bound[of->heap[child]]))
            break;
        put(of, at, of->heap[child]);
        at = child;
    }
    put(of, at, slot);
}

static void set(const bounds *of, size_t slot, double bound, size_t neighbour) {
    double old = of->bound[slot];
    of->bound[slot] = bound;
    of->neighbour[slot] = neighbour;
    if (bound < old)
        rise(of, of->place[slot]);
    else
        sink(of, of->place[slot]);
}

static void take_top(bounds *of) {
    put(of, 0, of->heap[--of->count]);
    sink(of, 0);
}

static bm_status start(bounds *of, const bm_agglomeration *work, bm_error *err) {
    bm_status status;
    BM_TRY(BM_NEW(&of->bound, work->n, "the nearest distances", err));
    BM_TRY(BM_NEW(&of->neighbour, work->n, "the nearest clusters", err));
    BM_TRY(BM_NEW(&of->heap, work->n, "the nearest distances", err));
    BM_TRY(BM_NEW(&of->place, work->n, "the nearest distances", err));
    of->count = work->n - 1;
    for (size_t i = 0; i < of->count; i++) {
        of->neighbour[i] = bm_agglomeration_nearest(work, i, i + 1, &of->bound[i]);
        put(of, i, i);
    }
    for (size_t i = of->count / 2; i-- > 0;)
        sink(of, i);
cleanup:
    return status;
}

/* The closest pair x < y of all; 0 when no distance is finite. */
static int closest_pair(const bounds *of, const bm_agglomeration *work, size_t *x, size_t *y) {
    for (;;) {
        double distance;
        *x = of->heap[0];
        *y = of->neighbour[*x];
        if (*y == BM_NO_SLOT)
            return 0;
        if (of->bound[*x] == bm_agglomeration_distance(work, *x, *y))
            return 1;
        *y = bm_agglomeration_nearest(work, *x, *x + 1, &distance);
        set(of, *x, distance, *y);
    }
}

/* After the merge of x into y. */
static void lower_bounds(const bounds *of, const bm_agglomeration *work, size_t x, size_t y) {
    const double *distance = work->distance + y * work->stride;
    for (size_t a = 0, z; (z = work->active[a]) < y; a++) {
        if (z < x && of->neighbour[z] == x)
            of->neighbour[z] = y;
        if (distance[z] < of->bound[z])
            set(of, z, distance[z], y);
    }
    if (y + 1 < work->slots) {
        double closest;
        size_t neighbour = bm_agglomeration_nearest(work, y, y + 1, &closest);
        set(of, y, closest, neighbour);
    }
}

/* The last slot, which has no neighbour, is never empty and stays the last. */
static void move(const bounds *of, const size_t *moved, size_t slots) {
    for (size_t i = 0; i + 1 < slots; i++) {
        size_t to = moved[i], neighbour = of->neighbour[i];
        if (to == BM_NO_SLOT)
            continue;
        of->bound[to] = of->bound[i];
        of->neighbour[to] = neighbour != BM_NO_SLOT ? moved[neighbour] : BM_NO_SLOT;
    }
    for (size_t at = 0; at < of->count; at++)
        put(of, at, moved[of->heap[at]]);
}

bm_status bm_generic_linkage(bm_agglomeration *work, bm_error *err) {
    bounds of = {0};
    bm_status status;
    BM_TRY(start(&of, work, err));
    while (work->left > 1) {
        size_t x, y, slots = work->slots;
        if (!closest_pair(&of, work, &x, &y))
            BM_TRY(bm_distance_overflow(err));
        take_top(&of);
        BM_TRY(bm_agglomerate(work, x, y, err));
        lower_bounds(&of, work, x, y);
        if (bm_agglomeration_compact(work))
            move(&of, work->moved, slots);
    }
cleanup:
    free(of.bound);
    free(of.neighbour);
    free(of.heap);
    free(of.place);
    return status;
}
