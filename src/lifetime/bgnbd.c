/* BG/NBD: buyers leave after an order, never before the first repeat order (Fader, Hardie & Lee
 * 2005). See dropout.c. */
#include "lifetime/dropout.h"

BM_DROPOUT_FUNCTIONS(0)

const bm_ltv_model bm_ltv_bgnbd = {
    .name = "bgnbd",
    .help = "orders at gamma rates, dropout after repeat orders (Fader, Hardie & Lee 2005)",
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
