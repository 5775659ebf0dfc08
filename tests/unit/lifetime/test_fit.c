/* What the fit driver makes of fits: weights, criteria, and when a fit is not to be believed. The
 * likelihood of histories that all count c times is c times theirs, and has its maximum at the same
 * place: so a fit can be put on either side of every limit. */
#include "lifetime/fit.h"

#include "base/statistics.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Buyers of whom some seem to have left. */
static const bm_history buyers[] = {{0, 0, 39, NAN, 60},  {1, 2, 39, NAN, 14}, {1, 30, 38, NAN, 9},
                                    {2, 5, 39, NAN, 8},   {2, 33, 37, NAN, 7}, {4, 12, 39, NAN, 6},
                                    {4, 35, 38, NAN, 5},  {7, 20, 39, NAN, 3}, {7, 37, 39, NAN, 4},
                                    {12, 38, 39, NAN, 3}, {15, 24, 38, NAN, 2}};
enum { BUYERS = sizeof buyers / sizeof buyers[0] };

static void assert_close(double got, double wanted, double relative) {
    if (!(fabs(got - wanted) <= relative * fabs(wanted)))
        fail_msg("%.17g, not %.17g: off by %.2g of it", got, wanted, got / wanted - 1);
}

/* Fits a model and the one nested in it to histories that count `times` as often. */
static void fit_times(const bm_ltv_model *model, const bm_history *history, size_t n, double times,
                      bm_ltv_fit *nested, bm_ltv_fit *fit) {
    bm_history *scaled = malloc(n * sizeof *scaled);
    bm_patterns patterns;
    memcpy(scaled, history, n * sizeof *scaled);
    for (size_t i = 0; i < n; i++)
        scaled[i].count *= times;
    assert_int_equal(bm_patterns_init(scaled, n, model->kind, &patterns, NULL), BM_OK);
    assert_int_equal(
        bm_ltv_fit_model(bm_ltv_model_find(model->nested), &patterns, NULL, NULL, nested, NULL),
        BM_OK);
    assert_int_equal(bm_ltv_fit_model(model, &patterns, nested, NULL, fit, NULL), BM_OK);
    bm_patterns_free(&patterns);
    free(scaled);
}

static void a_weight_is_so_many_buyers(void **unused) {
    bm_ltv_fit nested, once, thrice;
    (void)unused;
    fit_times(&bm_ltv_bgnbd, buyers, BUYERS, 1, &nested, &once);
    fit_times(&bm_ltv_bgnbd, buyers, BUYERS, 3, &nested, &thrice);
    assert_close(once.buyers, 121, 1e-15);
    assert_close(thrice.buyers, 363, 1e-15);
    assert_close(thrice.log_likelihood, 3 * once.log_likelihood, 1e-12);
    assert_close(once.aic, 8 - 2 * once.log_likelihood, 1e-15);
    assert_close(once.bic, 4 * log(121) - 2 * once.log_likelihood, 1e-15);
    for (size_t i = 0; i < 4; i++) {
        assert_close(thrice.parameter[i], once.parameter[i], 1e-5);
        assert_close(thrice.std_error[i], once.std_error[i] / sqrt(3), 1e-5);
    }
}

/* Two parameters must gain 2 in log-likelihood. */
static void a_gain_not_worth_its_parameters_is_no_dropout(void **unused) {
    static const bm_ltv_model *const model[] = {&bm_ltv_bgnbd, &bm_ltv_mbgnbd, &bm_ltv_paretonbd};
    (void)unused;
    for (size_t m = 0; m < 3; m++) {
        bm_ltv_fit nested, fit;
        fit_times(model[m], buyers, BUYERS, 1, &nested, &fit);
        double gain = fit.log_likelihood - nested.log_likelihood;
        assert_true(fit.usable && fit.presented && gain > 2);
        fit_times(model[m], buyers, BUYERS, 2.02 / gain, &nested, &fit);
        assert_true(fit.usable && fit.presented);
        assert_string_equal(fit.note, "");
        fit_times(model[m], buyers, BUYERS, 1.98 / gain, &nested, &fit);
        assert_false(fit.usable || fit.presented);
        assert_string_equal(fit.note, "no dropout signal: log-likelihood only 1.98 above nbd, "
                                      "whose predictions stand");
        assert_true(fit.converged);
    }
}

/* Who all order as often as a Poisson process would: no gamma distribution is narrow enough. */
static void a_parameter_on_its_bound_is_named(void **unused) {
    const bm_history equal[] = {{4, 30, 39, NAN, 100}};
    bm_ltv_fit nested, fit;
    (void)unused;
    fit_times(&bm_ltv_bgnbd, equal, 1, 1, &nested, &fit);
    assert_false(nested.presented || nested.converged);
    assert_true(nested.usable); /* the rate is known */
    assert_non_null(strstr(nested.note, "r runs to infinity"));
    assert_close(nested.log_likelihood, 100 * (4 * log(4.0 / 39) - 4), 1e-6);
    for (size_t i = 0; i < 2; i++)
        assert_true(isnan(nested.std_error[i]));
    assert_false(fit.presented || fit.usable);
    assert_non_null(strstr(fit.note, "no dropout signal"));
}

