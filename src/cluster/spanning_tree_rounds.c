/* Borůvka's rounds: every component but the largest takes the shortest edge that leaves it.
 *
 * Borůvka (1926); with nearest neighbours from a tree of boxes and bounds that are kept from round
 * to round: March, Ram & Gray (2010), Fast Euclidean minimum spanning tree, KDD. Each point keeps
 * its nearest few neighbours, found once; as components only grow, the first of them outside the
 * own component stays the nearest outside. A point whose list is used up is searched for again
 * only when what is left could be shorter than its component's best edge so far. The largest
 * component does not search: each other one's edge is one of the tree, and the others are at least
 * halved by it.
 *
 * Edges are ordered by (distance, lower row, higher row). That is a strict order, so there is one
 * tree, whatever the order of searching and the number of threads; bounds that threads share only
 * decide what is looked at. */
#include "cluster/spanning_tree.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "base/statistics.h"
#include "buyermap/context.h"
#include "cluster/agglomeration.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    LEAVES_A_CHUNK = 4,
    CHUNKS_A_REPORT = 64,
    LISTED = 3, /* neighbours that each point keeps */
};

typedef struct rounds {
    bm_leaves *leaves;
    const bm_context *context;
    bm_neighbours neighbours;
    bm_leaf_search **search; /* [threads] */
    size_t threads;
    uint32_t *parent;    /* [n] by label, of a label that was joined to another */
    uint32_t *size;      /* [n] points, by label */
    uint32_t *from, *to; /* [n] by label: the edge that its component takes */
    uint32_t *root;      /* [roots] labels in use, ascending */
    size_t roots;
    uint32_t largest;
    size_t first_chunk; /* of those that run now */
    /* Leaves that are searched again: */
    uint64_t *points; /* [leaves] which of their points */
    double *bound;    /* [leaves] bm_leaf_search_bound */
    size_t *leaf;     /* [asked] which they are */
    double *key;      /* [asked] their bounds */
    size_t *order;    /* [asked] their order by these */
    size_t asked;
    bm_merge *merge;
    size_t merges;
} rounds;

static bm_status reserve(rounds *now, bm_error *err) {
    size_t n = now->leaves->n, k = LISTED;
    bm_neighbours *neighbours = &now->neighbours;
    bm_status status;
    neighbours->k = k;
    BM_TRY(BM_NEW(&neighbours->distance, n * k, "neighbours", err));
    BM_TRY(BM_NEW(&neighbours->position, n * k, "neighbours", err));
    BM_TRY(BM_NEW(&neighbours->first, n, "neighbours", err));
    BM_TRY(BM_NEW(&now->parent, n, "components", err));
    BM_TRY(BM_NEW(&now->size, n, "components", err));
    BM_TRY(BM_NEW(&now->from, n, "components", err));
    BM_TRY(BM_NEW(&now->to, n, "components", err));
    BM_TRY(BM_NEW(&now->root, n, "components", err));
    BM_TRY(BM_NEW(&now->points, now->leaves->leaves, "searching neighbours", err));
    BM_TRY(BM_NEW(&now->bound, now->leaves->leaves, "searching neighbours", err));
    BM_TRY(BM_NEW(&now->leaf, now->leaves->leaves, "searching neighbours", err));
    BM_TRY(BM_NEW(&now->key, now->leaves->leaves, "searching neighbours", err));
    BM_TRY(BM_NEW(&now->order, now->leaves->leaves, "searching neighbours", err));
    now->threads = (size_t)bm_threads();
    BM_TRY(BM_NEW(&now->search, now->threads, "searching neighbours", err));
    for (size_t t = 0; t < now->threads; t++)
        BM_TRY(bm_leaf_search_new(&now->search[t], now->leaves, neighbours, err));
    for (size_t i = 0; i < n; i++) {
        now->leaves->label[i] = now->parent[i] = now->root[i] = (uint32_t)i;
        now->size[i] = 1;
    }
    now->roots = n;
    now->largest = BM_NOWHERE;
cleanup:
    return status;
}

