/* What every lifetime model of the registry owes: probabilities that sum to 1, chances in [0, 1],
 * expectations that grow with the horizon and agree with each other, gradients of its likelihood;
 * and fits that are finite or say what is wrong, to the bit the same for any number of threads. */
#include "../unit/lifetime/discrete.h"

#include "base/parallel.h"
#include "base/statistics.h"
#include "lifetime/fit.h"

enum { PLACES = 4, MOST = 4000 };

/* So many units, in which starts of times are measured. */
static const double longest = 40;

/* Parameters to be tried: the starts, and one that is a factor of 3 from the first. */
static size_t places_of(const bm_ltv_model *model, double place[PLACES + 1][BM_LTV_PARAMETERS]) {
    for (size_t s = 0; s <= model->starts; s++) {
        for (size_t i = 0; i < model->parameters; i++) {
            double value = model->start[s < model->starts ? s : 0][i];
            if (s == model->starts)
                value *= i % 2 == 0 ? 3 : 1.0 / 3;
            place[s][i] = value * pow(longest, model->time_power[i]);
        }
    }
    return model->starts + 1;
}

typedef void (*model_test)(const bm_ltv_model *model, const double *parameter);

static void at_every_place(model_test test, int with_spend) {
    for (size_t m = 0; bm_ltv_models[m] != NULL; m++) {
        const bm_ltv_model *model = bm_ltv_models[m];
        double place[PLACES + 1][BM_LTV_PARAMETERS];
        if (model->kind == BM_LTV_SPEND && !with_spend)
            continue;
        size_t places = places_of(model, place);
        for (size_t p = 0; p < places; p++)
            test(model, place[p]);
    }
}

static void one_row(const bm_ltv_model *model) {
    assert_true(bm_ltv_model_find(model->name) == model);
    assert_true(model->help[0] != '\0');
    assert_in_range(model->parameters, 1, BM_LTV_PARAMETERS);
    assert_in_range(model->starts, 1, PLACES);
    for (size_t i = 0; i < model->parameters; i++) {
        assert_non_null(model->parameter[i]);
        for (size_t s = 0; s < model->starts; s++)
            assert_true(model->start[s][i] > 0);
    }
    if (model->nested != NULL) {
        const bm_ltv_model *nested = bm_ltv_model_find(model->nested);
        assert_non_null(nested);
        assert_non_null(model->lost);
        assert_true(nested->parameters < model->parameters && nested->kind == model->kind);
    }
}

static void rows_are_whole(void **state) {
    (void)state;
    for (size_t m = 0; bm_ltv_models[m] != NULL; m++) {
        one_row(bm_ltv_models[m]);
        for (size_t n = 0; n < m; n++)
            assert_string_not_equal(bm_ltv_models[m]->name, bm_ltv_models[n]->name);
        if (bm_ltv_models[m]->nested != NULL) { /* which must be fitted by then */
            size_t n = 0;
            while (strcmp(bm_ltv_models[n]->name, bm_ltv_models[m]->nested) != 0)
                n++;
            assert_true(n < m);
        }
    }
    assert_null(bm_ltv_model_find("arima"));
}

/* The sum over x, the mean of x, and what is left of contracts. */
static void pmf_sums(const bm_ltv_model *model, const double *p, double t, double *sum,
                     double *mean) {
    double last = model->kind == BM_LTV_OPPORTUNITIES ? t : MOST, rest = 0;
    *sum = *mean = 0;
    for (double x = 0; x <= last; x++) {
        double share = exp(model->log_pmf(p, t, x));
        if (!(share >= 0 && share <= 1 + 1e-12))
            fail_msg("%s: P(X(%g) = %g) is %g", model->name, t, x, share);
        *sum += share;
        *mean += x * share;
    }
    if (model->kind == BM_LTV_CONTRACTS) {
        bm_history left = {0, 0, last, NAN, 1};
        model->likelihood(p, &left, 1, &rest, NULL);
        *sum += exp(rest);
    }
}

