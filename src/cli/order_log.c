#include "cli/order_log.h"

#include "base/date.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/sum.h"
#include "cli/guess.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *const bm_log_dimensions[BM_LOG_DIMENSIONS] = {"quantity", "product", "category",
                                                          "region",   "channel", "supplier"};

/* Keeps those of the formats that fit this text too. */
static int keep_fitting(const char *format[2], int formats, bm_text text) {
    const char *now[2] = {NULL, NULL};
    int fit = bm_guess_date_formats(text, now), kept = 0;
    for (int i = 0; i < formats; i++) {
        for (int j = 0; j < fit; j++) {
            if (strcmp(format[i], now[j]) == 0) {
                format[kept++] = format[i];
                break;
            }
        }
    }
    return kept;
}

/* The formats that every value of a column of texts fits, at most two. Gives their number. */
static int date_formats_of(const bm_column *column, const char *format[2]) {
    const bm_dictionary *words = &column->dictionary;
    int formats = 0;
    for (size_t code = 0; code < words->count; code++) {
        bm_text text = bm_dictionary_text(words, (int32_t)code);
        formats =
            code == 0 ? bm_guess_date_formats(text, format) : keep_fitting(format, formats, text);
        if (formats == 0)
            return 0;
    }
    return formats;
}

/* 20111210 is a number until somebody says that it is a date. */
static int basic_date(double number, int64_t *seconds) {
    char text[BM_NUMBER_TEXT] = "";
    int length = bm_format_number(text, number);
    return bm_parse_iso_date((bm_text){text, (size_t)length}, seconds);
}

static int are_basic_dates(const bm_column *column, size_t rows) {
    size_t present = 0;
    for (size_t i = 0; i < rows; i++) {
        int64_t seconds;
        if (bm_column_is_missing(column, i))
            continue;
        if (!basic_date(column->number[i], &seconds))
            return 0;
        present++;
    }
    return present > 0;
}

static int has_dates(bm_order_log *log, size_t rows) {
    const bm_column *date = log->date;
    if (date->type == BM_TYPE_DATE)
        return 1;
    if (date->number != NULL)
        return are_basic_dates(date, rows);
    log->formats = date_formats_of(date, log->format);
    return log->formats > 0;
}

/* A job writes an amount as a column or a product of two, without the blanks at their ends. */
static const bm_column *money(const bm_table *table, const char *name) {
    const bm_column *column = name != NULL ? bm_table_column(table, name) : NULL;
    if (column == NULL || column->number == NULL || strchr(name, '*') != NULL || name[0] == '\0' ||
        strchr(" \t", name[0]) != NULL || strchr(" \t", name[strlen(name) - 1]) != NULL)
        return NULL;
    return column;
}

static bm_status find_columns(const bm_table *table, bm_order_log *log, bm_error *err) {
    bm_strings names = {0};
    const char *buyer, *date, *order, *quantity, *price;
    bm_status status = BM_OK;
    for (size_t i = 0; i < table->columns; i++)
        BM_TRY(bm_strings_add(&names, table->column[i].name, err));
    buyer = bm_usual_column("inputs.orders.buyer", &names);
    date = bm_usual_column("inputs.orders.date", &names);
    order = bm_usual_column("inputs.orders.order", &names);
    log->buyer = buyer != NULL ? bm_table_column(table, buyer) : NULL;
    log->date = date != NULL ? bm_table_column(table, date) : NULL;
    log->order = order != NULL ? bm_table_column(table, order) : NULL;
    log->amount = money(table, bm_usual_column("inputs.orders.amount", &names));
    if (log->amount == NULL && bm_usual_factors(&names, &quantity, &price)) {
        log->amount = money(table, quantity);
        log->factor = money(table, price);
        if (log->factor == NULL)
            log->amount = NULL;
    }
    for (size_t d = 0; d < BM_LOG_DIMENSIONS; d++) {
        for (size_t i = 0; i < table->columns && log->dimension[d] == NULL; i++) {
            const bm_column *column = &table->column[i];
            int fits = d > 0 || column->number != NULL; /* a quantity is a number */
            if (fits && strcasecmp(column->name, bm_log_dimensions[d]) == 0)
                log->dimension[d] = column;
        }
    }
cleanup:
    bm_strings_free(&names);
    return status;
}

/* What tells one buyer from another. */
typedef struct trail {
    int64_t first, last;
    size_t lines;
    bm_sum money;
} trail;

