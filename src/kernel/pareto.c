/* Kernels of the Pareto/NBD likelihood for any CPU, and the choice between these and faster ones.
 */
#define BM_PARETO(name) name##_generic
#define BM_WIDTH 2
#define BM_TARGET
#include "kernel/pareto_lanes.h"

#include "kernel/cpu.h"

#include <math.h>

double bm_pareto_nodes(double width, double fall) {
    return fmax(4.5 + 2.75 * sqrt(fall), 6 + 3 * width);
}

const bm_pareto_kernel bm_pareto_kernels[] = {
#if defined(__x86_64__)
    {"avx512", bm_cpu_avx512_dq, bm_pareto_avx512},
    {"avx2", bm_cpu_avx2, bm_pareto_avx2},
#endif
    {"generic", bm_cpu_any, bm_pareto_generic},
    {NULL, NULL, NULL},
};

const bm_pareto_kernel *bm_pareto_here(void) {
    const bm_pareto_kernel *kernel = bm_pareto_kernels;
    while (!kernel->runs_here())
        kernel++;
    return kernel;
}
