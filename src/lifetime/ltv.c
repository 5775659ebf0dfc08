/* From histories to predictions: the models are fitted, one is chosen, and what it says of each
 * buyer is computed pattern by pattern. Expected orders of a buyer are P(alive) times those of one
 * who is alive, which depend on x and t alone and are computed once for each pair of them. */
#include "lifetime/ltv.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "base/sum.h"
#include "lifetime/outlook.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 512 };

const bm_ltv_fit *bm_ltv_chosen(const bm_ltv *ltv) {
    return &ltv->fit[ltv->chosen];
}

/* Per pattern, of the chosen fit. */
typedef struct predictions {
    const bm_patterns *patterns;
    bm_outlook at;
    double *scratch; /* [threads × units] */
    double *alive, *expected, *discounted;
} predictions;

static int same_x_and_t(const bm_history *a, const bm_history *b) {
    return !(a->x < b->x || a->x > b->x || a->t < b->t || a->t > b->t);
}

static bm_status predict_chunk(size_t chunk, void *arg, bm_error *err) {
    predictions *to = arg;
    const bm_ltv_fit *fit = to->at.fit;
    size_t first = bm_chunk_begin(chunk, CHUNK);
    size_t end = bm_chunk_end(chunk, CHUNK, to->patterns->patterns);
    double *orders = to->scratch + (size_t)bm_thread_index() * to->at.points;
    double expected = NAN, discounted = NAN;
    for (size_t i = first; i < end; i++) {
        const bm_history *h = &to->patterns->pattern[i];
        double alive = bm_logistic(fit->model->log_odds_alive(fit->parameter, h));
        if (i == first || !same_x_and_t(h, h - 1))
            bm_look_ahead(&to->at, h, orders, &expected, &discounted);
        to->alive[i] = alive;
        to->expected[i] = alive * expected;
        to->discounted[i] = alive * discounted;
    }
    return bm_check_interrupt(err);
}

static bm_status predict(const bm_patterns *patterns, const bm_ltv_fit *fit, double horizon,
                         double delta, int in_one, predictions *to, bm_error *err) {
    size_t n = patterns->patterns;
    bm_status status;
    *to = (predictions){.patterns = patterns};
    BM_TRY(bm_outlook_init(&to->at, fit, horizon, delta, in_one, err));
    BM_TRY(BM_NEW(&to->alive, n, "the predictions", err));
    BM_TRY(BM_NEW(&to->expected, n, "the predictions", err));
    BM_TRY(BM_NEW(&to->discounted, n, "the predictions", err));
    BM_TRY(
        BM_NEW(&to->scratch, (to->at.points + 1) * (size_t)bm_threads(), "the predictions", err));
    BM_TRY(bm_parallel_for(bm_chunks(n, CHUNK), predict_chunk, to, err));
cleanup:
    return status;
}

static void predictions_free(predictions *to) {
    bm_outlook_free(&to->at);
    free(to->scratch);
    free(to->alive);
    free(to->expected);
    free(to->discounted);
}

static int is_asked_for(const bm_ltv_options *options, const bm_ltv_model *model,
                        bm_ltv_kind kind) {
    int found = options->models == 0 && model->kind == kind;
    for (size_t i = 0; i < options->models; i++) {
        const bm_ltv_model *asked = options->model[i];
        /* What it falls back to is fitted, too. */
        found |=
            asked == model || (asked->nested != NULL && strcmp(asked->nested, model->name) == 0);
    }
    return found && model->kind != BM_LTV_SPEND;
}

static const bm_ltv_fit *fit_of(const bm_ltv *ltv, const char *name) {
    for (size_t i = 0; i < ltv->fits && name != NULL; i++) {
        if (strcmp(ltv->fit[i].model->name, name) == 0)
            return &ltv->fit[i];
    }
    return NULL;
}

static bm_status fit_models(bm_ltv *ltv, const bm_context *context, bm_error *err) {
    for (size_t i = 0; bm_ltv_models[i] != NULL; i++) {
        const bm_ltv_model *model = bm_ltv_models[i];
        if (!is_asked_for(ltv->options, model, ltv->histories->kind))
            continue;
        bm_status status = bm_ltv_fit_model(model, &ltv->patterns, fit_of(ltv, model->nested),
                                            context, &ltv->fit[ltv->fits], err);
        if (status != BM_OK)
            return status;
        ltv->fits++;
    }
    for (size_t i = 0; i < ltv->fits; i++) {
        const bm_ltv_fit *fit = &ltv->fit[i], *best = bm_ltv_chosen(ltv);
        if (fit->usable > best->usable || (fit->usable == best->usable && fit->bic < best->bic))
            ltv->chosen = i;
    }
    return BM_OK;
}

