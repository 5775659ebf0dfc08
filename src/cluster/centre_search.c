/* The exact nearest neighbours of many clusters among many, in groups of up to 64 that stand side
 * by side.
 *
 * First each one's own block; then the blocks whose boxes are nearest to the group's; then every
 * other block that is not proven to be farther than what all of the group have. A block is compared
 * with those of the group that its box is not proven too far from, in floats (kernel/candidates.h);
 * who is left is measured in doubles. So the result is the least pair (D, lower row, higher row)
 * whatever the order of places, boxes or kernels.
 *
 * O(n d) a search at worst; O(n / 64) memory a thread. */
#include "cluster/centre_search.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "cluster/agglomeration.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    CELL = 256 /* places that queries of a group share */,
    NEAREST = 16,
    A_CHUNK = 1 << 20 /* values that the groups of a chunk may have to be compared with */
};

typedef struct bm_centres_scratch {
    float *bound;                                         /* [boxes] */
    float *from, *to;                                     /* [d × 64] the queries' boxes */
    float *group_from, *group_to;                         /* [d] around all of them */
    float *query;                                         /* [64][d] −2 x */
    float within[BM_BLOCK_POINTS], base[BM_BLOCK_POINTS]; /* D* and D* r of candidates.h */
    float rest[BM_BLOCK_POINTS];                          /* base − norm */
    double best[BM_BLOCK_POINTS];
    uint32_t place[BM_BLOCK_POINTS], partner[BM_BLOCK_POINTS];
    size_t count;
    float most_within, most_base;
} scratch;

typedef struct search {
    bm_centres *centres;
    const uint32_t *place;
    const size_t *group; /* [groups + 1] where each begins in place */
    size_t groups, a_chunk;
    uint32_t *nearest;
    double *square;
} search;

bm_status bm_centres_scratch_new(bm_centres *centres, bm_error *err) {
    size_t cells = centres->d * BM_BLOCK_POINTS, threads = (size_t)bm_threads();
    bm_status status;
    BM_TRY(BM_NEW(&centres->scratch, threads, "the search for neighbours", err));
    centres->threads = threads;
    for (size_t t = 0; t < threads; t++) {
        scratch *own = &centres->scratch[t];
        BM_TRY(BM_NEW(&own->bound, centres->boxes, "the search for neighbours", err));
        BM_TRY(BM_NEW_ALIGNED(&own->from, cells, "the search for neighbours", err));
        BM_TRY(BM_NEW_ALIGNED(&own->to, cells, "the search for neighbours", err));
        BM_TRY(BM_NEW_ALIGNED(&own->query, cells, "the search for neighbours", err));
        BM_TRY(BM_NEW(&own->group_from, centres->d, "the search for neighbours", err));
        BM_TRY(BM_NEW(&own->group_to, centres->d, "the search for neighbours", err));
    }
cleanup:
    return status;
}

void bm_centres_scratch_free(bm_centres *centres) {
    for (size_t t = 0; centres->scratch != NULL && t < centres->threads; t++) {
        scratch *own = &centres->scratch[t];
        free(own->bound);
        free(own->from);
        free(own->to);
        free(own->query);
        free(own->group_from);
        free(own->group_to);
    }
    free(centres->scratch);
    centres->scratch = NULL;
}

/* A float not below the value. */
static float above(double value) {
    float rounded = (float)value;
    return rounded < value ? nextafterf(rounded, INFINITY) : rounded;
}

/* What a query has so far, as the kernels want it. */
static void set_bound(const bm_centres *centres, scratch *own, size_t q) {
    uint32_t place = own->place[q];
    double reach = centres->reach[place];
    double within = own->best[q] * centres->scale * centres->scale / centres->unit;
    if (!centres->is_sized)
        within = own->best[q] * centres->scale * centres->scale;
    own->within[q] = above(within * BM_CANDIDATES_WITHIN + 0x1p-120);
    own->base[q] = above((double)own->within[q] * reach);
    own->rest[q] = above((double)own->within[q] * reach - centres->norm[place]);
}

static int is_less(const bm_centres *centres, double square, uint32_t place, double best,
                   uint32_t partner) {
    return square < best || (square == best && (partner == BM_NOWHERE ||
                                                centres->row[place] < centres->row[partner]));
}

