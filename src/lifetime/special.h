/* Special functions that the lifetime models share, right to about 1e-13 where differences of
 * logarithms of the gamma function would cancel. Re-entrant, unlike lgamma(). */
#ifndef BM_LIFETIME_SPECIAL_H
#define BM_LIFETIME_SPECIAL_H

/* log(Γ(a + x) / Γ(a)) for a > 0, x >= 0; x need not be whole. */
double bm_ln_rising(double a, double x);
/* Its derivative by a: ψ(a + x) − ψ(a). */
double bm_psi_rising(double a, double x);
/* ψ(a), a > 0. */
double bm_psi(double a);
/* log(exp(a) + exp(b)) */
double bm_log_add(double a, double b);

/* Expected orders within `ahead` of a buyer who orders at rate λ ~ Gamma(n, rate 1) (time in units
 * of 1 / rate) and leaves after an order with probability p ~ Beta(a, b):
 * E[(1 − exp(−λ p ahead)) / p]. BG/NBD and MBG/NBD are made of it (Fader, Hardie & Lee 2005;
 * Batislam, Denizel & Filiztekin 2007). a, b, n > 0. */
double bm_orders_until_dropout(double a, double b, double n, double ahead);
/* The same for ever, discounted by exp(−delta u): E[λ / (λ p + delta)], delta > 0 in the same time.
 */
double bm_discounted_until_dropout(double a, double b, double n, double delta);

#endif
