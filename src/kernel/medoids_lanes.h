/* The kernels of k-medoids, written once: medoids.c, medoids_avx2.c and medoids_avx512.c define
 * BM_MEDOIDS(name) as the name in their variant, BM_WIDTH as the doubles of a register, BM_TARGET
 * as what their CPU can do, and include this file.
 *
 * A gain takes eight buyers at a time; swaps take eight rows, so that what each adds to a medoid's
 * loss stands side by side, and nothing depends on how many buyers are near. No fused
 * multiply-adds. */
#include "kernel/medoids.h"

#include <string.h>

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

enum { EIGHT = 8, PARTS = EIGHT / BM_WIDTH }; /* EIGHT: of buyers, and BM_MEDOID_ROWS */

typedef double lanes __attribute__((vector_size(BM_WIDTH * 8)));
typedef int64_t masks __attribute__((vector_size(BM_WIDTH * 8)));

BM_TARGET static inline lanes load(const double *from) {
    lanes values;
    memcpy(&values, from, sizeof values);
    return values;
}

static double in_pairs(const double *sum) {
    return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
}

/* What one buyer gains. */
static inline double gain_of(double row, double near, double weight) {
    return row < near ? weight * (row - near) : 0;
}

BM_TARGET double BM_MEDOIDS(bm_medoid_gain)(const double *row, const double *near,
                                            const double *weight, size_t n) {
    lanes sums[PARTS] = {0};
    double sum[EIGHT];
    size_t j = 0;
    for (; j + EIGHT <= n; j += EIGHT) {
        for (size_t p = 0; p < PARTS; p++) {
            lanes nearer = load(row + j + p * BM_WIDTH) - load(near + j + p * BM_WIDTH);
            nearer = (lanes)((masks)nearer & (nearer < 0));
            if (weight != NULL)
                nearer *= load(weight + j + p * BM_WIDTH);
            sums[p] += nearer;
        }
    }
    memcpy(sum, sums, sizeof sum);
    for (; j < n; j++)
        sum[j % EIGHT] += gain_of(row[j], near[j], weight != NULL ? weight[j] : 1);
    return in_pairs(sum);
}

BM_TARGET void BM_MEDOIDS(bm_medoid_swap)(const double *rows, const double *near,
                                          const double *second, const int32_t *of,
                                          const double *weight, size_t n, double *delta,
                                          double *gain) {
    lanes sums[EIGHT][PARTS] = {{{0}}};
    double sum[EIGHT][BM_MEDOID_ROWS];
    for (size_t j = 0; j < n; j++) {
        double *own = delta + (size_t)of[j] * BM_MEDOID_ROWS;
        for (size_t p = 0; p < PARTS; p++) {
            lanes row = load(rows + j * BM_MEDOID_ROWS + p * BM_WIDTH), all;
            masks is_near = row < near[j], is_second = row < second[j];
            lanes nearer = (lanes)((masks)(row - near[j]) & is_near);
            lanes least =
                (lanes)((is_near & (masks)(near[j] - (lanes){0})) | (~is_near & (masks)row));
            lanes loss = (lanes)((masks)(least - second[j]) & is_second);
            if (weight != NULL) {
                nearer *= weight[j];
                loss *= weight[j];
            }
            sums[j % EIGHT][p] += nearer;
            all = load(own + p * BM_WIDTH) + loss;
            memcpy(own + p * BM_WIDTH, &all, sizeof all);
        }
    }
    memcpy(sum, sums, sizeof sum);
    for (size_t c = 0; c < BM_MEDOID_ROWS; c++) {
        double of_row[EIGHT];
        for (size_t e = 0; e < EIGHT; e++)
            of_row[e] = sum[e][c];
        gain[c] = in_pairs(of_row);
    }
}