/* Measures one candidate of query q. */
static void confirm(const bm_centres *centres, scratch *own, size_t q, uint32_t place) {
    if (centres->row[place] == BM_NOWHERE || place == own->place[q])
        return;
    double square = bm_centres_apart(centres, own->place[q], place);
    if (!is_less(centres, square, place, own->best[q], own->partner[q]))
        return;
    int nearer = square < own->best[q];
    own->best[q] = square;
    own->partner[q] = place;
    if (nearer)
        set_bound(centres, own, q);
}

/* Compares queries a and b (which may be the same) with a block. */
static void compare(const bm_centres *centres, scratch *own, size_t a, size_t b, size_t block) {
    size_t d = centres->d, first = block * BM_BLOCK_POINTS;
    const float *const query[2] = {own->query + a * d, own->query + b * d};
    const float within[2] = {own->within[a], own->within[b]};
    const float base[2] = {own->rest[a], own->rest[b]};
    uint64_t may[2];
    centres->kernel->points(centres->point + first * d, centres->norm + first,
                            centres->reach + first, d, query, within, base, may);
    for (; may[0] != 0; may[0] &= may[0] - 1)
        confirm(centres, own, a, (uint32_t)first + (uint32_t)__builtin_ctzll(may[0]));
    for (; a != b && may[1] != 0; may[1] &= may[1] - 1)
        confirm(centres, own, b, (uint32_t)first + (uint32_t)__builtin_ctzll(may[1]));
}

/* The bounds of the whole group. */
static void widen(scratch *own) {
    own->most_within = own->most_base = 0;
    for (size_t q = 0; q < own->count; q++) {
        if (!(own->within[q] <= own->most_within))
            own->most_within = own->within[q];
        if (!(own->base[q] <= own->most_base))
            own->most_base = own->base[q];
    }
}

static const float *low_of(const bm_centres *centres, size_t block, const float *side) {
    return side + block / BM_BLOCK_BOXES * BM_BLOCK_BOXES * centres->d + block % BM_BLOCK_BOXES;
}

/* Compares a block with those of the group whom it may concern. */
static void visit(const bm_centres *centres, scratch *own, size_t block) {
    uint64_t may = centres->kernel->queries(
        own->from, own->to, centres->d, low_of(centres, block, centres->low),
        low_of(centres, block, centres->high), own->within, own->base, centres->widest[block]);
    if (own->count < BM_BLOCK_POINTS)
        may &= ((uint64_t)1 << own->count) - 1;
    if (may == 0)
        return;
    for (uint64_t left = may; left != 0;) {
        size_t a = (size_t)__builtin_ctzll(left), b = a;
        left &= left - 1;
        if (own->place[a] / BM_BLOCK_POINTS == block)
            continue; /* it has seen its own block */
        while (left != 0 && b == a) {
            size_t next = (size_t)__builtin_ctzll(left);
            left &= left - 1;
            if (own->place[next] / BM_BLOCK_POINTS != block)
                b = next;
        }
        compare(centres, own, a, b, block);
    }
    widen(own);
}

/* Brings a query into the group. */
static void take(const bm_centres *centres, scratch *own, size_t q, uint32_t place, uint32_t hint) {
    size_t d = centres->d, block = place / BM_BLOCK_POINTS, lane = place % BM_BLOCK_POINTS;
    const float *point = centres->point + block * d * BM_BLOCK_POINTS + lane;
    for (size_t f = 0; f < d; f++) {
        float x = point[f * BM_BLOCK_POINTS], margin = 0x1p-22F * fabsf(x);
        float from = x - margin, to = x + margin;
        own->query[q * d + f] = -2 * x;
        own->from[f * BM_BLOCK_POINTS + q] = from;
        own->to[f * BM_BLOCK_POINTS + q] = to;
        if (q == 0 || from < own->group_from[f])
            own->group_from[f] = from;
        if (q == 0 || to > own->group_to[f])
            own->group_to[f] = to;
    }
    own->place[q] = place;
    own->partner[q] = BM_NOWHERE;
    own->best[q] = INFINITY;
    set_bound(centres, own, q);
    if (hint != BM_NOWHERE)
        confirm(centres, own, q, hint);
}

/* A neighbour in the block, for a first bound. */
static uint32_t beside(const bm_centres *centres, uint32_t place) {
    uint32_t first = place / BM_BLOCK_POINTS * BM_BLOCK_POINTS;
    for (uint32_t step = 1; step < BM_BLOCK_POINTS; step++) {
        uint32_t other = first + (place - first + step) % BM_BLOCK_POINTS;
        if (centres->row[other] != BM_NOWHERE)
            return other;
    }
    return BM_NOWHERE;
}

