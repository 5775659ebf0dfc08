/* RFM: recency, frequency, monetary value (Hughes 1994), scored in fifths 1-5, 5 best.
 *
 * `rank` puts buyers in order and cuts the order into equal fifths: rank i of 0 … n - 1 gets the
 * fifth ceil(5 i / (n - 1)), which is pandas.qcut(rank(method="first"), 5). Ties are split by buyer
 * id (by number when every id is one, else by bytes), so that a buyer's score does not depend on
 * the order of the file. `quantile` cuts at the type 7 quantiles of the values: ties stay together,
 * fifths may be uneven, and a value equal to an edge belongs to the lower one.
 *
 * O(lines + n log n) time, about 220 bytes a buyer. One chunk of work is one measure. */
#include "feature/rfm.h"

#include "base/memory.h"
#include "base/number.h"
#include "base/parallel.h"
#include "base/statistics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECENCY, FREQUENCY, MONETARY, MEASURES };
enum { FIFTHS = 5, EDGES = FIFTHS - 1, CODES = FIFTHS * FIFTHS * FIFTHS, BLOCK = 1 << 16 };
enum { BYTES_A_BUYER = 220 };
enum {
    BUYER_ID,
    RECENCY_DAYS,
    FREQUENCY_COUNT,
    MONETARY_VALUE,
    R_SCORE,
    F_SCORE,
    M_SCORE,
    RFM_SCORE,
    RFM_SEGMENT,
};

static const bm_heading headings[] = {
    {"buyer_id", BM_CELL_TEXT, "", "the buyer"},
    {"recency_days", BM_CELL_INTEGER, "days", "calendar days from the last order to as_of"},
    {"frequency", BM_CELL_INTEGER, "1", "orders"},
    {"monetary", BM_CELL_NUMBER, "currency", "revenue without returns"},
    {"r", BM_CELL_INTEGER, "1", "recency score, 5 the most recent fifth"},
    {"f", BM_CELL_INTEGER, "1", "frequency score, 5 the most frequent fifth"},
    {"m", BM_CELL_INTEGER, "1", "monetary score, 5 the fifth of the highest revenue"},
    {"rfm_score", BM_CELL_TEXT, "", "the three scores side by side"},
    {"rfm_segment", BM_CELL_TEXT, "", "the named segment of the scores"},
};

/* The named segments of the R package rfm; the first row that holds all three scores wins. */
static const struct {
    const char *name;
    struct {
        int low, high;
    } score[MEASURES];
} named[] = {
    {"Champions", {{5, 5}, {5, 5}, {5, 5}}},       {"Potential Loyalist", {{3, 5}, {3, 5}, {2, 5}}},
    {"Loyal Customers", {{2, 4}, {2, 4}, {2, 4}}}, {"Promising", {{3, 4}, {1, 3}, {3, 5}}},
    {"New Customers", {{4, 5}, {1, 3}, {1, 5}}},   {"Can't Lose Them", {{1, 2}, {3, 4}, {4, 5}}},
    {"At Risk", {{1, 2}, {2, 5}, {4, 5}}},         {"Need Attention", {{1, 3}, {3, 5}, {3, 5}}},
    {"About To Sleep", {{2, 3}, {1, 3}, {1, 4}}},  {"Lost", {{1, 1}, {1, 5}, {1, 5}}},
    {"Others", {{1, 5}, {1, 5}, {1, 5}}},
};

static const struct {
    const char *name;
    int reversed; /* low values are good */
} measures[MEASURES] = {{"recency_days", 1}, {"frequency", 0}, {"monetary", 0}};

/* The buyers that have orders, in population order. */
typedef struct rfm {
    bm_rfm_scores scores;
    size_t n;
    int32_t *buyer;           /* [n] index in the population, which is the code of the id */
    double *value[MEASURES];  /* [n] */
    uint8_t *fifth[MEASURES]; /* [n] 1 … 5 by rising value */
    double edge[MEASURES][EDGES];
    size_t *by_id; /* [n] positions by id, for ties */
} rfm;

