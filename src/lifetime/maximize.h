/* The maximum of a smooth function of a few variables, by its gradient. */
#ifndef BM_LIFETIME_MAXIMIZE_H
#define BM_LIFETIME_MAXIMIZE_H

#include "buyermap/status.h"

#include <stddef.h>

enum { BM_MOST_VARIABLES = 4 };

/* Value and gradient at a point; a value of NaN or −INFINITY is below any other. */
typedef bm_status (*bm_objective)(const void *arg, const double *at, double *value,
                                  double *gradient, bm_error *err);

typedef struct bm_maximum {
    double at[BM_MOST_VARIABLES], value, gradient[BM_MOST_VARIABLES];
    /* Minus the Hessian, row-major [variables²], by central differences of the gradient. */
    double curvature[BM_MOST_VARIABLES * BM_MOST_VARIABLES];
    double eigenvalue[BM_MOST_VARIABLES], eigenvector[BM_MOST_VARIABLES][BM_MOST_VARIABLES];
    int at_bound;  /* a variable lies on the box, and the function rises beyond it */
    int converged; /* a Newton step would gain less than `gain` */
    size_t evaluations;
} bm_maximum;

typedef struct bm_maximize_options {
    size_t variables;
    double low, high; /* the box, of each variable */
    double gain;      /* what a step must promise to be worth it */
    size_t most_steps;
} bm_maximize_options;

/* Climbs from maximum->at. given: whether maximum->curvature is a guess to start with (else it is
 * measured). Steps are of Newton's kind with BFGS updates of the curvature, made positive definite,
 * no longer than 1.5 in any variable, halved until the function rises (Nocedal & Wright, Numerical
 * optimization, ch. 3 and 6). BM_NOMEM, or what the objective gives. */
bm_status bm_maximize(bm_objective objective, const void *arg, const bm_maximize_options *options,
                      int given, bm_maximum *maximum, bm_error *err) BM_MUST_CHECK;

/* Inverse of the curvature into covariance [variables²]; 0 when it is not positive definite. */
int bm_invert(const double *curvature, size_t variables, double *covariance);

#endif
