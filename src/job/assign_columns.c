/* Which columns of a table the features of a stored map come from. */
#include "base/memory.h"
#include "job/assign.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t source_named(const bm_assign *assign, const char *name) {
    size_t at = 0;
    while (at < assign->sources && strcmp(assign->source[at].name, name) != 0)
        at++;
    return at;
}

bm_status bm_assign_list_sources(bm_assign *assign, bm_error *err) {
    const bm_stored_map *map = &assign->map;
    bm_status status;
    BM_TRY(BM_NEW(&assign->source, map->d, "features", err));
    BM_TRY(BM_NEW(&assign->source_of, map->d, "features", err));
    for (size_t j = 0; j < map->d; j++) {
        const bm_feature *feature = &map->feature[j];
        int is_category = feature->kind == BM_FEATURE_INDICATOR;
        /* The indicators of a category stand together. */
        size_t at = j > 0 && strcmp(map->feature[j - 1].source, feature->source) == 0
                        ? assign->source_of[j - 1]
                        : source_named(assign, feature->source);
        bm_assign_source *source = &assign->source[at];
        if (at == assign->sources) {
            *source = (bm_assign_source){.name = feature->source, .is_category = is_category};
            assign->sources++;
        }
        if (source->is_category != is_category)
            return bm_fail(
                err, BM_DATA,
                "%s: is no whole map: \"%.80s\" is a number and a category; make the map "
                "anew",
                map->path, source->name);
        /* Without a fill, a missing value is what it was for the map: a fault, or left out. */
        source->required |= isnan(feature->fill) && map->missing != BM_MISSING_DROP;
        assign->source_of[j] = at;
    }
cleanup:
    return status;
}

/* Names in a row, as many as there is room for. */
typedef struct name_list {
    char text[480];
    size_t used, names;
} name_list;

static void list_name(name_list *list, const char *name) {
    size_t left = sizeof list->text - list->used;
    int length = snprintf(NULL, 0, ", \"%.60s\"", name);
    list->names++;
    if ((size_t)length + sizeof ", …" > left)
        return;
    list->used += (size_t)snprintf(list->text + list->used, left, "%s\"%.60s\"",
                                   list->used > 0 ? ", " : "", name);
}

static bm_status fail_missing(const bm_assign *assign, const bm_strings *names, bm_error *err) {
    name_list missing = {0};
    const char *behaviour = NULL, *path = assign->job->buyers.path;
    for (size_t s = 0; s < assign->sources; s++) {
        const char *name = assign->source[s].name;
        if (bm_strings_contain(names, name))
            continue;
        list_name(&missing, name);
        if (behaviour == NULL && bm_is_measure(name))
            behaviour = name;
    }
    if (behaviour != NULL)
        return bm_fail(
            err, BM_DATA,
            "%s: lacks columns that the map was made of (%zu of %zu): %s; \"%s\" looks "
            "like a measure of orders, and assign reads a table with a row a buyer and a "
            "column a feature, not an order log (rfm writes recency_days, frequency and "
            "monetary)",
            path, missing.names, assign->sources, missing.text, behaviour);
    return bm_fail(
        err, BM_DATA,
        "%s: lacks columns that the map was made of (%zu of %zu): %s; columns are matched "
        "by name",
        path, missing.names, assign->sources, missing.text);
}

static bm_status name_columns(bm_assign *assign, const bm_strings *names, int nameless,
                              bm_error *err) {
    size_t found = 0;
    for (size_t s = 0; s < assign->sources; s++)
        found += (size_t)bm_strings_contain(names, assign->source[s].name);
    assign->by_position = found < assign->sources && nameless && names->count == assign->sources;
    if (found < assign->sources && !assign->by_position)
        return fail_missing(assign, names, err);
    for (size_t s = 0; s < assign->sources; s++) {
        bm_assign_source *source = &assign->source[s];
        const char *name = assign->by_position ? names->item[s] : source->name;
        bm_status status = bm_copy_string(&source->column, name, err);
        if (status != BM_OK)
            return status;
    }
    return BM_OK;
}

