#include "profile/inspection.h"

#include "base/date.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/statistics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    COLUMN,
    TYPE,
    MISSING,
    DISTINCT,
    MINIMUM,
    Q1,
    MEDIAN,
    Q3,
    MAXIMUM,
    MEAN,
    OUTLIERS,
    FIRST,
    LAST,
    EXAMPLES,
    USED_AS,
    HEADINGS,
    MOST_EXAMPLES = 3,
};

static const bm_heading heading[HEADINGS] = {
    {"column", BM_CELL_TEXT, "", "name of the column"},
    {"type", BM_CELL_TEXT, "", "number, integer, date, category or text"},
    {"missing", BM_CELL_INTEGER, "rows", "rows without a value"},
    {"distinct", BM_CELL_INTEGER, "values", "different values"},
    {"min", BM_CELL_NUMBER, "", "smallest value"},
    {"q1", BM_CELL_NUMBER, "", "first quartile (type 7)"},
    {"median", BM_CELL_NUMBER, "", "median"},
    {"q3", BM_CELL_NUMBER, "", "third quartile (type 7)"},
    {"max", BM_CELL_NUMBER, "", "largest value"},
    {"mean", BM_CELL_NUMBER, "", "mean"},
    {"outliers", BM_CELL_NUMBER, "rows", "values beyond 1.5 interquartile ranges of the quartiles"},
    {"first", BM_CELL_TEXT, "", "earliest date"},
    {"last", BM_CELL_TEXT, "", "latest date"},
    {"examples", BM_CELL_TEXT, "", "the first different values"},
    {"used_as", BM_CELL_TEXT, "", "what buyermap would use the column as"},
};

/* The values that are there, ascending; caller frees. */
static bm_status sorted_values(const bm_column *column, size_t rows, double **sorted, size_t *n,
                               bm_error *err) {
    bm_status status = BM_NEW(sorted, rows, "a column", err);
    if (status != BM_OK)
        return status;
    *n = 0;
    for (size_t i = 0; i < rows; i++) {
        if (!bm_column_is_missing(column, i))
            (*sorted)[(*n)++] =
                column->number != NULL ? column->number[i] : (double)column->when[i];
    }
    bm_sort(*sorted, *n);
    return BM_OK;
}

static size_t count_distinct(const double *sorted, size_t n) {
    size_t distinct = n > 0;
    for (size_t i = 1; i < n; i++)
        distinct += sorted[i] > sorted[i - 1];
    return distinct;
}

static void describe_numbers(bm_result *result, size_t row, const double *sorted, size_t n) {
    if (n == 0)
        return;
    double mean, sd, q1 = bm_quantile(sorted, n, 0.25), q3 = bm_quantile(sorted, n, 0.75);
    double low = q1 - 1.5 * (q3 - q1), high = q3 + 1.5 * (q3 - q1);
    size_t outliers = 0;
    bm_mean_sd(sorted, 1, NULL, n, &mean, &sd);
    for (size_t i = 0; i < n; i++)
        outliers += sorted[i] < low || sorted[i] > high;
    result->column[MINIMUM].number[row] = sorted[0];
    result->column[Q1].number[row] = q1;
    result->column[MEDIAN].number[row] = bm_quantile(sorted, n, 0.5);
    result->column[Q3].number[row] = q3;
    result->column[MAXIMUM].number[row] = sorted[n - 1];
    result->column[MEAN].number[row] = mean;
    result->column[OUTLIERS].number[row] = (double)outliers;
}

static bm_status describe_dates(bm_result *result, size_t row, const double *sorted, size_t n,
                                bm_error *err) {
    char day[BM_DATE_TEXT];
    if (n == 0)
        return BM_OK;
    bm_format_date(day, bm_day_of((int64_t)sorted[0]));
    bm_status status = bm_result_set_string(result, FIRST, row, day, err);
    bm_format_date(day, bm_day_of((int64_t)sorted[n - 1]));
    return status == BM_OK ? bm_result_set_string(result, LAST, row, day, err) : status;
}

static void cell_text(const bm_column *column, size_t row, char *text, size_t room) {
    char number[BM_NUMBER_TEXT];
    if (column->number != NULL) {
        bm_format_number(number, column->number[row]);
        snprintf(text, room, "%s", number);
    } else if (column->when != NULL) {
        bm_format_date(number, bm_day_of(column->when[row]));
        snprintf(text, room, "%s", number);
    } else {
        bm_text value =
            bm_text_cut(bm_dictionary_text(&column->dictionary, column->code[row]), room - 1);
        memcpy(text, value.data, value.length);
        text[value.length] = '\0';
    }
}

static bm_status describe_examples(bm_result *result, size_t at, const bm_column *column,
                                   size_t rows, bm_error *err) {
    char shown[MOST_EXAMPLES][48], joined[MOST_EXAMPLES * 50] = "";
    int count = 0;
    for (size_t i = 0; i < rows && count < MOST_EXAMPLES; i++) {
        int seen = 0;
        if (bm_column_is_missing(column, i))
            continue;
        cell_text(column, i, shown[count], sizeof shown[count]);
        for (int j = 0; j < count; j++)
            seen |= strcmp(shown[j], shown[count]) == 0;
        if (seen)
            continue;
        if (count > 0)
            strncat(joined, ", ", sizeof joined - strlen(joined) - 1);
        strncat(joined, shown[count++], sizeof joined - strlen(joined) - 1);
    }
    return bm_result_set_string(result, EXAMPLES, at, joined, err);
}

static const char *used_as(const bm_column *column, int is_id, size_t distinct) {
    if (is_id)
        return "id";
    if (distinct == 0)
        return "not used: no value";
    if (distinct == 1)
        return "not used: constant";
    if (column->type == BM_TYPE_DATE)
        return "not used: date";
    if (column->type == BM_TYPE_TEXT)
        return "not used: text of more than 50 values";
    return column->type == BM_TYPE_CATEGORY ? "category" : "feature";
}

static bm_status inspect_column(const bm_table *table, size_t at, int is_id, bm_result *result,
                                bm_error *err) {
    const bm_column *column = &table->column[at];
    size_t distinct = column->dictionary.count, n = 0;
    double *sorted = NULL;
    bm_status status;
    if (column->code == NULL) {
        BM_TRY(sorted_values(column, table->rows, &sorted, &n, err));
        distinct = count_distinct(sorted, n);
    }
    if (column->number != NULL)
        describe_numbers(result, at, sorted, n);
    if (column->when != NULL)
        BM_TRY(describe_dates(result, at, sorted, n, err));
    BM_TRY(bm_result_set_string(result, COLUMN, at, column->name, err));
    BM_TRY(bm_result_set_string(result, TYPE, at, bm_type_name(column->type), err));
    BM_TRY(bm_result_set_string(result, USED_AS, at, used_as(column, is_id, distinct), err));
    result->column[MISSING].integer[at] = (int64_t)column->missing;
    result->column[DISTINCT].integer[at] = (int64_t)distinct;
    status = describe_examples(result, at, column, table->rows, err);
cleanup:
    free(sorted);
    return status;
}

bm_status bm_inspect(const bm_table *table, size_t id_column, bm_result *result, bm_error *err) {
    bm_status status = bm_result_init(result, "inspect", "what the columns of the table hold",
                                      heading, HEADINGS, table->columns, err);
    for (size_t i = 0; i < table->columns && status == BM_OK; i++)
        status = inspect_column(table, i, i == id_column, result, err);
    if (status != BM_OK)
        bm_result_free(result);
    return status;
}
