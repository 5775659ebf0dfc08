#include "buyermap/orders.h"

#include "base/sum.h"

#include <math.h>
#include <stdlib.h>

const char *bm_dimension_name(bm_dimension dimension) {
    static const char *const name[BM_DIMENSIONS] = {
        [BM_PRODUCT] = "product", [BM_CATEGORY] = "category", [BM_REGION] = "region",
        [BM_CHANNEL] = "channel", [BM_SUPPLIER] = "supplier",
    };
    return (unsigned)dimension < BM_DIMENSIONS ? name[dimension] : "";
}

void bm_orders_free(bm_orders *orders) {
    free(orders->first);
    free(orders->day);
    free(orders->amount);
    free(orders->quantity);
    free(orders->opens);
    free(orders->is_return);
    for (int i = 0; i < BM_DIMENSIONS; i++)
        free(orders->code[i]);
    *orders = (bm_orders){0};
}

bm_buyer_orders bm_orders_of_buyer(const bm_orders *orders, size_t buyer) {
    bm_buyer_orders of = {0};
    bm_sum revenue = {0};
    for (size_t i = orders->first[buyer]; i < orders->first[buyer + 1]; i++) {
        if (bm_is_return(orders, i))
            continue;
        of.orders += orders->opens[i];
        of.last = orders->day[i];
        if (orders->amount != NULL)
            bm_sum_add(&revenue, orders->amount[i]);
    }
    of.revenue = orders->amount != NULL ? bm_sum_value(&revenue) : NAN;
    return of;
}
