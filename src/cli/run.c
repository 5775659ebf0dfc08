/* run JOB.yaml: the weekly batch. */
#include "job/run.h"
#include "cli/verb.h"

static bm_status run(bm_invocation *invocation, bm_error *err) {
    const bm_job *job = &invocation->job;
    unsigned steps = BM_STEP_ALL;
    if (job->buyers.path == NULL && job->orders.path == NULL) {
        if (job->contracts.path == NULL)
            return bm_fail(err, BM_JOB,
                           "%s: inputs: give a table of buyers, orders or contracts: its path",
                           job->file);
        steps &= ~(unsigned)BM_STEP_CLUSTER; /* contracts alone make no map */
    }
    /* Every key is optional: a log whose buyer or date has no name is guessed like any other. */
    if (job->orders.path != NULL && (job->orders.buyer == NULL || job->orders.date == NULL)) {
        bm_status status = bm_guess_orders(invocation, err);
        if (status != BM_OK)
            return status;
    }
    if (job->orders.path != NULL && job->orders.amount.column == NULL)
        bm_warn(&invocation->console.log,
                "inputs.orders.amount names no column: no money, no RFM, no concentration");
    return bm_run_verb(invocation, steps, err);
}

static const bm_flag flags[] = {
    {"skip-unchanged", "skip_unchanged"},
    {NULL, NULL},
};
static const bm_flag *const tables[] = {flags, bm_common_flags, bm_reading_flags, NULL};

const bm_verb bm_verb_run = {
    .name = "run",
    .operand = "JOB.yaml",
    .summary = "the weekly batch: everything the job has inputs for",
    .example = "buyermap run weekly.yaml --set cluster.k=5 --out this-week",
    .flags = tables,
    .takes_job = 1,
    .run = run,
};
