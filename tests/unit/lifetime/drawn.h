/* Orders and contracts drawn at random, and the closes of periods counted day by day: for tests
 * against what is counted the slow way. */
#ifndef DRAWN_H
#define DRAWN_H

#include "../profile/result_cells.h"
#include "base/date.h"
#include "buyermap/contracts.h"
#include "buyermap/orders.h"
#include "lifetime/period.h"

#include <stdlib.h>

enum { BUYERS = 60, K = 3, SPAN = 150, MOST_LINES = 12 };

static inline uint64_t draw(uint64_t *at, uint64_t n) {
    *at = *at * 6364136223846793005u + 1442695040888963407u;
    return (*at >> 33) % n;
}

/* Days from day0 to day0 + SPAN; returns, two lines a day, buyers without lines, cents. */
static inline bm_orders draw_orders(uint64_t *at, int32_t day0) {
    bm_orders o = {.buyers = BUYERS, .as_of = day0 + SPAN};
    o.first = calloc(BUYERS + 1, sizeof *o.first);
    o.day = calloc(BUYERS * MOST_LINES, sizeof *o.day);
    o.amount = calloc(BUYERS * MOST_LINES, sizeof *o.amount);
    o.opens = calloc(BUYERS * MOST_LINES, sizeof *o.opens);
    o.is_return = calloc(BUYERS * MOST_LINES, sizeof *o.is_return);
    for (size_t b = 0; b < BUYERS; b++) {
        size_t lines = draw(at, 6) == 0 ? 0 : 1 + draw(at, MOST_LINES);
        int32_t day = day0 + (int32_t)draw(at, 60), step = 1 + (int32_t)draw(at, 30);
        for (size_t i = 0; i < lines && day <= o.as_of; i++) {
            o.day[o.lines] = day;
            o.amount[o.lines] = (double)draw(at, 100000) / 100;
            o.is_return[o.lines] = draw(at, 7) == 0;
            o.opens[o.lines++] = 1;
            day += (int32_t)draw(at, (uint64_t)(2 * step));
        }
        o.first[b + 1] = o.lines;
    }
    return o;
}

/* Overlapping contracts, gaps, some that run on, some that end after as_of or never ran. */
static inline bm_contracts draw_contracts(uint64_t *at, int32_t day0) {
    bm_contracts c = {.buyers = BUYERS, .as_of = day0 + SPAN};
    c.first = calloc(BUYERS + 1, sizeof *c.first);
    c.start = calloc(BUYERS * MOST_LINES, sizeof *c.start);
    c.end = calloc(BUYERS * MOST_LINES, sizeof *c.end);
    c.amount = calloc(BUYERS * MOST_LINES, sizeof *c.amount);
    for (size_t b = 0; b < BUYERS; b++) {
        size_t n = draw(at, 6);
        int32_t day = day0 + (int32_t)draw(at, 90);
        for (size_t i = 0; i < n && day <= c.as_of; i++) {
            c.start[c.contracts] = day;
            c.end[c.contracts] = draw(at, 9) == 0 ? BM_RUNNING : day + (int32_t)draw(at, 60);
            c.amount[c.contracts++] = (double)draw(at, 100000) / 100;
            day += (int32_t)draw(at, 45);
        }
        c.first[b + 1] = c.contracts;
    }
    return c;
}

static inline void draw_labels(uint64_t *at, int32_t label[BUYERS]) {
    for (size_t b = 0; b < BUYERS; b++)
        label[b] = (int32_t)draw(at, K + 1);
}

/* The last day of the period that holds a day, not after as_of. */
static inline int32_t close_of(bm_period_kind kind, int32_t number, int32_t as_of) {
    int32_t last = bm_period_first_day(kind, number + 1) - 1;
    return last < as_of ? last : as_of;
}

/* One row counted the slow way; buyers of segment 0 are all. */
typedef struct slow_row {
    int64_t start, lost, added, reactivated, end, passed;
    double money_start, money_lost, money_new, money_reactivated, expansion, contraction, money_end;
} slow_row;

/* How a buyer stands at a day, and the first day he was ever there (INT32_MAX: never). */
typedef struct slow_world {
    const void *source;
    int (*there)(const void *source, size_t buyer, int32_t day);
    double (*money)(const void *source, size_t buyer, int32_t number, int32_t close);
    int32_t (*first)(const void *source, size_t buyer);
    const int32_t *label;
    bm_period_kind kind;
    int32_t as_of;
} slow_world;

static inline slow_row slow_count(const slow_world *w, int64_t segment, int32_t number) {
    slow_row row = {0};
    int32_t close = close_of(w->kind, number, w->as_of);
    int32_t open = bm_period_first_day(w->kind, number) - 1;
    for (size_t b = 0; b < BUYERS; b++) {
        if (segment != 0 && w->label[b] != segment)
            continue;
        int before = w->there(w->source, b, open), now = w->there(w->source, b, close);
        double was = before ? w->money(w->source, b, number - 1, open) : 0;
        double is = now ? w->money(w->source, b, number, close) : 0;
        int is_first = w->first(w->source, b) > open, came = w->first(w->source, b) <= close;
        row.start += before, row.end += now, row.money_start += was, row.money_end += is;
        row.lost += before && !now;
        row.money_lost += before && !now ? was : 0;
        row.added += !before && now && is_first;
        row.money_new += !before && now && is_first ? is : 0;
        row.reactivated += !before && now && !is_first;
        row.money_reactivated += !before && now && !is_first ? is : 0;
        row.passed += is_first && came && !now;
        row.expansion += before && now && is > was ? is - was : 0;
        row.contraction += before && now && is < was ? was - is : 0;
    }
    return row;
}

#endif
