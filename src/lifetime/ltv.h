/* Lifetime value: models fitted to histories, the one that is chosen, what it predicts of each
 * buyer, and the tables of all that. */
#ifndef BM_LIFETIME_LTV_H
#define BM_LIFETIME_LTV_H

#include "buyermap/result.h"
#include "lifetime/fit.h"
#include "lifetime/histories.h"

enum { BM_LTV_FITS = 8 };

typedef struct bm_ltv_options {
    const bm_ltv_model *model[BM_LTV_FITS]; /* those asked for; all NULL: auto */
    size_t models;
    double horizon;  /* units; INFINITY: for ever, discounted */
    double discount; /* a year: 0.10 */
    double margin;   /* 0.35 of the revenue */
    int only_later;  /* 1: predict the holdout alone, nothing of each buyer */
} bm_ltv_options;

/* Predictions for each history; NaN where nothing can be said. */
typedef struct bm_ltv {
    const bm_histories *histories; /* borrowed, like the options */
    const bm_ltv_options *options;
    bm_patterns patterns, spends;
    bm_ltv_fit fit[BM_LTV_FITS]; /* in the order of the registry */
    size_t fits;
    size_t chosen;            /* the lowest BIC of those that are usable */
    bm_ltv_fit gamma_gamma;   /* model NULL: not fitted (no amounts) */
    double mean_spend;        /* of repeat orders, where gamma_gamma is of no use */
    double *p_alive;          /* [buyers] */
    double *expected_orders;  /* [buyers] within the horizon; discounted for an infinite one */
    double *expected_spend;   /* [buyers] an order */
    double *expected_value;   /* [buyers] expected_orders × expected_spend */
    double *clv;              /* [buyers] */
    const bm_dictionary *ids; /* borrowed by the table of buyers */
    double *predicted_later;  /* [fits × buyers] orders in the holdout; NULL without one */
} bm_ltv;

/* Fits the models and predicts. ltv holds no copy of histories and options. BM_DEGENERATE when
 * there is nobody to fit; BM_NOMEM, BM_INTERRUPTED. */
bm_status bm_ltv_run(const bm_histories *histories, const bm_ltv_options *options,
                     const bm_context *context, bm_ltv *ltv, bm_error *err) BM_MUST_CHECK;
void bm_ltv_free(bm_ltv *ltv);
/* The fit that predictions are made from. */
const bm_ltv_fit *bm_ltv_chosen(const bm_ltv *ltv);

/* Expected orders in `horizon` units after t, P(alive) included, of one history. */
double bm_ltv_expected(const bm_ltv_fit *fit, const bm_history *history, double horizon);
/* Discounted expected orders: the sum over units i of those expected in i / (1 + rate)^((i − 1/2) /
 * units_a_year), the last one cut at the horizon; INFINITY: DERT with delta = log(1 + rate) /
 * units_a_year. */
double bm_ltv_discounted(const bm_ltv_fit *fit, const bm_history *history, double horizon,
                         double rate, double units_a_year);
/* The silence after the last order, in units, after which a repeat order is improbable: one within
 * `horizon` is less likely than BM_IMPROBABLE_ORDER. Where a model knows no dropout, silence is
 * improbable instead: also what a buyer with such a history exceeds with probability
 * BM_IMPROBABLE_SILENCE only. INFINITY: never. The rule behind churned_after_days: auto. */
#define BM_IMPROBABLE_ORDER 0.2
#define BM_IMPROBABLE_SILENCE 0.05
double bm_ltv_silence(const bm_ltv_fit *fit, double x, double t_x, double horizon);

/* The tables of INTERFACE.md §4, from tables*.c. ids gives buyers of the population their names. */
bm_status bm_ltv_models_result(const bm_ltv *ltv, bm_result *table, bm_error *err) BM_MUST_CHECK;
bm_status bm_ltv_holdout_result(const bm_ltv *ltv, bm_result *table, bm_error *err) BM_MUST_CHECK;
/* No rows where the log reaches over more units than these: half a century of days. */
enum { BM_MOST_TRACKED = 20000 };
bm_status bm_ltv_tracking_result(const bm_ltv *ltv, bm_result *table, bm_error *err) BM_MUST_CHECK;
bm_status bm_ltv_calibration_result(const bm_ltv *ltv, bm_result *table,
                                    bm_error *err) BM_MUST_CHECK;
/* ids: [population], NULL: row numbers from 1; it and ltv outlive the table, whose rows are made
 * when they are written. */
bm_status bm_ltv_buyers_result(bm_ltv *ltv, const bm_dictionary *ids, bm_result *table,
                               bm_error *err) BM_MUST_CHECK;
/* label: [population] 1…k, 0 none; NULL: one row, segment 0, of all. revenue: [population] so far,
 * NULL without amounts. Rows: segment 0 (all), then 1…k; all is the sum of the segments and of
 * those in none. */
bm_status bm_ltv_segments_result(const bm_ltv *ltv, const int32_t *label, size_t k,
                                 const double *revenue, bm_result *table,
                                 bm_error *err) BM_MUST_CHECK;

#endif
