/* The rows of a feature matrix, wherever and in whichever precision its values are kept. */
#ifndef BM_DATA_ROWS_H
#define BM_DATA_ROWS_H

#include "base/parallel.h"
#include "buyermap/features.h"

/* Runs fn, as bm_parallel_for does, for each chunk of `rows` rows. While fn works on a chunk, its
 * rows are in memory: whoever needs all rows takes them in a pass. Not to be nested. Of a matrix in
 * a file, windows of rows are read ahead by a thread of their own; chunks run window by window.
 * BM_IO. */
bm_status bm_rows_pass(const bm_features *features, size_t rows, bm_chunk_fn fn, void *arg,
                       bm_error *err) BM_MUST_CHECK;
/* Rows first … first + count − 1, of the chunk that a pass is at, as doubles: in place, or brought
 * into buffer [count × d]. Works outside of a pass too, where a matrix in a file is slower to read,
 * and reading may fail: see bm_rows_check. */
const double *bm_rows_doubles(const bm_features *features, size_t first, size_t count,
                              double *buffer);
/* Where row `first`, of the chunk that a pass is at, begins: doubles, or floats where
 * bm_rows_are_single. */
const void *bm_rows_at(const bm_features *features, size_t first);
int bm_rows_are_single(const bm_features *features);
int bm_rows_are_stored(const bm_features *features);

/* Outside of a pass: brings rows first … first + count − 1 into memory, where they stay until the
 * next rows are, and serves what asks for those of a pass. BM_IO, BM_NOMEM. */
bm_status bm_rows_hold(const bm_features *features, size_t first, size_t count,
                       bm_error *err) BM_MUST_CHECK;

/* Row i, of any time, as doubles: in place, or brought into buffer [d]. For a few rows here and
 * there. */
const double *bm_row(const bm_features *features, size_t i, double *buffer);
/* BM_IO when rows outside of a pass could not be read; they were taken for NaN. The end of each
 * pass asks, too. */
bm_status bm_rows_check(const bm_features *features, bm_error *err) BM_MUST_CHECK;

/* Makes room for n × d values: in memory, or (path not NULL) in a file without a name beside that
 * path. They are zeros, and of a file to be put, each of them. BM_NOMEM, BM_IO. */
bm_status bm_rows_new(bm_features *features, int single, const char *path,
                      bm_error *err) BM_MUST_CHECK;
/* Puts rows, rounding them where the matrix is single. From several threads. BM_IO. */
bm_status bm_rows_put(bm_features *features, size_t first, size_t count, const double *row,
                      bm_error *err) BM_MUST_CHECK;
/* Bytes that passes over n × d values in a file take at a time, by chunks of `rows`. SIZE_MAX: more
 * than can be counted. */
size_t bm_rows_window_memory(size_t rows, size_t n, size_t d, int single);
void bm_stored_free(bm_stored *stored);

#endif
