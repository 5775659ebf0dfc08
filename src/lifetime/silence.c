/* Intervals of a churn rule. A model takes microseconds for one, so it is asked once for each pair
 * (repeats, days from first to last) that occurs: the pairs are put into a hash table, whose slots
 * are then asked in chunks. Where the slots lie follows from the log alone.
 * O(lines + slots × interval); 12 bytes a slot, 2 to 4 slots a pair. */
#include "lifetime/silence.h"

#include "base/memory.h"
#include "base/parallel.h"

#include <math.h>
#include <stdlib.h>

enum { BUYERS_A_CHECK = 1 << 16, FIRST_SLOTS = 1024, SLOTS_A_CHUNK = 256 };

bm_order_days bm_order_days_of(const bm_orders *orders, size_t buyer) {
    return (bm_order_days){
        .orders = orders, .line = orders->first[buyer], .end = orders->first[buyer + 1]};
}

int bm_next_order_day(bm_order_days *days) {
    const bm_orders *orders = days->orders;
    while (days->line < days->end && bm_is_return(orders, days->line))
        days->line++;
    if (days->line == days->end)
        return 0;
    days->begin = days->line;
    int32_t day = orders->day[days->line];
    while (days->line < days->end &&
           (orders->day[days->line] == day || bm_is_return(orders, days->line)))
        days->line++;
    if (days->any)
        days->repeats++;
    else
        days->first = day;
    days->any = 1;
    days->last = day;
    return 1;
}

static uint64_t pair_of(const bm_order_days *days) {
    uint32_t span = (uint32_t)((int64_t)days->last - days->first);
    return ((uint64_t)days->repeats << 32 | span) + 1;
}

/* Where a pair is or would be put (the finalizer of splitmix64). */
static size_t slot_of(const bm_silence *silence, uint64_t pair) {
    uint64_t z = pair;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    size_t slot = (size_t)(z ^ (z >> 31)) & (silence->slots - 1);
    while (silence->slot[slot] != 0 && silence->slot[slot] != pair)
        slot = (slot + 1) & (silence->slots - 1);
    return slot;
}

static bm_status grow(bm_silence *silence, bm_error *err) {
    bm_silence larger = {.slots = 2 * silence->slots, .pairs = silence->pairs};
    bm_status status = BM_NEW(&larger.slot, larger.slots, "intervals of silence", err);
    if (status != BM_OK)
        return status;
    for (size_t i = 0; i < silence->slots; i++) {
        if (silence->slot[i] != 0)
            larger.slot[slot_of(&larger, silence->slot[i])] = silence->slot[i];
    }
    free(silence->slot);
    *silence = larger;
    return BM_OK;
}

static bm_status add_pair(bm_silence *silence, const bm_order_days *days, bm_error *err) {
    uint64_t pair = pair_of(days);
    size_t slot = slot_of(silence, pair);
    if (silence->slot[slot] == pair)
        return BM_OK;
    silence->slot[slot] = pair;
    return 2 * ++silence->pairs > silence->slots ? grow(silence, err) : BM_OK;
}

static bm_status list_pairs(const bm_orders *orders, int last_only, bm_silence *silence,
                            bm_error *err) {
    bm_status status;
    silence->slots = FIRST_SLOTS;
    BM_TRY(BM_NEW(&silence->slot, silence->slots, "intervals of silence", err));
    for (size_t b = 0; b < orders->buyers; b++) {
        bm_order_days days = bm_order_days_of(orders, b);
        if (b % BUYERS_A_CHECK == 0)
            BM_TRY(bm_check_interrupt(err));
        while (bm_next_order_day(&days)) {
            if (!last_only)
                BM_TRY(add_pair(silence, &days, err));
        }
        if (last_only && days.any)
            BM_TRY(add_pair(silence, &days, err));
    }
cleanup:
    return status;
}

static int32_t whole_days(double interval) {
    if (!(interval < BM_NOT_CHURNED)) /* infinite, NaN, or past all calendars */
        return BM_NOT_CHURNED;
    return interval > 0 ? (int32_t)floor(interval) : 0;
}

typedef struct asking {
    const bm_churn_rule *rule;
    bm_silence *silence;
} asking;

static bm_status ask_chunk(size_t chunk, void *arg, bm_error *err) {
    const asking *a = arg;
    size_t end = bm_chunk_end(chunk, SLOTS_A_CHUNK, a->silence->slots);
    for (size_t i = bm_chunk_begin(chunk, SLOTS_A_CHUNK); i < end; i++) {
        uint64_t pair = a->silence->slot[i];
        if (pair == 0)
            continue;
        pair--;
        a->silence->value[i] = whole_days(
            a->rule->interval(a->rule->source, (size_t)(pair >> 32), (double)(uint32_t)pair));
    }
    return bm_check_interrupt(err);
}

bm_status bm_silence_of(const bm_orders *orders, const bm_churn_rule *rule, int last_only,
                        const bm_context *context, bm_silence *silence, bm_error *err) {
    asking a = {rule, silence};
    bm_status status = BM_OK;
    *silence = (bm_silence){.days = whole_days(rule->days)};
    if (!isnan(rule->days))
        return BM_OK;
    if (rule->interval == NULL)
        return bm_fail(err, BM_INTERNAL, "churn: a rule without days and without a model");
    BM_TRY(list_pairs(orders, last_only, silence, err));
    BM_TRY(bm_require_memory(context, silence->slots * (sizeof(uint64_t) + sizeof(int32_t)),
                             "intervals of silence", err));
    BM_TRY(BM_NEW(&silence->value, silence->slots, "intervals of silence", err));
    BM_TRY(bm_parallel_for(bm_chunks(silence->slots, SLOTS_A_CHUNK), ask_chunk, &a, err));
cleanup:
    if (status != BM_OK)
        bm_silence_free(silence);
    return status;
}

void bm_silence_free(bm_silence *silence) {
    free(silence->slot);
    free(silence->value);
    *silence = (bm_silence){0};
}

int32_t bm_churn_day(const bm_silence *silence, const bm_order_days *days) {
    int32_t interval = silence->days;
    if (silence->slot != NULL)
        interval = silence->value[slot_of(silence, pair_of(days))];
    int64_t day = (int64_t)days->last + interval + 1;
    return interval == BM_NOT_CHURNED || day >= BM_NOT_CHURNED ? BM_NOT_CHURNED : (int32_t)day;
}
