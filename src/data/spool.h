/* bm_spool: numbers that are kept in a file instead of memory. The file has no name, so that it is
 * gone with the process, whatever becomes of that, and nobody else can change it. */
#ifndef BM_DATA_SPOOL_H
#define BM_DATA_SPOOL_H

#include "buyermap/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct bm_spool bm_spool;

/* A new, empty file beside `path`, which itself need not exist. what: "the table", for messages.
 * columns: of the table, where it holds one; else 0. BM_IO. */
bm_status bm_spool_open(bm_spool **spool, const char *path, const char *what, size_t columns,
                        bm_error *err) BM_MUST_CHECK;
/* Bytes to and from anywhere in the file; from several threads at a time. BM_IO: the disk is full,
 * or fails; what was never written cannot be read. */
bm_status bm_spool_write(bm_spool *spool, uint64_t at, const void *data, size_t bytes,
                         bm_error *err) BM_MUST_CHECK;
bm_status bm_spool_read(const bm_spool *spool, uint64_t at, void *data, size_t bytes,
                        bm_error *err) BM_MUST_CHECK;

/* The file as a table of doubles: rows first … first + count − 1 of one of its columns. Rows stand
 * in blocks and, within these, a column's values side by side: the number of rows need not be known
 * beforehand, and a column is read without the others. */
bm_status bm_spool_put_column(bm_spool *spool, size_t column, size_t first, size_t count,
                              const double *value, bm_error *err) BM_MUST_CHECK;
bm_status bm_spool_get_column(const bm_spool *spool, size_t column, size_t first, size_t count,
                              double *value, bm_error *err) BM_MUST_CHECK;

/* NULL is fine. */
void bm_spool_free(bm_spool *spool);

#endif
