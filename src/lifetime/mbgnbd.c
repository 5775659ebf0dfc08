/* MBG/NBD: buyers may leave after the very first order, too (Batislam, Denizel & Filiztekin 2007).
 * See dropout.c. */
#include "lifetime/dropout.h"

enum { DRAWS = 1 };

static void likelihood(const double *parameter, const bm_history *history, size_t histories,
                       double *log_likelihood, double *gradient) {
    bm_dropout_likelihood(DRAWS, parameter, history, histories, log_likelihood, gradient);
}

static double log_odds_alive(const double *parameter, const bm_history *history) {
    return bm_dropout_log_odds(DRAWS, parameter, history);
}

static double expected(const double *parameter, double t) {
    return bm_dropout_expected(DRAWS, parameter, t);
}

static void expected_alive(const double *parameter, const bm_history *history, const double *ahead,
                           size_t count, double *orders) {
    bm_dropout_expected_alive(DRAWS, parameter, history, ahead, count, orders);
}

static double discounted_alive(const double *parameter, const bm_history *history, double delta) {
    return bm_dropout_discounted(DRAWS, parameter, history, delta);
}

static double log_pmf(const double *parameter, double t, double x) {
    return bm_dropout_log_pmf(DRAWS, parameter, t, x);
}

const bm_ltv_model bm_ltv_mbgnbd = {
    .name = "mbgnbd",
    .help = "orders at gamma rates, dropout after any order (Batislam et al. 2007)",
    .kind = BM_LTV_ORDERS,
    .parameters = 4,
    .parameter = {"r", "alpha", "a", "b"},
    .time_power = {0, 1, 0, 0},
    .nested = "nbd",
    .lost = "dropout",
    .nested_at_edge = 1,
    .starts = 3,
    .start = {{0.5, 0.2, 0.8, 2.5}, {1, 0.5, 0.3, 5}, {3, 0.3, 1, 10}},
    .likelihood = likelihood,
    .log_odds_alive = log_odds_alive,
    .expected = expected,
    .expected_alive = expected_alive,
    .discounted_alive = discounted_alive,
    .log_silent_alive = bm_dropout_log_silent,
    .log_pmf = log_pmf,
};
