/* zscore: (x − mean) / population standard deviation. O(n), two-pass: survives data whose mean is
 * many digits larger than their spread (NIST NumAcc). Buyer weights enter both. */
#include "normalize/normalizers.h"

static bm_status fit(const double *x, size_t n, size_t stride, const double *weight,
                     bm_scale *scale, bm_error *err) {
    return bm_fit_mean_sd(x, n, stride, weight, scale, err);
}

const bm_normalizer bm_zscore = {
    .name = "zscore",
    .help = "mean 0, population standard deviation 1",
    .fit = fit,
    .shape = bm_identity,
    .unshape = bm_identity,
};
