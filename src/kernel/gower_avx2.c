/* Gower's dissimilarity for CPUs with AVX2; gower.c chooses it only there. */
#if defined(__x86_64__)
#include "kernel/cpu.h"
#define BM_GOWER(name) name##_avx2
#define BM_WIDTH 4
#define BM_TARGET BM_COMPILED_FOR(BM_AVX2)
#include "kernel/gower_lanes.h"
#else
typedef int bm_no_avx2; /* a translation unit must not be empty */
#endif
