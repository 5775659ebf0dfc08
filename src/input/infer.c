/* What a column holds, by its values; and which date format would fit them. */
#include "input/reading.h"

#include "base/date.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BASIC_DATE = 8 }; /* 20111210 reads as a number and as a date */

static size_t trimmed_length(const bm_field *field) {
    bm_text text = bm_text_of(field);
    size_t begin = 0, end = text.length;
    while (begin < end && (text.data[begin] == ' ' || text.data[begin] == '\t'))
        begin++;
    while (end > begin && (text.data[end - 1] == ' ' || text.data[end - 1] == '\t'))
        end--;
    return end - begin;
}

void bm_type_tally_add(bm_type_tally *tally, const bm_field *field, const double *number,
                       const bm_date_format *date_format) {
    int64_t seconds;
    tally->seen.present++;
    if (number != NULL) {
        tally->seen.numbers++;
        tally->seen.whole += *number == floor(*number);
    }
    double other;
    tally->comma_numbers += number == NULL && field->kind == BM_FIELD_TEXT &&
                            bm_parse_decimal(bm_text_of(field), ',', '.', &other);
    if (field->kind == BM_FIELD_TEXT && (number == NULL || trimmed_length(field) == BASIC_DATE))
        tally->seen.dates += bm_field_date(field, date_format, &seconds) != 0;
}

void bm_type_tally_merge(bm_type_tally *tally, const bm_type_tally *part) {
    tally->seen.present += part->seen.present;
    tally->seen.numbers += part->seen.numbers;
    tally->seen.whole += part->seen.whole;
    tally->seen.dates += part->seen.dates;
    tally->comma_numbers += part->comma_numbers;
}

bm_storage bm_type_tally_storage(const bm_type_tally *tally) {
    if (tally->seen.numbers > tally->seen.present - tally->seen.numbers)
        return BM_STORE_NUMBER;
    if (tally->seen.dates > tally->seen.present - tally->seen.dates)
        return BM_STORE_DATE;
    return BM_STORE_TEXT;
}

static void add_fits(bm_date_guess *guess, const char *format, size_t fits) {
    for (size_t i = 0; i < BM_DATE_GUESSES; i++) {
        if (guess->format[i] != NULL && strcmp(guess->format[i], format) != 0)
            continue;
        guess->format[i] = format;
        guess->fits[i] += fits;
        return;
    }
}

void bm_date_guess_add(bm_date_guess *guess, bm_text text) {
    const char *format[2] = {NULL, NULL};
    int formats = bm_guess_date_formats(text, format);
    guess->values++;
    for (int f = 0; f < formats; f++)
        add_fits(guess, format[f], 1);
}

void bm_date_guess_merge(bm_date_guess *guess, const bm_date_guess *part) {
    guess->values += part->values;
    for (size_t i = 0; i < BM_DATE_GUESSES && part->format[i] != NULL; i++)
        add_fits(guess, part->format[i], part->fits[i]);
}

void bm_date_guess_hint(const bm_date_guess *guess, const char *role, char *buffer, size_t size) {
    const char *fit[2] = {NULL, NULL};
    int fits = 0;
    for (size_t i = 0; i < BM_DATE_GUESSES && fits < 2; i++) {
        if (guess->format[i] != NULL && guess->fits[i] == guess->values)
            fit[fits++] = guess->format[i];
    }
    char flag[80] = "--date-format ";
    if (role != NULL)
        snprintf(flag, sizeof flag, "--set inputs.%s.date_format=", role);
    if (fits == 1)
        snprintf(buffer, size, "; %s%s would fit", flag, fit[0]);
    else if (fits == 2)
        snprintf(buffer, size,
                 "; the order of day and month is ambiguous over the whole column, so the format "
                 "must be given: %s%s or %s",
                 flag, fit[0], fit[1]);
}
