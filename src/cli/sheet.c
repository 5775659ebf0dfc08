#include "cli/sheet.h"

#include "base/memory.h"
#include "base/number.h"

#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDEST = 48 };

/* The cells of one column as they are shown; the first is the heading. */
typedef struct strip {
    char **cell;
    size_t width;
    int right, is_empty;
} strip;

/* Counts are whole however large; other numbers have six digits. */
static void round_number(char text[BM_NUMBER_TEXT], double value) {
    if (isnan(value))
        text[0] = '\0';
    else if (value == floor(value) && fabs(value) < 1e15)
        snprintf(text, BM_NUMBER_TEXT, "%.0f", value + 0.0);
    else
        snprintf(text, BM_NUMBER_TEXT, "%.6g", value);
}

static bm_text cell_text(const bm_result *result, size_t column, size_t row,
                         char buffer[BM_NUMBER_TEXT]) {
    bm_text text = {buffer, 0};
    int64_t whole;
    double number;
    int8_t boolean;
    switch (result->column[column].heading.cell) {
    case BM_CELL_TEXT:
        bm_result_read(result, column, row, 1, &text);
        return text;
    case BM_CELL_INTEGER:
        bm_result_read(result, column, row, 1, &whole);
        snprintf(buffer, BM_NUMBER_TEXT, "%" PRId64, whole);
        break;
    case BM_CELL_NUMBER:
        bm_result_read(result, column, row, 1, &number);
        round_number(buffer, number);
        break;
    case BM_CELL_BOOLEAN:
        bm_result_read(result, column, row, 1, &boolean);
        snprintf(buffer, BM_NUMBER_TEXT, "%d", boolean);
        break;
    }
    text.length = strlen(buffer);
    return text;
}

static bm_status make_strip(strip *made, const bm_result *result, size_t column, bm_error *err) {
    const bm_heading *heading = &result->column[column].heading;
    char buffer[BM_NUMBER_TEXT];
    bm_status status = BM_NEW(&made->cell, result->rows + 1, "a table", err);
    made->right = heading->cell != BM_CELL_TEXT;
    made->is_empty = 1;
    for (size_t i = 0; i <= result->rows && status == BM_OK; i++) {
        bm_text text = i > 0 ? cell_text(result, column, i - 1, buffer)
                             : (bm_text){heading->name, strlen(heading->name)};
        status = bm_text_shown(&made->cell[i], text, WIDEST, err);
        if (status != BM_OK)
            break;
        size_t width = bm_text_width((bm_text){made->cell[i], strlen(made->cell[i])});
        made->width = width > made->width ? width : made->width;
        made->is_empty &= i == 0 || width == 0;
    }
    return status;
}

static void print_line(const strip *strips, size_t columns, size_t line) {
    size_t owed = 0; /* blanks that only what follows makes worth printing */
    for (size_t c = 0; c < columns; c++) {
        const strip *s = &strips[c];
        if (s->is_empty)
            continue;
        const char *text = s->cell[line];
        size_t pad = s->width - bm_text_width((bm_text){text, strlen(text)});
        owed += s->right ? pad : 0;
        if (text[0] != '\0') {
            printf("%*s%s", (int)owed, "", text);
            owed = 0;
        }
        owed += (s->right ? 0 : pad) + 2;
    }
    putchar('\n');
}

bm_status bm_print_sheet(const bm_result *result, bm_error *err) {
    strip *strips = NULL;
    bm_status status;
    BM_TRY(BM_NEW(&strips, result->columns, "a table", err));
    for (size_t c = 0; c < result->columns; c++)
        BM_TRY(make_strip(&strips[c], result, c, err));
    for (size_t line = 0; line <= result->rows; line++)
        print_line(strips, result->columns, line);
cleanup:
    for (size_t c = 0; strips != NULL && c < result->columns; c++) {
        for (size_t i = 0; strips[c].cell != NULL && i <= result->rows; i++)
            free(strips[c].cell[i]);
        free(strips[c].cell);
    }
    free(strips);
    return status;
}

void bm_put_text(const char *text) {
    char *shown = NULL;
    if (bm_text_shown(&shown, (bm_text){text, strlen(text)}, SIZE_MAX, NULL) == BM_OK)
        fputs(shown, stdout);
    free(shown);
}
