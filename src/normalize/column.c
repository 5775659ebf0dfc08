/* What the fits of several normalizers share. */
#include "base/memory.h"
#include "base/statistics.h"
#include "normalize/normalizers.h"

#include <math.h>

double bm_identity(const bm_scale *scale, double x) {
    (void)scale;
    return x;
}

static bm_status no_spread(double value, bm_error *err) {
    return bm_fail(
        err, BM_DEGENERATE,
        "all values are %.6g once they are shaped, so it cannot tell buyers apart; leave "
        "it out or choose another normalizer",
        value);
}

static bm_status too_wide(bm_error *err) {
    return bm_fail(err, BM_DATA,
                   "the values are too large or too close together for their spread to be a "
                   "number; give the column in another unit");
}

bm_status bm_fit_range(const double *x, size_t n, size_t stride, double *low, double *high,
                       bm_error *err) {
    double least = x[0], most = x[0];
    for (size_t i = 1; i < n; i++) {
        double value = x[i * stride];
        if (value < least)
            least = value;
        if (value > most)
            most = value;
    }
    *low = least;
    *high = most;
    if (least == most)
        return no_spread(least, err);
    return isfinite(most - least) ? BM_OK : too_wide(err);
}

bm_status bm_fit_mean_sd(const double *x, size_t n, size_t stride, const double *weight,
                         bm_scale *scale, bm_error *err) {
    double mean = NAN, sd = NAN;
    bm_mean_sd(x, stride, weight, n, &mean, &sd);
    /* The mean of equal values can round away from them and leave a spurious spread, so where the
     * spread is small beside the mean the values themselves are asked. */
    if (!(sd > 1e-7 * fabs(mean))) {
        double low, high;
        bm_status status = bm_fit_range(x, n, stride, &low, &high, err);
        if (status != BM_OK)
            return status;
    }
    if (!isfinite(mean) || !isfinite(sd) || !(sd > 0))
        return too_wide(err);
    scale->center = mean;
    scale->scale = sd;
    return BM_OK;
}

bm_status bm_copy_column(const double *x, size_t n, size_t stride, double **copy, bm_error *err) {
    bm_status status = BM_NEW(copy, n, "a copy of a feature's values", err);
    if (status != BM_OK)
        return status;
    for (size_t i = 0; i < n; i++)
        (*copy)[i] = x[i * stride];
    return BM_OK;
}
