/* BG/BB: at each of n opportunities a buyer who is still there orders with probability
 * p ~ Beta(alpha, beta), and leaves before it for good with probability θ ~ Beta(gamma, delta)
 * (Fader, Hardie & Shang 2010, Marketing Science 29(6)). t is the number of opportunities so far,
 * t_x the last one with an order: all whole, whatever the unit, and never scaled.
 *
 * Likelihood (eq. 5): of being there after all n, A, and of having left after opportunity j, g(j)
 * for j = t_x … n − 1. g depends on x and j only, so that histories of the same x and n share one
 * walk down from n, kept as multiples of A: positive terms by recurrence, rescaled by powers of
 * two. Their derivatives relative to A are sums of inverses, which grow along.
 * O(n) for each pair (x, n) and O(1) a history; no memory. */
#include "lifetime/beta_geometric.h"
#include "lifetime/model.h"
#include "lifetime/special.h"

#include <math.h>

enum { ALPHA, BETA, GAMMA, DELTA };

#define TOO_LARGE 0x1p+800
static const double LN_TOO_LARGE = 554.51774444795624753378569716654; /* 800 log 2 */

/* The chances of having left after opportunity j or later, over that of being there after n. */
typedef struct walk {
    const double *parameter;
    double x, n, j;
    double term, sum; /* g(j), g(j) + … + g(n − 1) */
    double scales;    /* term and sum are this often divided by TOO_LARGE */
    /* Derivatives of log(g(j) / A) by the parameters, and their sum weighted by g. */
    double by[4], weighted[4];
} walk;

static walk walk_from(const double *parameter, double x, double n) {
    return (walk){.parameter = parameter, .x = x, .n = n, .j = n};
}

/* Goes from j to j − 1, without derivatives. */
static void step_down(walk *w) {
    const double *p = w->parameter;
    double j = --w->j;
    if (w->sum > 0)
        w->term *= (p[ALPHA] + p[BETA] + j) / (p[BETA] + (j - w->x)) *
                   ((p[GAMMA] + p[DELTA] + j + 1) / (p[DELTA] + j));
    else
        w->term = (p[ALPHA] + p[BETA] + j) / (p[BETA] + (j - w->x)) * (p[GAMMA] / (p[DELTA] + j));
    w->sum += w->term;
    if (w->sum > TOO_LARGE) {
        w->term /= TOO_LARGE;
        w->sum /= TOO_LARGE;
        for (size_t k = 0; k < 4; k++)
            w->weighted[k] /= TOO_LARGE;
        w->scales++;
    }
}

/* What the derivatives have become at j, after step_down. */
static void weigh(walk *w) {
    const double *p = w->parameter;
    double order = 1 / (p[ALPHA] + p[BETA] + w->j), none = 1 / (p[BETA] + (w->j - w->x));
    double stay = 1 / (p[DELTA] + w->j), after = 1 / (p[GAMMA] + p[DELTA] + w->j + 1);
    w->by[ALPHA] += order;
    w->by[BETA] -= (p[ALPHA] + w->x) * order * none;
    if (w->j + 1 < w->n) { /* opportunity j + 1 was still lived through */
        w->by[GAMMA] += after;
        w->by[DELTA] -= (p[GAMMA] + 1) * after * stay;
    } else {
        w->by[DELTA] -= stay;
    }
    for (size_t k = 0; k < 4; k++)
        w->weighted[k] += w->term * (w->by[k] + (k == GAMMA ? 1 / p[GAMMA] : 0));
}

static void walk_to(walk *w, double j, int with_derivatives) {
    while (w->j > j) {
        step_down(w);
        if (with_derivatives)
            weigh(w);
    }
}

/* log(1 + sum) */
static double log_one_and(const walk *w) {
    return w->scales > 0 ? log(w->sum) + w->scales * LN_TOO_LARGE : log1p(w->sum);
}

/* log A */
static double log_alive(const double *p, double x, double n) {
    double orders = bm_ln_rising(p[ALPHA], x) - bm_ln_rising(p[ALPHA] + p[BETA] + (n - x), x);
    return orders + bm_log_beta_ratio(p[ALPHA], p[BETA], n - x) +
           bm_log_beta_ratio(p[GAMMA], p[DELTA], n);
}

static void alive_gradient(const double *p, double x, double n, double by[4]) {
    double all = bm_psi_rising(p[ALPHA] + p[BETA], n),
           stays = bm_psi_rising(p[GAMMA] + p[DELTA], n);
    by[ALPHA] = bm_psi_rising(p[ALPHA], x) - all;
    by[BETA] = bm_psi_rising(p[BETA], n - x) - all;
    by[GAMMA] = -stays;
    by[DELTA] = bm_psi_rising(p[DELTA], n) - stays;
}

static void likelihood(const double *parameter, const bm_history *history, size_t histories,
                       double *log_likelihood, double *gradient) {
    double sum = 0, total[4] = {0, 0, 0, 0}, alive = 0, by_alive[4] = {0, 0, 0, 0};
    walk w = walk_from(parameter, -1, -1);
    for (size_t i = histories; i-- > 0;) { /* t_x falls within each x and t */
        const bm_history *h = &history[i];
        int is_same = !(h->x < w.x || h->x > w.x || h->t < w.n || h->t > w.n);
        if (!is_same) {
            alive = log_alive(parameter, h->x, h->t);
            if (gradient != NULL)
                alive_gradient(parameter, h->x, h->t, by_alive);
        }
        if (!is_same || h->t_x > w.j)
            w = walk_from(parameter, h->x, h->t);
        walk_to(&w, h->t_x, gradient != NULL);
        sum += h->count * (alive + log_one_and(&w));
        double whole = w.scales > 0 ? w.sum : 1 + w.sum;
        for (size_t k = 0; gradient != NULL && k < 4; k++)
            total[k] += h->count * (by_alive[k] + w.weighted[k] / whole);
    }
    *log_likelihood = sum;
    for (size_t k = 0; gradient != NULL && k < 4; k++)
        gradient[k] = parameter[k] * total[k];
}

