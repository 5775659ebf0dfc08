/* Revenue movements, the classes of dbt's MRR playbook: one pass over the lines of each buyer, who
 * moves in each period with orders and in each that follows one. O(lines + entries). */
#include "lifetime/movements.h"

#include "lifetime/ledger.h"

#include <math.h>

enum { BUYERS_A_CHECK = 1 << 16 };
enum {
    PERIOD,
    SEGMENT,
    START,
    NEW,
    EXPANSION,
    CONTRACTION,
    CHURNED,
    REACTIVATED,
    END,
    GRR,
    NRR,
    QUICK_RATIO,
    IS_COMPLETE,
    BUYERS_START,
    BUYERS_END,
};

static const bm_heading headings[] = {
    {"period", BM_CELL_TEXT, "", "first day of the period"},
    {"segment", BM_CELL_INTEGER, "", "segment; 0 is all buyers"},
    {"start", BM_CELL_NUMBER, "currency", "revenue of the period before"},
    {"new", BM_CELL_NUMBER, "currency", "revenue of buyers active for the first time"},
    {"expansion", BM_CELL_NUMBER, "currency", "what buyers of both periods spent more"},
    {"contraction", BM_CELL_NUMBER, "currency", "what they spent less"},
    {"churned", BM_CELL_NUMBER, "currency", "revenue before of buyers who are active no more"},
    {"reactivated", BM_CELL_NUMBER, "currency", "revenue of buyers who are active again"},
    {"end", BM_CELL_NUMBER, "currency",
     "start + new + expansion - contraction - churned + reactivated"},
    {"grr", BM_CELL_NUMBER, "1",
     "gross revenue retention: (start - contraction - churned) / start"},
    {"nrr", BM_CELL_NUMBER, "1",
     "net revenue retention: (start + expansion - contraction - churned) / start"},
    {"quick_ratio", BM_CELL_NUMBER, "1",
     "(new + expansion + reactivated) / (contraction + churned)"},
    {"is_complete", BM_CELL_BOOLEAN, "", "the period ended before as_of"},
    {"buyers_start", BM_CELL_INTEGER, "1", "buyers active in the period before"},
    {"buyers_end", BM_CELL_INTEGER, "1", "buyers active in the period"},
};

static void fill_row(const bm_ledger *ledger, size_t row, bm_result *result) {
    static const struct {
        size_t column;
        bm_money kind;
    } plain[] = {
        {NEW, BM_MONEY_NEW},
        {REACTIVATED, BM_MONEY_REACTIVATED},
        {EXPANSION, BM_MONEY_EXPANSION},
        {CONTRACTION, BM_MONEY_CONTRACTION},
        {CHURNED, BM_MONEY_CHURNED},
        {END, BM_MONEY_CLOSE},
    };
    bm_ledger_row at = bm_ledger_row_at(ledger, row);
    bm_result_column *column = result->column;
    column[SEGMENT].integer[row] = (int64_t)at.segment;
    column[START].number[row] = at.start_money;
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        column[plain[i].column].number[row] = bm_sum_value(&at.entry->money[plain[i].kind]);
    double start = at.start_money, expansion = column[EXPANSION].number[row];
    double gone = column[CONTRACTION].number[row] + column[CHURNED].number[row];
    double gained = column[NEW].number[row] + expansion + column[REACTIVATED].number[row];
    column[GRR].number[row] = bm_ledger_rate(&at, start - gone, start);
    column[NRR].number[row] = bm_ledger_rate(&at, start + expansion - gone, start);
    column[QUICK_RATIO].number[row] = bm_ledger_rate(&at, gained, gone);
    column[IS_COMPLETE].boolean[row] = at.is_complete != 0;
    column[BUYERS_START].integer[row] = (int64_t)at.start;
    column[BUYERS_END].integer[row] = (int64_t)at.entry->close;
}

