/* Integrals of log-concave functions. */
#ifndef BM_LIFETIME_LOG_INTEGRAL_H
#define BM_LIFETIME_LOG_INTEGRAL_H

/* The logarithm of a function at v; its slope there in *slope. */
typedef double bm_log_density(const void *arg, double v, double *slope);

/* log of the integral of exp(f) over (low, high), for f concave with an unbounded fall towards
 * infinite ends and analytic in |Im v| < π, as sums of c·v, −c·log(1 + k·exp(v)) and −c·exp(v) are
 * (c, k > 0). Right to about 1e-13 relative. −INFINITY where low >= high. O(width of the part that
 * counts). */
double bm_log_integral(bm_log_density *f, const void *arg, double low, double high);

#endif
