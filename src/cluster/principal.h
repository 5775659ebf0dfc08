/* Principal components. */
#ifndef BM_CLUSTER_PRINCIPAL_H
#define BM_CLUSTER_PRINCIPAL_H

#include "buyermap/features.h"

/* scores [n × d]: the rows, centred, on the eigenvectors of their covariance matrix, largest
 * eigenvalue first; distances between rows are kept. The sign of a component makes its largest
 * entry positive (the first of several). Rows count once whatever their weight. The
 * values' squares fit (bm_squares_fit). O(n d² + d³) time,
 * O(d²) memory. */
bm_status bm_principal_scores(const bm_features *features, double *scores,
                              bm_error *err) BM_MUST_CHECK;

#endif
