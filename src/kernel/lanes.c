/* Lane kernels for any CPU. */
#define BM_LANES(name) name##_lanes
#define BM_WIDTH 2
#define BM_TARGET
#include "kernel/lanes.h"

size_t bm_packed_length(size_t n, size_t d) {
    size_t rows = n / BM_PACKED + (n % BM_PACKED != 0);
    size_t length;
    if (__builtin_mul_overflow(rows, (size_t)BM_PACKED, &length) ||
        __builtin_mul_overflow(length, d, &length))
        return 0;
    return length;
}

void bm_pack_rows(const double *y, size_t n, size_t d, double *packed) {
    memset(packed, 0, bm_packed_length(n, d) * sizeof *packed);
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < d; i++)
            packed[(j / BM_PACKED * d + i) * BM_PACKED + j % BM_PACKED] = y[j * d + i];
}
