/* Which potential kernel runs: the first of the table that this CPU can. */
#include "kernel/potential.h"

#include "kernel/cpu.h"

const bm_potential_kernel bm_potential_kernels[] = {
#if defined(__x86_64__)
    {"avx512", bm_cpu_avx512_dq, bm_potential_float_avx512, bm_potential_double_avx512},
    {"avx2", bm_cpu_avx2, bm_potential_float_avx2, bm_potential_double_avx2},
#endif
    {"generic", bm_cpu_any, bm_potential_float_generic, bm_potential_double_generic},
    {NULL, NULL, NULL, NULL},
};

const bm_potential_kernel *bm_potential(void) {
    const bm_potential_kernel *kernel = bm_potential_kernels;
    while (!kernel->runs_here())
        kernel++;
    return kernel;
}
