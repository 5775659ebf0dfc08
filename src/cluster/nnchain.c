/* Nearest-neighbour chain, for linkages whose heights never invert, as SciPy and fastcluster walk
 * it.
 *
 * Murtagh (1985), Multidimensional clustering algorithms; Müllner (2011), Modern hierarchical,
 * agglomerative clustering algorithms, fig. 3. A chain of clusters, each the nearest neighbour of
 * the one before it, ends in two that are each other's nearest: they are merged, and the chain goes
 * on from what is left of it. O(n²) time (at most 3n searches of a row), O(n) memory beside the
 * distances.
 *
 * The chain cannot meet itself as long as a new cluster is no closer to any other than the nearer
 * of its halves was. Rounding can break that by a bit among equal distances; the chain is then cut
 * back to where it met itself. Links only get shorter between two merges, so that ends.
 *
 * Ties: the cluster before it in the chain, else the lowest slot; a new chain starts at the lowest
 * slot. */
#include "cluster/agglomeration.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

/* The cluster nearest to slot x; previous (or BM_NO_SLOT) wins its ties. BM_NO_SLOT when no
 * distance is finite. */
static size_t nearest(const bm_agglomeration *work, size_t x, size_t previous) {
    double closest;
    size_t found = bm_agglomeration_nearest(work, x, 0, &closest);
    if (previous != BM_NO_SLOT && !(closest < bm_agglomeration_distance(work, x, previous)))
        return previous;
    return found;
}

static void move(const bm_agglomeration *work, size_t *chain, size_t *place, size_t length) {
    for (size_t i = 0; i < length; i++) {
        chain[i] = work->moved[chain[i]];
        place[chain[i]] = i;
    }
}

bm_status bm_nearest_neighbour_chain(bm_agglomeration *work, bm_error *err) {
    size_t *chain = NULL, length = 0;
    size_t *place = NULL; /* where in the chain each slot last stood */
    bm_status status;
    BM_TRY(BM_NEW(&chain, work->n, "the neighbour chain", err));
    BM_TRY(BM_NEW(&place, work->n, "the neighbour chain", err));
    while (work->left > 1) {
        if (length == 0) {
            place[work->active[0]] = 0;
            chain[length++] = work->active[0];
        }
        size_t x = chain[length - 1], previous = length > 1 ? chain[length - 2] : BM_NO_SLOT;
        size_t y = nearest(work, x, previous);
        if (y == BM_NO_SLOT)
            BM_TRY(bm_distance_overflow(err));
        if (y == previous) {
            length -= 2;
            BM_TRY(bm_agglomerate(work, x < y ? x : y, x < y ? y : x, err));
            if (bm_agglomeration_compact(work))
                move(work, chain, place, length);
        } else if (place[y] < length && chain[place[y]] == y) {
            length = place[y] + 1;
        } else {
            place[y] = length;
            chain[length++] = y;
        }
    }
cleanup:
    free(chain);
    free(place);
    return status;
}
