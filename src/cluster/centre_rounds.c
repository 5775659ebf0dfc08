/* Ward's tree by rounds of reciprocal nearest neighbours.
 *
 * Two clusters that are each other's nearest are merged sooner or later by any order of merges,
 * because a new cluster is never nearer to others than the nearer of its halves was (Bruynooghe
 * 1977; Murtagh 1983): so a round merges all such pairs at once (Sumengen et al. 2021, Scaling
 * hierarchical agglomerative clustering to billion-sized datasets; ParChain's rounds of chains, Yu
 * et al., PVLDB 15(2), 2021, come to the same), and only who has lost its nearest one looks for
 * another. Each cluster knows who follows it, so a round costs what changes in it.
 *
 * At least one pair is reciprocal: the least one of all. A round's searches run on all threads;
 * merging is O(d) a pair. Searches are some 2 to 4 n in all; a chain of ever longer distances makes
 * n rounds of one merge each. Rounding may bring a new cluster nearer to a third one than it should
 * be, which that one does not learn; should no pair be left because of that, all look again. */
#include "cluster/centre_tree.h"

#include "base/memory.h"

#include <stdlib.h>

typedef struct rounds {
    bm_centre_tree *tree;
    uint32_t *leader; /* [places] first of those whose nearest stands here; BM_NOWHERE: none */
    uint32_t *next;   /* [places] the one after it, of those with the same nearest */
    uint32_t *work;   /* those that look for their nearest in this round */
    size_t works;
    uint32_t *pair; /* two places a pair that merges in this round */
    size_t pairs;
    uint32_t *moved;           /* [places] */
    unsigned char *is_at_work; /* [places] */
} rounds;

size_t bm_merge_reciprocal_memory(size_t n) {
    size_t bytes;
    return bm_multiply(n, 5 * sizeof(uint32_t) + 1 + sizeof(size_t), &bytes) ? bytes : SIZE_MAX;
}

static bm_status start(rounds *now, bm_error *err) {
    size_t places = now->tree->centres.places, alive = now->tree->centres.alive;
    bm_status status;
    BM_TRY(BM_NEW(&now->leader, places, "the rounds of merges", err));
    BM_TRY(BM_NEW(&now->next, places, "the rounds of merges", err));
    BM_TRY(BM_NEW(&now->work, places, "the rounds of merges", err));
    BM_TRY(BM_NEW(&now->pair, places, "the rounds of merges", err));
    BM_TRY(BM_NEW(&now->moved, places, "the rounds of merges", err));
    BM_TRY(BM_NEW(&now->is_at_work, places, "the rounds of merges", err));
    for (size_t p = 0; p < places; p++)
        now->leader[p] = BM_NOWHERE;
    for (size_t p = 0; p < alive; p++)
        now->work[now->works++] = (uint32_t)p;
cleanup:
    return status;
}

static void follow(rounds *now, uint32_t place) {
    uint32_t nearest = now->tree->nearest[place];
    now->next[place] = now->leader[nearest];
    now->leader[nearest] = place;
}

/* The pairs that have become reciprocal by this round's searches. */
static void find_pairs(rounds *now) {
    const uint32_t *nearest = now->tree->nearest;
    now->pairs = 0;
    for (size_t i = 0; i < now->works; i++)
        now->is_at_work[now->work[i]] = 1;
    for (size_t i = 0; i < now->works; i++) {
        uint32_t a = now->work[i], b = nearest[a];
        follow(now, a);
        if (nearest[b] != a || (b < a && now->is_at_work[b]))
            continue; /* found at b already */
        now->pair[now->pairs++] = a;
        now->pair[now->pairs++] = b;
    }
    for (size_t i = 0; i < now->works; i++)
        now->is_at_work[now->work[i]] = 0;
}

static void put_to_work(rounds *now, uint32_t place, uint32_t hint) {
    now->tree->nearest[place] = hint;
    if (now->is_at_work[place])
        return;
    now->is_at_work[place] = 1;
    now->work[now->works++] = place;
}

/* Who followed one of a pair looks again, beginning with the new cluster. */
static void release(rounds *now, uint32_t place, uint32_t merged) {
    for (uint32_t p = now->leader[place]; p != BM_NOWHERE; p = now->next[p])
        put_to_work(now, p, merged);
    now->leader[place] = BM_NOWHERE;
}

