/* Dates by a format of strptime. The rules of glibc's strptime_l.c are followed to the letter, for
 * it is the judge: a number may have blanks before it, ends with its last allowed digit or before
 * the one that would lead past its range, and is refused outside of it; blanks of the format match
 * any blanks, also none; of two directives for the same the last one counts. */
#include "base/c_locale.h"
#include "base/date.h"

#include <limits.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

enum { LONGEST_DATE = 63 };

/* Kinds of steps beside the letters of directives. */
enum { BLANKS = ' ', LITERAL = '=' };

static int is_blank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* What a directive is short for in the C locale; NULL: nothing. */
static const char *written_out(char directive) {
    switch (directive) {
    case 'F':
        return "%Y-%m-%d";
    case 'T':
        return "%H:%M:%S";
    case 'R':
        return "%H:%M";
    case 'D':
        return "%m/%d/%y";
    default:
        return NULL;
    }
}

static int add_step(bm_date_format *format, char kind, char literal) {
    if (format->steps == BM_DATE_STEPS)
        return 0;
    format->step[format->steps++] = (struct bm_date_step){kind, literal};
    return 1;
}

/* Adds the steps of a text; 0 when it is one for strptime. */
static int add_steps(bm_date_format *format, const char *text, int *says_year, int *says_month) {
    for (; *text != '\0'; text++) {
        char kind = is_blank(*text) ? BLANKS : LITERAL, literal = *text;
        if (*text == '%') {
            const char *whole = written_out(*++text);
            if (whole != NULL) {
                if (!add_steps(format, whole, says_year, says_month))
                    return 0;
                continue;
            }
            kind = *text;
            if (kind == '\0' || strchr("YymbBhdeHMSnt%", kind) == NULL)
                return 0;
            if (kind == '%')
                kind = LITERAL;
            else if (kind == 'n' || kind == 't')
                kind = BLANKS;
            else if (kind == 'B' || kind == 'h')
                kind = 'b';
            *says_year |= kind == 'Y' || kind == 'y';
            *says_month |= kind == 'm' || kind == 'b';
        }
        if (!add_step(format, kind, literal))
            return 0;
    }
    return 1;
}

void bm_date_format_compile(const char *text, bm_date_format *format) {
    int says_year = 0, says_month = 0;
    format->text = text;
    format->steps = 0;
    if (!add_steps(format, text, &says_year, &says_month))
        format->steps = 0;
    format->is_date = says_year && says_month;
}

static int read_by_strptime(bm_text text, const char *format, int64_t *seconds) {
    char buffer[LONGEST_DATE + 1];
    if (memchr(text.data, 0, text.length))
        return 0;
    memcpy(buffer, text.data, text.length);
    buffer[text.length] = '\0';
    /* A format that says neither year nor month leaves them as they are: that is no date. */
    struct tm civil = {.tm_mday = 1, .tm_mon = -1, .tm_year = INT_MIN};
    locale_t c = bm_c_locale();
    const char *end =
        c != (locale_t)0 ? strptime_l(buffer, format, &civil, c) : strptime(buffer, format, &civil);
    if (end == NULL || *end != '\0' || civil.tm_year == INT_MIN || civil.tm_mon < 0)
        return 0;
    int of_day = civil.tm_hour * 3600 + civil.tm_min * 60 + civil.tm_sec;
    if (!bm_civil_seconds(civil.tm_year + 1900, civil.tm_mon + 1, civil.tm_mday, of_day, seconds))
        return 0;
    *seconds -= civil.tm_gmtoff; /* set by %z only */
    return 1;
}

static const char *skip_blanks(const char *at, const char *end) {
    while (at < end && is_blank(*at))
        at++;
    return at;
}