/* Every contract ends with the same probability: the beta distribution is narrow, and how narrow
 * makes no difference. */
static void what_the_data_do_not_determine_is_named(void **unused) {
    const bm_history equal[] = {
        {1, 0, 1, NAN, 500}, {1, 0, 2, NAN, 250}, {1, 0, 3, NAN, 125}, {0, 0, 3, NAN, 125}};
    bm_ltv_fit nested, fit;
    (void)unused;
    fit_times(&bm_ltv_bdw, equal, 4, 1, &nested, &fit);
    assert_false(nested.presented);
    assert_non_null(strstr(nested.note, "the data do not determine the parameters"));
    assert_close(nested.log_likelihood, 1750 * log(0.5), 1e-6);
}

/* One period says how many go in it, and nothing of those after it. */
static void what_is_left_is_named(void **unused) {
    const bm_history brief[] = {{1, 0, 1, NAN, 300}, {0, 0, 1, NAN, 700}};
    bm_ltv_fit nested, fit;
    bm_patterns patterns;
    (void)unused;
    fit_times(&bm_ltv_bdw, brief, 2, 1, &nested, &fit);
    assert_false(nested.usable || nested.presented || fit.usable || fit.presented);
    assert_null(strstr(fit.note, "stand"));
    nested.usable = 1;
    assert_int_equal(bm_patterns_init(brief, 2, BM_LTV_CONTRACTS, &patterns, NULL), BM_OK);
    assert_int_equal(bm_ltv_fit_model(&bm_ltv_bdw, &patterns, &nested, NULL, &fit, NULL), BM_OK);
    assert_false(fit.usable);
    assert_non_null(strstr(fit.note, "; predictions of sbg stand"));
    bm_patterns_free(&patterns);
}

static void nobody_is_nothing_to_fit(void **unused) {
    bm_patterns patterns;
    bm_ltv_fit fit;
    bm_error err = {.status = BM_OK};
    (void)unused;
    assert_int_equal(bm_patterns_init(NULL, 0, BM_LTV_ORDERS, &patterns, NULL), BM_OK);
    assert_int_equal(bm_ltv_fit_model(&bm_ltv_nbd, &patterns, NULL, NULL, &fit, &err),
                     BM_DEGENERATE);
    assert_non_null(strstr(err.message, "nbd"));
    bm_patterns_free(&patterns);
}

/* Many patterns are first searched by a sample of them, which only says where to begin. */
static void a_sample_says_only_where_to_begin(void **unused) {
    enum { KINDS = 11, DAYS = 2000, MANY = KINDS * DAYS };
    bm_history *many = malloc(MANY * sizeof *many);
    bm_patterns patterns;
    bm_ltv_fit fit;
    double at_once, gradient[BM_LTV_PARAMETERS];
    (void)unused;
    for (size_t i = 0; i < MANY; i++) {
        many[i] = buyers[i % KINDS];
        many[i].t += (double)(i / KINDS) / DAYS;
    }
    assert_int_equal(bm_patterns_init(many, MANY, BM_LTV_ORDERS, &patterns, NULL), BM_OK);
    assert_int_equal(patterns.patterns, MANY);
    assert_int_equal(bm_ltv_fit_model(&bm_ltv_bgnbd, &patterns, NULL, NULL, &fit, NULL), BM_OK);
    assert_true(fit.usable && fit.converged);
    assert_int_equal(
        bm_ltv_likelihood(&bm_ltv_bgnbd, &patterns, fit.parameter, &at_once, gradient, NULL),
        BM_OK);
    assert_close(fit.log_likelihood, at_once, 1e-13);
    for (size_t i = 0; i < 4; i++)
        assert_true(fabs(gradient[i]) < 1e-3);
    bm_patterns_free(&patterns);
    free(many);
}

static int start(void **unused) {
    (void)unused;
    bm_statistics_start();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_weight_is_so_many_buyers),
        cmocka_unit_test(a_gain_not_worth_its_parameters_is_no_dropout),
        cmocka_unit_test(a_parameter_on_its_bound_is_named),
        cmocka_unit_test(what_the_data_do_not_determine_is_named),
        cmocka_unit_test(what_is_left_is_named),
        cmocka_unit_test(nobody_is_nothing_to_fit),
        cmocka_unit_test(a_sample_says_only_where_to_begin),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
