/* When a synthetic buyer buys. Internal to this folder. */
#ifndef BM_GENERATE_PURCHASES_H
#define BM_GENERATE_PURCHASES_H

#include <gsl/gsl_rng.h>
#include <stddef.h>
#include <stdint.h>

/* The days of one buyer's orders under BG/NBD with purchase rate lambda (a week) and dropout
 * probability p, first to `to`, ascending and distinct; days has room for to − first + 1. Gives
 * their number, at least 1. */
size_t bm_purchase_days(gsl_rng *rng, double lambda, double p, int32_t first, int32_t to,
                        int32_t *days);
/* Moves that share of the orders on Saturdays back and of those on Sundays on to a weekday, where
 * that day lies between the orders before and after and within from … to. */
void bm_avoid_weekends(gsl_rng *rng, double share, int32_t from, int32_t to, int32_t *days,
                       size_t count);

#endif
