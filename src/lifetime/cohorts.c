/* Cohort retention: buyers by the period of their first order, and who came back when.
 *
 * A buyer is active in a period with at least one order line that is no return. Bounded: active in
 * exactly that period; unbounded: in that or any later one so far. A period (a rolling window: of
 * one buyer) is complete when its last day is before as_of, so the calendar period that holds as_of
 * is open even on its last day, and has a row already on its first.
 *
 * `eligible` counts the buyers whose period is complete. Retention is the active share of a cohort
 * of which all are eligible, else empty; the counts and the money are of all buyers so far. With
 * calendar periods eligible is 0 or the whole cohort; with rolling windows it falls step by step,
 * as the buyers of a cohort start on different days.
 *
 * Cohorts without buyers have no rows; within a cohort every period begun has one, active buyers or
 * not. O(lines + days + cells), 48 bytes a cell; a cell is a segment, a cohort and a period. */
#include "lifetime/cohorts.h"

#include "base/date.h"
#include "base/memory.h"
#include "base/sum.h"
#include "lifetime/period.h"

#include <math.h>
#include <stdlib.h>

enum { BLOCK = 1 << 16, BYTES_A_ROW = 160 };
enum {
    SEGMENT,
    COHORT,
    COHORT_SIZE,
    PERIOD_INDEX,
    PERIOD_START,
    PERIOD_END,
    IS_COMPLETE,
    ELIGIBLE,
    ACTIVE_BOUNDED,
    ACTIVE_UNBOUNDED,
    RETENTION_BOUNDED,
    RETENTION_UNBOUNDED,
    ORDERS,
    REVENUE,
    AOV,
    CUMULATIVE,
};

static const bm_heading headings[] = {
    {"segment", BM_CELL_INTEGER, "", "segment; 0 is all buyers"},
    {"cohort", BM_CELL_TEXT, "", "first day of the period of the first order"},
    {"cohort_size", BM_CELL_INTEGER, "1", "buyers of the cohort"},
    {"period_index", BM_CELL_INTEGER, "1", "periods since the first order's, from 0"},
    {"period_start", BM_CELL_TEXT, "",
     "first day of the period (rolling: of a buyer who started on the cohort's first day)"},
    {"period_end", BM_CELL_TEXT, "", "last day of the period, likewise"},
    {"is_complete", BM_CELL_BOOLEAN, "", "the period ended before as_of for all of the cohort"},
    {"eligible", BM_CELL_INTEGER, "1", "buyers for whom the period ended before as_of"},
    {"active_bounded", BM_CELL_INTEGER, "1", "buyers with an order in the period, so far"},
    {"active_unbounded", BM_CELL_INTEGER, "1", "buyers with an order in it or later, so far"},
    {"retention_bounded", BM_CELL_NUMBER, "1",
     "active in the period, a share of the cohort; empty while it is open"},
    {"retention_unbounded", BM_CELL_NUMBER, "1",
     "active in the period or later, a share of the cohort; empty while open"},
    {"orders", BM_CELL_INTEGER, "1", "orders of the cohort in the period"},
    {"revenue", BM_CELL_NUMBER, "currency", "revenue of the cohort in the period, no returns"},
    {"aov", BM_CELL_NUMBER, "currency", "average order value: revenue / orders"},
    {"cumulative_revenue_per_buyer", BM_CELL_NUMBER, "currency",
     "revenue up to and with the period / cohort_size"},
};

/* While buyers are counted, the fields marked * hold the buyers for whom this period is the last
 * one that counts; summed up from the end they become what they say. */
typedef struct cell {
    size_t active;
    size_t eligible; /* * */
    size_t later;    /* * active in this period or later */
    size_t orders;
    bm_sum revenue;
} cell;

/* One cohort of one segment. */
typedef struct cohort {
    size_t size;
    int32_t earliest; /* the earliest first order; rolling windows begin with it */
} cohort;

typedef struct cohorts {
    const bm_orders *orders;
    const bm_period *period;
    const int32_t *label; /* NULL: segment 0 only */
    size_t segments;      /* counted from 0 */
    int32_t day0;         /* the earliest first order */
    int32_t base;         /* number of the period that holds it */
    size_t count;         /* cohorts from base to as_of */
    int32_t *period_of;   /* [as_of - day0 + 1] period number - base */
    size_t *offset;       /* [count + 1] cells before a cohort, in every segment */
    cohort *cohort;       /* [segments × count] */
    cell *cell;           /* [segments × offset[count]] */
} cohorts;

