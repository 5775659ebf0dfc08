/* When buyers leave, from the tables of a run. Contracts say when a buyer left; where there are
 * none, his silence does: longer than a number of days, or than what the fitted model lets expect
 * of such a buyer, or, without a model, than 95 % of all intervals between orders. */
#include "base/memory.h"
#include "base/number.h"
#include "job/run.h"
#include "lifetime/movements.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_DAYS = 36525 };

int bm_churned_after(const bm_job *job, double *days) {
    const char *text = job->lifetime.churned_after_days;
    *days = NAN;
    return strcmp(text, "auto") == 0 || (bm_parse_number((bm_text){text, strlen(text)}, days) &&
                                         *days >= 0 && *days <= MOST_DAYS);
}

/* Days between successive order days of one buyer: how often each occurs, gaps[days], and the sum.
 */
static size_t count_gaps(const bm_orders *orders, size_t *gaps) {
    size_t count = 0;
    for (size_t b = 0; b < orders->buyers; b++) {
        int32_t last = INT32_MIN;
        for (size_t i = orders->first[b]; i < orders->first[b + 1]; i++) {
            if (bm_is_return(orders, i) || orders->day[i] == last)
                continue;
            if (last != INT32_MIN) {
                gaps[(size_t)((int64_t)orders->day[i] - last)]++;
                count++;
            }
            last = orders->day[i];
        }
    }
    return count;
}

/* The longest of the shortest 95 % of intervals: NaN without any. */
static bm_status usual_interval(const bm_orders *orders, double *days, bm_error *err) {
    int32_t first = INT32_MAX;
    size_t *gaps = NULL, below = 0, gap = 0;
    *days = NAN;
    for (size_t b = 0; b < orders->buyers; b++) {
        size_t line = orders->first[b];
        if (line < orders->first[b + 1] && orders->day[line] < first)
            first = orders->day[line];
    }
    if (first > orders->as_of)
        return BM_OK;
    bm_status status =
        BM_NEW(&gaps, (size_t)((int64_t)orders->as_of - first) + 1, "intervals", err);
    if (status != BM_OK)
        return status;
    size_t count = count_gaps(orders, gaps);
    size_t enough = (size_t)ceil(0.95 * (double)count);
    for (below = gaps[0]; below < enough; below += gaps[gap])
        gap++;
    if (count > 0)
        *days = (double)gap;
    free(gaps);
    return BM_OK;
}

/* Replaces `auto` among the settings of run.json by what it came to. */
static bm_status record_days(bm_run *run, double days, bm_error *err) {
    char text[BM_NUMBER_TEXT] = "";
    bm_provenance *provenance = &run->provenance;
    bm_format_number(text, days);
    for (size_t i = 0; i < provenance->settings; i++) {
        bm_setting *setting = &provenance->setting[i];
        if (strcmp(setting->key, "lifetime.churned_after_days") != 0)
            continue;
        free(setting->value);
        setting->value = NULL;
        return bm_copy_string(&setting->value, text, err);
    }
    return BM_OK;
}

/* Of the chosen model, in days; a year is the horizon whatever that of the predictions is. */
static double modelled_interval(const void *source, size_t repeats, double first_to_last) {
    const bm_ltv *ltv = source;
    bm_ltv_unit unit = ltv->histories->unit;
    double days = bm_unit_days(unit);
    return days * bm_ltv_silence(bm_ltv_chosen(ltv), (double)repeats, first_to_last / days,
                                 bm_units_a_year(unit));
}

static bm_status settle_rule(bm_run *run, bm_churn_rule *rule, bm_error *err) {
    *rule = (bm_churn_rule){.days = NAN};
    bm_log *log = run->context->log;
    if (!bm_churned_after(run->job, &rule->days))
        return bm_fail(err, BM_INTERNAL, "lifetime.churned_after_days was not checked");
    if (!isnan(rule->days))
        return BM_OK;
    if (run->ltv.fits > 0 && bm_ltv_chosen(&run->ltv)->usable) {
        rule->interval = modelled_interval;
        rule->source = &run->ltv;
        const bm_ltv_model *model = bm_ltv_chosen(&run->ltv)->model;
        char silence[64] = "";
        if (model->nested == NULL)
            snprintf(silence, sizeof silence, ", or his silence less likely than %g",
                     BM_IMPROBABLE_SILENCE);
        bm_info(log,
                "churn: a buyer counts as churned once an order within a year is less likely than "
                "%g%s, by %s (lifetime.churned_after_days: auto)",
                BM_IMPROBABLE_ORDER, silence, model->name);
        return BM_OK;
    }
    bm_status status = usual_interval(&run->orders, &rule->days, err);
    if (status != BM_OK)
        return status;
    if (isnan(rule->days)) {
        rule->days = INFINITY;
        bm_warn(log, "lifetime.churned_after_days auto: no buyer ordered on two days, so no "
                     "silence is known to be too long: nobody counts as churned; give a number");
        return BM_OK;
    }
    bm_info(log,
            "churn: a buyer counts as churned after %.0f days without an order: 95 %% of the "
            "intervals between orders are no longer (lifetime.churned_after_days)",
            rule->days);
    return record_days(run, rule->days, err);
}

bm_status bm_run_churn_rule(bm_run *run, bm_churn_rule *rule, bm_error *err) {
    bm_status status = BM_OK;
    if (!run->has_churn_rule)
        status = settle_rule(run, &run->churn_rule, err);
    run->has_churn_rule = status == BM_OK;
    *rule = run->churn_rule;
    return status;
}

static bm_status find_period(const bm_run *run, bm_period *period, bm_error *err) {
    return bm_period_parse(run->job->cohorts.period, period)
               ? BM_OK
               : bm_fail(err, BM_INTERNAL, "the period %s was not checked",
                         run->job->cohorts.period);
}

static size_t segments_of(const bm_run *run) {
    return run->label != NULL ? run->clustering.chosen.k : 0;
}

bm_status bm_run_churn(bm_run *run, bm_result *table, bm_error *err) {
    bm_churn_rule rule;
    bm_period period;
    bm_status status;
    BM_TRY(find_period(run, &period, err));
    if (run->has_contracts)
        return bm_churn_contracts(&run->contracts, &period, run->label, segments_of(run),
                                  run->context, table, err);
    BM_TRY(bm_run_churn_rule(run, &rule, err));
    status = bm_churn(&run->orders, &rule, &period, run->label, segments_of(run), run->context,
                      table, err);
cleanup:
    return status;
}

bm_status bm_run_movements(bm_run *run, bm_result *table, bm_error *err) {
    bm_period period;
    bm_status status = find_period(run, &period, err);
    if (status != BM_OK)
        return status;
    if (run->contracts.amount != NULL)
        return bm_movements_contracts(&run->contracts, &period, run->label, segments_of(run),
                                      run->context, table, err);
    return bm_movements(&run->orders, &period, run->label, segments_of(run), run->context, table,
                        err);
}
