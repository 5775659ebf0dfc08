/* Conditions on a field. */
#include "input/reading.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

bm_status bm_find_column(const bm_strings *names, const char *path, const char *name,
                         size_t *column, bm_error *err) {
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->item[i], name) == 0) {
            *column = i;
            return BM_OK;
        }
    }
    char list[700], shown[BM_SHOWN_BUFFER];
    return bm_fail(err, BM_DATA, "%s: there is no column \"%s\"; the columns are %s", path,
                   bm_shown(shown, (bm_text){name, strlen(name)}),
                   bm_list_names(list, sizeof list, names));
}

bm_status bm_test_init(bm_test *test, const bm_condition *condition, const bm_strings *names,
                       const char *path, bm_error *err) {
    bm_status status;
    *test = (bm_test){.condition = condition};
    BM_TRY(bm_find_column(names, path, condition->column, &test->column, err));
    BM_TRY(BM_NEW(&test->number, condition->values.count, "a condition", err));
    for (size_t i = 0; i < condition->values.count; i++) {
        const char *value = condition->values.item[i];
        bm_text text = {value, strlen(value)};
        int32_t code;
        BM_TRY(bm_dictionary_intern(&test->values, text, &code, err));
        /* The values were written in the job file, where the decimal mark is a point. */
        if (condition->numeric && bm_parse_number(text, &test->number[test->numbers]))
            test->numbers++;
    }
cleanup:
    return status;
}

void bm_test_free(bm_test *test) {
    bm_dictionary_free(&test->values);
    free(test->number);
    *test = (bm_test){0};
}

static int is_one_of(const bm_test *test, const bm_rules *rules, const bm_field *field) {
    char buffer[BM_NUMBER_TEXT];
    double number;
    if (bm_dictionary_find(&test->values, bm_field_text(field, buffer)) >= 0)
        return 1;
    if (test->numbers == 0 || !bm_field_number(rules, field, &number))
        return 0;
    for (size_t i = 0; i < test->numbers; i++) {
        if (number == test->number[i])
            return 1;
    }
    return 0;
}

static int has_prefix(const bm_test *test, const bm_field *field) {
    char buffer[BM_NUMBER_TEXT];
    bm_text text = bm_field_text(field, buffer);
    if (test->condition->values.count == 0)
        return 0;
    const char *prefix = test->condition->values.item[0];
    size_t length = strlen(prefix);
    return text.length >= length && memcmp(text.data, prefix, length) == 0;
}

static int compares(const bm_condition *condition, double number) {
    switch (condition->kind) {
    case BM_ABOVE:
        return number > condition->number;
    case BM_BELOW:
        return number < condition->number;
    case BM_MIN:
        return number >= condition->number;
    default:
        return number <= condition->number;
    }
}

int bm_test_field(const bm_test *test, const bm_rules *rules, const bm_field *field) {
    int missing = bm_field_is_missing(rules, field);
    double number;
    switch (test->condition->kind) {
    case BM_NOT_MISSING:
        return !missing;
    case BM_EQUALS:
    case BM_IN:
        return !missing && is_one_of(test, rules, field);
    case BM_NOT_EQUALS:
    case BM_NOT_IN:
        return missing || !is_one_of(test, rules, field);
    case BM_PREFIX:
        return !missing && has_prefix(test, field);
    case BM_NOT_PREFIX:
        return missing || !has_prefix(test, field);
    case BM_ABOVE:
    case BM_BELOW:
    case BM_MIN:
    case BM_MAX:
        break;
    }
    if (missing)
        return 0;
    return bm_field_number(rules, field, &number) ? compares(test->condition, number) : -1;
}