static void pmf_at(const bm_ltv_model *model, const double *p) {
    static const double times[] = {0, 1, 3, 39, 78};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        double sum, mean;
        pmf_sums(model, p, times[i], &sum, &mean);
        assert_near(model->name, sum, 1, 1, 1e-9);
        if (model->kind != BM_LTV_CONTRACTS)
            assert_near(model->name, mean, model->expected(p, times[i]), 1e-3, 1e-7);
    }
}

static void probabilities_sum_to_one_and_their_mean_is_expected(void **state) {
    (void)state;
    at_every_place(pmf_at, 0);
}

/* Histories at the edges: new, silent, last seen just now, many orders. */
static const bm_history edges[] = {{0, 0, 0, NAN, 1},          {0, 0, 1, NAN, 1},
                                   {0, 0, 40, NAN, 1},         {0, 0, 100000, NAN, 1},
                                   {1, 1, 1, NAN, 1},          {1, 1, 40, NAN, 1},
                                   {1, 40, 40, NAN, 1},        {40, 40, 40, NAN, 1},
                                   {7, 9, 40, NAN, 1},         {20, 40, 200, NAN, 1},
                                   {5000, 5000, 5000, NAN, 1}, {100000, 100000, 100000, NAN, 1},
                                   {100000, 1e5, 2e5, NAN, 1}, {99999, 100000, 100001, NAN, 1}};
enum { EDGES = sizeof edges / sizeof edges[0] };

/* As a model can be given it: contracts end once. */
static int edge_of(const bm_ltv_model *model, size_t i, bm_history *history) {
    *history = edges[i];
    if (model->kind == BM_LTV_CONTRACTS) {
        history->x = fmin(history->x, 1);
        history->t_x = 0;
    }
    return !(model->kind == BM_LTV_CONTRACTS && history->x > 0 && history->t < 1);
}

static void edges_at(const bm_ltv_model *model, const double *p) {
    static const double ahead[] = {0, 1, 2, 39, 52, 520};
    enum { COUNT = sizeof ahead / sizeof ahead[0] };
    for (size_t i = 0; i < EDGES; i++) {
        bm_history h;
        double value, gradient[BM_LTV_PARAMETERS], orders[COUNT];
        if (!edge_of(model, i, &h))
            continue;
        model->likelihood(p, &h, 1, &value, gradient);
        for (size_t k = 0; k < model->parameters; k++)
            if (!isfinite(value) || !isfinite(gradient[k]))
                fail_msg("%s: likelihood %g, gradient %g of (%g, %g, %g)", model->name, value,
                         gradient[k], h.x, h.t_x, h.t);
        double odds = model->log_odds_alive(p, &h), alive = bm_logistic(odds);
        assert_true(odds >= -1e308 && alive >= 0 && alive <= 1);
        model->expected_alive(p, &h, ahead, COUNT, orders);
        assert_true(orders[0] >= 0 && orders[0] <= 0);
        for (size_t k = 1; k < COUNT; k++)
            if (!isfinite(orders[k]) || !(orders[k] >= orders[k - 1]))
                fail_msg("%s: %g orders within %g of (%g, %g, %g)", model->name, orders[k],
                         ahead[k], h.x, h.t_x, h.t);
        value = model->discounted_alive(p, &h, .002);
        assert_true(isfinite(value) && value > 0);
        if (model->log_silent_alive != NULL) {
            double silent = model->log_silent_alive(p, &h, 39);
            assert_true(silent <= 0 && silent <= model->log_silent_alive(p, &h, 1));
        }
    }
}

static void edges_are_finite_and_orders_grow_with_the_horizon(void **state) {
    (void)state;
    at_every_place(edges_at, 0);
}

static void later_orders_mean_a_living_buyer(void **state) {
    (void)state;
    for (size_t m = 0; bm_ltv_models[m] != NULL; m++) {
        const bm_ltv_model *model = bm_ltv_models[m];
        double place[PLACES + 1][BM_LTV_PARAMETERS], before = -INFINITY;
        if (model->kind != BM_LTV_ORDERS && model->kind != BM_LTV_OPPORTUNITIES)
            continue;
        places_of(model, place);
        for (double t_x = 5; t_x <= 40; t_x++) {
            bm_history h = {5, t_x, 40, NAN, 1};
            double odds = model->log_odds_alive(place[0], &h);
            assert_true(odds >= before);
            before = odds;
        }
    }
}

