/* BG/NBD and MBG/NBD: orders at a gamma-distributed rate until a dropout of beta-distributed
 * probability, which is drawn after every order; in MBG/NBD after the first one (time 0), too. */
#ifndef BM_LIFETIME_DROPOUT_H
#define BM_LIFETIME_DROPOUT_H

#include "lifetime/model.h"

/* The functions of a model, after its parameters r, alpha, a, b; draws: dropouts drawn at time 0,
 * 0 or 1. */
void bm_dropout_likelihood(int draws, const double *parameter, const bm_history *history,
                           size_t histories, double *log_likelihood, double *gradient);
double bm_dropout_log_odds(int draws, const double *parameter, const bm_history *history);
double bm_dropout_expected(int draws, const double *parameter, double t);
void bm_dropout_expected_alive(int draws, const double *parameter, const bm_history *history,
                               const double *ahead, size_t count, double *orders);
double bm_dropout_discounted(int draws, const double *parameter, const bm_history *history,
                             double delta);
double bm_dropout_log_silent(const double *parameter, const bm_history *history, double ahead);
double bm_dropout_log_pmf(int draws, const double *parameter, double t, double x);

/* The same with so many draws, as a row of the registry wants them. */
#define BM_DROPOUT_FUNCTIONS(draws)                                                                \
    static void likelihood(const double *parameter, const bm_history *history, size_t histories,   \
                           double *log_likelihood, double *gradient) {                             \
        bm_dropout_likelihood(draws, parameter, history, histories, log_likelihood, gradient);     \
    }                                                                                              \
                                                                                                   \
    static double log_odds_alive(const double *parameter, const bm_history *history) {             \
        return bm_dropout_log_odds(draws, parameter, history);                                     \
    }                                                                                              \
                                                                                                   \
    static double expected(const double *parameter, double t) {                                    \
        return bm_dropout_expected(draws, parameter, t);                                           \
    }                                                                                              \
                                                                                                   \
    static void expected_alive(const double *parameter, const bm_history *history,                 \
                               const double *ahead, size_t count, double *orders) {                \
        bm_dropout_expected_alive(draws, parameter, history, ahead, count, orders);                \
    }                                                                                              \
                                                                                                   \
    static double discounted_alive(const double *parameter, const bm_history *history,             \
                                   double delta) {                                                 \
        return bm_dropout_discounted(draws, parameter, history, delta);                            \
    }                                                                                              \
                                                                                                   \
    static double log_pmf(const double *parameter, double t, double x) {                           \
        return bm_dropout_log_pmf(draws, parameter, t, x);                                         \
    }

#endif
