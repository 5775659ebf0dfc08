/* The kernels of pairs.h, written once: pairs.c, pairs_avx2.c and pairs_avx512.c define
 * BM_PAIRS(name) as the name in their variant, BM_WIDTH as the doubles of a register, BM_ROOT as
 * the square roots of one and BM_TARGET as what their CPU can do, and include this file.
 *
 * Without fused multiply-adds, whose bits a CPU without them could only give slowly. Sums of a row
 * of a tile are those of eight interleaved lanes, whatever the width. */
#include "kernel/pairs.h"

#include <math.h>
#include <string.h>

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

enum { REGISTERS = 4, ROWS = REGISTERS * BM_WIDTH, FEATURES = 64, CENTROIDS = 8 };

typedef double lanes __attribute__((vector_size(BM_WIDTH * 8)));
typedef int64_t places __attribute__((vector_size(BM_WIDTH * 8)));

BM_TARGET static inline lanes load(const double *from) {
    lanes value;
    memcpy(&value, from, sizeof value);
    return value;
}

BM_TARGET static inline void store(double *to, lanes value) {
    memcpy(to, &value, sizeof value);
}

BM_TARGET void BM_PAIRS(bm_tile_distances)(const double *rows, const double *columns, size_t d,
                                           double *tile) {
    for (size_t r = 0; r < BM_TILE_ROWS; r += BM_PACKED) {
        for (size_t c = 0; c < BM_TILE_COLUMNS; c += BM_WIDTH) {
            const double *x = rows + r * d;
            const double *y = columns + c / BM_PACKED * BM_PACKED * d + c % BM_PACKED;
            lanes s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0}, s4 = {0}, s5 = {0}, s6 = {0}, s7 = {0};
            for (size_t f = 0; f < d; f++, x += BM_PACKED, y += BM_PACKED) {
                lanes column = load(y);
                lanes d0 = x[0] - column, d1 = x[1] - column, d2 = x[2] - column;
                lanes d3 = x[3] - column, d4 = x[4] - column, d5 = x[5] - column;
                lanes d6 = x[6] - column, d7 = x[7] - column;
                s0 += d0 * d0;
                s1 += d1 * d1;
                s2 += d2 * d2;
                s3 += d3 * d3;
                s4 += d4 * d4;
                s5 += d5 * d5;
                s6 += d6 * d6;
                s7 += d7 * d7;
            }
            double *out = tile + r * BM_TILE_COLUMNS + c;
            store(out, BM_ROOT(s0));
            store(out + 1 * BM_TILE_COLUMNS, BM_ROOT(s1));
            store(out + 2 * BM_TILE_COLUMNS, BM_ROOT(s2));
            store(out + 3 * BM_TILE_COLUMNS, BM_ROOT(s3));
            store(out + 4 * BM_TILE_COLUMNS, BM_ROOT(s4));
            store(out + 5 * BM_TILE_COLUMNS, BM_ROOT(s5));
            store(out + 6 * BM_TILE_COLUMNS, BM_ROOT(s6));
            store(out + 7 * BM_TILE_COLUMNS, BM_ROOT(s7));
        }
    }
}

/* Σ of a run of values, in eight lanes and then what is left over. */
BM_TARGET static inline double sum_run(const double *value, size_t count) {
    double part[8], rest = 0;
    size_t whole = count / 8 * 8;
    for (size_t i = whole; i < count; i++)
        rest += value[i];
    if (whole == 0)
        return rest;
#if BM_WIDTH == 8
    lanes a = load(value);
    for (size_t i = 8; i < whole; i += 8)
        a += load(value + i);
    store(part, a);
#elif BM_WIDTH == 4
    lanes a = load(value), b = load(value + 4);
    for (size_t i = 8; i < whole; i += 8) {
        a += load(value + i);
        b += load(value + i + 4);
    }
    store(part, a);
    store(part + 4, b);
#else
    lanes a = load(value), b = load(value + 2), c = load(value + 4), d = load(value + 6);
    for (size_t i = 8; i < whole; i += 8) {
        a += load(value + i);
        b += load(value + i + 2);
        c += load(value + i + 4);
        d += load(value + i + 6);
    }
    store(part, a);
    store(part + 2, b);
    store(part + 4, c);
    store(part + 6, d);
#endif
    return ((part[0] + part[4]) + (part[2] + part[6])) +
           ((part[1] + part[5]) + (part[3] + part[7])) + rest;
}

BM_TARGET static inline void add_total(const double *total, size_t count, double *sum) {
    for (size_t i = 0; i < count; i += BM_WIDTH)
        store(sum + i, load(sum + i) + load(total + i));
}

BM_TARGET void BM_PAIRS(bm_tile_sum_columns)(const double *tile, size_t first, size_t end,
                                             double *sum, size_t stride, const uint32_t *slot,
                                             size_t slots) {
    double total[BM_TILE_ROWS];
    for (size_t r = 0; r < BM_TILE_ROWS; r++)
        total[r] = sum_run(tile + r * BM_TILE_COLUMNS + first, end - first);
    for (size_t s = 0; s < slots; s++)
        add_total(total, BM_TILE_ROWS, sum + slot[s] * stride);
}

