/* Rows of dissimilarities, kept as their matrix or its lower triangle, or computed. What stands in
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

/* Where a square has the dissimilarity of row i to row j. */
static size_t square_at(const bm_apart_rows *rows, size_t i, size_t j) {
    return (j / BM_MEDOID_ROWS * rows->n + i) * BM_MEDOID_ROWS + j % BM_MEDOID_ROWS;
}

/* The part of a row that lies below the diagonal, from a column on. */
static void put(const bm_apart_rows *rows, size_t i, size_t column, size_t columns,
                const double *from) {
    size_t end = column + columns < i ? column + columns : i;
    for (size_t j = column; j < end; j++) {
        double value = from[j - column];
        if (rows->half != NULL)
            rows->half[row_begin(i) + j] = (float)value;
        else if (rows->triangle != NULL)
            rows->triangle[row_begin(i) + j] = value;
        else
            rows->square[square_at(rows, i, j)] = rows->square[square_at(rows, j, i)] =
                rows->single ? (double)(float)value : value;
    }
}

/* What of a row of the square is of no pair. */
static void pad(const bm_apart_rows *rows, size_t i) {
    rows->square[square_at(rows, i, i)] = 0;
    for (size_t j = rows->n; j % BM_MEDOID_ROWS != 0; j++)
        rows->square[square_at(rows, i, j)] = 0;
}

static bm_status fill_chunk(size_t chunk, void *arg, bm_error *err) {
    bm_apart_rows *rows = arg;
    const bm_dissimilarity *of = rows->dissimilarity;
    double tile[ROWS * COLUMNS];
    size_t first = bm_chunk_begin(chunk, ROWS), end = bm_chunk_end(chunk, ROWS, rows->n);
    for (size_t column = 0; column < end; column += COLUMNS) {
        size_t columns = end - column < COLUMNS ? end - column : COLUMNS;
        of->tile(of, first, end - first, column, columns, COLUMNS, tile);
        for (size_t i = first; i < end; i++)
            put(rows, i, column, columns, tile + (i - first) * COLUMNS);
    }
    for (size_t i = first; rows->square != NULL && i < end; i++)
        pad(rows, i);
    return bm_check_interrupt(err);
}

static size_t square_values(size_t n) {
    return bm_chunks(n, BM_MEDOID_ROWS) * BM_MEDOID_ROWS * n;
}

bm_status bm_apart_rows_init(bm_apart_rows *rows, const bm_dissimilarity *dissimilarity, int single,
                             int with_matrix, bm_error *err) {
    size_t n = dissimilarity->n, values = 0;
    int is_square = n <= BM_MEDOID_SQUARE, in_floats = single && !is_square;
    *rows = (bm_apart_rows){.dissimilarity = dissimilarity, .n = n, .single = single};
    if (!with_matrix || !bm_pairs(n, &values))
        return BM_OK;
    if (is_square)
        values = square_values(n);
    void **matrix = is_square   ? (void **)&rows->square
                    : in_floats ? (void **)&rows->half
                                : (void **)&rows->triangle;
    bm_status status = bm_new_large(matrix, values, in_floats ? sizeof(float) : sizeof(double),
                                    "the matrix of distances", NULL);
    if (status != BM_OK) /* it goes without, but for the time */
        return BM_OK;
    status = bm_parallel_for(bm_chunks(n, ROWS), fill_chunk, rows, err);
    if (status != BM_OK)
        bm_apart_rows_free(rows);
    return status;
}

