/* Cohorts: buyers by the period of their first order, and who comes back. */
#ifndef BM_LIFETIME_COHORTS_H
#define BM_LIFETIME_COHORTS_H

#include "buyermap/context.h"
#include "buyermap/orders.h"
#include "buyermap/result.h"

typedef enum bm_period_kind {
    BM_PERIOD_DAY,
    BM_PERIOD_WEEK, /* ISO, from Monday */
    BM_PERIOD_MONTH,
    BM_PERIOD_QUARTER,
    BM_PERIOD_YEAR,
    BM_PERIOD_ROLLING, /* windows of `days` from each buyer's first order; cohorts by month */
} bm_period_kind;

typedef struct bm_period {
    bm_period_kind kind;
    int days; /* rolling only */
} bm_period;

/* "month", "rolling:30"; 1 on success. */
int bm_period_parse(const char *text, bm_period *period);

/* The table `cohort_retention` (INTERFACE.md §4): segment 0 (all), then with label not NULL each
 * segment 1…k. label: of each buyer of the population, 0 unassigned. */
bm_status bm_cohorts(const bm_orders *orders, const bm_period *period, const int32_t *label,
                     size_t k, const bm_context *context, bm_result *result,
                     bm_error *err) BM_MUST_CHECK;

/* The table `cohort_means`, from that of cohorts: for each segment and period_index the retention
 * of all cohorts for which that period is complete, weighted by their buyers and simple. */
bm_status bm_cohort_means(const bm_result *cohorts, bm_result *result, bm_error *err) BM_MUST_CHECK;

#endif