/* All bits of the points of a leaf. */
static uint64_t points_of(const bm_leaves *leaves, size_t leaf) {
    size_t count = leaves->n - leaf * BM_LEAF;
    return count < BM_LEAF ? ~(~(uint64_t)0 << count) : ~(uint64_t)0;
}

static bm_status meet_chunk(size_t chunk, void *arg, bm_error *err) {
    rounds *now = arg;
    size_t at = now->first_chunk + chunk;
    size_t end = bm_chunk_end(at, LEAVES_A_CHUNK, now->leaves->leaves);
    bm_status status = BM_OK;
    for (size_t leaf = at * LEAVES_A_CHUNK; status == BM_OK && leaf < end; leaf++) {
        bm_leaf_search_run(now->search[bm_thread_index()], leaf, points_of(now->leaves, leaf),
                           now->neighbours.k);
        status = bm_check_interrupt(err);
    }
    return status;
}

/* The nearest neighbours of every point. */
static bm_status meet(rounds *now, bm_error *err) {
    size_t n = now->leaves->n, chunks = bm_chunks(now->leaves->leaves, LEAVES_A_CHUNK);
    bm_log *log = now->context != NULL ? now->context->log : NULL;
    bm_status status;
    BM_TRY(bm_leaves_mark(now->leaves, err));
    for (now->first_chunk = 0; now->first_chunk < chunks; now->first_chunk += CHUNKS_A_REPORT) {
        size_t left = chunks - now->first_chunk;
        left = left < CHUNKS_A_REPORT ? left : CHUNKS_A_REPORT;
        BM_TRY(bm_parallel_for(left, meet_chunk, now, err));
        bm_progress(log, "neighbours",
                    bm_chunk_end(now->first_chunk + left - 1, LEAVES_A_CHUNK * BM_LEAF, n), n,
                    "buyers");
    }
cleanup:
    return status;
}

/* Goes on to the first listed neighbour outside the point's component and tells the component. */
static bm_status look_up_chunk(size_t chunk, void *arg, bm_error *err) {
    rounds *now = arg;
    const bm_neighbours *neighbours = &now->neighbours;
    const uint32_t *label = now->leaves->label;
    size_t k = neighbours->k;
    size_t end = bm_chunk_end(chunk, LEAVES_A_CHUNK * BM_LEAF, now->leaves->n);
    for (size_t i = chunk * LEAVES_A_CHUNK * BM_LEAF; i < end; i++) {
        size_t at = neighbours->first[i];
        while (at < k && (neighbours->position[i * k + at] == BM_NOWHERE ||
                          label[neighbours->position[i * k + at]] == label[i]))
            at++;
        neighbours->first[i] = (uint8_t)at;
        if (at < k)
            bm_best_lower(neighbours, label[i], neighbours->distance[i * k + at]);
    }
    return bm_check_interrupt(err);
}

/* Which points must be searched for again: those whose lists are used up and that may have the best
 * edge of their components. */
static bm_status ask_chunk(size_t chunk, void *arg, bm_error *err) {
    rounds *now = arg;
    const bm_neighbours *neighbours = &now->neighbours;
    const bm_leaves *leaves = now->leaves;
    size_t k = neighbours->k, end = bm_chunk_end(chunk, LEAVES_A_CHUNK, leaves->leaves);
    for (size_t leaf = chunk * LEAVES_A_CHUNK; leaf < end; leaf++) {
        size_t last = bm_chunk_end(leaf, BM_LEAF, leaves->n);
        uint64_t points = 0;
        for (size_t i = leaf * BM_LEAF; i < last; i++)
            if (neighbours->first[i] == k && leaves->label[i] != now->largest &&
                neighbours->distance[i * k + k - 1] <= bm_best_of(neighbours, leaves->label[i]))
                points |= (uint64_t)1 << (i - leaf * BM_LEAF);
        now->points[leaf] = points;
        if (points != 0)
            now->bound[leaf] = bm_leaf_search_bound(now->search[bm_thread_index()], leaf);
    }
    return bm_check_interrupt(err);
}

