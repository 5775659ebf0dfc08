/* Trees of centroid and median linkage: the closest pair of all is merged, again and again, since a
 * new cluster may be nearer to others than its halves were, and heights may invert.
 *
 * After Müllner (2011), Modern hierarchical, agglomerative clustering algorithms, fig. 5: a heap
 * holds of each cluster the least pair that it was in when it last looked. A pair is known to the
 * one of its two that looked later, so the least pair of all is never past the top of the heap. A
 * top whose partner has merged since is a lower bound only: that cluster looks again. A new cluster
 * looks once. So each merge costs one search and those of tops out of date; O(n) memory.
 *
 * Ties: the heap is ordered by (D, lower row, higher row), as they were when the pair was found;
 * since rows of clusters never rise, an old pair is never past the new one. */
#include "cluster/centre_tree.h"

#include "base/memory.h"

#include <stdlib.h>

/* What a cluster knows of the least pair it is in. */
typedef struct entry {
    double square;
    uint32_t low, high;   /* rows of the pair */
    uint32_t partner;     /* place; BM_NOWHERE: it has merged */
    uint32_t partner_age; /* of the cluster that stood there */
    uint32_t age;         /* merges there were when this cluster was made */
} entry;

typedef struct closest {
    bm_centre_tree *tree;
    entry *of;       /* [places] */
    uint32_t *heap;  /* [length] places */
    uint32_t *where; /* [places] in the heap */
    size_t length;
    uint32_t *moved; /* [places] */
} closest;

size_t bm_merge_closest_memory(size_t n) {
    size_t bytes;
    return bm_multiply(n, 2 * sizeof(entry) + 3 * sizeof(uint32_t), &bytes) ? bytes : SIZE_MAX;
}

static int is_before(const closest *now, uint32_t one, uint32_t other) {
    const entry *a = &now->of[one], *b = &now->of[other];
    if (a->square < b->square || a->square > b->square)
        return a->square < b->square;
    return a->low != b->low ? a->low < b->low : a->high < b->high;
}

static void put(closest *now, size_t at, uint32_t place) {
    now->heap[at] = place;
    now->where[place] = (uint32_t)at;
}

static void rise(closest *now, size_t at) {
    uint32_t place = now->heap[at];
    for (; at > 0 && is_before(now, place, now->heap[(at - 1) / 2]); at = (at - 1) / 2)
        put(now, at, now->heap[(at - 1) / 2]);
    put(now, at, place);
}

static void sink(closest *now, size_t at) {
    uint32_t place = now->heap[at];
    for (size_t child; (child = 2 * at + 1) < now->length; at = child) {
        if (child + 1 < now->length && is_before(now, now->heap[child + 1], now->heap[child]))
            child++;
        if (!is_before(now, now->heap[child], place))
            break;
        put(now, at, now->heap[child]);
    }
    put(now, at, place);
}

static void settle(closest *now, uint32_t place) {
    rise(now, now->where[place]);
    sink(now, now->where[place]);
}

static void take_out(closest *now, uint32_t place) {
    uint32_t last = now->heap[--now->length];
    if (last == place)
        return;
    put(now, now->where[place], last);
    settle(now, last);
}

/* Notes what a search has found for a place. */
static void note(closest *now, uint32_t place) {
    const bm_centre_tree *tree = now->tree;
    entry *of = &now->of[place];
    of->partner = tree->nearest[place];
    of->partner_age = now->of[of->partner].age;
    of->square = tree->square[place];
    bm_centre_pair(tree, place, of->partner, &of->low, &of->high);
}

static int is_current(const closest *now, uint32_t place) {
    const entry *of = &now->of[place];
    return of->partner != BM_NOWHERE && now->tree->centres.row[of->partner] != BM_NOWHERE &&
           now->of[of->partner].age == of->partner_age;
}

static bm_status look(closest *now, uint32_t place, bm_error *err) {
    bm_centre_tree *tree = now->tree;
    tree->nearest[place] = BM_NOWHERE;
    bm_status status =
        bm_centres_search(&tree->centres, &place, 1, tree->nearest, tree->square, err);
    if (status == BM_OK) {
        note(now, place);
        settle(now, place);
    }
    return status;
}

static bm_status start(closest *now, bm_error *err) {
    size_t places = now->tree->centres.places, alive = now->tree->centres.alive;
    bm_status status;
    BM_TRY(BM_NEW(&now->of, places, "the closest pairs", err));
    BM_TRY(BM_NEW(&now->heap, places, "the closest pairs", err));
    BM_TRY(BM_NEW(&now->where, places, "the closest pairs", err));
    BM_TRY(BM_NEW(&now->moved, places, "the closest pairs", err));
    if (alive < 2)
        return BM_OK;
    for (size_t p = 0; p < alive; p++) {
        note(now, (uint32_t)p);
        put(now, p, (uint32_t)p);
    }
    now->length = alive;
    for (size_t at = alive / 2; at-- > 0;)
        sink(now, at);
cleanup:
    return status;
}

/* The same state at the clusters' new places. */
static bm_status rearrange(closest *now, bm_error *err) {
    bm_centres *centres = &now->tree->centres;
    size_t places = centres->places;
    const uint32_t *moved = now->moved;
    entry *of = NULL;
    bm_status status;
    BM_TRY(BM_NEW(&of, places, "the closest pairs", err));
    for (size_t p = 0; p < places; p++)
        if (centres->row[p] != BM_NOWHERE && !is_current(now, (uint32_t)p))
            now->of[p].partner = BM_NOWHERE;
    BM_TRY(bm_centres_rearrange(centres, now->moved, err));
    for (size_t p = 0; p < places; p++) {
        if (moved[p] == BM_NOWHERE)
            continue;
        of[moved[p]] = now->of[p];
        if (now->of[p].partner != BM_NOWHERE)
            of[moved[p]].partner = moved[now->of[p].partner];
    }
    for (size_t at = 0; at < now->length; at++)
        put(now, at, moved[now->heap[at]]);
    free(now->of);
    now->of = of;
    of = NULL;
cleanup:
    free(of);
    return status;
}

static bm_status merge_top(closest *now, bm_error *err) {
    bm_centre_tree *tree = now->tree;
    uint32_t top = now->heap[0], partner = now->of[top].partner;
    uint32_t merged = bm_centre_merge(tree, top, partner);
    take_out(now, merged == top ? partner : top);
    now->of[merged].age = (uint32_t)tree->merges;
    return tree->centres.alive > 1 ? look(now, merged, err) : BM_OK;
}

bm_status bm_merge_closest(bm_centre_tree *tree, bm_error *err) {
    closest now = {.tree = tree};
    bm_status status;
    BM_TRY(start(&now, err));
    while (tree->centres.alive > 1) {
        BM_TRY(is_current(&now, now.heap[0]) ? merge_top(&now, err) : look(&now, now.heap[0], err));
        if (bm_centres_are_sparse(&tree->centres))
            BM_TRY(rearrange(&now, err));
    }
cleanup:
    free(now.of);
    free(now.heap);
    free(now.where);
    free(now.moved);
    return status;
}
