/* Kernels of trees over a matrix for CPUs with AVX-512; linkage.c chooses them only there. */
#if defined(__x86_64__)
#include "kernel/cpu.h"

#include <immintrin.h>
#define BM_SOME(mask) (_mm512_test_epi64_mask((__m512i)(mask), (__m512i)(mask)) != 0)
#define BM_LINKAGE(name) name##_avx512
#define BM_WIDTH 8
#define BM_TARGET BM_COMPILED_FOR(BM_AVX512)
#include "kernel/linkage_lanes.h"
#else
typedef int bm_no_avx512; /* a translation unit must not be empty */
#endif
