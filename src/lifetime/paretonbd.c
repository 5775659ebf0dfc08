/* Pareto/NBD: orders at a gamma-distributed rate, lifetimes exponential at a gamma-distributed rate
 * (Schmittlein, Morrison & Colombo 1987; Fader & Hardie 2005, "A note on deriving the Pareto/NBD
 * model").
 *
 * L = (r)_x α^r β^s [(α+T)^−(r+x) (β+T)^−s + I], the first term of a buyer who is alive at T, and
 * I = ∫ s (α+τ)^−(r+x) (β+τ)^−(s+1) dτ over t_x..T that of one who left at τ. The published forms
 * write I as a difference of 2F1, which cancels, overflows, and has two branches; here it is
 * integrated. With m = min(α, β), M = max and v = log((m+τ)/(m+t_x)) the integrand is
 * exp(−a v) (1 + κ expm1(v))^−b, κ = (m+t_x)/(M+t_x) in (0, 1]: log-concave, and analytic in
 * |Im v| < π whatever the parameters, so that 8 to 24 Gauss–Legendre nodes do where one panel holds
 * what counts, that is what has not fallen below exp(−36) of the start. Derivatives are means of
 * log(α+τ), τ/(α+τ), … over the same nodes. All terms are relative to (α+t_x)^−(r+x) (β+t_x)^−s,
 * and nothing over- or underflows.
 *
 * The likelihood is computed by kernel/pareto_lanes.h; here is the same integral for one history.
 * O(patterns), no memory. */
#include "base/legendre.h"
#include "kernel/pareto.h"
#include "lifetime/log_integral.h"
#include "lifetime/model.h"
#include "lifetime/special.h"

#include <math.h>
#include <string.h>

enum { R, ALPHA, S, BETA };
static const double cut_at = 36, cut_enough = 44, panel_width = 2.5;

/* Patterns are given to the kernel in eights; those at the end stand in for lanes that are left. */
static void fill(const bm_history *history, size_t histories, bm_pareto_lanes *lanes) {
    for (size_t i = 0; i < BM_PARETO_LANES; i++) {
        const bm_history *h = &history[i < histories ? i : histories - 1];
        lanes->x[i] = h->x;
        lanes->t_x[i] = h->t_x;
        lanes->t[i] = h->t;
    }
}

static void likelihood(const double *parameter, const bm_history *history, size_t histories,
                       double *log_likelihood, double *gradient) {
    bm_pareto_kernel_fn kernel = bm_pareto_here()->likelihood;
    double r = parameter[R], ln_alpha = log(parameter[ALPHA]), x = -1, of_x = 0, psi = 0;
    double sum = 0, by[4] = {0, 0, 0, 0};
    bm_pareto_lanes lanes;
    for (size_t i = 0; i < histories; i++) {
        const bm_history *h = &history[i];
        size_t lane = i % BM_PARETO_LANES;
        if (lane == 0) {
            fill(h, histories - i, &lanes);
            kernel(parameter, &lanes);
        }
        if (h->x < x || h->x > x) {
            x = h->x;
            of_x = bm_ln_rising(r, x) - x * ln_alpha;
            psi = gradient != NULL ? bm_psi_rising(r, x) : 0;
        }
        sum += h->count * (of_x + lanes.log_likelihood[lane]);
        by[R] += h->count * r * (psi + lanes.by[R][lane]);
        for (int j = ALPHA; j <= BETA; j++)
            by[j] += h->count * lanes.by[j][lane];
    }
    *log_likelihood = sum;
    if (gradient != NULL)
        memcpy(gradient, by, sizeof by);
}

/* The integrand of one history: −log of it is a v + b log1p(κ expm1(v)) over 0 … length. */
typedef struct decay {
    double a, b, kappa, length;
} decay;

static decay decay_of(const double *parameter, const bm_history *h) {
    double n = parameter[R] + h->x, s = parameter[S];
    double near = parameter[ALPHA] + h->t_x, far = parameter[BETA] + h->t_x;
    decay of = {n - 1, s + 1, near / far, log1p((h->t - h->t_x) / near)};
    if (far < near)
        of = (decay){s, n, far / near, log1p((h->t - h->t_x) / far)};
    return of;
}

static double fallen(const decay *of, double v) {
    return of->a * v + of->b * log1p(of->kappa * expm1(v));
}

/* The end of the part that counts. Newton from the right on a convex function. */
static double end_of(const decay *of) {
    double slope = of->a + of->b * of->kappa, v = of->length;
    if (slope * v > cut_at)
        v = cut_at / slope;
    for (int i = 0; i < 100; i++) {
        double excess = fallen(of, v) - cut_at, grown = of->kappa * exp(v);
        if (!(excess > cut_enough - cut_at))
            break;
        v -= excess / (of->a + of->b * grown / (1 - of->kappa + grown));
    }
    return v;
}

static double integrate(const decay *of) {
    double end = end_of(of), panels = fmax(1, ceil(end / panel_width)), sum = 0;
    double steepest = fallen(of, end) - fallen(of, end * (panels - 1) / panels);
    const bm_legendre *rule = bm_legendre_rule(bm_pareto_nodes(end / panels, fmax(0, steepest)));
    for (double panel = 0; panel < panels; panel++)
        for (size_t i = 0; i < rule->nodes; i++)
            sum += rule->weight[i] * exp(-fallen(of, end * ((panel + rule->node[i]) / panels)));
    return sum * end / panels;
}

