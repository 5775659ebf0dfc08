/* Which potential kernel runs: the first of the table that this CPU can. */
#include "kernel/potential.h"

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

const bm_potential_kernel bm_potential_kernels[] = {
#if defined(__x86_64__)
    {"avx512", with_avx512, bm_potential_float_avx512, bm_potential_double_avx512},
    {"avx2", with_avx2, bm_potential_float_avx2, bm_potential_double_avx2},
#endif
    {"generic", anywhere, bm_potential_float_generic, bm_potential_double_generic},
    {NULL, NULL, NULL, NULL},
};

const bm_potential_kernel *bm_potential(void) {
    const bm_potential_kernel *kernel = bm_potential_kernels;
    while (!kernel->runs_here())
        kernel++;
    return kernel;
}
