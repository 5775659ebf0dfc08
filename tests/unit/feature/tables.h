/* Tables made by hand, for tests of what is made from them. */
#ifndef TEST_FEATURE_TABLES_H
#define TEST_FEATURE_TABLES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/date.h"
#include "base/memory.h"
#include "buyermap/context.h"
#include "buyermap/table.h"
#include "data/values.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A log and a context that keep warnings. */
typedef struct voice {
    bm_log log;
    bm_context context;
} voice;

static inline void voice_init(voice *v) {
    memset(v, 0, sizeof *v);
    v->context = (bm_context){.seed = 1, .log = &v->log};
}

/* The value of feature j in a row of a view. */
static inline double value_at(const bm_features *features, size_t row, size_t j) {
    double value;
    assert_int_equal(bm_features_column(features, j, row, 1, &value, NULL), BM_OK);
    return value;
}

static inline int voice_warned(const voice *v, const char *part) {
    for (size_t i = 0; i < v->log.warnings.count; i++) {
        if (strstr(v->log.warnings.item[i], part) != NULL)
            return 1;
    }
    return 0;
}

/* Line of row r is r + 2: a header and one line a row. */
static inline bm_table make_table(const char *source, size_t rows) {
    bm_table table = {.rows = rows};
    assert_int_equal(bm_copy_string(&table.source, source, NULL), BM_OK);
    for (size_t r = 0; r < rows; r++)
        assert_int_equal(bm_lines_add(&table.lines, r + 2, NULL), BM_OK);
    return table;
}

static inline bm_column *add_column(bm_table *table, const char *name, bm_type type) {
    size_t reserved = table->columns;
    assert_int_equal(BM_GROW(&table->column, &reserved, table->columns + 1, "", NULL), BM_OK);
    bm_column *column = &table->column[table->columns++];
    *column = (bm_column){.type = type};
    assert_int_equal(bm_copy_string(&column->name, name, NULL), BM_OK);
    return column;
}

static inline void add_numbers(bm_table *table, const char *name, const double *value) {
    bm_column *column = add_column(table, name, BM_TYPE_NUMBER);
    assert_int_equal(BM_NEW(&column->number, table->rows, "", NULL), BM_OK);
    for (size_t r = 0; r < table->rows; r++) {
        column->number[r] = value[r];
        column->missing += isnan(value[r]) != 0;
    }
}

/* NULL is missing. */
static inline void add_texts(bm_table *table, const char *name, const char *const *text) {
    bm_column *column = add_column(table, name, BM_TYPE_CATEGORY);
    assert_int_equal(BM_NEW(&column->code, table->rows, "", NULL), BM_OK);
    for (size_t r = 0; r < table->rows; r++) {
        column->code[r] = -1;
        column->missing += text[r] == NULL;
        if (text[r] != NULL)
            assert_int_equal(bm_dictionary_intern(&column->dictionary,
                                                  (bm_text){text[r], strlen(text[r])},
                                                  &column->code[r], NULL),
                             BM_OK);
    }
}

static inline void add_seconds(bm_table *table, const char *name, const int64_t *when) {
    bm_column *column = add_column(table, name, BM_TYPE_DATE);
    assert_int_equal(BM_NEW(&column->when, table->rows, "", NULL), BM_OK);
    for (size_t r = 0; r < table->rows; r++)
        column->when[r] = when[r];
}

/* ISO dates. */
static inline void add_dates(bm_table *table, const char *name, const char *const *text) {
    bm_column *column = add_column(table, name, BM_TYPE_DATE);
    assert_int_equal(BM_NEW(&column->when, table->rows, "", NULL), BM_OK);
    for (size_t r = 0; r < table->rows; r++)
        assert_true(bm_parse_iso_date((bm_text){text[r], strlen(text[r])}, &column->when[r]));
}

static inline void mark_rows(bm_table *table, const uint8_t *marked) {
    assert_int_equal(BM_NEW(&table->marked, table->rows, "", NULL), BM_OK);
    memcpy(table->marked, marked, table->rows);
}

/* A dictionary of the given texts, as a population of buyers. */
static inline bm_dictionary make_dictionary(const char *const *text, size_t count) {
    bm_dictionary dictionary = {0};
    for (size_t i = 0; i < count; i++) {
        int32_t code;
        assert_int_equal(
            bm_dictionary_intern(&dictionary, (bm_text){text[i], strlen(text[i])}, &code, NULL),
            BM_OK);
    }
    return dictionary;
}

/* Draws the same numbers as the Python and C of anybody else: Knuth's MMIX generator. */
static inline uint64_t draw(uint64_t *state, uint64_t n) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (*state >> 33) % n;
}

#endif
