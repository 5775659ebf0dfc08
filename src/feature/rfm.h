/* Recency, frequency, monetary value: scores and named RFM segments. */
#ifndef BM_FEATURE_RFM_H
#define BM_FEATURE_RFM_H

#include "buyermap/context.h"
#include "buyermap/orders.h"
#include "buyermap/result.h"

typedef enum bm_rfm_scores {
    BM_RFM_RANK,     /* quintiles of the rank, ties broken by buyer id: equal fifths */
    BM_RFM_QUANTILE, /* quintile edges (type 7), ties kept together */
} bm_rfm_scores;

/* The table `rfm`, a row a buyer that has orders, in population order; ids outlives the result.
 * Thresholds used are told through context->log. BM_DATA when the log has no amounts. */
bm_status bm_rfm(const bm_orders *orders, const bm_dictionary *ids, bm_rfm_scores scores,
                 const bm_context *context, bm_result *result, bm_error *err) BM_MUST_CHECK;

#endif
