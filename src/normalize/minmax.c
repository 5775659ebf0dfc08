/* minmax: (x − smallest) / (largest − smallest), so 0 to 1 over the fitted values and straight on
 * beyond them. O(n). One far-off buyer squeezes all others together: see robust. */
#include "normalize/normalizers.h"

static bm_status fit(const double *x, size_t n, size_t stride, const double *weight,
                     bm_scale *scale, bm_error *err) {
    (void)weight;
    double low, high;
    bm_status status = bm_fit_range(x, n, stride, &low, &high, err);
    if (status == BM_OK) {
        scale->center = low;
        scale->scale = high - low;
    }
    return status;
}

const bm_normalizer bm_minmax = {
    .name = "minmax",
    .help = "0 at the smallest value, 1 at the largest",
    .fit = fit,
    .shape = bm_identity,
    .unshape = bm_identity,
};