static int64_t time_of(const bm_order_log *log, size_t row) {
    const bm_column *date = log->date;
    int64_t seconds = 0;
    int known;
    if (date->when != NULL)
        return date->when[row];
    if (date->number != NULL)
        known = basic_date(date->number[row], &seconds);
    else
        known = bm_parse_date(bm_dictionary_text(&date->dictionary, date->code[row]),
                              log->format[0], &seconds);
    return known ? seconds : 0;
}

static int is_whole_line(const bm_order_log *log, size_t row) {
    const bm_column *const needed[] = {log->buyer, log->date, log->amount, log->factor, log->order};
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        if (needed[i] != NULL && bm_column_is_missing(needed[i], row))
            return 0;
    }
    return 1;
}

static void add_line(const bm_order_log *log, size_t row, trail *t) {
    int64_t day = bm_day_of(time_of(log, row));
    t->first = t->lines == 0 || day < t->first ? day : t->first;
    t->last = t->lines == 0 || day > t->last ? day : t->last;
    t->lines++;
    if (log->amount != NULL)
        bm_sum_add(&t->money,
                   log->amount->number[row] * (log->factor != NULL ? log->factor->number[row] : 1));
}

static int differ(const trail *a, const trail *b) {
    return a->first != b->first || a->last != b->last || a->lines != b->lines ||
           bm_sum_value(&a->money) < bm_sum_value(&b->money) ||
           bm_sum_value(&a->money) > bm_sum_value(&b->money);
}

bm_status bm_follow_buyers(const bm_table *table, bm_order_log *log, bm_error *err) {
    bm_dictionary buyers = {0};
    trail *trails = NULL;
    size_t reserved = 0;
    bm_status status = BM_OK;
    for (size_t i = 0; i < table->rows; i++) {
        const bm_column *buyer = log->buyer;
        int32_t code;
        if (!is_whole_line(log, i))
            continue;
        const void *at = buyer->code != NULL     ? (const void *)&buyer->code[i]
                         : buyer->number != NULL ? (const void *)&buyer->number[i]
                                                 : (const void *)&buyer->when[i];
        size_t length = buyer->code != NULL ? sizeof *buyer->code : sizeof *buyer->number;
        BM_TRY(bm_dictionary_intern(&buyers, (bm_text){at, length}, &code, err));
        BM_TRY(BM_GROW(&trails, &reserved, buyers.count, "buyers", err));
        if (buyers.count > log->buyers)
            trails[log->buyers++] = (trail){0};
        add_line(log, i, &trails[code]);
    }
    for (size_t b = 1; b < log->buyers && !log->tells_apart; b++)
        log->tells_apart |= differ(&trails[0], &trails[b]);
cleanup:
    bm_dictionary_free(&buyers);
    free(trails);
    return status;
}

bm_status bm_find_order_log(const bm_read_result *read, bm_order_log *log, int *found,
                            bm_error *err) {
    const bm_table *table = &read->table;
    *log = (bm_order_log){0};
    *found = 0;
    bm_status status = find_columns(table, log, err);
    if (status != BM_OK || log->buyer == NULL || log->date == NULL || log->buyer == log->date)
        return status;
    /* Rows with ids of their own may be orders of repeated buyers; without money they may as well
     * be buyers that have a seller or a household. */
    if (read->has_id && (log->buyer == &table->column[0] || log->amount == NULL))
        return BM_OK;
    if (!has_dates(log, table->rows))
        return BM_OK;
    *found = 1;
    if (!read->has_id)
        return BM_OK;
    if (log->buyer->code != NULL) {
        *found = log->buyer->dictionary.count < table->rows - log->buyer->missing;
        return BM_OK;
    }
    bm_order_log followed = *log;
    status = bm_follow_buyers(table, &followed, err);
    *found = status == BM_OK && followed.buyers < table->rows;
    return status;
}

const char *bm_order_log_role(const bm_order_log *log, const bm_column *column) {
    if (column == log->buyer)
        return "buyer";
    if (column == log->date)
        return "order date";
    if (column == log->order)
        return "order number";
    if (column == log->factor || (column == log->amount && log->factor != NULL))
        return "factor of the amount";
    if (column == log->amount)
        return "amount";
    for (size_t d = 0; d < BM_LOG_DIMENSIONS; d++) {
        if (column == log->dimension[d])
            return bm_log_dimensions[d];
    }
    return NULL;
}
