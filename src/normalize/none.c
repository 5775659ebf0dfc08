/* none: the values as they are. For features that already share a unit. */
#include "normalize/normalizers.h"

static bm_status fit(const double *x, size_t n, size_t stride, const double *weight,
                     bm_scale *scale, bm_error *err) {
    (void)weight;
    double low, high;
    scale->center = 0;
    scale->scale = 1;
    return bm_fit_range(x, n, stride, &low, &high, err);
}

const bm_normalizer bm_none = {
    .name = "none",
    .help = "the values as they are",
    .fit = fit,
    .shape = bm_identity,
    .unshape = bm_identity,
};
