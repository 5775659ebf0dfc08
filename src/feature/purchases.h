/* What one buyer bought, told from the lines of the order log in one walk. */
#ifndef BM_FEATURE_PURCHASES_H
#define BM_FEATURE_PURCHASES_H

#include "buyermap/orders.h"

/* How a buyer's purchases spread over the values of one dimension. Lines whose value is not known
 * are left out. Shares are of revenue; of order lines when the log has no amounts, when the revenue
 * is not positive, or when a value's revenue is negative (it would have no share of the whole). */
typedef struct bm_mix {
    size_t values;
    int32_t main; /* the value with the largest share, the first seen of equals; -1: none */
    double main_share, hhi; /* NaN when no value is known */
} bm_mix;

typedef struct bm_purchases {
    size_t lines;             /* all of them */
    size_t bought;            /* those that are no returns */
    size_t orders;            /* distinct orders */
    size_t order_days;        /* distinct days with a line that is no return */
    int32_t as_of;            /* days since 1970-01-01, like the two below */
    int32_t first, last;      /* of these days; meaningless without orders */
    double revenue, quantity; /* sums over the lines that are no returns; 0 when not in the log */
    double interval_mean, interval_sd; /* days between order days; NaN below 2 and 3 of them */
    bm_mix mix[BM_DIMENSIONS];
} bm_purchases;

/* Memory for one thread's walks. */
typedef struct bm_mix_tally bm_mix_tally;

/* Room for any buyer of the log: bytes as bm_mix_tally_bytes says. BM_NOMEM. */
bm_status bm_mix_tally_new(bm_mix_tally **tally, const bm_orders *orders,
                           bm_error *err) BM_MUST_CHECK;
size_t bm_mix_tally_bytes(const bm_orders *orders);
void bm_mix_tally_free(bm_mix_tally *tally);

/* O(lines of the buyer). */
void bm_purchases_of(const bm_orders *orders, size_t buyer, bm_mix_tally *tally,
                     bm_purchases *purchases);

#endif
