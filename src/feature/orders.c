/* The order log: an order table sorted by buyer, then by day, ties in input order.
 *
 * Stable counting sorts from the least significant key on: the day in digits of 16 bits (not at all
 * when the log is in order of time), then the buyer. Orders are told apart with one stamp for each
 * order number: it holds the buyer who used it last. O(lines + buyers + order numbers). Beside the
 * log itself: 16 bytes a line, 4 a distinct buyer text and 4 a distinct order number. */
#include "feature/orders.h"

#include "base/date.h"
#include "base/memory.h"
#include "base/parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BUYERS_A_CHUNK = 8192, LINES_A_CHUNK = 65536, ROWS_A_CHECK = 1 << 20 };
enum { DIGIT_BITS = 16, DIGITS = 1 << DIGIT_BITS };

/* What a text of the buyer column stands for, beside a buyer of the population (>= 0). */
enum { NOT_SEEN = -1, UNKNOWN = -2, UNKNOWN_SEEN = -3 };

typedef struct order_columns {
    const bm_column *buyer, *date, *amount, *factor, *quantity, *order;
    const bm_column *dimension[BM_DIMENSIONS];
} order_columns;

/* One log in the making. */
typedef struct sorting {
    const bm_table *table;
    order_columns column;
    const bm_dictionary *population; /* NULL: the buyers of the log itself */
    int32_t *buyer_of;               /* [texts of the buyer column] index in the population */
    size_t *line_of;                 /* [lines] row of the table behind each line of the log */
    size_t late, unknown_lines, unknown_buyers;
    int32_t earliest; /* day of a line */
    int unsorted;     /* 1: the lines are not in order of time */
    bm_orders *orders;
} sorting;

typedef enum role_kind { AS_TEXT, AS_DATE, AS_NUMBER } role_kind;

/* The column that plays a role, or NULL when none does. */
static bm_status find_role(const bm_table *table, const char *name, role_kind kind,
                           const bm_column **column, bm_error *err) {
    *column = NULL;
    if (name == NULL)
        return BM_OK;
    *column = bm_table_column(table, name);
    if (*column == NULL)
        return bm_fail(err, BM_DATA, "%s: there is no column \"%s\"", table->source, name);
    int as_asked = kind == AS_TEXT   ? (*column)->code != NULL
                   : kind == AS_DATE ? (*column)->when != NULL
                                     : (*column)->number != NULL;
    if (!as_asked && table->rows > 0) {
        return bm_fail(err, BM_INTERNAL, "%s: column \"%s\" was read as a %s column", table->source,
                       name, bm_type_name((*column)->type));
    }
    return BM_OK;
}

static bm_status find_columns(const bm_table *table, const bm_order_roles *roles,
                              order_columns *column, bm_error *err) {
    bm_status status = BM_OK;
    if (roles->buyer == NULL || roles->date == NULL)
        return bm_fail(err, BM_INTERNAL, "an order log needs a buyer and a date column");
    BM_TRY(find_role(table, roles->buyer, AS_TEXT, &column->buyer, err));
    BM_TRY(find_role(table, roles->date, AS_DATE, &column->date, err));
    BM_TRY(find_role(table, roles->amount, AS_NUMBER, &column->amount, err));
    BM_TRY(find_role(table, roles->amount_factor, AS_NUMBER, &column->factor, err));
    BM_TRY(find_role(table, roles->quantity, AS_NUMBER, &column->quantity, err));
    BM_TRY(find_role(table, roles->order, AS_TEXT, &column->order, err));
    for (int i = 0; i < BM_DIMENSIONS; i++)
        BM_TRY(find_role(table, roles->dimension[i], AS_TEXT, &column->dimension[i], err));
cleanup:
    return status;
}

bm_status bm_orders_last_day(const bm_table *table, const bm_order_roles *roles, int32_t *as_of,
                             bm_error *err) {
    const bm_column *date = NULL;
    bm_status status = find_role(table, roles->date, AS_DATE, &date, err);
    if (status != BM_OK)
        return status;
    if (table->rows == 0 || date == NULL) {
        return bm_fail(err, BM_DATA,
                       "%s: there are no orders, so there is no day to look back from",
                       table->source);
    }
    int64_t latest = INT64_MIN, latest_order = INT64_MIN;
    for (size_t r = 0; r < table->rows; r++) {
        int64_t when = date->when[r];
        latest = when > latest ? when : latest;
        if ((table->marked == NULL || !table->marked[r]) && when > latest_order)
            latest_order = when;
    }
    *as_of = bm_day_of(latest_order == INT64_MIN ? latest : latest_order) + 1;
    return BM_OK;
}

