/* Nearest centroid by matrix multiplication: s_j = ‖c_j‖² − 2 x·c_j, the squared distance less
 * ‖x‖², with the products of a block of rows from one dgemm. O(n k d) time; scratch of one block of
 * products and k norms.
 *
 * The expansion cancels, so s only screens. Let u = 2⁻⁵³ and r_j be bm_squared_distance(x, c_j) as
 * computed. A sum of d products in any order, fused or not, errs by at most γ_d Σ|a_i b_i| with
 * γ_d = d u / (1 − d u) (Higham 2002, §3.1), hence
 *     |s_j + ‖x‖² − ‖x − c_j‖²| <= 2 γ_{d+3} (‖x‖² + ‖c_j‖²)  and
 *     |r_j − ‖x − c_j‖²| <= γ_{d+2} ‖x − c_j‖² <= 2 γ_{d+2} (‖x‖² + ‖c_j‖²).
 * With E = 8 (d + 4) u (‖x‖² + max ‖c‖²), twice the sum of both, |s_j + ‖x‖² − r_j| <= E also with
 * the norms as computed; the smallest normal number times d + 4 covers underflow. Let m have the
 * least s and w be the reference's answer: s_w <= r_w − ‖x‖² + E <= r_m − ‖x‖² + E <= s_m + 2E. So
 * the answer and all that tie with it are among the j with s_j <= s_m + 2E, and those are
 * recomputed exactly. The minimum of s needs no clamp at 0: only differences of s count. Rows whose
 * norms overflow go to the reference kernel. */
#include "kernel/distance.h"

#include <cblas.h>
#include <float.h>
#include <math.h>

enum { BLOCK_ROWS = 256, BLOCK_PRODUCTS = 1 << 16, LEAST_ROWS = 16 };

/* Rows of a block: as many as keep the products in the second-level cache. */
static size_t block_rows(size_t k) {
    size_t rows = BLOCK_PRODUCTS / (k > 0 ? k : 1);
    if (rows > BLOCK_ROWS)
        rows = BLOCK_ROWS;
    return rows < LEAST_ROWS ? LEAST_ROWS : rows;
}

size_t bm_nearest_scratch(size_t n, size_t k) {
    size_t rows = block_rows(k);
    if (rows > n)
        rows = n;
    size_t least = BM_LANE_ROWS * k; /* the sums of a block of the widest lane kernel */
    size_t need = rows * k + k;
    return (need < least ? least : need) + 1;
}

static double squared_norm(const double *a, size_t d) {
    double sum = 0;
    for (size_t i = 0; i < d; i++)
        sum += a[i] * a[i];
    return sum;
}

/* One row: product[j] = −2 x·c_j on entry, norm[j] = ‖c_j‖². */
static void screen(const double *x, size_t d, const double *c, size_t k, const double *norm,
                   double greatest, double *product, int32_t *label, double *distance) {
    double own = squared_norm(x, d);
    double least = INFINITY;
    for (size_t j = 0; j < k; j++) {
        product[j] += norm[j];
        least = product[j] < least ? product[j] : least;
    }
    double unit = (double)(d + 4);
    double near = least + 2 * (4 * DBL_EPSILON * unit * (own + greatest) + unit * DBL_MIN);
    if (!(fabs(near) <= DBL_MAX / 8 && own + greatest <= DBL_MAX / 8)) {
        bm_nearest_reference(x, 1, d, c, k, label, distance, NULL);
        return;
    }
    size_t nearest = 0;
    double exact = INFINITY;
    for (size_t j = 0; j < k; j++) {
        if (product[j] > near)
            continue;
        double candidate = bm_squared_distance(x, c + j * d, d);
        if (candidate < exact) {
            exact = candidate;
            nearest = j;
        }
    }
    *label = (int32_t)nearest;
    *distance = exact;
}

void bm_nearest_gemm(const double *x, size_t n, size_t d, const double *c, size_t k, int32_t *label,
                     double *distance, double *scratch) {
    double *norm = scratch;
    double *product = scratch + k;
    double greatest = 0;
    for (size_t j = 0; j < k; j++) {
        norm[j] = squared_norm(c + j * d, d);
        greatest = norm[j] > greatest ? norm[j] : greatest;
    }
    if (!(greatest <= DBL_MAX / 8)) {
        bm_nearest_reference(x, n, d, c, k, label, distance, scratch);
        return;
    }
    size_t rows = block_rows(k);
    for (size_t first = 0; first < n; first += rows) {
        size_t count = n - first < rows ? n - first : rows;
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)count, (int)k, (int)d, -2.0,
                    x + first * d, (int)d, c, (int)d, 0.0, product, (int)k);
        for (size_t i = 0; i < count; i++)
            screen(x + (first + i) * d, d, c, k, norm, greatest, product + i * k, label + first + i,
                   distance + first + i);
    }
}
