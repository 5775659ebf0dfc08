/* Churn against counting day by day, over drawn orders and contracts; and rules one can follow by
 * hand. */
#include "drawn.h"

#include "base/parallel.h"
#include "lifetime/churn.h"

/* Silence that grows with the time and shrinks with the orders; now and then none is too long. */
static double drawn_interval(const void *source, size_t repeats, double first_to_last) {
    (void)source;
    if (repeats == 5)
        return INFINITY;
    return (first_to_last + 17.5) / (double)(repeats + 1);
}

typedef struct drawn_orders {
    const bm_orders *orders;
    const bm_churn_rule *rule;
    bm_period_kind kind;
} drawn_orders;

/* Straight from the definition: the last order day up to a day, and how long ago it was. */
static int is_there(const void *source, size_t buyer, int32_t day) {
    const drawn_orders *d = source;
    const bm_orders *o = d->orders;
    int32_t first = INT32_MAX, last = INT32_MAX;
    size_t distinct = 0;
    for (size_t i = o->first[buyer]; i < o->first[buyer + 1]; i++) {
        if (o->is_return[i] || o->day[i] > day)
            continue;
        distinct += o->day[i] != last;
        last = o->day[i];
        first = first == INT32_MAX ? last : first;
    }
    if (distinct == 0)
        return 0;
    double limit =
        isnan(d->rule->days) ? d->rule->interval(NULL, distinct - 1, last - first) : d->rule->days;
    return !(day - last > limit);
}

/* In the last period with an order, up to a day. */
static double spent(const void *source, size_t buyer, int32_t number, int32_t close) {
    const drawn_orders *d = source;
    const bm_orders *o = d->orders;
    double sum = 0;
    int32_t last = INT32_MIN;
    (void)number;
    for (size_t i = o->first[buyer]; i < o->first[buyer + 1]; i++) {
        if (o->is_return[i] || o->day[i] > close)
            continue;
        int32_t period = bm_period_of(d->kind, o->day[i]);
        sum = (period == last ? sum : 0) + o->amount[i];
        last = period;
    }
    return sum;
}

static int32_t first_order(const void *source, size_t buyer) {
    const bm_orders *o = ((const drawn_orders *)source)->orders;
    for (size_t i = o->first[buyer]; i < o->first[buyer + 1]; i++) {
        if (!o->is_return[i])
            return o->day[i];
    }
    return INT32_MAX;
}

/* Each row against the slow count; each segment's rows are chained; segments add up to all. */
static void check_table(const bm_result *result, const slow_world *w) {
    size_t periods = result->rows / (K + 1);
    int32_t base = bm_period_of(w->kind, w->as_of) - (int32_t)periods + 1;
    assert_int_equal(result->rows, periods * (K + 1));
    for (size_t i = 0; i < result->rows; i++) {
        int32_t nth = base + (int32_t)(i % periods);
        int64_t segment = (int64_t)(i / periods);
        char day[BM_DATE_TEXT];
        slow_row row = slow_count(w, segment, nth);
        int open = i % periods + 1 == periods;
        bm_format_date(day, bm_period_first_day(w->kind, nth));
        assert_true(text_is(result, "period", i, day));
        assert_int_equal(whole(result, "segment", i), segment);
        assert_int_equal(whole(result, "buyers_start", i), row.start);
        assert_int_equal(whole(result, "lost", i), row.lost);
        assert_int_equal(whole(result, "new", i), row.added);
        assert_int_equal(whole(result, "reactivated", i), row.reactivated);
        assert_int_equal(whole(result, "buyers_end", i), row.end);
        assert_int_equal(whole(result, "passed", i), row.passed);
        assert_int_equal(boolean(result, "is_complete", i), !open);
        assert_close(number(result, "revenue_start", i), row.money_start);
        assert_close(number(result, "revenue_lost", i), row.money_lost);
        assert_close(number(result, "churn_rate", i),
                     open || row.start == 0 ? NAN : (double)row.lost / (double)row.start);
        assert_close(number(result, "revenue_churn", i),
                     open || !(row.money_start > 0) ? NAN : row.money_lost / row.money_start);
        assert_int_equal(row.start + row.added + row.reactivated - row.lost, row.end);
        if (!open)
            assert_int_equal(whole(result, "buyers_start", i + 1), row.end);
    }
}

static const bm_period_kind kinds[] = {BM_PERIOD_DAY, BM_PERIOD_WEEK, BM_PERIOD_MONTH,
                                       BM_PERIOD_QUARTER};