static bm_status look_up_chunk(size_t chunk, void *arg, bm_error *err) {
    sorting *s = arg;
    const bm_dictionary *texts = &s->column.buyer->dictionary;
    size_t end = bm_chunk_end(chunk, BUYERS_A_CHUNK, texts->count);
    for (size_t c = bm_chunk_begin(chunk, BUYERS_A_CHUNK); c < end; c++) {
        int32_t code = (int32_t)c;
        int32_t buyer = bm_dictionary_find(s->population, bm_dictionary_text(texts, code));
        s->buyer_of[c] = buyer < 0 ? UNKNOWN : buyer;
    }
    return bm_check_interrupt(err);
}

/* Fills buyer_of: the known buyers, or nobody yet when the log makes its own population. */
static bm_status look_up_buyers(sorting *s, bm_error *err) {
    size_t texts = s->column.buyer->dictionary.count;
    bm_status status = BM_NEW(&s->buyer_of, texts, "the buyers of the orders", err);
    if (status != BM_OK)
        return status;
    if (s->population != NULL)
        return bm_parallel_for(bm_chunks(texts, BUYERS_A_CHUNK), look_up_chunk, s, err);
    for (size_t c = 0; c < texts; c++)
        s->buyer_of[c] = NOT_SEEN;
    return BM_OK;
}

/* Counts the lines of each buyer into first[buyer + 1] and what is left out, and finds the range
 * of days. */
static bm_status count_lines(sorting *s, bm_dictionary *ids, bm_error *err) {
    const bm_column *buyer = s->column.buyer;
    bm_orders *orders = s->orders;
    int32_t last = INT32_MIN;
    s->earliest = INT32_MAX;
    for (size_t r = 0; r < s->table->rows; r++) {
        if (r % ROWS_A_CHECK == 0) {
            bm_status status = bm_check_interrupt(err);
            if (status != BM_OK)
                return status;
        }
        int32_t day = bm_day_of(s->column.date->when[r]);
        if (day > orders->as_of) {
            s->late++;
            continue;
        }
        int32_t *index = &s->buyer_of[buyer->code[r]];
        if (*index == NOT_SEEN) {
            bm_text id = bm_dictionary_text(&buyer->dictionary, buyer->code[r]);
            bm_status status = bm_dictionary_intern(ids, id, index, err);
            if (status != BM_OK)
                return status;
        }
        if (*index < 0) {
            s->unknown_lines++;
            s->unknown_buyers += *index == UNKNOWN;
            *index = UNKNOWN_SEEN;
            continue;
        }
        orders->first[(size_t)*index + 1]++;
        orders->lines++;
        s->unsorted = s->unsorted || day < last;
        s->earliest = day < s->earliest ? day : s->earliest;
        last = day;
    }
    orders->buyers = s->population != NULL ? s->population->count : ids->count;
    return BM_OK;
}

/* The rows that become lines, in input order. */
static void list_rows(const sorting *s, size_t *rows) {
    const int32_t *code = s->column.buyer->code;
    for (size_t r = 0, line = 0; r < s->table->rows; r++) {
        if (s->buyer_of[code[r]] >= 0 && bm_day_of(s->column.date->when[r]) <= s->orders->as_of)
            rows[line++] = r;
    }
}

/* One digit of the day since the earliest: two of them hold any span of days. */
static size_t digit_of(const sorting *s, size_t row, unsigned shift) {
    int64_t day = bm_day_of(s->column.date->when[row]);
    return (size_t)((uint64_t)(day - s->earliest) >> shift) & (DIGITS - 1);
}

/* A stable pass over one digit. */
static void sort_by_digit(const sorting *s, unsigned shift, const size_t *from, size_t *to,
                          size_t *start) {
    size_t lines = s->orders->lines;
    memset(start, 0, (DIGITS + 1) * sizeof *start);
    for (size_t i = 0; i < lines; i++)
        start[digit_of(s, from[i], shift) + 1]++;
    for (size_t digit = 0; digit < DIGITS; digit++)
        start[digit + 1] += start[digit];
    for (size_t i = 0; i < lines; i++)
        to[start[digit_of(s, from[i], shift)]++] = from[i];
}