static bm_status fill_table(const bm_ledger *ledger, bm_result *result, bm_error *err) {
    size_t rows = ledger->segments * ledger->periods;
    bm_status status;
    BM_TRY(bm_result_init(result, "revenue_movements",
                          "why a period's revenue is not the last one's", headings,
                          sizeof headings / sizeof headings[0], rows, err));
    for (size_t row = 0; row < rows; row++) {
        fill_row(ledger, row, result);
        BM_TRY(bm_ledger_set_period(ledger, row % ledger->periods, result, PERIOD, row, err));
    }
cleanup:
    if (status != BM_OK)
        bm_result_free(result);
    return status;
}

/* A buyer's revenue in the last period he was active in. */
typedef struct activity {
    size_t buyer, first, period;
    bm_standing before; /* at the close before it */
    bm_sum revenue;
} activity;

/* Enters that period; he is active in this one next, or in none (`periods`). */
static void end_period(const bm_ledger *ledger, activity *a, size_t next) {
    const bm_standing now = {1, bm_sum_value(&a->revenue)}, gone = {0};
    bm_ledger_move(ledger, a->buyer, a->period, a->before, now, a->period == a->first);
    a->before = now;
    if (next > a->period + 1) {
        if (a->period + 1 < ledger->periods)
            bm_ledger_move(ledger, a->buyer, a->period + 1, now, gone, 0);
        a->before = gone;
    }
    a->period = next;
    a->revenue = (bm_sum){0};
}

static void follow_buyer(const bm_orders *orders, const bm_ledger *ledger, size_t buyer) {
    activity a = {.buyer = buyer, .period = SIZE_MAX};
    for (size_t i = orders->first[buyer]; i < orders->first[buyer + 1]; i++) {
        if (bm_is_return(orders, i))
            continue;
        size_t period = bm_ledger_period(ledger, orders->day[i]);
        if (a.period == SIZE_MAX)
            a.period = a.first = period;
        else if (period != a.period)
            end_period(ledger, &a, period);
        bm_sum_add(&a.revenue, orders->amount[i]);
    }
    if (a.period != SIZE_MAX)
        end_period(ledger, &a, SIZE_MAX);
}

/* The first day with an order, or INT32_MAX. */
static int32_t first_day(const bm_orders *orders) {
    int32_t day = INT32_MAX;
    for (size_t b = 0; b < orders->buyers; b++) {
        size_t line = orders->first[b];
        while (line < orders->first[b + 1] && bm_is_return(orders, line))
            line++;
        if (line < orders->first[b + 1] && orders->day[line] < day)
            day = orders->day[line];
    }
    return day;
}

bm_status bm_movements(const bm_orders *orders, const bm_period *period, const int32_t *label,
                       size_t k, const bm_context *context, bm_result *result, bm_error *err) {
    bm_ledger ledger = {0};
    bm_status status;
    *result = (bm_result){0};
    if (orders->amount == NULL)
        return bm_fail(err, BM_INTERNAL, "revenue movements of orders without amounts");
    BM_TRY(
        bm_ledger_open(&ledger, period, first_day(orders), orders->as_of, label, k, context, err));
    for (size_t b = 0; b < orders->buyers; b++) {
        if (b % BUYERS_A_CHECK == 0)
            BM_TRY(bm_check_interrupt(err));
        follow_buyer(orders, &ledger, b);
    }
    bm_ledger_close(&ledger);
    status = fill_table(&ledger, result, err);
cleanup:
    bm_ledger_free(&ledger);
    return status;
}

bm_status bm_movements_contracts(const bm_contracts *contracts, const bm_period *period,
                                 const int32_t *label, size_t k, const bm_context *context,
                                 bm_result *result, bm_error *err) {
    bm_ledger ledger = {0};
    *result = (bm_result){0};
    if (contracts->amount == NULL)
        return bm_fail(err, BM_INTERNAL, "revenue movements of contracts without amounts");
    bm_status status = bm_ledger_of_contracts(contracts, period, label, k, context, &ledger, err);
    if (status == BM_OK)
        status = fill_table(&ledger, result, err);
    bm_ledger_free(&ledger);
    return status;
}
