#include "cluster/row_set.h"

#include "base/memory.h"
#include "cluster/distinct.h"

#include <stdlib.h>

bm_status bm_row_set_init(bm_row_set *set, const double *row, size_t most, size_t d,
                          bm_error *err) {
    size_t slots = 16;
    while (slots / 2 < most)
        slots *= 2;
    *set = (bm_row_set){.slots = slots, .d = d, .row = row};
    return BM_NEW(&set->slot, slots, "a set of rows", err);
}

/* The slot that the row is in, or the one that is free for it. */
static size_t place_of(const bm_row_set *set, const double *row) {
    size_t place = (size_t)bm_hash_row(row, set->d) & (set->slots - 1);
    while (set->slot[place] != 0 &&
           !bm_same_row(set->row + (set->slot[place] - 1) * set->d, row, set->d))
        place = (place + 1) & (set->slots - 1);
    return place;
}

int bm_row_set_add(bm_row_set *set, const double *row) {
    size_t place = place_of(set, row);
    if (set->slot[place] != 0)
        return 0;
    set->slot[place] = ++set->count;
    return 1;
}

int bm_row_set_has(const bm_row_set *set, const double *row) {
    return set->slot[place_of(set, row)] != 0;
}

void bm_row_set_free(bm_row_set *set) {
    free(set->slot);
    *set = (bm_row_set){0};
}
