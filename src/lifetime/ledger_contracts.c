/* The book of contracts. Each contract is two events of its buyer: he has it from the close of the
 * period in which it starts, and no more from that of the period in which it ended. Between events
 * nothing changes, so the cost is that of the contracts and not of the periods they last.
 *
 * A contract that starts and ends within one period is there at no close. Scratch: 24 bytes for
 * each event of the buyer with the most. */
#include "base/memory.h"
#include "lifetime/ledger.h"

#include <math.h>
#include <stdlib.h>

enum { BUYERS_A_CHECK = 1 << 16 };

typedef struct event {
    size_t period;
    size_t order; /* ties: as the contracts stand, begins before ends */
    double amount;
    int begins;
} event;

static int compare_events(const void *left, const void *right) {
    const event *a = left, *b = right;
    if (a->period != b->period)
        return a->period < b->period ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

/* A contract that ended on the day it started never ran. */
static int ever_ran(const bm_contracts *contracts, size_t i) {
    return contracts->end[i] > contracts->start[i];
}

/* The events of a buyer, sorted. Gives how many. */
static size_t list_events(const bm_contracts *contracts, size_t buyer, const bm_ledger *ledger,
                          event *list) {
    size_t count = 0, begin = contracts->first[buyer];
    for (size_t i = begin; i < contracts->first[buyer + 1]; i++) {
        size_t from = bm_ledger_period(ledger, contracts->start[i]);
        size_t until = bm_ledger_period(ledger, contracts->end[i]);
        double amount = contracts->amount != NULL ? contracts->amount[i] : NAN;
        if (from == until)
            continue;
        list[count++] = (event){from, 2 * (i - begin), amount, 1};
        if (until < ledger->periods)
            list[count++] = (event){until, 2 * (i - begin) + 1, amount, 0};
    }
    qsort(list, count, sizeof *list, compare_events);
    return count;
}

/* The period in which a buyer's first contract began to run, or `periods`. */
static size_t first_period(const bm_contracts *contracts, size_t buyer, const bm_ledger *ledger) {
    for (size_t i = contracts->first[buyer]; i < contracts->first[buyer + 1]; i++) {
        if (ever_ran(contracts, i))
            return bm_ledger_period(ledger, contracts->start[i]);
    }
    return ledger->periods;
}

static void enter_buyer(const bm_contracts *contracts, size_t buyer, const bm_ledger *ledger,
                        event *list) {
    size_t count = list_events(contracts, buyer, ledger, list), running = 0;
    size_t first = first_period(contracts, buyer, ledger);
    if (first == ledger->periods)
        return;
    int stays = 0;
    bm_sum amount = {0};
    bm_standing before = {0};
    for (size_t i = 0; i < count;) {
        size_t period = list[i].period;
        for (; i < count && list[i].period == period; i++) {
            running += list[i].begins ? 1 : (size_t)-1;
            bm_sum_add(&amount, list[i].begins ? list[i].amount : -list[i].amount);
        }
        if (running == 0)
            amount = (bm_sum){0};
        bm_standing now = {running > 0, bm_sum_value(&amount)};
        bm_ledger_move(ledger, buyer, period, before, now, period == first);
        stays |= period == first && now.there;
        before = now;
    }
    if (stays)
        return;
    bm_ledger_pair pair = bm_ledger_entries(ledger, buyer, first);
    for (int i = 0; i < 2 && pair.of[i] != NULL; i++)
        pair.of[i]->passed++;
}

/* The first day that a contract runs on; the most contracts of one buyer. */
static int32_t first_day(const bm_contracts *contracts, size_t *most) {
    int32_t day = INT32_MAX;
    *most = 0;
    for (size_t b = 0; b < contracts->buyers; b++) {
        size_t begin = contracts->first[b], end = contracts->first[b + 1];
        *most = end - begin > *most ? end - begin : *most;
        if (end > begin && contracts->start[begin] < day)
            day = contracts->start[begin];
    }
    return day;
}

bm_status bm_ledger_of_contracts(const bm_contracts *contracts, const bm_period *period,
                                 const int32_t *label, size_t k, const bm_context *context,
                                 bm_ledger *ledger, bm_error *err) {
    event *list = NULL;
    size_t most;
    int32_t day0 = first_day(contracts, &most);
    bm_status status;
    BM_TRY(bm_ledger_open(ledger, period, day0, contracts->as_of, label, k, context, err));
    BM_TRY(BM_NEW(&list, 2 * most, "contracts", err));
    for (size_t b = 0; b < contracts->buyers; b++) {
        if (b % BUYERS_A_CHECK == 0)
            BM_TRY(bm_check_interrupt(err));
        enter_buyer(contracts, b, ledger, list);
    }
    bm_ledger_close(ledger);
cleanup:
    free(list);
    if (status != BM_OK)
        bm_ledger_free(ledger);
    return status;
}
