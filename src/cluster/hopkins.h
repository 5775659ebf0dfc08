/* Whether buyers crowd together: the Hopkins statistic. */
#ifndef BM_CLUSTER_HOPKINS_H
#define BM_CLUSTER_HOPKINS_H

#include "buyermap/features.h"

#include <stdint.h>

/* Hopkins & Skellam (1954) with the exponent d of Cross & Jain (1982) and Lawson & Jurs (1990):
 * H = Σ u^d / (Σ u^d + Σ w^d). w are the distances of one row in ten (drawn without replacement, at
 * least one) to the nearest other row, u those of as many points, drawn evenly from the box that
 * the principal components span, to the nearest row. 0.5: as even as chance in that box, 1:
 * crowded, near 0: spaced out. NaN for n < 2 and when nothing varies. *cloud is what normal clouds
 * of as many rows with the same covariance have: a single cloud is no box, and in many dimensions
 * its H is near 1, too. (Of five clouds the mean logarithm of H / (1 − H), as an H.) Rows count
 * once whatever their weight. Seeded. O(n² d) time. */
bm_status bm_hopkins(const bm_features *sample, uint64_t seed, double *hopkins, double *cloud,
                     bm_error *err) BM_MUST_CHECK;

#endif
