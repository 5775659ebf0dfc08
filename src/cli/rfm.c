/* rfm ORDERS: recency, frequency, monetary value. */
#include "cli/verb.h"
#include "job/run.h"

static bm_status rfm(bm_invocation *invocation, bm_error *err) {
    bm_status status = bm_take_orders(invocation, err);
    if (status == BM_OK && invocation->job.orders.amount.column == NULL)
        status = bm_fail(err, BM_USAGE,
                         "%s: no column looks like the amount, without which there is no monetary "
                         "value; name it with --amount",
                         invocation->operand);
    return status == BM_OK ? bm_run_verb(invocation, BM_STEP_RFM | BM_STEP_CONCENTRATION, err)
                           : status;
}

static const bm_flag *const tables[] = {bm_order_flags, bm_common_flags, bm_reading_flags, NULL};

const bm_verb bm_verb_rfm = {
    .name = "rfm",
    .operand = "ORDERS",
    .summary = "recency, frequency, monetary value, scores, named RFM segments",
    .example = "buyermap rfm orders.csv --buyer customer_id --date date --amount total --out rfm",
    .flags = tables,
    .run = rfm,
};
