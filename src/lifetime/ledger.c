/* The book of who came and went. O(entries) beside the moves; 136 bytes an entry, of which there is
 * one for each segment and period. Sums lose nothing to rounding (base/sum.h), so that start + new
 * + reactivated + expansion - contraction - churned is the close, and the close the next start. */
#include "lifetime/ledger.h"

#include "base/date.h"
#include "base/memory.h"
#include "lifetime/period.h"

#include <math.h>
#include <stdlib.h>

enum { BYTES_A_ROW = 120 };

static bm_status lay_calendar(bm_ledger *ledger, bm_error *err) {
    size_t days = (size_t)((int64_t)ledger->as_of - ledger->day0) + 1;
    bm_status status = BM_NEW(&ledger->period_of, days, "periods", err);
    if (status != BM_OK)
        return status;
    ledger->base = bm_period_of(ledger->kind, ledger->day0);
    for (size_t i = 0; i < days; i++)
        ledger->period_of[i] = bm_period_of(ledger->kind, ledger->day0 + (int32_t)i) - ledger->base;
    ledger->periods = (size_t)ledger->period_of[days - 1] + 1;
    return BM_OK;
}

bm_status bm_ledger_open(bm_ledger *ledger, const bm_period *period, int32_t day0, int32_t as_of,
                         const int32_t *label, size_t k, const bm_context *context, bm_error *err) {
    size_t entries, bytes;
    bm_status status = BM_OK;
    *ledger = (bm_ledger){.kind = period->kind, .day0 = day0, .as_of = as_of, .label = label};
    ledger->segments = label != NULL ? k + 1 : 1;
    if (ledger->kind == BM_PERIOD_ROLLING)
        ledger->kind = BM_PERIOD_MONTH;
    if (day0 > as_of)
        return BM_OK;
    BM_TRY(lay_calendar(ledger, err));
    if (!bm_multiply(ledger->segments, ledger->periods, &entries) ||
        !bm_multiply(entries, sizeof *ledger->entry + BYTES_A_ROW, &bytes))
        bytes = SIZE_MAX;
    BM_TRY(bm_require_memory(context, bytes, "the tables of churn", err));
    BM_TRY(BM_NEW(&ledger->entry, entries, "the tables of churn", err));
cleanup:
    if (status != BM_OK)
        bm_ledger_free(ledger);
    return status;
}

void bm_ledger_free(bm_ledger *ledger) {
    free(ledger->period_of);
    free(ledger->entry);
    *ledger = (bm_ledger){0};
}

bm_ledger_pair bm_ledger_entries(const bm_ledger *ledger, size_t buyer, size_t period) {
    bm_ledger_pair pair = {{ledger->entry + period, NULL}};
    if (ledger->label != NULL && ledger->label[buyer] != 0)
        pair.of[1] = pair.of[0] + (size_t)ledger->label[buyer] * ledger->periods;
    return pair;
}

static void count_buyer(bm_ledger_entry *entry, bm_standing before, bm_standing now, int is_first) {
    if (now.there && !before.there)
        *(is_first ? &entry->added : &entry->reactivated) += 1;
    entry->lost += before.there && !now.there;
}

static void count_money(bm_ledger_entry *entry, bm_standing before, bm_standing now, int is_first) {
    bm_sum *money = entry->money;
    /* The difference of two doubles is rounded: they are added one by one. */
    if (now.there && !before.there) {
        bm_sum_add(&money[is_first ? BM_MONEY_NEW : BM_MONEY_REACTIVATED], now.money);
    } else if (before.there && !now.there) {
        bm_sum_add(&money[BM_MONEY_CHURNED], before.money);
    } else if (now.money > before.money) {
        bm_sum_add(&money[BM_MONEY_EXPANSION], now.money);
        bm_sum_add(&money[BM_MONEY_EXPANSION], -before.money);
    } else if (now.money < before.money) {
        bm_sum_add(&money[BM_MONEY_CONTRACTION], before.money);
        bm_sum_add(&money[BM_MONEY_CONTRACTION], -now.money);
    }
}

/* What stood, and what the period did to it. */
static void stand(bm_sum *stands, const bm_sum *money) {
    for (int kind = 0; kind < BM_MONEY_CLOSE; kind++) {
        double sign = kind == BM_MONEY_CONTRACTION || kind == BM_MONEY_CHURNED ? -1 : 1;
        bm_sum_add(stands, sign * money[kind].sum);
        bm_sum_add(stands, sign * money[kind].lost);
    }
}

void bm_ledger_move(const bm_ledger *ledger, size_t buyer, size_t period, bm_standing before,
                    bm_standing now, int is_first) {
    bm_ledger_pair pair = bm_ledger_entries(ledger, buyer, period);
    for (int i = 0; i < 2 && pair.of[i] != NULL; i++) {
        count_buyer(pair.of[i], before, now, is_first);
        count_money(pair.of[i], before, now, is_first);
    }
}

void bm_ledger_close(const bm_ledger *ledger) {
    for (size_t s = 0; s < ledger->segments; s++) {
        bm_ledger_entry *entry = ledger->entry + s * ledger->periods;
        bm_sum stands = {0};
        size_t there = 0;
        for (size_t p = 0; p < ledger->periods; p++) {
            stand(&stands, entry[p].money);
            entry[p].money[BM_MONEY_CLOSE] = stands;
            there += entry[p].added + entry[p].reactivated - entry[p].lost;
            entry[p].close = there;
        }
    }
}

bm_ledger_row bm_ledger_row_at(const bm_ledger *ledger, size_t row) {
    bm_ledger_row at = {.segment = row / ledger->periods,
                        .period = row % ledger->periods,
                        .entry = &ledger->entry[row]};
    at.is_complete = at.period + 1 < ledger->periods;
    if (at.period > 0) {
        at.start = at.entry[-1].close;
        at.start_money = bm_sum_value(&at.entry[-1].money[BM_MONEY_CLOSE]);
    }
    return at;
}

bm_status bm_ledger_set_period(const bm_ledger *ledger, size_t period, bm_result *result,
                               size_t column, size_t row, bm_error *err) {
    char text[BM_DATE_TEXT];
    int32_t number = ledger->base + (int32_t)period;
    int length = bm_format_date(text, bm_period_first_day(ledger->kind, number));
    return bm_result_set_text(result, column, row, (bm_text){text, (size_t)length}, err);
}

double bm_ledger_rate(const bm_ledger_row *row, double part, double whole) {
    return row->is_complete && whole > 0 ? part / whole : NAN;
}