static void cohorts_free(cohorts *self) {
    free(self->period_of);
    free(self->offset);
    free(self->cohort);
    free(self->cell);
}

/* The buyer's first line that is no return, or first[b + 1]. */
static size_t first_order(const bm_orders *orders, size_t buyer) {
    size_t line = orders->first[buyer];
    while (line < orders->first[buyer + 1] && bm_is_return(orders, line))
        line++;
    return line;
}

static size_t day_index(const cohorts *self, int32_t day) {
    return (size_t)((int64_t)day - self->day0);
}

static size_t cohort_of(const cohorts *self, int32_t day) {
    return (size_t)self->period_of[day_index(self, day)];
}

/* Numbers the periods of every day from the first order to as_of. */
static bm_status lay_calendar(cohorts *self, bm_error *err) {
    const bm_orders *orders = self->orders;
    int found = 0;
    for (size_t b = 0; b < orders->buyers; b++) {
        size_t line = first_order(orders, b);
        if (line < orders->first[b + 1] && (!found || orders->day[line] < self->day0)) {
            self->day0 = orders->day[line];
            found = 1;
        }
    }
    if (!found)
        return BM_OK;
    size_t days = day_index(self, orders->as_of) + 1;
    bm_status status = BM_NEW(&self->period_of, days, "cohorts", err);
    if (status != BM_OK)
        return status;
    self->base = bm_period_of(self->period->kind, self->day0);
    for (size_t i = 0; i < days; i++)
        self->period_of[i] = bm_period_of(self->period->kind, self->day0 + (int32_t)i) - self->base;
    self->count = (size_t)self->period_of[days - 1] + 1;
    return BM_OK;
}

static bm_status add_to_cohort(cohorts *self, size_t segment, int32_t day, bm_error *err) {
    if (segment >= self->segments)
        return bm_fail(err, BM_INTERNAL, "cohorts: segment %zu of %zu", segment,
                       self->segments - 1);
    cohort *c = &self->cohort[segment * self->count + cohort_of(self, day)];
    if (c->size == 0 || day < c->earliest)
        c->earliest = day;
    c->size++;
    return BM_OK;
}

static bm_status size_cohorts(cohorts *self, bm_error *err) {
    bm_status status = BM_OK;
    const bm_orders *orders = self->orders;
    size_t cells;
    if (!bm_multiply(self->segments, self->count, &cells))
        return bm_fail(err, BM_NOMEM, "out of memory: cohorts");
    BM_TRY(BM_NEW(&self->cohort, cells, "cohorts", err));
    for (size_t b = 0; b < orders->buyers; b++) {
        if (b % BLOCK == 0)
            BM_TRY(bm_check_interrupt(err));
        size_t line = first_order(orders, b);
        if (line == orders->first[b + 1])
            continue;
        BM_TRY(add_to_cohort(self, 0, orders->day[line], err));
        if (self->label != NULL && self->label[b] != 0)
            BM_TRY(add_to_cohort(self, (size_t)self->label[b], orders->day[line], err));
    }
cleanup:
    return status;
}

/* How many periods of a cohort have begun by as_of. */
static size_t periods_begun(const cohorts *self, size_t segment, size_t c) {
    const cohort *one = &self->cohort[segment * self->count + c];
    if (one->size == 0)
        return 0;
    if (self->period->kind != BM_PERIOD_ROLLING)
        return self->count - c;
    int64_t elapsed = (int64_t)self->orders->as_of - one->earliest;
    return (size_t)(elapsed / self->period->days) + 1;
}

static bm_status reserve_cells(cohorts *self, const bm_context *context, bm_error *err) {
    bm_status status = BM_OK;
    BM_TRY(BM_NEW(&self->offset, self->count + 1, "cohorts", err));
    for (size_t c = 0; c < self->count; c++)
        self->offset[c + 1] = self->offset[c] + periods_begun(self, 0, c);
    size_t cells, bytes;
    bm_multiply(self->offset[self->count], self->segments, &cells);
    bm_multiply(cells, sizeof(cell) + BYTES_A_ROW, &bytes);
    BM_TRY(bm_require_memory(context, bytes, "the cohort table", err));
    BM_TRY(BM_NEW(&self->cell, cells, "the cohort table", err));
cleanup:
    return status;
}

