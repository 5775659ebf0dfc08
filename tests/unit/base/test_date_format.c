/* Dates by a format, and ISO dates, against strptime and timegm of the C library: random formats,
 * random texts, and texts that are nearly right. */
#include "base/date.h"

#include <limits.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static locale_t c_locale;
static uint64_t state_of_random = 88172645463325252u;

static size_t random_below(size_t n) {
    uint64_t x = state_of_random;
    x ^= x << 13, x ^= x >> 7, x ^= x << 17;
    state_of_random = x;
    return (size_t)(x >> 32) % n;
}

/* Seconds of a civil time whose day must exist. */
static int seconds_of(const struct tm *civil, int64_t *seconds) {
    struct tm day = {.tm_year = civil->tm_year, .tm_mon = civil->tm_mon, .tm_mday = civil->tm_mday};
    int64_t at = timegm(&day);
    *seconds = at + civil->tm_hour * 3600 + civil->tm_min * 60 + civil->tm_sec - civil->tm_gmtoff;
    return day.tm_mday == civil->tm_mday && day.tm_mon == civil->tm_mon && civil->tm_year > -1900 &&
           civil->tm_year <= 8099;
}

static int judge(const char *text, const char *format, int64_t *seconds) {
    struct tm civil = {.tm_mday = 1, .tm_mon = -1, .tm_year = INT_MIN};
    const char *end = text[0] != '\0' ? strptime_l(text, format, &civil, c_locale) : NULL;
    return end != NULL && *end == '\0' && civil.tm_year != INT_MIN && civil.tm_mon >= 0 &&
           seconds_of(&civil, seconds);
}

/* Gives 1 when it is a date. */
static int check(const char *text, const char *format) {
    bm_date_format compiled;
    int64_t wanted = 0, at = 0, again = 0;
    bm_text view = {text, strlen(text)};
    int is_date = judge(text, format, &wanted);
    bm_date_format_compile(format, &compiled);
    int read = bm_parse_date_compiled(view, &compiled, &at);
    if (read != is_date || (read && at != wanted))
        fail_msg("\"%s\" by \"%s\": %d %lld, wanted %d %lld", text, format, read, (long long)at,
                 is_date, (long long)wanted);
    assert_int_equal(bm_parse_date(view, format, &again), read);
    assert_true(!read || again == at);
    return read;
}

static void random_moment(struct tm *civil) {
    time_t at = (time_t)random_below(40000) * 86400 * (random_below(4) == 0 ? 20 : 1) -
                (time_t)86400 * (random_below(3) == 0 ? 700000 : 0) + (time_t)random_below(86400);
    gmtime_r(&at, civil);
}

static void random_format(char *format, size_t room) {
    static const char *const piece[] = {
        "%Y", "%m", "%d", "%Y", "%m", "%d", "%H", "%M", "%S", "%y", "%e", "%b",  "%B",
        "%h", "%F", "%T", "%R", "%D", "%n", "%t", "%%", "/",  "-",  ".",  ":",   " ",
        "  ", ", ", "T",  "x",  "\t", "%j", "%I", "%p", "%C", "%a", "%z", "Uhr", "\xc3\xa4"};
    enum { PIECES = sizeof piece / sizeof piece[0], USUAL = 31 };
    static const char *const whole[] = {"%d/%m/%Y",          "%m/%d/%Y %H:%M", "%d.%m.%y",
                                        "%Y-%m-%d %H:%M:%S", "%d-%b-%Y",       "%Y%m%d",
                                        "%b %d, %Y",         "%e. %m. %Y %R",  "%D %T"};
    format[0] = '\0';
    if (random_below(2) == 0) {
        snprintf(format, room, "%s", whole[random_below(sizeof whole / sizeof whole[0])]);
        return;
    }
    for (size_t n = 2 + random_below(8); n > 0; n--)
        strcat(format, piece[random_below(random_below(4) == 0 ? PIECES : USUAL)]);
}

