/* Churn: who left, by segment and calendar period; from contracts, or from silence. */
#ifndef BM_LIFETIME_CHURN_H
#define BM_LIFETIME_CHURN_H

#include "buyermap/context.h"
#include "buyermap/contracts.h"
#include "buyermap/orders.h"
#include "buyermap/result.h"
#include "lifetime/cohorts.h"

/* Until when silence is no churn. A buyer is churned from the first day on which more than the
 * interval has gone by since his last order day: his last day + floor(interval) + 1. A later order
 * brings him back. The interval is `days`, the same for all, or, where that is NaN,
 * interval(source, repeats, first_to_last) days: what the fitted model says of a buyer with so many
 * order days after the first, so many days from the first to the last of them. Never less than 0;
 * infinite or NaN: he never counts as churned. The function is asked once for each distinct pair,
 * from several threads, and must give the same for the same. */
typedef struct bm_churn_rule {
    double days;
    double (*interval)(const void *source, size_t repeats, double first_to_last);
    const void *source;
} bm_churn_rule;

/* What the days below hold for a buyer who has not churned, and for one who never ordered. */
#define BM_NOT_CHURNED INT32_MAX
#define BM_NEVER_BOUGHT INT32_MIN

/* Of each buyer, churned[buyers]: the day since which he is churned as of as_of, or one of the
 * above. Returns are no orders. O(lines + distinct pairs × interval). BM_NOMEM. */
bm_status bm_churn_days(const bm_orders *orders, const bm_churn_rule *rule,
                        const bm_context *context, int32_t *churned, bm_error *err) BM_MUST_CHECK;

/* Of each buyer, time[buyers] and event[buyers]: days from the first order to churn and 1, or to
 * as_of and 0 (censored); NaN and 0 for one who never ordered. Who came back is not churned. */
bm_status bm_churn_survival(const bm_orders *orders, const bm_churn_rule *rule,
                            const bm_context *context, double *time, uint8_t *event,
                            bm_error *err) BM_MUST_CHECK;

/* The table `churn` (INTERFACE.md §4): segment 0 (all), then with label not NULL each segment
 * 1…k. label: of each buyer of the population, 0 unassigned. Periods are calendar periods, months
 * for rolling windows; the one that holds as_of is open: its counts are so far, its rates empty.
 *
 * A buyer is there at the close of a period (of the open one: on as_of) or not, and
 *   buyers_start + new + reactivated - lost = buyers_end = the next buyers_start.
 * From orders: he is there unless he is churned by the rule; his money at a close is what he spent
 * in the last period in which he ordered. (What he spent in the very period before would be 0 of
 * all who are lost, wherever the rule lets more than a period pass in silence.) */
bm_status bm_churn(const bm_orders *orders, const bm_churn_rule *rule, const bm_period *period,
                   const int32_t *label, size_t k, const bm_context *context, bm_result *result,
                   bm_error *err) BM_MUST_CHECK;
/* From contracts: he is there while one of his runs; revenue_start is the amounts that run at the
 * close before, revenue_lost those of the lost. */
bm_status bm_churn_contracts(const bm_contracts *contracts, const bm_period *period,
                             const int32_t *label, size_t k, const bm_context *context,
                             bm_result *result, bm_error *err) BM_MUST_CHECK;

/* The column churn_rate of `segments`, from the table: for segments 0 … k, rate[k + 1], the sum of
 * lost over that of buyers_start, over complete periods; NaN where nobody was there. */
void bm_churn_rates(const bm_result *churn, size_t k, double *rate);

#endif
