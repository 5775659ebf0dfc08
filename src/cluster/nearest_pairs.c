/* The least pair of all, merged until one cluster is left: Müllner's generic algorithm (Modern
 * hierarchical, agglomerative clustering algorithms, 2011, fig. 4) with two neighbours a cluster.
 *
 * Of each cluster we keep its nearest neighbour and a second dissimilarity, below which none of its
 * others is. When the neighbour is merged away and the new cluster is not beyond the second, it is
 * the neighbour; else nothing is known but that nobody is closer than the second, and only when
 * that bound is the least of all is the cluster's row searched. Either it is merged then at once,
 * or its bound has risen. So each merge costs one pass over two rows (which finds the neighbours of
 * the new cluster, too) and, on common data, one or two searches: 1.0 to 1.5 of them were counted
 * on Gaussian, lognormal, uniform and integer data, where a nearest-neighbour chain needs two to
 * three. O(n²) time on common data, O(n³) at worst; O(n) memory beside the matrix.
 *
 * Why not rounds of reciprocal nearest neighbours (RAC; ParChain): of 16 features, a round merges
 * 16 % of the clusters at first and 2 to 10 % later, so that passes over the whole matrix cost more
 * than the rows that change; and rounding in the update then depends on the rounds. Here merges
 * come in the very order of the definition, and with the bits that it gives, ties and inversions
 * included.
 *
 * Ties: clusters stay in the slot of their lowest row, so slots are in the order of rows. The first
 * slot among those of the least bound, once it is searched, is in the least pair of all: an earlier
 * one would have to be in it for a later one to be nearest to somebody before. */
#include "cluster/nearest_pairs.h"

#include "base/memory.h"
#include "cluster/agglomeration.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MERGES_A_REPORT = 1024, FEWEST_SLOTS = 512 };

/* The two nearest to the slot that is looked at, so far. */
typedef struct found {
    double least, second;
    int64_t slot;
} found;

typedef struct merging {
    bm_triangle *triangle;
    bm_nearest nearest;
    const bm_linkage *linkage;
    const bm_linkage_kernel *kernel;
    size_t *id;
    double *size;
    size_t left;
    double *gone;              /* [width] 0, or infinity where a slot is not alive */
    double *lowest;            /* [words] the least bound of 64 slots, */
    unsigned char *is_changed; /* unless one of them has changed */
    double *from_x, *from_y;   /* [BM_STRIP] dissimilarities of the two */
    size_t *to;                /* [slots] where slots move */
    size_t x, y;               /* being merged, x < y; or x is searched */
    double height;
} merging;

/* The first slot of those with the least bound. */
static size_t lowest_slot(const merging *now) {
    size_t words = now->triangle->width / BM_WORD + 1, best = 0;
    for (size_t word = 0; word < words; word++) {
        if (now->is_changed[word]) {
            size_t end = (word + 1) * BM_WORD;
            end = end < now->triangle->slots ? end : now->triangle->slots;
            now->lowest[word] = INFINITY;
            for (size_t i = word * BM_WORD; i < end; i++) {
                if (now->nearest.least[i] < now->lowest[word])
                    now->lowest[word] = now->nearest.least[i];
            }
            now->is_changed[word] = 0;
        }
        if (now->lowest[word] < now->lowest[best])
            best = word;
    }
    size_t slot = best * BM_WORD;
    while (slot + 1 < now->triangle->slots && now->nearest.least[slot] != now->lowest[best])
        slot++;
    return slot;
}

/* Bounds of slot i, or who is nearest to it. */
static void set(const merging *now, size_t i, double least, double second, int64_t slot) {
    now->is_changed[i / BM_WORD] = 1;
    now->nearest.least[i] = least;
    now->nearest.second[i] = second;
    now->nearest.slot[i] = slot;
}

/* Of slots that ascend. */
static void add_found(found *all, double value, int64_t slot) {
    if (value < all->least) {
        all->second = all->least;
        all->least = value;
        all->slot = slot;
    } else if (value < all->second) {
        all->second = value;
    }
}

