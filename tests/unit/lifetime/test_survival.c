/* Kaplan–Meier, its summaries and its tables: small ones by hand, and R's figures. */
#include "../profile/result_cells.h"
#include "base/statistics.h"
#include "lifetime/survival.h"

static bm_survival fitted(const double *time, const uint8_t *event, const int32_t *group, size_t n,
                          size_t groups) {
    const bm_durations rows = {time, event, group, n};
    bm_survival survival;
    assert_int_equal(bm_survival_fit(&rows, groups, NULL, &survival, NULL), BM_OK);
    return survival;
}

static void events_come_before_censorings_of_the_same_time(void **state) {
    (void)state;
    const double time[] = {5, 3, 5, 0, 5, 7, -0.0};
    const uint8_t event[] = {1, 1, 0, 0, 1, 0, 1};
    bm_survival survival = fitted(time, event, NULL, 7, 1);
    const size_t at_risk[] = {7, 5, 4, 1}, events[] = {1, 1, 2, 0}, censored[] = {1, 0, 1, 1};
    const double times[] = {0, 3, 5, 7}, height[] = {6. / 7, 24. / 35, 12. / 35, 12. / 35};
    assert_int_equal(survival.steps, 4);
    for (size_t s = 0; s < 4; s++) {
        assert_close(survival.step[s].time, times[s]);
        assert_int_equal(survival.step[s].at_risk, at_risk[s]);
        assert_int_equal(survival.step[s].events, events[s]);
        assert_int_equal(survival.step[s].censored, censored[s]);
        assert_close(survival.step[s].survival, height[s]);
    }
    bm_survival_free(&survival);
}

/* survfit(Surv(1:4, c(0,1,1,1)) ~ 1, conf.type = …), summary(censored = TRUE) */
static void intervals_are_those_of_r(void **state) {
    (void)state;
    const double time[] = {1, 2, 3, 4}, error[] = {0, .27216552697590868, .27216552697590868, NAN};
    const uint8_t event[] = {0, 1, 1, 1};
    static const double low[3][4] = {
        {1, .1332320, 0, NAN}, {1, .29950713, .06727839, NAN}, {NAN, .054073427, .008961628, NAN}};
    static const double high[3][4] = {
        {1, 1, .866768, NAN}, {1, 1, 1, NAN}, {NAN, .9452064, .7741487, NAN}};
    bm_survival survival = fitted(time, event, NULL, 4, 1);
    for (size_t kind = 0; kind < 3; kind++) {
        for (size_t s = 0; s < 4; s++) {
            bm_survival_limits limits =
                bm_survival_limits_at(&survival.step[s], (bm_survival_interval)kind);
            assert_close(bm_survival_error(&survival.step[s]), error[s]);
            assert_int_equal(isnan(limits.low), isnan(low[kind][s]));
            assert_int_equal(isnan(limits.high), isnan(high[kind][s]));
            assert_true(isnan(limits.low) || fabs(limits.low - low[kind][s]) < 1e-7);
            assert_true(isnan(limits.high) || fabs(limits.high - high[kind][s]) < 1e-7);
        }
    }
    bm_survival_free(&survival);
}

static void a_curve_at_one_half_has_its_median_in_the_middle(void **state) {
    (void)state;
    const double time[] = {1, 2, 5, 9};
    const uint8_t all[] = {1, 1, 1, 1}, late[] = {1, 1, 0, 1}, half[] = {1, 1, 0, 0};
    bm_survival survival = fitted(time, all, NULL, 4, 1);
    assert_close(bm_survival_summarize(&survival, 0, BM_INTERVAL_LOG, NAN).median, 3.5);
    bm_survival_free(&survival);
    /* It stays at 1/2 over a censoring, to the next event. */
    survival = fitted(time, late, NULL, 4, 1);
    assert_close(bm_survival_summarize(&survival, 0, BM_INTERVAL_LOG, NAN).median, 5.5);
    bm_survival_free(&survival);
    /* And to the end, where nothing follows. */
    survival = fitted(time, half, NULL, 4, 1);
    assert_close(bm_survival_summarize(&survival, 0, BM_INTERVAL_LOG, NAN).median, 2);
    bm_survival_free(&survival);
}

static void the_restricted_mean_is_the_area_under_the_curve(void **state) {
    (void)state;
    const double time[] = {1, 2, 5, 9};
    const uint8_t event[] = {1, 0, 1, 0};
    bm_survival survival = fitted(time, event, NULL, 4, 1);
    /* 1 to 1, 3/4 to 5, 3/8 to 9 and on. */
    static const double end[] = {0.5, 5, 9, 12, NAN}, mean[] = {0.5, 4, 5.5, 6.625, 5.5};
    for (size_t i = 0; i < 5; i++) {
        bm_survival_summary summary =
            bm_survival_summarize(&survival, 0, BM_INTERVAL_LOG_LOG, end[i]);
        assert_close(summary.mean, mean[i]);
        assert_close(summary.restricted_to, isnan(end[i]) ? 9 : end[i]);
    }
    bm_survival_summary summary = bm_survival_summarize(&survival, 0, BM_INTERVAL_LOG_LOG, 9);
    assert_close(summary.mean_error, sqrt(4.5 * 4.5 / 12 + 1.5 * 1.5 / 2));
    assert_int_equal(summary.buyers, 4);
    assert_int_equal(summary.events, 2);
    bm_survival_free(&survival);
    /* Whatever the unit of time, also where its squares are no numbers. */
    for (int power = -1000; power <= 1000; power += 1000) {
        double unit = ldexp(1, power), scaled[4];
        for (size_t i = 0; i < 4; i++)
            scaled[i] = time[i] * unit;
        survival = fitted(scaled, event, NULL, 4, 1);
        summary = bm_survival_summarize(&survival, 0, BM_INTERVAL_LOG_LOG, NAN);
        assert_close(summary.mean_error / unit, sqrt(4.5 * 4.5 / 12 + 1.5 * 1.5 / 2));
        bm_survival_free(&survival);
    }
}

