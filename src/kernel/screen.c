/* Which screening kernels there are, and how centroids are packed for them. */
#include "kernel/screen.h"

#include "kernel/distance.h"

#include <float.h>

static const bm_screen_kernel *const kernels[] = {
#if defined(__x86_64__)
    &bm_screen_avx512, &bm_screen_avx2,
#endif
    &bm_screen_generic};

const bm_screen_kernel *bm_screen_kernel_at(size_t index) {
    return index < sizeof kernels / sizeof kernels[0] ? kernels[index] : NULL;
}

const bm_screen_kernel *bm_screen_kernel_here(void) {
    size_t index = 0;
    while (!kernels[index]->runs_here())
        index++;
    return kernels[index];
}

static size_t groups(size_t k) {
    return k / BM_SCREEN_CENTROIDS + (k % BM_SCREEN_CENTROIDS != 0);
}

size_t bm_screen_norms(size_t k) {
    return groups(k) * BM_SCREEN_CENTROIDS;
}

size_t bm_screen_packed(size_t k, size_t d) {
    return bm_screen_norms(k) * d;
}

void bm_screen_prepare(bm_screen *screen, const double *centroid) {
    size_t d = screen->d;
    double reach = 0;
    for (size_t j = 0; j < bm_screen_norms(screen->k); j++) {
        float *packed = screen->packed + j / BM_SCREEN_CENTROIDS * BM_SCREEN_CENTROIDS * d +
                        j % BM_SCREEN_CENTROIDS;
        double norm = 0;
        for (size_t f = 0; f < d; f++) {
            float c = j < screen->k ? (float)(centroid[j * d + f] - (double)screen->origin[f]) : 0;
            packed[f * BM_SCREEN_CENTROIDS] = -2 * c;
            if (screen->plain != NULL && j < screen->k)
                screen->plain[j * d + f] = -2 * c;
            norm += (double)c * (double)c;
        }
        screen->norm[j] = j < screen->k ? (float)norm : FLT_MAX;
        reach = j < screen->k && norm > reach ? norm : reach;
    }
    screen->reach = (float)(reach * (1 + 4 * (double)FLT_EPSILON));
    bm_pack_rows(centroid, screen->k, d, screen->exact);
}