/* One thing wrong, or written otherwise. */
static void disturb(char *text) {
    static const char strange[] = "0123456789 /-.:\tTaA\n";
    size_t length = strlen(text), at = random_below(length + 1);
    char c = strange[random_below(sizeof strange - 1)];
    switch (random_below(3)) {
    case 0:
        if (at < length)
            text[at] = c;
        break;
    case 1:
        if (at < length)
            memmove(text + at, text + at + 1, length - at);
        break;
    default:
        memmove(text + at + 1, text + at, length - at + 1);
        text[at] = c;
    }
}

static void check_formats(size_t count) {
    size_t dates = 0;
    for (size_t i = 0; i < count; i++) {
        char format[128], text[256];
        struct tm civil;
        random_format(format, sizeof format);
        for (int moments = 0; moments < 2; moments++) {
            random_moment(&civil);
            if (strftime_l(text, 60, format, &civil, c_locale) == 0 || strlen(text) > 59)
                continue;
            dates += (size_t)check(text, format);
            for (size_t n = random_below(4); n > 0 && strlen(text) < 62; n--) {
                disturb(text);
                dates += (size_t)check(text, format);
            }
        }
    }
    assert_true(dates > count / 2);
}

static void random_formats_read_as_strptime_reads_them(void **state) {
    (void)state;
    check_formats(200000);
}

static void every_two_digits_of_a_format_are_judged_as_by_strptime(void **state) {
    (void)state;
    static const char *const format[] = {"%Y-%m-%d",    "%d%m%Y",    "%y%m%d",  "%d %b %y",
                                         "%H:%M:%S %F", "%S%M%H %F", "%e/%m/%Y"};
    static const char filler[] = "2024-02-29";
    for (size_t f = 0; f < sizeof format / sizeof format[0]; f++) {
        for (int number = 0; number < 1000; number++) {
            char text[64];
            for (int width = 1; width < 4; width++) {
                snprintf(text, sizeof text, "%0*d %s", width, number, filler);
                check(text, format[f]);
                snprintf(text, sizeof text, "%0*d:%0*d:%0*d %s", width, number, width, number / 10,
                         width, number / 3, filler);
                check(text, format[f]);
                snprintf(text, sizeof text, "2024-%0*d-%0*d", width, number / 50, width,
                         number % 50);
                check(text, format[f]);
                snprintf(text, sizeof text, "%0*d%0*d%04d", width, number / 25, width, number % 25,
                         1900 + number);
                check(text, format[f]);
            }
        }
    }
}

/* Every name in every case that differs in one letter, cut and lengthened. */
static void names_of_months_are_those_of_the_c_locale(void **state) {
    (void)state;
    for (int month = 0; month < 12; month++) {
        struct tm civil = {.tm_year = 111, .tm_mon = month, .tm_mday = 5};
        char name[32], text[64];
        size_t length = strftime_l(name, sizeof name, "%B", &civil, c_locale);
        for (size_t cut = 0; cut <= length; cut++) {
            for (size_t flip = 0; flip < length; flip++) {
                snprintf(text, sizeof text, "5 %.*s 2011", (int)cut, name);
                if (flip < cut)
                    text[2 + flip] ^= 0x20;
                int read = check(text, "%d %b %Y") + check(text, "%d %B %Y");
                assert_int_equal(read, 2 * (cut == 3 || cut == length));
                snprintf(text, sizeof text, "5%.*s%s", (int)cut, name, name + flip);
                check(text, "%d%b%Y");
                check(text, "%d%b%h%Y");
            }
        }
    }
}

