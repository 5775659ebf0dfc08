/* Figures on Online Retail (as_of 2011-12-10): pandas 1.5.3 groupby over the clean lines; the
 * monthly triangle and the revenue of 2010-12 also in statistics.md §2.8. */
#include "../profile/online_retail.h"
#include "../profile/order_log.h"
#include "../profile/result_cells.h"
#include "lifetime/cohorts.h"

static bm_result cohorts_of(const bm_orders *orders, const char *period, const int32_t *label,
                            size_t k) {
    bm_period parsed;
    bm_result result;
    assert_int_equal(bm_period_parse(period, &parsed), 1);
    assert_int_equal(bm_cohorts(orders, &parsed, label, k, NULL, &result, NULL), BM_OK);
    return result;
}

/* What holds for every table, whatever the log. Gives the buyers of segment 0. */
static int64_t check_invariants(const bm_result *result) {
    int64_t buyers = 0;
    for (size_t i = 0; i < result->rows; i++) {
        int64_t size = whole(result, "cohort_size", i), eligible = whole(result, "eligible", i);
        int64_t bounded = whole(result, "active_bounded", i);
        int64_t unbounded = whole(result, "active_unbounded", i);
        double retained = number(result, "retention_bounded", i);
        double later = number(result, "retention_unbounded", i);
        assert_true(size > 0 && bounded >= 0 && unbounded >= bounded && unbounded <= size);
        assert_true(eligible >= 0 && eligible <= size);
        assert_int_equal(boolean(result, "is_complete", i), eligible == size);
        assert_int_equal(isnan(retained), eligible != size);
        assert_int_equal(isnan(later), eligible != size);
        if (eligible == size)
            assert_true(retained >= 0 && later >= retained && later <= 1);
        if (whole(result, "period_index", i) != 0)
            continue;
        assert_int_equal(bounded, size);
        assert_int_equal(unbounded, size);
        if (whole(result, "segment", i) == 0)
            buyers += size;
    }
    return buyers;
}

static size_t find_row(const bm_result *result, int64_t segment, const char *cohort,
                       int64_t index) {
    for (size_t i = 0; i < result->rows; i++) {
        bm_text text;
        bm_result_read(result, column_of(result, "cohort", BM_CELL_TEXT), i, 1, &text);
        if (whole(result, "segment", i) == segment && whole(result, "period_index", i) == index &&
            memcmp(text.data, cohort, text.length) == 0)
            return i;
    }
    fail_msg("no row of cohort %s, period %d", cohort, (int)index);
    return 0;
}

static void online_retail_months_match_pandas(void **state) {
    (void)state;
    online_retail data;
    if (!online_retail_read(&data))
        skip();
    static const int64_t december[] = {885, 324, 286, 340, 321, 352, 321,
                                       309, 313, 350, 331, 445, 235};
    static const int64_t unbounded[] = {885, 766, 753, 741, 724, 713, 696,
                                        672, 652, 621, 583, 510, 235};
    static const int64_t orders[] = {1400, 517, 458, 582, 504, 651, 572,
                                     547,  538, 641, 628, 945, 335};
    static const int64_t january[] = {417, 92, 111, 96, 134, 120, 103, 101, 125, 136, 152, 49};
    static const double revenue[] = {572713.89, 276237.69, 233845.37};
    bm_result result = cohorts_of(&data.orders, "month", NULL, 0);
    assert_int_equal(result.rows, 13 * 14 / 2);
    assert_int_equal(check_invariants(&result), 4338);
    for (size_t i = 0; i < 13; i++) {
        assert_true(text_is(&result, "cohort", i, "2010-12-01"));
        assert_int_equal(whole(&result, "active_bounded", i), december[i]);
        assert_int_equal(whole(&result, "active_unbounded", i), unbounded[i]);
        assert_int_equal(whole(&result, "orders", i), orders[i]);
        assert_int_equal(boolean(&result, "is_complete", i), i < 12);
        assert_int_equal(whole(&result, "eligible", i), i < 12 ? 885 : 0);
        assert_close(number(&result, "retention_bounded", i),
                     i < 12 ? (double)december[i] / 885 : NAN);
        assert_close(number(&result, "retention_unbounded", i),
                     i < 12 ? (double)unbounded[i] / 885 : NAN);
    }
    double cumulative = 0;
    for (size_t i = 0; i < 3; i++) {
        cumulative += revenue[i];
        assert_close(number(&result, "revenue", i), revenue[i]);
        assert_close(number(&result, "aov", i), revenue[i] / (double)orders[i]);
        assert_close(number(&result, "cumulative_revenue_per_buyer", i), cumulative / 885);
    }
    for (size_t i = 0; i < 12; i++)
        assert_int_equal(whole(&result, "active_bounded", 13 + i), january[i]);
    assert_true(text_is(&result, "period_start", 2, "2011-02-01"));
    assert_true(text_is(&result, "period_end", 2, "2011-02-28"));
    assert_true(text_is(&result, "period_end", 12, "2011-12-31"));
    bm_result_free(&result);
    online_retail_free(&data);
}

