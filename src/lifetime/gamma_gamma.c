/* Gamma-Gamma: mean spend of a buyer's x repeat orders. An order of a buyer is Gamma(p, rate ν),
 * ν ~ Gamma(q, rate v) (Fader, Hardie & Lee 2005 "RFM and CLV"; Fader & Hardie 2013 "The
 * Gamma-Gamma model of monetary value"). With S = x m, what x orders come to:
 * f(m) = (v/S)^q … = 1 / (m B(px, q)) (1 + v/S)^−px (1 + S/v)^−q.
 * O(patterns) with no memory; gamma functions are computed once for each x. */
#include "lifetime/model.h"
#include "lifetime/special.h"

#include <math.h>

enum { P, Q, V };

/* log Γ(a) */
static double ln_gamma(double a) {
    int sign;
    return lgamma_r(a, &sign);
}

/* −log B(a, b), the larger one kept out of the differences. */
static double minus_ln_beta(double a, double b) {
    double low = fmin(a, b), high = fmax(a, b);
    return bm_ln_rising(high, low) - ln_gamma(low);
}

static void likelihood(const double *parameter, const bm_history *history, size_t histories,
                       double *log_likelihood, double *gradient) {
    double p = parameter[P], q = parameter[Q], v = parameter[V];
    double sum = 0, by_p = 0, by_q = 0, by_v = 0, x = -1, scale = 0, psi_p = 0, psi_q = 0;
    for (size_t i = 0; i < histories; i++) {
        const bm_history *h = &history[i];
        if (h->x < x || h->x > x) {
            x = h->x;
            scale = minus_ln_beta(p * x, q);
            if (gradient != NULL) {
                psi_p = bm_psi_rising(p * x, q);
                psi_q = bm_psi_rising(q, p * x);
            }
        }
        double spent = x * h->spend, of_v = log1p(v / spent), of_spent = log1p(spent / v);
        sum += h->count * (scale - p * x * of_v - q * of_spent - log(h->spend));
        by_p += h->count * p * x * (psi_p - of_v);
        by_q += h->count * q * (psi_q - of_spent);
        by_v += h->count * (q / (1 + v / spent) - p * x / (1 + spent / v));
    }
    *log_likelihood = sum;
    if (gradient != NULL) {
        gradient[P] = by_p;
        gradient[Q] = by_q;
        gradient[V] = by_v;
    }
}

double bm_gamma_gamma_spend(const double *parameter, double x, double spend) {
    double p = parameter[P], q = parameter[Q], v = parameter[V];
    double weight = p * x + (q - 1);
    if (!(weight > 0))
        return INFINITY;
    return x > 0 ? p * (v + x * spend) / weight : p * v / weight;
}

const bm_ltv_model bm_ltv_gamma_gamma = {
    .name = "gamma_gamma",
    .help = "mean spend of orders, gamma around a gamma mean (Fader & Hardie 2013)",
    .kind = BM_LTV_SPEND,
    .parameters = 3,
    .parameter = {"p", "q", "v"},
    .time_power = {0, 0, 1},
    .starts = 4,
    /* A mean p v / (q − 1) of about 1 each, and one without a mean. */
    .start = {{6, 4, 0.5}, {1, 2, 1}, {30, 10, 0.3}, {2, 0.8, 0.5}},
    .likelihood = likelihood,
};