/* The last pass: first[] holds the counts and becomes the starts. */
static void sort_by_buyer(const sorting *s, const size_t *from, size_t *to) {
    const int32_t *code = s->column.buyer->code;
    size_t *first = s->orders->first, buyers = s->orders->buyers;
    for (size_t b = 0; b < buyers; b++)
        first[b + 1] += first[b];
    for (size_t i = 0; i < s->orders->lines; i++)
        to[first[s->buyer_of[code[from[i]]]]++] = from[i];
    /* Each start has moved on to the next buyer's start. */
    memmove(first + 1, first, buyers * sizeof *first);
    first[0] = 0;
}

/* Fills line_of. */
static bm_status sort_lines(sorting *s, bm_error *err) {
    size_t *from = NULL, *to = NULL, *start = NULL, *swap;
    int64_t span = (int64_t)s->orders->as_of - s->earliest;
    bm_status status;
    BM_TRY(BM_NEW(&from, s->orders->lines, "order lines", err));
    BM_TRY(BM_NEW(&to, s->orders->lines, "order lines", err));
    BM_TRY(BM_NEW(&start, DIGITS + 1, "order dates", err));
    list_rows(s, from);
    for (unsigned shift = 0; s->unsorted && span >> shift > 0; shift += DIGIT_BITS) {
        BM_TRY(bm_check_interrupt(err));
        sort_by_digit(s, shift, from, to, start);
        swap = from;
        from = to;
        to = swap;
    }
    BM_TRY(bm_check_interrupt(err));
    sort_by_buyer(s, from, to);
    s->line_of = to;
    to = NULL;
cleanup:
    free(from);
    free(to);
    free(start);
    return status;
}

static bm_status gather_chunk(size_t chunk, void *arg, bm_error *err) {
    sorting *s = arg;
    bm_orders *orders = s->orders;
    const order_columns *column = &s->column;
    size_t begin = bm_chunk_begin(chunk, LINES_A_CHUNK);
    size_t end = bm_chunk_end(chunk, LINES_A_CHUNK, orders->lines);
    for (size_t i = begin; i < end; i++) {
        size_t r = s->line_of[i];
        orders->day[i] = bm_day_of(column->date->when[r]);
        if (orders->amount != NULL) {
            double factor = column->factor != NULL ? column->factor->number[r] : 1.0;
            orders->amount[i] = column->amount->number[r] * factor;
        }
        if (orders->quantity != NULL)
            orders->quantity[i] = column->quantity->number[r];
        if (orders->is_return != NULL)
            orders->is_return[i] = s->table->marked[r] != 0;
    }
    for (int d = 0; d < BM_DIMENSIONS; d++)
        for (size_t i = begin; i < end && orders->code[d] != NULL; i++)
            orders->code[d][i] = column->dimension[d]->code[s->line_of[i]];
    return bm_check_interrupt(err);
}

static bm_status allocate_lines(sorting *s, bm_error *err) {
    bm_status status = BM_OK;
    bm_orders *orders = s->orders;
    size_t lines = orders->lines;
    BM_TRY(BM_NEW(&orders->day, lines, "order dates", err));
    BM_TRY(BM_NEW(&orders->opens, lines, "orders", err));
    if (s->column.amount != NULL)
        BM_TRY(BM_NEW(&orders->amount, lines, "order amounts", err));
    if (s->column.quantity != NULL)
        BM_TRY(BM_NEW(&orders->quantity, lines, "order quantities", err));
    if (s->table->marked != NULL)
        BM_TRY(BM_NEW(&orders->is_return, lines, "returns", err));
    for (int d = 0; d < BM_DIMENSIONS; d++) {
        if (s->column.dimension[d] != NULL) {
            BM_TRY(BM_NEW(&orders->code[d], lines, bm_dimension_name((bm_dimension)d), err));
            orders->names[d] = &s->column.dimension[d]->dictionary;
        }
    }
cleanup:
    return status;
}

/* Sums must not be lost to one empty cell: a line without a figure counts as 0, and is told. */
static void fill_missing(double *x, size_t lines, const char *what, bm_log *log) {
    size_t missing = 0;
    for (size_t i = 0; i < lines && x != NULL; i++) {
        if (isnan(x[i])) {
            x[i] = 0.0;
            missing++;
        }
    }
    if (missing > 0)
        bm_warn(log, "%zu order lines have no %s and count as 0", missing, what);
}

/* Marks the first line of each order that is no return. A line without an order number belongs to
 * the order of its buyer's day, as all lines do when the log has no order column. */