static void other_calendar_periods_match_pandas(void **state) {
    (void)state;
    online_retail data;
    if (!online_retail_read(&data))
        skip();
    static const struct {
        const char *period, *cohort;
        size_t rows;
        int64_t active[5];
    } known[] = {{"day", "2010-12-01", 55865, {95, 6, 4, 0, 5}},
                 {"week", "2010-11-29", 1435, {303, 65, 73, 20, 0}},
                 {"week", "2010-12-06", 1435, {341, 63, 20, 0, 41}},
                 {"quarter", "2010-10-01", 15, {885, 527, 540, 538, 583}},
                 {"quarter", "2011-01-01", 15, {1249, 625, 621, 606, -1}},
                 {"year", "2010-01-01", 3, {885, 766, -1, -1, -1}}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        bm_result result = cohorts_of(&data.orders, known[i].period, NULL, 0);
        assert_int_equal(result.rows, known[i].rows);
        size_t row = find_row(&result, 0, known[i].cohort, 0);
        for (size_t p = 0; p < 5 && known[i].active[p] >= 0; p++)
            assert_int_equal(whole(&result, "active_bounded", row + p), known[i].active[p]);
        if (i > 0) /* 55,865 rows are looked at once, not cell by cell */
            assert_int_equal(check_invariants(&result), 4338);
        bm_result_free(&result);
    }
    online_retail_free(&data);
}

static void rolling_windows_match_pandas(void **state) {
    (void)state;
    online_retail data;
    if (!online_retail_read(&data))
        skip();
    static const struct {
        const char *cohort;
        int64_t index, eligible, active, unbounded, orders;
        double revenue;
    } known[] = {
        {"2010-12-01", 1, 885, 326, 764, 521, 275266.68},
        {"2010-12-01", 11, 756, 453, 489, 940, 499835.73},
        {"2010-12-01", 12, 0, 174, 174, 278, 155893.37},
        {"2011-10-01", 0, 358, 358, 358, 485, 193845.12},
        {"2011-10-01", 1, 138, 73, 76, 114, 31411.11},
        {"2011-10-01", 2, 0, 9, 9, 9, 2113.31},
    };
    bm_result result = cohorts_of(&data.orders, "rolling:30", NULL, 0);
    assert_int_equal(check_invariants(&result), 4338);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        size_t row = find_row(&result, 0, known[i].cohort, known[i].index);
        double size = (double)whole(&result, "cohort_size", row);
        int complete = known[i].eligible == whole(&result, "cohort_size", row);
        assert_int_equal(whole(&result, "eligible", row), known[i].eligible);
        assert_int_equal(whole(&result, "active_bounded", row), known[i].active);
        assert_int_equal(whole(&result, "active_unbounded", row), known[i].unbounded);
        assert_int_equal(whole(&result, "orders", row), known[i].orders);
        assert_close(number(&result, "revenue", row), known[i].revenue);
        assert_close(number(&result, "retention_bounded", row),
                     complete ? (double)known[i].active / size : NAN);
        assert_close(number(&result, "retention_unbounded", row),
                     complete ? (double)known[i].unbounded / size : NAN);
    }
    size_t row = find_row(&result, 0, "2010-12-01", 1);
    assert_true(text_is(&result, "period_start", row, "2010-12-31"));
    assert_true(text_is(&result, "period_end", row, "2011-01-29"));
    bm_result_free(&result);
    online_retail_free(&data);
}

