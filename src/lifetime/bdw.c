/* Beta-discrete-Weibull: sBG whose chance of not being renewed may rise or fall with time for one
 * and the same contract, S(t) = B(alpha, beta + t^c) / B(alpha, beta) (Fader, Hardie, Liu, Davin &
 * Steenburgh 2018, Journal of Interactive Marketing 43). c = 1 is sBG. Histories and renewals are
 * as in sbg.c.
 *
 * P(T = t) is S(t − 1) times 1 − S(t) / S(t − 1), whose logarithm is a beta ratio over the gap of
 * t^c: nothing cancels, however flat S has become. Sums of survivors have no closed form: the first
 * terms are added up, what follows is integrated in panels that grow with t, with Gregory's
 * corrections at the ends. O(1) a history; a sum is O(1000), and O(log of the horizon) on. */
#include "base/legendre.h"
#include "lifetime/beta_geometric.h"
#include "lifetime/model.h"
#include "lifetime/special.h"

#include <math.h>

enum { ALPHA, BETA, C };
enum { SHORT_STEP = 64, DIFFERENCES = 5, NODES = 10 };
static const double smooth_from = 512, smooth_at_last = 1e6, shortest_panel = 16, steep = 0.02;
static const double never = 1e300; /* t^c where it overflows */

static double power_of(double t, double c) {
    return fmin(pow(t, c), never);
}

/* Derivatives of log S(t) by alpha and beta, and by c; power: t^c. */
static void survivor_gradient(const double *p, double t, double power, double by[3]) {
    by[ALPHA] = -bm_psi_rising(p[ALPHA] + p[BETA], power);
    by[BETA] = bm_psi_rising(p[BETA], power) + by[ALPHA];
    by[C] = t > 1 ? -bm_psi_rising(p[BETA] + power, p[ALPHA]) * power * log(t) : 0;
}

/* log P(T = t) or log S(t) and, with by not NULL, its derivatives by the parameters. */
static double one(const double *p, double x, double t, double *by) {
    double survived = x > 0 ? t - 1 : t, power = power_of(survived, p[C]);
    double log_share = bm_log_beta_ratio(p[ALPHA], p[BETA], power);
    if (by != NULL)
        survivor_gradient(p, survived, power, by);
    if (!(x > 0))
        return log_share;
    double next = power_of(t, p[C]), gap = t > 1 ? -next * expm1(p[C] * log1p(-1 / t)) : 1;
    double base = p[BETA] + power, hazard = -bm_log_beta_ratio(p[ALPHA], base, gap);
    if (by != NULL) {
        double later[3], share = 1 / expm1(hazard);
        double falls = bm_psi_rising(p[ALPHA] + base, gap);
        survivor_gradient(p, t, next, later);
        later[C] = by[C] - later[C];
        by[ALPHA] += share * falls;
        by[BETA] += share * (falls - bm_psi_rising(base, gap));
        by[C] += share * later[C];
    }
    return log_share + log(-expm1(-hazard));
}

static void likelihood(const double *parameter, const bm_history *history, size_t histories,
                       double *log_likelihood, double *gradient) {
    double sum = 0, total[3] = {0, 0, 0}, by[3] = {0, 0, 0};
    for (size_t i = 0; i < histories; i++) {
        const bm_history *h = &history[i];
        sum += h->count * one(parameter, h->x, h->t, gradient != NULL ? by : NULL);
        for (size_t k = 0; k < 3; k++)
            total[k] += h->count * by[k];
    }
    *log_likelihood = sum;
    for (size_t k = 0; gradient != NULL && k < 3; k++)
        gradient[k] = parameter[k] * total[k];
}

static double log_odds_alive(const double *parameter, const bm_history *history) {
    (void)parameter;
    return history->x > 0 ? -1e308 : INFINITY;
}

/* S(t + u) / S(t) exp(−delta u), for any u >= 0. */
typedef struct renewals {
    double alpha, beta, c, t, power; /* power: t^c */
    double delta;
} renewals;

static renewals renewals_from(const double *p, double t, double delta) {
    return (renewals){p[ALPHA], p[BETA], p[C], t, power_of(t, p[C]), delta};
}

static double log_renewed(const renewals *r, double u) {
    double gap = r->t > 0 ? r->power * expm1(r->c * log1p(u / r->t)) : pow(u, r->c);
    return bm_log_beta_ratio(r->alpha, r->beta + r->power, fmin(gap, never)) - r->delta * u;
}

static double renewed(const renewals *r, double u) {
    return exp(log_renewed(r, u));
}

/* What is left to be added from u to `to`, at most. */
static double at_most(const renewals *r, double value, double u, double to) {
    return value > 0 ? value * fmin(to - u, 1 / r->delta) : 0;
}

