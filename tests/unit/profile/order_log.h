/* A bm_orders written out by hand, for tests: lines by buyer, then day. */
#ifndef ORDER_LOG_H
#define ORDER_LOG_H

#include "buyermap/orders.h"

#include <stdlib.h>

typedef struct log_line {
    size_t buyer;
    int32_t day;
    double amount;
    int opens, is_return;
    int32_t product; /* -1: missing */
} log_line;

/* lines stand in order; products NULL: the log has no products. Freed with bm_orders_free. */
static inline bm_orders order_log(const log_line *line, size_t lines, size_t buyers, int32_t as_of,
                                  const bm_dictionary *products) {
    bm_orders orders = {.buyers = buyers, .lines = lines, .as_of = as_of};
    orders.first = calloc(buyers + 1, sizeof *orders.first);
    orders.day = calloc(lines + 1, sizeof *orders.day);
    orders.amount = calloc(lines + 1, sizeof *orders.amount);
    orders.opens = calloc(lines + 1, sizeof *orders.opens);
    orders.is_return = calloc(lines + 1, sizeof *orders.is_return);
    if (products != NULL) {
        orders.code[BM_PRODUCT] = calloc(lines + 1, sizeof(int32_t));
        orders.names[BM_PRODUCT] = products;
    }
    for (size_t i = 0; i < lines; i++) {
        orders.first[line[i].buyer + 1]++;
        orders.day[i] = line[i].day;
        orders.amount[i] = line[i].amount;
        orders.opens[i] = (uint8_t)line[i].opens;
        orders.is_return[i] = (uint8_t)line[i].is_return;
        if (products != NULL)
            orders.code[BM_PRODUCT][i] = line[i].product;
    }
    for (size_t b = 0; b < buyers; b++)
        orders.first[b + 1] += orders.first[b];
    return orders;
}

#endif
