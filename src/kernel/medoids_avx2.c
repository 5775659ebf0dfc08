/* Kernels of k-medoids for CPUs with AVX2; medoids.c chooses them only there. */
#if defined(__x86_64__)
#include "kernel/cpu.h"

#define BM_MEDOIDS(name) name##_avx2
#define BM_WIDTH 4
#define BM_TARGET BM_COMPILED_FOR(BM_AVX2)
#include "kernel/medoids_lanes.h"
#else
typedef int bm_no_avx2; /* a translation unit must not be empty */
#endif
