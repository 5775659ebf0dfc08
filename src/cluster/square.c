/* A square of dissimilarities in one stretch of memory, filled by blocks on both sides of the
 * diagonal. */
#include "cluster/square.h"

#include "base/memory.h"
#include "base/parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rows a power of two apart would share the same few lines of a cache. */
enum { PAGE = 512 };

size_t bm_square_stride(size_t slots) {
    size_t stride = bm_up_to(slots, BM_LINKED);
    return stride % PAGE == 0 ? stride + BM_LINKED : stride;
}

size_t bm_square_values(size_t slots) {
    size_t values;
    return slots <= SIZE_MAX / 2 && bm_multiply(slots, bm_square_stride(slots), &values) ? values
                                                                                         : SIZE_MAX;
}

size_t bm_square_slots(size_t values) {
    size_t fits = 0, too_many = (size_t)1 << 32;
    while (fits + 1 < too_many) {
        size_t middle = fits + (too_many - fits) / 2;
        if (bm_square_values(middle) <= values)
            fits = middle;
        else
            too_many = middle;
    }
    return fits;
}

void bm_square_shape(bm_square *square, size_t slots) {
    square->slots = slots;
    square->stride = bm_square_stride(slots);
}

void bm_square_free(bm_square *square) {
    free(square->value);
    *square = (bm_square){0};
}

const double *bm_square_row(const bm_square *square, size_t slot, double *room) {
    if (!square->single)
        return (const double *)square->value + slot * square->stride;
    square->kernel->widen((const float *)square->value + slot * square->stride, square->stride,
                          room);
    return room;
}

double *bm_square_place(const bm_square *square, size_t slot, double *room) {
    return square->single ? room : (double *)square->value + slot * square->stride;
}

void bm_square_put(const bm_square *square, size_t slot, double *row) {
    if (square->single)
        square->kernel->narrow(row, square->stride, (float *)square->value + slot * square->stride);
    else if (row != (double *)square->value + slot * square->stride)
        memcpy((double *)square->value + slot * square->stride, row, square->stride * sizeof *row);
}

typedef struct filling {
    const bm_square *square;
    const bm_groups *groups;
    const bm_nearest *nearest; /* a thread */
} filling;

/* A block of values beside the diagonal, and its mirror image. */
static void put_block(const bm_square *square, size_t first_a, size_t count_a, size_t first_b,
                      size_t count_b, const double *value) {
    size_t stride = square->stride;
    for (size_t a = 0; a < count_a; a++) {
        for (size_t b = 0; b < count_b; b++) {
            size_t at = (first_a + a) * stride + first_b + b;
            if (square->single)
                ((float *)square->value)[at] = (float)value[a * BM_GROUP + b];
            else
                ((double *)square->value)[at] = value[a * BM_GROUP + b];
        }
    }
    for (size_t b = 0; b < count_b; b++) {
        for (size_t a = 0; a < count_a; a++) {
            size_t at = (first_b + b) * stride + first_a + a;
            if (square->single)
                ((float *)square->value)[at] = (float)value[a * BM_GROUP + b];
            else
                ((double *)square->value)[at] = value[a * BM_GROUP + b];
        }
    }
}

static void take(void *arg, size_t first_a, size_t count_a, size_t first_b, size_t count_b,
                 double *value) {
    const filling *now = arg;
    const bm_linkage_kernel *kernel = now->square->kernel;
    const bm_nearest *nearest = &now->nearest[bm_thread_index()];
    for (size_t a = 0; first_a == first_b && a < count_a; a++) {
        value[a * BM_GROUP + a] = INFINITY;
        for (size_t b = 0; b < a; b++) /* one order of adding up for both */
            value[a * BM_GROUP + b] = value[b * BM_GROUP + a];
    }
    for (size_t a = 0; now->square->single && a < count_a; a++) {
        for (size_t b = 0; b < count_b; b++)
            value[a * BM_GROUP + b] = (double)(float)value[a * BM_GROUP + b];
    }
    put_block(now->square, first_a, count_a, first_b, count_b, value);
    for (size_t a = 0; a < count_a; a++)
        bm_nearest_look(nearest, kernel, first_a + a, first_b, count_b, now->groups->id,
                        value + a * BM_GROUP);
}

/* Columns beyond the last slot. */
static void pad(const bm_square *square) {
    for (size_t i = 0; i < square->slots; i++) {
        for (size_t j = square->slots; j < square->stride; j++) {
            if (square->single)
                ((float *)square->value)[i * square->stride + j] = INFINITY;
            else
                ((double *)square->value)[i * square->stride + j] = INFINITY;
        }
    }
}

bm_status bm_square_fill(bm_square *square, const bm_groups *groups, int single,
                         const bm_nearest *nearest, bm_error *err) {
    size_t slots = groups->clusters;
    bm_nearest *threads = NULL;
    bm_status status;
    *square = (bm_square){.single = single, .kernel = bm_linkage_kernel_here()};
    bm_square_shape(square, slots);
    BM_TRY(bm_new_large(&square->value, bm_square_values(slots),
                        single ? sizeof(float) : sizeof(double), "the distance matrix", err));
    BM_TRY(bm_nearest_threads(&threads, bm_up_to(slots + BM_GROUP, BM_LINKED), err));
    BM_TRY(bm_groups_pairs(groups, take, &(filling){square, groups, threads}, err));
    pad(square);
    bm_nearest_gather(threads, slots, nearest);
cleanup:
    bm_nearest_threads_free(threads);
    return status;
}
