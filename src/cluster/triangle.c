/* A triangle of dissimilarities in one stretch of memory.
 *
 * Memory: slots (slots − 1) / 2 values and up to 14 a row of padding. Reading or writing a slot
 * costs one access to every earlier row, each in a cache line of its own, and a run through its own
 * row; slots that are used a lot are therefore best early ones, as clusters that are known by their
 * lowest row are. Huge pages spare these accesses the walks through page tables. */
#include "cluster/triangle.h"

#include "base/memory.h"
#include "base/parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PADDING = 14, ROWS = 16 };

static size_t value_size(int single) {
    return single ? sizeof(float) : sizeof(double);
}

int bm_triangle_values(size_t slots, size_t *values) {
    size_t padding;
    return bm_pairs(slots, values) && bm_multiply(slots + 1, PADDING, &padding) &&
           bm_add(*values, padding, values);
}

size_t bm_triangle_memory(size_t slots, int single) {
    size_t values, rows, bytes;
    if (!bm_triangle_values(slots, &values) || !bm_multiply(values, value_size(single), &bytes) ||
        !bm_multiply(slots, sizeof(size_t) + 1, &rows) || !bm_add(bytes, rows, &bytes))
        return SIZE_MAX;
    return bytes;
}

/* Rows in their order, for so many slots. */
static void place_rows(bm_triangle *triangle, size_t slots) {
    size_t at = 0;
    triangle->slots = slots;
    triangle->width = bm_up_to(slots, BM_LINKED);
    for (size_t i = 0; i < slots; i++) {
        size_t first = (i + 1) / BM_LINKED * BM_LINKED;
        triangle->row[i] = at - first; /* may wrap; what is added makes it whole again */
        at += triangle->width - first;
    }
    memset(triangle->alive, 0, (slots / BM_WORD + 1) * sizeof *triangle->alive);
    for (size_t i = 0; i < slots; i++)
        triangle->alive[i / BM_WORD] |= (uint64_t)1 << i % BM_WORD;
}

bm_status bm_triangle_init(bm_triangle *triangle, size_t slots, int single, bm_error *err) {
    size_t values = 0;
    bm_status status;
    *triangle = (bm_triangle){.single = single, .kernel = bm_linkage_kernel_here()};
    if (!bm_triangle_values(slots, &values))
        return bm_fail(err, BM_LIMIT, "too many buyers for a matrix of all pairs");
    BM_TRY(BM_NEW(&triangle->row, slots, "the distance matrix", err));
    BM_TRY(BM_NEW(&triangle->alive, slots / BM_WORD + 1, "the distance matrix", err));
    BM_TRY(bm_new_large(&triangle->value, values, value_size(single), "the distance matrix", err));
    place_rows(triangle, slots);
cleanup:
    if (status != BM_OK)
        bm_triangle_free(triangle);
    return status;
}

void bm_triangle_free(bm_triangle *triangle) {
    free(triangle->value);
    free(triangle->row);
    free(triangle->alive);
    *triangle = (bm_triangle){0};
}

double bm_triangle_set(const bm_triangle *triangle, size_t a, size_t b, double value) {
    size_t at = a < b ? triangle->row[a] + b : triangle->row[b] + a;
    if (!triangle->single)
        return ((double *)triangle->value)[at] = value;
    ((float *)triangle->value)[at] = (float)value;
    return (double)(float)value;
}

/* Which of the 64 slots from `base` on are alive and among first … end − 1. */
static uint64_t alive_among(const bm_triangle *triangle, size_t base, size_t first, size_t end) {
    uint64_t word = triangle->alive[base / BM_WORD];
    if (first > base)
        word &= ~(uint64_t)0 << (first - base);
    if (end - base < BM_WORD)
        word &= ~(~(uint64_t)0 << (end - base));
    return word;
}

const double *bm_triangle_read(const bm_triangle *triangle, size_t slot, size_t first, size_t end,
                               double *room) {
    const double *value = triangle->value;
    const float *narrow = triangle->value;
    size_t run = (slot + 1) / BM_LINKED * BM_LINKED; /* where its own row begins */
    if (slot <= first && !triangle->single)
        return value + (triangle->row[slot] + first);
    size_t before = slot < end ? slot : end;
    if (run < first)
        run = first;
    if (run < end && triangle->single)
        triangle->kernel->widen(narrow + (triangle->row[slot] + run), end - run,
                                room + (run - first));
    else if (run < end)
        memcpy(room + (run - first), value + (triangle->row[slot] + run),
               (end - run) * sizeof *room);
    for (size_t i = first; i <= before && i < end; i++)
        room[i - first] = INFINITY;
    for (size_t base = first / BM_WORD * BM_WORD; base < before; base += BM_WORD) {
        uint64_t word = alive_among(triangle, base, first, before);
        for (; word != 0; word &= word - 1) {
            size_t i = base + (size_t)__builtin_ctzll(word), at = triangle->row[i] + slot;
            room[i - first] = triangle->single ? (double)narrow[at] : value[at];
        }
    }
    return room;
}

