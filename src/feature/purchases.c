/* One buyer's purchases: orders, revenue, intervals between orders, and the mix of each dimension.
 *
 * Values are tallied in an open-addressing table that holds, in the order of first appearance, one
 * entry a distinct value; it is emptied entry by entry, so that a buyer costs O(own lines) and not
 * O(values of the log). Codes are their own hash: while a dimension has fewer values than the table
 * slots, no two meet. Memory for one thread: 36 bytes a line of the buyer with the most lines, or a
 * distinct value when those are fewer. Ties go to the value seen first. */
#include "feature/purchases.h"

#include "base/memory.h"
#include "base/sum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct entry {
    int32_t code;
    uint32_t slot;
    size_t lines;
    double revenue;
} entry;

struct bm_mix_tally {
    entry *entry;
    size_t entries;
    uint32_t *slot; /* 0 is free, else index of the entry + 1 */
    size_t mask;
};

/* The most distinct values of one dimension that one buyer can have. */
static size_t most_values(const bm_orders *orders) {
    size_t longest = 0, values = 0;
    for (size_t b = 0; b < orders->buyers; b++) {
        size_t lines = orders->first[b + 1] - orders->first[b];
        longest = lines > longest ? lines : longest;
    }
    for (int d = 0; d < BM_DIMENSIONS; d++) {
        if (orders->code[d] != NULL && orders->names[d]->count > values)
            values = orders->names[d]->count;
    }
    return longest < values ? longest : values;
}

/* A power of two that leaves a third of the table free at least. */
static size_t slots_for(size_t values) {
    size_t slots = 4;
    while (slots / 3 * 2 < values)
        slots *= 2;
    return slots;
}

size_t bm_mix_tally_bytes(const bm_orders *orders) {
    size_t values = most_values(orders);
    return sizeof(bm_mix_tally) + values * sizeof(entry) + slots_for(values) * sizeof(uint32_t);
}

bm_status bm_mix_tally_new(bm_mix_tally **tally, const bm_orders *orders, bm_error *err) {
    size_t values = most_values(orders), slots = slots_for(values);
    bm_status status;
    *tally = NULL;
    BM_TRY(BM_NEW(tally, 1, "order measures", err));
    BM_TRY(BM_NEW(&(*tally)->entry, values, "order measures", err));
    BM_TRY(BM_NEW(&(*tally)->slot, slots, "order measures", err));
    (*tally)->mask = slots - 1;
    return BM_OK;
cleanup:
    bm_mix_tally_free(*tally);
    *tally = NULL;
    return status;
}

void bm_mix_tally_free(bm_mix_tally *tally) {
    if (tally == NULL)
        return;
    free(tally->entry);
    free(tally->slot);
    free(tally);
}

static entry *find_entry(bm_mix_tally *tally, int32_t code) {
    size_t slot = (size_t)code & tally->mask;
    while (tally->slot[slot] != 0) {
        entry *found = &tally->entry[tally->slot[slot] - 1];
        if (found->code == code)
            return found;
        slot = (slot + 1) & tally->mask;
    }
    entry *added = &tally->entry[tally->entries++];
    *added = (entry){.code = code, .slot = (uint32_t)slot};
    tally->slot[slot] = (uint32_t)tally->entries;
    return added;
}

static void count_values(const bm_orders *orders, size_t buyer, bm_dimension dimension,
                         bm_mix_tally *tally) {
    const int32_t *code = orders->code[dimension];
    for (size_t i = orders->first[buyer]; i < orders->first[buyer + 1]; i++) {
        if (code[i] < 0 || bm_is_return(orders, i))
            continue;
        entry *value = find_entry(tally, code[i]);
        value->lines++;
        value->revenue += orders->amount != NULL ? orders->amount[i] : 0.0;
    }
}

static bm_mix mix_of(const bm_mix_tally *tally) {
    bm_mix mix = {.values = tally->entries, .main = -1, .main_share = NAN, .hhi = NAN};
    double revenue = 0, lines = 0, most = -1;
    int by_revenue = 1;
    for (size_t i = 0; i < tally->entries; i++) {
        revenue += tally->entry[i].revenue;
        lines += (double)tally->entry[i].lines;
        by_revenue = by_revenue && tally->entry[i].revenue >= 0;
    }
    by_revenue = by_revenue && revenue > 0;
    double total = by_revenue ? revenue : lines, squares = 0;
    for (size_t i = 0; i < tally->entries; i++) {
        const entry *value = &tally->entry[i];
        double part = by_revenue ? value->revenue : (double)value->lines;
        squares += part / total * (part / total);
        if (part > most) {
            most = part;
            mix.main = value->code;
        }
    }
    if (tally->entries > 0) {
        mix.main_share = most / total;
        mix.hhi = squares;
    }
    return mix;
}

static void empty(bm_mix_tally *tally) {
    for (size_t i = 0; i < tally->entries; i++)
        tally->slot[tally->entry[i].slot] = 0;
    tally->entries = 0;
}

/* Sums of squares are taken about the mean interval, in a second walk. */
static double interval_sd(const bm_orders *orders, size_t buyer, const bm_purchases *purchases) {
    if (purchases->order_days < 3)
        return NAN;
    double squares = 0;
    int32_t day = purchases->first;
    for (size_t i = orders->first[buyer]; i < orders->first[buyer + 1]; i++) {
        if (bm_is_return(orders, i) || orders->day[i] == day)
            continue;
        double difference = (double)(orders->day[i] - day) - purchases->interval_mean;
        squares += difference * difference;
        day = orders->day[i];
    }
    return sqrt(squares / (double)(purchases->order_days - 2));
}

static void walk(const bm_orders *orders, size_t buyer, bm_purchases *purchases) {
    bm_sum revenue = {0}, quantity = {0};
    for (size_t i = orders->first[buyer]; i < orders->first[buyer + 1]; i++) {
        if (bm_is_return(orders, i))
            continue;
        bm_sum_add(&revenue, orders->amount != NULL ? orders->amount[i] : 0.0);
        bm_sum_add(&quantity, orders->quantity != NULL ? orders->quantity[i] : 0.0);
        purchases->orders += orders->opens[i];
        if (purchases->bought++ == 0)
            purchases->first = orders->day[i];
        else if (orders->day[i] == purchases->last)
            continue;
        purchases->last = orders->day[i];
        purchases->order_days++;
    }
    purchases->revenue = bm_sum_value(&revenue);
    purchases->quantity = bm_sum_value(&quantity);
}

void bm_purchases_of(const bm_orders *orders, size_t buyer, bm_mix_tally *tally,
                     bm_purchases *purchases) {
    *purchases = (bm_purchases){.as_of = orders->as_of, .interval_mean = NAN};
    purchases->lines = orders->first[buyer + 1] - orders->first[buyer];
    walk(orders, buyer, purchases);
    if (purchases->order_days >= 2)
        purchases->interval_mean =
            (double)(purchases->last - purchases->first) / (double)(purchases->order_days - 1);
    purchases->interval_sd = interval_sd(orders, buyer, purchases);
    for (int d = 0; d < BM_DIMENSIONS; d++) {
        if (orders->code[d] == NULL)
            continue;
        count_values(orders, buyer, (bm_dimension)d, tally);
        purchases->mix[d] = mix_of(tally);
        empty(tally);
    }
}
