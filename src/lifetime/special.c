/* Rising factorials, ψ, and the expectations that BG/NBD and MBG/NBD share.
 *
 * Expected orders until dropout. Were nobody to leave, N orders would come, N negative binomial;
 * of these the j-th is placed with probability E[q^j] = (b)_j / (a + b)_j (j from 0, q = 1 − p).
 * So the expectation is the sum over k of P(N = k) S_k, S_k the sum of (b)_j / (a + b)_j over
 * j < k: positive terms only, where the closed form with 2F1 (Fader, Hardie & Lee 2005, eq. 10) is
 * a difference over a − 1 that overflows, cancels, and has no value at a = 1. Where the sum would
 * be long the expectation over p is integrated over its logit instead. */
#include "lifetime/special.h"

#include <float.h>
#include <math.h>
#include <stddef.h>

enum { FEW = 32, STIRLING = 16, LONGEST_SUM = 4000 };

/* log(a (a + 1) … (a + count − 1)) */
static double ln_product(double a, double count) {
    double sum = 0, product = 1;
    for (double j = 0; j < count; j++) {
        product *= a + j;
        if (product > 1e150 || product < 1e-150) {
            sum += log(product);
            product = 1;
        }
    }
    return sum + log(product);
}

/* What Stirling's series adds to (z − 1/2) log z − z. */
static double stirling(double z) {
    double w = 1 / (z * z);
    return (1.0 / 12 - w * (1.0 / 360 - w * (1.0 / 1260 - w / 1680))) / z;
}

double bm_ln_rising(double a, double x) {
    if (x <= 0)
        return 0;
    int is_whole = x == floor(x);
    if (a < 1e100 && is_whole && x <= FEW)
        return ln_product(a, x);
    double shift = a < STIRLING ? ceil(STIRLING - a) : 0;
    if (shift > x) { /* a small part of one, or more, of a small a */
        int sign;
        return lgamma_r(a + x, &sign) - lgamma_r(a, &sign);
    }
    double head = shift > 0 ? ln_product(a, shift) : 0;
    a += shift;
    x -= shift;
    double end = a + x;
    return head + x * log(end) + ((a - 0.5) * log1p(x / a) - x) + (stirling(end) - stirling(a));
}

/* ψ(z) − log z for z >= STIRLING. */
static double psi_rest(double z) {
    double w = 1 / (z * z);
    return -0.5 / z - w * (1.0 / 12 - w * (1.0 / 120 - w * (1.0 / 252 - w / 240)));
}

/* 1 / a + … + 1 / (a + count − 1) */
static double sum_inverse(double a, double count) {
    double sum = 0;
    for (double j = count - 1; j >= 0; j--)
        sum += 1 / (a + j);
    return sum;
}

double bm_psi_rising(double a, double x) {
    if (x <= 0)
        return 0;
    if (x == floor(x) && x <= FEW)
        return sum_inverse(a, x);
    double shift = a < STIRLING ? ceil(STIRLING - a) : 0;
    if (shift > x)
        return bm_psi(a + x) - bm_psi(a);
    double head = sum_inverse(a, shift);
    a += shift;
    x -= shift;
    return head + log1p(x / a) + (psi_rest(a + x) - psi_rest(a));
}

double bm_psi(double a) {
    double shift = a < STIRLING ? ceil(STIRLING - a) : 0;
    return log(a + shift) + psi_rest(a + shift) - sum_inverse(a, shift);
}

double bm_log_add(double a, double b) {
    double high = a > b ? a : b, low = a > b ? b : a;
    return low == -INFINITY ? high : high + log1p(exp(low - high));
}

/* What is expected over p ~ Beta(a, b). */
typedef struct over_p {
    double a, b, n, ahead, ln_beta;
} over_p;

/* (1 − (1 + p ahead)^−n) / p */
static double placed(const over_p *of, double p) {
    double grown = p * of->ahead;
    return grown < 1e-300 ? of->n * of->ahead : -expm1(-of->n * log1p(grown)) / p;
}

/* The density of y = log(p / (1 − p)) times what is placed. */
static double at_logit(const over_p *of, double y) {
    double low = exp(-fabs(y)), ln_high = -log1p(low);
    double ln_p = y < 0 ? y + ln_high : ln_high, ln_q = y < 0 ? ln_high : ln_high - y;
    double density = exp(of->a * ln_p + of->b * ln_q - of->ln_beta);
    return density > 0 ? density * placed(of, y < 0 ? low / (1 + low) : 1 / (1 + low)) : 0;
}

/* By the trapezoid rule, which converges geometrically here: the integrand has no singularity
 * within |Im y| < π / 2 and falls exponentially both ways. Where p, or 1 − p, is too small to
 * matter to what is placed, the terms are a geometric series. */
static double integrate_over_p(double a, double b, double n, double ahead) {
    int sign;
    over_p of = {a, b, n, ahead, lgamma_r(a, &sign) - bm_ln_rising(b, a)};
    double step = fmin(0.25, 0.6 / sqrt(1 + a * b / (a + b)));
    double low = -42 - log1p((n + 1) * ahead), high = 42, sum = 0;
    double terms = ceil((high - low) / step);
    for (double i = 1; i < terms; i++)
        sum += at_logit(&of, low + i * step);
    sum += at_logit(&of, low) / -expm1(-a * step);
    sum += at_logit(&of, low + terms * step) / -expm1(-b * step);
    return sum * step;
}

/* log P(N = k), N negative binomial of shape n and odds ahead. */
static double ln_weight(double n, double ahead, double k) {
    return bm_ln_rising(n, k) - bm_ln_rising(1, k) + k * log(ahead) - (n + k) * log1p(ahead);
}

/* By the total of the weights, which is 1 but for what their logarithms have lost. */
static double sum_over_orders(double a, double b, double n, double ahead, double from) {
    double z = ahead / (1 + ahead), weight = exp(ln_weight(n, ahead, from));
    double share = 1, placed_of = 0, sum = 0, total = 0, mean = n * ahead;
    for (double k = 0;; k++) { /* share: E[q^k]; placed_of: S_k */
        if (k >= from) {
            sum += weight * placed_of;
            total += weight;
            double ratio = (n + k) / (k + 1) * z;
            weight *= ratio;
            double gap = 1 - ratio;
            if (k > mean && gap > 0 && weight * (placed_of + 1 / gap) < 1e-17 * sum * gap)
                return sum / total;
            if (k > mean && weight < DBL_MIN)
                return sum / total;
        }
        placed_of += share;
        share *= (b + k) / (a + b + k);
    }
}

double bm_orders_until_dropout(double a, double b, double n, double ahead) {
    if (!(ahead > 0))
        return 0;
    double mean = n * ahead, sd = sqrt(mean * (1 + ahead));
    double last = mean + 9 * sd + 40 * (1 + ahead);
    if (!(last < LONGEST_SUM))
        return integrate_over_p(a, b, n, ahead);
    double from = floor(mean - 9 * sd - 40);
    return sum_over_orders(a, b, n, ahead, from > 0 ? from : 0);
}

/* By parts: delta × the integral of exp(−delta u) times the orders until u; over log u by the
 * trapezoid rule, which converges geometrically for an integrand that dies at both ends. */
double bm_discounted_until_dropout(double a, double b, double n, double delta) {
    const double step = 0.3;
    double sum = 0;
    for (double s = log(60); s > log(1e-8); s -= step) {
        double u = exp(s);
        sum += u * exp(-u) * bm_orders_until_dropout(a, b, n, u / delta);
    }
    return sum * step;
}