static void long_texts_and_nul_bytes_are_refused(void **state) {
    (void)state;
    char text[80];
    int64_t at;
    memset(text, ' ', sizeof text);
    memcpy(text + 53, "25/12/2011", 10);
    assert_true(bm_parse_date((bm_text){text, 63}, "%d/%m/%Y", &at));
    assert_false(bm_parse_date((bm_text){text, 64}, "%d/%m/%Y ", &at));
    assert_true(bm_parse_date((bm_text){text, 63}, "%d/%m/%Y ", &at));
    assert_false(bm_parse_date((bm_text){text + 53, 0}, "%d/%m/%Y", &at));
    assert_false(bm_parse_date((bm_text){"25/12/2011\0", 11}, "%d/%m/%Y", &at));
    assert_false(bm_parse_date((bm_text){"2011 344\0", 9}, "%Y %j", &at));
    /* More steps than a compiled format holds: strptime's. */
    bm_date_format many;
    bm_date_format_compile("%d/%m/%Y                                ", &many);
    assert_int_equal(many.steps, 0);
    assert_true(bm_parse_date_compiled((bm_text){"25/12/2011", 10}, &many, &at));
    assert_int_equal(at, 1324771200);
}

/* What the fixed places of an ISO date hold, one by one. */
static int judge_iso(const char *text, int64_t *seconds) {
    static const char pattern[] = "dddd-dd-ddTdd:dd:dd";
    size_t length = strlen(text);
    if (length != 10 && length != 16 && length != 19)
        return 0;
    for (size_t i = 0; i < length; i++) {
        int digit = text[i] >= '0' && text[i] <= '9';
        if (pattern[i] == 'd' ? !digit
                              : text[i] != pattern[i] && !(pattern[i] == 'T' && text[i] == ' '))
            return 0;
    }
    char copy[32];
    strcpy(copy, text);
    if (length > 10)
        copy[10] = ' ';
    return judge(copy,
                 length == 10   ? "%Y-%m-%d"
                 : length == 16 ? "%Y-%m-%d %H:%M"
                                : "%Y-%m-%d %H:%M:%S",
                 seconds) &&
           (length < 19 || strcmp(copy + 17, "61") != 0);
}

static void iso_dates_of_fixed_form_equal_strptime_and_timegm(void **state) {
    (void)state;
    static const char *const form[] = {"%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S"};
    size_t dates = 0;
    for (size_t i = 0; i < 600000; i++) {
        char text[64];
        struct tm civil;
        int64_t wanted = 0, at = 0;
        random_moment(&civil);
        strftime_l(text, sizeof text, form[i % 3], &civil, c_locale);
        size_t length = strlen(text);
        for (size_t n = random_below(3); n > 0; n--) {
            char byte = random_below(2) ? (char)('0' + random_below(11)) : (char)random_below(256);
            text[random_below(length)] = byte != '\0' ? byte : '-';
        }
        int is_date = judge_iso(text, &wanted);
        /* Of these lengths there are other forms too, as with an offset: those are not judged. */
        int read = bm_parse_iso_date((bm_text){text, length}, &at);
        if ((is_date && !read) || (is_date && at != wanted))
            fail_msg("\"%s\": %d %lld, wanted %lld", text, read, (long long)at, (long long)wanted);
        if (read && !is_date && strpbrk(text, "Zz+.") == NULL && text[4] == '-')
            assert_non_null(strchr(text + 11, '-'));
        dates += (size_t)read;
    }
    if (dates <= 150000)
        fail_msg("only %zu dates", dates);
}

static void every_day_of_the_calendar_is_read_and_no_other(void **state) {
    (void)state;
    for (int year = 0; year < 10000; year += year < 1580 || year > 2420 ? 37 : 1) {
        for (int month = 0; month < 14; month++) {
            for (int day = 0; day < 33; day++) {
                char text[40];
                int64_t wanted = 0, at = 0;
                snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, day);
                int is_date = judge_iso(text, &wanted);
                assert_int_equal(bm_parse_iso_date((bm_text){text, 10}, &at), is_date);
                assert_true(!is_date || at == wanted);
            }
        }
    }
}

/* A column is ambiguous when both orders fit each of its values, and each format alone must then
 * read them all; one value with a day above 12 decides. */
