/* Rising factorials, ψ, and the expectations that BG/NBD and MBG/NBD share.
 *
 * Expected orders until dropout. Were nobody to leave, N orders would come, N negative binomial;
 * of these the j-th is placed with probability E[q^j] = (b)_j / (a + b)_j (j from 0, q = 1 − p).
 * So the expectation is the sum over k of P(N = k) S_k, S_k the sum of (b)_j / (a + b)_j over
 * j < k: positive terms only, where the closed form with 2F1 (Fader, Hardie & Lee 2005, eq. 10) is
 * a difference over a − 1 that overflows, cancels, and has no value at a = 1. Where the sum would
 * be long (N in the ten thousands) the expectation over p is integrated by Gauss–Legendre panels in
 * log p and log q instead. */
#include "lifetime/special.h"

#include <float.h>
#include <math.h>
#include <stddef.h>

enum { FEW = 32, STIRLING = 16, LONGEST_SUM = 20000, NODES = 10 };

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

/* Gauss–Legendre on [−1, 1] (Abramowitz & Stegun, table 25.4). */
static const double node[NODES / 2] = {
    0.148874338981631210884826001130, 0.433395394129247190799265943166,
    0.679409568299024406234327365115, 0.865063366688984510732096688423,
    0.973906528517171720077964012084};
static const double node_weight[NODES / 2] = {
    0.295524224714752870173815619189, 0.269266719309996355091226921569,
    0.219086362515982043995534934228, 0.149451349150580593145863396958,
    0.066671344308688137593568809893};

/* What is expected over p ~ Beta(a, b). */
typedef struct over_p {
    double a, b, n, ahead, ln_beta;
} over_p;

/* (1 − (1 + p ahead)^−n) / p */
static double placed(const over_p *of, double p) {
    double grown = p * of->ahead;
    return grown < 1e-300 ? of->n * of->ahead : -expm1(-of->n * log1p(grown)) / p;
}

/* The density of log p (is_q: of log q) times what is placed. */
static double in_logs(const over_p *of, double log_share, int is_q) {
    double share = exp(log_share), a = is_q ? of->b : of->a, b = is_q ? of->a : of->b;
    double density = exp(a * log_share + (b - 1) * log1p(-share) - of->ln_beta);
    return density > 0 ? density * placed(of, is_q ? 1 - share : share) : 0;
}

/* Over shares of p (or of q) from low up to a half, and below low, where all is as at 0. */
static double half_of_p(const over_p *of, double low, int is_q) {
    double shape = is_q ? of->b : of->a, to = log(0.5), from = log(low), sum = 0;
    double width = fmin(0.3, 1.5 / sqrt(1 + of->a + of->b));
    size_t panels = (size_t)ceil((to - from) / width);
    double half = (to - from) / (double)panels / 2;
    for (size_t i = 0; i < panels; i++) {
        double middle = from + (2 * (double)i + 1) * half;
        for (size_t j = 0; j < NODES / 2; j++)
            sum += node_weight[j] * half *
                   (in_logs(of, middle - half * node[j], is_q) +
                    in_logs(of, middle + half * node[j], is_q));
    }
    double rest = exp(shape * from - log(shape) - of->ln_beta);
    return sum + rest * placed(of, is_q ? 1 : 0);
}

static double integrate_over_p(double a, double b, double n, double ahead) {
    int sign;
    over_p of = {a, b, n, ahead, 0};
    of.ln_beta = lgamma_r(a, &sign) - bm_ln_rising(b, a);
    double low = 1e-18 / (1 + (n + 1) * ahead);
    return half_of_p(&of, low, 0) + half_of_p(&of, 1e-18, 1);
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
    const double step = 0.25;
    double sum = 0;
    for (double s = log(60); s > log(1e-9); s -= step) {
        double u = exp(s);
        sum += u * exp(-u) * bm_orders_until_dropout(a, b, n, u / delta);
    }
    return sum * step;
}
