/* Kernels of quality indices for any CPU, and the choice between these and faster ones. */
#if defined(__SSE2__)
#include <emmintrin.h>
#define BM_ROOT(value) ((lanes)_mm_sqrt_pd((__m128d)(value)))
#else
#define BM_ROOT(value) ((lanes){sqrt((value)[0]), sqrt((value)[1])})
#endif
#define BM_PAIRS(name) name##_generic
#define BM_WIDTH 2
#define BM_TARGET
#include "kernel/pairs_lanes.h"

#include "kernel/cpu.h"

size_t bm_tiles_length(size_t n, size_t d) {
    size_t tiles = n / BM_TILE_COLUMNS + (n % BM_TILE_COLUMNS != 0), length;
    if (__builtin_mul_overflow(tiles, (size_t)BM_TILE_COLUMNS, &length) ||
        __builtin_mul_overflow(length, d, &length))
        return 0;
    return length;
}

void bm_pack_row(const double *row, size_t place, size_t d, double *packed) {
    double *out = packed + place / BM_PACKED * BM_PACKED * d + place % BM_PACKED;
    for (size_t i = 0; i < d; i++)
        out[i * BM_PACKED] = row[i];
}

const bm_pair_kernel bm_pair_kernels[] = {
#if defined(__x86_64__)
    {"avx512", bm_cpu_avx512, bm_tile_distances_avx512, bm_tile_sum_columns_avx512,
     bm_tile_sum_rows_avx512, bm_apart_avx512},
    {"avx2", bm_cpu_avx2, bm_tile_distances_avx2, bm_tile_sum_columns_avx2, bm_tile_sum_rows_avx2,
     bm_apart_avx2},
#endif
    {"generic", bm_cpu_any, bm_tile_distances_generic, bm_tile_sum_columns_generic,
     bm_tile_sum_rows_generic, bm_apart_generic},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

const bm_pair_kernel *bm_pairs_here(void) {
    const bm_pair_kernel *kernel = bm_pair_kernels;
    while (!kernel->runs_here())
        kernel++;
    return kernel;
}
