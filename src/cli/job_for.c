#include "cli/job_for.h"

#include "base/memory.h"
#include "cli/order_log.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The character a text begins with, of *length bytes; a byte that is part of none stands for the
 * Latin-1 character. */
static uint32_t first_character(bm_text text, size_t *length) {
    static const unsigned char lead[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    *length = bm_text_character(text);
    uint32_t c = (unsigned char)text.data[0];
    c &= *length > 0 ? lead[*length] : 0xffU;
    for (size_t i = 1; i < *length; i++)
        c = c << 6 | ((unsigned char)text.data[i] & 0x3f);
    *length += *length == 0;
    return c;
}

/* Quoted, so that any text stays what it is in YAML: its readers refuse controls, take line
 * separators for ends of lines, and drop a byte order mark. What turns the writing direction would
 * show a job other than it is. */
static void print_quoted(const char *text) {
    size_t size = strlen(text), length;
    putchar('"');
    for (size_t at = 0; at < size; at += length) {
        uint32_t c = first_character((bm_text){text + at, size - at}, &length);
        int is_byte = c >= 0x80 && length == 1;
        if (c == '"' || c == '\\')
            printf("\\%c", (int)c);
        else if (c == '\n' || c == '\t' || c == '\r')
            printf("\\%c", c == '\n' ? 'n' : c == '\t' ? 't' : 'r');
        else if (c < 0x20 || (c >= 0x7f && c <= 0xa0) || is_byte)
            printf("\\x%02x", (unsigned)c);
        else if ((c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff ||
                 c == 0xfffe || c == 0xffff)
            printf("\\u%04x", (unsigned)c);
        else
            printf("%.*s", (int)length, text + at);
    }
    putchar('"');
}

static void print_key(const char *key, const char *value) {
    if (value == NULL)
        return;
    printf("    %s: ", key);
    print_quoted(value);
    putchar('\n');
}

static void print_list(const bm_strings *items) {
    putchar('[');
    for (size_t i = 0; i < items->count; i++) {
        fputs(i > 0 ? ", " : "", stdout);
        print_quoted(items->item[i]);
    }
    putchar(']');
}

/* As many bad rows as the table has, unless the flag lets them through already. */
static bm_bad_rows allow_found(const bm_job *job, const bm_accounting *rows) {
    const bm_bad_rows *given = &job->reading.max_bad_rows;
    size_t bad = rows->rejected + rows->duplicates;
    int enough = isnan(given->share) ? bad <= given->rows
                                     : (double)bad <= given->share * (double)rows->rows_in;
    return enough ? *given : (bm_bad_rows){bad, NAN};
}

/* One key, when it is not at its default. What is not set is "none", or an empty list. */
static bm_status print_reading_key(const bm_key *key, const bm_job *job, const bm_job *usual,
                                   int *any, bm_error *err) {
    bm_strings items = {0};
    char *value = NULL, *initial = NULL;
    bm_status status;
    BM_TRY(bm_key_value(key, job, &value, err));
    BM_TRY(bm_key_value(key, usual, &initial, err));
    if (value == initial || (value != NULL && initial != NULL && strcmp(value, initial) == 0))
        goto cleanup;
    printf("%s  %s: ", (*any)++ ? "" : "reading:\n", bm_key_name(key) + strlen("reading."));
    if (bm_key_is_list(key, job) || (value == NULL && bm_key_is_list(key, usual))) {
        BM_TRY(bm_key_items(key, job, &items, err));
        print_list(&items);
    } else {
        print_quoted(value != NULL ? value : "none");
    }
    putchar('\n');
cleanup:
    bm_strings_free(&items);
    free(value);
    free(initial);
    return status;
}

/* How to read the file, where that is not the default. */
static bm_status print_reading(const bm_job *job, const bm_accounting *rows, bm_error *err) {
    bm_job usual = {0}, shown = *job; /* owns nothing: what it points to is the job's */
    shown.reading.max_bad_rows = allow_found(job, rows);
    bm_status status = bm_job_default(&usual, err);
    int any = 0;
    for (size_t i = 0; i < bm_job_keys() && status == BM_OK; i++) {
        const bm_key *key = bm_job_key_at(i);
        if (strncmp(bm_key_name(key), "reading.", strlen("reading.")) == 0)
            status = print_reading_key(key, &shown, &usual, &any, err);
    }
    bm_job_free(&usual);
    return status;
}

/* Where the order of day and month is open, the reader of the job is to decide. */
static void print_date_format(const bm_order_log *log) {
    if (log->formats == 0)
        return;
    print_key("date_format", log->format[0]);
    if (log->formats == 2)
        printf("    # or \"%s\": the column does not tell; look before you run this\n",
               log->format[1]);
}

/* Rows without a buyer, date or amount are left out on purpose: a log has such rows. */
static void print_filter(const bm_column *const *needed, size_t count) {
    int any = 0;
    for (size_t i = 0; i < count; i++) {
        if (needed[i] == NULL || needed[i]->missing == 0)
            continue;
        fputs(any++ ? "" : "    filter:\n", stdout);
        fputs("      - {column: ", stdout);
        print_quoted(needed[i]->name);
        puts(", not_missing: true}");
    }
}

static bm_status print_orders(const bm_order_log *log, const char *path, bm_error *err) {
    char *amount = NULL;
    bm_status status = BM_OK;
    if (log->amount != NULL)
        status =
            bm_format(&amount, err, "%s%s%s", log->amount->name, log->factor != NULL ? " * " : "",
                      log->factor != NULL ? log->factor->name : "");
    if (status != BM_OK)
        return status;
    if (log->buyers == 0)
        puts("# This table cannot be clustered: no row has a buyer and a date.");
    else if (log->buyers > 1 && !log->tells_apart)
        puts("# This table cannot be clustered: all its buyers are alike.");
    puts("inputs:\n  orders:");
    print_key("path", path);
    print_key("buyer", log->buyer->name);
    print_key("date", log->date->name);
    print_date_format(log);
    print_key("amount", amount);
    print_key("order", log->order != NULL ? log->order->name : NULL);
    for (size_t d = 0; d < BM_LOG_DIMENSIONS; d++)
        print_key(bm_log_dimensions[d], log->dimension[d] != NULL ? log->dimension[d]->name : NULL);
    const bm_column *quantity = log->dimension[0];
    const bm_column *const needed[] = {log->buyer,  log->date,  log->amount,
                                       log->factor, log->order, quantity};
    print_filter(needed, quantity == log->amount || quantity == log->factor ? 5 : 6);
    puts("features: {normalize: yeojohnson}");
    if (log->buyers == 1)
        puts("cluster: {k: 1}");
    free(amount);
    return BM_OK;
}

/* What a column is good for. */
typedef struct extent {
    int is_some;    /* it has a value that could be a feature's */
    int varies;     /* it has two different ones */
    int has_spread; /* a variance of them is a number, and not lost in their size */
} extent;

static extent extent_of(const bm_column *column, size_t rows) {
    double low = INFINITY, high = -INFINITY;
    size_t words = column->type == BM_TYPE_CATEGORY ? column->dictionary.count : 0;
    if (column->number == NULL)
        return (extent){words > 0, words > 1, 1};
    for (size_t i = 0; i < rows; i++) {
        low = column->number[i] < low ? column->number[i] : low;
        high = column->number[i] > high ? column->number[i] : high;
    }
    double range = high - low, size = fmax(fabs(low), fabs(high));
    return (extent){low <= high, low < high,
                    range < 1e150 && range > 1e-150 && range > 1e-12 * size};
}

/* Why nothing can be clustered; NULL: something can. left_out gets the columns whose values have no
 * spread that could be reckoned with. */
static bm_status find_features(const bm_read_result *read, bm_strings *left_out, const char **why,
                               bm_error *err) {
    const bm_table *table = &read->table;
    size_t features = 0, first = read->has_id ? 1 : 0;
    bm_status status = BM_OK;
    for (size_t c = first; c < table->columns && status == BM_OK; c++) {
        extent e = extent_of(&table->column[c], table->rows);
        features += (size_t)(table->rows == 1 ? e.is_some : e.varies && e.has_spread);
        if (e.varies && !e.has_spread)
            status = bm_strings_add(left_out, table->column[c].name, err);
    }
    *why = NULL;
    if (table->rows == 0)
        *why = "it has no rows";
    else if (features == 0 && table->columns == first)
        *why = "its only column holds the ids";
    else if (features == 0 && table->rows == 1)
        *why = "its one row has no value that could be a feature";
    else if (features == 0)
        *why = "no column but ids, dates and texts of many values has two different values";
    return status;
}

static bm_status print_buyers(const bm_read_result *read, const char *path, bm_error *err) {
    bm_strings left_out = {0};
    const char *why = NULL;
    bm_status status;
    BM_TRY(find_features(read, &left_out, &why, err));
    if (why != NULL)
        printf("# This table cannot be clustered: %s.\n", why);
    puts("inputs:\n  buyers:");
    print_key("path", path);
    print_key("id", read->has_id ? read->table.column[0].name : NULL);
    if (left_out.count > 0) {
        puts("    # Values too large or too close together for a spread:");
        fputs("    ignore: ", stdout);
        print_list(&left_out);
        putchar('\n');
    }
    puts("features: {missing: median}");
    if (read->table.rows == 1)
        puts("cluster: {k: 1}");
cleanup:
    bm_strings_free(&left_out);
    return status;
}

static int is_utf8(const char *text) {
    size_t size = strlen(text), length = 1;
    for (size_t at = 0; at < size && length > 0; at += length)
        length = bm_text_character((bm_text){text + at, size - at});
    return length > 0;
}

bm_status bm_print_job(bm_invocation *invocation, const bm_read_result *read, bm_error *err) {
    bm_order_log log;
    int found = 0;
    char *path = realpath(invocation->operand, NULL);
    const char *shown = path != NULL ? path : invocation->operand;
    bm_status status;
    BM_TRY(bm_find_order_log(read, &log, &found, err));
    if (!is_utf8(shown))
        puts("# The path is not UTF-8, which no job file can say: the file needs another name.");
    if (found) {
        BM_TRY(bm_follow_buyers(&read->table, &log, err));
        BM_TRY(print_orders(&log, shown, err));
    } else {
        BM_TRY(print_buyers(read, shown, err));
    }
    status = print_reading(&invocation->job, &read->accounting, err);
cleanup:
    free(path);
    return status;
}
