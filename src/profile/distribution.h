/* How the values of one column are distributed. */
#ifndef BM_PROFILE_DISTRIBUTION_H
#define BM_PROFILE_DISTRIBUTION_H

#include "buyermap/status.h"

#include <stddef.h>
#include <stdint.h>

enum { BM_QUANTILES = 7 };
/* 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99 */
extern const double bm_quantile_shares[BM_QUANTILES];
/* Where the quartiles stand among them. */
enum { BM_QUARTILE_1 = 2, BM_MEDIAN = 3, BM_QUARTILE_3 = 4 };

typedef struct bm_distribution {
    size_t n;                      /* values that are there */
    size_t distinct;               /* of which so many differ; -0.0 is 0.0 */
    double minimum, maximum, mean; /* NaN when n = 0 */
    double quantile[BM_QUANTILES]; /* type 7 */
    size_t outliers; /* beyond 1.5 interquartile ranges from the quartiles (Tukey 1977) */
} bm_distribution;

/* Of rows numbers, NaN where missing. All figures are exact but the mean, whose sum is compensated
 * in an order of its own, so that it is the same on every machine. Rearranges x, which holds no
 * numbers any more afterwards. Expected O(rows); at most `memory` bytes beside the column, but
 * 1 MiB in any case. BM_NOMEM. */
bm_status bm_distribution_of_numbers(double *x, size_t rows, size_t memory, bm_distribution *out,
                                     bm_error *err) BM_MUST_CHECK;

/* The same of times, BM_NO_DATE where missing: how many differ, the earliest and the latest.
 * Rearranges them likewise. */
bm_status bm_distribution_of_times(int64_t *when, size_t rows, size_t *distinct, int64_t *earliest,
                                   int64_t *latest, bm_error *err) BM_MUST_CHECK;

#endif
