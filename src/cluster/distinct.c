/* Counting distinct rows: a hash table with open addressing that holds at most `limit` rows. */
#include "cluster/distinct.h"

#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int bm_same_row(const double *a, const double *b, size_t d) {
    for (size_t f = 0; f < d; f++)
        if (a[f] < b[f] || a[f] > b[f])
            return 0;
    return 1;
}

static uint64_t hash_row(const double *row, size_t d) {
    uint64_t hash = 0x9e3779b97f4a7c15u;
    for (size_t f = 0; f < d; f++) {
        double value = row[f] + 0.0; /* makes −0 and 0 alike */
        uint64_t bits;
        memcpy(&bits, &value, sizeof bits);
        hash = (hash ^ bits) * 0xff51afd7ed558ccdu;
        hash ^= hash >> 32;
    }
    return hash;
}

bm_status bm_distinct_rows(const bm_features *features, size_t limit, size_t *count,
                           bm_error *err) {
    size_t slots = 16, found = 0;
    if (limit > features->n)
        limit = features->n;
    while (slots / 2 < limit)
        slots *= 2;
    size_t *slot = NULL; /* 0 is free, else row + 1 */
    bm_status status = BM_NEW(&slot, slots, "counting distinct buyers", err);
    if (status != BM_OK)
        return status;
    for (size_t i = 0; i < features->n && found < limit; i++) {
        const double *row = features->x + i * features->d;
        size_t place = (size_t)hash_row(row, features->d) & (slots - 1);
        while (slot[place] != 0 &&
               !bm_same_row(features->x + (slot[place] - 1) * features->d, row, features->d))
            place = (place + 1) & (slots - 1);
        if (slot[place] == 0) {
            slot[place] = i + 1;
            found++;
        }
    }
    free(slot);
    *count = found;
    return BM_OK;
}
