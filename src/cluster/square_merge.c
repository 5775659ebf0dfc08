/* Rounds of reciprocal nearest neighbours over a square of dissimilarities.
 *
 * Two clusters that are each other's nearest neighbour are merged in any order of the definition
 * (reducible linkages: complete, average, weighted, single), so all of a round can be, in parallel
 * (RAC: Sumengen et al. 2021). Two neighbours a cluster are kept, as in nearest_pairs.c, and of the
 * clusters that have lost theirs only those are searched again whose bound is among the lowest.
 *
 * A merge writes one row, that of the new cluster: columns are left as they were, and a row that is
 * read later combines those of a cluster's parts by itself. Writing a column of n values would cost
 * n cache lines, which is more than all the rest (measured: 13 to 18 ns a value, against 0.5 in a
 * row). When two fifths of the slots are gone, the square is written anew without them
 * (square_columns.c).
 *
 * Cost: about 2 rows combined and 2 to 3 rows searched a merge: O(n²) on common data. Memory: the
 * square and less than 200 bytes a slot, and two rows a thread.
 *
 * Bits: a dissimilarity is combined row by row, then column by column, so that its rounding depends
 * on the rounds, and for means on the side that is looked at. `second` is therefore taken a little
 * lower for them: 1e-12 of it, beyond what rounding can do.
 *
 * Ties: the lowest row, as in nearest_pairs.c; where no two are reciprocal, which only rounding can
 * bring about, the least of all is merged. */
#include "cluster/square_rounds.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "base/statistics.h"
#include "cluster/agglomeration.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLE = 1024, PART_SEARCHED = 4, FEWEST_SLOTS = 64 };

#define WITHIN (1 - 1e-12)

/* Slots in no order of rows: ties are decided by these. */
static void add_found(const bm_square_rounds *now, bm_square_found *all, double value,
                      size_t slot) {
    if (value < all->least ||
        (value == all->least && all->slot >= 0 && now->id[slot] < now->id[all->slot])) {
        all->second = all->least;
        all->least = value;
        all->slot = (int64_t)slot;
    } else if (value < all->second) {
        all->second = value;
    }
}

/* What becomes of a slot whose neighbour was merged into x. */
static void adjust(const bm_square_rounds *now, size_t slot, double value, size_t x) {
    const bm_nearest *nearest = &now->nearest;
    if (value <= nearest->least[slot] || value < nearest->second[slot]) {
        nearest->least[slot] = value;
        nearest->slot[slot] = (int64_t)x;
    } else {
        nearest->least[slot] = nearest->second[slot];
        nearest->slot[slot] = BM_UNKNOWN;
    }
}

/* The two nearest to a slot; a pair that was merged into it also tells those who had one of the two
 * for a neighbour. */
static bm_square_found look_through(const bm_square_rounds *now, const double *seen, size_t self,
                                    const bm_square_pair *merged) {
    bm_close close = {.limit = now->never,
                      .nearest = now->before,
                      .x = merged != NULL ? (int64_t)merged->x : BM_NOBODY - 1,
                      .y = merged != NULL ? (int64_t)merged->y : BM_NOBODY - 1,
                      .most = DBL_MAX};
    bm_square_found all = {INFINITY, INFINITY, BM_UNKNOWN};
    size_t stride = now->square->stride;
    for (size_t i = 0; (i = now->kernel->find(seen, &close, i, stride)) < stride; i++) {
        if (i == self || (merged != NULL && i == merged->y))
            continue;
        if (merged != NULL && (now->before[i] == close.x || now->before[i] == close.y))
            adjust(now, i, seen[i], self);
        add_found(now, &all, seen[i], i);
        if (all.second < close.most)
            close.most = all.second;
    }
    if (bm_square_is_mean(now))
        all.second *= WITHIN;
    return all;
}

static bm_status search_slot(size_t chunk, void *arg, bm_error *err) {
    const bm_square_rounds *now = arg;
    size_t slot = now->search[chunk], thread = (size_t)bm_thread_index();
    double *seen = now->seen + thread * now->square->stride;
    bm_square_see(now, bm_square_row(now->square, slot, now->room + thread * now->square->stride),
                  seen);
    bm_square_set(now, slot, look_through(now, seen, slot, NULL));
    return bm_check_interrupt(err);
}

