/* Pareto/NBD: orders at a gamma-distributed rate, lifetimes exponential at a gamma-distributed rate
 * (Schmittlein, Morrison & Colombo 1987; Fader & Hardie 2005, "A note on deriving the Pareto/NBD
 * model").
 *
 * L = (r)_x α^r β^s [(α+T)^−(r+x) (β+T)^−s + I], the first term of a buyer who is alive at T, and
 * I = ∫ s (α+τ)^−(r+x) (β+τ)^−(s+1) dτ over t_x..T that of one who left at τ. The published forms
 * write I as a difference of 2F1, which cancels, overflows, and has two branches; here it is
 * integrated. With m = min(α, β), M = max and v = log((m+τ)/(m+t_x)) the integrand is
 * exp(−(A−1) v) (1 + κ expm1(v))^−B, κ = (m+t_x)/(M+t_x) in (0, 1]: log-concave and analytic in
 * |Im v| < π whatever the parameters, so that few Gauss–Legendre nodes do. It is cut where it has
 * fallen to exp(−CUT). Derivatives are means of log(α+τ), 1/(α+τ), … over the same nodes.
 * All terms are relative to (α+t_x)^−(r+x) (β+t_x)^−s, and nothing over- or underflows.
 *
 * O(patterns), 8 to 24 nodes each; no memory. */
#include "lifetime/legendre.h"
#include "lifetime/model.h"
#include "lifetime/special.h"

#include <math.h>

enum { R, ALPHA, S, BETA, MOMENTS = 5 };
static const double cut_at = 36, cut_enough = 44, panel_width = 2.5;

/* The part of the integrand that depends on the parameters and x. */
typedef struct decay {
    double near, far; /* m, M */
    double a, b;      /* A − 1, B */
    double kappa, length;
} decay;

/* −log of the integrand at v. */
static double fallen(const decay *of, double v) {
    return of->a * v + of->b * log1p(of->kappa * expm1(v));
}

/* The end of the part that counts. Newton from the right on a convex function. */
static double end_of(const decay *of) {
    double slope = of->a + of->b * of->kappa, v = of->length;
    if (slope * v > cut_at)
        v = cut_at / slope;
    for (int i = 0; i < 100; i++) {
        double excess = fallen(of, v) - cut_at;
        if (excess <= cut_enough - cut_at)
            break;
        double grown = of->kappa * exp(v);
        v -= excess / (of->a + of->b * grown / (1 - of->kappa + grown));
    }
    return v;
}

/* The integral and the means it is asked for, times it. */
typedef struct moments {
    double one;
    double ln_near, ln_far;     /* log((m+τ)/(m+t_x)), log((M+τ)/(M+t_x)) */
    double gone_near, gone_far; /* τ/(m+τ), τ/(M+τ) */
} moments;

/* Nodes for a panel over which the integrand falls by exp(−fall): measured, for 1e-14 relative. */
static double nodes_for(double width, double fall) {
    return fmax(4.5 + 2.75 * sqrt(fabs(fall)), 6 + 3 * width);
}

static void add_panel(const decay *of, double t_x, double from, double width, double fall,
                      moments *to) {
    const bm_legendre *rule = bm_legendre_rule(nodes_for(width, fall));
    double start_near = t_x / (of->near + t_x), start_far = t_x / (of->far + t_x);
    for (size_t i = 0; i < rule->nodes; i++) {
        double v = from + width * rule->node[i], q = expm1(v), far = of->kappa * q;
        double ln_far = log1p(far);
        double h = width * rule->weight[i] * exp(-of->a * v - of->b * ln_far);
        to->one += h;
        to->ln_near += h * v;
        to->ln_far += h * ln_far;
        to->gone_near += h * (start_near + q) / (1 + q);
        to->gone_far += h * (start_far + far) / (1 + far);
    }
}

/* From t_x to T of the integrand relative to its value at t_x, over v. */
static moments integrate(decay *of, double t_x, double t) {
    moments sum = {0, 0, 0, 0, 0};
    if (!(t > t_x))
        return sum;
    of->kappa = (of->near + t_x) / (of->far + t_x);
    of->length = log1p((t - t_x) / (of->near + t_x));
    double end = end_of(of);
    double panels = fmax(1, ceil(end / panel_width)), width = end / panels, before = 0;
    for (double panel = 0; panel < panels; panel++) {
        double after = fallen(of, (panel + 1) * width);
        add_panel(of, t_x, panel * width, width, after - before, &sum);
        before = after;
    }
    return sum;
}

static decay decay_of(const double *parameter, double x) {
    double n = parameter[R] + x, s = parameter[S];
    decay of = {parameter[ALPHA], parameter[BETA], n - 1, s + 1, 1, 0};
    if (parameter[BETA] < parameter[ALPHA])
        of = (decay){parameter[BETA], parameter[ALPHA], s, n, 1, 0};
    return of;
}