static void rfm_free(rfm *self) {
    for (int m = 0; m < MEASURES; m++) {
        free(self->value[m]);
        free(self->fifth[m]);
    }
    free(self->buyer);
    free(self->by_id);
}

static bm_status collect(const bm_orders *orders, rfm *self, bm_error *err) {
    for (size_t b = 0; b < orders->buyers; b++) {
        if (b % BLOCK == 0) {
            bm_status status = bm_check_interrupt(err);
            if (status != BM_OK)
                return status;
        }
        const bm_buyer_orders of = bm_orders_of_buyer(orders, b);
        if (of.orders == 0)
            continue;
        self->buyer[self->n] = (int32_t)b;
        self->value[RECENCY][self->n] = (double)orders->as_of - of.last;
        self->value[FREQUENCY][self->n] = (double)of.orders;
        self->value[MONETARY][self->n] = of.revenue;
        self->n++;
    }
    return BM_OK;
}

typedef struct id_order {
    const bm_dictionary *ids;
    const int32_t *buyer;
} id_order;

static int compare_ids(const void *left, const void *right, void *arg) {
    const id_order *order = arg;
    size_t i = *(const size_t *)left, j = *(const size_t *)right;
    bm_text a = bm_dictionary_text(order->ids, order->buyer[i]);
    bm_text b = bm_dictionary_text(order->ids, order->buyer[j]);
    int by_bytes = memcmp(a.data, b.data, a.length < b.length ? a.length : b.length);
    if (by_bytes != 0)
        return by_bytes;
    if (a.length != b.length)
        return a.length < b.length ? -1 : 1;
    return (i > j) - (i < j);
}

static bm_status order_by_id(const bm_dictionary *ids, rfm *self, bm_error *err) {
    bm_status status = BM_OK;
    double *number = NULL;
    BM_TRY(BM_NEW(&number, self->n, "RFM scores", err));
    size_t numbers = 0;
    while (numbers < self->n &&
           bm_parse_number(bm_dictionary_text(ids, self->buyer[numbers]), &number[numbers]))
        numbers++;
    if (numbers == self->n) {
        BM_TRY(bm_sort_index(number, self->n, self->by_id, err));
        goto cleanup;
    }
    for (size_t i = 0; i < self->n; i++)
        self->by_id[i] = i;
    id_order order = {ids, self->buyer};
    qsort_r(self->by_id, self->n, sizeof *self->by_id, compare_ids, &order);
cleanup:
    free(number);
    return status;
}

static void find_edges(rfm *self, int measure, const double *sorted) {
    for (int e = 0; e < EDGES; e++)
        self->edge[measure][e] = bm_quantile(sorted, self->n, (e + 1) / (double)FIFTHS);
}

static bm_status fifths_of_rank(rfm *self, int measure, double *value, bm_error *err) {
    bm_status status = BM_OK;
    double *sorted = NULL;
    size_t *order = NULL;
    BM_TRY(BM_NEW(&sorted, self->n, "RFM scores", err));
    BM_TRY(BM_NEW(&order, self->n, "RFM scores", err));
    for (size_t i = 0; i < self->n; i++)
        value[i] = self->value[measure][self->by_id[i]];
    BM_TRY(bm_sort_index(value, self->n, order, err));
    size_t steps = self->n > 1 ? self->n - 1 : 1;
    for (size_t i = 0; i < self->n; i++) {
        size_t fifth = (FIFTHS * i + steps - 1) / steps;
        self->fifth[measure][self->by_id[order[i]]] = (uint8_t)(fifth > 0 ? fifth : 1);
        sorted[i] = value[order[i]];
    }
    find_edges(self, measure, sorted);
cleanup:
    free(sorted);
    free(order);
    return status;
}

