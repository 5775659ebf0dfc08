/* What features can be made of, and what a name in the job means. */
#include "feature/sources.h"

#include "base/memory.h"
#include "base/nearest.h"
#include "data/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Why a column of the buyers table is no feature, or NULL. */
static const char *bar_of(const bm_column *column, int is_id, const bm_feature_options *options) {
    if (is_id)
        return "id";
    if (options->weight_column != NULL && strcmp(column->name, options->weight_column) == 0)
        return "buyer weights";
    if (options->truth_column != NULL && strcmp(column->name, options->truth_column) == 0)
        return "truth";
    if (column->type == BM_TYPE_DATE)
        return "date";
    if (column->type == BM_TYPE_TEXT && !bm_strings_contain(&options->categories, column->name))
        return "text of many values";
    if (column->number == NULL && column->spool == NULL && column->code == NULL)
        return "no values";
    return NULL;
}

static bm_status add_columns(const bm_table *buyers, size_t id_column,
                             const bm_feature_options *options, bm_sources *sources,
                             bm_error *err) {
    for (size_t i = 0; i < buyers->columns; i++) {
        const bm_column *column = &buyers->column[i];
        bm_source *source = &sources->source[sources->count++];
        *source = (bm_source){.kind = BM_SOURCE_COLUMN,
                              .values = bm_values_of_column(column, 0),
                              .is_number = column->number != NULL || column->spool != NULL,
                              .is_full = column->spool != NULL && column->missing == 0,
                              .code = column->code,
                              .words = &column->dictionary,
                              .barred = bar_of(column, i == id_column, options),
                              .by_default = 1};
        bm_status status = bm_copy_string(&source->name, column->name, err);
        if (status != BM_OK)
            return status;
    }
    return BM_OK;
}

/* A measure gives way to a column of its name, unless that column is no feature. */
static const char *bar_of_measure(const bm_sources *sources, const bm_table *buyers,
                                  const char *name) {
    for (size_t i = 0; buyers != NULL && i < buyers->columns; i++) {
        if (strcmp(sources->source[i].name, name) == 0 && sources->source[i].barred == NULL)
            return "the buyers table has a column of this name";
    }
    return NULL;
}

static bm_status add_measures(const bm_measures *measures, const bm_orders *orders,
                              const bm_table *buyers, bm_sources *sources, bm_error *err) {
    bm_status status = BM_OK;
    for (size_t c = 0; c < measures->columns; c++) {
        const bm_measure *measure = &measures->measure[c];
        bm_source *source = &sources->source[sources->count++];
        *source = (bm_source){.kind = BM_SOURCE_MEASURE,
                              .values = {.number = measures->value[c], .stride = 1},
                              .is_number = 1,
                              .undefined = measure->undefined,
                              .by_default = measure->by_default};
        BM_TRY(bm_copy_string(&source->name, measure->name, err));
        source->barred = bar_of_measure(sources, buyers, source->name);
    }
    for (int d = 0; d < BM_DIMENSIONS; d++) {
        if (measures->main[d] == NULL || orders == NULL || orders->names[d] == NULL)
            continue;
        bm_source *source = &sources->source[sources->count++];
        *source = (bm_source){.kind = BM_SOURCE_MAIN,
                              .values = {.code = measures->main[d]},
                              .code = measures->main[d],
                              .words = orders->names[d],
                              .undefined = "the log does not name it for their orders"};
        BM_TRY(bm_format(&source->name, err, "%s_main", bm_dimension_name((bm_dimension)d)));
        source->barred = bar_of_measure(sources, buyers, source->name);
    }
cleanup:
    return status;
}

/* Names of sources, as many as a message has room for. */
static void list_names(const bm_sources *sources, char *text, size_t size) {
    size_t used = 0;
    for (size_t i = 0; i < sources->count; i++) {
        size_t length = strlen(sources->source[i].name);
        if (sources->source[i].barred != NULL)
            continue;
        if (used + length + sizeof ", …" + 2 > size) {
            snprintf(text + used, size - used, ", …");
            return;
        }
        used += (size_t)snprintf(text + used, size - used, "%s%s", used > 0 ? ", " : "",
                                 sources->source[i].name);
    }
}

/* Keeps the word that is nearest to a mistyped one so far. */
static void consider(const char *name, const char *word, const char **nearest, size_t *distance) {
    size_t d = bm_edit_distance(name, word);
    if (d < *distance) {
        *distance = d;
        *nearest = word;
    }
}

/* A word further off than a third of its letters is no typing slip. */
static size_t farthest_slip(const char *name) {
    size_t length = strlen(name);
    return length / 3 > 2 ? length / 3 : 2;
}

