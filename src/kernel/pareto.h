/* Kernels of the Pareto/NBD likelihood: eight patterns at once, a pattern a lane. Raw pointers, no
 * allocation, no errors, no policy. Every variant gives the same bits: lanes do not meet but in how
 * many nodes they take, and exp and log are made of the same additions and multiplications. */
#ifndef BM_KERNEL_PARETO_H
#define BM_KERNEL_PARETO_H

#include <stddef.h>

enum { BM_PARETO_LANES = 8 };

typedef struct bm_pareto_lanes {
    /* Repeat orders, time of the last, time watched: t >= t_x >= 0. */
    double x[BM_PARETO_LANES], t_x[BM_PARETO_LANES], t[BM_PARETO_LANES];
    /* log L but for log (r)_x − x log α, and its derivatives by r (without ψ(r+x) − ψ(r)) and by
     * the logarithms of alpha, s, beta; relative error about 1e-14 of the larger of L and 1. */
    double log_likelihood[BM_PARETO_LANES], by[4][BM_PARETO_LANES];
} bm_pareto_lanes;

/* parameter: r, alpha, s, beta > 0. See lifetime/paretonbd.c for the integral. */
typedef void (*bm_pareto_kernel_fn)(const double *parameter, bm_pareto_lanes *lanes);

/* A kernel that a CPU can run. */
typedef struct bm_pareto_kernel {
    const char *name;
    int (*runs_here)(void);
    bm_pareto_kernel_fn likelihood;
} bm_pareto_kernel;
/* Best first; ends with name NULL. The last row runs anywhere. */
extern const bm_pareto_kernel bm_pareto_kernels[];
/* The best for this CPU. */
const bm_pareto_kernel *bm_pareto_here(void);

void bm_pareto_generic(const double *parameter, bm_pareto_lanes *lanes);
#if defined(__x86_64__)
void bm_pareto_avx2(const double *parameter, bm_pareto_lanes *lanes);
void bm_pareto_avx512(const double *parameter, bm_pareto_lanes *lanes);
#endif

/* Gauss–Legendre nodes for a panel of v over which the integrand falls by exp(−fall): measured, for
 * a relative error of 1e-14 of the integral and of each mean. */
double bm_pareto_nodes(double width, double fall);

#endif
