/* Kernels of k-medoids for CPUs with AVX-512; medoids.c chooses them only there. */
#if defined(__x86_64__)
#include "kernel/cpu.h"

#define BM_MEDOIDS(name) name##_avx512
#define BM_WIDTH 8
#define BM_TARGET BM_COMPILED_FOR(BM_AVX512_DQ)
#include "kernel/medoids_lanes.h"
#else
typedef int bm_no_avx512; /* a translation unit must not be empty */
#endif
