/* The fit driver, the same for every model. Parameters are positive, so the search goes over their
 * logarithms; those that are times are measured in the longest time of the data, so that starts
 * and bounds mean the same whatever the unit (in logarithms that is a shift, which no step of
 * Newton's kind sees). The search begins at each start of the model, over all patterns or, of many,
 * every so-manieth of them, and ends from the best place over all. Standard errors come from the
 * inverse Hessian there: that of log(p) times p.
 *
 * A fit is degenerate when a parameter has run to its bound (exp(±20) of the scale), when the
 * Hessian says nothing of some direction (standard error of 10 or more in logarithms), or when the
 * nested model lies at the edge of this one and fits as well (a gain not worth the parameters,
 * AIC). Its parameters are not presented then. Its predictions still are where they do not change
 * along the directions of which the Hessian says nothing. */
#include "lifetime/fit.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "base/sum.h"
#include "lifetime/ltv.h"
#include "lifetime/maximize.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 2048, FEW_PATTERNS = 16384, MOST_STEPS = 500 };
static const double bound = 20, gain = 1e-12, vaguest = 10;

/* One chunk: the log-likelihood and its gradient. */
typedef struct part {
    double value, gradient[BM_LTV_PARAMETERS];
} part;

typedef struct pass {
    const bm_ltv_model *model;
    const bm_patterns *patterns;
    const double *parameter;
    part *part;
    int with_gradient;
} pass;

static bm_status run_chunk(size_t chunk, void *arg, bm_error *err) {
    const pass *of = arg;
    size_t first = bm_chunk_begin(chunk, CHUNK);
    size_t end = bm_chunk_end(chunk, CHUNK, of->patterns->patterns);
    part *made = &of->part[chunk];
    of->model->likelihood(of->parameter, of->patterns->pattern + first, end - first, &made->value,
                          of->with_gradient ? made->gradient : NULL);
    (void)err;
    return BM_OK;
}

static bm_status run_pass(pass *of, double *value, double *gradient, bm_error *err) {
    size_t chunks = bm_chunks(of->patterns->patterns, CHUNK);
    bm_sum sum = {0}, by[BM_LTV_PARAMETERS] = {{0}};
    of->with_gradient = gradient != NULL;
    bm_status status = bm_check_interrupt(err);
    if (status == BM_OK)
        status = bm_parallel_for(chunks, run_chunk, of, err);
    if (status != BM_OK)
        return status;
    for (size_t c = 0; c < chunks; c++) {
        bm_sum_add(&sum, of->part[c].value);
        for (size_t i = 0; of->with_gradient && i < of->model->parameters; i++)
            bm_sum_add(&by[i], of->part[c].gradient[i]);
    }
    *value = bm_sum_value(&sum);
    for (size_t i = 0; gradient != NULL && i < of->model->parameters; i++)
        gradient[i] = bm_sum_value(&by[i]);
    return BM_OK;
}

bm_status bm_ltv_likelihood(const bm_ltv_model *model, const bm_patterns *patterns,
                            const double *parameter, double *log_likelihood, double *gradient,
                            bm_error *err) {
    pass of = {.model = model, .patterns = patterns, .parameter = parameter};
    bm_status status;
    BM_TRY(BM_NEW(&of.part, bm_chunks(patterns->patterns, CHUNK), "the likelihood", err));
    status = run_pass(&of, log_likelihood, gradient, err);
cleanup:
    free(of.part);
    return status;
}

/* A search over some patterns. */
typedef struct search {
    const bm_ltv_model *model;
    bm_patterns patterns; /* owned only where they are a sample */
    double scale;         /* what times, or spends, are measured in */
    part *part;
} search;

static void parameters_at(const search *of, const double *at, double *parameter) {
    for (size_t i = 0; i < of->model->parameters; i++)
        parameter[i] = exp(at[i]) * pow(of->scale, of->model->time_power[i]);
}

static bm_status objective(const void *arg, const double *at, double *value, double *gradient,
                           bm_error *err) {
    const search *of = arg;
    double parameter[BM_LTV_PARAMETERS];
    parameters_at(of, at, parameter);
    pass now = {
        .model = of->model, .patterns = &of->patterns, .parameter = parameter, .part = of->part};
    return run_pass(&now, value, gradient, err);
}

/* The longest time, or the mean spend; 1 when all are 0. */
static double scale_of(const bm_patterns *patterns) {
    double longest = 0;
    bm_sum spend = {0};
    for (size_t i = 0; i < patterns->patterns; i++) {
        const bm_history *h = &patterns->pattern[i];
        longest = fmax(longest, h->t);
        if (patterns->kind == BM_LTV_SPEND)
            bm_sum_add(&spend, h->count * h->spend / patterns->buyers);
    }
    double scale = patterns->kind == BM_LTV_SPEND ? bm_sum_value(&spend) : longest;
    return scale > 0 && isfinite(scale) ? scale : 1;
}

