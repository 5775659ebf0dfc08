/* Counting distinct rows: a hash table with open addressing that holds at most `limit` rows. */
#include "cluster/distinct.h"

#include "base/memory.h"
#include "data/rows.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_ROWS = 64 };

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

/* Counts a row whose value is not in the table yet. */
static void count_row(const bm_features *features, size_t i, const double *row, size_t *slot,
                      size_t slots, double *other, size_t *found) {
    size_t d = features->d, place = (size_t)hash_row(row, d) & (slots - 1);
    while (slot[place] != 0 && !bm_same_row(bm_row(features, slot[place] - 1, other), row, d))
        place = (place + 1) & (slots - 1);
    if (slot[place] == 0) {
        slot[place] = i + 1;
        (*found)++;
    }
}

bm_status bm_distinct_rows(const bm_features *features, size_t limit, size_t *count,
                           bm_error *err) {
    static const char what[] = "counting distinct buyers";
    size_t slots = 16, found = 0, n = features->n, d = features->d, cells;
    size_t *slot = NULL; /* 0 is free, else row + 1 */
    double *block = NULL, *other = NULL;
    bm_status status;
    if (limit > n)
        limit = n;
    while (slots / 2 < limit)
        slots *= 2;
    if (!bm_multiply(d, BLOCK_ROWS, &cells))
        cells = SIZE_MAX;
    BM_TRY(BM_NEW(&slot, slots, what, err));
    BM_TRY(BM_NEW(&block, cells, what, err));
    BM_TRY(BM_NEW(&other, d, what, err));
    for (size_t first = 0; first < n && found < limit; first += BLOCK_ROWS) {
        size_t rows = n - first < BLOCK_ROWS ? n - first : BLOCK_ROWS;
        const double *row = bm_rows_doubles(features, first, rows, block);
        for (size_t i = 0; i < rows && found < limit; i++)
            count_row(features, first + i, row + i * d, slot, slots, other, &found);
    }
    status = bm_rows_check(features, err);
    *count = found;
cleanup:
    free(slot);
    free(block);
    free(other);
    return status;
}