static void segments_add_up_to_all(void **state) {
    (void)state;
    online_retail data;
    if (!online_retail_read(&data))
        skip();
    int32_t *label = calloc(data.orders.buyers, sizeof *label);
    for (size_t b = 0; b < data.orders.buyers; b++)
        label[b] = (int32_t)(b * 7919 % 3) + 1;
    static const char *const periods[] = {"month", "rolling:45"};
    static const char *const counts[] = {"cohort_size", "eligible", "active_bounded",
                                         "active_unbounded", "orders"};
    for (size_t p = 0; p < 2; p++) {
        bm_result all = cohorts_of(&data.orders, periods[p], NULL, 0);
        bm_result result = cohorts_of(&data.orders, periods[p], label, 3);
        assert_int_equal(check_invariants(&result), 4338);
        for (size_t c = 0; c < 5; c++) {
            int64_t total = 0, of_all = 0, parts = 0;
            for (size_t i = 0; i < result.rows; i++)
                *(whole(&result, "segment", i) == 0 ? &of_all : &parts) +=
                    whole(&result, counts[c], i);
            for (size_t i = 0; i < all.rows; i++)
                total += whole(&all, counts[c], i);
            assert_int_equal(of_all, total);
            /* A segment has no row for windows none of its buyers has begun, so a cohort's size
             * may stand in fewer rows. */
            if (c > 0)
                assert_int_equal(parts, total);
            else
                assert_true(parts <= total);
        }
        double of_all = 0, parts = 0;
        for (size_t i = 0; i < result.rows; i++)
            *(whole(&result, "segment", i) == 0 ? &of_all : &parts) +=
                number(&result, "revenue", i);
        assert_close(of_all, 8911407.904);
        assert_close(parts, of_all);
        bm_result_free(&all);
        bm_result_free(&result);
    }
    free(label);
    online_retail_free(&data);
}

/* Two buyers of January, one of March; returns in April and by a buyer who never ordered. */
static void returns_make_nobody_active_and_quiet_periods_have_rows(void **state) {
    (void)state;
    int32_t january = bm_days_from_civil(2024, 1, 1), march = bm_days_from_civil(2024, 3, 5);
    int32_t april = bm_days_from_civil(2024, 4, 2);
    const log_line line[] = {{0, january - 40, -1, 0, 1, -1}, {0, january + 30, 10, 1, 0, -1},
                             {0, march, 20, 1, 0, -1},        {0, march, 5, 0, 0, -1},
                             {0, april, -5, 0, 1, -1},        {1, january, 8, 1, 0, -1},
                             {2, march, 3, 1, 0, -1},         {3, april, -9, 0, 1, -1}};
    /* as_of is the first day of May: May has begun, April is complete. */
    bm_orders orders = order_log(line, 8, 5, bm_days_from_civil(2024, 5, 1), NULL);
    bm_result result = cohorts_of(&orders, "month", NULL, 0);
    assert_int_equal(result.rows, 5 + 3);
    assert_int_equal(check_invariants(&result), 3);
    static const int64_t active[] = {2, 0, 1, 0, 0, 1, 0, 0},
                         unbounded[] = {2, 1, 1, 0, 0, 1, 0, 0};
    static const double revenue[] = {18, 0, 25, 0, 0, 3, 0, 0};
    static const double aov[] = {9, NAN, 25, NAN, NAN, 3, NAN, NAN};
    static const double cumulative[] = {9, 9, 21.5, 21.5, 21.5, 3, 3, 3};
    for (size_t i = 0; i < 8; i++) {
        int open = i == 4 || i == 7;
        assert_int_equal(whole(&result, "active_bounded", i), active[i]);
        assert_int_equal(whole(&result, "active_unbounded", i), unbounded[i]);
        assert_int_equal(boolean(&result, "is_complete", i), !open);
        assert_close(number(&result, "retention_bounded", i),
                     open ? NAN : (double)active[i] / (i < 5 ? 2 : 1));
        assert_close(number(&result, "revenue", i), revenue[i]);
        assert_close(number(&result, "aov", i), aov[i]);
        assert_close(number(&result, "cumulative_revenue_per_buyer", i), cumulative[i]);
    }
    assert_true(text_is(&result, "cohort", 5, "2024-03-01"));
    assert_true(text_is(&result, "period_start", 1, "2024-02-01"));
    assert_true(text_is(&result, "period_end", 1, "2024-02-29"));
    bm_result_free(&result);
    bm_orders_free(&orders);
}

