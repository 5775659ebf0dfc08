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
/* strptime with the given format over the whole text; 1 on success. The format must say year and
 * month; without a day it is the first. */
int bm_parse_date(bm_text text, const char *format, int64_t *seconds);
/* What a text looks like when it is not ISO: "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", … For slashes
 * the order of day and month may be open: both formats fit. Gives the number of formats that fit
 * (0, 1 or 2), the first two of which are put into format. */
int bm_guess_date_formats(bm_text text, const char *format[2]);

#define BM_DATE_TEXT 16
/* "2011-12-10"; gives the length. */
int bm_format_date(char buffer[BM_DATE_TEXT], int32_t days);

#endif
