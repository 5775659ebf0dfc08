/* Churn by segment and period. Orders: a buyer is there from an order day to the day on which his
 * silence grows too long, and of these spans only what holds at the closes of periods is counted:
 * who churns and comes back within a period has not left, who comes for the first time and is gone
 * by its close has passed. O(lines + entries). */
#include "lifetime/churn.h"

#include "base/memory.h"
#include "lifetime/ledger.h"
#include "lifetime/silence.h"

#include <math.h>
#include <stdlib.h>

enum { BUYERS_A_CHECK = 1 << 16 };
enum {
    SEGMENT,
    PERIOD,
    BUYERS_START,
    LOST,
    NEW,
    CHURN_RATE,
    REVENUE_START,
    REVENUE_LOST,
    REVENUE_CHURN,
    REACTIVATED,
    BUYERS_END,
    IS_COMPLETE,
    PASSED,
};

static const bm_heading headings[] = {
    {"segment", BM_CELL_INTEGER, "", "segment; 0 is all buyers"},
    {"period", BM_CELL_TEXT, "", "first day of the period"},
    {"buyers_start", BM_CELL_INTEGER, "1", "buyers at the close of the period before"},
    {"lost", BM_CELL_INTEGER, "1", "of these, who are not there at the close"},
    {"new", BM_CELL_INTEGER, "1", "there at the close, and never before the period"},
    {"churn_rate", BM_CELL_NUMBER, "1", "lost / buyers_start; empty while the period is open"},
    {"revenue_start", BM_CELL_NUMBER, "currency",
     "of buyers_start: amounts running (contracts), or what each spent in his last active period"},
    {"revenue_lost", BM_CELL_NUMBER, "currency", "that of the lost"},
    {"revenue_churn", BM_CELL_NUMBER, "1",
     "revenue_lost / revenue_start; empty while the period is open"},
    {"reactivated", BM_CELL_INTEGER, "1", "there at the close, not at the start, but once before"},
    {"buyers_end", BM_CELL_INTEGER, "1", "buyers_start + new + reactivated - lost"},
    {"is_complete", BM_CELL_BOOLEAN, "", "the period ended before as_of"},
    {"passed", BM_CELL_INTEGER, "1", "came first in the period and left before its close"},
};

static void fill_row(const bm_ledger *ledger, size_t row, int has_money, bm_result *result) {
    bm_ledger_row at = bm_ledger_row_at(ledger, row);
    bm_result_column *column = result->column;
    double start = at.start_money, lost = bm_sum_value(&at.entry->money[BM_MONEY_CHURNED]);
    column[SEGMENT].integer[row] = (int64_t)at.segment;
    column[BUYERS_START].integer[row] = (int64_t)at.start;
    column[LOST].integer[row] = (int64_t)at.entry->lost;
    column[NEW].integer[row] = (int64_t)at.entry->added;
    column[REACTIVATED].integer[row] = (int64_t)at.entry->reactivated;
    column[BUYERS_END].integer[row] = (int64_t)at.entry->close;
    column[PASSED].integer[row] = (int64_t)at.entry->passed;
    column[IS_COMPLETE].boolean[row] = at.is_complete != 0;
    column[CHURN_RATE].number[row] = bm_ledger_rate(&at, (double)at.entry->lost, (double)at.start);
    if (!has_money)
        return;
    column[REVENUE_START].number[row] = start;
    column[REVENUE_LOST].number[row] = lost;
    column[REVENUE_CHURN].number[row] = bm_ledger_rate(&at, lost, start);
}

static bm_status fill_table(const bm_ledger *ledger, int has_money, bm_result *result,
                            bm_error *err) {
    size_t rows = ledger->segments * ledger->periods;
    bm_status status;
    BM_TRY(bm_result_init(result, "churn", "who left, by segment and period", headings,
                          sizeof headings / sizeof headings[0], rows, err));
    for (size_t row = 0; row < rows; row++) {
        fill_row(ledger, row, has_money, result);
        BM_TRY(bm_ledger_set_period(ledger, row % ledger->periods, result, PERIOD, row, err));
    }
cleanup:
    if (status != BM_OK)
        bm_result_free(result);
    return status;
}

/* One buyer while his orders are gone through. */
typedef struct following {
    const bm_ledger *ledger;
    size_t buyer, first;  /* the period of his first order */
    size_t period;        /* the last one with an order so far, … */
    bm_sum spent;         /* … what he spent in it, … */
    size_t until;         /* … and the first period at whose close he is there no more */
    bm_standing standing; /* at the close before it */
} following;

static void move(following *f, size_t period, bm_standing now) {
    bm_ledger_move(f->ledger, f->buyer, period, f->standing, now, period == f->first);
    f->standing = now;
}

static void count_passed(const following *f) {
    bm_ledger_pair pair = bm_ledger_entries(f->ledger, f->buyer, f->period);
    for (int i = 0; i < 2 && pair.of[i] != NULL; i++)
        pair.of[i]->passed++;
}

/* A period with orders is over; his next order is in a later one, or there is none (SIZE_MAX). */
static void end_period(following *f, size_t next) {
    const bm_standing there = {1, bm_sum_value(&f->spent)}, gone = {0};
    if (f->until > f->period)
        move(f, f->period, there);
    else if (f->standing.there)
        move(f, f->period, gone);
    else if (f->period == f->first)
        count_passed(f);
    if (f->standing.there && next > f->until && f->until < f->ledger->periods)
        move(f, f->until, gone);
    f->period = next;
    f->spent = (bm_sum){0};
}

