/* Revenue movements against counting period by period, over drawn orders and contracts; and cents
 * that must add up to the last digit. */
#include "drawn.h"

#include "base/sum.h"
#include "lifetime/movements.h"

typedef struct drawn_log {
    const bm_orders *orders;
    bm_period_kind kind;
} drawn_log;

/* A buyer is there at the close of a period with an order line in it that is no return. */
static int is_active(const void *source, size_t buyer, int32_t close) {
    const drawn_log *d = source;
    const bm_orders *o = d->orders;
    for (size_t i = o->first[buyer]; i < o->first[buyer + 1]; i++) {
        if (!o->is_return[i] && bm_period_of(d->kind, o->day[i]) == bm_period_of(d->kind, close))
            return 1;
    }
    return 0;
}

static double spent(const void *source, size_t buyer, int32_t number, int32_t close) {
    const drawn_log *d = source;
    const bm_orders *o = d->orders;
    double sum = 0;
    (void)close;
    for (size_t i = o->first[buyer]; i < o->first[buyer + 1]; i++)
        sum += !o->is_return[i] && bm_period_of(d->kind, o->day[i]) == number ? o->amount[i] : 0;
    return sum;
}

static int32_t first_order(const void *source, size_t buyer) {
    const bm_orders *o = ((const drawn_log *)source)->orders;
    for (size_t i = o->first[buyer]; i < o->first[buyer + 1]; i++) {
        if (!o->is_return[i])
            return o->day[i];
    }
    return INT32_MAX;
}

static double share(double part, double whole_part, int open) {
    return open || !(whole_part > 0) ? NAN : part / whole_part;
}

/* What a row says adds up to the last digit: the sums are of whole cents. */
static void check_identity(const bm_result *result, size_t i) {
    static const char *const gains[] = {"start", "new", "expansion", "reactivated"};
    static const char *const losses[] = {"contraction", "churned", "end"};
    bm_sum total = {0};
    for (size_t c = 0; c < 4; c++)
        bm_sum_add(&total, number(result, gains[c], i));
    for (size_t c = 0; c < 3; c++)
        bm_sum_add(&total, -number(result, losses[c], i));
    assert_true(fabs(bm_sum_value(&total)) <=
                4e-16 * (1 + number(result, "start", i) + number(result, "end", i)));
}

static void check_table(const bm_result *result, const slow_world *w) {
    size_t periods = result->rows / (K + 1);
    int32_t base = bm_period_of(w->kind, w->as_of) - (int32_t)periods + 1;
    assert_int_equal(result->rows, periods * (K + 1));
    for (size_t i = 0; i < result->rows; i++) {
        int64_t segment = (int64_t)(i / periods);
        slow_row row = slow_count(w, segment, base + (int32_t)(i % periods));
        int open = i % periods + 1 == periods;
        double gone = row.contraction + row.money_lost, start = row.money_start;
        assert_int_equal(whole(result, "segment", i), segment);
        assert_close(number(result, "start", i), start);
        assert_close(number(result, "new", i), row.money_new);
        assert_close(number(result, "expansion", i), row.expansion);
        assert_close(number(result, "contraction", i), row.contraction);
        assert_close(number(result, "churned", i), row.money_lost);
        assert_close(number(result, "reactivated", i), row.money_reactivated);
        assert_close(number(result, "end", i), row.money_end);
        assert_close(number(result, "grr", i), share(start - gone, start, open));
        assert_close(number(result, "nrr", i), share(start + row.expansion - gone, start, open));
        assert_close(number(result, "quick_ratio", i),
                     share(row.money_new + row.expansion + row.money_reactivated, gone, open));
        assert_int_equal(boolean(result, "is_complete", i), !open);
        assert_int_equal(whole(result, "buyers_start", i), row.start);
        assert_int_equal(whole(result, "buyers_end", i), row.end);
        check_identity(result, i);
        if (open)
            continue;
        double end = number(result, "end", i), next = number(result, "start", i + 1);
        assert_memory_equal(&next, &end, sizeof end);
    }
}

