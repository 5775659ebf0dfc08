/* Order among the values of one column without sorting all of them: how many differ, and which one
 * stands at a rank. */
#ifndef BM_PROFILE_RANKED_H
#define BM_PROFILE_RANKED_H

#include "buyermap/status.h"

#include <stddef.h>
#include <stdint.h>

/* A value as an unsigned number that compares as the value does. No value that is there has key 0.
 * -0.0 has the key of 0.0; NaN has none. */
uint64_t bm_key_of_number(double x);
double bm_number_of_key(uint64_t key);
uint64_t bm_key_of_time(int64_t seconds);
int64_t bm_time_of_key(uint64_t key);

/* Which ranks are wanted: ascending, below n; value[i] becomes the key at rank[i]. */
typedef struct bm_ranks {
    const size_t *rank;
    uint64_t *value;
    size_t count;
} bm_ranks;

/* Gives the number of different keys and fills ranks->value. Rearranges the keys. are_numbers: they
 * come from bm_key_of_number. Expected O(n), at worst O(n log n); 0.8 MiB. BM_NOMEM. */
bm_status bm_rank_keys(uint64_t *key, size_t n, int are_numbers, const bm_ranks *ranks,
                       size_t *distinct, bm_error *err) BM_MUST_CHECK;

#endif