/* At n + 1, as the paper has it: whoever is there at n stays with (delta + n) / (gamma + delta +
 * n).
 */
static double log_odds_alive(const double *parameter, const bm_history *history) {
    double stay = parameter[DELTA] + history->t, leave = parameter[GAMMA];
    walk w = walk_from(parameter, history->x, history->t);
    walk_to(&w, history->t_x, 0);
    if (w.scales > 0)
        return log(stay / (leave + stay)) - log_one_and(&w);
    return log(stay) - log(leave + w.sum * (leave + stay));
}

static double expected(const double *parameter, double t) {
    double stays = 0;
    bm_beta_geometric_sums(parameter[GAMMA], parameter[DELTA], &t, 1, &stays);
    return parameter[ALPHA] / (parameter[ALPHA] + parameter[BETA]) * stays;
}

/* Orders at an opportunity at which the buyer is there: the mean of p after x of n. */
static double orders_at(const double *p, const bm_history *history) {
    return (p[ALPHA] + history->x) / (p[ALPHA] + p[BETA] + history->t);
}

/* The buyer is there at n + 1; from then on lifetimes are beta-geometric. */
static void expected_alive(const double *parameter, const bm_history *history, const double *ahead,
                           size_t count, double *orders) {
    double after = parameter[DELTA] + history->t + 1, rate = orders_at(parameter, history);
    for (size_t i = 0; i < count; i++)
        orders[i] = fmax(ahead[i] - 1, 0);
    bm_beta_geometric_sums(parameter[GAMMA], after, orders, count, orders);
    for (size_t i = 0; i < count; i++)
        orders[i] = ahead[i] < 1 ? 0 : rate * (1 + orders[i]);
}

static double discounted_alive(const double *parameter, const bm_history *history, double delta) {
    double after = parameter[DELTA] + history->t + 1;
    return orders_at(parameter, history) * exp(-delta) *
           (1 + bm_beta_geometric_discounted(parameter[GAMMA], after, delta));
}

/* The sum over how many of the next opportunities the buyer still lives through, one at least. */
static double log_silent_alive(const double *parameter, const bm_history *history, double ahead) {
    const double *p = parameter;
    double orders = p[ALPHA] + p[BETA] + history->t, none = p[BETA] + (history->t - history->x);
    double stays = p[DELTA] + history->t + 1, last = floor(ahead), sum = 0, share = 1;
    for (double k = 0; k < last; k++) { /* share: there at n + 1 + k, and silent before */
        share *= (none + k) / (orders + k);
        double there = (stays + k) / (p[GAMMA] + stays + k);
        sum += k + 1 < last ? share * (p[GAMMA] / (p[GAMMA] + stays + k)) : share;
        share *= there;
        if (share < 1e-17 * sum)
            break;
    }
    return last < 1 ? 0 : log(fmin(sum, 1));
}

/* The sum over the opportunities i that were lived through, of all ways to place x orders among
 * them: from i = x up, in multiples of the first term. */
static double log_pmf(const double *parameter, double t, double x) {
    double n = floor(t), scales = 0, term = 1, sum = 0;
    const double *p = parameter;
    if (x < 0 || x > n || x < floor(x) || x > floor(x))
        return -INFINITY;
    for (double i = x; i < n; i++) {
        sum += term;
        term *= (i + 1) / (i + 1 - x) * ((p[BETA] + (i - x)) / (p[ALPHA] + p[BETA] + i)) *
                ((p[DELTA] + i) / (p[GAMMA] + p[DELTA] + i + 1));
        if (sum > TOO_LARGE) {
            sum /= TOO_LARGE;
            term /= TOO_LARGE;
            scales++;
        }
    }
    double ways = bm_ln_rising(n - x + 1, x) - bm_ln_rising(1, x);
    double first = log_alive(p, x, x) + log(p[GAMMA] / (p[GAMMA] + p[DELTA] + x));
    return bm_log_add(ways + log_alive(p, x, n), first + log(sum) + scales * LN_TOO_LARGE);
}

const bm_ltv_model bm_ltv_bgbb = {
    .name = "bgbb",
    .help = "orders at opportunities, with dropout between them (Fader, Hardie & Shang 2010)",
    .kind = BM_LTV_OPPORTUNITIES,
    .parameters = 4,
    .parameter = {"alpha", "beta", "gamma", "delta"},
    .starts = 4,
    .start = {{1, 1, 1, 2}, {0.5, 1, 0.5, 5}, {2, 0.5, 0.5, 10}, {1, 10, 1, 20}},
    .likelihood = likelihood,
    .log_odds_alive = log_odds_alive,
    .expected = expected,
    .expected_alive = expected_alive,
    .discounted_alive = discounted_alive,
    .log_silent_alive = log_silent_alive,
    .log_pmf = log_pmf,
};