/* strptime's get_number. Gives where it ends, NULL when there is none within [low, high]. */
static const char *take_number(const char *at, const char *end, int low, int high, int digits,
                               int *value) {
    int number = 0;
    at = skip_blanks(at, end);
    if (at == end || *at < '0' || *at > '9')
        return NULL;
    do {
        number = number * 10 + (*at++ - '0');
    } while (--digits > 0 && number * 10 <= high && at < end && *at >= '0' && *at <= '9');
    *value = number;
    return number >= low && number <= high ? at : NULL;
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* An English month, whole or its first three letters, in any case. */
static const char *take_month(const char *at, const char *end, int *month) {
    static const char *const name[] = {"january",   "february", "march",    "april",
                                       "may",       "june",     "july",     "august",
                                       "september", "october",  "november", "december"};
    for (int m = 0; m < 12; m++) {
        size_t fits = 0;
        while (at + fits < end && name[m][fits] != '\0' && lower(at[fits]) == name[m][fits])
            fits++;
        if (fits >= 3) {
            *month = m + 1;
            return at + (name[m][fits] == '\0' ? fits : 3);
        }
    }
    return NULL;
}

typedef struct civil_time {
    int year, month, day, hour, minute, second;
} civil_time;

static const char *take_step(struct bm_date_step step, const char *at, const char *end,
                             civil_time *civil) {
    switch (step.kind) {
    case BLANKS:
        return skip_blanks(at, end);
    case 'Y':
        return take_number(at, end, 0, 9999, 4, &civil->year);
    case 'y':
        at = take_number(at, end, 0, 99, 2, &civil->year);
        civil->year += civil->year >= 69 ? 1900 : 2000;
        return at;
    case 'm':
        return take_number(at, end, 1, 12, 2, &civil->month);
    case 'b':
        return take_month(at, end, &civil->month);
    case 'd':
    case 'e':
        return take_number(at, end, 1, 31, 2, &civil->day);
    case 'H':
        return take_number(at, end, 0, 23, 2, &civil->hour);
    case 'M':
        return take_number(at, end, 0, 59, 2, &civil->minute);
    case 'S':
        return take_number(at, end, 0, 61, 2, &civil->second);
    default:
        return at < end && *at == step.literal ? at + 1 : NULL;
    }
}

int bm_parse_date_compiled(bm_text text, const bm_date_format *format, int64_t *seconds) {
    if (text.length == 0 || text.length > LONGEST_DATE)
        return 0;
    if (format->steps == 0)
        return read_by_strptime(text, format->text, seconds);
    const char *at = text.data, *end = text.data + text.length;
    civil_time civil = {.day = 1};
    if (!format->is_date)
        return 0;
    for (size_t i = 0; i < format->steps; i++) {
        at = take_step(format->step[i], at, end, &civil);
        if (at == NULL)
            return 0;
    }
    return at == end &&
           bm_civil_seconds(civil.year, civil.month, civil.day,
                            civil.hour * 3600 + civil.minute * 60 + civil.second, seconds);
}

int bm_parse_date(bm_text text, const char *format, int64_t *seconds) {
    bm_date_format compiled;
    bm_date_format_compile(format, &compiled);
    return bm_parse_date_compiled(text, &compiled, seconds);
}

/* Each family holds both orders of day and month, so that an open order shows as two fits. */
static const char *const known[] = {
    "%d/%m/%Y",          "%m/%d/%Y",          "%d.%m.%Y",          "%d-%m-%Y",
    "%m-%d-%Y",          "%Y/%m/%d",          "%d/%m/%Y %H:%M",    "%m/%d/%Y %H:%M",
    "%d.%m.%Y %H:%M",    "%d-%m-%Y %H:%M",    "%m-%d-%Y %H:%M",    "%Y/%m/%d %H:%M",
    "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%d-%m-%Y %H:%M:%S",
    "%m-%d-%Y %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%d %b %Y",          "%d-%b-%Y",
    "%b %d, %Y",
};
enum { KNOWN = sizeof known / sizeof known[0] };
static bm_date_format known_compiled[KNOWN];
static pthread_once_t known_are_compiled = PTHREAD_ONCE_INIT;

static void compile_known(void) {
    for (size_t i = 0; i < KNOWN; i++)
        bm_date_format_compile(known[i], &known_compiled[i]);
}

int bm_guess_date_formats(bm_text text, const char *format[2]) {
    int fits = 0;
    int64_t seconds;
    pthread_once(&known_are_compiled, compile_known);
    for (size_t i = 0; i < KNOWN && fits < 2; i++) {
        if (bm_parse_date_compiled(text, &known_compiled[i], &seconds) &&
            seconds > -59011459200 /* year 100 */)
            format[fits++] = known[i];
    }
    return fits;
}
