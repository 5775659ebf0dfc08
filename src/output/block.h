/* A result, read in blocks of rows: what both writers walk over. */
#ifndef BM_OUTPUT_BLOCK_H
#define BM_OUTPUT_BLOCK_H

#include "buyermap/result.h"

typedef struct bm_block {
    const bm_result *result; /* borrowed */
    bm_heading *heading;     /* [columns] */
    size_t *width;           /* [columns] longest text; 0 for other cells */
    void **cell;             /* [columns] the rows of this block, as bm_fill gives them */
    size_t most;             /* rows a block holds */
    size_t first, rows;      /* the present block; rows 0 at the end */
} bm_block;

/* Memory: at most about 16 MiB, whatever the number of rows. widths: 0 leaves width at 0 (finding
 * it walks over every distinct text). */
bm_status bm_block_open(bm_block *block, const bm_result *result, int widths,
                        bm_error *err) BM_MUST_CHECK;
/* Reads the next rows. */
void bm_block_next(bm_block *block);
void bm_block_free(bm_block *block);

#endif