/* No point of the leaf has a neighbour outside that is nearer than the bound of the leaf. */
static void put_off(rounds *now, size_t leaf) {
    const bm_neighbours *neighbours = &now->neighbours;
    for (uint64_t points = now->points[leaf]; points != 0; points &= points - 1) {
        size_t i = leaf * BM_LEAF + (size_t)__builtin_ctzll(points);
        double *last = neighbours->distance + i * neighbours->k + neighbours->k - 1;
        *last = *last < now->bound[leaf] ? now->bound[leaf] : *last;
    }
}

static bm_status look_again_chunk(size_t chunk, void *arg, bm_error *err) {
    rounds *now = arg;
    const bm_leaves *leaves = now->leaves;
    size_t end = bm_chunk_end(chunk, LEAVES_A_CHUNK, now->asked);
    bm_status status = BM_OK;
    for (size_t at = chunk * LEAVES_A_CHUNK; status == BM_OK && at < end; at++) {
        size_t leaf = now->leaf[now->order[at]];
        if (now->bound[leaf] > 0 &&
            now->bound[leaf] > bm_best_of(&now->neighbours, leaves->mark[0][leaf]))
            put_off(now, leaf);
        else
            bm_leaf_search_run(now->search[bm_thread_index()], leaf, now->points[leaf], 1);
        status = bm_check_interrupt(err);
    }
    return status;
}

/* Searches again, from the leaves that other components are nearest to: what they find rules out
 * most of the others. */
static bm_status look_again(rounds *now, bm_error *err) {
    const bm_leaves *leaves = now->leaves;
    bm_status status;
    BM_TRY(bm_parallel_for(bm_chunks(leaves->leaves, LEAVES_A_CHUNK), ask_chunk, now, err));
    now->asked = 0;
    for (size_t leaf = 0; leaf < leaves->leaves; leaf++) {
        if (now->points[leaf] != 0) {
            now->key[now->asked] = now->bound[leaf];
            now->leaf[now->asked++] = leaf;
        }
    }
    BM_TRY(bm_sort_index(now->key, now->asked, now->order, err));
    BM_TRY(bm_parallel_for(bm_chunks(now->asked, LEAVES_A_CHUNK), look_again_chunk, now, err));
cleanup:
    return status;
}

/* Whether the edge between two positions comes before another of the same length. */
static int comes_before(const bm_leaves *leaves, uint32_t a, uint32_t b, uint32_t c, uint32_t e) {
    uint32_t i = leaves->row[a], j = leaves->row[b], p = leaves->row[c], q = leaves->row[e];
    uint32_t low = i < j ? i : j, other = p < q ? p : q;
    return low != other ? low < other : (i < j ? j : i) < (p < q ? q : p);
}

/* The first in order of the edges that are as short as the component's best. */
static void elect(rounds *now) {
    const bm_neighbours *neighbours = &now->neighbours;
    const bm_leaves *leaves = now->leaves;
    size_t k = neighbours->k;
    for (size_t r = 0; r < now->roots; r++)
        now->from[now->root[r]] = BM_NOWHERE;
    for (size_t i = 0; i < leaves->n; i++) {
        uint32_t label = leaves->label[i], position;
        size_t at = neighbours->first[i];
        if (at == k || (position = neighbours->position[i * k + at]) == BM_NOWHERE ||
            neighbours->distance[i * k + at] > bm_best_of(neighbours, label))
            continue;
        if (now->from[label] == BM_NOWHERE ||
            comes_before(leaves, (uint32_t)i, position, now->from[label], now->to[label])) {
            now->from[label] = (uint32_t)i;
            now->to[label] = position;
        }
    }
}

static uint32_t find_root(uint32_t *parent, uint32_t label) {
    while (parent[label] != label) {
        parent[label] = parent[parent[label]];
        label = parent[label];
    }
    return label;
}

/* Joins components by the edges they take. */
static bm_status join(rounds *now, bm_error *err) {
    const bm_leaves *leaves = now->leaves;
    for (size_t r = 0; r < now->roots; r++) {
        uint32_t label = now->root[r], from = now->from[label], to = now->to[label];
        if (label == now->largest)
            continue;
        double distance = bm_best_of(&now->neighbours, label);
        if (!isfinite(distance))
            return bm_distance_overflow(err);
        uint32_t a = find_root(now->parent, label);
        uint32_t b = find_root(now->parent, leaves->label[to]);
        if (a == b)
            continue; /* both took the same edge */
        uint32_t kept = now->size[a] < now->size[b] ? b : a, gone = kept == a ? b : a;
        now->parent[gone] = kept;
        now->size[kept] += now->size[gone];
        now->merge[now->merges++] =
            (bm_merge){.left = leaves->row[from], .right = leaves->row[to], .height = distance};
    }
    return BM_OK;
}

