/* What the chosen model says of each buyer, and what that comes to by segment. */
#include "base/memory.h"
#include "base/statistics.h"
#include "base/sum.h"
#include "lifetime/ltv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t population_index(const bm_ltv *ltv, size_t row) {
    return ltv->histories->buyer_of != NULL ? ltv->histories->buyer_of[row] : row;
}

enum { NUMBER_WIDTH = 20 };

/* Row numbers have no text of their own: those of one block are kept until the next. */
static void fill_id(const void *source, size_t first, size_t count, void *block) {
    const bm_ltv *ltv = source;
    bm_text *out = block;
    for (size_t i = 0; i < count; i++)
        out[i] = bm_dictionary_text(ltv->ids, (int32_t)population_index(ltv, first + i));
}

static void fill_model(const void *source, size_t first, size_t count, void *block) {
    const bm_ltv *ltv = source;
    const char *name = bm_ltv_chosen(ltv)->usable ? bm_ltv_chosen(ltv)->model->name : "";
    bm_text *out = block;
    (void)first;
    for (size_t i = 0; i < count; i++)
        out[i] = (bm_text){name, strlen(name)};
}

#define FILL(what, value)                                                                          \
    static void fill_##what(const void *source, size_t first, size_t count, void *block) {         \
        const bm_ltv *ltv = source;                                                                \
        double *out = block;                                                                       \
        for (size_t i = 0; i < count; i++)                                                         \
            out[i] = (value)[first + i];                                                           \
    }
#define FILL_HISTORY(what)                                                                         \
    static void fill_##what(const void *source, size_t first, size_t count, void *block) {         \
        const bm_history *history = ((const bm_ltv *)source)->histories->history + first;          \
        double *out = block;                                                                       \
        for (size_t i = 0; i < count; i++)                                                         \
            out[i] = history[i].what;                                                              \
    }
FILL_HISTORY(x)
FILL_HISTORY(t_x)
FILL_HISTORY(t)
FILL_HISTORY(spend)
FILL(alive, ltv->p_alive)
FILL(orders, ltv->expected_orders)
FILL(value, ltv->expected_value)
FILL(clv, ltv->clv)

bm_status bm_ltv_buyers_result(bm_ltv *ltv, const bm_dictionary *ids, bm_result *table,
                               bm_error *err) {
    static const bm_heading heading[] = {
        {"buyer_id", BM_CELL_TEXT, "", "the buyer"},
        {"model", BM_CELL_TEXT, "", "the chosen model; empty where none is usable"},
        {"x", BM_CELL_NUMBER, "1", "repeat orders (contracts: 1 when it has ended)"},
        {"t_x", BM_CELL_NUMBER, "units", "from the first order to the last"},
        {"t", BM_CELL_NUMBER, "units", "from the first order to the end of the calibration"},
        {"m_x", BM_CELL_NUMBER, "currency", "mean spend of the repeat orders"},
        {"p_alive", BM_CELL_NUMBER, "1", "probability that the buyer has not left"},
        {"expected_orders", BM_CELL_NUMBER, "1",
         "orders expected within the horizon (for ever: discounted)"},
        {"expected_value", BM_CELL_NUMBER, "currency", "expected orders x expected spend"},
        {"clv", BM_CELL_NUMBER, "currency", "margin x expected spend x discounted orders"},
    };
    static const bm_fill fill[] = {NULL,       fill_model, fill_x,      fill_t_x,   fill_t,
                                   fill_spend, fill_alive, fill_orders, fill_value, fill_clv};
    size_t n = ltv->histories->buyers, width = 0;
    bm_status status;
    ltv->ids = ids;
    BM_TRY(bm_result_init(table, "ltv_buyers", "what the chosen model expects of each buyer",
                          heading, sizeof heading / sizeof heading[0], ids != NULL ? 0 : n, err));
    for (size_t i = 0; i < n && ids == NULL; i++) {
        char text[NUMBER_WIDTH + 1];
        snprintf(text, sizeof text, "%zu", population_index(ltv, i) + 1);
        BM_TRY(bm_result_set_string(table, 0, i, text, err));
    }
    table->rows = n;
    for (size_t i = 0; i < n && ids != NULL; i++) {
        size_t length = bm_dictionary_text(ids, (int32_t)population_index(ltv, i)).length;
        width = length > width ? length : width;
    }
    if (ids != NULL)
        bm_result_generate(table, 0, fill_id, ltv, width);
    bm_result_generate(table, 1, fill_model, ltv, strlen(bm_ltv_chosen(ltv)->model->name));
    for (size_t c = 2; c < sizeof fill / sizeof fill[0]; c++)
        bm_result_generate(table, c, fill[c], ltv, 0);
cleanup:
    if (status != BM_OK)
        bm_result_free(table);
    return status;
}

