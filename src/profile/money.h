/* What one buyer's orders come to. */
#ifndef BM_PROFILE_MONEY_H
#define BM_PROFILE_MONEY_H

#include "buyermap/orders.h"

typedef struct bm_buyer_money {
    size_t orders;
    double revenue; /* without returns; NaN in a log without amounts */
    int32_t last;   /* day of the last line that is no return; of no meaning without orders */
} bm_buyer_money;

bm_buyer_money bm_money_of_buyer(const bm_orders *orders, size_t buyer);

#endif
