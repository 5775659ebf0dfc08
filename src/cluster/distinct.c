/* Rows that are equal, and how many are not.
 *
 * Equal rows are found by a hash table with open addressing, the lowest of them in it.
 *
 * Counting distinct rows. The first rows are met one by one, which is nearly always enough; if not,
 * the rest is met in a pass, each chunk with a set of the rows that are new to it. */
#include "cluster/distinct.h"

#include "base/memory.h"
#include "buyermap/context.h"
#include "cluster/row_set.h"
#include "data/rows.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROWS = 1024, LEAST_ROWS = 8192, MOST_CHUNKS = 64 };
enum { VALUES_A_CHECK = 1 << 20, OF_A_ROW = 16 }; /* finding a row's place costs as 16 values do */

int bm_same_row(const double *a, const double *b, size_t d) {
    for (size_t f = 0; f < d; f++)
        if (a[f] < b[f] || a[f] > b[f])
            return 0;
    return 1;
}

uint64_t bm_hash_row(const double *row, size_t d) {
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

bm_status bm_lowest_equal(const bm_features *features, uint32_t *lowest, bm_error *err) {
    size_t n = features->n, d = features->d, slots = 16;
    size_t rows_a_check = VALUES_A_CHECK / (d + OF_A_ROW) + 1;
    uint32_t *slot = NULL; /* 0 is free, else the number of a row + 1 */
    bm_status status;
    while (slots / 2 < n)
        slots *= 2;
    BM_TRY(BM_NEW(&slot, slots, "equal buyers", err));
    for (size_t i = 0; i < n; i++) {
        const double *row = features->x + i * d;
        if (i % rows_a_check == 0)
            BM_TRY(bm_check_interrupt(err));
        size_t at = (size_t)bm_hash_row(row, d) & (slots - 1);
        while (slot[at] != 0 && !bm_same_row(features->x + (slot[at] - 1) * d, row, d))
            at = (at + 1) & (slots - 1);
        if (slot[at] == 0)
            slot[at] = (uint32_t)i + 1;
        lowest[i] = slot[at] - 1;
    }
cleanup:
    free(slot);
    return status;
}

/* Rows that were met, and a set of them. */
typedef struct met {
    double *row; /* [most × d] */
    bm_row_set set;
} met;

static bm_status start(met *rows, size_t most, size_t d, bm_error *err) {
    size_t cells = 0;
    bm_status status = BM_OK;
    if (!bm_multiply(most, d, &cells))
        return bm_fail(err, BM_NOMEM, "out of memory: counting distinct buyers");
    BM_TRY(BM_NEW(&rows->row, cells, "counting distinct buyers", err));
    BM_TRY(bm_row_set_init(&rows->set, rows->row, most, d, err));
cleanup:
    return status;
}

static void meet(met *rows, const double *row) {
    if (bm_row_set_add(&rows->set, row))
        memcpy(rows->row + (rows->set.count - 1) * rows->set.d, row, rows->set.d * sizeof *row);
}

static void forget(met *rows) {
    free(rows->row);
    bm_row_set_free(&rows->set);
}

typedef struct work {
    const bm_features *features;
    size_t limit, chunk_rows;
    met all;        /* of the first rows, and in the end of all */
    met *chunk;     /* [chunks] rows that are not among the first */
    double *buffer; /* [threads × d] */
} work;

static bm_status meet_chunk(size_t chunk, void *arg, bm_error *err) {
    const work *now = arg;
    met *rows = &now->chunk[chunk];
    size_t d = now->features->d, left = now->limit - now->all.set.count;
    size_t first = bm_chunk_begin(chunk, now->chunk_rows);
    size_t end = bm_chunk_end(chunk, now->chunk_rows, now->features->n);
    double *buffer = now->buffer + (size_t)bm_thread_index() * d;
    bm_status status = start(rows, left < end - first ? left : end - first, d, err);
    for (size_t i = first; status == BM_OK && i < end && rows->set.count < left; i++) {
        const double *row = bm_rows_doubles(now->features, i, 1, buffer);
        if (!bm_row_set_has(&now->all.set, row))
            meet(rows, row);
    }
    return status == BM_OK ? bm_check_interrupt(err) : status;
}

/* Rows that the first ones have not shown. */
static bm_status meet_rest(work *now, bm_error *err) {
    size_t n = now->features->n, d = now->features->d;
    now->chunk_rows = n / MOST_CHUNKS + 1 > LEAST_ROWS ? n / MOST_CHUNKS + 1 : LEAST_ROWS;
    size_t chunks = bm_chunks(n, now->chunk_rows);
    bm_status status = BM_OK;
    BM_TRY(BM_NEW(&now->chunk, chunks, "counting distinct buyers", err));
    BM_TRY(bm_rows_pass(now->features, now->chunk_rows, meet_chunk, now, err));
    for (size_t c = 0; c < chunks; c++)
        for (size_t i = 0; i < now->chunk[c].set.count && now->all.set.count < now->limit; i++)
            meet(&now->all, now->chunk[c].row + i * d);
cleanup:
    for (size_t c = 0; now->chunk != NULL && c < chunks; c++)
        forget(&now->chunk[c]);
    free(now->chunk);
    return status;
}

bm_status bm_distinct_rows(const bm_features *features, size_t limit, size_t *count,
                           bm_error *err) {
    size_t n = features->n, d = features->d, first = 0;
    work now = {.features = features, .limit = limit < n ? limit : n};
    bm_status status = BM_OK;
    BM_TRY(start(&now.all, now.limit, d, err));
    BM_TRY(BM_NEW_ALIGNED(&now.buffer, (size_t)bm_threads() * d, "counting distinct buyers", err));
    first = now.limit < n / 2 ? 2 * now.limit : n;
    first = first > FIRST_ROWS ? first : FIRST_ROWS;
    first = first < n ? first : n;
    for (size_t i = 0; i < first && now.all.set.count < now.limit; i++)
        meet(&now.all, bm_row(features, i, now.buffer));
    BM_TRY(bm_rows_check(features, err));
    if (first < n && now.all.set.count < now.limit)
        BM_TRY(meet_rest(&now, err));
    *count = now.all.set.count;
cleanup:
    forget(&now.all);
    free(now.buffer);
    return status;
}
