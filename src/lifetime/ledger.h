/* Who came and went, and with what money: a book by segment and calendar period, which churn and
 * revenue movements write from orders or from contracts. */
#ifndef BM_LIFETIME_LEDGER_H
#define BM_LIFETIME_LEDGER_H

#include "base/sum.h"
#include "buyermap/context.h"
#include "buyermap/contracts.h"
#include "buyermap/result.h"
#include "lifetime/cohorts.h"

/* What money can do in a period; BM_MONEY_CLOSE is what stands at its close. */
typedef enum bm_money {
    BM_MONEY_NEW,
    BM_MONEY_REACTIVATED,
    BM_MONEY_EXPANSION,
    BM_MONEY_CONTRACTION,
    BM_MONEY_CHURNED,
    BM_MONEY_CLOSE,
    BM_MONEY_KINDS,
} bm_money;

/* One segment and period. */
typedef struct bm_ledger_entry {
    size_t added;       /* buyers who are there at the close and never were before the period */
    size_t reactivated; /* who are there again */
    size_t lost;        /* who were there at the start and are not at the close */
    size_t passed; /* who came for the first time and went before the close: in none of these */
    size_t close;  /* who are there at the close; after bm_ledger_close */
    bm_sum money[BM_MONEY_KINDS]; /* CLOSE: after bm_ledger_close */
} bm_ledger_entry;

typedef struct bm_ledger {
    bm_period_kind kind;
    int32_t as_of;
    int32_t day0;           /* the first day of all */
    int32_t base;           /* number of the period that holds it */
    size_t periods;         /* to the one that holds as_of, which is open */
    size_t segments;        /* counted from 0, which is all buyers */
    int32_t *period_of;     /* [as_of - day0 + 1] */
    const int32_t *label;   /* of each buyer, 0 unassigned; NULL: segment 0 only */
    bm_ledger_entry *entry; /* [segments × periods] */
} bm_ledger;

/* A calendar period kind for any: months for rolling windows. An empty book, for days from day0 to
 * as_of; day0 > as_of: one without periods. BM_LIMIT, BM_NOMEM. */
bm_status bm_ledger_open(bm_ledger *ledger, const bm_period *period, int32_t day0, int32_t as_of,
                         const int32_t *label, size_t k, const bm_context *context,
                         bm_error *err) BM_MUST_CHECK;
void bm_ledger_free(bm_ledger *ledger);

/* The period that holds a day; of days after as_of: `periods`, which is no period. */
static inline size_t bm_ledger_period(const bm_ledger *ledger, int32_t day) {
    return day > ledger->as_of ? ledger->periods
                               : (size_t)ledger->period_of[(size_t)((int64_t)day - ledger->day0)];
}

/* The entries of a period that a buyer counts in: that of all, and that of his segment or NULL.
 * Labels are 0 … k. */
typedef struct bm_ledger_pair {
    bm_ledger_entry *of[2];
} bm_ledger_pair;
bm_ledger_pair bm_ledger_entries(const bm_ledger *ledger, size_t buyer, size_t period);

/* How a buyer stands at the close of a period. */
typedef struct bm_standing {
    int there;
    double money; /* 0 where he is not; NaN where nobody knows */
} bm_standing;

/* Enters a buyer's change from one close to the next. is_first: he was never there before this
 * period, not even between two closes. */
void bm_ledger_move(const bm_ledger *ledger, size_t buyer, size_t period, bm_standing before,
                    bm_standing now, int is_first);
/* Sums up the closes. Once, after the last entry. */
void bm_ledger_close(const bm_ledger *ledger);

/* One row of a table: entry, and what stood at the close before it (zeroed before the first). */
typedef struct bm_ledger_row {
    size_t segment, period;
    const bm_ledger_entry *entry;
    size_t start;       /* buyers */
    double start_money; /* at the close before */
    int is_complete;
} bm_ledger_row;
/* Row segment × periods + period. */
bm_ledger_row bm_ledger_row_at(const bm_ledger *ledger, size_t row);
/* The period's first day, ISO, into a text column. */
bm_status bm_ledger_set_period(const bm_ledger *ledger, size_t period, bm_result *result,
                               size_t column, size_t row, bm_error *err) BM_MUST_CHECK;
/* part / whole; NaN in an open period and where whole is 0. */
double bm_ledger_rate(const bm_ledger_row *row, double part, double whole);

/* The book of contracts: a buyer is there at the close of a period when a contract of his runs on
 * its last day (in the open period: on as_of), with the amounts of those that do; money is NaN
 * where the contracts have no amounts. Opens, fills and closes it. O(contracts log contracts of one
 * buyer + entries). BM_LIMIT, BM_NOMEM. */
bm_status bm_ledger_of_contracts(const bm_contracts *contracts, const bm_period *period,
                                 const int32_t *label, size_t k, const bm_context *context,
                                 bm_ledger *ledger, bm_error *err) BM_MUST_CHECK;

#endif
