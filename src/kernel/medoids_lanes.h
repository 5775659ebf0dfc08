/* The kernels of k-medoids, written once: medoids.c, medoids_avx2.c and medoids_avx512.c define
 * BM_MEDOIDS(name) as the name in their variant, BM_WIDTH as the doubles of a register, BM_TARGET
 * as what their CPU can do and BM_BITS(mask) as a bit a lane, and include this file.
 *
 * Most buyers are far from most rows: eight at a time are held against the medoids they have, and
 * only those that come nearer are looked at one by one. No fused multiply-adds. */
#include "kernel/medoids.h"

#include <string.h>

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

enum { EIGHT = 8, PARTS = EIGHT / BM_WIDTH };

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

/* What the loss of one buyer's medoid changes by. */
static inline double loss_of(double row, double near, double second, double weight) {
    return weight * ((row < near ? near : row) - second);
}

BM_TARGET double BM_MEDOIDS(bm_medoid_swap)(const double *row, const double *near,
                                            const double *second, const int32_t *of,
                                            const double *weight, size_t n, double *delta) {
    lanes sums[PARTS] = {0};
    double sum[EIGHT];
    size_t j = 0;
    for (; j + EIGHT <= n; j += EIGHT) {
        unsigned bits = 0;
        for (size_t p = 0; p < PARTS; p++) {
            lanes apart = load(row + j + p * BM_WIDTH);
            lanes nearer = apart - load(near + j + p * BM_WIDTH);
            bits |= (unsigned)BM_BITS(apart < load(second + j + p * BM_WIDTH)) << p * BM_WIDTH;
            nearer = (lanes)((masks)nearer & (nearer < 0));
            if (weight != NULL)
                nearer *= load(weight + j + p * BM_WIDTH);
            sums[p] += nearer;
        }
        for (; bits != 0; bits &= bits - 1) {
            size_t i = j + (size_t)__builtin_ctz(bits);
            delta[of[i]] += loss_of(row[i], near[i], second[i], weight != NULL ? weight[i] : 1);
        }
    }
    memcpy(sum, sums, sizeof sum);
    for (; j < n; j++) {
        double w = weight != NULL ? weight[j] : 1;
        sum[j % EIGHT] += gain_of(row[j], near[j], w);
        if (row[j] < second[j])
            delta[of[j]] += loss_of(row[j], near[j], second[j], w);
    }
    return in_pairs(sum);
}
