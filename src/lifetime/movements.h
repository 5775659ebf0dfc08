/* Revenue movements: why this period's revenue is not the last one's. */
#ifndef BM_LIFETIME_MOVEMENTS_H
#define BM_LIFETIME_MOVEMENTS_H

#include "buyermap/context.h"
#include "buyermap/contracts.h"
#include "buyermap/orders.h"
#include "buyermap/result.h"
#include "lifetime/cohorts.h"

/* The table `revenue_movements` (INTERFACE.md §4): segment 0 (all), then with label not NULL each
 * segment 1…k. label: of each buyer of the population, 0 unassigned. Periods are calendar periods,
 * months for rolling windows; the one that holds as_of is open: its money is so far, its ratios
 * empty.
 *
 * start is the revenue of the period before; of buyers active now and never before: new; now, not
 * in the period before, but earlier: reactivated; before and not now: churned; in both: expansion
 * or contraction, the difference. end = start + new + reactivated + expansion - contraction -
 * churned is the revenue of the period. Returns are left out.
 *   grr = (start - contraction - churned) / start
 *   nrr = (start + expansion - contraction - churned) / start
 *   quick_ratio = (new + expansion + reactivated) / (contraction + churned)
 * empty where the denominator is 0 (statistics.md §4.2). Needs amounts. */
bm_status bm_movements(const bm_orders *orders, const bm_period *period, const int32_t *label,
                       size_t k, const bm_context *context, bm_result *result,
                       bm_error *err) BM_MUST_CHECK;
/* The same from contracts: the revenue of a period is the recurring amounts (MRR) that run at its
 * close, which is its last day, in the open period as_of; a buyer is active while one runs then.
 * What starts on the first of a month and ends on the first of another runs at the closes of the
 * months between, as it does on their first days. */
bm_status bm_movements_contracts(const bm_contracts *contracts, const bm_period *period,
                                 const int32_t *label, size_t k, const bm_context *context,
                                 bm_result *result, bm_error *err) BM_MUST_CHECK;

#endif
