/* Rows of a square whose columns are not written when clusters merge: how such a row is read, and
 * the square without the columns that are gone. A column that is gone counts in that of the cluster
 * it went into: means by shares, added up in the order of the columns' merges, which fixes their
 * rounding.
 *
 * Cost: a row is read in O(columns); writing the square anew is O(slots × columns), paid for by the
 * merges since the last time. Memory: none but the lists of square_merge.c. */
#include "cluster/square_rounds.h"

#include "base/parallel.h"
#include "buyermap/context.h"

#include <math.h>

enum { ROWS = 16 };

/* Columns of a cluster from a row as it was written, put together. */
static double fold(const bm_square_rounds *now, const double *row, size_t cluster) {
    const size_t *part = now->part + now->begin[cluster];
    size_t parts = now->begin[cluster + 1] - now->begin[cluster];
    double all = row[part[0]];
    if (bm_square_is_mean(now)) {
        double shares = now->share[part[0]];
        all *= shares;
        for (size_t p = 1; p < parts; p++) {
            all += now->share[part[p]] * row[part[p]];
            shares += now->share[part[p]];
        }
        return all / shares;
    }
    for (size_t p = 1; p < parts; p++) {
        double other = row[part[p]];
        int takes = now->combine == BM_COMBINE_LARGER ? other > all : other < all;
        all = takes ? other : all;
    }
    return all;
}

void bm_square_see(const bm_square_rounds *now, const double *row, double *seen) {
    now->kernel->larger(row, row, now->gone, now->square->stride, seen);
    for (size_t m = 0; m < now->mergeds; m++)
        seen[now->merged[m]] = fold(now, row, m);
}

/* The square without the slots that are gone. */
typedef struct moving {
    const bm_square_rounds *now;
    bm_square to;
    size_t first, end; /* slots of the rows that are being moved */
} moving;

static bm_status move_rows(size_t chunk, void *arg, bm_error *err) {
    const moving *move = arg;
    const bm_square_rounds *now = move->now;
    const bm_square *to = &move->to;
    size_t thread = (size_t)bm_thread_index(), stride = now->square->stride;
    double *seen = now->seen + thread * stride, *room = now->room + thread * stride;
    size_t begin = move->first + chunk * ROWS;
    size_t end = begin + ROWS < move->end ? begin + ROWS : move->end;
    for (size_t i = begin; i < end; i++) {
        if (now->nearest.slot[i] == BM_NOBODY)
            continue;
        bm_square_see(now, bm_square_row(now->square, i, room), seen);
        size_t count = 0;
        for (size_t j = 0; j < now->square->slots; j++) {
            seen[count] = seen[j];
            count += now->nearest.slot[j] != BM_NOBODY;
        }
        for (; count < to->stride; count++)
            seen[count] = INFINITY;
        bm_square_put(to, now->to[i], seen);
    }
    return bm_check_interrupt(err);
}

/* Slots from `first` on whose new rows all lie before its old one; at least one, which is read
 * whole before it is written. */
static size_t movable(const moving *move) {
    const bm_square *from = move->now->square;
    size_t end = move->first + 1;
    while (end < from->slots &&
           (move->now->to[end] + 1) * move->to.stride <= move->first * from->stride)
        end++;
    return end;
}

static void move_lists(bm_square_rounds *now) {
    const bm_nearest *nearest = &now->nearest;
    size_t left = 0;
    for (size_t i = 0; i < now->square->slots; i++) {
        int64_t slot = nearest->slot[i];
        if (slot == BM_NOBODY)
            continue;
        bm_square_set(now, left,
                      (bm_square_found){nearest->least[i], nearest->second[i],
                                        slot < 0 ? slot : (int64_t)now->to[slot]});
        now->id[left] = now->id[i];
        now->size[left++] = now->size[i];
    }
    for (size_t i = left; i < bm_up_to(now->square->slots, BM_LINKED); i++)
        bm_square_set(now, i, (bm_square_found){INFINITY, -INFINITY, BM_NOBODY});
}

void bm_square_begin_columns(bm_square_rounds *now) {
    now->mergeds = 0;
    for (size_t i = 0; i < now->square->stride; i++)
        now->gone[i] = i < now->left ? 0 : INFINITY;
    for (size_t i = 0; i < now->left; i++) {
        now->last[i] = now->next[i] = i;
        now->share[i] = now->combine == BM_COMBINE_MEAN ? now->size[i] : 1;
    }
}

bm_status bm_square_compact(bm_square_rounds *now, bm_error *err) {
    moving move = {.now = now, .to = *now->square};
    size_t left = 0;
    bm_status status = BM_OK;
    for (size_t i = 0; i < now->square->slots; i++) {
        now->to[i] = left;
        left += now->nearest.slot[i] != BM_NOBODY;
    }
    bm_square_shape(&move.to, left);
    for (; move.first < now->square->slots; move.first = move.end) {
        move.end = movable(&move);
        BM_TRY(bm_parallel_for(bm_chunks(move.end - move.first, ROWS), move_rows, &move, err));
    }
    move_lists(now);
    *now->square = move.to;
    bm_square_begin_columns(now);
cleanup:
    return status;
}
