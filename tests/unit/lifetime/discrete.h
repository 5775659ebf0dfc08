/* What tests of the models in whole periods share. */
#ifndef TEST_DISCRETE_H
#define TEST_DISCRETE_H

#include "lifetime/fit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Apart by `most`, of the expected value or, where that is smaller, of `floor`. */
static inline void assert_near(const char *what, double value, double expected, double floor,
                               double most) {
    double apart = fabs(value - expected) / fmax(fabs(expected), floor);
    if (!(apart <= most))
        fail_msg("%s is %.17g, not %.17g (%.2g apart)", what, value, expected, apart);
}

/* As it is printed: with so many digits after the point. */
static inline void assert_printed(const char *what, double value, double expected, int digits) {
    if (!(fabs(value - expected) <= 0.5000001 * pow(10, -digits)))
        fail_msg("%s is %.15g, printed as %.*f", what, value, digits, expected);
}

/* The gradient against Richardson's central differences over the logarithms of the parameters. */
static inline void assert_gradient(const bm_ltv_model *model, const double *parameter,
                                   const bm_history *history, size_t histories, double most) {
    double gradient[BM_LTV_PARAMETERS], value, alone;
    model->likelihood(parameter, history, histories, &value, gradient);
    model->likelihood(parameter, history, histories, &alone, NULL);
    assert_true(value >= alone && value <= alone);
    for (size_t k = 0; k < model->parameters; k++) {
        double slope[2], noise = 0;
        for (int i = 0; i < 2; i++) {
            double step = i == 0 ? 2e-3 : 1e-3, end[2];
            for (int j = 0; j < 2; j++) {
                double moved[BM_LTV_PARAMETERS];
                memcpy(moved, parameter, model->parameters * sizeof *moved);
                moved[k] *= exp(j == 0 ? -step : step);
                model->likelihood(moved, history, histories, &end[j], NULL);
            }
            slope[i] = (end[1] - end[0]) / (2 * step);
            noise = fabs(end[0]) * 1e-12;
        }
        double expected = (4 * slope[1] - slope[0]) / 3;
        if (!(fabs(gradient[k] - expected) <= most * fabs(expected) + noise + 1e-12))
            fail_msg("%s: the derivative by log %s is %.15g, differences say %.15g", model->name,
                     model->parameter[k], gradient[k], expected);
    }
}

/* Fitted from the model's starts: parameters to 1e-6 of those printed, and no further from the
 * maximum than 1e-6 in the log-likelihood. */
static inline void assert_fitted(const bm_ltv_model *model, const bm_history *history,
                                 size_t histories, const double *parameter, double log_likelihood,
                                 bm_ltv_fit *fit) {
    bm_patterns patterns;
    assert_int_equal(bm_patterns_init(history, histories, model->kind, &patterns, NULL), BM_OK);
    assert_int_equal(bm_ltv_fit_model(model, &patterns, NULL, NULL, fit, NULL), BM_OK);
    assert_true(fit->usable && fit->converged);
    for (size_t k = 0; k < model->parameters; k++)
        assert_near(model->parameter[k], fit->parameter[k], parameter[k], 0, 1e-6);
    assert_near("the log-likelihood", fit->log_likelihood, log_likelihood, 1, 1e-9);
    bm_patterns_free(&patterns);
}

#endif
