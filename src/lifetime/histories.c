/* Histories of an order log: what the lifetime models are fitted to.
 *
 * A purchase is a day with an order line that is no return (Fader, Hardie & Lee 2005 for daily
 * logs). Times are differences of dates, so a buyer who comes back the day after the first order
 * has t_x = 1 day, and orders on `until` itself count. Periods to follow predictions by are
 * (origin + i units, origin + i + 1 units], as E[X(t)] is of (0, t]: they are found in whole days
 * times 48, since a month is 1461 / 48 days, and so never miss by rounding.
 *
 * Two walks over the lines, chunks of buyers in parallel: one finds the first orders, the other
 * fills. What the threads count are whole numbers, of which the sum is exact in any order.
 * O(lines); beside the histories 4 bytes a buyer of the population, and 8 a period and thread. */
#include "lifetime/histories.h"

#include "base/date.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/sum.h"

#include <math.h>
#include <stdlib.h>

enum { BUYERS_A_CHUNK = 8192 };
enum { PARTS_A_DAY = 48, PARTS_A_MONTH = 1461, MONTHS = 12 };
#define NEVER INT32_MAX

/* Of a unit, in parts of a day. */
static int64_t unit_parts(bm_ltv_unit unit) {
    static const int64_t parts[] = {
        [BM_UNIT_DAY] = PARTS_A_DAY,
        [BM_UNIT_WEEK] = 7 * PARTS_A_DAY,
        [BM_UNIT_MONTH] = PARTS_A_MONTH,
        [BM_UNIT_YEAR] = MONTHS * PARTS_A_MONTH,
    };
    return parts[unit];
}

double bm_unit_days(bm_ltv_unit unit) {
    return (double)unit_parts(unit) / PARTS_A_DAY;
}

double bm_units_a_year(bm_ltv_unit unit) {
    return (double)(MONTHS * PARTS_A_MONTH) / (double)unit_parts(unit);
}

double bm_unit_horizon(bm_ltv_unit unit) {
    return floor(bm_units_a_year(unit));
}

/* One log on its way to histories. */
typedef struct walk {
    const bm_orders *orders;
    int32_t until, end; /* last days of the calibration, and of that and the holdout */
    int64_t parts;      /* of a day, in a unit */
    int32_t *first_day; /* [population] NEVER: no purchase up to until */
    bm_histories *out;
    double *repeats; /* [threads × periods] */
} walk;

static double units(const walk *w, int32_t from, int32_t to) {
    return (double)((int64_t)to - from) * PARTS_A_DAY / (double)w->parts;
}

static bm_status find_first(size_t chunk, void *arg, bm_error *err) {
    const walk *w = arg;
    const bm_orders *orders = w->orders;
    size_t end = bm_chunk_end(chunk, BUYERS_A_CHUNK, orders->buyers);
    for (size_t b = bm_chunk_begin(chunk, BUYERS_A_CHUNK); b < end; b++) {
        size_t line = orders->first[b];
        while (line < orders->first[b + 1] && bm_is_return(orders, line))
            line++;
        int found = line < orders->first[b + 1] && orders->day[line] <= w->until;
        w->first_day[b] = found ? orders->day[line] : NEVER;
    }
    return bm_check_interrupt(err);
}

/* A repeat purchase that is there to be followed. */
static void count_repeat(const walk *w, int32_t day, double *repeats) {
    int64_t since = ((int64_t)day - w->out->origin) * PARTS_A_DAY; /* > 0 */
    size_t period = (size_t)((since - 1) / w->parts);
    if (period < w->out->periods)
        repeats[period] += 1.0;
}

/* One buyer who has a purchase. */
static void walk_buyer(const walk *w, size_t buyer, size_t to, double *repeats) {
    const bm_orders *orders = w->orders;
    int32_t first = w->first_day[buyer], seen = first, last = first;
    size_t x = 0, later = 0;
    bm_sum spent = {0};
    for (size_t i = orders->first[buyer]; i < orders->first[buyer + 1]; i++) {
        int32_t day = orders->day[i];
        if (day > w->end)
            break;
        if (day == first || bm_is_return(orders, i))
            continue;
        if (day != seen) {
            count_repeat(w, day, repeats);
            x += day <= w->until;
            later += day > w->until;
            seen = day;
        }
        if (day > w->until)
            continue;
        last = day;
        if (orders->amount != NULL)
            bm_sum_add(&spent, orders->amount[i]);
    }
    double spend = orders->amount != NULL && x > 0 ? bm_sum_value(&spent) / (double)x : NAN;
    w->out->history[to] =
        (bm_history){(double)x, units(w, first, last), units(w, first, w->until), spend, 1.0};
    if (w->out->later != NULL)
        w->out->later[to] = (double)later;
}