size_t bm_apart_rows_memory(size_t n, int single) {
    size_t pairs, bytes, square = n < BM_MEDOID_SQUARE ? n : BM_MEDOID_SQUARE;
    square = square_values(square) * sizeof(double);
    if (!bm_pairs(n, &pairs) ||
        !bm_multiply(pairs, single ? sizeof(float) : sizeof(double), &bytes))
        return SIZE_MAX;
    return bytes > square ? bytes : square; /* so that fewer rows never take more */
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

static void get_from_square(const bm_apart_rows *rows, size_t i, double *out) {
    size_t n = rows->n, whole = n / BM_MEDOID_ROWS * BM_MEDOID_ROWS;
    const double *from = rows->square + i * BM_MEDOID_ROWS;
    for (size_t j = 0; j < whole; j += BM_MEDOID_ROWS)
        memcpy(out + j, from + j * n, BM_MEDOID_ROWS * sizeof *out);
    for (size_t j = whole; j < n; j++)
        out[j] = from[whole * n + j - whole];
}

void bm_apart_rows_get(const bm_apart_rows *rows, size_t first, size_t count, double *out) {
    size_t n = rows->n;
    if (rows->square != NULL) {
        for (size_t i = first; i < first + count; i++, out += n)
            get_from_square(rows, i, out);
        return;
    }
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

/* Of rows that stand in the triangle before those of the block: from their own rows. */
static void across_before(const bm_apart_rows *rows, size_t first, size_t count, double *out) {
    for (size_t c = 0; c < count; c++) {
        size_t from = row_begin(first + c);
        if (rows->half != NULL)
            for (size_t j = 0; j < first + c; j++)
                out[j * BM_MEDOID_ROWS + c] = (double)rows->half[from + j];
        else
            for (size_t j = 0; j < first + c; j++)
                out[j * BM_MEDOID_ROWS + c] = rows->triangle[from + j];
        out[(first + c) * BM_MEDOID_ROWS + c] = 0;
        for (size_t before = 0; before < c; before++) /* among each other */
            out[(first + c) * BM_MEDOID_ROWS + before] = out[(first + before) * BM_MEDOID_ROWS + c];
    }
}

/* Of later ones: a stretch of each. */
static void across_after(const bm_apart_rows *rows, size_t first, size_t count, double *out) {
    for (size_t j = first + count, n = rows->n; j < n; j++) {
        double *to = out + j * BM_MEDOID_ROWS;
        size_t from = row_begin(j) + first,
               ahead = row_begin(j + AHEAD < n ? j + AHEAD : j) + first;
        if (rows->half != NULL) {
            __builtin_prefetch(rows->half + ahead);
            for (size_t c = 0; c < count; c++)
                to[c] = (double)rows->half[from + c];
        } else {
            __builtin_prefetch(rows->triangle + ahead);
            __builtin_prefetch(rows->triangle + ahead + BM_MEDOID_ROWS - 1);
            memcpy(to, rows->triangle + from, count * sizeof *to);
        }
    }
}

/* Without a matrix. */
static void across_computed(const bm_apart_rows *rows, size_t first, size_t count, double *out) {
    double tile[BM_MEDOID_ROWS * COLUMNS];
    for (size_t column = 0, columns; column < rows->n; column += columns) {
        columns = rows->n - column < COLUMNS ? rows->n - column : COLUMNS;
        rows->dissimilarity->tile(rows->dissimilarity, first, count, column, columns, COLUMNS,
                                  tile);
        for (size_t j = 0; j < columns; j++)
            for (size_t c = 0; c < count; c++) {
                double value = tile[c * COLUMNS + j];
                out[(column + j) * BM_MEDOID_ROWS + c] =
                    rows->single ? (double)(float)value : value;
            }
    }
}

const double *bm_apart_rows_across(const bm_apart_rows *rows, size_t first, size_t count,
                                   double *room) {
    if (rows->square != NULL && first % BM_MEDOID_ROWS == 0)
        return rows->square + first * rows->n;
    if (count < BM_MEDOID_ROWS)
        memset(room, 0, rows->n * BM_MEDOID_ROWS * sizeof *room);
    if (rows->triangle == NULL && rows->half == NULL) {
        across_computed(rows, first, count, room);
    } else {
        across_before(rows, first, count, room);
        across_after(rows, first, count, room);
    }
    return room;
}

void bm_apart_rows_free(bm_apart_rows *rows) {
    free(rows->square);
    free(rows->triangle);
    free(rows->half);
    *rows = (bm_apart_rows){0};
}