static void orders_match_counting_day_by_day(void **state) {
    (void)state;
    uint64_t at = 1;
    for (size_t round = 0; round < 24; round++) {
        int32_t label[BUYERS], day0 = bm_days_from_civil(2023, 11, 1) + (int32_t)draw(&at, 40);
        bm_orders orders = draw_orders(&at, day0);
        draw_labels(&at, label);
        const bm_period period = {.kind = kinds[round % 4]};
        const bm_churn_rule rule = {.days = round % 3 == 0 ? NAN : (double)draw(&at, 40),
                                    .interval = drawn_interval};
        const drawn_orders drawn = {&orders, &rule, period.kind};
        const slow_world w = {&drawn, is_there,    spent,       first_order,
                              label,  period.kind, orders.as_of};
        bm_result result;
        assert_int_equal(bm_churn(&orders, &rule, &period, label, K, NULL, &result, NULL), BM_OK);
        check_table(&result, &w);
        bm_result_free(&result);
        bm_orders_free(&orders);
    }
}

static int has_contract(const void *source, size_t buyer, int32_t day) {
    const bm_contracts *c = source;
    for (size_t i = c->first[buyer]; i < c->first[buyer + 1]; i++) {
        if (c->start[i] <= day && day < c->end[i])
            return 1;
    }
    return 0;
}

static double runs(const void *source, size_t buyer, int32_t number, int32_t close) {
    const bm_contracts *c = source;
    double sum = 0;
    (void)number;
    for (size_t i = c->first[buyer]; i < c->first[buyer + 1]; i++)
        sum += c->start[i] <= close && close < c->end[i] ? c->amount[i] : 0;
    return sum;
}

static int32_t first_contract(const void *source, size_t buyer) {
    const bm_contracts *c = source;
    for (size_t i = c->first[buyer]; i < c->first[buyer + 1]; i++) {
        if (c->start[i] < c->end[i])
            return c->start[i];
    }
    return INT32_MAX;
}

static void contracts_match_counting_day_by_day(void **state) {
    (void)state;
    uint64_t at = 2;
    for (size_t round = 0; round < 24; round++) {
        int32_t label[BUYERS], day0 = bm_days_from_civil(2023, 11, 1) + (int32_t)draw(&at, 40);
        bm_contracts contracts = draw_contracts(&at, day0);
        draw_labels(&at, label);
        const bm_period period = {.kind = kinds[round % 4]};
        const slow_world w = {&contracts, has_contract, runs,           first_contract,
                              label,      period.kind,  contracts.as_of};
        bm_result result;
        assert_int_equal(bm_churn_contracts(&contracts, &period, label, K, NULL, &result, NULL),
                         BM_OK);
        check_table(&result, &w);
        bm_result_free(&result);
        bm_contracts_free(&contracts);
    }
}

static void days_of_churn_and_times_of_survival_follow_the_rule(void **state) {
    (void)state;
    uint64_t at = 3;
    size_t churned_buyers = 0;
    for (size_t round = 0; round < 10; round++) {
        bm_orders orders = draw_orders(&at, 19700);
        const bm_churn_rule rule = {.days = round % 2 == 0 ? NAN : (double)draw(&at, 90) + 0.5,
                                    .interval = drawn_interval};
        const drawn_orders drawn = {&orders, &rule, BM_PERIOD_DAY};
        int32_t churned[BUYERS];
        double time[BUYERS];
        uint8_t event[BUYERS];
        assert_int_equal(bm_churn_days(&orders, &rule, NULL, churned, NULL), BM_OK);
        assert_int_equal(bm_churn_survival(&orders, &rule, NULL, time, event, NULL), BM_OK);
        for (size_t b = 0; b < BUYERS; b++) {
            int32_t first = first_order(&drawn, b), day = orders.as_of;
            if (first == INT32_MAX) {
                assert_int_equal(churned[b], BM_NEVER_BOUGHT);
                assert_true(isnan(time[b]) && event[b] == 0);
                continue;
            }
            /* Back from as_of to the last day on which he was there. */
            while (!is_there(&drawn, b, day))
                day--;
            int gone = day < orders.as_of;
            assert_int_equal(churned[b], gone ? day + 1 : BM_NOT_CHURNED);
            assert_int_equal(event[b], gone);
            assert_close(time[b], (gone ? day + 1 : orders.as_of) - first);
            churned_buyers += (size_t)gone;
        }
        bm_orders_free(&orders);
    }
    assert_true(churned_buyers > 100);
}

/* Asked once for each pair: a counter for (repeats, days) below 64 × 256. */
static double counted_interval(const void *source, size_t repeats, double first_to_last) {
    int *const *asked = source;
    (*asked)[repeats * 256 + (size_t)first_to_last]++;
    return 30;
}

