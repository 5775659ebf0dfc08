/* bm_scaling: how each feature was normalized, so that centroids can be told in the buyers' own
 * units and new buyers can be put into the same space. And the extension point: a normalizer. */
#ifndef BUYERMAP_SCALING_H
#define BUYERMAP_SCALING_H

#include "buyermap/features.h"
#include "buyermap/status.h"

#include <stddef.h>

typedef struct bm_normalizer bm_normalizer;

/* One feature's fitted transform: z = sqrt(weight) × (g(x) − center) / scale, where g is the
 * normalizer's shape (log1p, Yeo–Johnson with lambda, the quantile map, or the identity). */
typedef struct bm_scale {
    const bm_normalizer *normalizer;
    double lambda; /* Yeo–Johnson; NaN elsewhere */
    double center;
    double scale; /* > 0 */
    int unscaled; /* 1: its spread is 0 though it varies, so scale is 1 */
    double weight;
    double *quantile; /* owned, [quantiles] ascending; NULL but for the quantile normalizer */
    size_t quantiles;
} bm_scale;

typedef struct bm_scaling {
    size_t d;
    bm_scale *feature; /* [d] */
} bm_scaling;

/* A normalizer is one file and one row in normalize/registry.c. */
struct bm_normalizer {
    const char *name; /* "zscore" */
    const char *help; /* one line */
    /* Fits one column: n finite values, stride apart, weight NULL or n. Sets lambda, center, scale
     * and quantile; the caller has set normalizer and weight. */
    bm_status (*fit)(const double *x, size_t n, size_t stride, const double *weight,
                     bm_scale *scale, bm_error *err);
    /* The shape and its inverse, without centre, scale and weight. */
    double (*shape)(const bm_scale *scale, double x);
    double (*unshape)(const bm_scale *scale, double y);
};

/* z of one value, and back. */
double bm_scale_apply(const bm_scale *scale, double x);
double bm_scale_invert(const bm_scale *scale, double z);
void bm_scaling_free(bm_scaling *scaling);

#endif
