/* ltv TABLE: lifetime models, and what they expect of each buyer. */
#include "cli/tell_ltv.h"
#include "cli/verb.h"
#include "job/run.h"

#include <stdio.h>
#include <string.h>

typedef struct named_value {
    const char *flag;
    int is_given;
} named_value;

/* Flags that say nothing of such a table are a slip. */
static bm_status refuse_others(const bm_job *job, const char *mode, int with_dates, int with_ids,
                               bm_error *err) {
    const named_value given[] = {
        {"--date", job->orders.date != NULL},
        {"--date-format", job->orders.date_format != NULL && !with_dates},
        {"--until", job->lifetime.until != BM_NO_DAY && !with_dates},
        {"--holdout-until", job->lifetime.holdout_until != BM_NO_DAY},
        {"--buyer", job->orders.buyer != NULL && !with_ids},
        {"--amount", job->orders.amount.column != NULL && !with_dates},
    };
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++) {
        if (given[i].is_given)
            return bm_fail(err, BM_USAGE, "%s says nothing of a table of %s: leave it out",
                           given[i].flag, mode);
    }
    return BM_OK;
}

static bm_status check_mode(const bm_job *job, bm_error *err) {
    int contracts = job->ltv.start != NULL || job->ltv.end != NULL;
    if (contracts + job->ltv.summary + job->ltv.survivors > 1)
        return bm_fail(err, BM_USAGE,
                       "--summary, --survivors and --start with --end are three kinds of table: "
                       "give one of them, or none for an order log");
    if (contracts && (job->ltv.start == NULL || job->ltv.end == NULL))
        return bm_fail(err, BM_USAGE,
                       "--start and --end go together: the columns of the first day of a contract "
                       "and of the day it ended, empty where it runs");
    if (contracts && job->orders.amount.factor != NULL)
        return bm_fail(err, BM_USAGE, "--amount of contracts is one column, not a product");
    if (contracts)
        return refuse_others(job, "contracts", 1, 1, err);
    if (job->ltv.summary)
        return refuse_others(job, "summaries", 0, 1, err);
    return job->ltv.survivors ? refuse_others(job, "survivors", 0, 0, err) : BM_OK;
}

/* Models of other tables are refused before any is read. */
static bm_status check_models(const bm_job *job, bm_error *err) {
    bm_ltv_options options;
    if (job->ltv.summary)
        return bm_ltv_options_of(job, BM_LTV_ORDERS, BM_LTV_OPPORTUNITIES, "summaries", &options,
                                 err);
    if (job->ltv.survivors || job->ltv.start != NULL)
        return bm_ltv_options_of(job, BM_LTV_CONTRACTS, BM_LTV_CONTRACTS, "contracts", &options,
                                 err);
    return bm_ltv_options_of(job, BM_LTV_ORDERS, BM_LTV_ORDERS, "order logs", &options, err);
}

static bm_status ltv(bm_invocation *invocation, bm_error *err) {
    const bm_job *job = &invocation->job;
    bm_status status = check_mode(job, err);
    if (status == BM_OK)
        status = check_models(job, err);
    if (status != BM_OK)
        return status;
    if (job->ltv.summary || job->ltv.survivors || job->ltv.start != NULL)
        return bm_ltv_of_table(invocation, err);
    status = bm_take_orders(invocation, err);
    return status == BM_OK ? bm_run_verb(invocation, BM_STEP_LIFETIME, err) : status;
}

static const bm_flag flags[] = {
    {"buyer", "inputs.orders.buyer"},
    {"date", "inputs.orders.date"},
    {"date-format", "inputs.orders.date_format"},
    {"amount", "inputs.orders.amount"},
    {"summary", "ltv.summary"},
    {"survivors", "ltv.survivors"},
    {"start", "ltv.start"},
    {"end", "ltv.end"},
    {"models", "lifetime.models"},
    {"unit", "lifetime.unit"},
    {"until", "lifetime.until"},
    {"holdout-until", "lifetime.holdout_until"},
    {"horizon", "lifetime.horizon"},
    {"discount", "lifetime.discount"},
    {"margin", "lifetime.margin"},
    {NULL, NULL},
};

static const bm_flag *const tables[] = {flags, bm_common_flags, bm_reading_flags, NULL};

const bm_verb bm_verb_ltv = {
    .name = "ltv",
    .operand = "TABLE",
    .summary = "lifetime models: each buyer's expected orders, value and P(alive)",
    .example = "buyermap ltv orders.csv --until 2025-09-30 --holdout-until 2025-12-31 --out ltv",
    .flags = tables,
    .run = ltv,
};
