#include "../profile/result_cells.h"
#include "base/date.h"
#include "lifetime/period.h"

static void names_and_rolling_windows_are_read(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bm_period_kind kind;
        int days;
    } good[] = {{"day", BM_PERIOD_DAY, 0},          {"week", BM_PERIOD_WEEK, 0},
                {"month", BM_PERIOD_MONTH, 0},      {"quarter", BM_PERIOD_QUARTER, 0},
                {"year", BM_PERIOD_YEAR, 0},        {"rolling:30", BM_PERIOD_ROLLING, 30},
                {"rolling:1", BM_PERIOD_ROLLING, 1}};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        bm_period period;
        assert_int_equal(bm_period_parse(good[i].text, &period), 1);
        assert_int_equal(period.kind, good[i].kind);
        assert_int_equal(period.days, good[i].days);
    }
}

static void other_texts_are_refused(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",           "Month",      "months",      "rolling",    "rolling:",           "rolling:0",
        "rolling:-3", "rolling: 3", "rolling:3.5", "rolling:3d", "rolling:99999999999"};
    bm_period period;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(bm_period_parse(bad[i], &period), 0);
}

/* Every day from 1889 to 2110: it lies in its period, and periods follow each other. */
static void every_day_lies_in_its_period(void **state) {
    (void)state;
    for (int kind = BM_PERIOD_DAY; kind <= BM_PERIOD_ROLLING; kind++) {
        int32_t before = bm_period_of((bm_period_kind)kind, -29301);
        for (int32_t day = -29300; day < 51000; day++) {
            int32_t period = bm_period_of((bm_period_kind)kind, day);
            int32_t first = bm_period_first_day((bm_period_kind)kind, period);
            assert_true(period == before || (period == before + 1 && first == day));
            assert_true(first <= day);
            assert_true(bm_period_first_day((bm_period_kind)kind, period + 1) > day);
            before = period;
        }
    }
}

static void periods_begin_where_calendars_say(void **state) {
    (void)state;
    static const struct {
        bm_period_kind kind;
        int day[3], first[3];
    } known[] = {{BM_PERIOD_WEEK, {2011, 12, 10}, {2011, 12, 5}},
                 {BM_PERIOD_WEEK, {2024, 1, 1}, {2024, 1, 1}},
                 {BM_PERIOD_WEEK, {2021, 1, 3}, {2020, 12, 28}},
                 {BM_PERIOD_WEEK, {1969, 12, 28}, {1969, 12, 22}},
                 {BM_PERIOD_MONTH, {2024, 2, 29}, {2024, 2, 1}},
                 {BM_PERIOD_QUARTER, {2011, 12, 31}, {2011, 10, 1}},
                 {BM_PERIOD_QUARTER, {2011, 3, 31}, {2011, 1, 1}},
                 {BM_PERIOD_YEAR, {2011, 12, 31}, {2011, 1, 1}},
                 {BM_PERIOD_ROLLING, {2011, 12, 31}, {2011, 12, 1}}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const int *d = known[i].day, *f = known[i].first;
        int32_t period = bm_period_of(known[i].kind, bm_days_from_civil(d[0], d[1], d[2]));
        assert_int_equal(bm_period_first_day(known[i].kind, period),
                         bm_days_from_civil(f[0], f[1], f[2]));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_rolling_windows_are_read),
        cmocka_unit_test(other_texts_are_refused),
        cmocka_unit_test(every_day_lies_in_its_period),
        cmocka_unit_test(periods_begin_where_calendars_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
