/* The lane kernels, written once: lanes.c, avx2.c and avx512.c define BM_LANES(name) as the name in
 * their variant, BM_WIDTH as the doubles of a register and BM_TARGET as what their CPU can do, and
 * include this file.
 *
 * One row a lane: the rows of four registers are turned so that a feature of all of them lies side
 * by side, and every distance is then added up from the first feature to the last, as
 * bm_squared_distance does, without fused multiply-adds. So the results are the reference's bit for
 * bit, and there is nothing to recompute. O(n k d) time; ties to the lowest index. */
#include "kernel/distance.h"

#include <math.h>
#include <string.h>

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

enum { REGISTERS = 4, ROWS = REGISTERS * BM_WIDTH, FEATURES = 64 };

typedef double lanes __attribute__((vector_size(BM_WIDTH * 8)));
typedef int64_t places __attribute__((vector_size(BM_WIDTH * 8)));

/* What a block of rows looks like while it is compared with the centroids. */
typedef struct block {
    lanes feature[FEATURES][REGISTERS];
    lanes least[REGISTERS];
    places nearest[REGISTERS];
} block;

static void turn(const double *x, size_t rows, size_t d, size_t from, size_t features,
                 block *turned) {
    for (size_t r = 0; r < ROWS; r++) {
        /* The tail repeats its last row, which keeps the lanes finite. */
        const double *row = x + (r < rows ? r : rows - 1) * d + from;
        double *out = (double *)turned->feature + r;
        for (size_t i = 0; i < features; i++)
            out[i * ROWS] = row[i];
    }
}

/* Adds the squared differences of some features to the sums of all rows of the block. */
BM_TARGET static inline void add_squares(const block *turned, size_t features, const double *c,
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

/* Keeps centroid j for the rows that it is nearer to than those before it. */
BM_TARGET static inline void keep_nearer(block *turned, const lanes sum[REGISTERS], size_t j) {
    places here = (places){0} + (int64_t)j;
    for (size_t r = 0; r < REGISTERS; r++) {
        places nearer = sum[r] < turned->least[r];
        turned->least[r] =
            (lanes)((nearer & (places)sum[r]) | (~nearer & (places)turned->least[r]));
        turned->nearest[r] = (nearer & here) | (~nearer & turned->nearest[r]);
    }
}

/* Up to FEATURES features, which is nearly always all of them: sums stay in registers. */
BM_TARGET static void compare_short(block *turned, size_t d, const double *c, size_t k) {
    memset(turned->least, 0, sizeof turned->least);
    add_squares(turned, d, c, turned->least);
    for (size_t j = 1; j < k; j++) {
        lanes sum[REGISTERS] = {{0}};
        add_squares(turned, d, c + j * d, sum);
        keep_nearer(turned, sum, j);
    }
}

/* More features: slice by slice; the sums of all centroids wait in scratch. */
BM_TARGET static void compare_long(const double *x, size_t rows, size_t d, const double *c,
                                   size_t k, double *scratch, block *turned) {
    lanes sum[REGISTERS];
    memset(scratch, 0, k * sizeof sum);
    for (size_t from = 0; from < d; from += FEATURES) {
        size_t features = d - from < FEATURES ? d - from : FEATURES;
        turn(x, rows, d, from, features, turned);
        for (size_t j = 0; j < k; j++) {
            memcpy(sum, scratch + j * ROWS, sizeof sum);
            add_squares(turned, features, c + j * d + from, sum);
            memcpy(scratch + j * ROWS, sum, sizeof sum);
        }
    }
    memcpy(turned->least, scratch, sizeof sum);
    for (size_t j = 1; j < k; j++) {
        memcpy(sum, scratch + j * ROWS, sizeof sum);
        keep_nearer(turned, sum, j);
    }
}

BM_TARGET void BM_LANES(bm_nearest)(const double *x, size_t n, size_t d, const double *c, size_t k,
                                    int32_t *label, double *distance, double *scratch) {
    block turned;
    for (size_t first = 0; first < n; first += ROWS) {
        size_t rows = n - first < ROWS ? n - first : ROWS;
        memset(turned.nearest, 0, sizeof turned.nearest);
        if (d <= FEATURES) {
            turn(x + first * d, rows, d, 0, d, &turned);
            compare_short(&turned, d, c, k);
        } else {
            compare_long(x + first * d, rows, d, c, k, scratch, &turned);
        }
        memcpy(distance + first, turned.least, rows * sizeof *distance);
        const int64_t *nearest = (const int64_t *)turned.nearest;
        for (size_t r = 0; r < rows; r++)
            label[first + r] = (int32_t)nearest[r];
    }
}

BM_TARGET void BM_LANES(bm_distances)(const double *x, const double *packed, size_t n, size_t d,
                                      double *distance) {
    for (size_t first = 0; first < n; first += BM_WIDTH) {
        const double *rows = packed + first / BM_PACKED * BM_PACKED * d + first % BM_PACKED;
        lanes sum = {0};
        for (size_t i = 0; i < d; i++) {
            lanes row;
            memcpy(&row, rows + i * BM_PACKED, sizeof row);
            lanes difference = x[i] - row;
            sum += difference * difference;
        }
        for (size_t r = 0; r < BM_WIDTH; r++)
            distance[first + r] = sqrt(sum[r]);
    }
}
