/* NBD: orders at a gamma-distributed rate, and nobody ever leaves (Ehrenberg 1959). The floor of
 * the models with dropout: where these say no more, there is no sign of dropout in the data.
 * L = (r)_x α^r (α + T)^−(r+x): the density of the times, without x! and powers of T, so that it
 * compares with theirs. */
#include "lifetime/model.h"
#include "lifetime/special.h"

#include <math.h>

enum { R, ALPHA };

static void likelihood(const double *parameter, const bm_history *history, size_t histories,
                       double *log_likelihood, double *gradient) {
    double r = parameter[R], alpha = parameter[ALPHA], ln_alpha = log(alpha);
    double sum = 0, by_r = 0, by_alpha = 0, x = -1, rising = 0, psi = 0;
    for (size_t i = 0; i < histories; i++) {
        const bm_history *h = &history[i];
        if (h->x < x || h->x > x) {
            x = h->x;
            rising = bm_ln_rising(r, x) - x * ln_alpha;
            psi = gradient != NULL ? bm_psi_rising(r, x) : 0;
        }
        double grown = log1p(h->t / alpha);
        sum += h->count * (rising - (r + x) * grown);
        by_r += h->count * r * (psi - grown);
        by_alpha += h->count * (r * h->t - x * alpha) / (alpha + h->t);
    }
    *log_likelihood = sum;
    if (gradient != NULL) {
        gradient[R] = by_r;
        gradient[ALPHA] = by_alpha;
    }
}

static double log_odds_alive(const double *parameter, const bm_history *history) {
    (void)parameter;
    (void)history;
    return INFINITY;
}

static double expected(const double *parameter, double t) {
    return parameter[R] / parameter[ALPHA] * t;
}

static double rate(const double *parameter, const bm_history *history) {
    return (parameter[R] + history->x) / (parameter[ALPHA] + history->t);
}

static void expected_alive(const double *parameter, const bm_history *history, const double *ahead,
                           size_t count, double *orders) {
    for (size_t i = 0; i < count; i++)
        orders[i] = rate(parameter, history) * ahead[i];
}

static double discounted_alive(const double *parameter, const bm_history *history, double delta) {
    return rate(parameter, history) / delta;
}

static double log_silent_alive(const double *parameter, const bm_history *history, double ahead) {
    return -(parameter[R] + history->x) * log1p(ahead / (parameter[ALPHA] + history->t));
}

static double log_pmf(const double *parameter, double t, double x) {
    double r = parameter[R], alpha = parameter[ALPHA];
    if (!(t > 0))
        return x > 0 ? -INFINITY : 0;
    return bm_ln_rising(r, x) - bm_ln_rising(1, x) + x * log(t / alpha) -
           (r + x) * log1p(t / alpha);
}

const bm_ltv_model bm_ltv_nbd = {
    .name = "nbd",
    .help = "orders at gamma rates, no dropout: the floor (Ehrenberg 1959)",
    .kind = BM_LTV_ORDERS,
    .parameters = 2,
    .parameter = {"r", "alpha"},
    .time_power = {0, 1},
    .starts = 2,
    .start = {{0.5, 0.3}, {3, 1}},
    .likelihood = likelihood,
    .log_odds_alive = log_odds_alive,
    .expected = expected,
    .expected_alive = expected_alive,
    .discounted_alive = discounted_alive,
    .log_silent_alive = log_silent_alive,
    .log_pmf = log_pmf,
};