/* What is expected of a new buyer, told from the history of nothing. */
static void new_buyers_at(const bm_ltv_model *model, const double *p) {
    bm_history none = {0, 0, 0, NAN, 1};
    double alive = bm_logistic(model->log_odds_alive(p, &none)), before = 0;
    for (double t = 1; t < 400; t = floor(1.7 * t) + 1) {
        double orders;
        model->expected_alive(p, &none, &t, 1, &orders);
        assert_near(model->name, alive * orders, model->expected(p, t), 0, 1e-9);
        assert_true(model->expected(p, t) >= before);
        before = model->expected(p, t);
        if (model->log_silent_alive != NULL) {
            double silent = 1 - alive + alive * exp(model->log_silent_alive(p, &none, t));
            assert_near(model->name, silent, exp(model->log_pmf(p, t, 0)), 0, 1e-9);
        }
    }
}

static void a_new_buyer_is_a_history_of_nothing(void **state) {
    (void)state;
    at_every_place(new_buyers_at, 0);
}

/* Orders discounted at the ends of units, and at their beginnings, hold what is discounted when
 * they come; where they come at the ends, it is the first. */
static void discounted_at(const bm_ltv_model *model, const double *p) {
    enum { UNITS = 800 };
    static double ahead[UNITS], orders[UNITS];
    const double delta = .05;
    bm_history h = {4, 20, 30, NAN, 1};
    double late = 0, early = 0;
    if (model->kind == BM_LTV_CONTRACTS)
        h = (bm_history){0, 0, 5, NAN, 1};
    for (size_t i = 0; i < UNITS; i++)
        ahead[i] = (double)i + 1;
    model->expected_alive(p, &h, ahead, UNITS, orders);
    for (size_t i = 0; i < UNITS; i++) {
        double more = orders[i] - (i > 0 ? orders[i - 1] : 0);
        late += more * exp(-delta * ahead[i]);
        early += more * exp(-delta * (ahead[i] - 1));
    }
    double value = model->discounted_alive(p, &h, delta);
    if (model->kind == BM_LTV_ORDERS)
        assert_true(value > late && value < early);
    else
        assert_near(model->name, value, late, 0, 1e-11);
    assert_true(model->discounted_alive(p, &h, 2 * delta) < value);
}

static void discounted_orders_are_the_expected_ones(void **state) {
    (void)state;
    at_every_place(discounted_at, 0);
}

static double draw(uint64_t *at) {
    *at = *at * 6364136223846793005u + 1442695040888963407u;
    return (double)(*at >> 33) / 0x1p31;
}

/* A buyer, or a contract, of one of three sorts: each period orders, or ends, or neither. */
static bm_history draw_history(const bm_ltv_model *model, uint64_t *at) {
    static const double orders[] = {.6, .2, .03}, ends[] = {.02, .4, .12};
    size_t sort = (size_t)(draw(at) * 3), other = (size_t)(draw(at) * 3);
    double t = 10 + floor(draw(at) * 31), x = 0, t_x = 0;
    double spend = floor(500 + 3000 * draw(at) * (1 + (double)sort)) / 100;
    int is_contract = model->kind == BM_LTV_CONTRACTS;
    for (double i = 1; i <= t && !(draw(at) < ends[other]); i++) {
        if (is_contract || draw(at) < orders[sort]) {
            x++;
            t_x = i;
        }
    }
    if (is_contract)
        return (bm_history){t_x < t, 0, fmin(t_x + 1, t), NAN, 1};
    if (model->kind == BM_LTV_ORDERS && x > 0)
        t_x -= floor(draw(at) * 7) / 7;
    return (bm_history){x, t_x, t, x > 0 ? spend : NAN, 1};
}

static void draw_histories(const bm_ltv_model *model, bm_history *history, size_t count) {
    uint64_t at = 11;
    for (size_t i = 0; i < count; i++)
        history[i] = draw_history(model, &at);
}

