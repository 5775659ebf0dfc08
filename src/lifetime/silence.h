/* How long each buyer may be silent, and what days he is there by that. */
#ifndef BM_LIFETIME_SILENCE_H
#define BM_LIFETIME_SILENCE_H

#include "lifetime/churn.h"

/* The intervals of a rule, asked of its source beforehand. Zeroed is empty. */
typedef struct bm_silence {
    int32_t days;   /* the same for all, where slot is NULL */
    uint64_t *slot; /* pair + 1, or 0: free */
    int32_t *value; /* [slots] whole days of silence, BM_NOT_CHURNED: any number */
    size_t slots;   /* a power of two */
    size_t pairs;
} bm_silence;

/* Asks the rule for every pair that a buyer of the log comes to; last_only: only for the pair after
 * his last order. BM_NOMEM. */
bm_status bm_silence_of(const bm_orders *orders, const bm_churn_rule *rule, int last_only,
                        const bm_context *context, bm_silence *silence,
                        bm_error *err) BM_MUST_CHECK;
void bm_silence_free(bm_silence *silence);

/* A buyer's order days, one after another. */
typedef struct bm_order_days {
    const bm_orders *orders;
    size_t begin, line; /* the lines of the last of them, returns with them, are begin … line - 1 */
    size_t end;
    int32_t first, last; /* order days so far */
    size_t repeats;      /* order days after the first so far */
    int any;
} bm_order_days;
bm_order_days bm_order_days_of(const bm_orders *orders, size_t buyer);
/* Goes on to the next order day; 0 when there is none. */
int bm_next_order_day(bm_order_days *days);

/* The first day on which a buyer is churned if he stays silent after the order days so far, or
 * BM_NOT_CHURNED. */
int32_t bm_churn_day(const bm_silence *silence, const bm_order_days *days);

#endif
