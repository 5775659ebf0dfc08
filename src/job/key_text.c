/* A value of a job as one would write it in a job file, for --dry-run and run.json. */
#include "base/date.h"
#include "base/memory.h"
#include "base/number.h"
#include "job/key.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A value that YAML would take for something else, or that holds its marks, is quoted. */
static int needs_quotes(const char *text, int is_number) {
    double number;
    if (text[0] == '\0' || strpbrk(text, ":#{}[],&*!|>'\"%@`\\\n\t") != NULL || text[0] == ' ' ||
        text[0] == '-' || text[strlen(text) - 1] == ' ')
        return !is_number;
    return !is_number && bm_parse_number((bm_text){text, strlen(text)}, &number);
}

/* Appends a piece to an owned text; *text is freed and NULL on failure. */
static bm_status append(char **text, const char *piece, bm_error *err) {
    char *longer = NULL;
    bm_status status = bm_format(&longer, err, "%s%s", *text != NULL ? *text : "", piece);
    free(*text);
    *text = longer;
    return status;
}

static bm_status append_value(char **text, const char *value, int is_number, bm_error *err) {
    if (!needs_quotes(value, is_number))
        return append(text, value, err);
    bm_status status = append(text, "\"", err);
    for (; status == BM_OK && *value != '\0'; value++) {
        const char piece[3] = {*value == '"' || *value == '\\' ? '\\' : *value,
                               *value == '"' || *value == '\\' ? *value : '\0', '\0'};
        status = append(text, *value == '\n' ? "\\n" : *value == '\t' ? "\\t" : piece, err);
    }
    return status == BM_OK ? append(text, "\"", err) : status;
}

/* {column: Country, in: [France, "1"]} */
static bm_status condition_text(const bm_condition *condition, char **text, bm_error *err) {
    int is_list = condition->kind == BM_IN || condition->kind == BM_NOT_IN;
    int is_number = condition->numeric || condition->kind == BM_ABOVE ||
                    condition->kind == BM_BELOW || condition->kind == BM_MIN ||
                    condition->kind == BM_MAX;
    bm_status status;
    BM_TRY(append(text, "{column: ", err));
    BM_TRY(append_value(text, condition->column, 0, err));
    BM_TRY(append(text, ", ", err));
    BM_TRY(append(text, bm_condition_word(condition->kind), err));
    BM_TRY(append(text, is_list ? ": [" : ": ", err));
    if (condition->kind == BM_NOT_MISSING)
        BM_TRY(append(text, "true", err));
    for (size_t i = 0; i < condition->values.count; i++) {
        BM_TRY(append(text, i > 0 ? ", " : "", err));
        BM_TRY(append_value(text, condition->values.item[i], is_number, err));
    }
    status = append(text, is_list ? "]}" : "}", err);
cleanup:
    return status;
}

static bm_status condition_items(const bm_condition_list *list, bm_strings *items, bm_error *err) {
    bm_status status = BM_OK;
    for (size_t i = 0; i < list->count && status == BM_OK; i++) {
        char *text = NULL;
        status = condition_text(&list->item[i], &text, err);
        if (status == BM_OK)
            status = bm_strings_add(items, text, err);
        free(text);
    }
    return status;
}

static bm_status weight_items(const bm_weight_list *list, bm_strings *items, bm_error *err) {
    bm_status status = BM_OK;
    for (size_t i = 0; i < list->count && status == BM_OK; i++) {
        char number[BM_NUMBER_TEXT], *text = NULL;
        bm_format_number(number, list->item[i].weight);
        status = bm_format(&text, err, "%s: %s", list->item[i].name, number);
        if (status == BM_OK)
            status = bm_strings_add(items, text, err);
        free(text);
    }
    return status;
}

static bm_status k_items(const bm_k_range *k, bm_strings *items, bm_error *err) {
    const size_t ends[] = {k->low, k->high};
    bm_status status = BM_OK;
    for (size_t i = 0; i < 2 && status == BM_OK; i++) {
        char text[24];
        snprintf(text, sizeof text, "%zu", ends[i]);
        status = bm_strings_add(items, text, err);
    }
    return status;
}

int bm_key_is_list(const bm_key *key, const bm_job *job) {
    const void *at = (const char *)job + key->offset;
    switch (key->kind) {
    case BM_KEY_LIST:
        return ((const bm_strings *)at)->count > 0;
    case BM_KEY_FILTER:
    case BM_KEY_RETURNS:
        return ((const bm_condition_list *)at)->count > 0;
    case BM_KEY_WEIGHTS:
        return ((const bm_weight_list *)at)->count > 0;
    case BM_KEY_K: {
        const bm_k_range *k = at;
        return !k->automatic && k->low < k->high;
    }
    default:
        return 0;
    }
}

