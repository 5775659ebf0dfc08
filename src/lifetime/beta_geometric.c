/* Beta-geometric lifetimes: survivors, their sums, and sums discounted.
 *
 * The sum over n periods is b / (a − 1) × (1 − Γ(a + b) Γ(1 + b + n) / (Γ(a + b + n) Γ(1 + b)))
 * (Fader, Hardie & Shang 2010, appendix), a quotient of differences at a = 1. Here the difference
 * of logarithms is the mean of ψ(z + n) − ψ(z) over z from b + 1 to b + a, times a − 1, and the
 * quotient is taken out of it: every factor is positive. The discounted sum is 2F1(1, b; a + b;
 * exp(−delta)) − 1, the mean of zθ / (1 − zθ) over θ ~ Beta(b, a): over the log-odds of θ the
 * integrand is analytic within ±π of the real line, so that the trapezoid rule converges
 * geometrically (Trefethen & Weideman 2014), whatever delta is. */
#include "lifetime/beta_geometric.h"

#include "base/legendre.h"
#include "lifetime/special.h"

#include <math.h>
#include <stddef.h>

enum { LONG_STEP = 1000, ASYMPTOTIC = 16, NODES = 10 };

/* ψ(z + x) − ψ(z), of which no digit is lost where x is small against z. */
static double psi_gap(double z, double x) {
    double sum = 0;
    for (; z < ASYMPTOTIC; z++)
        sum += x / (z * (z + x));
    double v = 1 / (z * z), w = 1 / ((z + x) * (z + x));
    double gap = x / (z + x) * (2 * z + x) / (z + x) * v; /* v − w */
    double rest =
        1.0 / 12 - (v + w) / 120 + (v * v + v * w + w * w) / 252 - (v + w) * (v * v + w * w) / 240;
    return sum + log1p(x / z) + 0.5 * x / (z * (z + x)) + gap * rest;
}

double bm_log_beta_ratio(double a, double b, double t) {
    const bm_legendre *rule = bm_legendre_rule(NODES);
    double less = fmin(a, t), more = fmax(a, t); /* it is symmetric in a and t */
    if (less > b / 2)
        return bm_ln_rising(b, less) - bm_ln_rising(b + more, less);
    double sum = 0; /* over [b, b + less], of which the poles of ψ keep away */
    for (size_t j = 0; j < rule->nodes; j++)
        sum += rule->weight[j] * psi_gap(b + less * rule->node[j], more);
    return -less * sum;
}

/* S(1) + … + S(n) where n is large. */
static double long_sum(double a, double b, double n) {
    const bm_legendre *rule = bm_legendre_rule(NODES);
    double excess = a - 1, low = b + fmin(a, 1), fall, mean = 0;
    if (isinf(n))
        return excess > 0 ? b / excess : INFINITY;
    if (fabs(excess) > low / 4) { /* falls fast enough not to cancel */
        double less = fabs(excess);
        fall = copysign(bm_ln_rising(low + n, less) - bm_ln_rising(low, less), excess);
        mean = fall / excess;
    } else {
        for (size_t j = 0; j < rule->nodes; j++)
            mean += rule->weight[j] * bm_psi_rising(b + 1 + rule->node[j] * excess, n);
        fall = mean * excess;
    }
    return b * mean * (fabs(fall) < 1e-8 ? 1 - fall / 2 : -expm1(-fall) / fall);
}

void bm_beta_geometric_sums(double a, double b, const double *ahead, size_t count, double *sums) {
    double share = 1, sum = 0, at = 0;
    for (size_t i = 0; i < count; i++) {
        double to = floor(ahead[i]);
        if (to - at > LONG_STEP) {
            sum += share * long_sum(a, b + at, to - at);
            share = isinf(to) ? 0 : share * exp(bm_log_beta_ratio(a, b + at, to - at));
            at = to;
        }
        for (; at < to; at++) {
            share *= (b + at) / (a + b + at);
            sum += share;
        }
        sums[i] = sum;
    }
}

/* The trapezoid rule over the log-odds of θ, which are `mode` + s. */
typedef struct log_odds_rule {
    double a, b, end, z; /* 1 − exp(−delta), exp(−delta) */
    double mode;         /* of the density of log-odds: log(b / a) */
    double share, other; /* θ and 1 − θ there */
    double step;
    double density, sum; /* so far */
} log_odds_rule;

static double density_at(const log_odds_rule *rule, double s) {
    return exp(-rule->b * log1p(rule->other * expm1(-s)) - rule->a * log1p(rule->share * expm1(s)));
}

/* zθ / (1 − zθ) */
static double value_at(const log_odds_rule *rule, double s) {
    double odds = exp(rule->mode + s), other = 1 / (1 + odds);
    return rule->z / (1 + 1 / odds) / (rule->end + rule->z * other);
}

static void add_left(log_odds_rule *rule) {
    for (double i = 1;; i++) {
        double s = -i * rule->step, density = density_at(rule, s);
        rule->density += density;
        rule->sum += density * value_at(rule, s);
        if (density < 1e-19 * rule->density)
            return;
    }
}

/* Where odds are beyond all else, values are the same and densities fall geometrically. */
static void add_right(log_odds_rule *rule) {
    double last = 45 + log1p(rule->b) - log(rule->end), ratio = -expm1(-rule->a * rule->step);
    double small = 1e-19 * fmin(1, ratio), most = rule->z / rule->end;
    for (double i = 0;; i++) {
        double s = i * rule->step, density = density_at(rule, s);
        double value = density * value_at(rule, s);
        int is_last = rule->mode + s > last;
        rule->density += is_last ? density / ratio : density;
        rule->sum += is_last ? value / ratio : value;
        if (is_last || (density < small * rule->density && density * most < small * rule->sum))
            return;
    }
}

double bm_beta_geometric_discounted(double a, double b, double delta) {
    double z = exp(-delta);
    if (b < 1)
        return z * b / (a + b) * (1 + bm_beta_geometric_discounted(a, b + 1, delta));
    log_odds_rule rule = {.a = a, .b = b, .z = z, .end = fmax(-expm1(-delta), 1e-250)};
    rule.mode = log(b / a);
    rule.share = b / (a + b);
    rule.other = a / (a + b);
    rule.step = fmin(0.2, 0.4 * sqrt(1 / a + 1 / b));
    add_right(&rule);
    add_left(&rule);
    return rule.sum / rule.density;
}
