/* A triangle becomes a square where it stands: rows are moved apart from the last to the first,
 * then what is above the diagonal is mirrored below it, block by block. */
#include "cluster/square.h"

#include "base/parallel.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 64, ROWS_A_CHECK = 512 };

static void move_row(const bm_square *square, const bm_triangle *triangle, size_t i) {
    size_t value = square->single ? sizeof(float) : sizeof(double);
    char *all = square->value;
    memmove(all + (i * square->stride + i + 1) * value, all + (triangle->row[i] + i + 1) * value,
            (square->slots - i - 1) * value);
}

static void mirror(const bm_square *square, size_t i, size_t j) {
    size_t from = j * square->stride + i, into = i * square->stride + j;
    if (square->single)
        ((float *)square->value)[into] = ((float *)square->value)[from];
    else
        ((double *)square->value)[into] = ((double *)square->value)[from];
}

static void set_infinite(const bm_square *square, size_t i, size_t j) {
    if (square->single)
        ((float *)square->value)[i * square->stride + j] = INFINITY;
    else
        ((double *)square->value)[i * square->stride + j] = INFINITY;
}

static bm_status mirror_block(size_t chunk, void *arg, bm_error *err) {
    const bm_square *square = arg;
    size_t begin = bm_chunk_begin(chunk, BLOCK), end = bm_chunk_end(chunk, BLOCK, square->slots);
    for (size_t first = 0; first < end; first += BLOCK) {
        size_t last = first + BLOCK < end ? first + BLOCK : end;
        for (size_t i = begin; i < end; i++) {
            for (size_t j = first; j < last && j < i; j++)
                mirror(square, i, j);
        }
    }
    for (size_t i = begin; i < end; i++) {
        set_infinite(square, i, i);
        for (size_t j = square->slots; j < square->stride; j++)
            set_infinite(square, i, j);
    }
    return bm_check_interrupt(err);
}

bm_status bm_square_unfold(bm_square *square, bm_triangle *triangle, bm_error *err) {
    *square = (bm_square){
        .single = triangle->single, .kernel = triangle->kernel, .value = triangle->value};
    bm_square_shape(square, triangle->slots);
    triangle->value = NULL;
    for (size_t i = triangle->slots; i-- > 0;) {
        move_row(square, triangle, i);
        bm_status status = i % ROWS_A_CHECK == 0 ? bm_check_interrupt(err) : BM_OK;
        if (status != BM_OK)
            return status;
    }
    return bm_parallel_for(bm_chunks(square->slots, BLOCK), mirror_block, square, err);
}
