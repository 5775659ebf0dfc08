/* Order behaviour: the measures of a buyer. A new one is one function and one row of the table. */
#include "feature/features.h"
#include "feature/purchases.h"

#include "base/memory.h"
#include "base/parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BUYERS_A_CHUNK = 4096 };

/* What a measure needs the log to have. */
enum { NEEDS_AMOUNT = 1, NEEDS_QUANTITY = 2, NEEDS_RETURNS = 4, NEEDS_DIMENSION = 8 };

/* One measure. A buyer without orders has NaN, but for what is truly 0 without them. */
typedef struct behaviour {
    bm_measure measure;
    unsigned needs;
    double (*of)(const bm_purchases *buyer, bm_dimension dimension);
    bm_dimension dimension; /* for NEEDS_DIMENSION */
} behaviour;

/* A ratio over the orders of a buyer. */
static double an_order(const bm_purchases *buyer, double sum) {
    return buyer->orders > 0 ? sum / (double)buyer->orders : NAN;
}

static double recency_days(const bm_purchases *buyer, bm_dimension dimension) {
    (void)dimension;
    return buyer->orders > 0 ? (double)buyer->as_of - (double)buyer->last : NAN;
}

static double frequency(const bm_purchases *buyer, bm_dimension dimension) {
    (void)dimension;
    return (double)buyer->orders;
}

static double monetary(const bm_purchases *buyer, bm_dimension dimension) {
    (void)dimension;
    return buyer->revenue;
}

static double aov(const bm_purchases *buyer, bm_dimension dimension) {
    (void)dimension;
    return an_order(buyer, buyer->revenue);
}

static double tenure_days(const bm_purchases *buyer, bm_dimension dimension) {
    (void)dimension;
    return buyer->orders > 0 ? (double)buyer->as_of - (double)buyer->first : NAN;
}

static double interval_mean_days(const bm_purchases *buyer, bm_dimension dimension) {
    (void)dimension;
    return buyer->interval_mean;
}

static double interval_sd_days(const bm_purchases *buyer, bm_dimension dimension) {
    (void)dimension;
    return buyer->interval_sd;
}

static double items_per_order(const bm_purchases *buyer, bm_dimension dimension) {
    (void)dimension;
    return an_order(buyer, buyer->quantity);
}

static double distinct_values(const bm_purchases *buyer, bm_dimension dimension) {
    return (double)buyer->mix[dimension].values;
}

static double value_count(const bm_purchases *buyer, bm_dimension dimension) {
    return buyer->orders > 0 ? (double)buyer->mix[dimension].values : NAN;
}

static double main_share(const bm_purchases *buyer, bm_dimension dimension) {
    return buyer->mix[dimension].main_share;
}

static double hhi(const bm_purchases *buyer, bm_dimension dimension) {
    return buyer->mix[dimension].hhi;
}

static double returns_share(const bm_purchases *buyer, bm_dimension dimension) {
    (void)dimension;
    if (buyer->orders == 0)
        return NAN;
    return (double)(buyer->lines - buyer->bought) / (double)buyer->lines;
}

#define UNKNOWN_VALUES(plural) "the log names no " plural " for them"

