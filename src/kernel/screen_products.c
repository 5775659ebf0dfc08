/* Screening by products of matrices: all −2 x̂·ĉ of a block at once through cblas, then the two
 * smallest of each row. The bounds of screen.h hold for sums in any order. O(n k d). */
#include "kernel/screen.h"

#include <cblas.h>
#include <float.h>
#include <math.h>

/* Measured beside the portable kernel with what OpenBLAS has for CPUs of its kind (SSE): from 256
 * features and centroids on products are 1.07 to 1.19 times as fast, below that slower. Kernels
 * with AVX2 or AVX-512 are as fast as OpenBLAS' own, or twice as fast, at every size. */
enum { LEAST_FEATURES = 256, LEAST_CENTROIDS = 256 };

int bm_screen_wants_products(const bm_screen_kernel *kernel, size_t d, size_t k) {
    return kernel == &bm_screen_generic && d >= LEAST_FEATURES && k >= LEAST_CENTROIDS;
}

void bm_screen_products(const bm_screen *screen, const bm_screen_block *block, bm_screened *out) {
    enum { ROWS = BM_SCREEN_ROWS };
    int d = (int)screen->d, k = (int)screen->k;
    float best[ROWS], second[ROWS], slack = 2 * (2 * (float)d + 12) * (FLT_EPSILON / 2);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, k, ROWS, d, 1, screen->plain, d,
                block->turned, ROWS, 0, block->products, ROWS);
    for (int r = 0; r < ROWS; r++) {
        best[r] = second[r] = INFINITY;
        out->label[r] = 0;
    }
    for (int j = 0; j < k; j++) {
        const float *product = block->products + (size_t)j * ROWS;
        float norm = screen->norm[j];
        for (int r = 0; r < ROWS; r++) {
            float s = norm + product[r], larger = s > best[r] ? s : best[r];
            second[r] = larger < second[r] ? larger : second[r];
            out->label[r] = s < best[r] ? j : out->label[r];
            best[r] = s < best[r] ? s : best[r];
        }
    }
    for (int r = 0; r < ROWS; r++) {
        float size = block->norm[r] + screen->reach, error = size * slack + 1e-36F;
        float near = block->norm[r] + best[r] + error, far = block->norm[r] + second[r] - error;
        near = sqrtf(near > 0 ? near : 0);
        far = sqrtf(far > 0 ? far : 0);
        out->gap[r] = size < 1e37F ? far * BM_SCREEN_DOWN - near * BM_SCREEN_UP : 0;
    }
}