/* Every so-manieth pattern, each counting for those left out. */
static bm_status sample(const bm_patterns *all, bm_patterns *some, bm_error *err) {
    size_t every = (all->patterns + FEW_PATTERNS - 1) / FEW_PATTERNS;
    *some = (bm_patterns){.kind = all->kind};
    bm_status status = BM_NEW(&some->pattern, all->patterns / every + 1, "the histories", err);
    if (status != BM_OK)
        return status;
    for (size_t i = every / 2; i < all->patterns; i += every) {
        some->pattern[some->patterns] = all->pattern[i];
        some->buyers += all->pattern[i].count;
        some->patterns++;
    }
    for (size_t i = 0; i < some->patterns; i++)
        some->pattern[i].count *= all->buyers / some->buyers;
    some->buyers = all->buyers;
    return BM_OK;
}

/* The best maximum that any start leads to. */
static bm_status search_from_starts(const search *of, const bm_maximize_options *options,
                                    bm_maximum *best, size_t *evaluations, bm_error *err) {
    const bm_ltv_model *model = of->model;
    bm_status status = BM_OK;
    best->value = -INFINITY;
    for (size_t s = 0; s < model->starts; s++) {
        bm_maximum now = {.evaluations = 0};
        for (size_t i = 0; i < model->parameters; i++)
            now.at[i] = log(model->start[s][i]);
        BM_TRY(bm_maximize(objective, of, options, 0, &now, err));
        *evaluations += now.evaluations;
        if (s == 0 || now.value > best->value)
            *best = now;
    }
cleanup:
    return status;
}

static bm_status climb(const bm_ltv_model *model, const bm_patterns *patterns, bm_maximum *top,
                       double *scale, size_t *evaluations, bm_error *err) {
    const bm_maximize_options options = {model->parameters, -bound, bound, gain, MOST_STEPS};
    search all = {.model = model, .patterns = *patterns, .scale = scale_of(patterns)};
    search some = all;
    int is_sampled = patterns->patterns > FEW_PATTERNS;
    bm_status status;
    *scale = all.scale;
    BM_TRY(BM_NEW(&all.part, bm_chunks(patterns->patterns, CHUNK), "the likelihood", err));
    some.part = all.part;
    if (is_sampled)
        BM_TRY(sample(patterns, &some.patterns, err));
    BM_TRY(search_from_starts(&some, &options, top, evaluations, err));
    if (is_sampled) {
        BM_TRY(bm_maximize(objective, &all, &options, 1, top, err));
        *evaluations += top->evaluations;
    }
cleanup:
    if (is_sampled)
        bm_patterns_free(&some.patterns);
    free(all.part);
    return status;
}

static void note(bm_ltv_fit *fit, const char *text) {
    size_t used = strlen(fit->note);
    snprintf(fit->note + used, sizeof fit->note - used, "%s%s", used > 0 ? "; " : "", text);
}

/* Which parameter lies on its bound, and on which. */
static void note_bound(bm_ltv_fit *fit, const bm_maximum *top) {
    for (size_t i = 0; i < fit->model->parameters; i++) {
        char text[80];
        if (top->at[i] > -bound && top->at[i] < bound)
            continue;
        snprintf(text, sizeof text, "%s runs to %s", fit->model->parameter[i],
                 top->at[i] < 0 ? "0" : "infinity");
        note(fit, text);
    }
}

/* Whether what is expected of a buyer is the same to 2 % after a step along an eigenvector. */
static int expects_the_same(const bm_ltv_fit *fit, const bm_ltv_fit *moved, const bm_history *h,
                            double horizon) {
    const double share = 0.02, few = 0.05;
    double here = bm_ltv_expected(fit, h, horizon), there = bm_ltv_expected(moved, h, horizon);
    return fabs(there - here) <= share * fmax(here, few);
}

/* Directions of which the Hessian says nothing. */
static int is_flat(const bm_maximum *top, size_t k) {
    return !(top->eigenvalue[k] * vaguest * vaguest > 1);
}

static size_t flat_directions(const bm_ltv_fit *fit, const bm_maximum *top) {
    size_t flat = 0;
    for (size_t k = 0; k < fit->model->parameters; k++)
        flat += (size_t)is_flat(top, k);
    return flat;
}

