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

static int anywhere(void) {
    return 1;
}

#if defined(__x86_64__)
static int with_avx2(void) {
    return __builtin_cpu_supports("avx2");
}

static int with_avx512(void) {
    return __builtin_cpu_supports("avx512f");
}
#endif

const bm_pair_kernel bm_pair_kernels[] = {
#if defined(__x86_64__)
    {"avx512", with_avx512, bm_tile_distances_avx512, bm_tile_sum_columns_avx512,
     bm_tile_sum_rows_avx512, bm_apart_avx512},
    {"avx2", with_avx2, bm_tile_distances_avx2, bm_tile_sum_columns_avx2, bm_tile_sum_rows_avx2,
     bm_apart_avx2},
#endif
    {"generic", anywhere, bm_tile_distances_generic, bm_tile_sum_columns_generic,
     bm_tile_sum_rows_generic, bm_apart_generic},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

/* Asking the CPU costs a load and a test, so there is no state to keep. */
const bm_pair_kernel *bm_pairs_here(void) {
    const bm_pair_kernel *kernel = bm_pair_kernels;
    while (!kernel->runs_here())
        kernel++;
    return kernel;
}
