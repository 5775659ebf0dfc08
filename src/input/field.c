/* How the text of a field is understood: missing, number, date. */
#include "input/encoding.h"
#include "input/reading.h"

#include "base/date.h"
#include "base/memory.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bm_status bm_rules_init(bm_rules *rules, const bm_dialect *dialect, bm_error *err) {
    bm_status status;
    bm_encoding encoding;
    *rules = (bm_rules){.dialect = dialect};
    rules->is_plain = dialect->decimal == '.' && dialect->thousands == '\0';
    BM_TRY(bm_encoding_find(dialect->encoding, &encoding, err));
    rules->is_utf8 = encoding == BM_UTF8;
    BM_TRY(BM_NEW(&rules->na_number, dialect->na.count, "missing values", err));
    for (size_t i = 0; i < dialect->na.count; i++) {
        const char *text = dialect->na.item[i];
        rules->begins_na[(unsigned char)text[0]] = 1;
        rules->numbers_may_be_missing |=
            text[0] != '\0' &&
            (strchr("0123456789+-.,", text[0]) != NULL || text[0] == dialect->decimal);
        if (bm_parse_number((bm_text){text, strlen(text)}, &rules->na_number[rules->na_numbers]))
            rules->na_numbers++;
    }
cleanup:
    return status;
}

void bm_rules_free(bm_rules *rules) {
    free(rules->na_number);
    *rules = (bm_rules){0};
}

static int is_blank(char c) {
    return c == ' ' || c == '\t';
}

static bm_text trim(bm_text text) {
    while (text.length > 0 && is_blank(text.data[0])) {
        text.data++;
        text.length--;
    }
    while (text.length > 0 && is_blank(text.data[text.length - 1]))
        text.length--;
    return text;
}

static int number_is_missing(const bm_rules *rules, double number) {
    for (size_t i = 0; i < rules->na_numbers; i++) {
        if (number == rules->na_number[i])
            return 1;
    }
    return isnan(number) != 0;
}

int bm_field_is_missing(const bm_rules *rules, const bm_field *field) {
    if (field->kind == BM_FIELD_NUMBER)
        return number_is_missing(rules, field->value.number);
    if (field->kind == BM_FIELD_INTEGER)
        return number_is_missing(rules, (double)field->value.integer);
    if (field->kind == BM_FIELD_NATURAL)
        return number_is_missing(rules, (double)field->value.natural);
    bm_text text = trim(bm_text_of(field));
    if (text.length == 0)
        return 1;
    if (!rules->begins_na[(unsigned char)text.data[0]])
        return 0;
    const bm_strings *na = &rules->dialect->na;
    for (size_t i = 0; i < na->count; i++) {
        if (strlen(na->item[i]) == text.length && memcmp(na->item[i], text.data, text.length) == 0)
            return 1;
    }
    return 0;
}

int bm_field_number(const bm_rules *rules, const bm_field *field, double *number) {
    switch ((bm_field_kind)field->kind) {
    case BM_FIELD_NUMBER:
        *number = field->value.number;
        return isfinite(*number) != 0;
    case BM_FIELD_INTEGER:
        *number = (double)field->value.integer;
        return 1;
    case BM_FIELD_NATURAL:
        *number = (double)field->value.natural;
        return 1;
    case BM_FIELD_TEXT:
        break;
    }
    return bm_parse_decimal(bm_text_of(field), rules->dialect->decimal, rules->dialect->thousands,
                            number);
}

/* Digits with at most one decimal mark and an exponent: a number but for its size. */
static int is_written_as_number(bm_text text, char decimal) {
    size_t at = 0, digits = 0;
    text = trim(text);
    at += at < text.length && (text.data[at] == '-' || text.data[at] == '+');
    for (int mark = 0; at < text.length; at++) {
        if (text.data[at] >= '0' && text.data[at] <= '9')
            digits++;
        else if (text.data[at] == decimal && !mark)
            mark = 1;
        else
            break;
    }
    if (digits == 0 || at == text.length)
        return digits > 0;
    if (text.data[at] != 'e' && text.data[at] != 'E')
        return 0;
    at++;
    at += at < text.length && (text.data[at] == '-' || text.data[at] == '+');
    size_t first = at;
    while (at < text.length && text.data[at] >= '0' && text.data[at] <= '9')
        at++;
    return at == text.length && at > first;
}

/* With groups of digits, what stands before the exponent must be a number by itself. */
static int has_number_before_exponent(const bm_dialect *dialect, bm_text text) {
    double number;
    size_t at = 0;
    int64_t power;
    while (at < text.length && text.data[at] != 'e' && text.data[at] != 'E')
        at++;
    return at < text.length &&
           bm_parse_integer((bm_text){text.data + at + 1, text.length - at - 1}, INT32_MIN,
                            INT32_MAX, &power) &&
           dialect->thousands != '\0' &&
           bm_parse_decimal((bm_text){text.data, at}, dialect->decimal, dialect->thousands,
                            &number);
}

const char *bm_number_problem(const bm_rules *rules, const bm_field *field) {
    const bm_dialect *dialect = rules->dialect;
    if (field->kind != BM_FIELD_TEXT || is_written_as_number(bm_text_of(field), dialect->decimal) ||
        has_number_before_exponent(dialect, bm_text_of(field)))
        return "number out of range";
    return "not a number";
}

int bm_field_date(const bm_field *field, const bm_date_format *format, int64_t *seconds) {
    char buffer[BM_NUMBER_TEXT];
    bm_text text = trim(bm_field_text(field, buffer));
    return format != NULL ? bm_parse_date_compiled(text, format, seconds)
                          : bm_parse_iso_date(text, seconds);
}

bm_text bm_field_text(const bm_field *field, char buffer[BM_NUMBER_TEXT]) {
    int length = 0;
    switch ((bm_field_kind)field->kind) {
    case BM_FIELD_TEXT:
        return bm_text_of(field);
    case BM_FIELD_NUMBER:
        length = bm_format_number(buffer, field->value.number);
        break;
    case BM_FIELD_INTEGER:
        length = snprintf(buffer, BM_NUMBER_TEXT, "%" PRId64, field->value.integer);
        break;
    case BM_FIELD_NATURAL:
        length = snprintf(buffer, BM_NUMBER_TEXT, "%" PRIu64, field->value.natural);
        break;
    }
    return (bm_text){buffer, (size_t)length};
}