/* Pearson correlation of x and spend over those who have both. */
static double spend_correlation(const bm_patterns *spends) {
    bm_sum x = {0}, m = {0}, xx = {0}, mm = {0}, xm = {0};
    for (size_t i = 0; i < spends->patterns; i++) {
        const bm_history *h = &spends->pattern[i];
        bm_sum_add(&x, h->count * h->x / spends->buyers);
        bm_sum_add(&m, h->count * h->spend / spends->buyers);
    }
    for (size_t i = 0; i < spends->patterns; i++) {
        const bm_history *h = &spends->pattern[i];
        double dx = h->x - bm_sum_value(&x), dm = h->spend - bm_sum_value(&m);
        bm_sum_add(&xx, h->count * dx * dx);
        bm_sum_add(&mm, h->count * dm * dm);
        bm_sum_add(&xm, h->count * dx * dm);
    }
    double whole = sqrt(bm_sum_value(&xx) * bm_sum_value(&mm));
    return whole > 0 ? bm_sum_value(&xm) / whole : 0;
}

/* Gamma-Gamma takes spend as independent of frequency: says so where it is not. */
static void note_correlation(bm_ltv *ltv) {
    enum { FEWEST = 30 };
    const double most = 0.15, normal = 2.576;
    double r = spend_correlation(&ltv->spends);
    bm_ltv_fit *fit = &ltv->gamma_gamma;
    size_t used = strlen(fit->note);
    if (fabs(r) < most || ltv->spends.buyers < FEWEST ||
        fabs(r) * sqrt((ltv->spends.buyers - 2) / (1 - r * r + 1e-300)) < normal)
        return;
    snprintf(
        fit->note + used, sizeof fit->note - used,
        "%sspend is correlated with frequency (r = %.2f), which the model takes as independent",
        used > 0 ? "; " : "", r);
}

static int has_repeats(const bm_histories *from) {
    size_t b = 0;
    while (b < from->buyers && !(from->history[b].x > 0))
        b++;
    return b < from->buyers;
}

static bm_status fit_spend(bm_ltv *ltv, const bm_context *context, bm_error *err) {
    const bm_histories *from = ltv->histories;
    bm_sum spend = {0};
    bm_ltv_fit *fit = &ltv->gamma_gamma;
    bm_status status;
    ltv->mean_spend = NAN;
    if (!from->has_spend || from->kind == BM_LTV_CONTRACTS ||
        bm_ltv_model_find("gamma_gamma") == NULL)
        return BM_OK;
    BM_TRY(bm_patterns_init(from->history, from->buyers, BM_LTV_SPEND, &ltv->spends, err));
    if (ltv->spends.patterns == 0) {
        if (context != NULL && has_repeats(from))
            bm_warn(context->log, "no repeat order has a spend above 0: gamma_gamma is not fitted, "
                                  "and no value is expected of anybody");
        goto cleanup;
    }
    for (size_t i = 0; i < ltv->spends.patterns; i++)
        bm_sum_add(&spend, ltv->spends.pattern[i].count * ltv->spends.pattern[i].spend);
    ltv->mean_spend = bm_sum_value(&spend) / ltv->spends.buyers;
    BM_TRY(
        bm_ltv_fit_model(bm_ltv_model_find("gamma_gamma"), &ltv->spends, NULL, context, fit, err));
    if (fit->usable && !(fit->parameter[1] > 1)) {
        fit->usable = fit->presented = 0;
        snprintf(fit->note, sizeof fit->note,
                 "q <= 1: mean spend does not exist; each buyer's own mean stands");
    }
    note_correlation(ltv);
cleanup:
    return status;
}

/* Expected spend an order. Without a usable Gamma-Gamma: the buyer's own mean, or that of all. */
static double spend_of(const bm_ltv *ltv, const bm_history *h) {
    int is_known = h->x > 0 && h->spend > 0;
    if (ltv->histories->kind == BM_LTV_CONTRACTS) /* what was agreed */
        return h->spend;
    if (ltv->gamma_gamma.model != NULL && ltv->gamma_gamma.usable)
        return bm_gamma_gamma_spend(ltv->gamma_gamma.parameter, is_known ? h->x : 0,
                                    is_known ? h->spend : 0);
    return is_known ? h->spend : ltv->mean_spend;
}

