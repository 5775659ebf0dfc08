/* Small statistics that several stages need, all over finite values; and the start of GSL. */
#ifndef BM_BASE_STATISTICS_H
#define BM_BASE_STATISTICS_H

#include "buyermap/status.h"

#include <stddef.h>

/* Door init of GSL: its error handler, which would abort, is off. Called once by bm_start(). */
void bm_statistics_start(void);
/* "GSL 2.7.1" */
const char *bm_statistics_version(void);

/* Two-pass mean and population standard deviation of n values, stride apart; weight NULL or n. */
void bm_mean_sd(const double *x, size_t stride, const double *weight, size_t n, double *mean,
                double *sd);
/* Quantile p in [0, 1] of ascending values by linear interpolation (type 7); NaN when n = 0. Unlike
 * a weighted sum of neighbours it gives exactly v between two equal values v, on which ties rely.
 */
double bm_quantile(const double *sorted, size_t n, double p);
/* The same at i / parts, whose place among the values is not rounded twice: of n values the
 * quantiles i / (n − 1) are the values themselves. */
double bm_quantile_of(const double *sorted, size_t n, size_t i, size_t parts);
/* Between two finite values, as quantiles are: a at fraction 0, exactly v between v and v. */
double bm_interpolate(double a, double b, double fraction);
/* Sorts ascending. */
void bm_sort(double *x, size_t n);
/* Fills order with 0 … n−1 by ascending x, ties by index. BM_NOMEM. */
bm_status bm_sort_index(const double *x, size_t n, size_t *order, bm_error *err) BM_MUST_CHECK;

#endif
