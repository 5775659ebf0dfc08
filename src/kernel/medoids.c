/* Kernels of k-medoids for any CPU, and the choice between these and faster ones. */
#if defined(__SSE2__)
#include <emmintrin.h>
#define BM_BITS(mask) _mm_movemask_pd((__m128d)(mask))
#else
#define BM_BITS(mask) (((mask)[0] & 1) | ((mask)[1] & 2))
#endif
#define BM_MEDOIDS(name) name##_generic
#define BM_WIDTH 2
#define BM_TARGET
#include "kernel/medoids_lanes.h"

static int anywhere(void) {
    return 1;
}

#if defined(__x86_64__)
static int with_avx2(void) {
    return __builtin_cpu_supports("avx2");
}

static int with_avx512(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq");
}
#endif

const bm_medoid_kernel bm_medoid_kernels[] = {
#if defined(__x86_64__)
    {"avx512", with_avx512, bm_medoid_gain_avx512, bm_medoid_swap_avx512},
    {"avx2", with_avx2, bm_medoid_gain_avx2, bm_medoid_swap_avx2},
#endif
    {"generic", anywhere, bm_medoid_gain_generic, bm_medoid_swap_generic},
    {NULL, NULL, NULL, NULL},
};

/* Asking the CPU costs a load and a test, so there is no state to keep. */
const bm_medoid_kernel *bm_medoids_here(void) {
    const bm_medoid_kernel *kernel = bm_medoid_kernels;
    while (!kernel->runs_here())
        kernel++;
    return kernel;
}