double *bm_triangle_place(const bm_triangle *triangle, size_t slot, size_t first, double *room) {
    if (slot <= first && !triangle->single)
        return (double *)triangle->value + (triangle->row[slot] + first);
    return room;
}

void bm_triangle_write_row(const bm_triangle *triangle, size_t slot, size_t first, size_t end,
                           double *value) {
    size_t run = (slot + 1) / BM_LINKED * BM_LINKED;
    run = run < first ? first : run > end ? end : run;
    size_t at = triangle->row[slot] + run, skipped = run - first;
    if (triangle->single) {
        float narrow[BM_STRIP];
        triangle->kernel->narrow(value, end - first, narrow);
        memcpy((float *)triangle->value + at, narrow + skipped, (end - run) * sizeof *narrow);
    } else if (value + skipped != (double *)triangle->value + at) {
        memcpy((double *)triangle->value + at, value + skipped, (end - run) * sizeof *value);
    }
}

void bm_triangle_write(const bm_triangle *triangle, size_t slot, size_t first, size_t end,
                       double *value) {
    size_t before = slot < end ? slot : end;
    bm_triangle_write_row(triangle, slot, first, end, value);
    for (size_t base = first / BM_WORD * BM_WORD; base < before; base += BM_WORD) {
        uint64_t word = alive_among(triangle, base, first, before);
        for (; word != 0; word &= word - 1) {
            size_t i = base + (size_t)__builtin_ctzll(word), at = triangle->row[i] + slot;
            if (triangle->single)
                ((float *)triangle->value)[at] = (float)value[i - first];
            else
                ((double *)triangle->value)[at] = value[i - first];
        }
    }
}

/* A pass that moves the slots together. */
typedef struct moving {
    const bm_triangle *triangle;
    const size_t *to, *row; /* [slots] where they go, and where rows are */
    const uint64_t *alive;
    size_t slots, first, end; /* slots of the rows that are being moved */
} moving;

static void move_row(const moving *now, size_t i) {
    const bm_triangle *triangle = now->triangle;
    const size_t *to = now->to;
    size_t from = now->row[i], into = triangle->row[to[i]];
    double *value = triangle->value;
    float *narrow = triangle->value;
    for (size_t base = (i + 1) / BM_WORD * BM_WORD; base < now->slots; base += BM_WORD) {
        uint64_t word = now->alive[base / BM_WORD];
        if (base <= i)
            word &= ~(uint64_t)0 << (i + 1 - base);
        for (; word != 0; word &= word - 1) {
            size_t j = base + (size_t)__builtin_ctzll(word);
            if (triangle->single)
                narrow[into + to[j]] = narrow[from + j];
            else
                value[into + to[j]] = value[from + j];
        }
    }
}

static bm_status move_rows(size_t chunk, void *arg, bm_error *err) {
    const moving *now = arg;
    size_t begin = now->first + chunk * ROWS;
    size_t end = begin + ROWS < now->end ? begin + ROWS : now->end;
    for (size_t i = begin; i < end; i++) {
        if (now->alive[i / BM_WORD] >> i % BM_WORD & 1)
            move_row(now, i);
    }
    return bm_check_interrupt(err);
}

/* Rows from now->first on whose new places all lie before the first of their old ones, so that they
 * can be moved in any order; at least one, which can always be moved from its front to its end: a
 * quarter of the slots is gone, which makes room for the padding. */
static size_t movable(const moving *now) {
    const bm_triangle *triangle = now->triangle;
    size_t begin = now->row[now->first] + (now->first + 1) / BM_LINKED * BM_LINKED;
    size_t end = now->first + 1;
    while (end < now->slots && (!(now->alive[end / BM_WORD] >> end % BM_WORD & 1) ||
                                triangle->row[now->to[end]] + triangle->width <= begin))
        end++;
    return end;
}

bm_status bm_triangle_compact(bm_triangle *triangle, size_t *to, bm_error *err) {
    size_t left = 0, *row = NULL;
    uint64_t *alive = NULL;
    moving now = {.triangle = triangle, .to = to, .slots = triangle->slots};
    bm_status status;
    BM_TRY(BM_NEW(&row, triangle->slots, "the distance matrix", err));
    BM_TRY(BM_NEW(&alive, triangle->slots / BM_WORD + 1, "the distance matrix", err));
    memcpy(row, triangle->row, triangle->slots * sizeof *row);
    memcpy(alive, triangle->alive, (triangle->slots / BM_WORD + 1) * sizeof *alive);
    for (size_t i = 0; i < triangle->slots; i++) {
        to[i] = left;
        left += bm_is_alive(triangle, i) ? 1 : 0;
    }
    now.row = row;
    now.alive = alive;
    place_rows(triangle, left);
    for (; now.first < now.slots; now.first = now.end) {
        now.end = movable(&now);
        BM_TRY(bm_parallel_for(bm_chunks(now.end - now.first, ROWS), move_rows, &now, err));
    }
cleanup:
    free(row);
    free(alive);
    return status;
}