/* Logs of the two terms, relative to (α+t_x)^−(r+x) (β+t_x)^−s. */
static void terms_of(const double *parameter, const bm_history *h, double *alive, double *left) {
    decay of = decay_of(parameter, h);
    double ahead = h->t - h->t_x, alpha = parameter[ALPHA], beta = parameter[BETA];
    *alive = -(parameter[R] + h->x) * log1p(ahead / (alpha + h->t_x)) -
             parameter[S] * log1p(ahead / (beta + h->t_x));
    /* dτ = (m+t_x) exp(v) dv, over one power of β+t_x that is left. */
    double scale = parameter[S] * (beta < alpha ? 1 : of.kappa);
    *left = ahead > 0 ? log(scale * integrate(&of)) : -INFINITY;
}

static double log_odds_alive(const double *parameter, const bm_history *history) {
    double alive, left;
    terms_of(parameter, history, &alive, &left);
    return alive - left;
}

/* Orders at `rate` within `ahead` of a buyer whose lifetime is Pareto(s, beta): rate × the integral
 * of (1 + u/β)^−s, β/(s−1) (1 − (1 + ahead/β)^(1−s)) without its hole at s = 1. */
static double orders_ahead(double rate, double s, double beta, double ahead) {
    double grown = log1p(ahead / beta), z = (s - 1) * grown;
    double shrunk = fabs(z) > 0 ? -expm1(-z) / z : 1;
    return rate * beta * grown * shrunk;
}

static double expected(const double *parameter, double t) {
    return orders_ahead(parameter[R] / parameter[ALPHA], parameter[S], parameter[BETA], t);
}

static double rate_alive(const double *parameter, const bm_history *history) {
    return (parameter[R] + history->x) / (parameter[ALPHA] + history->t);
}

static void expected_alive(const double *parameter, const bm_history *history, const double *ahead,
                           size_t count, double *orders) {
    double rate = rate_alive(parameter, history), beta = parameter[BETA] + history->t;
    for (size_t i = 0; i < count; i++)
        orders[i] = orders_ahead(rate, parameter[S], beta, ahead[i]);
}

/* What is discounted at v = log(1 + u/β): (s − 1, δβ). */
static double ln_discounted(const void *arg, double v, double *slope) {
    const double *of = (const double *)arg;
    *slope = -of[0] - of[1] * exp(v);
    return -of[0] * v - of[1] * expm1(v);
}

/* Fader, Hardie & Lee 2005 ("RFM and CLV"), eq. 4: (r+x)/(α+T) × the integral of
 * exp(−δ u) (1 + u/(β+T))^−s = (β+T) z^(s−1) Ψ(s, s; z), z = δ (β+T). */
static double discounted_alive(const double *parameter, const bm_history *history, double delta) {
    double beta = parameter[BETA] + history->t, of[2] = {parameter[S] - 1, delta * beta};
    return rate_alive(parameter, history) *
           exp(log(beta) + bm_log_integral(ln_discounted, of, 0, INFINITY));
}

/* x orders until u = exp(v), and gone then: u^(x+1) (α+u)^−(r+x) (β+u)^−(s+1). */
typedef struct leaving {
    double r, alpha, s, beta, x;
} leaving;

static double ln_leaving(const void *arg, double v, double *slope) {
    const leaving *of = (const leaving *)arg;
    double u = exp(v), x = of->x;
    *slope = 1 + x / (1 + u / of->alpha) - of->r / (1 + of->alpha / u) -
             (of->s + 1) / (1 + of->beta / u);
    double kept = x > 0 ? x * log1p(of->alpha / u) : 0;
    return v - kept - of->r * log1p(u / of->alpha) - (of->s + 1) * log1p(u / of->beta);
}

static double log_pmf(const double *parameter, double t, double x) {
    leaving of = {parameter[R], parameter[ALPHA], parameter[S], parameter[BETA], x};
    if (!(t > 0))
        return x > 0 ? -INFINITY : 0;
    double ways = bm_ln_rising(of.r, x) - bm_ln_rising(1, x), v = log(t), slope;
    /* Alive at t: the same without the density of leaving, s/β × (1 + t/β)^−1 × t. */
    double alive = ln_leaving(&of, v, &slope) - v + log1p(t / of.beta);
    double gone = log(of.s) - log(of.beta) + bm_log_integral(ln_leaving, &of, -INFINITY, v);
    return ways + bm_log_add(alive, gone);
}

/* The future of a living buyer is that of a new one with the parameters of the posterior, and a new
 * one without orders has t_x = 0. */
static double log_silent_alive(const double *parameter, const bm_history *history, double ahead) {
    const double posterior[] = {parameter[R] + history->x, parameter[ALPHA] + history->t,
                                parameter[S], parameter[BETA] + history->t};
    const bm_history silent = {.t = ahead};
    double alive, left;
    terms_of(posterior, &silent, &alive, &left);
    return bm_log_add(alive, left);
}

const bm_ltv_model bm_ltv_paretonbd = {
    .name = "paretonbd",
    .help =
        "orders at gamma rates, lifetimes at gamma rates (Schmittlein, Morrison & Colombo 1987)",
    .kind = BM_LTV_ORDERS,
    .parameters = 4,
    .parameter = {"r", "alpha", "s", "beta"},
    .time_power = {0, 1, 0, 1},
    .nested = "nbd",
    .lost = "dropout",
    .nested_at_edge = 1,
    .starts = 3,
    .start = {{0.5, 0.25, 0.6, 0.3}, {1, 0.5, 2, 2}, {3, 0.3, 0.3, 0.1}},
    .likelihood = likelihood,
    .log_odds_alive = log_odds_alive,
    .expected = expected,
    .expected_alive = expected_alive,
    .discounted_alive = discounted_alive,
    .log_silent_alive = log_silent_alive,
    .log_pmf = log_pmf,
};