static bm_patterns patterns_of(const bm_ltv_model *model, const bm_history *history, size_t count) {
    bm_patterns made;
    assert_int_equal(bm_patterns_init(history, count, model->kind, &made, NULL), BM_OK);
    return made;
}

static void gradients_at(const bm_ltv_model *model, const double *p) {
    enum { COUNT = 300 };
    bm_history history[COUNT];
    draw_histories(model, history, COUNT);
    bm_patterns patterns = patterns_of(model, history, COUNT);
    assert_gradient(model, p, patterns.pattern, patterns.patterns, 1e-7);
    bm_patterns_free(&patterns);
}

static void gradients_are_those_of_differences(void **state) {
    (void)state;
    at_every_place(gradients_at, 1);
}

static void compression_at(const bm_ltv_model *model, const double *p) {
    enum { COUNT = 2000 };
    static bm_history history[COUNT];
    double value, gradient[BM_LTV_PARAMETERS], sum = 0, by[BM_LTV_PARAMETERS] = {0};
    draw_histories(model, history, COUNT);
    bm_patterns patterns = patterns_of(model, history, COUNT);
    assert_true(patterns.patterns < COUNT);
    assert_int_equal(bm_ltv_likelihood(model, &patterns, p, &value, gradient, NULL), BM_OK);
    for (size_t i = 0; i < COUNT; i++) {
        double one, of_one[BM_LTV_PARAMETERS];
        if (model->kind == BM_LTV_SPEND && !(history[i].x > 0))
            continue;
        model->likelihood(p, &history[i], 1, &one, of_one);
        sum += one;
        for (size_t k = 0; k < model->parameters; k++)
            by[k] += of_one[k];
    }
    assert_near(model->name, value, sum, 1, 1e-12);
    for (size_t k = 0; k < model->parameters; k++)
        assert_near(model->name, gradient[k], by[k], 100, 1e-11);
    bm_patterns_free(&patterns);
}

static void compression_does_not_change_the_likelihood(void **state) {
    (void)state;
    at_every_place(compression_at, 1);
}

/* The fit, after that of the model it falls back to. */
static void fit_to(const bm_ltv_model *model, const bm_patterns *patterns, bm_ltv_fit *fit) {
    static const bm_context context = {.seed = 1};
    bm_ltv_fit nested;
    bm_error err = {.status = BM_OK};
    const bm_ltv_model *floor = model->nested != NULL ? bm_ltv_model_find(model->nested) : NULL;
    if (floor != NULL)
        fit_to(floor, patterns, &nested);
    bm_status status =
        bm_ltv_fit_model(model, patterns, floor != NULL ? &nested : NULL, &context, fit, &err);
    if (status != BM_OK)
        fail_msg("%s: %s", model->name, err.message);
    if (!fit->usable && fit->note[0] == '\0')
        fail_msg("%s is not usable, and does not say why", model->name);
    for (size_t i = 0; fit->usable && i < model->parameters; i++)
        assert_true(isfinite(fit->parameter[i]) && fit->parameter[i] > 0);
    assert_true(!fit->usable || isfinite(fit->log_likelihood));
}

static void few_and_equal_buyers_are_fitted_or_named(void **state) {
    (void)state;
    static const bm_history orders[] = {{0, 0, 40, NAN, 1},
                                        {3, 9, 40, 25, 1},
                                        {3, 40, 40, 25, 1},
                                        {3, 9, 40, 25, 10000},
                                        {0, 0, 40, NAN, 10000},
                                        {0, 0, 0, NAN, 1},
                                        {100000, 100000, 100000, 25, 1},
                                        {100000, 100000, 100100, 25, 10000}};
    static const bm_history contracts[] = {{0, 0, 12, NAN, 1},     {1, 0, 1, NAN, 1},
                                           {1, 0, 7, NAN, 10000},  {0, 0, 7, NAN, 10000},
                                           {1, 0, 1, NAN, 100000}, {1, 0, 100000, NAN, 1},
                                           {0, 0, 0, NAN, 5}};
    for (size_t m = 0; bm_ltv_models[m] != NULL; m++) {
        const bm_ltv_model *model = bm_ltv_models[m];
        int is_contracts = model->kind == BM_LTV_CONTRACTS;
        size_t count = is_contracts ? sizeof contracts / sizeof contracts[0]
                                    : sizeof orders / sizeof orders[0];
        for (size_t i = 0; i < count; i++) {
            const bm_history *one = is_contracts ? &contracts[i] : &orders[i];
            bm_patterns patterns = patterns_of(model, one, 1);
            bm_ltv_fit fit;
            if (patterns.patterns > 0)
                fit_to(model, &patterns, &fit);
            bm_patterns_free(&patterns);
        }
    }
}

