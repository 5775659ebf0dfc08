#include "buyermap/result.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t bm_cell_size(bm_cell cell) {
    switch (cell) {
    case BM_CELL_INTEGER:
        return sizeof(int64_t);
    case BM_CELL_NUMBER:
        return sizeof(double);
    case BM_CELL_BOOLEAN:
        return sizeof(int8_t);
    case BM_CELL_TEXT:
        break;
    }
    return sizeof(bm_text);
}

static bm_status grow_column(bm_result_column *column, size_t from, size_t rows, bm_error *err) {
    void **array;
    size_t size;
    switch (column->heading.cell) {
    case BM_CELL_INTEGER:
        array = (void **)&column->integer, size = sizeof *column->integer;
        break;
    case BM_CELL_NUMBER:
        array = (void **)&column->number, size = sizeof *column->number;
        break;
    case BM_CELL_BOOLEAN:
        array = (void **)&column->boolean, size = sizeof *column->boolean;
        break;
    default:
        array = (void **)&column->code, size = sizeof *column->code;
    }
    size_t reserved = *array == NULL ? 0 : from;
    if (rows > reserved || *array == NULL) {
        bm_status status = bm_grow(array, &reserved, rows > 0 ? rows : 1, size, "a result", err);
        if (status != BM_OK)
            return status;
    }
    for (size_t i = from; i < rows; i++) {
        if (column->integer != NULL)
            column->integer[i] = 0;
        else if (column->number != NULL)
            column->number[i] = NAN;
        else if (column->boolean != NULL)
            column->boolean[i] = 0;
        else
            column->code[i] = -1;
    }
    return BM_OK;
}

bm_status bm_result_init(bm_result *result, const char *name, const char *meaning,
                         const bm_heading *heading, size_t columns, size_t rows, bm_error *err) {
    *result = (bm_result){.name = name, .meaning = meaning};
    bm_status status = BM_NEW(&result->column, columns, name, err);
    if (status != BM_OK)
        return status;
    result->columns = columns;
    for (size_t i = 0; i < columns; i++)
        result->column[i].heading = heading[i];
    status = bm_result_resize(result, rows, err);
    if (status != BM_OK)
        bm_result_free(result);
    return status;
}

bm_status bm_result_resize(bm_result *result, size_t rows, bm_error *err) {
    for (size_t i = 0; i < result->columns; i++) {
        if (result->column[i].fill != NULL)
            continue;
        bm_status status = grow_column(&result->column[i], result->rows, rows, err);
        if (status != BM_OK)
            return status;
    }
    result->rows = rows;
    return BM_OK;
}

bm_status bm_result_set_text(bm_result *result, size_t column, size_t row, bm_text text,
                             bm_error *err) {
    bm_result_column *c = &result->column[column];
    if (text.length == 0) {
        c->code[row] = -1;
        return BM_OK;
    }
    return bm_dictionary_intern(&c->words, text, &c->code[row], err);
}

bm_status bm_result_set_string(bm_result *result, size_t column, size_t row, const char *text,
                               bm_error *err) {
    return bm_result_set_text(result, column, row, (bm_text){text, strlen(text)}, err);
}

static void free_column(bm_result_column *column) {
    free(column->integer);
    free(column->number);
    free(column->boolean);
    free(column->code);
    bm_dictionary_free(&column->words);
    *column = (bm_result_column){.heading = column->heading};
}

void bm_result_generate(bm_result *result, size_t column, bm_fill fill, const void *source,
                        size_t width) {
    bm_result_column *c = &result->column[column];
    free_column(c);
    c->fill = fill;
    c->source = source;
    c->width = width;
}

void bm_result_read(const bm_result *result, size_t column, size_t first, size_t count,
                    void *block) {
    const bm_result_column *c = &result->column[column];
    if (count == 0)
        return;
    if (c->fill != NULL) {
        c->fill(c->source, first, count, block);
        return;
    }
    switch (c->heading.cell) {
    case BM_CELL_INTEGER:
        memcpy(block, c->integer + first, count * sizeof *c->integer);
        break;
    case BM_CELL_NUMBER:
        memcpy(block, c->number + first, count * sizeof *c->number);
        break;
    case BM_CELL_BOOLEAN:
        memcpy(block, c->boolean + first, count * sizeof *c->boolean);
        break;
    case BM_CELL_TEXT:
        for (size_t i = 0; i < count; i++) {
            int32_t code = c->code[first + i];
            ((bm_text *)block)[i] =
                code < 0 ? (bm_text){"", 0} : bm_dictionary_text(&c->words, code);
        }
        break;
    }
}

bm_status bm_result_check(const bm_result *result, bm_error *err) {
    return result->check != NULL ? result->check(result->source, err) : BM_OK;
}

size_t bm_result_width(const bm_result *result, size_t column) {
    const bm_result_column *c = &result->column[column];
    if (c->fill != NULL)
        return c->width;
    size_t width = 0;
    for (size_t code = 0; code < c->words.count; code++) {
        size_t length = bm_dictionary_text(&c->words, (int32_t)code).length;
        width = length > width ? length : width;
    }
    return width;
}

size_t bm_result_find(const bm_result *result, const char *name) {
    size_t at = 0;
    while (at < result->columns && strcmp(result->column[at].heading.name, name) != 0)
        at++;
    return at;
}

void bm_result_free(bm_result *result) {
    for (size_t i = 0; i < result->columns; i++)
        free_column(&result->column[i]);
    free(result->column);
    *result = (bm_result){0};
}

bm_status bm_results_add(bm_results *results, bm_result *table, bm_error *err) {
    bm_status status =
        BM_GROW(&results->table, &results->tables_reserved, results->tables + 1, "results", err);
    if (status == BM_OK)
        results->table[results->tables++] = *table;
    else
        bm_result_free(table);
    *table = (bm_result){0};
    return status;
}

bm_status bm_results_add_matrix(bm_results *results, const char *name, const double *value,
                                size_t rows, size_t columns, bm_error *err) {
    size_t cells;
    if (!bm_multiply(rows, columns, &cells))
        return bm_fail(err, BM_NOMEM, "out of memory: %s", name);
    bm_status status = BM_GROW(&results->matrix, &results->matrices_reserved, results->matrices + 1,
                               "results", err);
    if (status != BM_OK)
        return status;
    bm_result_matrix matrix = {.name = name, .rows = rows, .columns = columns};
    status = BM_NEW(&matrix.value, cells, name, err);
    if (status != BM_OK)
        return status;
    if (cells > 0)
        memcpy(matrix.value, value, cells * sizeof *value);
    results->matrix[results->matrices++] = matrix;
    return BM_OK;
}

void bm_results_attribute(bm_results *results, const char *name, const char *text, int64_t number) {
    size_t room = sizeof results->attribute / sizeof results->attribute[0];
    if (results->attributes < room)
        results->attribute[results->attributes++] = (bm_result_attribute){name, text, number};
}

const bm_result *bm_results_find(const bm_results *results, const char *name) {
    for (size_t i = 0; i < results->tables; i++) {
        if (strcmp(results->table[i].name, name) == 0)
            return &results->table[i];
    }
    return NULL;
}

void bm_results_free(bm_results *results) {
    for (size_t i = 0; i < results->tables; i++)
        bm_result_free(&results->table[i]);
    for (size_t i = 0; i < results->matrices; i++)
        free(results->matrix[i].value);
    free(results->table);
    free(results->matrix);
    bm_strings_free(&results->features);
    *results = (bm_results){0};
}
