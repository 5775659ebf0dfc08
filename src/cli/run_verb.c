/* The verbs that run a job, and what they tell when it is done. */
#include "cli/plan.h"
#include "cli/verb.h"
#include "job/run.h"

#include <stdio.h>
#include <string.h>

/* "  1   1575  36.3 %  frequent, high value" for each segment, on stderr. */
static void tell_segments(bm_invocation *invocation, const bm_results *results) {
    const bm_result *segments = bm_results_find(results, "segments");
    if (segments == NULL)
        return;
    size_t id = bm_result_find(segments, "segment"), name = bm_result_find(segments, "name");
    size_t buyers = bm_result_find(segments, "buyers"), share = bm_result_find(segments, "share");
    bm_info(&invocation->console.log, "segment     buyers    share  name");
    for (size_t i = 0; i < segments->rows; i++) {
        bm_text text;
        bm_result_read(segments, name, i, 1, &text);
        bm_info(&invocation->console.log, "%7lld %10lld %6.1f %%  %.*s",
                (long long)segments->column[id].integer[i],
                (long long)segments->column[buyers].integer[i],
                100 * segments->column[share].number[i], (int)text.length, text.data);
    }
}

static void tell_accounting(bm_invocation *invocation, const bm_provenance *provenance) {
    for (size_t i = 0; i < provenance->inputs; i++) {
        const bm_accounting *rows = &provenance->input[i].accounting;
        bm_info(&invocation->console.log,
                "%s: %zu rows: %zu used, %zu rejected, %zu duplicates, %zu excluded",
                provenance->input[i].role, rows->rows_in, rows->used, rows->rejected,
                rows->duplicates, rows->excluded);
        for (size_t j = 0; j < rows->exclusions; j++)
            bm_info(&invocation->console.log, "  excluded: %zu rows by \"%s\"",
                    rows->exclusion[j].rows, rows->exclusion[j].reason);
    }
}

bm_status bm_run_verb(bm_invocation *invocation, unsigned steps, bm_error *err) {
    bm_run run;
    bm_status status = bm_run_execute(&run, invocation->verb->name, steps, &invocation->job,
                                      &invocation->context, err);
    if (status == BM_OK && invocation->job.dry_run) {
        bm_print_plan(&run);
        invocation->silent = 1;
    } else if (status == BM_OK) {
        tell_accounting(invocation, &run.provenance);
        tell_segments(invocation, &run.results);
        status = bm_accounting_add(&invocation->summary, &run.provenance.accounting, err);
    }
    bm_run_free(&run);
    return status;
}

static bm_status run_job(bm_invocation *invocation, bm_error *err) {
    const bm_job *job = &invocation->job;
    if (job->buyers.path == NULL && job->orders.path == NULL)
        return bm_fail(err, BM_JOB, "%s: inputs: give a buyers or an orders table", job->file);
    if (job->orders.path != NULL && (job->orders.buyer == NULL || job->orders.date == NULL))
        return bm_fail(err, BM_JOB, "%s: inputs.orders: %s names no column", job->file,
                       job->orders.buyer == NULL ? "buyer" : "date");
    return bm_run_verb(invocation, BM_STEP_ALL, err);
}

static bm_status run_cluster(bm_invocation *invocation, bm_error *err) {
    bm_status status = bm_key_set_flag(bm_job_key("inputs.buyers.path"), &invocation->job, "TABLE",
                                       invocation->operand, err);
    return status == BM_OK ? bm_run_verb(invocation, BM_STEP_CLUSTER, err) : status;
}

static bm_status run_on_orders(bm_invocation *invocation, unsigned steps, bm_error *err) {
    bm_status status = bm_key_set_flag(bm_job_key("inputs.orders.path"), &invocation->job, "ORDERS",
                                       invocation->operand, err);
    if (status == BM_OK)
        status = bm_guess_orders(invocation, err);
    return status == BM_OK ? bm_run_verb(invocation, steps, err) : status;
}

static bm_status run_rfm(bm_invocation *invocation, bm_error *err) {
    return run_on_orders(invocation, BM_STEP_RFM | BM_STEP_CONCENTRATION, err);
}

static bm_status run_cohorts(bm_invocation *invocation, bm_error *err) {
    return run_on_orders(invocation, BM_STEP_COHORTS, err);
}

static const bm_flag job_flags[] = {
    {"skip-unchanged", "skip_unchanged"},
    {NULL, NULL},
};

static const bm_flag cluster_flags[] = {
    {"id", "inputs.buyers.id"},
    {"columns", "inputs.buyers.columns"},
    {"exclude", "inputs.buyers.ignore"},
    {"categories", "inputs.buyers.categories"},
    {"weight", "inputs.buyers.weight"},
    {"truth", "inputs.buyers.truth"},
    {"date-format", "inputs.buyers.date_format"},
    {"normalize", "features.normalize"},
    {"missing", "features.missing"},
    {"winsorize", "features.winsorize"},
    {"method", "cluster.method"},
    {"k", "cluster.k"},
    {"criterion", "cluster.criterion"},
    {"init", "cluster.init"},
    {"restarts", "cluster.restarts"},
    {"max-iterations", "cluster.max_iterations"},
    {"tolerance", "cluster.tolerance"},
    {"precision", "cluster.precision"},
    {"quality", "cluster.quality"},
    {"stability", "cluster.stability"},
    {"previous", "previous"},
    {NULL, NULL},
};

static const bm_flag *const run_tables[] = {job_flags, bm_common_flags, bm_reading_flags, NULL};
static const bm_flag *const cluster_tables[] = {cluster_flags, bm_common_flags, bm_reading_flags,
                                                NULL};
static const bm_flag *const order_tables[] = {bm_order_flags, bm_common_flags, bm_reading_flags,
                                              NULL};

const bm_verb bm_verb_run = {
    .name = "run",
    .operand = "JOB.yaml",
    .summary = "the weekly batch: everything the job has inputs for",
    .example = "buyermap run weekly.yaml --set cluster.k=5 --out this-week",
    .flags = run_tables,
    .takes_job = 1,
    .run = run_job,
};

const bm_verb bm_verb_cluster = {
    .name = "cluster",
    .operand = "TABLE",
    .summary = "segments one table of buyer attributes",
    .example = "buyermap cluster buyers.csv --k 4 --normalize robust --out map",
    .flags = cluster_tables,
    .run = run_cluster,
};

const bm_verb bm_verb_rfm = {
    .name = "rfm",
    .operand = "ORDERS",
    .summary = "recency, frequency, monetary value, scores, named RFM segments",
    .example = "buyermap rfm orders.csv --buyer customer_id --date date --amount total --out rfm",
    .flags = order_tables,
    .run = run_rfm,
};

const bm_verb bm_verb_cohorts = {
    .name = "cohorts",
    .operand = "ORDERS",
    .summary = "retention and revenue by cohort of first order",
    .example = "buyermap cohorts orders.csv --period week --out cohorts",
    .flags = order_tables,
    .run = run_cohorts,
};
