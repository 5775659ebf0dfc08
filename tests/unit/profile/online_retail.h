/* The Online Retail log (UCI 352) as bm_orders, read without buyermap's own readers: lines with a
 * customer, no cancellation, quantity and price above 0; as_of 2011-12-10. */
#ifndef ONLINE_RETAIL_H
#define ONLINE_RETAIL_H

#include "base/date.h"
#include "buyermap/orders.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

typedef struct online_retail {
    bm_orders orders;
    bm_dictionary ids, products, regions;
} online_retail;

typedef struct retail_line {
    size_t at;
    int32_t buyer, invoice, product, region, day;
    double amount;
} retail_line;

static int compare_retail_lines(const void *left, const void *right) {
    const retail_line *a = left, *b = right;
    if (a->buyer != b->buyer)
        return a->buyer < b->buyer ? -1 : 1;
    if (a->day != b->day)
        return a->day < b->day ? -1 : 1;
    return (a->at > b->at) - (a->at < b->at);
}

enum { RETAIL_FIELDS = 8, RETAIL_TEXT = 1024 };

/* Splits one line; commas and doubled quotes inside quotes are kept apart. 1 on eight fields. */
static int split_retail_line(char *text, char *field[RETAIL_FIELDS]) {
    int fields = 0, quoted = 0;
    char *to = text;
    field[fields++] = to;
    for (char *from = text; *from != '\0' && *from != '\n' && *from != '\r'; from++) {
        if (*from == '"') {
            quoted = !quoted;
        } else if (*from == ',' && !quoted) {
            *to++ = '\0';
            if (fields == RETAIL_FIELDS)
                return 0;
            field[fields++] = to;
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
    return fields == RETAIL_FIELDS;
}

static int32_t retail_code(bm_dictionary *dictionary, const char *text) {
    int32_t code = -1;
    if (bm_dictionary_intern(dictionary, (bm_text){text, strlen(text)}, &code, NULL) != BM_OK)
        abort();
    return code;
}

static void fill_retail_orders(online_retail *self, const retail_line *line, size_t lines,
                               size_t invoices) {
    bm_orders *orders = &self->orders;
    uint8_t *seen = calloc(invoices + 1, 1);
    orders->buyers = self->ids.count;
    orders->lines = lines;
    orders->as_of = bm_days_from_civil(2011, 12, 10);
    orders->first = calloc(orders->buyers + 1, sizeof *orders->first);
    orders->day = calloc(lines, sizeof *orders->day);
    orders->amount = calloc(lines, sizeof *orders->amount);
    orders->opens = calloc(lines, sizeof *orders->opens);
    orders->code[BM_PRODUCT] = calloc(lines, sizeof(int32_t));
    orders->code[BM_REGION] = calloc(lines, sizeof(int32_t));
    orders->names[BM_PRODUCT] = &self->products;
    orders->names[BM_REGION] = &self->regions;
    for (size_t i = 0; i < lines; i++) {
        orders->first[line[i].buyer + 1]++;
        orders->day[i] = line[i].day;
        orders->amount[i] = line[i].amount;
        orders->opens[i] = !seen[line[i].invoice];
        seen[line[i].invoice] = 1;
        orders->code[BM_PRODUCT][i] = line[i].product;
        orders->code[BM_REGION][i] = line[i].region;
    }
    for (size_t b = 0; b < orders->buyers; b++)
        orders->first[b + 1] += orders->first[b];
    free(seen);
}

/* 1 on success, 0 when the data are not there: then skip(). */
static inline int online_retail_read(online_retail *self) {
    char path[4096], text[RETAIL_TEXT];
    const char *folder = getenv("BUYERMAP_DATA");
    *self = (online_retail){0};
    snprintf(path, sizeof path, "%s/transactions/online_retail.csv.gz",
             folder != NULL ? folder : ".");
    gzFile file = gzopen(path, "rb");
    if (file == NULL)
        return 0;
    size_t lines = 0, room = 600000;
    retail_line *line = calloc(room, sizeof *line);
    bm_dictionary invoices = {0};
    gzgets(file, text, sizeof text);
    while (gzgets(file, text, sizeof text) != NULL && lines < room) {
        char *field[RETAIL_FIELDS];
        int year, month, day;
        if (!split_retail_line(text, field) || field[6][0] == '\0' || field[0][0] == 'C')
            continue;
        double quantity = strtod(field[3], NULL), price = strtod(field[5], NULL);
        if (!(quantity > 0) || !(price > 0) ||
            sscanf(field[4], "%d-%d-%d", &year, &month, &day) != 3)
            continue;
        line[lines] = (retail_line){.at = lines, .amount = quantity * price};
        line[lines].buyer = retail_code(&self->ids, field[6]);
        line[lines].invoice = retail_code(&invoices, field[0]);
        line[lines].product = retail_code(&self->products, field[1]);
        line[lines].region = retail_code(&self->regions, field[7]);
        line[lines].day = bm_days_from_civil(year, month, day);
        lines++;
    }
    gzclose(file);
    qsort(line, lines, sizeof *line, compare_retail_lines);
    fill_retail_orders(self, line, lines, invoices.count);
    free(line);
    bm_dictionary_free(&invoices);
    return 1;
}

static inline void online_retail_free(online_retail *self) {
    bm_orders_free(&self->orders);
    bm_dictionary_free(&self->ids);
    bm_dictionary_free(&self->products);
    bm_dictionary_free(&self->regions);
}

#endif