static void fifths_of_quantiles(rfm *self, int measure, double *value) {
    if (self->n > 0)
        memcpy(value, self->value[measure], self->n * sizeof *value);
    bm_sort(value, self->n);
    find_edges(self, measure, value);
    for (size_t i = 0; i < self->n; i++) {
        int fifth = 1;
        for (int e = 0; e < EDGES; e++)
            fifth += self->value[measure][i] > self->edge[measure][e];
        self->fifth[measure][i] = (uint8_t)fifth;
    }
}

/* "RFM scores of frequency: 1 up to 1, 2 up to 2, 3 up to 3, 4 up to 6, 5 above". */
static void tell_edges(const rfm *self, int measure, bm_log *log) {
    char edge[EDGES][BM_NUMBER_TEXT];
    int score[FIFTHS];
    for (int e = 0; e < EDGES; e++)
        snprintf(edge[e], sizeof edge[e], "%.10g", self->edge[measure][e]);
    for (int s = 0; s < FIFTHS; s++)
        score[s] = measures[measure].reversed ? FIFTHS - s : s + 1;
    bm_info(log, "RFM scores of %s: %d up to %s, %d up to %s, %d up to %s, %d up to %s, %d above%s",
            measures[measure].name, score[0], edge[0], score[1], edge[1], score[2], edge[2],
            score[3], edge[3], score[4],
            self->scores == BM_RFM_RANK ? "; buyers on an edge are split by id into equal fifths"
                                        : "");
}

static bm_status score_measure(size_t measure, void *arg, bm_error *err) {
    rfm *self = arg;
    bm_status status = BM_OK;
    double *value = NULL;
    BM_TRY(bm_check_interrupt(err));
    BM_TRY(BM_NEW(&value, self->n, "RFM scores", err));
    if (self->scores == BM_RFM_RANK)
        BM_TRY(fifths_of_rank(self, (int)measure, value, err));
    else
        fifths_of_quantiles(self, (int)measure, value);
cleanup:
    free(value);
    return status;
}

static bm_status score_all(const bm_dictionary *ids, bm_log *log, rfm *self, bm_error *err) {
    bm_status status = BM_OK;
    if (self->scores == BM_RFM_RANK)
        BM_TRY(order_by_id(ids, self, err));
    BM_TRY(bm_parallel_for(MEASURES, score_measure, self, err));
    for (int m = 0; m < MEASURES && self->n > 0; m++)
        tell_edges(self, m, log);
cleanup:
    return status;
}

static const char *name_of(const int score[MEASURES]) {
    size_t at = 0;
    for (;; at++) {
        int inside = 1;
        for (int m = 0; m < MEASURES; m++)
            inside &= score[m] >= named[at].score[m].low && score[m] <= named[at].score[m].high;
        if (inside)
            return named[at].name; /* the last row holds everything */
    }
}

/* One of the 125 score texts and its segment name, interned at most once. */
typedef struct score_texts {
    int32_t score[CODES], segment[CODES]; /* -1: not yet */
} score_texts;

static bm_status intern_texts(bm_result *result, const int score[MEASURES], score_texts *texts,
                              int code, bm_error *err) {
    char text[MEASURES + 1];
    for (int m = 0; m < MEASURES; m++)
        text[m] = (char)('0' + score[m]);
    text[MEASURES] = '\0';
    const char *name = name_of(score);
    bm_status status = bm_dictionary_intern(&result->column[RFM_SCORE].words,
                                            (bm_text){text, MEASURES}, &texts->score[code], err);
    if (status == BM_OK)
        status = bm_dictionary_intern(&result->column[RFM_SEGMENT].words,
                                      (bm_text){name, strlen(name)}, &texts->segment[code], err);
    return status;
}

