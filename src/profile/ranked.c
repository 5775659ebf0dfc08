/* Distinct values and values at ranks by partition into buckets, in place.
 *
 * A range of keys is cut into at most 1,024 buckets of ascending keys, by the distance from the
 * smallest, and put in bucket order (McIlroy, Bostic and McIlroy 1993, American flag sort; all
 * buckets at once as in Skarupke's ska_sort, so that moves do not wait for each other). A bucket
 * that fits a near cache is counted with a hash table and sorted only when a wanted rank lies
 * in it; a larger one is cut again. Distance is that of the numbers or that of their bits: the
 * first is even for most data, the second for those that span many powers of two; a sample tells
 * which. Cutting by bits takes 9 bits off the range, so that it ends. */
#include "profile/ranked.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    BUCKETS = 1024,
    SMALL = 24576, /* keys of a bucket that is not cut again: 192 KiB */
    SLOTS = 65536, /* of the hash table, at most two thirds of them taken */
    SAMPLE = 1024, /* keys that choose the distance */
    BY_VALUE = 4,  /* cuts by the numbers' distance, then by bits only */
    DEEPEST = 16,  /* more than there can be: 4 by value and 8 by bits */
};

static const uint64_t top = (uint64_t)1 << 63;

uint64_t bm_key_of_number(double x) {
    uint64_t bits;
    x += 0.0; /* -0.0 becomes 0.0 */
    memcpy(&bits, &x, sizeof bits);
    return (bits & top) != 0 ? ~bits : bits | top;
}

double bm_number_of_key(uint64_t key) {
    double x;
    key = (key & top) != 0 ? key ^ top : ~key;
    memcpy(&x, &key, sizeof x);
    return x;
}

uint64_t bm_key_of_time(int64_t seconds) {
    return (uint64_t)seconds ^ top;
}

int64_t bm_time_of_key(uint64_t key) {
    return (int64_t)(key ^ top);
}

/* How a range of keys is cut: by value (scale > 0) or by bits. */
typedef struct cut {
    uint64_t low;
    double low_value, scale;
    unsigned shift;
} cut;

typedef struct level {
    size_t next[BUCKETS], end[BUCKETS];
} level;

typedef struct ranking {
    const bm_ranks *ranks;
    size_t ranked; /* of the ranks, how many have their value */
    int are_numbers;
    uint64_t *slot; /* [SLOTS] */
    level *level;   /* [DEEPEST] */
    size_t distinct;
} ranking;

static inline size_t bucket_by_bits(const cut *c, uint64_t key) {
    return (size_t)((key - c->low) >> c->shift);
}

static inline size_t bucket_by_value(const cut *c, uint64_t key) {
    /* Subtraction and product round monotonically, so buckets ascend with the keys. */
    size_t bucket = (size_t)((bm_number_of_key(key) - c->low_value) * c->scale);
    return bucket < BUCKETS ? bucket : BUCKETS - 1;
}

static int holds_rank(const ranking *r, size_t first, size_t n) {
    return r->ranked < r->ranks->count && r->ranks->rank[r->ranked] < first + n;
}

/* All ranks in first … first + n − 1 have the one value. */
static void rank_equal(ranking *r, uint64_t key, size_t first, size_t n) {
    while (holds_rank(r, first, n))
        r->ranks->value[r->ranked++] = key;
}

static void rank_sorted(ranking *r, const uint64_t *key, size_t first, size_t n) {
    r->distinct += n > 0;
    for (size_t i = 1; i < n; i++)
        r->distinct += key[i] != key[i - 1];
    for (; holds_rank(r, first, n); r->ranked++)
        r->ranks->value[r->ranked] = key[r->ranks->rank[r->ranked] - first];
}

