/* Rows of dissimilarities, kept as the lower triangle of their matrix or computed. What stands in
 * the triangle's later rows is gathered for several rows at once, so that a cache line that is read
 * is used. */
#include "cluster/medoids.h"

#include "base/memory.h"
#include "base/parallel.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS = 16, COLUMNS = 512, AHEAD = 16 };

static size_t row_begin(size_t i) {
    return i > 0 ? i * (i - 1) / 2 : 0;
}

static bm_status fill_chunk(size_t chunk, void *arg, bm_error *err) {
    bm_apart_rows *rows = arg;
    const bm_dissimilarity *of = rows->dissimilarity;
    double tile[ROWS * COLUMNS];
    size_t first = bm_chunk_begin(chunk, ROWS), end = bm_chunk_end(chunk, ROWS, rows->n);
    for (size_t column = 0; column < end; column += COLUMNS) {
        size_t columns = end - column < COLUMNS ? end - column : COLUMNS;
        of->tile(of, first, end - first, column, columns, COLUMNS, tile);
        for (size_t i = first; i < end; i++) {
            const double *from = tile + (i - first) * COLUMNS;
            size_t to = row_begin(i) + column;
            for (size_t j = 0; j < columns && column + j < i; j++) {
                if (rows->half != NULL)
                    rows->half[to + j] = (float)from[j];
                else
                    rows->triangle[to + j] = from[j];
            }
        }
    }
    return bm_check_interrupt(err);
}

bm_status bm_apart_rows_init(bm_apart_rows *rows, const bm_dissimilarity *dissimilarity, int single,
                             int with_matrix, bm_error *err) {
    size_t n = dissimilarity->n, pairs = 0;
    *rows = (bm_apart_rows){.dissimilarity = dissimilarity, .n = n, .single = single};
    if (!with_matrix || !bm_pairs(n, &pairs))
        return BM_OK;
    void **matrix = single ? (void **)&rows->half : (void **)&rows->triangle;
    bm_status status = bm_new_large(matrix, pairs, single ? sizeof(float) : sizeof(double),
                                    "the matrix of distances", NULL);
    if (status != BM_OK) /* it goes without, but for the time */
        return BM_OK;
    status = bm_parallel_for(bm_chunks(n, ROWS), fill_chunk, rows, err);
    if (status != BM_OK)
        bm_apart_rows_free(rows);
    return status;
}

size_t bm_apart_rows_memory(size_t n, int single) {
    size_t pairs, bytes;
    return bm_pairs(n, &pairs) &&
                   bm_multiply(pairs, single ? sizeof(float) : sizeof(double), &bytes)
               ? bytes
               : SIZE_MAX;
}

/* The part of a row that stands in the triangle's own row, and the diagonal. */
static void get_own(const bm_apart_rows *rows, size_t i, double *out) {
    size_t from = row_begin(i);
    if (rows->triangle != NULL)
        memcpy(out, rows->triangle + from, i * sizeof *out);
    for (size_t j = 0; rows->half != NULL && j < i; j++)
        out[j] = (double)rows->half[from + j];
    out[i] = 0;
}

/* What stands in later rows: a stretch of each. These are far apart, so that they are asked for
 * ahead. */
static void gather_half(const bm_apart_rows *rows, size_t first, size_t count, double *out) {
    const float *half = rows->half + first;
    for (size_t j = first + count, n = rows->n; j < n; j++) {
        const float *from = half + row_begin(j);
        size_t ahead = row_begin(j + AHEAD < n ? j + AHEAD : j);
        __builtin_prefetch(half + ahead);
        __builtin_prefetch(half + ahead + count - 1);
        for (size_t c = 0; c < count; c++)
            out[c * n + j] = (double)from[c];
    }
}

static void gather(const bm_apart_rows *rows, size_t first, size_t count, double *out) {
    const double *triangle = rows->triangle + first;
    for (size_t j = first + count, n = rows->n; j < n; j++) {
        const double *from = triangle + row_begin(j);
        size_t ahead = row_begin(j + AHEAD < n ? j + AHEAD : j);
        __builtin_prefetch(triangle + ahead);
        __builtin_prefetch(triangle + ahead + count - 1);
        for (size_t c = 0; c < count; c++)
            out[c * n + j] = from[c];
    }
}

void bm_apart_rows_get(const bm_apart_rows *rows, size_t first, size_t count, double *out) {
    size_t n = rows->n;
    if (rows->triangle == NULL && rows->half == NULL) {
        rows->dissimilarity->tile(rows->dissimilarity, first, count, 0, n, n, out);
        for (size_t at = 0; rows->single && at < count * n; at++)
            out[at] = (double)(float)out[at];
        return;
    }
    for (size_t c = 0; c < count; c++) {
        get_own(rows, first + c, out + c * n);
        for (size_t before = 0; before < c; before++) /* among each other */
            out[before * n + first + c] = out[c * n + first + before];
    }
    if (rows->half != NULL)
        gather_half(rows, first, count, out);
    else
        gather(rows, first, count, out);
}

void bm_apart_rows_free(bm_apart_rows *rows) {
    free(rows->triangle);
    free(rows->half);
    *rows = (bm_apart_rows){0};
}
