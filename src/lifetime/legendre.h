/* Gauss–Legendre quadrature, and integrals of log-concave functions by it. */
#ifndef BM_LIFETIME_LEGENDRE_H
#define BM_LIFETIME_LEGENDRE_H

#include <stddef.h>

/* Nodes in (0, 1), ascending, and weights, of sum 1. */
typedef struct bm_legendre {
    size_t nodes;
    const double *node, *weight; /* [nodes] */
} bm_legendre;

/* The smallest rule of at least so many nodes: 6, 8, 10 … 24, 32; above, that of 32. */
const bm_legendre *bm_legendre_rule(double nodes);

/* The logarithm of a function at v; its slope there in *slope. */
typedef double bm_log_density(const void *arg, double v, double *slope);

/* log of the integral of exp(f) over (low, high), for f concave with an unbounded fall towards
 * infinite ends and analytic in |Im v| < π, as sums of c·v, −c·log(1 + k·exp(v)) and −c·exp(v) are
 * (c, k > 0). Right to about 1e-13 relative. −INFINITY where low >= high. O(width of the part that
 * counts). */
double bm_log_integral(bm_log_density *f, const void *arg, double low, double high);

#endif
