/* How long the buyers of each segment stay: from the first order to churn. */
#include "base/memory.h"
#include "job/run.h"
#include "lifetime/survival.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Buyers who ordered, one row each. */
typedef struct stays {
    double *time;
    uint8_t *event;
    int32_t *group;
    bm_strings names;
    size_t n;
} stays;

static void stays_free(stays *of) {
    free(of->time);
    free(of->event);
    free(of->group);
    bm_strings_free(&of->names);
}

/* Group s is segment s; 0 are those in none, and all of them without a map. */
static bm_status name_groups(const bm_run *run, stays *of, bm_error *err) {
    size_t k = run->label != NULL ? run->clustering.chosen.k : 0;
    bm_status status = BM_OK;
    for (size_t s = 0; s <= k && status == BM_OK; s++) {
        char text[24];
        snprintf(text, sizeof text, "%zu", s);
        status = bm_strings_add(&of->names, text, err);
    }
    return status;
}

static bm_status find_stays(bm_run *run, stays *of, bm_error *err) {
    size_t buyers = run->orders.buyers;
    bm_churn_rule rule;
    bm_status status;
    BM_TRY(BM_NEW(&of->time, buyers, "survival", err));
    BM_TRY(BM_NEW(&of->event, buyers, "survival", err));
    BM_TRY(BM_NEW(&of->group, buyers, "survival", err));
    BM_TRY(name_groups(run, of, err));
    BM_TRY(bm_run_churn_rule(run, &rule, err));
    BM_TRY(bm_churn_survival(&run->orders, &rule, run->context, of->time, of->event, err));
    for (size_t b = 0; b < buyers; b++) {
        if (isnan(of->time[b]))
            continue;
        of->time[of->n] = of->time[b];
        of->event[of->n] = of->event[b];
        of->group[of->n++] = run->label != NULL ? run->label[b] : 0;
    }
cleanup:
    return status;
}

static bm_status make(bm_run *run, bm_result *curves, bm_result *tests, bm_result *summary,
                      bm_error *err) {
    const bm_survival_options options = {(bm_survival_interval)run->job->survival.interval, NAN};
    stays of = {0};
    bm_status status;
    BM_TRY(find_stays(run, &of, err));
    status = bm_survival_of_buyers(of.time, of.event, of.group, of.n, &of.names, &options,
                                   run->context, curves, tests, summary, err);
cleanup:
    stays_free(&of);
    return status;
}

bm_status bm_run_survival(bm_run *run, bm_result *table, bm_error *err) {
    return make(run, table, NULL, NULL, err);
}

bm_status bm_run_survival_tests(bm_run *run, bm_result *table, bm_error *err) {
    return make(run, NULL, table, NULL, err);
}

bm_status bm_run_survival_summary(bm_run *run, bm_result *table, bm_error *err) {
    return make(run, NULL, NULL, table, err);
}
