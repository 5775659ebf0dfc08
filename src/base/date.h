/* The proleptic Gregorian calendar, without time zones of the process. */
#ifndef BM_BASE_DATE_H
#define BM_BASE_DATE_H

#include "buyermap/text.h"

#include <stdint.h>

#define BM_DAY_SECONDS 86400

/* Days since 1970-01-01 of a civil date, and back. */
int32_t bm_days_from_civil(int year, int month, int day);
void bm_civil_from_days(int32_t days, int *year, int *month, int *day);
/* Day of the week, 0 = Monday. */
int bm_weekday(int32_t days);
/* The calendar day of a time in seconds (floor). */
int32_t bm_day_of(int64_t seconds);

/* YYYY-MM-DD or YYYYMMDD, optionally followed by 'T' or a blank and HH:MM[:SS[.fraction]] and by
 * Z or ±HH:MM (the time is then given in UTC). Years 0001 to 9999. 1 on success. */
int bm_parse_iso_date(bm_text text, int64_t *seconds);
/* Seconds since 1970 of a civil date and a time of its day; 0 when there is no such date between
 * the years 0001 and 9999. */
int bm_civil_seconds(int year, int month, int day, int of_day, int64_t *seconds);

/* A format made ready for many texts. */
enum { BM_DATE_STEPS = 32 };
typedef struct bm_date_format {
    const char *text; /* borrowed: it must live as long */
    size_t steps;     /* 0: one of those left to strptime */
    int is_date;      /* it says year and month */
    struct bm_date_step {
        char kind;
        char literal;
    } step[BM_DATE_STEPS];
} bm_date_format;

/* Makes a format of strptime ready. Those of %Y %y %m %b %B %h %d %e %H %M %S %F %T %R %D %n %t %%,
 * blanks and other characters are then read here, just as glibc's strptime does in the C locale;
 * every other one is left to strptime, in the C locale too. */
void bm_date_format_compile(const char *text, bm_date_format *format);
/* The whole text (below 64 bytes) by such a format; 1 on success. The format must say year and
 * month; without a day it is the first. */
int bm_parse_date_compiled(bm_text text, const bm_date_format *format, int64_t *seconds);
/* The same with a format that is not ready. */
int bm_parse_date(bm_text text, const char *format, int64_t *seconds);
/* What a text looks like when it is not ISO: "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", … For slashes
 * the order of day and month may be open: both formats fit. Gives the number of formats that fit
 * (0, 1 or 2), the first two of which are put into format. */
int bm_guess_date_formats(bm_text text, const char *format[2]);

#define BM_DATE_TEXT 16
/* "2011-12-10"; gives the length. */
int bm_format_date(char buffer[BM_DATE_TEXT], int32_t days);

#endif
