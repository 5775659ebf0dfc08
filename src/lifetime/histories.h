/* What the lifetime models are fitted to, told from order logs, summaries or contracts. */
#ifndef BM_LIFETIME_HISTORIES_H
#define BM_LIFETIME_HISTORIES_H

#include "buyermap/context.h"
#include "buyermap/orders.h"
#include "lifetime/model.h"

typedef enum bm_ltv_unit { BM_UNIT_DAY, BM_UNIT_WEEK, BM_UNIT_MONTH, BM_UNIT_YEAR } bm_ltv_unit;

/* 1, 7, 365.25/12, 365.25; and 365.25, 365.25/7, 12, 1. */
double bm_unit_days(bm_ltv_unit unit);
double bm_units_a_year(bm_ltv_unit unit);
/* Units of the default horizon of a year: 365, 52, 12, 1. */
double bm_unit_horizon(bm_ltv_unit unit);

/* One history a buyer, in the order of the population (or of the summary's rows). */
typedef struct bm_histories {
    bm_ltv_kind kind; /* BM_LTV_ORDERS, _OPPORTUNITIES or _CONTRACTS */
    bm_ltv_unit unit;
    size_t buyers;
    bm_history *history; /* [buyers], owned */
    size_t *buyer_of;    /* [buyers] index in the population, ascending; NULL: the same index */
    int has_spend;
    /* Orders after the calibration, where a holdout was asked for: */
    double holdout; /* units from the end of the calibration; 0: none */
    double *later;  /* [buyers] repeat orders in it; NULL without */
    /* Of order logs, to follow predictions over time: */
    int32_t until;      /* last day of the calibration, days since 1970 */
    int32_t origin;     /* first order of all */
    int32_t *first_day; /* [buyers] first order; NULL: not known */
    size_t periods;     /* whole units from origin to the end of the calibration and holdout */
    double *repeats;    /* [periods] repeat orders of these buyers in each */
} bm_histories;

/* Histories of an order log. A buyer's purchases are the distinct days with a line that is no
 * return, up to `until`; the first of them is not counted in x; t_x and t run from it, to the last
 * and to the end of `until`, in units of unit_days (Fader & Hardie's convention for daily logs:
 * differences of dates). spend is the mean, over the repeat purchases, of what a day comes to; NaN
 * without amounts or repeat purchases. Buyers whose first purchase is later than `until` have no
 * history. holdout_until > until: `later` counts purchase days in (until, holdout_until].
 * O(lines). BM_NOMEM; BM_DEGENERATE when no buyer has a purchase. */
bm_status bm_histories_of_orders(const bm_orders *orders, bm_ltv_unit unit, int32_t until,
                                 int32_t holdout_until, bm_histories *histories,
                                 bm_error *err) BM_MUST_CHECK;
void bm_histories_free(bm_histories *histories);

#endif
