/* Kernels of k-medoids for any CPU, and the choice between these and faster ones. */
#define BM_MEDOIDS(name) name##_generic
#define BM_WIDTH 2
#define BM_TARGET
#include "kernel/medoids_lanes.h"

#include "kernel/cpu.h"

const bm_medoid_kernel bm_medoid_kernels[] = {
#if defined(__x86_64__)
    {"avx512", bm_cpu_avx512_dq, bm_medoid_gain_avx512, bm_medoid_swap_avx512},
    {"avx2", bm_cpu_avx2, bm_medoid_gain_avx2, bm_medoid_swap_avx2},
#endif
    {"generic", bm_cpu_any, bm_medoid_gain_generic, bm_medoid_swap_generic},
    {NULL, NULL, NULL, NULL},
};

const bm_medoid_kernel *bm_medoids_here(void) {
    const bm_medoid_kernel *kernel = bm_medoid_kernels;
    while (!kernel->runs_here())
        kernel++;
    return kernel;
}
