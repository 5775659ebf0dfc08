/* Kernels of quality indices for CPUs with AVX-512; pairs.c chooses them only there. */
#if defined(__x86_64__)
#include "kernel/cpu.h"

#include <immintrin.h>
#define BM_ROOT(value) ((lanes)_mm512_sqrt_pd((__m512d)(value)))
#define BM_PAIRS(name) name##_avx512
#define BM_WIDTH 8
#define BM_TARGET BM_COMPILED_FOR(BM_AVX512)
#include "kernel/pairs_lanes.h"
#else
typedef int bm_no_avx512; /* a translation unit must not be empty */
#endif