static const behaviour table[] = {
    {{"recency_days", "days", "calendar days from the date of the last order to as_of", 1, NULL},
     0,
     recency_days,
     0},
    {{"frequency", "orders", "distinct orders", 1, NULL}, 0, frequency, 0},
    {{"monetary", "currency", "revenue: sum of the amounts of lines that are no returns", 1, NULL},
     NEEDS_AMOUNT,
     monetary,
     0},
    {{"aov", "currency", "average order value: monetary / frequency", 1, NULL},
     NEEDS_AMOUNT,
     aov,
     0},
    {{"tenure_days", "days", "calendar days from the date of the first order to as_of", 1, NULL},
     0,
     tenure_days,
     0},
    {{"interval_mean_days", "days", "mean of the days between one order day and the next", 0,
      "they ordered on fewer than 2 days"},
     0,
     interval_mean_days,
     0},
    {{"interval_sd_days", "days",
      "standard deviation (n - 1) of the days between one order day and the next", 0,
      "they ordered on fewer than 3 days, so the time between orders cannot vary"},
     0,
     interval_sd_days,
     0},
    {{"items_per_order", "items", "quantity of lines that are no returns / frequency", 1, NULL},
     NEEDS_QUANTITY,
     items_per_order,
     0},
    {{"distinct_products", "products", "distinct products bought", 1, NULL},
     NEEDS_DIMENSION,
     distinct_values,
     BM_PRODUCT},
    {{"category_count", "categories", "distinct categories bought", 1, NULL},
     NEEDS_DIMENSION,
     value_count,
     BM_CATEGORY},
    {{"category_main_share", "1", "share of the main category in the revenue", 1,
      UNKNOWN_VALUES("categories")},
     NEEDS_DIMENSION,
     main_share,
     BM_CATEGORY},
    {{"category_hhi", "1", "sum of the squared shares of categories in the revenue", 0,
      UNKNOWN_VALUES("categories")},
     NEEDS_DIMENSION,
     hhi,
     BM_CATEGORY},
    {{"region_count", "regions", "distinct regions ordered to", 1, NULL},
     NEEDS_DIMENSION,
     value_count,
     BM_REGION},
    {{"region_main_share", "1", "share of the main region in the revenue", 1,
      UNKNOWN_VALUES("regions")},
     NEEDS_DIMENSION,
     main_share,
     BM_REGION},
    {{"region_hhi", "1", "sum of the squared shares of regions in the revenue", 0,
      UNKNOWN_VALUES("regions")},
     NEEDS_DIMENSION,
     hhi,
     BM_REGION},
    {{"channel_count", "channels", "distinct channels ordered through", 1, NULL},
     NEEDS_DIMENSION,
     value_count,
     BM_CHANNEL},
    {{"channel_main_share", "1", "share of the main channel in the revenue", 1,
      UNKNOWN_VALUES("channels")},
     NEEDS_DIMENSION,
     main_share,
     BM_CHANNEL},
    {{"channel_hhi", "1", "sum of the squared shares of channels in the revenue", 0,
      UNKNOWN_VALUES("channels")},
     NEEDS_DIMENSION,
     hhi,
     BM_CHANNEL},
    {{"supplier_count", "suppliers", "distinct suppliers bought from", 1, NULL},
     NEEDS_DIMENSION,
     value_count,
     BM_SUPPLIER},
    {{"supplier_main_share", "1", "share of the main supplier in the revenue", 1,
      UNKNOWN_VALUES("suppliers")},
     NEEDS_DIMENSION,
     main_share,
     BM_SUPPLIER},
    {{"supplier_hhi", "1", "sum of the squared shares of suppliers in the revenue", 0,
      UNKNOWN_VALUES("suppliers")},
     NEEDS_DIMENSION,
     hhi,
     BM_SUPPLIER},
    {{"returns_share", "1", "share of the order lines that are returns", 1, NULL},
     NEEDS_RETURNS,
     returns_share,
     0},
};

enum { BEHAVIOURS = sizeof table / sizeof *table };

int bm_is_measure(const char *name) {
    for (size_t i = 0; i < BEHAVIOURS; i++) {
        if (strcmp(table[i].measure.name, name) == 0)
            return 1;
    }
    for (int d = 0; d < BM_DIMENSIONS; d++) {
        const char *dimension = bm_dimension_name((bm_dimension)d);
        size_t length = strlen(dimension);
        if (strncmp(name, dimension, length) == 0 && strcmp(name + length, "_main") == 0)
            return 1;
    }
    return 0;
}

static int log_can_give(const bm_orders *orders, const behaviour *row) {
    return (!(row->needs & NEEDS_AMOUNT) || orders->amount != NULL) &&
           (!(row->needs & NEEDS_QUANTITY) || orders->quantity != NULL) &&
           (!(row->needs & NEEDS_RETURNS) || orders->is_return != NULL) &&
           (!(row->needs & NEEDS_DIMENSION) || orders->code[row->dimension] != NULL);
}

/* The work of all chunks: rows of the table that apply, and one tally a thread. */
typedef struct measuring {
    const bm_orders *orders;
    const behaviour *row[BEHAVIOURS];
    bm_measures *measures;
    bm_mix_tally **tally;
} measuring;

