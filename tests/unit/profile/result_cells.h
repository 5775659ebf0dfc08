/* Cells of a bm_result by the column's name, for tests. */
#ifndef RESULT_CELLS_H
#define RESULT_CELLS_H

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "buyermap/result.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static inline size_t column_of(const bm_result *result, const char *name, bm_cell cell) {
    size_t column = bm_result_find(result, name);
    assert_true(column < result->columns);
    assert_int_equal(result->column[column].heading.cell, cell);
    return column;
}

static inline int64_t whole(const bm_result *result, const char *name, size_t row) {
    int64_t value;
    bm_result_read(result, column_of(result, name, BM_CELL_INTEGER), row, 1, &value);
    return value;
}

static inline double number(const bm_result *result, const char *name, size_t row) {
    double value;
    bm_result_read(result, column_of(result, name, BM_CELL_NUMBER), row, 1, &value);
    return value;
}

static inline int boolean(const bm_result *result, const char *name, size_t row) {
    int8_t value;
    bm_result_read(result, column_of(result, name, BM_CELL_BOOLEAN), row, 1, &value);
    return value;
}

/* Whether a text cell holds exactly this. */
static inline int text_is(const bm_result *result, const char *name, size_t row, const char *text) {
    bm_text value;
    bm_result_read(result, column_of(result, name, BM_CELL_TEXT), row, 1, &value);
    int same = value.length == strlen(text) && memcmp(value.data, text, value.length) == 0;
    if (!same)
        print_message("%s[%zu] is \"%.*s\", not \"%s\"\n", name, row, (int)value.length, value.data,
                      text);
    return same;
}

/* Equal to a relative 1e-9, or both NaN. */
static inline void assert_close(double value, double expected) {
    if (isnan(value) && isnan(expected))
        return;
    if (!(fabs(value - expected) <= 1e-9 * (1 + fabs(expected))))
        fail_msg("%.17g is not %.17g", value, expected);
}

#endif