/* Buyers of the population, if not all of them have a history, are in buyer_of already. */
static bm_status walk_chunk(size_t chunk, void *arg, bm_error *err) {
    const walk *w = arg;
    bm_histories *out = w->out;
    double *repeats = w->repeats + (size_t)bm_thread_index() * out->periods;
    size_t end = bm_chunk_end(chunk, BUYERS_A_CHUNK, out->buyers);
    for (size_t i = bm_chunk_begin(chunk, BUYERS_A_CHUNK); i < end; i++) {
        size_t buyer = out->buyer_of != NULL ? out->buyer_of[i] : i;
        out->first_day[i] = w->first_day[buyer];
        walk_buyer(w, buyer, i, repeats);
    }
    return bm_check_interrupt(err);
}

/* Who has a history, and when the first of them begins. */
static bm_status list_buyers(const walk *w, bm_error *err) {
    bm_histories *out = w->out;
    out->origin = NEVER;
    for (size_t b = 0; b < w->orders->buyers; b++) {
        out->buyers += w->first_day[b] != NEVER;
        out->origin = w->first_day[b] < out->origin ? w->first_day[b] : out->origin;
    }
    if (out->buyers == 0) {
        char day[BM_DATE_TEXT];
        bm_format_date(day, w->until);
        return bm_fail(err, BM_DEGENERATE,
                       "no buyer has an order up to %s, so there is nothing to fit lifetime models "
                       "to",
                       day);
    }
    if (out->buyers == w->orders->buyers)
        return BM_OK;
    bm_status status = BM_NEW(&out->buyer_of, out->buyers, "histories", err);
    for (size_t b = 0, to = 0; status == BM_OK && b < w->orders->buyers; b++) {
        if (w->first_day[b] != NEVER)
            out->buyer_of[to++] = b;
    }
    return status;
}

static bm_status fill(walk *w, bm_error *err) {
    bm_histories *out = w->out;
    size_t threads = (size_t)bm_threads(), cells;
    bm_status status;
    out->periods = (size_t)(((int64_t)w->end - out->origin) * PARTS_A_DAY / w->parts);
    if (!bm_multiply(threads, out->periods, &cells))
        cells = SIZE_MAX;
    BM_TRY(BM_NEW(&out->history, out->buyers, "histories", err));
    BM_TRY(BM_NEW(&out->first_day, out->buyers, "histories", err));
    BM_TRY(BM_NEW(&out->repeats, out->periods, "repeat orders", err));
    BM_TRY(BM_NEW(&w->repeats, cells, "repeat orders", err));
    if (w->end > w->until)
        BM_TRY(BM_NEW(&out->later, out->buyers, "histories", err));
    BM_TRY(bm_parallel_for(bm_chunks(out->buyers, BUYERS_A_CHUNK), walk_chunk, w, err));
    for (size_t i = 0; i < cells; i++)
        out->repeats[i % out->periods] += w->repeats[i];
cleanup:
    return status;
}

bm_status bm_histories_of_orders(const bm_orders *orders, bm_ltv_unit unit, int32_t until,
                                 int32_t holdout_until, bm_histories *histories, bm_error *err) {
    walk w = {.orders = orders,
              .until = until,
              .end = holdout_until > until ? holdout_until : until,
              .parts = unit_parts(unit),
              .out = histories};
    bm_status status;
    *histories = (bm_histories){.kind = BM_LTV_ORDERS,
                                .unit = unit,
                                .has_spend = orders->amount != NULL,
                                .holdout = units(&w, w.until, w.end),
                                .until = until};
    BM_TRY(BM_NEW(&w.first_day, orders->buyers, "first orders", err));
    BM_TRY(bm_parallel_for(bm_chunks(orders->buyers, BUYERS_A_CHUNK), find_first, &w, err));
    BM_TRY(list_buyers(&w, err));
    status = fill(&w, err);
cleanup:
    free(w.first_day);
    free(w.repeats);
    if (status != BM_OK)
        bm_histories_free(histories);
    return status;
}

void bm_histories_free(bm_histories *histories) {
    free(histories->history);
    free(histories->buyer_of);
    free(histories->later);
    free(histories->first_day);
    free(histories->repeats);
    *histories = (bm_histories){0};
}