/* The three tables. */
typedef struct tables {
    bm_result curves, tests, summary;
} tables;

static tables tables_of(const double *time, const uint8_t *event, const int32_t *group, size_t n,
                        const char *const *name) {
    const bm_survival_options options = {BM_INTERVAL_LOG, NAN};
    bm_strings names = {0};
    tables made;
    for (; *name != NULL; name++)
        assert_int_equal(bm_strings_add(&names, *name, NULL), BM_OK);
    assert_int_equal(bm_survival_of_buyers(time, event, group, n, &names, &options, NULL,
                                           &made.curves, &made.tests, &made.summary, NULL),
                     BM_OK);
    bm_strings_free(&names);
    return made;
}

static void free_tables(tables *made) {
    bm_result_free(&made->curves);
    bm_result_free(&made->tests);
    bm_result_free(&made->summary);
}

/* aml of R's package: survfit, survdiff. */
static void buyers_by_segment_give_three_tables(void **state) {
    (void)state;
    const double time[] = {9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161, 5,
                           5, 8,  8,  12, 16, 23, 27, 30, 33, 43, 45};
    const uint8_t event[] = {1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1};
    int32_t segment[23];
    for (size_t i = 0; i < 23; i++)
        segment[i] = i < 11 ? 0 : 2;
    static const char *const name[] = {"loyal", "nobody", "new", NULL};
    tables made = tables_of(time, event, segment, 23, name);
    assert_int_equal(made.curves.rows, 20);
    assert_true(text_is(&made.curves, "group", 0, "loyal"));
    assert_true(text_is(&made.curves, "group", 19, "new"));
    assert_close(number(&made.curves, "std_err", 0), sqrt(10. / 1331));
    assert_int_equal(whole(&made.curves, "at_risk", 1), 10);
    assert_int_equal(whole(&made.curves, "censored", 1), 1);
    assert_int_equal(made.summary.rows, 2);
    assert_true(text_is(&made.summary, "group", 1, "new"));
    assert_true(text_is(&made.summary, "interval", 1, "log"));
    assert_close(number(&made.summary, "median", 0), 31);
    assert_close(number(&made.summary, "median_low", 0), 18);
    assert_close(number(&made.summary, "median_high", 0), NAN);
    assert_close(number(&made.summary, "restricted_to", 1), 161);
    assert_int_equal(whole(&made.summary, "events", 1), 11);
    assert_int_equal(made.tests.rows, 4);
    assert_true(text_is(&made.tests, "test", 0, "log-rank"));
    assert_true(fabs(number(&made.tests, "statistic", 0) - 3.396388699) < 1e-9);
    assert_true(fabs(number(&made.tests, "statistic", 3) - 2.779279545) < 1e-9);
    assert_int_equal(whole(&made.tests, "groups", 0), 2);
    assert_int_equal(whole(&made.tests, "df", 0), 1);
    free_tables(&made);
}

static void one_buyer_and_none_are_finite(void **state) {
    (void)state;
    const double time[] = {0};
    const uint8_t event[] = {1};
    static const char *const name[] = {"all", NULL};
    for (size_t n = 0; n < 2; n++) {
        tables made = tables_of(time, event, NULL, n, name);
        assert_int_equal(made.curves.rows, n);
        assert_int_equal(made.summary.rows, n);
        assert_int_equal(made.tests.rows, 0);
        if (n == 1) {
            assert_close(number(&made.curves, "survival", 0), 0);
            assert_close(number(&made.summary, "restricted_mean", 0), 0);
            assert_close(number(&made.summary, "median", 0), 0);
        }
        free_tables(&made);
    }
}

static void rows_out_of_bounds_are_refused(void **state) {
    (void)state;
    const double bad[] = {-1, NAN, INFINITY};
    const uint8_t event[] = {1};
    const int32_t group[] = {1};
    const double time[] = {1};
    bm_survival survival;
    for (size_t i = 0; i < 3; i++) {
        const bm_durations rows = {&bad[i], event, NULL, 1};
        assert_int_equal(bm_survival_fit(&rows, 1, NULL, &survival, NULL), BM_INTERNAL);
    }
    const bm_durations rows = {time, event, group, 1};
    assert_int_equal(bm_survival_fit(&rows, 1, NULL, &survival, NULL), BM_INTERNAL);
    const bm_context small = {.memory_limit = 64};
    const bm_durations fine = {time, event, NULL, 1};
    assert_int_equal(bm_survival_fit(&fine, 1, &small, &survival, NULL), BM_LIMIT);
}

int main(void) {
    bm_statistics_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_come_before_censorings_of_the_same_time),
        cmocka_unit_test(intervals_are_those_of_r),
        cmocka_unit_test(a_curve_at_one_half_has_its_median_in_the_middle),
        cmocka_unit_test(the_restricted_mean_is_the_area_under_the_curve),
        cmocka_unit_test(buyers_by_segment_give_three_tables),
        cmocka_unit_test(one_buyer_and_none_are_finite),
        cmocka_unit_test(rows_out_of_bounds_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
