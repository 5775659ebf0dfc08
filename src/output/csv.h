/* Rows -> CSV as RFC 4180 has it, but with LF: formatted, and for .gz compressed, chunk by chunk on
 * all threads, and written in order. */
#ifndef BM_OUTPUT_CSV_H
#define BM_OUTPUT_CSV_H

#include "buyermap/result.h"

typedef struct bm_csv_writer bm_csv_writer;

/* Writes the header row to fd, which stays the caller's. heading is copied (its strings are
 * borrowed). shown: the file's name in messages. gzip: without a time, so that equal rows give
 * equal bytes. */
bm_status bm_csv_writer_open(bm_csv_writer **csv, int fd, const char *shown, int gzip,
                             const bm_heading *heading, size_t columns,
                             bm_error *err) BM_MUST_CHECK;
/* The blocks may be cut anywhere; the bytes of a .gz depend on where. */
bm_status bm_csv_writer_write(bm_csv_writer *csv, const void *const *block, size_t rows,
                              bm_error *err) BM_MUST_CHECK;
/* Ends the gzip stream. */
bm_status bm_csv_writer_finish(bm_csv_writer *csv, bm_error *err) BM_MUST_CHECK;
void bm_csv_writer_free(bm_csv_writer *csv);

/* A whole result. */
bm_status bm_csv_writer_result(int fd, const char *shown, const bm_result *result,
                               bm_error *err) BM_MUST_CHECK;

#endif
