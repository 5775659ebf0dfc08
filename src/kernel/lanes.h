/* The lane kernels, written once: lanes.c, avx2.c and avx512.c define BM_LANES(name) as the name in
 * their variant, BM_WIDTH as the doubles of a register and BM_TARGET as what their CPU can do, and
 * include this file.
 *
 * One packed row a lane; every distance is added up from the first feature to the last, as
 * bm_squared_distance does, without fused multiply-adds: its root bit for bit. O(n d) time. */
#include "kernel/distance.h"

#include <math.h>
#include <string.h>

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

typedef double lanes __attribute__((vector_size(BM_WIDTH * 8)));

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