bm_status bm_assign_choose(void *chooser, const bm_strings *names, int nameless,
                           const bm_column_request **column, size_t *columns, bm_error *err) {
    bm_assign *assign = chooser;
    const char *id = assign->job->buyers.id;
    bm_status status;
    BM_TRY(name_columns(assign, names, nameless, err));
    BM_TRY(BM_NEW(&assign->wanted, assign->sources + 1, "columns", err));
    if (id != NULL)
        assign->wanted[assign->wants++] = (bm_column_request){id, BM_WANT_TEXT, 1, NULL};
    for (size_t s = 0; s < assign->sources; s++) {
        const bm_assign_source *source = &assign->source[s];
        if (id != NULL && strcmp(source->column, id) == 0)
            return bm_fail(err, BM_USAGE,
                           "--id: the map was made of the column \"%.80s\", so it is no id", id);
        assign->wanted[assign->wants++] =
            (bm_column_request){source->column, source->is_category ? BM_WANT_TEXT : BM_WANT_NUMBER,
                                source->required, NULL};
    }
    *column = assign->wanted;
    *columns = assign->wants;
cleanup:
    return status;
}

static bm_status find_texts(bm_assign *assign, size_t s, bm_error *err) {
    bm_assign_source *source = &assign->source[s];
    const bm_dictionary *texts = &source->values->dictionary;
    bm_status status = BM_NEW(&source->feature_of, texts->count, "categories", err);
    for (size_t code = 0; status == BM_OK && code < texts->count; code++)
        source->feature_of[code] = -1;
    for (size_t j = 0; status == BM_OK && j < assign->map.d; j++) {
        if (assign->source_of[j] != s)
            continue;
        const char *text = assign->map.feature[j].name + strlen(source->name) + 1;
        int32_t code = bm_dictionary_find(texts, (bm_text){text, strlen(text)});
        if (code >= 0)
            source->feature_of[code] = (int32_t)j;
    }
    return status;
}

bm_status bm_assign_take_columns(bm_assign *assign, bm_error *err) {
    bm_status status = BM_OK;
    for (size_t s = 0; s < assign->sources; s++) {
        bm_assign_source *source = &assign->source[s];
        source->values = bm_table_column(&assign->table.table, source->column);
        if (source->values == NULL ||
            (source->is_category ? source->values->code == NULL : source->values->number == NULL))
            return bm_fail(err, BM_INTERNAL, "column \"%.80s\" was not read as it was asked for",
                           source->column);
        if (source->is_category)
            BM_TRY(find_texts(assign, s, err));
    }
cleanup:
    return status;
}

void bm_assign_warn_of_strangers(const bm_assign *assign) {
    for (size_t s = 0; s < assign->sources; s++) {
        const bm_assign_source *source = &assign->source[s];
        size_t texts = 0, buyers = 0;
        int32_t first = -1;
        for (size_t code = 0; source->is_category && code < source->values->dictionary.count;
             code++) {
            texts += source->feature_of[code] < 0;
            if (first < 0 && source->feature_of[code] < 0)
                first = (int32_t)code;
        }
        if (texts == 0)
            continue;
        for (size_t i = 0; i < assign->buyers; i++) {
            int32_t code = source->values->code[assign->row_of != NULL ? assign->row_of[i] : i];
            buyers += code >= 0 && source->feature_of[code] < 0;
        }
        if (buyers > 0)
            bm_warn(assign->context->log,
                    "\"%s\": %zu buyer%s a value that is no feature of the map (\"%.80s\"%s): they "
                    "count as none of its categories; make the map anew when they become many",
                    source->column, buyers, buyers == 1 ? " has" : "s have",
                    bm_dictionary_string(&source->values->dictionary, first),
                    texts == 1 ? "" : " and others");
    }
}