/* Where two clusters were merged into x, what that means for another slot. */
static void adjust(const merging *now, size_t slot, double value) {
    const bm_nearest *nearest = &now->nearest;
    double least = nearest->least[slot], second = nearest->second[slot];
    int64_t old = nearest->slot[slot], x = (int64_t)now->x;
    if (old == BM_UNKNOWN) {
        if (value < least)
            set(now, slot, value, least, x);
    } else if (old == x || old == (int64_t)now->y) {
        if (value <= least || value < second)
            set(now, slot, value, second, x);
        else
            set(now, slot, second, second, BM_UNKNOWN);
    } else if (value < least || (value == least && x < old)) {
        set(now, slot, value, least, x);
    } else if (value < second) {
        nearest->second[slot] = value;
    }
}

/* Adds who is near to x among `count` values to slots from `first` on, which change, or do not. */
static void look_through(const merging *now, const double *value, size_t first, size_t count,
                         int is_merge, found *near) {
    const int64_t nobody = BM_NOBODY - 1;
    bm_close close = {.limit = now->nearest.second + first,
                      .nearest = now->nearest.slot + first,
                      .x = is_merge ? (int64_t)now->x : nobody,
                      .y = is_merge ? (int64_t)now->y : nobody,
                      .most = near->second < INFINITY ? near->second : DBL_MAX};
    for (size_t i = 0; (i = now->kernel->find(value, &close, i, count)) < count; i++) {
        size_t slot = first + i;
        if (slot == now->x || now->nearest.slot[slot] == BM_NOBODY)
            continue;
        add_found(near, value[i], (int64_t)slot);
        if (is_merge)
            adjust(now, slot, value[i]);
        if (near->second < close.most)
            close.most = near->second;
    }
}

static void combine(const merging *now, const double *x, const double *y, size_t first,
                    size_t count, double *out) {
    const double *gone = now->gone + first, *size = now->size;
    double p = size[now->x], q = size[now->y];
    switch (now->linkage->combine) {
    case BM_COMBINE_SMALLER:
        now->kernel->smaller(x, y, gone, count, out);
        break;
    case BM_COMBINE_LARGER:
        now->kernel->larger(x, y, gone, count, out);
        break;
    case BM_COMBINE_MEAN:
        now->kernel->mean(p, x, q, y, p + q, gone, count, out);
        break;
    case BM_COMBINE_HALVES:
        now->kernel->mean(1, x, 1, y, 2, gone, count, out);
        break;
    case BM_COMBINE_OTHER:
        for (size_t i = 0; i < count; i++)
            out[i] = bm_is_alive(now->triangle, first + i)
                         ? now->linkage->update(x[i], y[i], now->height, p, q, size[first + i])
                         : INFINITY;
        break;
    }
}

/* Merges x and y into x, strip by strip … */
static void merge_strip(const merging *now, size_t first, size_t end, found *near) {
    const double *x = bm_triangle_read(now->triangle, now->x, first, end, now->from_x);
    const double *y = bm_triangle_read(now->triangle, now->y, first, end, now->from_y);
    double *out = bm_triangle_place(now->triangle, now->x, first, now->from_x);
    combine(now, x, y, first, end - first, out);
    bm_triangle_write(now->triangle, now->x, first, end, out);
    look_through(now, out, first, end - first, 1, near);
}

/* … or searches x. */
static void search_strip(const merging *now, size_t first, size_t end, found *near) {
    const double *x = bm_triangle_read(now->triangle, now->x, first, end, now->from_x);
    now->kernel->larger(x, x, now->gone + first, end - first, now->from_y);
    look_through(now, now->from_y, first, end - first, 0, near);
}

static void run(const merging *now, int is_merge) {
    size_t width = now->triangle->width;
    found near = {INFINITY, INFINITY, BM_UNKNOWN};
    for (size_t first = 0; first < width; first += BM_STRIP) {
        size_t end = width - first < BM_STRIP ? width : first + BM_STRIP;
        if (is_merge)
            merge_strip(now, first, end, &near);
        else
            search_strip(now, first, end, &near);
    }
    set(now, now->x, near.least, near.second, near.slot);
}

static void take_out(const merging *now, size_t slot) {
    set(now, slot, INFINITY, -INFINITY, BM_NOBODY);
    now->gone[slot] = INFINITY;
    now->triangle->alive[slot / BM_WORD] &= ~((uint64_t)1 << slot % BM_WORD);
}