static bm_status merge_pair(size_t chunk, void *arg, bm_error *err) {
    const bm_square_rounds *now = arg;
    const bm_square *square = now->square;
    bm_square_pair *merged = &now->pair[chunk];
    size_t thread = (size_t)bm_thread_index();
    double *seen = now->seen + thread * square->stride, *room = now->room + thread * square->stride;
    const double *x = bm_square_row(square, merged->x, room);
    const double *y = bm_square_row(square, merged->y, seen);
    double *out = bm_square_place(square, merged->x, room);
    double p = merged->size_x, q = merged->size_y;
    if (now->combine == BM_COMBINE_LARGER)
        now->kernel->larger(x, y, now->zero, square->stride, out);
    else if (now->combine == BM_COMBINE_SMALLER)
        now->kernel->smaller(x, y, now->zero, square->stride, out);
    else if (now->combine == BM_COMBINE_MEAN)
        now->kernel->mean(p, x, q, y, p + q, now->zero, square->stride, out);
    else
        now->kernel->mean(1, x, 1, y, 2, now->zero, square->stride, out);
    bm_square_put(square, merged->x, out);
    bm_square_see(now, out, seen);
    merged->found = look_through(now, seen, merged->x, merged);
    return bm_check_interrupt(err);
}

/* The bound below which clusters that have lost their neighbour are searched: that of a quarter of
 * all, by a sample. */
static double search_below(const bm_square_rounds *now) {
    size_t slots = now->square->slots, step = slots / SAMPLE + 1, count = 0;
    double lowest = INFINITY, bound;
    for (size_t i = 0; i < slots; i++) {
        if (now->nearest.slot[i] == BM_NOBODY)
            continue;
        if (i % step == 0)
            now->sample[count++] = now->nearest.least[i];
        lowest = now->nearest.least[i] < lowest ? now->nearest.least[i] : lowest;
    }
    if (count == 0)
        return lowest;
    bm_sort(now->sample, count);
    bound = now->sample[count / PART_SEARCHED];
    return bound > lowest ? bound : lowest;
}

static bm_status search(bm_square_rounds *now, bm_error *err) {
    double bound = search_below(now);
    now->searches = 0;
    for (size_t i = 0; i < now->square->slots; i++) {
        if (now->nearest.slot[i] == BM_UNKNOWN && now->nearest.least[i] <= bound)
            now->search[now->searches++] = i;
    }
    return bm_parallel_for(now->searches, search_slot, now, err);
}

static void add_pair(bm_square_rounds *now, size_t a, size_t b) {
    size_t x = now->id[a] < now->id[b] ? a : b, y = x == a ? b : a;
    now->pair[now->pairs++] =
        (bm_square_pair){.x = x, .y = y, .size_x = now->size[x], .size_y = now->size[y]};
}

/* Pairs that are each other's nearest. Where there are none and nothing was searched, every bound
 * is exact, and the least pair is merged. */
static bm_status find_pairs(bm_square_rounds *now, bm_error *err) {
    const bm_nearest *nearest = &now->nearest;
    size_t least = SIZE_MAX;
    now->pairs = 0;
    for (size_t i = 0; i < now->square->slots; i++) {
        int64_t other = nearest->slot[i];
        if (other == BM_NOBODY)
            continue;
        if (least == SIZE_MAX || nearest->least[i] < nearest->least[least])
            least = i;
        if (other > (int64_t)i && nearest->slot[other] == (int64_t)i)
            add_pair(now, i, (size_t)other);
    }
    if (nearest->least[least] == INFINITY)
        return bm_distance_overflow(err);
    if (now->pairs == 0 && now->searches == 0 && nearest->slot[least] >= 0)
        add_pair(now, least, (size_t)nearest->slot[least]);
    return BM_OK;
}

/* Halves of a mean that knows no sizes count for half of what they did. */
static void halve(const bm_square_rounds *now, size_t slot) {
    for (size_t part = slot;; part = now->next[part]) {
        now->share[part] *= 0.5;
        if (part == now->last[slot])
            return;
    }
}

/* Clusters as they are after the pairs were merged, and the columns of each. */
static void join(bm_square_rounds *now, bm_merge *merge) {
    size_t parts = 0;
    memcpy(now->before, now->nearest.slot, now->square->stride * sizeof *now->before);
    for (size_t p = 0; p < now->pairs; p++) {
        size_t x = now->pair[p].x, y = now->pair[p].y;
        merge[p] =
            (bm_merge){.left = now->id[x], .right = now->id[y], .height = now->nearest.least[x]};
        if (now->combine == BM_COMBINE_HALVES) {
            halve(now, x);
            halve(now, y);
        }
        now->next[now->last[x]] = y;
        now->last[x] = now->last[y];
        now->size[x] += now->size[y];
        now->gone[y] = INFINITY;
        bm_square_set(now, y, (bm_square_found){INFINITY, -INFINITY, BM_NOBODY});
    }
    now->left -= now->pairs;
    now->mergeds = 0;
    for (size_t i = 0; i < now->square->slots; i++) {
        if (now->nearest.slot[i] == BM_NOBODY || now->last[i] == i)
            continue;
        now->begin[now->mergeds] = parts;
        now->merged[now->mergeds++] = i;
        for (size_t part = i;; part = now->next[part]) {
            now->part[parts++] = part;
            if (part == now->last[i])
                break;
        }
    }
    now->begin[now->mergeds] = parts;
}