/* A buyer with very many orders among ordinary ones. */
static void one_buyer_with_very_many_orders_spoils_nothing(void **state) {
    (void)state;
    enum { COUNT = 400 };
    static bm_history history[COUNT + 1];
    for (size_t m = 0; bm_ltv_models[m] != NULL; m++) {
        const bm_ltv_model *model = bm_ltv_models[m];
        bm_ltv_fit fit;
        draw_histories(model, history, COUNT);
        history[COUNT] = model->kind == BM_LTV_CONTRACTS
                             ? (bm_history){0, 0, 100000, NAN, 1}
                             : (bm_history){100000, 100000, 100001, 25, 1};
        bm_patterns patterns = patterns_of(model, history, COUNT + 1);
        fit_to(model, &patterns, &fit);
        bm_patterns_free(&patterns);
    }
}

static void fits_have_equal_bits_for_any_number_of_threads(void **state) {
    (void)state;
    enum { COUNT = 8000 };
    static bm_history history[COUNT];
    static const int threads[] = {1, 2, 7};
    for (size_t m = 0; bm_ltv_models[m] != NULL; m++) {
        const bm_ltv_model *model = bm_ltv_models[m];
        bm_ltv_fit first = {.model = NULL}, fit;
        draw_histories(model, history, COUNT);
        bm_patterns patterns = patterns_of(model, history, COUNT);
        for (size_t t = 0; t < 3; t++) {
            bm_set_threads(threads[t]);
            fit_to(model, &patterns, &fit);
            if (!fit.usable || !fit.converged)
                fail_msg("%s: %s", model->name, fit.note);
            if (t == 0)
                first = fit;
            assert_memory_equal(fit.parameter, first.parameter, sizeof fit.parameter);
            assert_memory_equal(fit.std_error, first.std_error, sizeof fit.std_error);
            assert_memory_equal(&fit.log_likelihood, &first.log_likelihood, sizeof(double));
            assert_string_equal(fit.note, first.note);
        }
        bm_set_threads(0);
        bm_patterns_free(&patterns);
    }
}

static void nobody_is_nothing_to_fit(void **state) {
    (void)state;
    for (size_t m = 0; bm_ltv_models[m] != NULL; m++) {
        bm_patterns none = patterns_of(bm_ltv_models[m], edges, 0);
        bm_ltv_fit fit;
        bm_error err = {.status = BM_OK};
        assert_int_equal(bm_ltv_fit_model(bm_ltv_models[m], &none, NULL, NULL, &fit, &err),
                         BM_DEGENERATE);
        assert_true(err.message[0] != '\0');
        bm_patterns_free(&none);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_whole),
        cmocka_unit_test(probabilities_sum_to_one_and_their_mean_is_expected),
        cmocka_unit_test(edges_are_finite_and_orders_grow_with_the_horizon),
        cmocka_unit_test(later_orders_mean_a_living_buyer),
        cmocka_unit_test(a_new_buyer_is_a_history_of_nothing),
        cmocka_unit_test(discounted_orders_are_the_expected_ones),
        cmocka_unit_test(gradients_are_those_of_differences),
        cmocka_unit_test(compression_does_not_change_the_likelihood),
        cmocka_unit_test(few_and_equal_buyers_are_fitted_or_named),
        cmocka_unit_test(one_buyer_with_very_many_orders_spoils_nothing),
        cmocka_unit_test(fits_have_equal_bits_for_any_number_of_threads),
        cmocka_unit_test(nobody_is_nothing_to_fit),
    };
    bm_statistics_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