static const bm_period_kind kinds[] = {BM_PERIOD_DAY, BM_PERIOD_WEEK, BM_PERIOD_MONTH,
                                       BM_PERIOD_YEAR};

static void orders_match_counting_period_by_period(void **state) {
    (void)state;
    uint64_t at = 11;
    for (size_t round = 0; round < 24; round++) {
        int32_t label[BUYERS], day0 = bm_days_from_civil(2023, 10, 1) + (int32_t)draw(&at, 40);
        bm_orders orders = draw_orders(&at, day0);
        draw_labels(&at, label);
        const bm_period period = {.kind = kinds[round % 4]};
        const drawn_log drawn = {&orders, period.kind};
        const slow_world w = {&drawn, is_active,   spent,       first_order,
                              label,  period.kind, orders.as_of};
        bm_result result;
        assert_int_equal(bm_movements(&orders, &period, label, K, NULL, &result, NULL), BM_OK);
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

static void contracts_match_counting_period_by_period(void **state) {
    (void)state;
    uint64_t at = 12;
    for (size_t round = 0; round < 24; round++) {
        int32_t label[BUYERS], day0 = bm_days_from_civil(2023, 10, 1) + (int32_t)draw(&at, 40);
        bm_contracts contracts = draw_contracts(&at, day0);
        draw_labels(&at, label);
        const bm_period period = {.kind = kinds[round % 4]};
        const slow_world w = {&contracts, has_contract, runs,           first_contract,
                              label,      period.kind,  contracts.as_of};
        bm_result result;
        assert_int_equal(bm_movements_contracts(&contracts, &period, label, K, NULL, &result, NULL),
                         BM_OK);
        check_table(&result, &w);
        bm_result_free(&result);
        bm_contracts_free(&contracts);
    }
}

/* 0.1 + 0.2 - 0.1 - 0.2 is not 0 in doubles; two contracts that both end leave nothing. */
static void amounts_that_end_leave_nothing(void **state) {
    (void)state;
    int32_t day0 = bm_days_from_civil(2024, 1, 1);
    size_t first[] = {0, 3};
    int32_t start[] = {day0, day0, day0}, end[] = {day0 + 40, day0 + 70, day0 + 100};
    double amount[] = {0.1, 0.2, 0.7};
    const bm_contracts contracts = {1, 3, first, start, end, amount, day0 + 200};
    const bm_period period = {.kind = BM_PERIOD_MONTH};
    static const double expected[] = {1, 0.9, 0.7, 0, 0, 0, 0};
    bm_result result;
    assert_int_equal(bm_movements_contracts(&contracts, &period, NULL, 0, NULL, &result, NULL),
                     BM_OK);
    assert_int_equal(result.rows, 7);
    for (size_t i = 0; i < 7; i++) {
        double is = number(&result, "end", i);
        assert_close(is, expected[i]);
        if (i >= 2)
            assert_true(is >= expected[i] && is <= expected[i]);
    }
    bm_result_free(&result);
}

static void orders_without_amounts_are_refused(void **state) {
    (void)state;
    size_t first[2] = {0};
    const bm_orders orders = {.buyers = 1, .first = first, .as_of = 19000};
    const bm_period period = {.kind = BM_PERIOD_MONTH};
    bm_result result;
    assert_int_equal(bm_movements(&orders, &period, NULL, 0, NULL, &result, NULL), BM_INTERNAL);
}

static void a_table_past_the_memory_limit_is_refused(void **state) {
    (void)state;
    uint64_t at = 13;
    bm_orders orders = draw_orders(&at, 19000);
    const bm_period period = {.kind = BM_PERIOD_DAY};
    const bm_context context = {.memory_limit = 1000};
    bm_result result;
    assert_int_equal(bm_movements(&orders, &period, NULL, 0, &context, &result, NULL), BM_LIMIT);
    assert_null(result.column);
    bm_orders_free(&orders);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_match_counting_period_by_period),
        cmocka_unit_test(contracts_match_counting_period_by_period),
        cmocka_unit_test(amounts_that_end_leave_nothing),
        cmocka_unit_test(orders_without_amounts_are_refused),
        cmocka_unit_test(a_table_past_the_memory_limit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