static bm_status start(bm_square_rounds *now, bm_error *err) {
    size_t slots = now->square->slots, stride = now->square->stride;
    size_t threads = (size_t)bm_threads();
    bm_status status;
    BM_TRY(BM_NEW_ALIGNED(&now->before, stride, "the merges", err));
    BM_TRY(BM_NEW_ALIGNED(&now->gone, stride, "the merges", err));
    BM_TRY(BM_NEW_ALIGNED(&now->never, stride, "the merges", err));
    BM_TRY(BM_NEW_ALIGNED(&now->zero, stride, "the merges", err));
    BM_TRY(BM_NEW(&now->share, slots, "the merges", err));
    BM_TRY(BM_NEW(&now->last, slots, "the merges", err));
    BM_TRY(BM_NEW(&now->next, slots, "the merges", err));
    BM_TRY(BM_NEW(&now->begin, slots + 1, "the merges", err));
    BM_TRY(BM_NEW(&now->part, slots, "the merges", err));
    BM_TRY(BM_NEW(&now->merged, slots, "the merges", err));
    BM_TRY(BM_NEW(&now->search, slots, "the merges", err));
    BM_TRY(BM_NEW(&now->to, slots, "the merges", err));
    BM_TRY(BM_NEW(&now->pair, slots / 2 + 1, "the merges", err));
    BM_TRY(BM_NEW(&now->sample, SAMPLE + 1, "the merges", err));
    BM_TRY(BM_NEW_ALIGNED(&now->room, threads * stride, "the merges", err));
    BM_TRY(BM_NEW_ALIGNED(&now->seen, threads * stride, "the merges", err));
    for (size_t i = 0; i < stride; i++)
        now->never[i] = -INFINITY;
    for (size_t i = slots; i < stride; i++)
        bm_square_set(now, i, (bm_square_found){INFINITY, -INFINITY, BM_NOBODY});
    for (size_t i = 0; bm_square_is_mean(now) && i < slots; i++)
        now->nearest.second[i] *= WITHIN;
    bm_square_begin_columns(now);
cleanup:
    return status;
}

static void finish(bm_square_rounds *now) {
    free(now->before);
    free(now->gone);
    free(now->never);
    free(now->zero);
    free(now->share);
    free(now->last);
    free(now->next);
    free(now->begin);
    free(now->part);
    free(now->merged);
    free(now->search);
    free(now->to);
    free(now->pair);
    free(now->sample);
    free(now->room);
    free(now->seen);
}

bm_status bm_square_merge(bm_square *square, const bm_nearest *nearest, size_t *id, double *size,
                          const bm_linkage *linkage, bm_log *log, size_t before, bm_merge *merge,
                          bm_error *err) {
    bm_square_rounds now = {.square = square,
                            .nearest = *nearest,
                            .combine = linkage->combine,
                            .kernel = square->kernel,
                            .id = id,
                            .size = size,
                            .left = square->slots};
    size_t merges = 0, all = square->slots - 1;
    bm_status status;
    BM_TRY(start(&now, err));
    while (now.left > 1) {
        BM_TRY(search(&now, err));
        BM_TRY(find_pairs(&now, err));
        if (now.pairs == 0)
            continue;
        join(&now, merge + merges);
        BM_TRY(bm_parallel_for(now.pairs, merge_pair, &now, err));
        for (size_t p = 0; p < now.pairs; p++)
            bm_square_set(&now, now.pair[p].x, now.pair[p].found);
        merges += now.pairs;
        bm_progress(log, "linkage", before + merges, before + all, "merges");
        if (square->slots >= FEWEST_SLOTS && now.left <= square->slots / 5 * 3)
            BM_TRY(bm_square_compact(&now, err));
    }
cleanup:
    finish(&now);
    return status;
}

size_t bm_square_merge_memory(size_t slots) {
    size_t threads = (size_t)bm_threads(), bytes;
    size_t a_slot = sizeof(bm_square_pair) / 2 + 7 * sizeof(size_t) + 5 * sizeof(double) +
                    sizeof(int64_t) + threads * 2 * sizeof(double);
    return bm_multiply(slots + 64, a_slot, &bytes) ? bytes : SIZE_MAX;
}
