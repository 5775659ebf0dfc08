#include "profile/inspection.h"

#include "base/date.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/parallel.h"
#include "buyermap/context.h"
#include "profile/distribution.h"

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
    P1,
    P10,
    Q1,
    MEDIAN,
    Q3,
    P90,
    P99,
    MAXIMUM,
    MEAN,
    OUTLIERS,
    FIRST,
    LAST,
    TOP,
    TOP_SHARE,
    EXAMPLES,
    USED_AS,
    WHY,
    HEADINGS,
    MOST_EXAMPLES = 3,
    EXAMPLE_TEXT = 48, /* bytes of one example, a text longer than that is cut */
    /* A text of more distinct values has none that is frequent: 512 KiB of counts. */
    MOST_COUNTED = 1 << 16,
    MEMORY = 28 << 20, /* for the tables of counts of all threads together */
};

static const bm_heading heading[HEADINGS] = {
    {"column", BM_CELL_TEXT, "", "name of the column"},
    {"type", BM_CELL_TEXT, "", "number, integer, date, category or text"},
    {"missing", BM_CELL_INTEGER, "rows", "rows without a value"},
    {"distinct", BM_CELL_INTEGER, "values", "different values"},
    {"min", BM_CELL_NUMBER, "", "smallest value"},
    {"p1", BM_CELL_NUMBER, "", "1st percentile (type 7)"},
    {"p10", BM_CELL_NUMBER, "", "10th percentile"},
    {"q1", BM_CELL_NUMBER, "", "first quartile (type 7)"},
    {"median", BM_CELL_NUMBER, "", "median"},
    {"q3", BM_CELL_NUMBER, "", "third quartile (type 7)"},
    {"p90", BM_CELL_NUMBER, "", "90th percentile"},
    {"p99", BM_CELL_NUMBER, "", "99th percentile"},
    {"max", BM_CELL_NUMBER, "", "largest value"},
    {"mean", BM_CELL_NUMBER, "", "mean"},
    {"outliers", BM_CELL_NUMBER, "rows", "values beyond 1.5 interquartile ranges of the quartiles"},
    {"first", BM_CELL_TEXT, "", "earliest date"},
    {"last", BM_CELL_TEXT, "", "latest date"},
    {"top", BM_CELL_TEXT, "", "most frequent text, where one stands in two rows or more"},
    {"top_share", BM_CELL_NUMBER, "1", "its share of the rows that have a value"},
    {"examples", BM_CELL_TEXT, "", "the first different values"},
    {"used_as", BM_CELL_TEXT, "", "what buyermap would use the column as"},
    {"why", BM_CELL_TEXT, "", "why the column has its type"},
};

/* What one column holds. */
typedef struct findings {
    size_t distinct;
    bm_distribution numbers;
    int64_t earliest, latest;
    size_t example[MOST_EXAMPLES]; /* rows; the texts are made before the rows go */
    char examples[MOST_EXAMPLES * (EXAMPLE_TEXT + 2)];
    int32_t top; /* code; -1: none */
    double top_share;
} findings;

typedef struct inspection {
    bm_table *table;
    size_t memory; /* a thread */
    findings *found;
} inspection;

static int looks_equal(const bm_column *column, size_t a, size_t b) {
    if (column->number != NULL)
        return column->number[a] == column->number[b];
    if (column->when != NULL)
        return bm_day_of(column->when[a]) == bm_day_of(column->when[b]);
    return column->code[a] == column->code[b];
}

static void cell_text(const bm_column *column, size_t row, char text[EXAMPLE_TEXT]) {
    if (column->number != NULL) {
        bm_format_number(text, column->number[row]);
    } else if (column->when != NULL) {
        bm_format_date(text, bm_day_of(column->when[row]));
    } else {
        bm_text value = bm_text_cut(bm_dictionary_text(&column->dictionary, column->code[row]),
                                    EXAMPLE_TEXT - 1);
        memcpy(text, value.data, value.length);
        text[value.length] = '\0';
    }
}

static void find_examples(const bm_column *column, size_t rows, findings *found) {
    size_t count = 0;
    for (size_t i = 0; i < rows && count < MOST_EXAMPLES; i++) {
        int seen = bm_column_is_missing(column, i);
        for (size_t j = 0; j < count && !seen; j++)
            seen = looks_equal(column, found->example[j], i);
        if (seen)
            continue;
        char text[EXAMPLE_TEXT];
        cell_text(column, i, text);
        found->example[count++] = i;
        size_t used = strlen(found->examples);
        snprintf(found->examples + used, sizeof found->examples - used, "%s%s",
                 count > 1 ? ", " : "", text);
    }
}

/* The most frequent text; of several the one that came first. */
static bm_status find_top(const bm_column *column, size_t rows, findings *found, bm_error *err) {
    size_t words = column->dictionary.count, best = 0;
    size_t *count = NULL;
    found->distinct = words;
    if (words == 0 || words > MOST_COUNTED)
        return BM_OK;
    bm_status status = BM_NEW(&count, words, "a column", err);
    if (status != BM_OK)
        return status;
    for (size_t i = 0; i < rows; i++) {
        if (column->code[i] >= 0)
            count[column->code[i]]++;
    }
    for (size_t code = 1; code < words; code++)
        best = count[code] > count[best] ? code : best;
    if (count[best] > 1) {
        found->top = (int32_t)best;
        found->top_share = (double)count[best] / (double)(rows - column->missing);
    }
    free(count);
    return BM_OK;
}

