#include "base/date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static bm_text text(const char *string) {
    return (bm_text){string, strlen(string)};
}

/* timegm of the C library is the judge, from 1600 to 2400. */
static void every_day_agrees_with_the_c_library(void **state) {
    (void)state;
    for (int32_t day = -135140; day < 157054; day++) {
        int year, month, of_month;
        bm_civil_from_days(day, &year, &month, &of_month);
        struct tm civil = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = of_month};
        assert_true(timegm(&civil) == (time_t)day * BM_DAY_SECONDS);
        assert_int_equal(bm_days_from_civil(year, month, of_month), day);
        assert_int_equal(bm_weekday(day), (civil.tm_wday + 6) % 7);
    }
}

static void iso_dates_are_read(void **state) {
    (void)state;
    int64_t at;
    assert_true(bm_parse_iso_date(text("2011-12-10"), &at));
    assert_int_equal(at, 1323475200);
    assert_true(bm_parse_iso_date(text("20111210"), &at));
    assert_int_equal(at, 1323475200);
    assert_true(bm_parse_iso_date(text("2011-12-10 08:26"), &at));
    assert_int_equal(at, 1323475200 + 8 * 3600 + 26 * 60);
    assert_true(bm_parse_iso_date(text("2011-12-10T08:26:30.123Z"), &at));
    assert_int_equal(at, 1323475200 + 8 * 3600 + 26 * 60 + 30);
    /* An offset is honoured: half past midnight in Tbilisi is still the day before in UTC. */
    assert_true(bm_parse_iso_date(text("2011-12-10T00:30:00+04:00"), &at));
    assert_int_equal(bm_day_of(at), 15317);
    assert_int_equal(bm_day_of(-1), -1);
}

static void what_is_no_iso_date_is_refused(void **state) {
    (void)state;
    static const char *const cases[] = {
        "",           "2011",       "2011-13-01",         "2011-02-29",        "2011-12-10 ",
        "2011-1-1",   "10/12/2011", "2011-12-10T25:00",   "2011-12-10 08:26x", "0000-01-01",
        "2011-12-1O", "2011-1210",  "2011-12-10T08:26+9",
    };
    int64_t at;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_false(bm_parse_iso_date(text(cases[i]), &at));
}

static void other_formats_are_read_by_strptime(void **state) {
    (void)state;
    int64_t at;
    assert_true(bm_parse_date(text("10/12/2011 08:26"), "%d/%m/%Y %H:%M", &at));
    assert_int_equal(at, 1323475200 + 8 * 3600 + 26 * 60);
    assert_false(bm_parse_date(text("08:26"), "%H:%M", &at));
    assert_false(bm_parse_date(text("2011"), "%Y", &at));
    assert_true(bm_parse_date(text("12/2011"), "%m/%Y", &at));
    assert_int_equal(bm_day_of(at), 15309);
    assert_true(bm_parse_date(text("2011 344"), "%Y %j", &at));
    assert_int_equal(bm_day_of(at), 15318);
    assert_false(bm_parse_date(text("31/02/2011"), "%d/%m/%Y", &at));
    assert_false(bm_parse_date(text("10/12/2011x"), "%d/%m/%Y", &at));
}

static void an_open_order_of_day_and_month_shows_as_two_formats(void **state) {
    (void)state;
    const char *format[2];
    assert_int_equal(bm_guess_date_formats(text("10/12/2011"), format), 2);
    assert_string_equal(format[0], "%d/%m/%Y");
    assert_string_equal(format[1], "%m/%d/%Y");
    assert_int_equal(bm_guess_date_formats(text("25/12/2011"), format), 1);
    assert_string_equal(format[0], "%d/%m/%Y");
    assert_int_equal(bm_guess_date_formats(text("12/25/2011"), format), 1);
    assert_string_equal(format[0], "%m/%d/%Y");
    assert_int_equal(bm_guess_date_formats(text("25.12.2011"), format), 1);
    assert_int_equal(bm_guess_date_formats(text("hello"), format), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_agrees_with_the_c_library),
        cmocka_unit_test(iso_dates_are_read),
        cmocka_unit_test(what_is_no_iso_date_is_refused),
        cmocka_unit_test(other_formats_are_read_by_strptime),
        cmocka_unit_test(an_open_order_of_day_and_month_shows_as_two_formats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
