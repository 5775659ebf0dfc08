/* log1p: log(1 + x), followed by zscore. For amounts and counts, where twice as much matters alike
 * at every size. Needs every value above −1. O(n) time, n doubles. */
#include "normalize/normalizers.h"

#include <math.h>
#include <stdlib.h>

static double shape(const bm_scale *scale, double x) {
    (void)scale;
    return log1p(x);
}

static double unshape(const bm_scale *scale, double y) {
    (void)scale;
    return expm1(y);
}

static bm_status fit(const double *x, size_t n, size_t stride, const double *weight,
                     bm_scale *scale, bm_error *err) {
    double *shaped = NULL;
    double low, high;
    bm_status status;
    BM_TRY(bm_fit_range(x, n, stride, &low, &high, err));
    if (low <= -1)
        return bm_fail(err, BM_DATA,
                       "its smallest value is %.6g, and log1p needs values above -1; use "
                       "yeojohnson, which takes any value",
                       low);
    BM_TRY(bm_copy_column(x, n, stride, &shaped, err));
    for (size_t i = 0; i < n; i++)
        shaped[i] = log1p(shaped[i]);
    BM_TRY(bm_fit_mean_sd(shaped, n, 1, weight, scale, err));
cleanup:
    free(shaped);
    return status;
}

const bm_normalizer bm_log1p = {
    .name = "log1p",
    .help = "log(1 + x), then zscore; needs values above -1",
    .fit = fit,
    .shape = shape,
    .unshape = unshape,
};
