/* What BG/NBD (Fader, Hardie & Lee 2005, "Counting your customers" the easy way, Marketing Science
 * 24) and MBG/NBD (Batislam, Denizel & Filiztekin 2007, Empirical validation and comparison of
 * models for customer base analysis) share. With y dropouts survived — x, or x + 1 where one is
 * drawn at time 0 — the likelihood is
 *   (r)_x α^r (b)_y / (a + b)_y [ (α + T)^−(r+x) + (y > 0) a / (b + y − 1) (α + t_x)^−(r+x) ],
 * the second branch being those who left at t_x. Given alive, the rate is Gamma(r + x, α + T) and
 * the dropout probability Beta(a, b + y), independent: hence all predictions. O(1) a history. */
#include "lifetime/dropout.h"

#include "lifetime/special.h"

#include <gsl/gsl_sf_gamma.h>
#include <math.h>

enum { R, ALPHA, A, B };

/* What depends on x alone. */
typedef struct of_x {
    double x, ln_factor;     /* log of (r)_x α^r (b)_y / (a + b)_y */
    double ln_left;          /* log(a / (b + y − 1)); −INFINITY for y = 0 */
    double by_r, by_a, by_b; /* derivatives of ln_factor by the parameters */
    double left_by_b;        /* derivative of ln_left by log b */
} of_x;

static of_x prepare(int draws, const double *parameter, double x, int with_gradient) {
    double r = parameter[R], a = parameter[A], b = parameter[B], y = x + draws;
    of_x made = {.x = x, .ln_left = -INFINITY};
    made.ln_factor = bm_ln_rising(r, x) + r * log(parameter[ALPHA]) + bm_ln_rising(b, y) -
                     bm_ln_rising(a + b, y);
    if (y > 0) {
        made.ln_left = log(a / (b + y - 1));
        made.left_by_b = -b / (b + y - 1);
    }
    if (with_gradient) {
        double of_both = bm_psi_rising(a + b, y);
        made.by_r = bm_psi_rising(r, x) + log(parameter[ALPHA]);
        made.by_a = -of_both;
        made.by_b = bm_psi_rising(b, y) - of_both;
    }
    return made;
}

void bm_dropout_likelihood(int draws, const double *parameter, const bm_history *history,
                           size_t histories, double *log_likelihood, double *gradient) {
    double r = parameter[R], alpha = parameter[ALPHA], a = parameter[A], b = parameter[B];
    double sum = 0, by[4] = {0};
    of_x now = {.x = -1};
    for (size_t i = 0; i < histories; i++) {
        const bm_history *h = &history[i];
        if (h->x < now.x || h->x > now.x)
            now = prepare(draws, parameter, h->x, gradient != NULL);
        double shape = r + h->x, ln_t = log(alpha + h->t), ln_t_x = log(alpha + h->t_x);
        double alive = -shape * ln_t, left = now.ln_left - shape * ln_t_x;
        double both = bm_log_add(alive, left);
        sum += h->count * (now.ln_factor + both);
        if (gradient == NULL)
            continue;
        double share = exp(left - both), rest = 1 - share; /* of those who left */
        by[R] += h->count * r * (now.by_r - rest * ln_t - share * ln_t_x);
        /* r − (r + x) α / (α + t) without its cancellation where r is large */
        by[ALPHA] += h->count * (rest * (r * h->t - h->x * alpha) / (alpha + h->t) +
                                 share * (r * h->t_x - h->x * alpha) / (alpha + h->t_x));
        by[A] += h->count * (a * now.by_a + share);
        by[B] += h->count * (b * now.by_b + share * now.left_by_b);
    }
    *log_likelihood = sum;
    for (int i = 0; gradient != NULL && i < 4; i++)
        gradient[i] = by[i];
}

double bm_dropout_log_odds(int draws, const double *parameter, const bm_history *history) {
    double alpha = parameter[ALPHA], y = history->x + draws;
    if (!(y > 0))
        return INFINITY;
    double silence = log1p((history->t - history->t_x) / (alpha + history->t_x));
    return log((parameter[B] + y - 1) / parameter[A]) - (parameter[R] + history->x) * silence;
}

double bm_dropout_expected(int draws, const double *parameter, double t) {
    double a = parameter[A], b = parameter[B], stays = draws > 0 ? b / (a + b) : 1;
    return stays * bm_orders_until_dropout(a, b + draws, parameter[R], t / parameter[ALPHA]);
}

void bm_dropout_expected_alive(int draws, const double *parameter, const bm_history *history,
                               const double *ahead, size_t count, double *orders) {
    double b = parameter[B] + history->x + draws, scale = parameter[ALPHA] + history->t;
    for (size_t i = 0; i < count; i++)
        orders[i] =
            bm_orders_until_dropout(parameter[A], b, parameter[R] + history->x, ahead[i] / scale);
}

double bm_dropout_discounted(int draws, const double *parameter, const bm_history *history,
                             double delta) {
    return bm_discounted_until_dropout(parameter[A], parameter[B] + history->x + draws,
                                       parameter[R] + history->x,
                                       delta * (parameter[ALPHA] + history->t));
}

/* Dropout comes after orders only. */
double bm_dropout_log_silent(const double *parameter, const bm_history *history, double ahead) {
    return -(parameter[R] + history->x) * log1p(ahead / (parameter[ALPHA] + history->t));
}

double bm_dropout_log_pmf(int draws, const double *parameter, double t, double x) {
    double r = parameter[R], alpha = parameter[ALPHA], y = x + draws;
    of_x of = prepare(draws, parameter, x, 0);
    /* N orders would have come without dropout: N = x and stayed, or N >= x and left after x. */
    double ln_stay = of.ln_factor - r * log(alpha);
    double exactly = x * log(t) - (r + x) * log(alpha + t) + r * log(alpha) - bm_ln_rising(1, x);
    if (!(t > 0))
        exactly = x > 0 ? -INFINITY : 0;
    gsl_sf_result at_least = {1, 0};
    if (x > 0 && gsl_sf_beta_inc_e(x, r, t / (alpha + t), &at_least) != 0)
        at_least.val = at_least.val > 0 ? at_least.val : 0;
    /* (r)_x belongs to the exact count alone. */
    double ln_betas = ln_stay - bm_ln_rising(r, x);
    double left = y > 0 ? ln_betas + of.ln_left + log(at_least.val) : -INFINITY;
    return bm_log_add(ln_stay + exactly, left);
}