/* Where a buyer stands: his row of cells in segment 0 and in his own segment (or NULL), and how
 * many of its periods are complete. */
typedef struct standing {
    cell *row[2];
    size_t cohort;
    int32_t start;
    size_t complete;
} standing;

static standing find_standing(const cohorts *self, size_t buyer, int32_t start) {
    standing at = {.start = start, .cohort = cohort_of(self, start)};
    at.row[0] = self->cell + self->offset[at.cohort];
    if (self->label != NULL && self->label[buyer] != 0)
        at.row[1] = at.row[0] + (size_t)self->label[buyer] * self->offset[self->count];
    if (self->period->kind == BM_PERIOD_ROLLING)
        at.complete = (size_t)(((int64_t)self->orders->as_of - start) / self->period->days);
    else
        at.complete = self->count - at.cohort - 1;
    return at;
}

static size_t index_of(const cohorts *self, const standing *at, int32_t day) {
    if (self->period->kind == BM_PERIOD_ROLLING)
        return (size_t)(((int64_t)day - at->start) / self->period->days);
    return cohort_of(self, day) - at->cohort;
}

static void add_activity(const standing *at, size_t index, size_t orders, double revenue) {
    for (int i = 0; i < 2 && at->row[i] != NULL; i++) {
        cell *c = &at->row[i][index];
        c->active++;
        c->orders += orders;
        bm_sum_add(&c->revenue, revenue);
    }
}

static void add_last_period(const standing *at, size_t last) {
    for (int i = 0; i < 2 && at->row[i] != NULL; i++) {
        at->row[i][last].later++;
        if (at->complete == 0)
            continue;
        size_t end = at->complete - 1;
        at->row[i][end].eligible++;
    }
}

static void count_buyer(cohorts *self, size_t buyer) {
    const bm_orders *orders = self->orders;
    size_t line = first_order(orders, buyer), end = orders->first[buyer + 1];
    if (line == end)
        return;
    standing at = find_standing(self, buyer, orders->day[line]);
    size_t index = 0, count = 0;
    double revenue = 0;
    for (; line < end; line++) {
        if (bm_is_return(orders, line))
            continue;
        size_t next = index_of(self, &at, orders->day[line]);
        if (next != index) {
            add_activity(&at, index, count, revenue);
            index = next, count = 0, revenue = 0;
        }
        count += orders->opens[line];
        revenue += orders->amount != NULL ? orders->amount[line] : NAN;
    }
    add_activity(&at, index, count, revenue);
    add_last_period(&at, index);
}

static void sum_from_the_end(cell *row, size_t count) {
    for (size_t i = count; i-- > 1;) {
        row[i - 1].eligible += row[i].eligible;
        row[i - 1].later += row[i].later;
    }
}

static bm_status count_all(cohorts *self, bm_error *err) {
    for (size_t b = 0; b < self->orders->buyers; b++) {
        bm_status status = b % BLOCK == 0 ? bm_check_interrupt(err) : BM_OK;
        if (status != BM_OK)
            return status;
        count_buyer(self, b);
    }
    for (size_t s = 0; s < self->segments; s++) {
        for (size_t c = 0; c < self->count; c++)
            sum_from_the_end(self->cell + s * self->offset[self->count] + self->offset[c],
                             self->offset[c + 1] - self->offset[c]);
    }
    return BM_OK;
}

static bm_status set_date(bm_result *result, size_t column, size_t row, int64_t day,
                          bm_error *err) {
    char text[BM_DATE_TEXT];
    int length = bm_format_date(text, (int32_t)day);
    return bm_result_set_text(result, column, row, (bm_text){text, (size_t)length}, err);
}