static bm_status mark_orders(sorting *s, bm_error *err) {
    bm_orders *orders = s->orders;
    const bm_column *order = s->column.order;
    int32_t *stamp = NULL;
    bm_status status = BM_OK;
    BM_TRY(BM_NEW(&stamp, order != NULL ? order->dictionary.count : 0, "order numbers", err));
    for (size_t b = 0; b < orders->buyers; b++) {
        int32_t mark = (int32_t)b + 1, day = INT32_MIN;
        if (b % ROWS_A_CHECK == 0)
            BM_TRY(bm_check_interrupt(err));
        for (size_t i = orders->first[b]; i < orders->first[b + 1]; i++) {
            if (bm_is_return(orders, i))
                continue;
            int32_t number = order != NULL ? order->code[s->line_of[i]] : -1;
            if (number >= 0) {
                orders->opens[i] = stamp[number] != mark;
                stamp[number] = mark;
            } else {
                orders->opens[i] = orders->day[i] != day;
                day = orders->day[i];
            }
        }
    }
cleanup:
    free(stamp);
    return status;
}

static bm_status account(const sorting *s, const bm_context *context, bm_accounting *accounting,
                         bm_error *err) {
    bm_status status = BM_OK;
    if (s->unknown_lines > 0) {
        bm_warn(context->log,
                "%zu order lines of %zu buyers that the buyers table does not have are left out",
                s->unknown_lines, s->unknown_buyers);
    }
    if (accounting == NULL)
        return BM_OK;
    if (s->late > 0) {
        BM_TRY(bm_accounting_exclude(accounting, "after as_of", s->late, err));
        accounting->used -= s->late;
    }
    if (s->unknown_lines > 0) {
        BM_TRY(bm_accounting_exclude(accounting, "unknown buyer", s->unknown_lines, err));
        accounting->used -= s->unknown_lines;
    }
cleanup:
    return status;
}

/* Bytes of the log and of what making it takes; SIZE_MAX when that is past all measure. */
static size_t bytes_needed(const sorting *s) {
    size_t a_line = 2 * sizeof(size_t) + sizeof(int32_t) + 2, bytes = 0, buyers = 0, numbers = 0;
    a_line += s->column.amount != NULL ? sizeof(double) : 0;
    a_line += s->column.quantity != NULL ? sizeof(double) : 0;
    for (int d = 0; d < BM_DIMENSIONS; d++)
        a_line += s->column.dimension[d] != NULL ? sizeof(int32_t) : 0;
    size_t texts = s->column.buyer->dictionary.count;
    size_t population = s->population != NULL ? s->population->count : texts;
    numbers = s->column.order != NULL ? s->column.order->dictionary.count * sizeof(int32_t) : 0;
    if (!bm_multiply(s->table->rows, a_line, &bytes) ||
        !bm_multiply(population, sizeof(size_t), &buyers) || !bm_add(bytes, buyers, &bytes) ||
        !bm_add(bytes, numbers + texts * sizeof(int32_t), &bytes))
        return SIZE_MAX;
    return bytes;
}

bm_status bm_orders_build(const bm_table *table, const bm_order_roles *roles, int32_t as_of,
                          const bm_dictionary *population, const bm_context *context,
                          bm_accounting *accounting, bm_orders *orders, bm_dictionary *ids,
                          bm_error *err) {
    sorting s = {.table = table, .population = population, .orders = orders};
    bm_status status = BM_OK;
    memset(orders, 0, sizeof *orders);
    orders->as_of = as_of;
    BM_TRY(find_columns(table, roles, &s.column, err));
    BM_TRY(bm_require_memory(context, bytes_needed(&s), "sorting the orders", err));
    BM_TRY(look_up_buyers(&s, err));
    size_t most_buyers = population != NULL ? population->count : s.column.buyer->dictionary.count;
    BM_TRY(BM_NEW(&orders->first, most_buyers + 1, "buyers", err));
    BM_TRY(count_lines(&s, ids, err));
    BM_TRY(sort_lines(&s, err));
    BM_TRY(allocate_lines(&s, err));
    BM_TRY(bm_parallel_for(bm_chunks(orders->lines, LINES_A_CHUNK), gather_chunk, &s, err));
    fill_missing(orders->amount, orders->lines, "amount", context->log);
    fill_missing(orders->quantity, orders->lines, "quantity", context->log);
    BM_TRY(mark_orders(&s, err));
    BM_TRY(account(&s, context, accounting, err));
cleanup:
    free(s.buyer_of);
    free(s.line_of);
    if (status != BM_OK)
        bm_orders_free(orders);
    return status;
}
