/* The rows of a feature matrix, wherever and in whichever precision its values are kept. */
#ifndef BM_DATA_ROWS_H
#define BM_DATA_ROWS_H

#include "base/parallel.h"
#include "buyermap/features.h"

/* Runs fn, as bm_parallel_for does, for each chunk of `rows` rows. While fn works on a chunk, its
 * rows are in memory: whoever needs all rows takes them in a pass. Not to be nested. */
bm_status bm_rows_pass(const bm_features *features, size_t rows, bm_chunk_fn fn, void *arg,
                       bm_error *err) BM_MUST_CHECK;
/* Rows first … first + count − 1, of the chunk that a pass is at, as doubles: in place, or brought
 * into buffer [count × d]. */
const double *bm_rows_doubles(const bm_features *features, size_t first, size_t count,
                              double *buffer);
/* Where row `first`, of the chunk that a pass is at, begins: doubles, or floats where
 * bm_rows_are_single. */
const void *bm_rows_at(const bm_features *features, size_t first);
int bm_rows_are_single(const bm_features *features);

/* Row i, of any time, as doubles: in place, or brought into buffer [d]. For a few rows here and
 * there. */
const double *bm_row(const bm_features *features, size_t i, double *buffer);

#endif