/* Amounts, weights and margin are finite, each by itself; their products are what is reported. */
static bm_status check_sums(const bm_ltv *ltv, bm_error *err) {
    const bm_histories *from = ltv->histories;
    double orders = 0, value = 0, clv = 0;
    for (size_t b = 0; b < from->buyers; b++) {
        double count = from->history[b].count;
        orders += isnan(ltv->expected_orders[b]) ? 0 : count * ltv->expected_orders[b];
        value += isnan(ltv->expected_value[b]) ? 0 : count * ltv->expected_value[b];
        clv += isnan(ltv->clv[b]) ? 0 : count * ltv->clv[b];
    }
    if (isfinite(orders) && isfinite(value) && isfinite(clv))
        return BM_OK;
    return bm_fail(err, BM_DATA,
                   "what is expected of the buyers is too large for a number: give the amounts in "
                   "another unit, or smaller weights");
}

static bm_status predict_buyers(bm_ltv *ltv, bm_error *err) {
    const bm_histories *from = ltv->histories;
    const bm_ltv_options *options = ltv->options;
    double delta = log1p(options->discount) / bm_units_a_year(from->unit);
    predictions to = {0};
    double **const column[] = {&ltv->p_alive, &ltv->expected_orders, &ltv->expected_spend,
                               &ltv->expected_value, &ltv->clv};
    bm_status status = BM_OK;
    for (size_t i = 0; i < sizeof column / sizeof column[0]; i++)
        BM_TRY(BM_NEW(column[i], from->buyers, "the predictions", err));
    if (bm_ltv_chosen(ltv)->usable)
        BM_TRY(predict(&ltv->patterns, bm_ltv_chosen(ltv), options->horizon, delta, 0, &to, err));
    for (size_t b = 0; b < from->buyers; b++) {
        size_t p = ltv->patterns.of[b];
        double spend = spend_of(ltv, &from->history[b]);
        ltv->p_alive[b] = to.alive != NULL ? to.alive[p] : NAN;
        ltv->expected_orders[b] = to.expected != NULL ? to.expected[p] : NAN;
        ltv->expected_spend[b] = spend;
        ltv->expected_value[b] = ltv->expected_orders[b] * spend;
        ltv->clv[b] = to.discounted != NULL ? options->margin * spend * to.discounted[p] : NAN;
    }
    status = check_sums(ltv, err);
cleanup:
    predictions_free(&to);
    return status;
}

static bm_status predict_later(bm_ltv *ltv, bm_error *err) {
    const bm_histories *from = ltv->histories;
    size_t values;
    bm_status status = BM_OK;
    if (!(from->holdout > 0) || from->later == NULL)
        return BM_OK;
    bm_multiply(ltv->fits, from->buyers, &values);
    BM_TRY(BM_NEW(&ltv->predicted_later, values, "the predictions", err));
    for (size_t f = 0; f < ltv->fits; f++) {
        predictions to = {0};
        double *later = ltv->predicted_later + f * from->buyers;
        if (ltv->fit[f].usable)
            status = predict(&ltv->patterns, &ltv->fit[f], from->holdout, 0, 1, &to, err);
        for (size_t b = 0; b < from->buyers && status == BM_OK; b++)
            later[b] = to.expected != NULL ? to.expected[ltv->patterns.of[b]] : NAN;
        predictions_free(&to);
        if (status != BM_OK)
            goto cleanup;
    }
cleanup:
    return status;
}

bm_status bm_ltv_run(const bm_histories *histories, const bm_ltv_options *options,
                     const bm_context *context, bm_ltv *ltv, bm_error *err) {
    bm_status status;
    *ltv = (bm_ltv){.histories = histories, .options = options};
    BM_TRY(bm_patterns_init(histories->history, histories->buyers, histories->kind, &ltv->patterns,
                            err));
    BM_TRY(fit_models(ltv, context, err));
    if (ltv->fits == 0)
        BM_TRY(bm_fail(err, BM_DEGENERATE, "no lifetime model fits such data"));
    if (!options->only_later) {
        BM_TRY(fit_spend(ltv, context, err));
        BM_TRY(predict_buyers(ltv, err));
    }
    BM_TRY(predict_later(ltv, err));
cleanup:
    if (status != BM_OK)
        bm_ltv_free(ltv);
    return status;
}

void bm_ltv_free(bm_ltv *ltv) {
    bm_patterns_free(&ltv->patterns);
    bm_patterns_free(&ltv->spends);
    free(ltv->p_alive);
    free(ltv->expected_orders);
    free(ltv->expected_spend);
    free(ltv->expected_value);
    free(ltv->clv);
    free(ltv->predicted_later);
    *ltv = (bm_ltv){0};
}
