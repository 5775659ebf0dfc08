/* The rows of the registry, and what their fits share. Internal to this folder. */
#ifndef BM_NORMALIZE_NORMALIZERS_H
#define BM_NORMALIZE_NORMALIZERS_H

#include "buyermap/scaling.h"

extern const bm_normalizer bm_none, bm_zscore, bm_minmax, bm_robust, bm_log1p, bm_yeojohnson,
    bm_quantile_uniform;

/* The shape of normalizers that have none. */
double bm_identity(const bm_scale *scale, double x);

/* Centres on the (weighted) mean and divides by the (weighted) population standard deviation.
 * Two passes. BM_DEGENERATE when all values are equal, BM_DATA when they are too large or too close
 * for doubles to tell their spread. Messages leave out the feature: bm_normalize puts it in. */
bm_status bm_fit_mean_sd(const double *x, size_t n, size_t stride, const double *weight,
                         bm_scale *scale, bm_error *err) BM_MUST_CHECK;
/* Smallest and largest value. BM_DEGENERATE when they are equal, BM_DATA when their difference is
 * no finite number. */
bm_status bm_fit_range(const double *x, size_t n, size_t stride, double *low, double *high,
                       bm_error *err) BM_MUST_CHECK;
/* A contiguous copy of the column, for the caller to free. */
bm_status bm_copy_column(const double *x, size_t n, size_t stride, double **copy,
                         bm_error *err) BM_MUST_CHECK;

#endif
