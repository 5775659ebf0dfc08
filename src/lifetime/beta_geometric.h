/* Lifetimes in whole periods, of which each is survived with a probability that differs between
 * buyers, beta distributed: BG/BB and sBG are made of them. Share that is left after t periods:
 * S(t) = B(a, b + t) / B(a, b), a of the end, b of going on; a, b > 0. */
#ifndef BM_LIFETIME_BETA_GEOMETRIC_H
#define BM_LIFETIME_BETA_GEOMETRIC_H

#include <stddef.h>

/* log S(t), t >= 0, which need not be whole; right to about 1e-14 of itself, even where S(t) is
 * next to 1. */
double bm_log_beta_ratio(double a, double b, double t);
/* S(1) + … + S(⌊ahead[i]⌋) for each i: a sum of positive terms, for which a = 1 is nothing special.
 * ahead: [count], ascending, >= 0; INFINITY too: what comes out is infinite unless a > 1. Short
 * steps cost their terms, long ones a constant. */
void bm_beta_geometric_sums(double a, double b, const double *ahead, size_t count, double *sums);
/* S(1) exp(−delta) + S(2) exp(−2 delta) + …, delta > 0; right to about 1e-14 at a constant cost,
 * however small delta is. */
double bm_beta_geometric_discounted(double a, double b, double delta);

#endif
