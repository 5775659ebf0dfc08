/* The survivors of Fader & Hardie (2007), and what the models of contracts say of them. */
#ifndef TEST_SURVIVORS_H
#define TEST_SURVIVORS_H

#include "discrete.h"

static const double high_end[] = {1000, 869, 743, 653, 593, 551, 517, 491};
static const double regular[] = {1000, 631, 468, 382, 326, 289, 262, 241};

/* What so many years of survivors come to; gives the histories. */
static inline size_t histories_of(const double *survivors, int years, bm_history *history) {
    for (int i = 1; i <= years; i++)
        history[i - 1] = (bm_history){1, 0, i, NAN, survivors[i - 1] - survivors[i]};
    history[years] = (bm_history){0, 0, years, NAN, survivors[years]};
    return (size_t)years + 1;
}

/* The log-likelihood as printed, at a maximum, to which the fit leads. */
static inline void assert_fit(const bm_ltv_model *model, const double *survivors, int years,
                              const double *parameter, double printed, int digits) {
    bm_history history[8];
    double value, gradient[BM_LTV_PARAMETERS];
    size_t count = histories_of(survivors, years, history);
    model->likelihood(parameter, history, count, &value, gradient);
    assert_printed("the log-likelihood", value, printed, digits);
    for (size_t k = 0; k < model->parameters; k++)
        assert_true(fabs(gradient[k]) < 1e-3);
    bm_ltv_fit fit;
    assert_fitted(model, history, count, parameter, printed, &fit);
}

static inline void assert_survivors(const bm_ltv_model *model, const double *parameter,
                                    const double *printed) {
    for (int t = 1; t <= 12; t++) {
        bm_history history = {0, 0, t, NAN, 1};
        double value;
        model->likelihood(parameter, &history, 1, &value, NULL);
        assert_printed("S(t)", exp(value), printed[t - 1], 4);
    }
}

#endif
