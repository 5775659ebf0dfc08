/* Concentration: how unevenly revenue is spread (Gini 1912; Herfindahl-Hirschman).
 *
 * Over ascending x_1 … x_n: gini = Σ (2 i − n − 1) x_i / (n Σ x), hhi = Σ (x_i / Σ x)², n_eff =
 * 1 / hhi, topP = the share of the ⌈P n / 100⌉ largest, n_for_80 = how many of the largest make
 * 80 %. Where the total is not positive no share has a meaning and all are NaN. O(lines + n log n)
 * a scope. One chunk of work is one scope. */
#include "profile/profile.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "base/statistics.h"
#include "base/sum.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SCOPE, N, TOTAL, GINI, HHI, N_EFF, TOP1, TOP5, TOP10, TOP20, N_FOR_80 };
enum { TOPS = 4, BUYERS_A_CHUNK = 1 << 14 };
static const size_t top_percent[TOPS] = {1, 5, 10, 20};

static const bm_heading headings[] = {
    {"scope", BM_CELL_TEXT, "", "revenue by what: buyers, a dimension, the buyers of a segment"},
    {"n", BM_CELL_INTEGER, "1", "buyers with orders, or values with revenue"},
    {"total", BM_CELL_NUMBER, "currency", "revenue without returns"},
    {"gini", BM_CELL_NUMBER, "1", "Gini coefficient; 0 is all equal"},
    {"hhi", BM_CELL_NUMBER, "1", "Herfindahl-Hirschman index: sum of squared shares"},
    {"n_eff", BM_CELL_NUMBER, "1", "effective number: 1 / hhi"},
    {"top1", BM_CELL_NUMBER, "1", "share of the largest 1 %"},
    {"top5", BM_CELL_NUMBER, "1", "share of the largest 5 %"},
    {"top10", BM_CELL_NUMBER, "1", "share of the largest 10 %"},
    {"top20", BM_CELL_NUMBER, "1", "share of the largest 20 %"},
    {"n_for_80", BM_CELL_NUMBER, "1", "how many of the largest make 80 %"},
};

typedef struct work {
    const bm_orders *orders;
    const int32_t *label;
    double *revenue;  /* [buyers] */
    uint8_t *ordered; /* [buyers] 1: has orders */
    bm_dimension dimension[BM_DIMENSIONS];
    size_t dimensions;
    bm_result *result;
} work;

static bm_status add_up_buyers(size_t chunk, void *arg, bm_error *err) {
    const work *self = arg;
    size_t end = bm_chunk_end(chunk, BUYERS_A_CHUNK, self->orders->buyers);
    for (size_t b = bm_chunk_begin(chunk, BUYERS_A_CHUNK); b < end; b++) {
        bm_buyer_orders money = bm_orders_of_buyer(self->orders, b);
        self->revenue[b] = money.revenue;
        self->ordered[b] = money.orders > 0;
    }
    return bm_check_interrupt(err);
}

/* Buyers with orders, of a segment or (0) of all. */
static size_t take_buyers(const work *self, size_t segment, double *x) {
    size_t n = 0;
    for (size_t b = 0; b < self->orders->buyers; b++) {
        int inside = segment == 0 || (size_t)self->label[b] == segment;
        if (inside && self->ordered[b])
            x[n++] = self->revenue[b];
    }
    return n;
}

/* Revenue by value of a dimension; lines where it is missing do not count. */
static bm_status take_dimension(const work *self, bm_dimension dimension, double *x, size_t *n,
                                bm_error *err) {
    const bm_orders *orders = self->orders;
    const int32_t *code = orders->code[dimension];
    size_t values = orders->names[dimension]->count;
    struct {
        bm_sum revenue;
        int seen;
    } *of = NULL;
    bm_status status = BM_NEW(&of, values, "concentration", err);
    if (status != BM_OK)
        return status;
    for (size_t i = 0; i < orders->lines; i++) {
        if (code[i] < 0 || bm_is_return(orders, i))
            continue;
        bm_sum_add(&of[code[i]].revenue, orders->amount[i]);
        of[code[i]].seen = 1;
    }
    *n = 0;
    for (size_t v = 0; v < values; v++) {
        if (of[v].seen)
            x[(*n)++] = bm_sum_value(&of[v].revenue);
    }
    free(of);
    return BM_OK;
}

