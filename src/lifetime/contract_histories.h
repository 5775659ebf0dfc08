/* Contracts as histories, told from tables of survivors or of starts and ends, and what the models
 * make of survivors period by period. */
#ifndef BM_LIFETIME_CONTRACT_HISTORIES_H
#define BM_LIFETIME_CONTRACT_HISTORIES_H

#include "buyermap/result.h"
#include "lifetime/fit.h"
#include "lifetime/histories.h"

/* Survivors of one group of contracts that began together, a row a period. All is borrowed. */
typedef struct bm_survivors {
    size_t rows;
    const double *period;    /* [rows] 0, 1, 2, …; NaN: missing */
    const double *survivors; /* [rows] contracts that are still there after so many periods */
    const size_t *line;      /* [rows] of the file, for messages */
    const char *file;        /* for messages: "survivors.csv" */
} bm_survivors;

/* Histories of survivors: one for those that ended in each period i (x = 1, t = i) in which some
 * did, and one for those that are left after the last (x = 0); their counts are contracts, and so a
 * history is no buyer here. BM_DATA names file, line and value where periods are not 0, 1, 2, … in
 * this order, or survivors are not whole, are negative or grow, or none began; BM_DEGENERATE
 * without a second period; BM_NOMEM. O(rows). */
bm_status bm_histories_of_survivors(const bm_survivors *table, bm_ltv_unit unit,
                                    bm_histories *histories, bm_error *err) BM_MUST_CHECK;

/* Histories of contracts, one each, in their order. start, end: [contracts] days since 1970, end
 * >= start the day it ended or BM_RUNNING. One that ended by `until` has x = 1 and t its length in
 * units, a begun one counted whole, at least 1; one that ran on has x = 0 and t the whole units
 * from its start to `until`. Months are those of the calendar: from 15 January to 15 February is
 * one, and what starts on the 31st is due on the last day of a shorter month.
 * Contracts that start after `until` have no history, and their number goes to left_out (NULL:
 * nobody asks); buyer_of then tells the index of each that has one. BM_DEGENERATE when none has;
 * BM_NOMEM. O(contracts). */
bm_status bm_histories_of_contracts(const int32_t *start, const int32_t *end, size_t contracts,
                                    int32_t until, bm_ltv_unit unit, bm_histories *histories,
                                    size_t *left_out, bm_error *err) BM_MUST_CHECK;

/* ltv_tracking of contracts that began together: the contracts lost in each period of the data and
 * of `horizon` periods more (INFINITY: a year), beside what each usable fit expects of all of them
 * from the start. `actual` is empty after the data. Contracts that ran on to different times began
 * at different times: for these the table has no rows. BM_NOMEM. O(fits × periods). */
bm_status bm_ltv_survivors_tracking(const bm_ltv_fit *fit, size_t fits,
                                    const bm_histories *histories, double horizon, bm_result *table,
                                    bm_error *err) BM_MUST_CHECK;

#endif