static bm_status inspect_column(size_t at, void *arg, bm_error *err) {
    const inspection *all = arg;
    bm_column *column = &all->table->column[at];
    findings *found = &all->found[at];
    size_t rows = all->table->rows;
    found->top = -1;
    bm_status status = bm_check_interrupt(err);
    if (status != BM_OK)
        return status;
    find_examples(column, rows, found);
    if (column->code != NULL)
        return find_top(column, rows, found, err);
    if (column->when != NULL)
        return bm_distribution_of_times(column->when, rows, &found->distinct, &found->earliest,
                                        &found->latest, err);
    if (column->number == NULL)
        return BM_OK;
    status = bm_distribution_of_numbers(column->number, rows, all->memory, &found->numbers, err);
    found->distinct = found->numbers.distinct;
    return status;
}

static void fill_numbers(bm_result *result, size_t row, const bm_distribution *numbers) {
    static const int place[BM_QUANTILES] = {P1, P10, Q1, MEDIAN, Q3, P90, P99};
    if (numbers->n == 0)
        return;
    for (size_t q = 0; q < BM_QUANTILES; q++)
        result->column[place[q]].number[row] = numbers->quantile[q];
    result->column[MINIMUM].number[row] = numbers->minimum;
    result->column[MAXIMUM].number[row] = numbers->maximum;
    result->column[MEAN].number[row] = numbers->mean;
    result->column[OUTLIERS].number[row] = (double)numbers->outliers;
}

static bm_status fill_dates(bm_result *result, size_t row, const findings *found, bm_error *err) {
    char day[BM_DATE_TEXT];
    if (found->distinct == 0)
        return BM_OK;
    bm_format_date(day, bm_day_of(found->earliest));
    bm_status status = bm_result_set_string(result, FIRST, row, day, err);
    bm_format_date(day, bm_day_of(found->latest));
    return status == BM_OK ? bm_result_set_string(result, LAST, row, day, err) : status;
}

static bm_status fill_top(bm_result *result, size_t row, const bm_column *column,
                          const findings *found, bm_error *err) {
    if (found->top < 0)
        return BM_OK;
    result->column[TOP_SHARE].number[row] = found->top_share;
    return bm_result_set_text(result, TOP, row, bm_dictionary_text(&column->dictionary, found->top),
                              err);
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

/* "996 of 1000 values read as numbers". Where the file itself has types, nothing had to be read. */
static void explain(const bm_column *column, const bm_evidence *evidence, int is_id,
                    size_t distinct, char *why, size_t room) {
    size_t present = evidence->present, reading = evidence->numbers;
    const char *kind = "numbers";
    if (column->type == BM_TYPE_DATE) {
        reading = evidence->dates;
        kind = "dates";
    } else if (column->type == BM_TYPE_INTEGER) {
        reading = evidence->whole;
        kind = "whole numbers";
    }
    if (is_id)
        snprintf(why, room, "every value is there and different");
    else if (distinct == 0)
        snprintf(why, room, "no value tells");
    else if (column->type == BM_TYPE_CATEGORY || column->type == BM_TYPE_TEXT)
        snprintf(why, room, "text of %zu distinct values%s", distinct,
                 column->type == BM_TYPE_TEXT ? ", more than 50" : "");
    else if (present == 0)
        snprintf(why, room, "%s in the file", kind);
    else if (reading == present)
        snprintf(why, room, "all %zu values read as %s", present, kind);
    else
        snprintf(why, room, "%zu of %zu values read as %s", reading, present, kind);
}

static bm_status fill_row(bm_result *result, size_t row, const bm_column *column,
                          const bm_evidence *evidence, int is_id, const findings *found,
                          bm_error *err) {
    char why[128];
    size_t distinct = found->distinct;
    bm_status status;
    explain(column, evidence, is_id, distinct, why, sizeof why);
    if (column->number != NULL)
        fill_numbers(result, row, &found->numbers);
    if (column->when != NULL)
        BM_TRY(fill_dates(result, row, found, err));
    BM_TRY(fill_top(result, row, column, found, err));
    BM_TRY(bm_result_set_string(result, COLUMN, row, column->name, err));
    BM_TRY(bm_result_set_string(result, TYPE, row, bm_type_name(column->type), err));
    BM_TRY(bm_result_set_string(result, EXAMPLES, row, found->examples, err));
    BM_TRY(bm_result_set_string(result, USED_AS, row, used_as(column, is_id, distinct), err));
    BM_TRY(bm_result_set_string(result, WHY, row, why, err));
    result->column[MISSING].integer[row] = (int64_t)column->missing;
    result->column[DISTINCT].integer[row] = (int64_t)distinct;
cleanup:
    return status;
}

bm_status bm_inspect(bm_table *table, const bm_evidence *evidence, size_t id_column,
                     bm_result *result, bm_error *err) {
    inspection all = {.table = table, .memory = MEMORY / (size_t)bm_threads()};
    bm_status status;
    *result = (bm_result){0};
    BM_TRY(BM_NEW(&all.found, table->columns, "the columns", err));
    BM_TRY(bm_parallel_for(table->columns, inspect_column, &all, err));
    BM_TRY(bm_result_init(result, "inspect", "what the columns of the table hold", heading,
                          HEADINGS, table->columns, err));
    for (size_t i = 0; i < table->columns; i++)
        BM_TRY(fill_row(result, i, &table->column[i], &evidence[i], i == id_column, &all.found[i],
                        err));
cleanup:
    free(all.found);
    if (status != BM_OK)
        bm_result_free(result);
    return status;
}
