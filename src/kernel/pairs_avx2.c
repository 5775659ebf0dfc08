/* Kernels of quality indices for CPUs with AVX2; pairs.c chooses them only there. */
#if defined(__x86_64__)
#include "kernel/cpu.h"

#include <immintrin.h>
#define BM_ROOT(value) ((lanes)_mm256_sqrt_pd((__m256d)(value)))
#define BM_PAIRS(name) name##_avx2
#define BM_WIDTH 4
#define BM_TARGET BM_COMPILED_FOR(BM_AVX2)
#include "kernel/pairs_lanes.h"
#else
typedef int bm_no_avx2; /* a translation unit must not be empty */
#endif
