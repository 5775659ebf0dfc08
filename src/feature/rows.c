/* Which buyers become rows: those without orders and those with missing values go by policy. */
#include "feature/rows.h"

#include "base/memory.h"
#include "data/values.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PLACE = 256 };

/* "buyers.csv:17: ", or as much of it as is known. */
static const char *place_of(const bm_table *buyers, size_t row, char place[PLACE]) {
    place[0] = '\0';
    if (buyers == NULL)
        return place;
    const char *source = buyers->source != NULL ? buyers->source : "buyers";
    if (row < buyers->lines.rows)
        snprintf(place, PLACE, "%.200s:%" PRIu64 ": ", source, bm_lines_of(&buyers->lines, row));
    else
        snprintf(place, PLACE, "%.200s: ", source);
    return place;
}

static const double *frequency_of(const bm_measures *measures) {
    for (size_t c = 0; measures != NULL && c < measures->columns; c++) {
        if (strcmp(measures->measure[c].name, "frequency") == 0)
            return measures->value[c];
    }
    return NULL;
}

static void sort_out_without_orders(const bm_buyer_facts *facts, bm_without_orders policy,
                                    bm_features_built *built) {
    const double *frequency = frequency_of(facts->measures);
    for (size_t b = 0; b < facts->n; b++) {
        int has_orders = frequency == NULL || frequency[b] > 0;
        built->kept[b] = BM_ROW_IN_MAP;
        if (has_orders || policy == BM_WITHOUT_INCLUDE)
            continue;
        built->kept[b] = policy == BM_WITHOUT_SEPARATE ? BM_ROW_SEPARATE : BM_ROW_LEFT_OUT;
        built->dropped_without_orders += policy == BM_WITHOUT_DROP;
    }
}

/* How many kept buyers miss a source, of how many; and the first of them. */
typedef struct gap {
    size_t missing, kept, first;
} gap;

/* Marks which of the buyers from `first` on, a block of them at most, miss the source. */
static bm_status find_missing(const bm_source *source, size_t first, size_t count,
                              uint8_t missing[BM_VALUES_BLOCK], bm_error *err) {
    double value[BM_VALUES_BLOCK];
    bm_status status = bm_values_read(&source->values, NULL, first, count, value, err);
    for (size_t i = 0; i < count && status == BM_OK; i++)
        missing[i] = (uint8_t)(isfinite(value[i]) ? 0 : 1);
    return status;
}

static size_t block_at(size_t first, size_t n) {
    return n - first < BM_VALUES_BLOCK ? n - first : BM_VALUES_BLOCK;
}

static bm_status find_gap(const bm_source *source, const uint8_t *kept, size_t n, gap *found,
                          bm_error *err) {
    uint8_t missing[BM_VALUES_BLOCK] = {0};
    *found = (gap){0};
    for (size_t first = 0, count; first < n; first += count) {
        count = block_at(first, n);
        bm_status status =
            source->is_full ? BM_OK : find_missing(source, first, count, missing, err);
        if (status != BM_OK)
            return status;
        for (size_t i = 0; i < count; i++) {
            if (kept[first + i] != BM_ROW_IN_MAP)
                continue;
            found->kept++;
            if (missing[i] && found->missing++ == 0)
                found->first = first + i;
        }
    }
    return BM_OK;
}

static bm_status fail_missing(const bm_buyer_facts *facts, const bm_source *source, gap found,
                              bm_error *err) {
    char place[PLACE];
    place_of(facts->buyers, found.first, place);
    if (source->kind == BM_SOURCE_COLUMN)
        return bm_fail(err, BM_DATA,
                       "%scolumn \"%.80s\" has no value (%zu of %zu buyers have none); fill it "
                       "with missing median or mean, leave such buyers out with missing drop, or "
                       "do not use the column",
                       place, source->name, found.missing, found.kept);
    const double *frequency = frequency_of(facts->measures);
    int no_orders = frequency != NULL && !(frequency[found.first] > 0);
    const char *reason = no_orders                   ? "they have no orders"
                         : source->undefined != NULL ? source->undefined
                                                     : "it has no value there";
    return bm_fail(err, BM_DATA,
                   "%s\"%.80s\" is not defined for %zu of %zu buyers: %s; fill it with missing "
                   "median or mean, leave such buyers out with missing drop, or do not use it%s",
                   place, source->name, found.missing, found.kept, reason,
                   no_orders ? " (or set without_orders to separate or drop)" : "");
}

