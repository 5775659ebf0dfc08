/* Whether a table that was read is an order log, and what its columns then are. */
#ifndef BM_CLI_ORDER_LOG_H
#define BM_CLI_ORDER_LOG_H

#include "input/input.h"

enum { BM_LOG_DIMENSIONS = 6 };
/* quantity, product, category, region, channel, supplier */
extern const char *const bm_log_dimensions[BM_LOG_DIMENSIONS];

/* Views into the table. */
typedef struct bm_order_log {
    const bm_column *buyer, *date;
    const bm_column *amount, *factor;              /* numbers; NULL: none, or no product */
    const bm_column *order;                        /* NULL: none */
    const bm_column *dimension[BM_LOG_DIMENSIONS]; /* columns of the very name; NULL: none */
    const char *format[2];                         /* of dates that are not ISO */
    int formats; /* how many fit the whole column: 0 ISO, 1, or 2 */
    /* After bm_follow_buyers: */
    size_t buyers;   /* that have an order line with all that it needs */
    int tells_apart; /* 1: they differ in time, in number of orders or in money */
} bm_order_log;

/* *found is 1 when the table has a buyer and dates by their usual names, and its rows are not one
 * each of the buyers. BM_NOMEM. */
bm_status bm_find_order_log(const bm_read_result *read, bm_order_log *log, int *found,
                            bm_error *err) BM_MUST_CHECK;
/* How many buyers there are, and whether they differ. O(rows). BM_NOMEM. */
bm_status bm_follow_buyers(const bm_table *table, bm_order_log *log, bm_error *err) BM_MUST_CHECK;

/* What a column of the table is in the log: "buyer", "order date", …; NULL: nothing. */
const char *bm_order_log_role(const bm_order_log *log, const bm_column *column);

#endif
