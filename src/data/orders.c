#include "buyermap/orders.h"

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
