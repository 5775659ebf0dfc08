/* Which kernels run. Lane kernels: the first row of the table that this CPU can. Products of
 * matrices are too thin to pay for the few centroids and features of most maps (five times slower
 * than a lane kernel at k = 8, d = 16), and need a second look at near-ties; on CPUs without
 * AVX-512 they win from d = 64 and k = 32 on. Every choice gives the same bits. */
#include "kernel/distance.h"

#include <cblas.h>
#include <stdio.h>
#include <string.h>

enum { GEMM_FEATURES = 64, GEMM_CENTROIDS = 32 };

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
    {"avx512", with_avx512, bm_nearest_avx512, bm_distances_avx512, 1},
    {"avx2", with_avx2, bm_nearest_avx2, bm_distances_avx2, 0},
#endif
    {"generic", anywhere, bm_nearest_lanes, bm_distances_lanes, 0},
    {NULL, NULL, NULL, NULL, 0},
};

static const bm_kernel *choose(void) {
    const bm_kernel *kernel = bm_kernels;
    while (!kernel->runs_here())
        kernel++;
    return kernel;
}

/* Asking the CPU costs a load and a test, so there is no state to keep. */
bm_nearest_kernel bm_nearest(size_t d, size_t k) {
    const bm_kernel *lanes = choose();
    return !lanes->outruns_gemm && d >= GEMM_FEATURES && k >= GEMM_CENTROIDS ? bm_nearest_gemm
                                                                             : lanes->nearest;
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

/* "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH …": the first two words. */
void bm_blas_version(char *version, size_t room) {
    const char *built[] = {"sequential", "pthread", "openmp"};
    const char *config = openblas_get_config();
    int parallel = openblas_get_parallel();
    size_t length = strcspn(config, " ");
    length += length < strlen(config) ? 1 + strcspn(config + length + 1, " ") : 0;
    snprintf(version, room, "%.*s %s", (int)length, config,
             parallel >= 0 && parallel < 3 ? built[parallel] : "");
}