static bm_status relabel_chunk(size_t chunk, void *arg, bm_error *err) {
    rounds *now = arg;
    uint32_t *label = now->leaves->label;
    size_t end = bm_chunk_end(chunk, LEAVES_A_CHUNK * BM_LEAF, now->leaves->n);
    for (size_t i = chunk * LEAVES_A_CHUNK * BM_LEAF; i < end; i++)
        label[i] = now->parent[label[i]];
    return bm_check_interrupt(err);
}

/* The labels after joining, and which of them is of most points. */
static bm_status relabel(rounds *now, bm_error *err) {
    size_t kept = 0;
    bm_status status;
    for (size_t r = 0; r < now->roots; r++)
        now->parent[now->root[r]] = find_root(now->parent, now->root[r]);
    BM_TRY(bm_parallel_for(bm_chunks(now->leaves->n, LEAVES_A_CHUNK * BM_LEAF), relabel_chunk, now,
                           err));
    for (size_t r = 0; r < now->roots; r++)
        if (now->parent[now->root[r]] == now->root[r])
            now->root[kept++] = now->root[r];
    now->roots = kept;
    now->largest = now->root[0];
    for (size_t r = 1; r < kept; r++)
        if (now->size[now->root[r]] > now->size[now->largest])
            now->largest = now->root[r];
    BM_TRY(bm_leaves_mark(now->leaves, err));
cleanup:
    return status;
}

static bm_status one_round(rounds *now, bm_error *err) {
    const bm_leaves *leaves = now->leaves;
    bm_status status;
    for (size_t r = 0; r < now->roots; r++)
        bm_best_reset(&now->neighbours, now->root[r]);
    BM_TRY(
        bm_parallel_for(bm_chunks(leaves->n, LEAVES_A_CHUNK * BM_LEAF), look_up_chunk, now, err));
    BM_TRY(look_again(now, err));
    elect(now);
    BM_TRY(join(now, err));
    BM_TRY(relabel(now, err));
cleanup:
    return status;
}

size_t bm_spanning_rounds_memory(size_t n, size_t d) {
    size_t listed = LISTED * (sizeof(double) + sizeof(uint32_t)) + sizeof(uint8_t);
    size_t row = listed + sizeof(uint64_t) + 5 * sizeof(uint32_t) + 1; /* 1: a leaf's 48 */
    size_t bytes, scratch;
    return bm_multiply(n, row, &bytes) &&
                   bm_multiply((size_t)bm_threads(), bm_leaf_search_memory(d), &scratch) &&
                   bm_add(bytes, scratch, &bytes)
               ? bytes
               : SIZE_MAX;
}

bm_status bm_spanning_rounds(bm_leaves *leaves, const bm_context *context, bm_merge *merge,
                             bm_error *err) {
    rounds now = {.leaves = leaves, .context = context, .merge = merge};
    bm_status status;
    BM_TRY(reserve(&now, err));
    BM_TRY(meet(&now, err));
    BM_TRY(BM_NEW(&now.neighbours.best, leaves->n, "components", err));
    while (now.roots > 1) {
        BM_TRY(one_round(&now, err));
        bm_progress(context != NULL ? context->log : NULL, "linkage", now.merges, leaves->n - 1,
                    "merges");
    }
cleanup:
    for (size_t t = 0; now.search != NULL && t < now.threads; t++)
        bm_leaf_search_free(now.search[t]);
    free(now.search);
    free(now.neighbours.distance);
    free(now.neighbours.position);
    free(now.neighbours.first);
    free(now.neighbours.best);
    free(now.parent);
    free(now.size);
    free(now.from);
    free(now.to);
    free(now.root);
    free(now.points);
    free(now.bound);
    free(now.leaf);
    free(now.key);
    free(now.order);
    return status;
}