bm_status bm_key_items(const bm_key *key, const bm_job *job, bm_strings *items, bm_error *err) {
    const void *at = (const char *)job + key->offset;
    switch (key->kind) {
    case BM_KEY_LIST:
        return bm_strings_copy(at, items, err);
    case BM_KEY_FILTER:
    case BM_KEY_RETURNS:
        return condition_items(at, items, err);
    case BM_KEY_WEIGHTS:
        return weight_items(at, items, err);
    case BM_KEY_K:
        return k_items(at, items, err);
    default:
        return BM_OK;
    }
}

/* The items between brackets; weights stand in braces, and returns are one condition. */
static bm_status list_text(const bm_key *key, const bm_job *job, char **text, bm_error *err) {
    bm_strings items = {0};
    int in_braces = key->kind == BM_KEY_WEIGHTS, is_bare = key->kind == BM_KEY_RETURNS;
    bm_status status;
    BM_TRY(bm_key_items(key, job, &items, err));
    BM_TRY(append(text, is_bare ? "" : in_braces ? "{" : "[", err));
    for (size_t i = 0; i < items.count; i++) {
        BM_TRY(append(text, i > 0 ? ", " : "", err));
        if (key->kind == BM_KEY_LIST)
            BM_TRY(append_value(text, items.item[i], 0, err));
        else
            BM_TRY(append(text, items.item[i], err));
    }
    status = append(text, is_bare ? "" : in_braces ? "}" : "]", err);
cleanup:
    bm_strings_free(&items);
    return status;
}

static bm_status number_text(double value, const char *unit, char **text, bm_error *err) {
    char number[BM_NUMBER_TEXT];
    bm_format_number(number, value);
    return bm_format(text, err, "%s%s", number, unit);
}

static bm_status character_text(char character, char **text, bm_error *err) {
    if (character == '\0')
        return BM_OK;
    if (character == '\t')
        return bm_copy_string(text, "tab", err);
    return bm_format(text, err, "%c", character);
}

bm_status bm_key_value(const bm_key *key, const bm_job *job, char **text, bm_error *err) {
    const void *at = (const char *)job + key->offset;
    *text = NULL;
    if (bm_key_is_list(key, job))
        return list_text(key, job, text, err);
    switch (key->kind) {
    case BM_KEY_TEXT:
    case BM_KEY_PATH:
    case BM_KEY_START: {
        const char *string = *(char *const *)at;
        return string == NULL ? BM_OK : bm_copy_string(text, string, err);
    }
    case BM_KEY_COUNT:
    case BM_KEY_BYTES:
        return bm_format(text, err, "%zu", *(const size_t *)at);
    case BM_KEY_REAL:
        return isnan(*(const double *)at) ? BM_OK : number_text(*(const double *)at, "", text, err);
    case BM_KEY_SWITCH:
    case BM_KEY_YES_NO:
        return bm_copy_string(text, *(const int *)at ? "true" : "false", err);
    case BM_KEY_CHOICE:
        return bm_copy_string(text, bm_key_word(key, (size_t) * (const int *)at), err);
    case BM_KEY_K: {
        const bm_k_range *k = at;
        return k->automatic ? bm_copy_string(text, "auto", err)
                            : bm_format(text, err, "%zu", k->low);
    }
    case BM_KEY_DAY: {
        char day[BM_DATE_TEXT];
        if (*(const int32_t *)at == BM_NO_DAY)
            return BM_OK;
        bm_format_date(day, *(const int32_t *)at);
        return bm_copy_string(text, day, err);
    }
    case BM_KEY_CHARACTER:
        return character_text(*(const char *)at, text, err);
    case BM_KEY_AMOUNT: {
        const bm_amount *amount = at;
        if (amount->column == NULL)
            return BM_OK;
        if (amount->factor == NULL)
            return bm_copy_string(text, amount->column, err);
        return bm_format(text, err, "%s * %s", amount->column, amount->factor);
    }
    case BM_KEY_BAD_ROWS: {
        const bm_bad_rows *bad = at;
        if (!isnan(bad->share))
            return number_text(bad->share * 100, "%", text, err);
        return bm_format(text, err, "%zu", bad->rows);
    }
    case BM_KEY_LIST:
    case BM_KEY_FILTER:
    case BM_KEY_RETURNS:
    case BM_KEY_WEIGHTS:
    case BM_KEY_RESERVED:
        break;
    }
    return BM_OK;
}
