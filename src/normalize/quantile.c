/* quantile: each value's rank, from 0 to 1, as scikit-learn's QuantileTransformer to a uniform
 * distribution: up to 1000 quantiles (type 7) of all values, linear interpolation between them.
 * A value that fills several quantiles gets the middle of its ranks (the mean of interpolating
 * forwards and backwards), but the smallest value stays 0 and the largest 1. Values outside the
 * fitted ones are clamped. O(n log n) to fit, O(log 1000) a value. Buyer weights do not enter. */
#include "base/memory.h"
#include "base/statistics.h"
#include "normalize/normalizers.h"

#include <stdlib.h>

enum { MAX_QUANTILES = 1000 };

/* How many of q ascending values are <= x (or, strictly, < x). */
static size_t count_below(const double *quantile, size_t q, double x, int strictly) {
    size_t low = 0, high = q;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (quantile[middle] < x || (!strictly && quantile[middle] == x))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static double shape(const bm_scale *scale, double x) {
    const double *quantile = scale->quantile;
    size_t q = scale->quantiles;
    if (x <= quantile[0])
        return 0;
    if (x >= quantile[q - 1])
        return 1;
    double last = (double)(q - 1);
    size_t less = count_below(quantile, q, x, 1), through = count_below(quantile, q, x, 0);
    if (through > less) /* quantiles less … through − 1 equal x */
        return 0.5 * ((double)less + (double)(through - 1)) / last;
    double part = (x - quantile[less - 1]) / (quantile[less] - quantile[less - 1]);
    return ((double)(less - 1) + part) / last;
}

static double unshape(const bm_scale *scale, double y) {
    const double *quantile = scale->quantile;
    size_t q = scale->quantiles;
    if (!(y > 0))
        return quantile[0];
    if (y >= 1)
        return quantile[q - 1];
    return bm_quantile(quantile, q, y);
}

static bm_status fit(const double *x, size_t n, size_t stride, const double *weight,
                     bm_scale *scale, bm_error *err) {
    (void)weight;
    double *sorted = NULL;
    double low, high;
    size_t q = n < MAX_QUANTILES ? n : MAX_QUANTILES;
    bm_status status;
    BM_TRY(bm_fit_range(x, n, stride, &low, &high, err));
    BM_TRY(bm_copy_column(x, n, stride, &sorted, err));
    BM_TRY(BM_NEW(&scale->quantile, q, "quantiles", err));
    bm_sort(sorted, n);
    for (size_t i = 0; i < q; i++) {
        double value = bm_quantile_of(sorted, n, i, q - 1);
        /* Interpolation may round past its neighbour; the map must not turn back. */
        scale->quantile[i] =
            i > 0 && value < scale->quantile[i - 1] ? scale->quantile[i - 1] : value;
    }
    scale->quantiles = q;
    scale->center = 0;
    scale->scale = 1;
cleanup:
    free(sorted);
    return status;
}

const bm_normalizer bm_quantile_uniform = {
    .name = "quantile",
    .help = "the value's rank among all buyers, 0 to 1",
    .fit = fit,
    .shape = shape,
    .unshape = unshape,
};
