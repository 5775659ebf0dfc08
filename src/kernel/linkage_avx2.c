/* Kernels of trees over a matrix for CPUs with AVX2; linkage.c chooses them only there. */
#if defined(__x86_64__)
#include "kernel/cpu.h"

#include <immintrin.h>
#define BM_SOME(mask) (!_mm256_testz_si256((__m256i)(mask), (__m256i)(mask)))
#define BM_LINKAGE(name) name##_avx2
#define BM_WIDTH 4
#define BM_TARGET BM_COMPILED_FOR(BM_AVX2)
#include "kernel/linkage_lanes.h"
#else
typedef int bm_no_avx2; /* a translation unit must not be empty */
#endif
