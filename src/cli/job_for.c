#include "cli/job_for.h"

#include "base/date.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Quoted, so that any text stays what it is in YAML. */
static void print_quoted(const char *text) {
    putchar('"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            putchar('\\');
        if (*text == '\n' || *text == '\t' || *text == '\r')
            printf("\\%c", *text == '\n' ? 'n' : *text == '\t' ? 't' : 'r');
        else
            putchar(*text);
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

/* The formats that every value of a column of texts fits, at most two. Gives their number. */
static int date_formats_of(const bm_column *column, const char *format[2]) {
    int fits = 0;
    for (size_t code = 0; code < column->dictionary.count; code++) {
        const char *now[2] = {NULL, NULL};
        int n = bm_guess_date_formats(bm_dictionary_text(&column->dictionary, (int32_t)code), now);
        if (n == 0)
            return 0;
        if (fits == 0 || n < fits) {
            memcpy(format, now, sizeof now);
            fits = n;
        }
    }
    return fits;
}

/* Where the order of day and month is open, the reader of the job is to decide. */
static void print_date_format(const char *const format[2], int formats) {
    if (formats == 0)
        return;
    print_key("date_format", format[0]);
    if (formats == 2)
        printf("    # or \"%s\": the column does not tell; look before you run this\n", format[1]);
}

/* How to read the file, where that is not the default. */
static bm_status print_reading(const bm_job *job, bm_error *err) {
    bm_job usual = {0};
    bm_status status = bm_job_default(&usual, err);
    int any = 0;
    for (size_t i = 0; i < bm_job_keys() && status == BM_OK; i++) {
        const bm_key *key = bm_job_key_at(i);
        char *value = NULL, *initial = NULL;
        if (strncmp(bm_key_name(key), "reading.", 8) != 0)
            continue;
        status = bm_key_value(key, job, &value, err);
        if (status == BM_OK)
            status = bm_key_value(key, &usual, &initial, err);
        if (status == BM_OK && value != NULL && (initial == NULL || strcmp(value, initial) != 0)) {
            printf("%s  %s: ", any++ ? "" : "reading:\n", bm_key_name(key) + 8);
            if (bm_key_is_list(key, job))
                fputs(value, stdout);
            else
                print_quoted(value);
            putchar('\n');
        }
        free(value);
        free(initial);
    }
    bm_job_free(&usual);
    return status;
}

/* Rows without a buyer, date or amount are left out on purpose: a log has such rows. */
static void print_filter(const bm_table *table, const char *const *name, size_t names) {
    int any = 0;
    for (size_t i = 0; i < names; i++) {
        const bm_column *column = name[i] != NULL ? bm_table_column(table, name[i]) : NULL;
        if (column == NULL || column->missing == 0)
            continue;
        fputs(any++ ? "" : "    filter:\n", stdout);
        fputs("      - {column: ", stdout);
        print_quoted(name[i]);
        puts(", not_missing: true}");
    }
}

/* Columns that bear the very name of what an order line can say. */
static void print_dimensions(const bm_table *table) {
    static const char *const name[] = {"quantity", "product", "category",
                                       "region",   "channel", "supplier"};
    for (size_t i = 0; i < sizeof name / sizeof name[0]; i++) {
        for (size_t c = 0; c < table->columns; c++) {
            if (strcasecmp(table->column[c].name, name[i]) == 0)
                print_key(name[i], table->column[c].name);
        }
    }
}

static bm_status print_orders(bm_invocation *invocation, const bm_read_result *read,
                              const char *path, const char *const format[2], int formats,
                              bm_error *err) {
    const bm_orders_input *orders = &invocation->job.orders;
    const char *const needed[] = {orders->buyer, orders->date, orders->amount.column,
                                  orders->amount.factor, orders->order};
    char *amount = NULL;
    bm_status status =
        bm_key_value(bm_job_key("inputs.orders.amount"), &invocation->job, &amount, err);
    if (status != BM_OK)
        return status;
    puts("inputs:\n  orders:");
    print_key("path", path);
    print_key("buyer", orders->buyer);
    print_key("date", orders->date);
    print_date_format(format, formats);
    print_key("amount", amount);
    print_key("order", orders->order);
    print_dimensions(&read->table);
    print_filter(&read->table, needed, sizeof needed / sizeof needed[0]);
    puts("features: {normalize: yeojohnson}");
    free(amount);
    return BM_OK;
}

static void print_buyers(const bm_read_result *read, const char *path) {
    puts("inputs:\n  buyers:");
    print_key("path", path);
    print_key("id", read->has_id ? read->table.column[0].name : NULL);
    puts("features: {missing: median}");
}

/* A table without an id of its own, with a buyer and a date, is an order log. */
static int is_order_log(bm_invocation *invocation, const bm_read_result *read,
                        const char *format[2], int *formats) {
    if (read->has_id || bm_guess_orders(invocation, NULL) != BM_OK)
        return 0;
    const bm_column *date = bm_table_column(&read->table, invocation->job.orders.date);
    if (date == NULL)
        return 0;
    if (date->type != BM_TYPE_DATE && date->code != NULL)
        *formats = date_formats_of(date, format);
    return date->type == BM_TYPE_DATE || *formats > 0;
}

bm_status bm_print_job(bm_invocation *invocation, const bm_read_result *read, bm_error *err) {
    const char *format[2] = {NULL, NULL};
    int formats = 0;
    char *path = realpath(invocation->operand, NULL);
    const char *shown = path != NULL ? path : invocation->operand;
    bm_status status;
    BM_TRY(bm_key_set_flag(bm_job_key("inputs.orders.path"), &invocation->job, "TABLE",
                           invocation->operand, err));
    if (is_order_log(invocation, read, format, &formats))
        BM_TRY(print_orders(invocation, read, shown, format, formats, err));
    else
        print_buyers(read, shown);
    status = print_reading(&invocation->job, err);
cleanup:
    free(path);
    return status;
}
