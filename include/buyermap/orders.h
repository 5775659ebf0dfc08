/* bm_orders: an order log, sorted by buyer and then by day. */
#ifndef BUYERMAP_ORDERS_H
#define BUYERMAP_ORDERS_H

#include "buyermap/status.h"
#include "buyermap/text.h"

#include <stddef.h>
#include <stdint.h>

/* What an order line can say of where it came from; each is optional. */
typedef enum bm_dimension {
    BM_PRODUCT,
    BM_CATEGORY,
    BM_REGION,
    BM_CHANNEL,
    BM_SUPPLIER,
    BM_DIMENSIONS,
} bm_dimension;

/* The lines of buyer b are first[b] … first[b + 1] - 1, by ascending day, then input order. */
typedef struct bm_orders {
    size_t buyers; /* the population: every buyer of the map, with or without lines */
    size_t lines;
    size_t *first;                /* [buyers + 1] */
    int32_t *day;                 /* [lines] days since 1970-01-01 */
    double *amount;               /* [lines], or NULL when the log has no amount */
    double *quantity;             /* [lines], or NULL */
    uint8_t *opens;               /* [lines] 1 on the first line of each order; returns open none */
    uint8_t *is_return;           /* [lines], or NULL when returns are not marked */
    int32_t *code[BM_DIMENSIONS]; /* [lines] each, or NULL; -1 is missing */
    const bm_dictionary *names[BM_DIMENSIONS]; /* borrowed from the table */
    int32_t as_of;                             /* no line is later; days since 1970-01-01 */
} bm_orders;

/* What one buyer's orders come to, returns left out. */
typedef struct bm_buyer_orders {
    size_t orders;
    double revenue; /* NaN in a log without amounts */
    int32_t last;   /* day of the last line; of no meaning without orders */
} bm_buyer_orders;

static inline int bm_is_return(const bm_orders *orders, size_t line) {
    return orders->is_return != NULL && orders->is_return[line];
}

bm_buyer_orders bm_orders_of_buyer(const bm_orders *orders, size_t buyer);

const char *bm_dimension_name(bm_dimension dimension);
void bm_orders_free(bm_orders *orders);

#endif