static bm_status measure_chunk(size_t chunk, void *arg, bm_error *err) {
    const measuring *m = arg;
    bm_mix_tally *tally = m->tally[bm_thread_index()];
    size_t end = bm_chunk_end(chunk, BUYERS_A_CHUNK, m->orders->buyers);
    for (size_t b = bm_chunk_begin(chunk, BUYERS_A_CHUNK); b < end; b++) {
        bm_purchases buyer;
        bm_purchases_of(m->orders, b, tally, &buyer);
        for (size_t c = 0; c < m->measures->columns; c++)
            m->measures->value[c][b] = m->row[c]->of(&buyer, m->row[c]->dimension);
        for (int d = 0; d < BM_DIMENSIONS; d++) {
            if (m->measures->main[d] != NULL)
                m->measures->main[d][b] = buyer.mix[d].main;
        }
    }
    return bm_check_interrupt(err);
}

static bm_status allocate(measuring *m, size_t columns, bm_error *err) {
    bm_measures *measures = m->measures;
    size_t n = m->orders->buyers;
    bm_status status;
    BM_TRY(BM_NEW(&measures->measure, columns, "order measures", err));
    BM_TRY(BM_NEW(&measures->value, columns, "order measures", err));
    measures->n = n;
    measures->columns = columns;
    for (size_t c = 0; c < columns; c++) {
        measures->measure[c] = m->row[c]->measure;
        BM_TRY(BM_NEW(&measures->value[c], n, m->row[c]->measure.name, err));
    }
    /* Products are too many to say of one that it is a buyer's main one. */
    for (int d = 0; d < BM_DIMENSIONS; d++) {
        if (d != BM_PRODUCT && m->orders->code[d] != NULL)
            BM_TRY(BM_NEW(&measures->main[d], n, bm_dimension_name((bm_dimension)d), err));
    }
cleanup:
    return status;
}

static bm_status require_memory(const bm_orders *orders, size_t columns, size_t threads,
                                const bm_context *context, bm_error *err) {
    size_t a_buyer = columns * sizeof(double) + BM_DIMENSIONS * sizeof(int32_t);
    size_t bytes, tallies;
    if (!bm_multiply(orders->buyers, a_buyer, &bytes) ||
        !bm_multiply(threads, bm_mix_tally_bytes(orders), &tallies) ||
        !bm_add(bytes, tallies, &bytes))
        bytes = SIZE_MAX;
    return bm_require_memory(context, bytes, "measuring what buyers ordered", err);
}

bm_status bm_measures_of_orders(const bm_orders *orders, const bm_context *context,
                                bm_measures *measures, bm_error *err) {
    measuring m = {.orders = orders, .measures = measures};
    size_t columns = 0, threads = (size_t)bm_threads();
    bm_status status;
    *measures = (bm_measures){0};
    for (size_t i = 0; i < BEHAVIOURS; i++) {
        if (log_can_give(orders, &table[i]))
            m.row[columns++] = &table[i];
    }
    BM_TRY(require_memory(orders, columns, threads, context, err));
    BM_TRY(allocate(&m, columns, err));
    BM_TRY(BM_NEW(&m.tally, threads, "order measures", err));
    for (size_t t = 0; t < threads; t++)
        BM_TRY(bm_mix_tally_new(&m.tally[t], orders, err));
    BM_TRY(bm_parallel_for(bm_chunks(orders->buyers, BUYERS_A_CHUNK), measure_chunk, &m, err));
cleanup:
    for (size_t t = 0; m.tally != NULL && t < threads; t++)
        bm_mix_tally_free(m.tally[t]);
    free(m.tally);
    if (status != BM_OK)
        bm_measures_free(measures);
    return status;
}

void bm_measures_free(bm_measures *measures) {
    if (measures == NULL)
        return;
    for (size_t c = 0; measures->value != NULL && c < measures->columns; c++)
        free(measures->value[c]);
    for (int d = 0; d < BM_DIMENSIONS; d++)
        free(measures->main[d]);
    free(measures->value);
    free(measures->measure);
    *measures = (bm_measures){0};
}
