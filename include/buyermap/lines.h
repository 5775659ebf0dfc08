/* bm_lines: the line on which each row of a table stands. Rows on successive lines are one run, so
 * that a plain file takes a few bytes whatever its size. */
#ifndef BUYERMAP_LINES_H
#define BUYERMAP_LINES_H

#include "buyermap/status.h"

#include <stddef.h>
#include <stdint.h>

/* Rows from here on stand on lines from here on, each on the next; less what the block begins with.
 */
typedef struct bm_line_run {
    uint32_t row, line;
} bm_line_run;

/* Runs from here on lie within 2^32 rows and lines from here. */
typedef struct bm_line_block {
    size_t run, row;
    uint64_t line;
} bm_line_block;

/* Zeroed is empty: not a row. All but rows is the type's own. */
typedef struct bm_lines {
    size_t rows;
    uint64_t next; /* the line of the next row, if that goes on with the last run */
    bm_line_run *run;
    size_t runs, runs_reserved;
    bm_line_block *block;
    size_t blocks, blocks_reserved;
} bm_lines;

/* The next row stands on that line. Amortized O(1). BM_NOMEM. */
bm_status bm_lines_add(bm_lines *lines, uint64_t line, bm_error *err) BM_MUST_CHECK;
/* The rows of another list follow, on lines greater by line_offset than that says. O(its runs).
 * to and from are not the same. BM_NOMEM. */
bm_status bm_lines_append(bm_lines *to, const bm_lines *from, uint64_t line_offset,
                          bm_error *err) BM_MUST_CHECK;
/* The line of a row < rows. O(log runs). */
uint64_t bm_lines_of(const bm_lines *lines, size_t row);
/* Bytes of memory in use. */
size_t bm_lines_bytes(const bm_lines *lines);
/* Empties the list and keeps its memory for the next. */
void bm_lines_clear(bm_lines *lines);
void bm_lines_free(bm_lines *lines);

#endif
