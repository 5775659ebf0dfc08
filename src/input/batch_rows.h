/* Between the rows of a batch and its columns. */
#ifndef BM_INPUT_BATCH_ROWS_H
#define BM_INPUT_BATCH_ROWS_H

#include "input/rows.h"

/* In batch_columns.c: */

bm_field bm_cell_at(const bm_cells *cells, size_t row);
/* Reads the values of a wanted column out of its cells and notes the problems of rows. */
bm_status bm_batch_read_column(bm_batch *batch, size_t at, bm_error *err) BM_MUST_CHECK;

#endif