static void merge_pairs(rounds *now) {
    bm_centre_tree *tree = now->tree;
    now->works = 0;
    for (size_t i = 0; i < now->pairs; i += 2) {
        uint32_t a = now->pair[i], b = now->pair[i + 1];
        uint32_t merged = bm_centre_merge(tree, a, b);
        release(now, a, merged);
        release(now, b, merged);
        put_to_work(now, merged, BM_NOWHERE);
    }
}

static int by_place(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Ascending places that still hold a cluster; hints that have gone since are dropped. */
static void sort_work(rounds *now) {
    const uint32_t *row = now->tree->centres.row;
    uint32_t *nearest = now->tree->nearest;
    size_t places = now->tree->centres.places, kept = 0;
    if (now->works > places / 16) {
        for (size_t p = 0; p < places; p++)
            if (now->is_at_work[p])
                now->work[kept++] = (uint32_t)p;
        now->works = kept;
        kept = 0;
    } else {
        qsort(now->work, now->works, sizeof *now->work, by_place);
    }
    for (size_t i = 0; i < now->works; i++) {
        uint32_t p = now->work[i];
        now->is_at_work[p] = 0;
        if (row[p] == BM_NOWHERE)
            continue;
        now->work[kept++] = p;
        if (nearest[p] != BM_NOWHERE && row[nearest[p]] == BM_NOWHERE)
            nearest[p] = BM_NOWHERE;
    }
    now->works = kept;
}

/* The same state at the clusters' new places. */
static bm_status rearrange(rounds *now, bm_error *err) {
    bm_centre_tree *tree = now->tree;
    size_t places = tree->centres.places;
    uint32_t *moved = now->moved, *nearest = NULL;
    double *square = NULL;
    bm_status status;
    BM_TRY(BM_NEW(&nearest, places, "the rounds of merges", err));
    BM_TRY(BM_NEW(&square, places, "the rounds of merges", err));
    BM_TRY(bm_centres_rearrange(&tree->centres, moved, err));
    for (size_t p = 0; p < places; p++)
        now->leader[p] = nearest[p] = BM_NOWHERE;
    for (size_t p = 0; p < places; p++) {
        if (moved[p] == BM_NOWHERE)
            continue;
        uint32_t old = tree->nearest[p];
        nearest[moved[p]] = old == BM_NOWHERE ? BM_NOWHERE : moved[old];
        square[moved[p]] = tree->square[p];
    }
    for (size_t i = 0; i < now->works; i++) {
        now->work[i] = moved[now->work[i]];
        now->is_at_work[now->work[i]] = 1;
    }
    free(tree->nearest);
    free(tree->square);
    tree->nearest = nearest;
    tree->square = square;
    nearest = NULL;
    square = NULL;
    for (size_t p = 0; p < tree->centres.alive; p++)
        if (!now->is_at_work[p])
            follow(now, (uint32_t)p);
    sort_work(now);
cleanup:
    free(nearest);
    free(square);
    return status;
}

/* Everybody looks again: then the least pair is reciprocal for sure. */
static void start_again(rounds *now) {
    const bm_centres *centres = &now->tree->centres;
    now->works = 0;
    for (size_t p = 0; p < centres->places; p++) {
        now->leader[p] = BM_NOWHERE;
        if (centres->row[p] != BM_NOWHERE)
            now->work[now->works++] = (uint32_t)p;
    }
}

bm_status bm_merge_reciprocal(bm_centre_tree *tree, bm_error *err) {
    rounds now = {.tree = tree};
    bm_centres *centres = &tree->centres;
    int all_have_looked = 0;
    bm_status status;
    BM_TRY(start(&now, err));
    while (centres->alive > 1) {
        find_pairs(&now);
        if (now.pairs > 0) {
            merge_pairs(&now);
            sort_work(&now);
            all_have_looked = 0;
        } else if (!all_have_looked) {
            start_again(&now);
            all_have_looked = 1;
        } else { /* sizes so small that their products vanish hide who is near */
            BM_TRY(bm_fail(err, BM_DATA,
                           "the buyers' weights are too small for double precision: give them in "
                           "another unit"));
        }
        if (bm_centres_are_sparse(centres))
            BM_TRY(rearrange(&now, err));
        if (centres->alive > 1)
            BM_TRY(
                bm_centres_search(centres, now.work, now.works, tree->nearest, tree->square, err));
    }
cleanup:
    free(now.leader);
    free(now.next);
    free(now.work);
    free(now.pair);
    free(now.moved);
    free(now.is_at_work);
    return status;
}