static void a_period_is_open_on_its_last_day(void **state) {
    (void)state;
    int32_t last = bm_days_from_civil(2024, 2, 29);
    const log_line line[] = {{0, last - 40, 1, 1, 0, -1}};
    for (int later = 0; later < 2; later++) {
        bm_orders orders = order_log(line, 1, 1, last + later, NULL);
        bm_result result = cohorts_of(&orders, "month", NULL, 0);
        assert_int_equal(result.rows, 2 + later);
        assert_int_equal(boolean(&result, "is_complete", 1), later);
        bm_result_free(&result);
        bm_orders_free(&orders);
    }
}

static void a_log_without_amounts_has_counts_and_no_money(void **state) {
    (void)state;
    const log_line line[] = {{0, 19000, 1, 1, 0, -1}, {0, 19200, 1, 1, 0, -1}};
    bm_orders orders = order_log(line, 2, 1, 19300, NULL);
    free(orders.amount);
    orders.amount = NULL;
    bm_result result = cohorts_of(&orders, "month", NULL, 0);
    assert_int_equal(check_invariants(&result), 1);
    for (size_t i = 0; i < result.rows; i++) {
        assert_true(isnan(number(&result, "revenue", i)));
        assert_true(isnan(number(&result, "aov", i)));
        assert_true(isnan(number(&result, "cumulative_revenue_per_buyer", i)));
    }
    bm_result_free(&result);
    bm_orders_free(&orders);
}

static void a_log_without_orders_gives_no_rows(void **state) {
    (void)state;
    static const log_line line[] = {{0, 10, -1, 0, 1, -1}};
    bm_orders orders = order_log(line, 1, 2, 20, NULL);
    static const int32_t label[] = {1, 2};
    bm_result result = cohorts_of(&orders, "week", label, 2);
    assert_int_equal(result.rows, 0);
    assert_int_equal(result.columns, 16);
    bm_result_free(&result);
    bm_orders_free(&orders);
}

static void a_table_past_the_memory_limit_is_refused(void **state) {
    (void)state;
    static const log_line line[] = {{0, 10, 1, 1, 0, -1}, {1, 5000, 1, 1, 0, -1}};
    bm_orders orders = order_log(line, 2, 2, 9000, NULL);
    bm_period period = {BM_PERIOD_DAY, 0};
    bm_context context = {.memory_limit = 1000};
    bm_result result;
    bm_error err;
    assert_int_equal(bm_cohorts(&orders, &period, NULL, 0, &context, &result, &err), BM_LIMIT);
    assert_null(result.column);
    bm_orders_free(&orders);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(online_retail_months_match_pandas),
        cmocka_unit_test(other_calendar_periods_match_pandas),
        cmocka_unit_test(rolling_windows_match_pandas),
        cmocka_unit_test(segments_add_up_to_all),
        cmocka_unit_test(returns_make_nobody_active_and_quiet_periods_have_rows),
        cmocka_unit_test(a_period_is_open_on_its_last_day),
        cmocka_unit_test(a_log_without_amounts_has_counts_and_no_money),
        cmocka_unit_test(a_log_without_orders_gives_no_rows),
        cmocka_unit_test(a_table_past_the_memory_limit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
