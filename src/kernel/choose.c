/* Which kernels run: the first row of the table that this CPU can. The GEMM kernel is not among
 * them: for the few centroids and features of a market map its products are too thin to pay (five
 * times slower than a lane kernel at k = 8, d = 16), and lane kernels need no second look at
 * near-ties. It is kept for wide data on CPUs without AVX-512, where it wins past k = 32, d = 64.
 */
#include "kernel/distance.h"

#include <cblas.h>

static int anywhere(void) {
    return 1;
}

#if defined(__x86_64__)
static int with_avx2(void) {
    return __builtin_cpu_supports("avx2");
}

static int with_avx512(void) {
    return __builtin_cpu_supports("avx512f");
}
#endif

const bm_kernel bm_kernels[] = {
#if defined(__x86_64__)
    {"avx512", with_avx512, bm_nearest_avx512, bm_distances_avx512},
    {"avx2", with_avx2, bm_nearest_avx2, bm_distances_avx2},
#endif
    {"generic", anywhere, bm_nearest_lanes, bm_distances_lanes},
    {NULL, NULL, NULL, NULL},
};

static const bm_kernel *choose(void) {
    const bm_kernel *kernel = bm_kernels;
    while (!kernel->runs_here())
        kernel++;
    return kernel;
}

/* Asking the CPU costs a load and a test, so there is no state to keep. */
bm_nearest_kernel bm_nearest(void) {
    return choose()->nearest;
}

bm_distances_kernel bm_distances(void) {
    return choose()->distances;
}

const char *bm_kernel_name(void) {
    return choose()->name;
}

void bm_kernel_start(void) {
    openblas_set_num_threads(1);
}
