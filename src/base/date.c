#include "base/date.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static int is_leap(int year) {
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int year, int month) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Howard Hinnant's days_from_civil: eras of 400 years that begin in March. */
int32_t bm_days_from_civil(int year, int month, int day) {
    year -= month <= 2;
    int era = (year >= 0 ? year : year - 399) / 400;
    int of_era = year - era * 400;
    int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int day_of_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    return (int32_t)(era * 146097 + day_of_era - 719468);
}

void bm_civil_from_days(int32_t days, int *year, int *month, int *day) {
    int z = days + 719468;
    int era = (z >= 0 ? z : z - 146096) / 146097;
    int of_era = z - era * 146097;
    int year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int shifted = (5 * of_year + 2) / 153;
    *day = of_year - (153 * shifted + 2) / 5 + 1;
    *month = shifted < 10 ? shifted + 3 : shifted - 9;
    *year = year_of_era + era * 400 + (*month <= 2);
}

int bm_weekday(int32_t days) {
    int weekday = (days + 3) % 7; /* 1970-01-01 was a Thursday */
    return weekday < 0 ? weekday + 7 : weekday;
}

int32_t bm_day_of(int64_t seconds) {
    int64_t day = seconds / BM_DAY_SECONDS;
    return (int32_t)(day - (seconds % BM_DAY_SECONDS < 0));
}

/* A cursor over the text; each take_… moves it on success. */
typedef struct cursor {
    const char *at, *end;
} cursor;

static int take_digits(cursor *c, int count, int *value) {
    if (c->end - c->at < count)
        return 0;
    int number = 0;
    for (int i = 0; i < count; i++) {
        if (c->at[i] < '0' || c->at[i] > '9')
            return 0;
        number = number * 10 + (c->at[i] - '0');
    }
    c->at += count;
    *value = number;
    return 1;
}

static int take_char(cursor *c, char wanted) {
    if (c->at == c->end || *c->at != wanted)
        return 0;
    c->at++;
    return 1;
}

static int civil_seconds(int year, int month, int day, int of_day, int64_t *seconds) {
    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 ||
        day > days_in_month(year, month))
        return 0;
    *seconds = (int64_t)bm_days_from_civil(year, month, day) * BM_DAY_SECONDS + of_day;
    return 1;
}

/* HH:MM[:SS[.fraction]]; the fraction of a second is dropped. */
static int take_time(cursor *c, int *of_day) {
    int hour, minute, second = 0;
    if (!take_digits(c, 2, &hour) || !take_char(c, ':') || !take_digits(c, 2, &minute))
        return 0;
    if (take_char(c, ':')) {
        if (!take_digits(c, 2, &second))
            return 0;
        if (take_char(c, '.')) {
            const char *first = c->at;
            while (c->at < c->end && *c->at >= '0' && *c->at <= '9')
                c->at++;
            if (c->at == first)
                return 0;
        }
    }
    if (hour > 23 || minute > 59 || second > 60)
        return 0;
    *of_day = hour * 3600 + minute * 60 + second;
    return 1;
}

/* Z or ±HH:MM or ±HHMM, in seconds east of UTC. */
static int take_offset(cursor *c, int *offset) {
    *offset = 0;
    if (c->at == c->end || take_char(c, 'Z') || take_char(c, 'z'))
        return 1;
    int sign = *c->at == '-' ? -1 : 1;
    if (!take_char(c, '+') && !take_char(c, '-'))
        return 0;
    int hour, minute;
    if (!take_digits(c, 2, &hour))
        return 0;
    take_char(c, ':');
    if (!take_digits(c, 2, &minute) || hour > 14 || minute > 59)
        return 0;
    *offset = sign * (hour * 3600 + minute * 60);
    return 1;
}

int bm_parse_iso_date(bm_text text, int64_t *seconds) {
    cursor c = {text.data, text.data + text.length};
    int year, month, day, of_day = 0, offset = 0;
    if (!take_digits(&c, 4, &year))
        return 0;
    int dashed = take_char(&c, '-');
    if (!take_digits(&c, 2, &month) || (dashed && !take_char(&c, '-')) || !take_digits(&c, 2, &day))
        return 0;
    if (c.at < c.end) {
        if (!take_char(&c, 'T') && !take_char(&c, ' '))
            return 0;
        if (!take_time(&c, &of_day) || !take_offset(&c, &offset))
            return 0;
    }
    if (c.at != c.end || !civil_seconds(year, month, day, of_day, seconds))
        return 0;
    *seconds -= offset;
    return 1;
}

int bm_parse_date(bm_text text, const char *format, int64_t *seconds) {
    char buffer[64];
    if (text.length == 0 || text.length >= sizeof buffer || memchr(text.data, 0, text.length))
        return 0;
    memcpy(buffer, text.data, text.length);
    buffer[text.length] = '\0';
    /* A format that says neither year nor month leaves them as they are: that is no date. */
    struct tm civil = {.tm_mday = 1, .tm_mon = -1, .tm_year = INT_MIN};
    const char *end = strptime(buffer, format, &civil);
    if (end == NULL || *end != '\0' || civil.tm_year == INT_MIN || civil.tm_mon < 0)
        return 0;
    int of_day = civil.tm_hour * 3600 + civil.tm_min * 60 + civil.tm_sec;
    if (!civil_seconds(civil.tm_year + 1900, civil.tm_mon + 1, civil.tm_mday, of_day, seconds))
        return 0;
    *seconds -= civil.tm_gmtoff; /* set by %z only */
    return 1;
}

int bm_guess_date_formats(bm_text text, const char *format[2]) {
    /* Each family holds both orders of day and month, so that an open order shows as two fits. */
    static const char *const known[] = {
        "%d/%m/%Y",          "%m/%d/%Y",          "%d.%m.%Y",          "%d-%m-%Y",
        "%m-%d-%Y",          "%Y/%m/%d",          "%d/%m/%Y %H:%M",    "%m/%d/%Y %H:%M",
        "%d.%m.%Y %H:%M",    "%d-%m-%Y %H:%M",    "%m-%d-%Y %H:%M",    "%Y/%m/%d %H:%M",
        "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%d-%m-%Y %H:%M:%S",
        "%m-%d-%Y %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%d %b %Y",          "%d-%b-%Y",
        "%b %d, %Y",
    };
    int fits = 0;
    int64_t seconds;
    for (size_t i = 0; i < sizeof known / sizeof known[0] && fits < 2; i++) {
        if (bm_parse_date(text, known[i], &seconds) && seconds > -59011459200 /* year 100 */)
            format[fits++] = known[i];
    }
    return fits;
}

int bm_format_date(char buffer[BM_DATE_TEXT], int32_t days) {
    int year, month, day;
    bm_civil_from_days(days, &year, &month, &day);
    return snprintf(buffer, BM_DATE_TEXT, "%04u-%02u-%02u", (unsigned)year % 100000u,
                    (unsigned)month % 100u, (unsigned)day % 100u);
}