/* A source that nobody has a value of is no feature. */
static bm_status drop_empty(bm_source *source, bm_log *log, bm_error *err) {
    if (source->requested)
        return bm_fail(err, BM_DATA, "\"%.80s\" is to be clustered on but no buyer has a value",
                       source->name);
    source->chosen = 0;
    source->barred = "no values";
    bm_warn(log, "\"%s\" has no values and is not used", source->name);
    return BM_OK;
}

static bm_status check_source(const bm_buyer_facts *facts, bm_source *source, bm_missing policy,
                              bm_log *log, const uint8_t *kept, bm_error *err) {
    gap found;
    bm_status status = find_gap(source, kept, facts->n, &found, err);
    if (status != BM_OK)
        return status;
    if (found.kept > 0 && found.missing == found.kept)
        return drop_empty(source, log, err);
    if (found.missing > 0 && policy == BM_MISSING_ERROR)
        return fail_missing(facts, source, found, err);
    return BM_OK;
}

/* Leaves out the buyers that miss a source. */
static bm_status drop_missing(const bm_source *source, size_t n, bm_features_built *built,
                              bm_error *err) {
    uint8_t missing[BM_VALUES_BLOCK];
    for (size_t first = 0, count; first < n && !source->is_full; first += count) {
        count = block_at(first, n);
        bm_status status = find_missing(source, first, count, missing, err);
        if (status != BM_OK)
            return status;
        for (size_t i = 0; i < count; i++) {
            if (built->kept[first + i] != BM_ROW_IN_MAP || !missing[i])
                continue;
            built->kept[first + i] = BM_ROW_LEFT_OUT;
            built->dropped_missing++;
        }
    }
    return BM_OK;
}

bm_status bm_rows_keep(const bm_buyer_facts *facts, bm_sources *sources,
                       const bm_feature_options *options, const bm_context *context,
                       bm_features_built *built, bm_error *err) {
    bm_status status = BM_OK;
    sort_out_without_orders(facts, options->without_orders, built);
    /* Whether a source has values is asked before any is a reason to leave a buyer out. */
    for (size_t i = 0; i < sources->count && status == BM_OK; i++) {
        if (sources->source[i].chosen)
            status = check_source(facts, &sources->source[i], options->missing, context->log,
                                  built->kept, err);
    }
    for (size_t i = 0; i < sources->count && status == BM_OK; i++) {
        if (options->missing == BM_MISSING_DROP && sources->source[i].chosen)
            status = drop_missing(&sources->source[i], facts->n, built, err);
    }
    return status;
}

static bm_status check_weights(const bm_table *buyers, const bm_column *column,
                               const bm_values *values, bm_error *err) {
    double block[BM_VALUES_BLOCK];
    char place[PLACE];
    for (size_t first = 0, count; first < buyers->rows; first += count) {
        count = block_at(first, buyers->rows);
        bm_status status = bm_values_read(values, NULL, first, count, block, err);
        if (status != BM_OK)
            return status;
        for (size_t i = 0; i < count; i++) {
            if (isnan(block[i]))
                return bm_fail(
                    err, BM_DATA,
                    "%scolumn \"%.80s\" has no value; every buyer needs a weight above 0",
                    place_of(buyers, first + i, place), column->name);
            if (!(block[i] > 0) || !isfinite(block[i]))
                return bm_fail(err, BM_DATA, "%scolumn \"%.80s\": \"%g\" is no weight above 0",
                               place_of(buyers, first + i, place), column->name, block[i]);
        }
    }
    return BM_OK;
}

bm_status bm_rows_weigh(const bm_table *buyers, const char *weight_column, const size_t *row_of,
                        size_t rows, double **weight, bm_error *err) {
    const bm_column *column =
        buyers != NULL && weight_column != NULL ? bm_table_column(buyers, weight_column) : NULL;
    char place[PLACE];
    if (column == NULL)
        return bm_fail(err, BM_JOB, "buyer weights must be a column of the buyers table");
    if (column->number == NULL && column->spool == NULL)
        return bm_fail(err, BM_DATA,
                       "%scolumn \"%.80s\" holds no numbers, so it cannot weigh "
                       "buyers",
                       place_of(buyers, 0, place), column->name);
    bm_values values = bm_values_of_column(column, 0);
    bm_status status = check_weights(buyers, column, &values, err);
    if (status == BM_OK)
        status = BM_NEW(weight, rows, "buyer weights", err);
    return status == BM_OK ? bm_values_read(&values, row_of, 0, rows, *weight, err) : status;
}