static void add_day(following *f, const bm_order_days *days) {
    const bm_orders *orders = days->orders;
    for (size_t i = days->begin; i < days->line && orders->amount != NULL; i++) {
        if (!bm_is_return(orders, i))
            bm_sum_add(&f->spent, orders->amount[i]);
    }
}

static void follow_buyer(const bm_orders *orders, const bm_silence *silence,
                         const bm_ledger *ledger, size_t buyer) {
    bm_order_days days = bm_order_days_of(orders, buyer);
    if (!bm_next_order_day(&days))
        return;
    following f = {.ledger = ledger, .buyer = buyer};
    f.first = f.period = bm_ledger_period(ledger, days.first);
    do {
        size_t period = bm_ledger_period(ledger, days.last);
        if (period != f.period)
            end_period(&f, period);
        add_day(&f, &days);
        f.until = bm_ledger_period(ledger, bm_churn_day(silence, &days));
    } while (bm_next_order_day(&days));
    end_period(&f, SIZE_MAX);
}

/* The first day with an order, or INT32_MAX. */
static int32_t first_day(const bm_orders *orders) {
    int32_t day = INT32_MAX;
    for (size_t b = 0; b < orders->buyers; b++) {
        bm_order_days days = bm_order_days_of(orders, b);
        if (bm_next_order_day(&days) && days.first < day)
            day = days.first;
    }
    return day;
}

bm_status bm_churn(const bm_orders *orders, const bm_churn_rule *rule, const bm_period *period,
                   const int32_t *label, size_t k, const bm_context *context, bm_result *result,
                   bm_error *err) {
    bm_ledger ledger = {0};
    bm_silence silence = {0};
    bm_status status;
    *result = (bm_result){0};
    BM_TRY(
        bm_ledger_open(&ledger, period, first_day(orders), orders->as_of, label, k, context, err));
    BM_TRY(bm_silence_of(orders, rule, 0, context, &silence, err));
    for (size_t b = 0; b < orders->buyers; b++) {
        if (b % BUYERS_A_CHECK == 0)
            BM_TRY(bm_check_interrupt(err));
        follow_buyer(orders, &silence, &ledger, b);
    }
    bm_ledger_close(&ledger);
    status = fill_table(&ledger, orders->amount != NULL, result, err);
cleanup:
    bm_silence_free(&silence);
    bm_ledger_free(&ledger);
    return status;
}

bm_status bm_churn_contracts(const bm_contracts *contracts, const bm_period *period,
                             const int32_t *label, size_t k, const bm_context *context,
                             bm_result *result, bm_error *err) {
    bm_ledger ledger = {0};
    *result = (bm_result){0};
    bm_status status = bm_ledger_of_contracts(contracts, period, label, k, context, &ledger, err);
    if (status == BM_OK)
        status = fill_table(&ledger, contracts->amount != NULL, result, err);
    bm_ledger_free(&ledger);
    return status;
}

bm_status bm_churn_days(const bm_orders *orders, const bm_churn_rule *rule,
                        const bm_context *context, int32_t *churned, bm_error *err) {
    bm_silence silence = {0};
    bm_status status;
    BM_TRY(bm_silence_of(orders, rule, 1, context, &silence, err));
    for (size_t b = 0; b < orders->buyers; b++) {
        bm_order_days days = bm_order_days_of(orders, b);
        int more = 1;
        while (more)
            more = bm_next_order_day(&days);
        int32_t day = days.any ? bm_churn_day(&silence, &days) : BM_NEVER_BOUGHT;
        churned[b] = day > orders->as_of ? BM_NOT_CHURNED : day;
    }
cleanup:
    bm_silence_free(&silence);
    return status;
}

bm_status bm_churn_survival(const bm_orders *orders, const bm_churn_rule *rule,
                            const bm_context *context, double *time, uint8_t *event,
                            bm_error *err) {
    int32_t *churned = NULL;
    bm_status status;
    BM_TRY(BM_NEW(&churned, orders->buyers, "churned buyers", err));
    BM_TRY(bm_churn_days(orders, rule, context, churned, err));
    for (size_t b = 0; b < orders->buyers; b++) {
        bm_order_days days = bm_order_days_of(orders, b);
        int bought = bm_next_order_day(&days);
        event[b] = bought && churned[b] != BM_NOT_CHURNED;
        int32_t until = event[b] ? churned[b] : orders->as_of;
        time[b] = bought ? (double)((int64_t)until - days.first) : NAN;
    }
cleanup:
    free(churned);
    return status;
}

void bm_churn_rates(const bm_result *churn, size_t k, double *rate) {
    for (size_t s = 0; s <= k; s++) {
        int64_t lost = 0, start = 0;
        for (size_t row = 0; row < churn->rows; row++) {
            if (churn->column[SEGMENT].integer[row] != (int64_t)s ||
                !churn->column[IS_COMPLETE].boolean[row])
                continue;
            lost += churn->column[LOST].integer[row];
            start += churn->column[BUYERS_START].integer[row];
        }
        rate[s] = start > 0 ? (double)lost / (double)start : NAN;
    }
}
