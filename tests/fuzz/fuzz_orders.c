/* Any bytes as the cells of an order log: one a line: dates, amounts, quantities. What reads
 * as a number is what strtod makes of it, what is written reads back, and dates keep their day. */
#include "harness.h"

#include "base/date.h"
#include "base/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 1 << 12 };

static int same(double a, double b) {
    return a >= b && a <= b;
}

static void check_number(bm_text cell, const char *copy) {
    double value = NAN, decimal = NAN, again = NAN;
    char written[BM_NUMBER_TEXT];
    if (bm_parse_number(cell, &value)) {
        REQUIRE(isfinite(value) && same(value, strtod(copy, NULL)));
        int length = bm_format_number(written, value);
        REQUIRE(length > 0 && length < BM_NUMBER_TEXT && written[length] == '\0');
        REQUIRE(bm_parse_number((bm_text){written, (size_t)length}, &again) && same(value, again));
        REQUIRE(bm_parse_decimal(cell, '.', '\0', &decimal) && same(value, decimal));
    }
    if (bm_parse_decimal(cell, ',', '.', &decimal))
        REQUIRE(isfinite(decimal));
}

static void check_integer(bm_text cell) {
    int64_t whole;
    double value;
    if (bm_parse_integer(cell, -1000, 1000, &whole)) {
        REQUIRE(whole >= -1000 && whole <= 1000);
        REQUIRE(bm_parse_number(cell, &value) && same(value, (double)whole));
    }
}

static void check_day(int64_t seconds) {
    int year, month, day;
    char written[BM_DATE_TEXT];
    int64_t again;
    int32_t days = bm_day_of(seconds);
    REQUIRE((int64_t)days * BM_DAY_SECONDS <= seconds);
    REQUIRE((int64_t)(days + 1) * BM_DAY_SECONDS > seconds);
    bm_civil_from_days(days, &year, &month, &day);
    REQUIRE(bm_days_from_civil(year, month, day) == days);
    REQUIRE(bm_weekday(days) == ((days + 3) % 7 + 7) % 7);
    int length = bm_format_date(written, days);
    REQUIRE(length > 0 && length < BM_DATE_TEXT);
    if (year >= 1 && year <= 9999) {
        REQUIRE(bm_parse_iso_date((bm_text){written, (size_t)length}, &again));
        REQUIRE(again == (int64_t)days * BM_DAY_SECONDS);
    }
}

static void check_date(bm_text cell) {
    const char *format[2] = {NULL, NULL};
    int64_t seconds;
    if (bm_parse_iso_date(cell, &seconds))
        check_day(seconds);
    int formats = bm_guess_date_formats(cell, format);
    REQUIRE(formats >= 0 && formats <= 2);
    for (int i = 0; i < formats; i++) {
        REQUIRE(format[i] != NULL && bm_parse_date(cell, format[i], &seconds));
        check_day(seconds);
    }
}

/* Each cell stands at the end of memory of its own, so that a byte too many is seen. */
static void check_cell(const uint8_t *data, size_t length) {
    char *exact = malloc(length > 0 ? length : 1), *copy = malloc(length + 1);
    REQUIRE(exact != NULL && copy != NULL);
    memcpy(exact, data, length);
    memcpy(copy, data, length);
    copy[length] = '\0';
    bm_text cell = {exact, length};
    check_number(cell, copy);
    check_integer(cell);
    check_date(cell);
    free(exact);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > LONGEST)
        return -1;
    for (size_t begin = 0; begin <= size;) {
        size_t end = begin;
        while (end < size && data[end] != '\n')
            end++;
        check_cell(data + begin, end - begin);
        begin = end + 1;
    }
    return 0;
}
