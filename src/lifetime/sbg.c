/* Shifted beta-geometric: a contract is not renewed after a period with probability θ ~
 * Beta(alpha, beta), the same at every renewal (Fader & Hardie 2007, Journal of Interactive
 * Marketing 21(1)). S(t) = B(alpha, beta + t) / B(alpha, beta), P(T = t) = S(t − 1) alpha / (alpha
 * + beta + t − 1). Histories: x = 1 ended in period t >= 1, x = 0 ran on after period t.
 *
 * "Orders" of a contract are its renewals: the periods that it is still there after. A contract
 * that ended has log-odds of being alive of −1e308, one that runs of INFINITY.
 * O(1) a history; no memory. */
#include "lifetime/beta_geometric.h"
#include "lifetime/model.h"
#include "lifetime/special.h"

#include <math.h>

enum { ALPHA, BETA };

/* log P(T = t) or log S(t), and its derivatives by the parameters. */
static double one(const double *p, double x, double t, double by[2]) {
    double survived = x > 0 ? t - 1 : t;
    double falls = bm_psi_rising(p[ALPHA] + p[BETA], survived);
    by[ALPHA] = -falls;
    by[BETA] = bm_psi_rising(p[BETA], survived) - falls;
    double log_share = bm_log_beta_ratio(p[ALPHA], p[BETA], survived);
    if (!(x > 0))
        return log_share;
    double whole = p[ALPHA] + p[BETA] + survived;
    by[ALPHA] += 1 / p[ALPHA] - 1 / whole;
    by[BETA] -= 1 / whole;
    return log_share + log(p[ALPHA] / whole);
}

static void likelihood(const double *parameter, const bm_history *history, size_t histories,
                       double *log_likelihood, double *gradient) {
    double sum = 0, total[2] = {0, 0}, by[2];
    for (size_t i = 0; i < histories; i++) {
        const bm_history *h = &history[i];
        sum += h->count * one(parameter, h->x, h->t, by);
        total[ALPHA] += h->count * by[ALPHA];
        total[BETA] += h->count * by[BETA];
    }
    *log_likelihood = sum;
    for (size_t k = 0; gradient != NULL && k < 2; k++)
        gradient[k] = parameter[k] * total[k];
}

static double log_odds_alive(const double *parameter, const bm_history *history) {
    (void)parameter;
    return history->x > 0 ? -1e308 : INFINITY;
}

static double expected(const double *parameter, double t) {
    double renewals = 0;
    bm_beta_geometric_sums(parameter[ALPHA], parameter[BETA], &t, 1, &renewals);
    return renewals;
}

static void expected_alive(const double *parameter, const bm_history *history, const double *ahead,
                           size_t count, double *orders) {
    bm_beta_geometric_sums(parameter[ALPHA], parameter[BETA] + history->t, ahead, count, orders);
}

static double discounted_alive(const double *parameter, const bm_history *history, double delta) {
    return bm_beta_geometric_discounted(parameter[ALPHA], parameter[BETA] + history->t, delta);
}

static double log_pmf(const double *parameter, double t, double x) {
    double by[2];
    (void)t;
    return x >= 1 && !(x > floor(x)) ? one(parameter, 1, x, by) : -INFINITY;
}

const bm_ltv_model bm_ltv_sbg = {
    .name = "sbg",
    .help = "contracts with renewal at beta-distributed rates (Fader & Hardie 2007)",
    .kind = BM_LTV_CONTRACTS,
    .parameters = 2,
    .parameter = {"alpha", "beta"},
    .starts = 3,
    .start = {{1, 1}, {0.5, 4}, {3, 30}},
    .likelihood = likelihood,
    .log_odds_alive = log_odds_alive,
    .expected = expected,
    .expected_alive = expected_alive,
    .discounted_alive = discounted_alive,
    .log_pmf = log_pmf,
};