static bm_status set_dates(const cohorts *self, size_t c, size_t index, bm_result *result,
                           size_t row, bm_error *err) {
    bm_status status = BM_OK;
    bm_period_kind kind = self->period->kind;
    int32_t number = self->base + (int32_t)c;
    int64_t first = bm_period_first_day(kind, number), start, next;
    if (kind == BM_PERIOD_ROLLING) {
        start = first + (int64_t)index * self->period->days;
        next = start + self->period->days;
    } else {
        start = bm_period_first_day(kind, number + (int32_t)index);
        next = bm_period_first_day(kind, number + (int32_t)index + 1);
    }
    BM_TRY(set_date(result, COHORT, row, first, err));
    BM_TRY(set_date(result, PERIOD_START, row, start, err));
    BM_TRY(set_date(result, PERIOD_END, row, next - 1, err));
cleanup:
    return status;
}

static double ratio(double part, double whole) {
    return whole > 0 ? part / whole : NAN;
}

static void set_counts(const cell *at, size_t size, bm_result *result, size_t row) {
    bm_result_column *column = result->column;
    column[COHORT_SIZE].integer[row] = (int64_t)size;
    column[IS_COMPLETE].boolean[row] = at->eligible == size;
    column[ELIGIBLE].integer[row] = (int64_t)at->eligible;
    column[ACTIVE_BOUNDED].integer[row] = (int64_t)at->active;
    column[ACTIVE_UNBOUNDED].integer[row] = (int64_t)at->later;
    if (at->eligible == size) {
        column[RETENTION_BOUNDED].number[row] = ratio((double)at->active, (double)size);
        column[RETENTION_UNBOUNDED].number[row] = ratio((double)at->later, (double)size);
    }
    column[ORDERS].integer[row] = (int64_t)at->orders;
    column[AOV].number[row] = ratio(bm_sum_value(&at->revenue), (double)at->orders);
}

static bm_status fill_cohort(const cohorts *self, size_t segment, size_t c, bm_result *result,
                             size_t *row, bm_error *err) {
    const cell *cells = self->cell + segment * self->offset[self->count] + self->offset[c];
    size_t size = self->cohort[segment * self->count + c].size;
    size_t begun = periods_begun(self, segment, c);
    bm_sum cumulative = {0};
    for (size_t i = 0; i < begun; i++, (*row)++) {
        /* A quiet period of a log without amounts holds no NaN of its own. */
        double revenue = self->orders->amount != NULL ? bm_sum_value(&cells[i].revenue) : NAN;
        bm_sum_add(&cumulative, revenue);
        result->column[SEGMENT].integer[*row] = (int64_t)segment;
        result->column[PERIOD_INDEX].integer[*row] = (int64_t)i;
        set_counts(&cells[i], size, result, *row);
        result->column[REVENUE].number[*row] = revenue;
        result->column[CUMULATIVE].number[*row] = ratio(bm_sum_value(&cumulative), (double)size);
        bm_status status = set_dates(self, c, i, result, *row, err);
        if (status != BM_OK)
            return status;
    }
    return BM_OK;
}

static bm_status fill_result(const cohorts *self, bm_result *result, bm_error *err) {
    bm_status status = BM_OK;
    size_t rows = 0, row = 0;
    for (size_t s = 0; s < self->segments; s++) {
        for (size_t c = 0; c < self->count; c++)
            rows += periods_begun(self, s, c);
    }
    BM_TRY(bm_result_init(result, "cohort_retention",
                          "buyers by the period of their first order, and who came back", headings,
                          sizeof headings / sizeof headings[0], rows, err));
    for (size_t s = 0; s < self->segments; s++) {
        BM_TRY(bm_check_interrupt(err));
        for (size_t c = 0; c < self->count; c++)
            BM_TRY(fill_cohort(self, s, c, result, &row, err));
    }
cleanup:
    return status;
}

bm_status bm_cohorts(const bm_orders *orders, const bm_period *period, const int32_t *label,
                     size_t k, const bm_context *context, bm_result *result, bm_error *err) {
    bm_status status = BM_OK;
    cohorts self = {.orders = orders, .period = period, .label = label};
    self.segments = label != NULL ? k + 1 : 1;
    *result = (bm_result){0};
    BM_TRY(lay_calendar(&self, err));
    BM_TRY(size_cohorts(&self, err));
    BM_TRY(reserve_cells(&self, context, err));
    BM_TRY(count_all(&self, err));
    BM_TRY(fill_result(&self, result, err));
cleanup:
    if (status != BM_OK)
        bm_result_free(result);
    cohorts_free(&self);
    return status;
}
