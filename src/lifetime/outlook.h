/* How far ahead a fit is asked, and what its answers add up to. */
#ifndef BM_LIFETIME_OUTLOOK_H
#define BM_LIFETIME_OUTLOOK_H

#include "lifetime/fit.h"

/* The points are the same for all buyers. */
typedef struct bm_outlook {
    const bm_ltv_fit *fit; /* borrowed */
    double horizon, delta; /* units; delta: log of what a unit's discount is */
    double *ahead;         /* [points] ascending, the last one the horizon; none: for ever */
    double *weight;        /* [points] of the orders by then, in the discounted sum */
    size_t points;
} bm_outlook;

/* horizon: > 0, INFINITY for ever (delta > 0 then). in_one: nobody asks for what is discounted.
 * BM_NOMEM. */
bm_status bm_outlook_init(bm_outlook *made, const bm_ltv_fit *fit, double horizon, double delta,
                          int in_one, bm_error *err) BM_MUST_CHECK;
void bm_outlook_free(bm_outlook *made);
/* Of a buyer who is alive: orders within the horizon, and the sum over units i of those in i times
 * exp(−delta (i − 1/2)); for ever, both are what the model's discounted_alive says. orders:
 * [points] scratch. */
void bm_look_ahead(const bm_outlook *at, const bm_history *h, double *orders, double *expected,
                   double *discounted);

#endif
