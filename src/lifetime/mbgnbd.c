/* MBG/NBD: buyers may leave after the very first order, too (Batislam, Denizel & Filiztekin 2007).
 * See dropout.c. */
#include "lifetime/dropout.h"

BM_DROPOUT_FUNCTIONS(1)

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
