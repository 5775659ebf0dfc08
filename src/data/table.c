#include "buyermap/table.h"

#include "data/spool.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const bm_column *bm_table_column(const bm_table *table, const char *name) {
    for (size_t i = 0; i < table->columns; i++) {
        if (strcmp(table->column[i].name, name) == 0)
            return &table->column[i];
    }
    return NULL;
}

int bm_column_is_missing(const bm_column *column, size_t row) {
    if (column->number != NULL)
        return isnan(column->number[row]) != 0;
    if (column->when != NULL)
        return column->when[row] == BM_NO_DATE;
    return column->code == NULL || column->code[row] < 0;
}

size_t bm_table_bytes(const bm_table *table) {
    size_t bytes = bm_lines_bytes(&table->lines) + table->rows * (table->marked != NULL);
    for (size_t i = 0; i < table->columns; i++) {
        const bm_column *column = &table->column[i];
        size_t cell = column->number != NULL ? sizeof *column->number
                      : column->when != NULL ? sizeof *column->when
                      : column->code != NULL ? sizeof *column->code
                                             : 0;
        bytes += table->rows * cell + bm_dictionary_bytes(&column->dictionary);
    }
    return bytes;
}

const char *bm_type_name(bm_type type) {
    static const char *const name[] = {
        [BM_TYPE_NUMBER] = "number",     [BM_TYPE_INTEGER] = "integer", [BM_TYPE_DATE] = "date",
        [BM_TYPE_CATEGORY] = "category", [BM_TYPE_TEXT] = "text",
    };
    return name[type];
}

void bm_column_free(bm_column *column) {
    free(column->name);
    free(column->number);
    free(column->when);
    free(column->code);
    bm_dictionary_free(&column->dictionary);
    *column = (bm_column){0};
}

void bm_table_drop_numbers(bm_table *table) {
    for (size_t i = 0; i < table->columns; i++) {
        free(table->column[i].number);
        table->column[i].number = NULL;
        table->column[i].spool = NULL;
    }
    bm_spool_free(table->spool);
    table->spool = NULL;
}

void bm_table_free(bm_table *table) {
    for (size_t i = 0; i < table->columns; i++)
        bm_column_free(&table->column[i]);
    free(table->column);
    free(table->source);
    bm_lines_free(&table->lines);
    free(table->marked);
    bm_spool_free(table->spool);
    *table = (bm_table){0};
}