static void an_open_order_is_told_by_both_formats_in_every_family(void **state) {
    (void)state;
    static const char *const family[][2] = {
        {"%d/%m/%Y", "%m/%d/%Y"},
        {"%d-%m-%Y", "%m-%d-%Y"},
        {"%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"},
        {"%d-%m-%Y %H:%M", "%m-%d-%Y %H:%M"},
        {"%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S"},
        {"%d-%m-%Y %H:%M:%S", "%m-%d-%Y %H:%M:%S"},
    };
    for (size_t f = 0; f < sizeof family / sizeof family[0]; f++) {
        for (int month = 1; month <= 12; month++) {
            for (int day = 1; day <= 28; day++) {
                struct tm civil = {.tm_year = 111, .tm_mon = month - 1, .tm_mday = day};
                const char *format[2] = {NULL, NULL};
                char text[64];
                for (int order = 0; order < 2; order++) {
                    size_t length = strftime(text, sizeof text, family[f][order], &civil);
                    int fits = bm_guess_date_formats((bm_text){text, length}, format);
                    assert_int_equal(fits, day <= 12 ? 2 : 1);
                    assert_string_equal(format[0], family[f][day <= 12 ? 0 : order]);
                    if (day <= 12)
                        assert_string_equal(format[1], family[f][1]);
                }
            }
        }
    }
}

/* Points and years in front leave no order open; a year of two digits is no known form. */
static void other_known_forms_fit_once(void **state) {
    (void)state;
    static const struct {
        const char *text, *format;
    } one[] = {
        {"05.06.2011", "%d.%m.%Y"},    {"2011/05/06", "%Y/%m/%d"},
        {"5 Jun 2011", "%d %b %Y"},    {"05-JUN-2011", "%d-%b-%Y"},
        {"June 5, 2011", "%b %d, %Y"}, {"05.06.2011 7:08", "%d.%m.%Y %H:%M"},
    };
    const char *format[2];
    for (size_t i = 0; i < sizeof one / sizeof one[0]; i++) {
        bm_text text = {one[i].text, strlen(one[i].text)};
        assert_int_equal(bm_guess_date_formats(text, format), 1);
        assert_string_equal(format[0], one[i].format);
    }
    assert_int_equal(bm_guess_date_formats((bm_text){"05/06/11", 8}, format), 0);
    assert_int_equal(bm_guess_date_formats((bm_text){"05/13/13", 8}, format), 0);
}

static void a_german_locale_of_the_process_changes_nothing(void **state) {
    (void)state;
    if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL) {
        print_message("no locale de_DE.UTF-8\n");
        skip();
    }
    int64_t at;
    assert_true(bm_parse_date((bm_text){"5 Dec 2011 PM", 13}, "%d %b %Y %p", &at));
    assert_false(bm_parse_date((bm_text){"5 Dez 2011", 10}, "%d %b %Y", &at));
    check_formats(20000);
    setlocale(LC_ALL, "C");
}

static int find_c_locale(void **state) {
    (void)state;
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    return c_locale == (locale_t)0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_formats_read_as_strptime_reads_them),
        cmocka_unit_test(every_two_digits_of_a_format_are_judged_as_by_strptime),
        cmocka_unit_test(names_of_months_are_those_of_the_c_locale),
        cmocka_unit_test(long_texts_and_nul_bytes_are_refused),
        cmocka_unit_test(iso_dates_of_fixed_form_equal_strptime_and_timegm),
        cmocka_unit_test(every_day_of_the_calendar_is_read_and_no_other),
        cmocka_unit_test(an_open_order_is_told_by_both_formats_in_every_family),
        cmocka_unit_test(other_known_forms_fit_once),
        cmocka_unit_test(a_german_locale_of_the_process_changes_nothing),
    };
    return cmocka_run_group_tests(tests, find_c_locale, NULL);
}
