/* An order table becomes bm_orders: one population, sorted, with orders told apart. */
#ifndef BM_FEATURE_ORDERS_H
#define BM_FEATURE_ORDERS_H

#include "buyermap/accounting.h"
#include "buyermap/context.h"
#include "buyermap/orders.h"
#include "buyermap/table.h"

/* Which columns of the table play which role; NULL where the log has none. */
typedef struct bm_order_roles {
    const char *buyer, *date;
    const char *amount, *amount_factor; /* amount, or the product of the two */
    const char *quantity;
    const char *order; /* NULL: an order is a buyer's day */
    const char *dimension[BM_DIMENSIONS];
} bm_order_roles;

/* The default as_of: the day after the latest order line of the table that is no return (of any
 * line when all are). BM_DATA on an empty table. */
bm_status bm_orders_last_day(const bm_table *table, const bm_order_roles *roles, int32_t *as_of,
                             bm_error *err) BM_MUST_CHECK;

/* Builds the log. population NULL: every buyer of the table with a line up to as_of, by first
 * appearance, and ids becomes their dictionary (caller frees); else buyer ids are looked up in
 * population and lines of unknown buyers are excluded, counted and warned of, and ids stays empty.
 * Lines after as_of are excluded and counted. accounting->used loses what is excluded here.
 * table->marked lines are returns. BM_NOMEM. O(lines + buyers). */
bm_status bm_orders_build(const bm_table *table, const bm_order_roles *roles, int32_t as_of,
                          const bm_dictionary *population, const bm_context *context,
                          bm_accounting *accounting, bm_orders *orders, bm_dictionary *ids,
                          bm_error *err) BM_MUST_CHECK;

#endif
