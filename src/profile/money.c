#include "profile/money.h"

#include <math.h>

bm_buyer_money bm_money_of_buyer(const bm_orders *orders, size_t buyer) {
    bm_buyer_money money = {.revenue = orders->amount != NULL ? 0 : NAN};
    for (size_t i = orders->first[buyer]; i < orders->first[buyer + 1]; i++) {
        if (orders->is_return != NULL && orders->is_return[i])
            continue;
        money.orders += orders->opens[i];
        money.last = orders->day[i];
        if (orders->amount != NULL)
            money.revenue += orders->amount[i];
    }
    return money;
}