/* What of a history the likelihood and P(alive) need. */
typedef struct terms {
    double ln_alive; /* log of the first term, relative to the integrand at t_x / s × (β+t_x) */
    double left;     /* I, likewise */
    double alpha, beta; /* log((α+T)/(α+t_x)), log((β+T)/(β+t_x)) */
    moments mean;       /* times what makes I of the integral over v */
} terms;

static terms terms_of(const double *parameter, decay *of, const bm_history *h) {
    double alpha = parameter[ALPHA], beta = parameter[BETA], ahead = h->t - h->t_x;
    terms it;
    it.alpha = log1p(ahead / (alpha + h->t_x));
    it.beta = log1p(ahead / (beta + h->t_x));
    it.ln_alive = -(parameter[R] + h->x) * it.alpha - parameter[S] * it.beta;
    it.mean = integrate(of, h->t_x, h->t);
    double scale = parameter[S];
    if (alpha < beta)
        scale *= of->kappa; /* dτ = (m+t_x) dv over one power of β+t_x that is left */
    it.mean.one *= scale;
    it.mean.ln_near *= scale;
    it.mean.ln_far *= scale;
    it.mean.gone_near *= scale;
    it.mean.gone_far *= scale;
    it.left = it.mean.one;
    return it;
}

/* Adds count × the derivatives, but for what depends on x alone. whole = exp(ln_alive) + left. */
static void add_gradient(const double *parameter, const bm_history *h, const terms *it,
                         double alive, double whole, double *gradient) {
    double alpha = parameter[ALPHA], beta = parameter[BETA], s = parameter[S];
    int swapped = beta < alpha;
    const moments *mean = &it->mean;
    double ln_alpha = (alive * it->alpha + (swapped ? mean->ln_far : mean->ln_near)) / whole;
    double ln_beta = (alive * it->beta + (swapped ? mean->ln_near : mean->ln_far)) / whole;
    double gone_alpha = alive * (h->t / (alpha + h->t));
    gone_alpha = (gone_alpha + (swapped ? mean->gone_far : mean->gone_near)) / whole;
    double gone_beta = swapped ? mean->gone_near : mean->gone_far;
    double left = it->left / whole;
    gradient[R] -= h->count * (log1p(h->t_x / alpha) + ln_alpha);
    gradient[ALPHA] += h->count * ((parameter[R] + h->x) * gone_alpha - h->x);
    gradient[S] += h->count * (left - s * (log1p(h->t_x / beta) + ln_beta));
    gradient[BETA] +=
        h->count * ((s * alive * (h->t / (beta + h->t)) + (s + 1) * gone_beta) / whole - left);
}

static void likelihood(const double *parameter, const bm_history *history, size_t histories,
                       double *log_likelihood, double *gradient) {
    double r = parameter[R], s = parameter[S], ln_alpha = log(parameter[ALPHA]);
    double sum = 0, x = -1, of_x = 0, psi = 0, rising = 0, by[4] = {0, 0, 0, 0};
    decay of = decay_of(parameter, 0);
    for (size_t i = 0; i < histories; i++) {
        const bm_history *h = &history[i];
        if (h->x < x || h->x > x) {
            x = h->x;
            of = decay_of(parameter, x);
            of_x = bm_ln_rising(r, x) - x * ln_alpha;
            psi = gradient != NULL ? bm_psi_rising(r, x) : 0;
        }
        terms it = terms_of(parameter, &of, h);
        double alive = exp(it.ln_alive), whole = alive + it.left;
        double start =
            -(r + x) * log1p(h->t_x / parameter[ALPHA]) - s * log1p(h->t_x / parameter[BETA]);
        sum += h->count * (of_x + start + log(whole));
        if (gradient != NULL) {
            rising += h->count * psi;
            add_gradient(parameter, h, &it, alive, whole, by);
        }
    }
    *log_likelihood = sum;
    if (gradient != NULL) {
        gradient[R] = r * (rising + by[R]);
        gradient[ALPHA] = by[ALPHA];
        gradient[S] = by[S];
        gradient[BETA] = by[BETA];
    }
}

static double log_odds_alive(const double *parameter, const bm_history *history) {
    decay of = decay_of(parameter, history->x);
    terms it = terms_of(parameter, &of, history);
    return it.left > 0 ? it.ln_alive - log(it.left) : INFINITY;
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

/* The future of a living buyer is that of a new one with the parameters of the posterior. */
static double log_silent_alive(const double *parameter, const bm_history *history, double ahead) {
    const double posterior[] = {parameter[0] + history->x, parameter[1] + history->t, parameter[2],
                                parameter[3] + history->t};
    return log_pmf(posterior, ahead, 0);
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