static int ascending(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Distinct keys of a small bucket; the order of a bucket without a wanted rank is nobody's. */
static void count_small(ranking *r, const uint64_t *key, size_t n) {
    unsigned bits = 4;
    while (((size_t)1 << bits) < n + n / 2)
        bits++;
    size_t mask = ((size_t)1 << bits) - 1, distinct = 0;
    memset(r->slot, 0, (mask + 1) * sizeof *r->slot);
    for (size_t i = 0; i < n; i++) {
        size_t at = (size_t)(key[i] * 0x9e3779b97f4a7c15U >> (64 - bits));
        while (r->slot[at] != 0 && r->slot[at] != key[i])
            at = (at + 1) & mask;
        distinct += r->slot[at] == 0;
        r->slot[at] = key[i];
    }
    r->distinct += distinct;
}

static cut cut_by_bits(uint64_t low, uint64_t high) {
    cut c = {.low = low};
    while ((high - low) >> c.shift >= BUCKETS)
        c.shift++;
    return c;
}

/* How uneven a cut is on a sample: the sum of squares of the bucket sizes. */
static size_t unevenness(const cut *c, const uint64_t *key, size_t n, size_t *count) {
    size_t sum = 0, step = n / SAMPLE;
    memset(count, 0, BUCKETS * sizeof *count);
    for (size_t i = 0; i < SAMPLE; i++) {
        uint64_t k = key[i * step];
        size_t before = count[c->scale > 0 ? bucket_by_value(c, k) : bucket_by_bits(c, k)]++;
        sum += 2 * before + 1;
    }
    return sum;
}

static cut choose_cut(const ranking *r, const uint64_t *key, size_t n, uint64_t low, uint64_t high,
                      unsigned depth) {
    cut by_bits = cut_by_bits(low, high), by_value = by_bits;
    if (!r->are_numbers || depth >= BY_VALUE || by_bits.shift == 0)
        return by_bits;
    by_value.low_value = bm_number_of_key(low);
    by_value.scale = (BUCKETS - 1) / (bm_number_of_key(high) - by_value.low_value);
    /* A span beyond all numbers, or below all normal ones. */
    if (!isnormal(by_value.scale))
        return by_bits;
    size_t *count = r->level[depth].next;
    return unevenness(&by_value, key, n, count) <= unevenness(&by_bits, key, n, count) ? by_value
                                                                                       : by_bits;
}

/* Puts the keys in bucket order. `bucket_of` is known where this is inlined. */
static inline void move(uint64_t *key, size_t n, const cut *c, level *at,
                        size_t (*bucket_of)(const cut *, uint64_t)) {
    size_t position = 0, open = BUCKETS;
    memset(at->end, 0, sizeof at->end);
    for (size_t i = 0; i < n; i++)
        at->end[bucket_of(c, key[i])]++;
    for (size_t b = 0; b < BUCKETS; b++) {
        at->next[b] = position;
        position += at->end[b];
        at->end[b] = position;
    }
    while (open > 0) {
        open = 0;
        for (size_t b = 0; b < BUCKETS; b++) {
            for (size_t i = at->next[b]; i < at->end[b]; i++) {
                size_t to = at->next[bucket_of(c, key[i])]++;
                uint64_t moved = key[i];
                key[i] = key[to];
                key[to] = moved;
            }
            open += at->next[b] < at->end[b];
        }
    }
}

static void rank_range(ranking *r, uint64_t *key, size_t n, size_t first, unsigned depth) {
    uint64_t low = UINT64_MAX, high = 0;
    int sorted = 1;
    for (size_t i = 0; i < n; i++) {
        low = key[i] < low ? key[i] : low;
        high = key[i] > high ? key[i] : high;
        sorted &= key[i] == high;
    }
    if (n == 0)
        return;
    if (low == high) {
        r->distinct++;
        rank_equal(r, low, first, n);
    } else if (sorted) {
        rank_sorted(r, key, first, n);
    } else if (n <= SMALL && holds_rank(r, first, n)) {
        qsort(key, n, sizeof *key, ascending);
        rank_sorted(r, key, first, n);
    } else if (n <= SMALL) {
        count_small(r, key, n);
    } else {
        cut c = choose_cut(r, key, n, low, high, depth);
        level *at = &r->level[depth];
        if (c.scale > 0)
            move(key, n, &c, at, bucket_by_value);
        else
            move(key, n, &c, at, bucket_by_bits);
        size_t begin = 0;
        for (size_t b = 0; b < BUCKETS; b++) {
            rank_range(r, key + begin, at->end[b] - begin, first + begin, depth + 1);
            begin = at->end[b];
        }
    }
}

bm_status bm_rank_keys(uint64_t *key, size_t n, int are_numbers, const bm_ranks *ranks,
                       size_t *distinct, bm_error *err) {
    ranking r = {.ranks = ranks, .are_numbers = are_numbers};
    bm_status status;
    BM_TRY(BM_NEW(&r.slot, SLOTS, "a column", err));
    BM_TRY(BM_NEW(&r.level, DEEPEST, "a column", err));
    rank_range(&r, key, n, 0, 0);
    *distinct = r.distinct;
cleanup:
    free(r.slot);
    free(r.level);
    return status;
}