/* Patterns stand by x. Where nobody came back, or no contract ended, a rate of 0 fits best, which
 * is too little to predict by. */
static int has_events(const bm_patterns *patterns) {
    return patterns->pattern[patterns->patterns - 1].x > 0;
}

/* Whether predictions are settled though the parameters are not: buyers who are alike leave a
 * ridge along which r and alpha, or a and b, run off together and nothing else changes. */
static int predictions_stand(const bm_ltv_fit *fit, const bm_maximum *top,
                             const bm_patterns *patterns, double horizon) {
    enum { ASKED = 32 };
    size_t n = fit->model->parameters, every = patterns->patterns / ASKED + 1;
    for (size_t k = 0; k < 2 * n; k++) {
        bm_ltv_fit moved = *fit;
        if (!is_flat(top, k / 2))
            continue;
        for (size_t i = 0; i < n; i++)
            moved.parameter[i] *= exp((k % 2 == 0 ? 1 : -1) * top->eigenvector[k / 2][i]);
        for (size_t i = 0; i < patterns->patterns; i += every) {
            if (!expects_the_same(fit, &moved, &patterns->pattern[i], horizon))
                return 0;
        }
    }
    return flat_directions(fit, top) > 0;
}

static int has_no_signal(bm_ltv_fit *fit, const bm_ltv_fit *nested) {
    const bm_ltv_model *model = fit->model;
    char text[160];
    if (!model->nested_at_edge || nested == NULL)
        return 0;
    double added = (double)(model->parameters - nested->model->parameters);
    double gained = fit->log_likelihood - nested->log_likelihood;
    if (gained >= added)
        return 0;
    snprintf(text, sizeof text, "no %s signal: log-likelihood only %.3g above %s%s", model->lost,
             fmax(gained, 0), nested->model->name,
             nested->usable ? ", whose predictions stand" : "");
    note(fit, text);
    return 1;
}

static void judge(bm_ltv_fit *fit, const bm_maximum *top, const bm_patterns *patterns, double scale,
                  const bm_ltv_fit *nested) {
    char text[160];
    if (!isfinite(fit->log_likelihood)) {
        note(fit, "the likelihood has no value");
        return;
    }
    int no_signal = has_no_signal(fit, nested), is_settled = 0;
    if (top->at_bound)
        note_bound(fit, top);
    else if (flat_directions(fit, top) > 0)
        note(fit, "the Hessian is singular: the data do not determine the parameters");
    else if (!top->converged)
        note(fit, "the search did not converge");
    else
        is_settled = 1;
    fit->presented = fit->usable = is_settled && !no_signal;
    if (is_settled || no_signal)
        return;
    if (fit->model->expected_alive != NULL && has_events(patterns))
        fit->usable = predictions_stand(fit, top, patterns, scale);
    if (fit->usable) {
        note(fit, "predictions do not hang on that");
    } else if (nested != NULL && nested->usable) {
        snprintf(text, sizeof text, "predictions of %s stand", nested->model->name);
        note(fit, text);
    }
}

bm_status bm_ltv_fit_model(const bm_ltv_model *model, const bm_patterns *patterns,
                           const bm_ltv_fit *nested, const bm_context *context, bm_ltv_fit *fit,
                           bm_error *err) {
    bm_maximum top = {.evaluations = 0};
    double covariance[BM_LTV_PARAMETERS * BM_LTV_PARAMETERS], scale;
    bm_status status;
    *fit = (bm_ltv_fit){.model = model, .buyers = patterns->buyers};
    if (patterns->patterns == 0 || !(patterns->buyers > 0))
        return bm_fail(err, BM_DEGENERATE, "there are no buyers to fit %s to", model->name);
    BM_TRY(climb(model, patterns, &top, &scale, &fit->evaluations, err));
    int has_errors = !top.at_bound && bm_invert(top.curvature, model->parameters, covariance);
    for (size_t i = 0; i < model->parameters; i++) {
        fit->parameter[i] = exp(top.at[i]) * pow(scale, model->time_power[i]);
        fit->std_error[i] =
            has_errors ? fit->parameter[i] * sqrt(covariance[i * (model->parameters + 1)]) : NAN;
    }
    fit->log_likelihood = top.value;
    fit->aic = 2 * (double)model->parameters - 2 * top.value;
    fit->bic = (double)model->parameters * log(fit->buyers) - 2 * top.value;
    fit->converged = top.converged && !top.at_bound;
    judge(fit, &top, patterns, scale, nested);
    if (context != NULL)
        bm_progress(context->log, "lifetime", fit->evaluations, 0, "passes");
cleanup:
    return status;
}
