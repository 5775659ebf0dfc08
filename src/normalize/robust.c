/* robust: (x − median) / interquartile range, quartiles by linear interpolation (type 7). Outliers
 * move neither. Where half of the values are equal and the range is 0, the values are only centred,
 * as in scikit-learn's RobustScaler, and bm_normalize warns of it. O(n log n) time and n doubles
 * for a sorted copy. Buyer weights do not enter. */
#include "base/statistics.h"
#include "normalize/normalizers.h"

#include <math.h>
#include <stdlib.h>

static bm_status fit(const double *x, size_t n, size_t stride, const double *weight,
                     bm_scale *scale, bm_error *err) {
    (void)weight;
    double *sorted = NULL;
    double low, high;
    bm_status status;
    BM_TRY(bm_fit_range(x, n, stride, &low, &high, err));
    BM_TRY(bm_copy_column(x, n, stride, &sorted, err));
    bm_sort(sorted, n);
    double range = bm_quantile_of(sorted, n, 3, 4) - bm_quantile_of(sorted, n, 1, 4);
    scale->center = bm_quantile_of(sorted, n, 1, 2);
    scale->unscaled = !(range > 0);
    scale->scale = scale->unscaled ? 1 : range;
cleanup:
    free(sorted);
    return status;
}

const bm_normalizer bm_robust = {
    .name = "robust",
    .help = "median 0, interquartile range 1",
    .fit = fit,
    .shape = bm_identity,
    .unshape = bm_identity,
};