static void set_shares(const double *sorted, size_t n, double total, bm_result_column *column,
                       size_t row) {
    double gini = 0, hhi = 0;
    for (size_t i = 0; i < n; i++) {
        gini += (2.0 * (double)(i + 1) - (double)n - 1.0) * sorted[i];
        hhi += (sorted[i] / total) * (sorted[i] / total);
    }
    column[GINI].number[row] = gini / ((double)n * total);
    column[HHI].number[row] = hhi;
    column[N_EFF].number[row] = 1 / hhi;
    bm_sum sum = {0};
    size_t top = 0, count[TOPS], for_80 = 0;
    for (int t = 0; t < TOPS; t++)
        count[t] = n / 100 * top_percent[t] + (n % 100 * top_percent[t] + 99) / 100;
    for (size_t i = 0; i < n; i++) {
        bm_sum_add(&sum, sorted[n - 1 - i]);
        for (; top < TOPS && count[top] == i + 1; top++)
            column[TOP1 + top].number[row] = bm_sum_value(&sum) / total;
        if (for_80 == 0 && bm_sum_value(&sum) >= 0.8 * total)
            for_80 = i + 1;
    }
    column[N_FOR_80].number[row] = (double)for_80;
}

static void measure(double *x, size_t n, bm_result *result, size_t row) {
    bm_sort(x, n);
    bm_sum sum = {0};
    for (size_t i = 0; i < n; i++)
        bm_sum_add(&sum, x[i]);
    double total = bm_sum_value(&sum);
    result->column[N].integer[row] = (int64_t)n;
    result->column[TOTAL].number[row] = total;
    if (total > 0)
        set_shares(x, n, total, result->column, row);
}

/* Chunk 0: buyers; then the dimensions; then the segments. */
static bm_status measure_scope(size_t scope, void *arg, bm_error *err) {
    work *self = arg;
    bm_status status = BM_OK;
    double *x = NULL;
    size_t n = 0;
    BM_TRY(bm_check_interrupt(err));
    if (scope == 0 || scope > self->dimensions) {
        BM_TRY(BM_NEW(&x, self->orders->buyers, "concentration", err));
        n = take_buyers(self, scope == 0 ? 0 : scope - self->dimensions, x);
    } else {
        bm_dimension dimension = self->dimension[scope - 1];
        BM_TRY(BM_NEW(&x, self->orders->names[dimension]->count, "concentration", err));
        BM_TRY(take_dimension(self, dimension, x, &n, err));
    }
    measure(x, n, self->result, scope);
cleanup:
    free(x);
    return status;
}

static bm_status name_scopes(const work *self, size_t k, bm_error *err) {
    bm_status status = BM_OK;
    BM_TRY(bm_result_set_string(self->result, SCOPE, 0, "revenue", err));
    for (size_t i = 0; i < self->dimensions; i++)
        BM_TRY(bm_result_set_string(self->result, SCOPE, i + 1,
                                    bm_dimension_name(self->dimension[i]), err));
    for (size_t s = 1; s <= k; s++) {
        char name[32];
        snprintf(name, sizeof name, "segment %zu", s);
        BM_TRY(bm_result_set_string(self->result, SCOPE, self->dimensions + s, name, err));
    }
cleanup:
    return status;
}

bm_status bm_concentration(const bm_orders *orders, const int32_t *label, size_t k,
                           bm_result *result, bm_error *err) {
    bm_status status = BM_OK;
    work self = {.orders = orders, .label = label, .result = result};
    *result = (bm_result){0};
    if (orders->amount == NULL)
        return bm_fail(err, BM_DATA,
                       "concentration needs the amount of each order: name the column as "
                       "inputs.orders.amount");
    for (int d = 0; d < BM_DIMENSIONS; d++) {
        if (orders->code[d] != NULL)
            self.dimension[self.dimensions++] = (bm_dimension)d;
    }
    size_t segments = label != NULL ? k : 0, scopes = 1 + self.dimensions + segments;
    BM_TRY(BM_NEW(&self.revenue, orders->buyers, "concentration", err));
    BM_TRY(BM_NEW(&self.ordered, orders->buyers, "concentration", err));
    BM_TRY(bm_result_init(result, "concentration", "how unevenly revenue is spread", headings,
                          sizeof headings / sizeof headings[0], scopes, err));
    BM_TRY(name_scopes(&self, segments, err));
    BM_TRY(bm_parallel_for(bm_chunks(orders->buyers, BUYERS_A_CHUNK), add_up_buyers, &self, err));
    BM_TRY(bm_parallel_for(scopes, measure_scope, &self, err));
cleanup:
    free(self.revenue);
    free(self.ordered);
    if (status != BM_OK)
        bm_result_free(result);
    return status;
}