static void merge_pair(merging *now, size_t a, size_t b, bm_merge *merge) {
    now->x = a < b ? a : b;
    now->y = a < b ? b : a;
    now->height = now->nearest.least[a];
    *merge = (bm_merge){.left = now->id[now->x], .right = now->id[now->y], .height = now->height};
    take_out(now, now->y);
    run(now, 1);
    now->size[now->x] += now->size[now->y];
    now->left--;
}

/* Slots that are alive, together. */
static bm_status compact(merging *now, bm_error *err) {
    const bm_nearest *nearest = &now->nearest;
    size_t slots = now->triangle->slots, left = 0;
    bm_status status;
    BM_TRY(bm_triangle_compact(now->triangle, now->to, err));
    for (size_t i = 0; i < slots; i++) {
        if (nearest->slot[i] == BM_NOBODY)
            continue;
        int64_t slot = nearest->slot[i];
        nearest->least[left] = nearest->least[i];
        nearest->second[left] = nearest->second[i];
        nearest->slot[left] = slot < 0 ? slot : (int64_t)now->to[slot];
        now->gone[left] = 0;
        now->id[left] = now->id[i];
        now->size[left++] = now->size[i];
    }
    for (size_t i = left; i < slots; i++) {
        set(now, i, INFINITY, -INFINITY, BM_NOBODY);
        now->gone[i] = INFINITY;
    }
    memset(now->is_changed, 1, now->triangle->width / BM_WORD + 1);
cleanup:
    return status;
}

static bm_status start(merging *now, bm_error *err) {
    size_t width = now->triangle->width, words = width / BM_WORD + 1;
    bm_status status;
    BM_TRY(BM_NEW_ALIGNED(&now->gone, width, "the merges", err));
    BM_TRY(BM_NEW_ALIGNED(&now->from_x, BM_STRIP, "the merges", err));
    BM_TRY(BM_NEW_ALIGNED(&now->from_y, BM_STRIP, "the merges", err));
    BM_TRY(BM_NEW(&now->lowest, words, "the merges", err));
    BM_TRY(BM_NEW(&now->is_changed, words, "the merges", err));
    BM_TRY(BM_NEW(&now->to, now->left, "the merges", err));
    memset(now->is_changed, 1, words);
    for (size_t i = now->left; i < width; i++) {
        set(now, i, INFINITY, -INFINITY, BM_NOBODY);
        now->gone[i] = INFINITY;
    }
cleanup:
    return status;
}

static void finish(merging *now) {
    free(now->gone);
    free(now->from_x);
    free(now->from_y);
    free(now->lowest);
    free(now->is_changed);
    free(now->to);
}

bm_status bm_merge_nearest(bm_triangle *triangle, const bm_nearest *nearest, size_t *id,
                           double *size, const bm_linkage *linkage, size_t left, bm_log *log,
                           size_t before, bm_merge *merge, bm_error *err) {
    merging now = {.triangle = triangle,
                   .nearest = *nearest,
                   .linkage = linkage,
                   .kernel = triangle->kernel,
                   .id = id,
                   .size = size,
                   .left = triangle->slots};
    size_t merges = 0, all = triangle->slots - 1;
    bm_status status;
    BM_TRY(start(&now, err));
    while (now.left > left) {
        size_t slot = lowest_slot(&now);
        if (nearest->least[slot] == INFINITY)
            BM_TRY(bm_distance_overflow(err));
        BM_TRY(bm_check_interrupt(err));
        if (nearest->slot[slot] == BM_UNKNOWN) {
            now.x = slot;
            run(&now, 0);
            continue;
        }
        merge_pair(&now, slot, (size_t)nearest->slot[slot], &merge[merges++]);
        if (merges % MERGES_A_REPORT == 0 || merges == all)
            bm_progress(log, "linkage", before + merges, before + all, "merges");
        if (now.left <= triangle->slots / 2 && triangle->slots >= FEWEST_SLOTS)
            BM_TRY(compact(&now, err));
    }
    if (left > 1 && left < triangle->slots)
        BM_TRY(compact(&now, err));
cleanup:
    finish(&now);
    return status;
}

size_t bm_merge_nearest_memory(size_t slots) {
    enum { A_SLOT = 5 * sizeof(double), REST = 1 << 17 };
    size_t bytes;
    return bm_multiply(slots, A_SLOT, &bytes) && bm_add(bytes, REST, &bytes) ? bytes : SIZE_MAX;
}
