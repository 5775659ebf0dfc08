/* Which of the rows drawn so far have the same value. */
#ifndef BM_CLUSTER_ROW_SET_H
#define BM_CLUSTER_ROW_SET_H

#include "buyermap/status.h"

#include <stddef.h>

/* A hash table with open addressing over rows that the caller keeps. */
typedef struct bm_row_set {
    size_t *slot; /* 0 is free, else the index of a row + 1 */
    size_t slots, count, d;
    const double *row; /* [count × d], borrowed: a row is written there when it is new */
} bm_row_set;

/* An empty set for up to `most` rows of d values that will stand in `row`. */
bm_status bm_row_set_init(bm_row_set *set, const double *row, size_t most, size_t d,
                          bm_error *err) BM_MUST_CHECK;
/* Whether no row of the set equals this one: 1 and counted, to be written to row [count − 1] by the
 * caller; else 0. */
int bm_row_set_add(bm_row_set *set, const double *row);
/* Whether a row of the set equals this one. */
int bm_row_set_has(const bm_row_set *set, const double *row);
void bm_row_set_free(bm_row_set *set);

#endif