BM_TARGET void BM_PAIRS(bm_tile_sum_rows)(const double *tile, size_t first, size_t end, double *sum,
                                          size_t stride, const uint32_t *slot, size_t slots) {
    double total[BM_TILE_COLUMNS];
    for (size_t c = 0; c < BM_TILE_COLUMNS; c += ROWS) {
        const double *row = tile + first * BM_TILE_COLUMNS + c;
        lanes a0 = load(row), a1 = load(row + BM_WIDTH), a2 = load(row + 2 * BM_WIDTH),
              a3 = load(row + 3 * BM_WIDTH);
        for (size_t r = first + 1; r < end; r++) {
            row += BM_TILE_COLUMNS;
            a0 += load(row);
            a1 += load(row + BM_WIDTH);
            a2 += load(row + 2 * BM_WIDTH);
            a3 += load(row + 3 * BM_WIDTH);
        }
        store(total + c, a0);
        store(total + c + BM_WIDTH, a1);
        store(total + c + 2 * BM_WIDTH, a2);
        store(total + c + 3 * BM_WIDTH, a3);
    }
    for (size_t s = 0; s < slots; s++)
        add_total(total, BM_TILE_COLUMNS, sum + slot[s] * stride);
}

/* What a block of rows, one a lane, looks like while it is compared with the centroids. */
typedef struct view {
    lanes feature[FEATURES][REGISTERS];
    lanes sum[CENTROIDS][REGISTERS];
    lanes square[REGISTERS], least[REGISTERS];
    places own[REGISTERS], second[REGISTERS];
} view;

/* Turns features from … from + features - 1 of the rows. The tail repeats its last row, which keeps
 * the lanes finite. */
static void turn(const void *x, int single, size_t rows, size_t d, size_t from, size_t features,
                 view *turned) {
    for (size_t r = 0; r < ROWS; r++) {
        size_t at = (r < rows ? r : rows - 1) * d + from;
        double *out = (double *)turned->feature + r;
        if (single) {
            const float *row = (const float *)x + at;
            for (size_t i = 0; i < features; i++)
                out[i * ROWS] = (double)row[i];
        } else {
            const double *row = (const double *)x + at;
            for (size_t i = 0; i < features; i++)
                out[i * ROWS] = row[i];
        }
    }
}

/* Adds the squared differences of some features to the sums of all rows of the block. */
BM_TARGET static inline void add_squares(const view *turned, size_t features, const double *c,
                                         lanes sum[REGISTERS]) {
    lanes s0 = sum[0], s1 = sum[1], s2 = sum[2], s3 = sum[3];
    for (size_t i = 0; i < features; i++) {
        const lanes *row = turned->feature[i];
        lanes d0 = row[0] - c[i], d1 = row[1] - c[i], d2 = row[2] - c[i], d3 = row[3] - c[i];
        s0 += d0 * d0;
        s1 += d1 * d1;
        s2 += d2 * d2;
        s3 += d3 * d3;
    }
    sum[0] = s0;
    sum[1] = s1;
    sum[2] = s2;
    sum[3] = s3;
}

/* Centroid j is the own one, or it is kept when it is nearer than those before it. At first least
 * is NaN, than which everything is nearer. */
BM_TARGET static inline void keep(view *turned, const lanes sum[REGISTERS], size_t j) {
    places here = (places){0} + (int64_t)j;
    for (size_t r = 0; r < REGISTERS; r++) {
        places own = turned->own[r] == here;
        places nearer = ~(turned->least[r] <= sum[r]) & ~own;
        turned->square[r] = (lanes)((own & (places)sum[r]) | (~own & (places)turned->square[r]));
        turned->least[r] =
            (lanes)((nearer & (places)sum[r]) | (~nearer & (places)turned->least[r]));
        turned->second[r] = (nearer & here) | (~nearer & turned->second[r]);
    }
}

/* All centroids, some of them at a time, each time all features, a slice at a time. */
BM_TARGET static void compare(const void *x, int single, size_t rows, size_t d, const double *c,
                              size_t k, view *turned) {
    for (size_t j = 0; j < k; j += CENTROIDS) {
        size_t centroids = k - j < CENTROIDS ? k - j : CENTROIDS;
        memset(turned->sum, 0, sizeof turned->sum);
        for (size_t from = 0; from < d; from += FEATURES) {
            size_t features = d - from < FEATURES ? d - from : FEATURES;
            if (j == 0 || d > FEATURES)
                turn(x, single, rows, d, from, features, turned);
            for (size_t i = 0; i < centroids; i++)
                add_squares(turned, features, c + (j + i) * d + from, turned->sum[i]);
        }
        for (size_t i = 0; i < centroids; i++)
            keep(turned, turned->sum[i], j + i);
    }
}

BM_TARGET void BM_PAIRS(bm_apart)(const void *x, int single, size_t n, size_t d, const double *c,
                                  size_t k, const int32_t *own, int32_t base, bm_apart *apart) {
    view turned;
    size_t value = single ? sizeof(float) : sizeof(double);
    for (size_t first = 0; first < n; first += ROWS) {
        size_t rows = n - first < ROWS ? n - first : ROWS;
        lanes root[REGISTERS], other[REGISTERS];
        for (size_t r = 0; r < ROWS; r++)
            ((int64_t *)turned.own)[r] = own[first + (r < rows ? r : rows - 1)] - base;
        for (size_t r = 0; r < REGISTERS; r++) {
            turned.least[r] = (lanes){0} + NAN;
            turned.second[r] = (places){0} - 1;
        }
        compare((const char *)x + first * d * value, single, rows, d, c, k, &turned);
        for (size_t r = 0; r < REGISTERS; r++) {
            root[r] = BM_ROOT(turned.square[r]);
            other[r] = BM_ROOT(turned.least[r]);
        }
        memcpy(apart->square + first, turned.square, rows * sizeof *apart->square);
        memcpy(apart->own + first, root, rows * sizeof *apart->own);
        memcpy(apart->other + first, other, rows * sizeof *apart->other);
        for (size_t r = 0; r < rows; r++)
            apart->second[first + r] = (int32_t)((const int64_t *)turned.second)[r];
    }
}
