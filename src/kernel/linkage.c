/* Kernels of trees over a matrix for any CPU, and the choice between these and faster ones. */
#if defined(__SSE2__)
#include <emmintrin.h>
#define BM_SOME(mask) (_mm_movemask_epi8((__m128i)(mask)) != 0)
#else
#define BM_SOME(mask) (((mask)[0] | (mask)[1]) != 0)
#endif
#define BM_LINKAGE(name) name##_generic
#define BM_WIDTH 2
#define BM_TARGET
#include "kernel/linkage_lanes.h"

#include "kernel/cpu.h"

#define ROW(variant, runs_here)                                                                    \
    {                                                                                              \
#variant, runs_here, bm_larger_##variant, bm_smaller_##variant, bm_mean_##variant,         \
            bm_add_scaled_##variant, bm_find_close_##variant, bm_first_least_##variant,            \
            bm_narrow_##variant, bm_widen_##variant                                                \
    }

const bm_linkage_kernel bm_linkage_kernels[] = {
#if defined(__x86_64__)
    ROW(avx512, bm_cpu_avx512),
    ROW(avx2, bm_cpu_avx2),
#endif
    ROW(generic, bm_cpu_any),
    {NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL},
};

const bm_linkage_kernel *bm_linkage_kernel_here(void) {
    const bm_linkage_kernel *kernel = bm_linkage_kernels;
    while (!kernel->runs_here())
        kernel++;
    return kernel;
}