static bm_status fill_scores(const rfm *self, bm_result *result, bm_error *err) {
    score_texts texts;
    for (int code = 0; code < CODES; code++)
        texts.score[code] = -1;
    for (size_t i = 0; i < self->n; i++) {
        int score[MEASURES], code = 0;
        for (int m = 0; m < MEASURES; m++) {
            int fifth = self->fifth[m][i];
            score[m] = measures[m].reversed ? FIFTHS + 1 - fifth : fifth;
            code = code * FIFTHS + score[m] - 1;
            result->column[R_SCORE + m].integer[i] = score[m];
        }
        if (texts.score[code] < 0) {
            bm_status status = intern_texts(result, score, &texts, code, err);
            if (status != BM_OK)
                return status;
        }
        result->column[RFM_SCORE].code[i] = texts.score[code];
        result->column[RFM_SEGMENT].code[i] = texts.segment[code];
        result->column[RECENCY_DAYS].integer[i] = (int64_t)self->value[RECENCY][i];
        result->column[FREQUENCY_COUNT].integer[i] = (int64_t)self->value[FREQUENCY][i];
        result->column[MONETARY_VALUE].number[i] = self->value[MONETARY][i];
    }
    return BM_OK;
}

static void fill_ids(const void *source, size_t first, size_t count, void *block) {
    bm_text *text = block;
    for (size_t i = 0; i < count; i++)
        text[i] = bm_dictionary_text(source, (int32_t)(first + i));
}

/* Where every buyer has orders, row and code of the id agree and the ids are not copied. */
static bm_status set_ids(const rfm *self, size_t population, const bm_dictionary *ids,
                         bm_result *result, bm_error *err) {
    bm_status status = BM_OK;
    if (self->n == population) {
        size_t width = 0;
        for (size_t i = 0; i < self->n; i++) {
            size_t length = bm_dictionary_text(ids, (int32_t)i).length;
            width = length > width ? length : width;
        }
        bm_result_generate(result, BUYER_ID, fill_ids, ids, width);
        return BM_OK;
    }
    for (size_t i = 0; i < self->n; i++)
        BM_TRY(
            bm_result_set_text(result, BUYER_ID, i, bm_dictionary_text(ids, self->buyer[i]), err));
cleanup:
    return status;
}

static bm_status reserve(size_t buyers, const bm_context *context, rfm *self, bm_error *err) {
    bm_status status = BM_OK;
    size_t bytes;
    bm_multiply(buyers, BYTES_A_BUYER, &bytes);
    BM_TRY(bm_require_memory(context, bytes, "RFM scores", err));
    BM_TRY(BM_NEW(&self->buyer, buyers, "RFM scores", err));
    BM_TRY(BM_NEW(&self->by_id, buyers, "RFM scores", err));
    for (int m = 0; m < MEASURES; m++) {
        BM_TRY(BM_NEW(&self->value[m], buyers, "RFM scores", err));
        BM_TRY(BM_NEW(&self->fifth[m], buyers, "RFM scores", err));
    }
cleanup:
    return status;
}

bm_status bm_rfm(const bm_orders *orders, const bm_dictionary *ids, bm_rfm_scores scores,
                 const bm_context *context, bm_result *result, bm_error *err) {
    bm_status status = BM_OK;
    rfm self = {.scores = scores};
    *result = (bm_result){0};
    if (orders->amount == NULL)
        return bm_fail(err, BM_DATA,
                       "RFM scores need the amount of each order: name the column with --amount "
                       "(in a job file: inputs.orders.amount)");
    if (ids->count != orders->buyers)
        return bm_fail(err, BM_INTERNAL, "RFM scores: %zu ids for %zu buyers", ids->count,
                       orders->buyers);
    BM_TRY(reserve(orders->buyers, context, &self, err));
    BM_TRY(collect(orders, &self, err));
    BM_TRY(score_all(ids, context != NULL ? context->log : NULL, &self, err));
    BM_TRY(bm_result_init(result, "rfm", "recency, frequency and monetary value of each buyer",
                          headings, sizeof headings / sizeof headings[0], self.n, err));
    BM_TRY(fill_scores(&self, result, err));
    BM_TRY(set_ids(&self, orders->buyers, ids, result, err));
cleanup:
    if (status != BM_OK)
        bm_result_free(result);
    rfm_free(&self);
    return status;
}
