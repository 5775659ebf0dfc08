/* Which kernels run: the first row of the table that this CPU can. Every choice gives the same
 * bits. */
#include "kernel/distance.h"

#include "kernel/cpu.h"

#include <cblas.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

const bm_kernel bm_kernels[] = {
#if defined(__x86_64__)
    {"avx512", bm_cpu_avx512, bm_distances_avx512},
    {"avx2", bm_cpu_avx2, bm_distances_avx2},
#endif
    {"generic", bm_cpu_any, bm_distances_lanes},
    {NULL, NULL, NULL},
};

static const bm_kernel *choose(void) {
    const bm_kernel *kernel = bm_kernels;
    while (!kernel->runs_here())
        kernel++;
    return kernel;
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

int bm_blas_has_room(void) {
    const size_t buffer = (size_t)144 << 20; /* 128 MiB in Debian's build, and some to go on with */
    void *room = mmap(NULL, buffer, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return room != MAP_FAILED && munmap(room, buffer) == 0;
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
