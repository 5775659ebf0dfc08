/* A value of a job as one would write it in a job file, for --dry-run and run.json. */
#include "base/date.h"
#include "base/memory.h"
#include "base/number.h"
#include "job/key.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Appends a piece; *text is freed and NULL on failure. */
static bm_status append(char **text, bm_error *err, const char *piece) {
    char *longer = NULL;
    bm_status status = bm_format(&longer, err, "%s%s", *text != NULL ? *text : "", piece);
    free(*text);
    *text = longer;
    return status;
}

static bm_status list_text(const bm_strings *list, char **text, bm_error *err) {
    bm_status status = append(text, err, "[");
    for (size_t i = 0; i < list->count && status == BM_OK; i++) {
        status = append(text, err, i > 0 ? ", " : "");
        if (status == BM_OK)
            status = append(text, err, list->item[i]);
    }
    return status == BM_OK ? append(text, err, "]") : status;
}

static bm_status conditions_text(const bm_condition_list *list, char **text, bm_error *err) {
    bm_strings words = {0};
    bm_status status = BM_OK;
    for (size_t i = 0; i < list->count && status == BM_OK; i++)
        status = bm_strings_add(&words, list->item[i].text, err);
    if (status == BM_OK)
        status = list_text(&words, text, err);
    bm_strings_free(&words);
    return status;
}

static bm_status weights_text(const bm_weight_list *list, char **text, bm_error *err) {
    bm_status status = append(text, err, "{");
    for (size_t i = 0; i < list->count && status == BM_OK; i++) {
        char number[BM_NUMBER_TEXT], piece[256];
        bm_format_number(number, list->item[i].weight);
        snprintf(piece, sizeof piece, "%s%s: %s", i > 0 ? ", " : "", list->item[i].name, number);
        status = append(text, err, piece);
    }
    return status == BM_OK ? append(text, err, "}") : status;
}

static bm_status k_text(const bm_k_range *k, char **text, bm_error *err) {
    if (k->automatic)
        return bm_copy_string(text, "auto", err);
    if (k->low == k->high)
        return bm_format(text, err, "%zu", k->low);
    return bm_format(text, err, "[%zu, %zu]", k->low, k->high);
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
    switch (key->kind) {
    case BM_KEY_TEXT:
    case BM_KEY_PATH:
    case BM_KEY_START: {
        const char *string = *(char *const *)at;
        return string == NULL ? BM_OK : bm_copy_string(text, string, err);
    }
    case BM_KEY_LIST: {
        const bm_strings *list = at;
        return list->count == 0 ? BM_OK : list_text(list, text, err);
    }
    case BM_KEY_COUNT:
    case BM_KEY_BYTES:
        return bm_format(text, err, "%zu", *(const size_t *)at);
    case BM_KEY_REAL:
        return number_text(*(const double *)at, "", text, err);
    case BM_KEY_SWITCH:
    case BM_KEY_YES_NO:
        return bm_copy_string(text, *(const int *)at ? "true" : "false", err);
    case BM_KEY_CHOICE:
        return bm_copy_string(text, bm_key_word(key, (size_t) * (const int *)at), err);
    case BM_KEY_K:
        return k_text(at, text, err);
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
    case BM_KEY_FILTER:
    case BM_KEY_RETURNS: {
        const bm_condition_list *list = at;
        return list->count == 0 ? BM_OK : conditions_text(list, text, err);
    }
    case BM_KEY_WEIGHTS: {
        const bm_weight_list *list = at;
        return list->count == 0 ? BM_OK : weights_text(list, text, err);
    }
    case BM_KEY_RESERVED:
        break;
    }
    return BM_OK;
}