/* Each query's own block, two at a time where they share it. */
static void visit_own(const bm_centres *centres, scratch *own) {
    for (size_t q = 0; q < own->count;) {
        size_t block = own->place[q] / BM_BLOCK_POINTS, next = q + 1;
        int shared = next < own->count && own->place[next] / BM_BLOCK_POINTS == block;
        compare(centres, own, q, shared ? next : q, block);
        q += shared ? 2 : 1;
    }
    widen(own);
}

/* Visits the NEAREST blocks first, the nearest of all at the beginning: others mostly need no visit
 * then. */
static void visit_nearest(const bm_centres *centres, scratch *own, size_t blocks) {
    size_t found = 0, chosen[NEAREST] = {0};
    float most = INFINITY;
    for (size_t block = 0; block < blocks; block++) {
        float bound = own->bound[block];
        if (found == NEAREST && bound >= most)
            continue;
        size_t at = found < NEAREST ? found++ : NEAREST - 1;
        for (; at > 0 && own->bound[chosen[at - 1]] > bound; at--)
            chosen[at] = chosen[at - 1];
        chosen[at] = block;
        most = own->bound[chosen[found - 1]];
    }
    for (size_t i = 0; i < found; i++) {
        visit(centres, own, chosen[i]);
        own->bound[chosen[i]] = INFINITY;
    }
}

static void search_group(const bm_centres *centres, scratch *own) {
    size_t blocks = centres->places / BM_BLOCK_POINTS;
    visit_own(centres, own);
    centres->kernel->boxes(centres->low, centres->high, centres->boxes, centres->d, own->group_from,
                           own->group_to, own->bound);
    visit_nearest(centres, own, blocks);
    for (size_t block = 0; block < blocks; block++) {
        float limit = own->most_within * centres->widest[block] + own->most_base;
        if (!(own->bound[block] >= limit * (1 + 0x1p-21F)) && own->bound[block] < INFINITY)
            visit(centres, own, block);
    }
}

static bm_status search_one_group(const search *job, size_t group, scratch *own, bm_error *err) {
    const bm_centres *centres = job->centres;
    size_t begin = job->group[group];
    own->count = job->group[group + 1] - begin;
    for (size_t q = own->count; q < BM_BLOCK_POINTS; q++) {
        own->within[q] = 0;
        own->base[q] = 0;
    }
    for (size_t q = 0; q < own->count; q++) {
        uint32_t place = job->place[begin + q], hint = job->nearest[place];
        take(centres, own, q, place, hint != BM_NOWHERE ? hint : beside(centres, place));
    }
    search_group(centres, own);
    for (size_t q = 0; q < own->count; q++) {
        job->nearest[own->place[q]] = own->partner[q];
        job->square[own->place[q]] = own->best[q];
        if (!isfinite(own->best[q]) && centres->alive > 1)
            return bm_distance_overflow(err);
    }
    return bm_check_interrupt(err);
}

static bm_status search_chunk(size_t chunk, void *arg, bm_error *err) {
    const search *job = arg;
    scratch *own = &job->centres->scratch[bm_thread_index()];
    size_t end = bm_chunk_end(chunk, job->a_chunk, job->groups);
    bm_status status = BM_OK;
    for (size_t g = bm_chunk_begin(chunk, job->a_chunk); status == BM_OK && g < end; g++)
        status = search_one_group(job, g, own, err);
    return status;
}

bm_status bm_centres_search(bm_centres *centres, const uint32_t *place, size_t count,
                            uint32_t *nearest, double *square, bm_error *err) {
    search job = {.centres = centres, .place = place, .nearest = nearest, .square = square};
    size_t *group = NULL, groups = 0;
    bm_status status;
    BM_TRY(BM_NEW(&group, count + 1, "the search for neighbours", err));
    for (size_t i = 0; i < count; i++)
        if (i == 0 || place[i] / CELL != place[group[groups - 1]] / CELL ||
            i - group[groups - 1] == BM_BLOCK_POINTS)
            group[groups++] = i;
    group[groups] = count;
    job.group = group;
    job.groups = groups;
    /* Little work stays on this thread: waking the others would cost more. */
    job.a_chunk = 1 + A_CHUNK / (centres->places * centres->d);
    BM_TRY(bm_parallel_for(bm_chunks(groups, job.a_chunk), search_chunk, &job, err));
cleanup:
    free(group);
    return status;
}