/* One segment, or all. */
typedef struct tally {
    size_t buyers; /* rows */
    int weighted;  /* 1: a row is not one buyer */
    bm_sum count;
    bm_sum revenue, orders, value, clv, alive;
    double *of_each; /* [buyers] clv, for the median */
} tally;

static void add(tally *to, const bm_ltv *ltv, size_t row, const double *revenue) {
    double count = ltv->histories->history[row].count;
    to->weighted |= count < 1 || count > 1;
    to->of_each[to->buyers++] = ltv->clv[row];
    bm_sum_add(&to->count, count);
    bm_sum_add(&to->revenue, revenue != NULL ? revenue[population_index(ltv, row)] : NAN);
    bm_sum_add(&to->orders, count * ltv->expected_orders[row]);
    bm_sum_add(&to->value, count * ltv->expected_value[row]);
    bm_sum_add(&to->clv, count * ltv->clv[row]);
    bm_sum_add(&to->alive, count * ltv->p_alive[row]);
}

static void put(tally *from, size_t segment, bm_result *table) {
    double n = bm_sum_value(&from->count), total = bm_sum_value(&from->clv);
    int has_median = from->buyers > 0 && !from->weighted && !isnan(total);
    bm_result_column *column = table->column;
    bm_sort(from->of_each, from->buyers);
    column[0].integer[segment] = (int64_t)segment;
    column[2].integer[segment] = (int64_t)llround(n);
    column[3].number[segment] = bm_sum_value(&from->revenue);
    column[4].number[segment] = bm_sum_value(&from->orders);
    column[5].number[segment] = bm_sum_value(&from->value);
    column[6].number[segment] = from->buyers > 0 ? total / n : NAN;
    column[7].number[segment] = has_median ? bm_quantile(from->of_each, from->buyers, 0.5) : NAN;
    column[8].number[segment] = total;
    column[9].number[segment] = from->buyers > 0 ? bm_sum_value(&from->alive) / n : NAN;
}

static size_t segment_of(const bm_ltv *ltv, const int32_t *label, size_t row) {
    return label != NULL ? (size_t)label[population_index(ltv, row)] : 0;
}

bm_status bm_ltv_segments_result(const bm_ltv *ltv, const int32_t *label, size_t k,
                                 const double *revenue, bm_result *table, bm_error *err) {
    static const bm_heading heading[] = {
        {"segment", BM_CELL_INTEGER, "", "segment; 0 is all buyers that have orders"},
        {"model", BM_CELL_TEXT, "", "the chosen model"},
        {"buyers", BM_CELL_INTEGER, "1", "buyers with orders"},
        {"revenue_to_date", BM_CELL_NUMBER, "currency",
         "their revenue up to until, returns left out"},
        {"expected_orders", BM_CELL_NUMBER, "1", "orders expected of them within the horizon"},
        {"expected_value", BM_CELL_NUMBER, "currency", "revenue expected of them"},
        {"clv_mean", BM_CELL_NUMBER, "currency", "lifetime value a buyer"},
        {"clv_median", BM_CELL_NUMBER, "currency", "its median; empty where buyers are weighted"},
        {"clv_total", BM_CELL_NUMBER, "currency", "lifetime value of all of them"},
        {"p_alive_mean", BM_CELL_NUMBER, "1", "mean probability of not having left"},
    };
    size_t n = ltv->histories->buyers, rows = label != NULL ? k + 1 : 1;
    const bm_ltv_fit *chosen = bm_ltv_chosen(ltv);
    tally *tallies = NULL;
    double *room = NULL;
    bm_status status;
    BM_TRY(bm_result_init(table, "ltv_segments", "what the chosen model expects of each segment",
                          heading, sizeof heading / sizeof heading[0], rows, err));
    BM_TRY(BM_NEW(&tallies, rows, "the segments", err));
    BM_TRY(BM_NEW(&room, 2 * n, "the segments", err));
    for (size_t i = 0; i < n && label != NULL; i++)
        tallies[segment_of(ltv, label, i)].buyers++;
    for (size_t s = 1, used = n; s < rows; s++) {
        tallies[s].of_each = room + used;
        used += tallies[s].buyers;
        tallies[s].buyers = 0;
    }
    tallies[0] = (tally){.of_each = room};
    for (size_t i = 0; i < n; i++) {
        size_t segment = segment_of(ltv, label, i);
        add(&tallies[0], ltv, i, revenue);
        if (segment > 0)
            add(&tallies[segment], ltv, i, revenue);
    }
    for (size_t s = 0; s < rows; s++) {
        put(&tallies[s], s, table);
        BM_TRY(bm_result_set_string(table, 1, s, chosen->usable ? chosen->model->name : "", err));
    }
cleanup:
    free(tallies);
    free(room);
    if (status != BM_OK)
        bm_result_free(table);
    return status;
}