static bm_status fail_unknown(const bm_sources *sources, const char *name, bm_error *err) {
    const char *nearest = NULL;
    size_t distance = farthest_slip(name) + 1;
    char there_is[640] = "nothing";
    for (size_t i = 0; i < sources->count; i++)
        consider(name, sources->source[i].name, &nearest, &distance);
    list_names(sources, there_is, sizeof there_is);
    if (nearest == NULL)
        return bm_fail(err, BM_JOB, "there is no column or order measure \"%.80s\"; there is: %s",
                       name, there_is);
    return bm_fail(err, BM_JOB,
                   "there is no column or order measure \"%.80s\": did you mean \"%.80s\"? "
                   "There is: %s",
                   name, nearest, there_is);
}

/* An indicator whose source is known and whose value is not. */
static bm_status fail_value(const bm_source *source, const char *value, bm_error *err) {
    const char *nearest = NULL;
    size_t distance = farthest_slip(value) + 1;
    for (size_t c = 0; c < source->words->count; c++)
        consider(value, bm_dictionary_string(source->words, (int32_t)c), &nearest, &distance);
    if (nearest == NULL)
        return bm_fail(err, BM_JOB, "\"%.80s\" has no value \"%.80s\" (it has %zu others)",
                       source->name, value, source->words->count);
    return bm_fail(err, BM_JOB, "\"%.80s\" has no value \"%.80s\": did you mean \"%.80s=%.80s\"?",
                   source->name, value, source->name, nearest);
}

/* Index of the source of that name, one that may be a feature before one that may not. */
static size_t index_of(const bm_sources *sources, const char *name, size_t length) {
    size_t found = sources->count;
    for (size_t i = 0; i < sources->count; i++) {
        const bm_source *source = &sources->source[i];
        if (strlen(source->name) != length || memcmp(source->name, name, length) != 0)
            continue;
        if (found == sources->count || source->barred == NULL)
            found = i;
        if (source->barred == NULL)
            break;
    }
    return found;
}

bm_status bm_sources_find(const bm_sources *sources, const char *name, size_t *source,
                          int32_t *code, bm_error *err) {
    *code = -1;
    *source = index_of(sources, name, strlen(name));
    const char *equals = strchr(name, '=');
    const char *value = NULL;
    while (*source == sources->count && equals != NULL) {
        *source = index_of(sources, name, (size_t)(equals - name));
        value = equals + 1;
        equals = strchr(value, '=');
    }
    if (*source == sources->count)
        return fail_unknown(sources, name, err);
    const bm_source *found = &sources->source[*source];
    if (found->barred != NULL)
        return bm_fail(err, BM_JOB, "\"%.80s\" cannot be a feature: %s", name, found->barred);
    if (value == NULL)
        return BM_OK;
    if (found->code == NULL)
        return bm_fail(err, BM_JOB, "\"%.80s\" is a number: it has no indicator \"%.80s\"",
                       found->name, name);
    *code = bm_dictionary_find(found->words, (bm_text){value, strlen(value)});
    return *code >= 0 ? BM_OK : fail_value(found, value, err);
}

static bm_status check_name(const bm_sources *sources, const char *name, bm_error *err) {
    if (name == NULL || index_of(sources, name, strlen(name)) < sources->count)
        return BM_OK;
    return fail_unknown(sources, name, err);
}

static bm_status check_names(const bm_sources *sources, const bm_table *buyers,
                             const bm_feature_options *options, bm_error *err) {
    bm_status status;
    BM_TRY(check_name(sources, options->weight_column, err));
    BM_TRY(check_name(sources, options->truth_column, err));
    for (size_t i = 0; i < options->categories.count; i++) {
        const char *name = options->categories.item[i];
        BM_TRY(check_name(sources, name, err));
        const bm_column *column = buyers != NULL ? bm_table_column(buyers, name) : NULL;
        if (column != NULL && (column->number != NULL || column->spool != NULL))
            return bm_fail(err, BM_INTERNAL,
                           "%s: column \"%s\" is to be a category but was read "
                           "as a number",
                           buyers->source, name);
    }
    return BM_OK;
cleanup:
    return status;
}

bm_status bm_sources_list(const bm_table *buyers, size_t id_column, const bm_measures *measures,
                          const bm_orders *orders, const bm_feature_options *options,
                          bm_sources *sources, bm_error *err) {
    size_t most = (buyers != NULL ? buyers->columns : 0) +
                  (measures != NULL ? measures->columns + BM_DIMENSIONS : 0);
    bm_status status;
    *sources = (bm_sources){.n = buyers != NULL ? buyers->rows : measures->n};
    BM_TRY(BM_NEW(&sources->source, most, "features", err));
    if (buyers != NULL)
        BM_TRY(add_columns(buyers, id_column, options, sources, err));
    if (measures != NULL)
        BM_TRY(add_measures(measures, orders, buyers, sources, err));
    BM_TRY(check_names(sources, buyers, options, err));
    return BM_OK;
cleanup:
    bm_sources_free(sources);
    return status;
}

void bm_sources_free(bm_sources *sources) {
    for (size_t i = 0; i < sources->count; i++)
        free(sources->source[i].name);
    free(sources->source);
    *sources = (bm_sources){0};
}
