#include "base/date.h"

#include <stdio.h>
#include <string.h>

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

/* Counted from the year 1 and without a branch on the month: every cell of a column of dates goes
 * through here. */
int bm_civil_seconds(int year, int month, int day, int of_day, int64_t *seconds) {
    static const int16_t before[2][13] = {
        {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365},
        {0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366},
    };
    static const int32_t first_day = -719162; /* 0001-01-01 */
    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1)
        return 0;
    uint32_t y = (uint32_t)year, whole = y - 1;
    const int16_t *of_month = before[(y % 4 == 0) & ((y % 25 != 0) | (y % 16 == 0))] + month - 1;
    if (day > of_month[1] - of_month[0])
        return 0;
    uint32_t days = whole * 365 + whole / 4 - whole / 100 + whole / 400;
    int32_t at = first_day + (int32_t)days + of_month[0] + day - 1;
    *seconds = (int64_t)at * BM_DAY_SECONDS + of_day;
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

#if defined __BYTE_ORDER__ && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
/* Eight characters against a pattern of marks and of '0' for any digit. Gives in each byte the
 * number that it makes with the next one. */
static int match_eight(const char *text, const char *pattern, uint64_t *pairs) {
    static const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t bytes, wanted;
    memcpy(&bytes, text, sizeof bytes);
    memcpy(&wanted, pattern, sizeof wanted);
    uint64_t marks = wanted ^ ones * '0'; /* 0 where a digit is wanted; below 128 elsewhere */
    bytes ^= wanted;
    /* A digit stays below 128 with 0x76 added, at a mark only 0 does with 0x7F. A carry comes only
     * from bytes that are beyond themselves. */
    uint64_t digit = ~(marks + ones * 0x7F) >> 7 & ones;
    uint64_t beyond = bytes + (ones * 0x7F - digit * 9);
    *pairs = bytes * 10 + (bytes >> 8);
    return ((beyond | bytes) & (ones * 0x80)) == 0;
}

static int pair_at(uint64_t pairs, int place) {
    return (int)(pairs >> (8 * place) & 0xFF);
}

/* YYYY-MM-DD and YYYY-MM-DD HH:MM[:SS], as most are. 0: let the cursor read it. */
static int take_fixed(bm_text text, int64_t *seconds) {
    uint64_t date, rest, late;
    int of_day = 0;
    if ((text.length != 10 && text.length != 16 && text.length != 19) ||
        !match_eight(text.data, "0000-00-", &date) ||
        !match_eight(text.data + 2, "00-00-00", &rest))
        return 0;
    if (text.length > 10) {
        char mark = text.data[10];
        if ((mark != 'T' && mark != ' ') ||
            !match_eight(text.data + 8, mark == 'T' ? "00T00:00" : "00 00:00", &late))
            return 0;
        int hour = pair_at(late, 3), minute = pair_at(late, 6), second = 0;
        if (text.length == 19) {
            if (!match_eight(text.data + 11, "00:00:00", &late))
                return 0;
            second = pair_at(late, 6);
        }
        if (hour > 23 || minute > 59 || second > 60)
            return 0;
        of_day = hour * 3600 + minute * 60 + second;
    }
    return bm_civil_seconds(pair_at(date, 0) * 100 + pair_at(date, 2), pair_at(rest, 3),
                            pair_at(rest, 6), of_day, seconds);
}
#else
static int take_fixed(bm_text text, int64_t *seconds) {
    (void)text;
    (void)seconds;
    return 0;
}
#endif

int bm_parse_iso_date(bm_text text, int64_t *seconds) {
    if (take_fixed(text, seconds))
        return 1;
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
    if (c.at != c.end || !bm_civil_seconds(year, month, day, of_day, seconds))
        return 0;
    *seconds -= offset;
    return 1;
}

int bm_format_date(char buffer[BM_DATE_TEXT], int32_t days) {
    int year, month, day;
    bm_civil_from_days(days, &year, &month, &day);
    return snprintf(buffer, BM_DATE_TEXT, "%04u-%02u-%02u", (unsigned)year % 100000u,
                    (unsigned)month % 100u, (unsigned)day % 100u);
}