static void a_model_is_asked_once_for_each_pair(void **state) {
    (void)state;
    uint64_t at = 4;
    int *asked = calloc(64 * 256, sizeof *asked);
    bm_orders orders = draw_orders(&at, 19700);
    const bm_period period = {.kind = BM_PERIOD_MONTH};
    const bm_churn_rule rule = {NAN, counted_interval, &asked};
    const bm_churn_rule plain = {.days = 30};
    bm_result result, expected;
    bm_set_threads(2);
    assert_int_equal(bm_churn(&orders, &rule, &period, NULL, 0, NULL, &result, NULL), BM_OK);
    assert_int_equal(bm_churn(&orders, &plain, &period, NULL, 0, NULL, &expected, NULL), BM_OK);
    int pairs = 0;
    for (size_t i = 0; i < 64 * 256; i++) {
        assert_true(asked[i] <= 1);
        pairs += asked[i];
    }
    assert_true(pairs > 50);
    assert_int_equal(result.rows, expected.rows);
    for (size_t i = 0; i < result.rows; i++)
        assert_int_equal(whole(&result, "lost", i), whole(&expected, "lost", i));
    bm_result_free(&result);
    bm_result_free(&expected);
    bm_orders_free(&orders);
    free(asked);
}

static void rates_of_segments_are_over_complete_periods(void **state) {
    (void)state;
    uint64_t at = 5;
    int32_t label[BUYERS];
    double rate[K + 1];
    bm_orders orders = draw_orders(&at, 19700);
    draw_labels(&at, label);
    const bm_period period = {BM_PERIOD_ROLLING, 30};
    const bm_churn_rule rule = {.days = 20};
    bm_result result;
    assert_int_equal(bm_churn(&orders, &rule, &period, label, K, NULL, &result, NULL), BM_OK);
    bm_churn_rates(&result, K, rate);
    for (int64_t s = 0; s <= K; s++) {
        double lost = 0, start = 0;
        for (size_t i = 0; i < result.rows; i++) {
            if (whole(&result, "segment", i) != s || isnan(number(&result, "churn_rate", i)))
                continue;
            start += (double)whole(&result, "buyers_start", i);
            lost += number(&result, "churn_rate", i) * (double)whole(&result, "buyers_start", i);
        }
        assert_true(start > 0);
        assert_close(rate[s], lost / start);
    }
    bm_result_free(&result);
    bm_orders_free(&orders);
}

static void nobody_gives_no_rows(void **state) {
    (void)state;
    size_t first[3] = {0};
    const bm_orders orders = {.buyers = 2, .first = first, .as_of = 19000};
    const bm_contracts contracts = {.buyers = 2, .first = first, .as_of = 19000};
    const bm_period period = {.kind = BM_PERIOD_WEEK};
    const bm_churn_rule rule = {.days = 20};
    double rate[1];
    bm_result result;
    assert_int_equal(bm_churn(&orders, &rule, &period, NULL, 0, NULL, &result, NULL), BM_OK);
    assert_int_equal(result.rows, 0);
    bm_churn_rates(&result, 0, rate);
    assert_true(isnan(rate[0]));
    bm_result_free(&result);
    assert_int_equal(bm_churn_contracts(&contracts, &period, NULL, 0, NULL, &result, NULL), BM_OK);
    assert_int_equal(result.rows, 0);
    bm_result_free(&result);
}

static void without_amounts_there_are_counts_and_no_money(void **state) {
    (void)state;
    uint64_t at = 6;
    bm_orders orders = draw_orders(&at, 19700);
    free(orders.amount);
    orders.amount = NULL;
    const bm_period period = {.kind = BM_PERIOD_MONTH};
    const bm_churn_rule rule = {.days = 20};
    bm_result result;
    assert_int_equal(bm_churn(&orders, &rule, &period, NULL, 0, NULL, &result, NULL), BM_OK);
    int64_t lost = 0;
    for (size_t i = 0; i < result.rows; i++) {
        lost += whole(&result, "lost", i);
        assert_true(isnan(number(&result, "revenue_start", i)));
        assert_true(isnan(number(&result, "revenue_lost", i)));
        assert_true(isnan(number(&result, "revenue_churn", i)));
    }
    assert_true(lost > 0);
    bm_result_free(&result);
    bm_orders_free(&orders);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_match_counting_day_by_day),
        cmocka_unit_test(contracts_match_counting_day_by_day),
        cmocka_unit_test(days_of_churn_and_times_of_survival_follow_the_rule),
        cmocka_unit_test(a_model_is_asked_once_for_each_pair),
        cmocka_unit_test(rates_of_segments_are_over_complete_periods),
        cmocka_unit_test(nobody_gives_no_rows),
        cmocka_unit_test(without_amounts_there_are_counts_and_no_money),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