/* Gregory's corrections at one end of a sum: differences of the values at u, u + way, u + 2 way, …
 */
static double end_correction(const renewals *r, double u, double way) {
    static const double gregory[DIFFERENCES] = {1.0 / 12, 1.0 / 24, 19.0 / 720, 3.0 / 160,
                                                863.0 / 60480};
    double value[DIFFERENCES + 1], sum = 0, sign = -1;
    for (size_t j = 0; j <= DIFFERENCES; j++)
        value[j] = renewed(r, u + way * (double)j);
    for (size_t k = 0; k < DIFFERENCES; k++, sign = -sign) {
        for (size_t j = 0; j < DIFFERENCES - k; j++)
            value[j] = value[j + 1] - value[j];
        sum += sign * gregory[k] * value[0];
    }
    return sum;
}

/* The integral from u to `to` in panels over which neither t^c nor the value changes much; `sum` is
 * what it is added to. */
static double integral(const renewals *r, double u, double to, double sum) {
    const bm_legendre *rule = bm_legendre_rule(NODES);
    double total = 0, log_value = log_renewed(r, u);
    while (u < to) {
        double value = exp(log_value), whole = r->t + u;
        if (at_most(r, value, u, to) <= 1e-17 * (sum + total))
            break;
        if (isinf(to) && !(r->delta > 0) &&
            (whole > 1e290 || pow(whole, r->c) > 1e17 * (1 + r->alpha) * (1 + r->beta))) {
            double excess = r->alpha * r->c - 1; /* the value falls as whole^−(excess + 1) */
            return excess > 0 ? total + value * whole / excess : INFINITY;
        }
        double width = fmax(whole * fmin(0.5, 2 / r->c), shortest_panel);
        double end = fmin(to, u + width), log_end = log_renewed(r, end);
        while (log_value - log_end > 5) {
            end = u + (end - u) / 2;
            log_end = log_renewed(r, end);
        }
        double panel = 0;
        for (size_t j = 0; j < rule->nodes; j++)
            panel += rule->weight[j] * renewed(r, u + rule->node[j] * (end - u));
        total += panel * (end - u);
        u = end;
        log_value = log_end;
    }
    return total;
}

/* Of the periods after `from`, up to `to`. */
static double sum_between(const renewals *r, double from, double to) {
    double smooth = fmin(fmax(smooth_from, 64 * r->c), smooth_at_last) - r->t, sum = 0;
    double last = log_renewed(r, from), fall = INFINITY;
    while (from < to && (from < smooth || fall > steep || to - from <= SHORT_STEP)) {
        double log_value = log_renewed(r, ++from), value = exp(log_value);
        fall = last - log_value;
        last = log_value;
        sum += value;
        if (at_most(r, value, from, to) <= 1e-18 * sum)
            return sum;
    }
    if (!(from < to))
        return sum;
    sum += integral(r, from, to, sum) - renewed(r, from) / 2 + end_correction(r, from, 1);
    return isinf(to) ? sum : sum + renewed(r, to) / 2 + end_correction(r, to, -1);
}

static void expected_alive(const double *parameter, const bm_history *history, const double *ahead,
                           size_t count, double *orders) {
    renewals r = renewals_from(parameter, history->t, 0);
    double sum = 0, at = 0;
    for (size_t i = 0; i < count; i++) {
        double to = floor(ahead[i]);
        if (to > at)
            sum += sum_between(&r, at, to);
        at = to;
        orders[i] = sum;
    }
}

static double expected(const double *parameter, double t) {
    double sum = 0;
    expected_alive(parameter, &(bm_history){.t = 0}, &t, 1, &sum);
    return sum;
}

static double discounted_alive(const double *parameter, const bm_history *history, double delta) {
    renewals r = renewals_from(parameter, history->t, delta);
    return sum_between(&r, 0, INFINITY);
}

static double log_pmf(const double *parameter, double t, double x) {
    (void)t;
    return x >= 1 && !(x > floor(x)) ? one(parameter, 1, x, NULL) : -INFINITY;
}

const bm_ltv_model bm_ltv_bdw = {
    .name = "bdw",
    .help = "contracts whose renewal also depends on their age (Fader, Hardie et al. 2018)",
    .kind = BM_LTV_CONTRACTS,
    .parameters = 3,
    .parameter = {"alpha", "beta", "c"},
    .nested = "sbg",
    .lost = "duration dependence",
    .starts = 4,
    .start = {{1, 1, 1}, {0.5, 4, 1.5}, {3, 30, 0.7}, {0.3, 1, 2}},
    .likelihood = likelihood,
    .log_odds_alive = log_odds_alive,
    .expected = expected,
    .expected_alive = expected_alive,
    .discounted_alive = discounted_alive,
    .log_pmf = log_pmf,
};
