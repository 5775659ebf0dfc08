/* cohorts ORDERS: who comes back, by the period of the first order. */
#include "cli/verb.h"
#include "job/run.h"

static bm_status cohorts(bm_invocation *invocation, bm_error *err) {
    bm_status status = bm_take_orders(invocation, err);
    return status == BM_OK ? bm_run_verb(invocation, BM_STEP_COHORTS, err) : status;
}

static const bm_flag *const tables[] = {bm_order_flags, bm_common_flags, bm_reading_flags, NULL};

const bm_verb bm_verb_cohorts = {
    .name = "cohorts",
    .operand = "ORDERS",
    .summary = "retention and revenue by cohort of first order",
    .example = "buyermap cohorts orders.csv --period week --out cohorts",
    .flags = tables,
    .run = cohorts,
};
