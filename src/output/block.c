#include "output/block.h"

#include "base/memory.h"

#include <stdlib.h>

enum { BLOCK_BYTES = 16 << 20, MOST_ROWS = BM_MOST_FILLED_ROWS, FEWEST_ROWS = 64 };

static size_t rows_of_block(const bm_result *result) {
    size_t row = 1;
    for (size_t c = 0; c < result->columns; c++)
        row += bm_cell_size(result->column[c].heading.cell);
    size_t rows = BLOCK_BYTES / row;
    rows = rows > MOST_ROWS ? MOST_ROWS : rows;
    rows = rows < FEWEST_ROWS ? FEWEST_ROWS : rows;
    return rows < result->rows ? rows : result->rows;
}

bm_status bm_block_open(bm_block *block, const bm_result *result, int widths, bm_error *err) {
    bm_status status;
    *block = (bm_block){.result = result, .most = rows_of_block(result)};
    BM_TRY(BM_NEW(&block->heading, result->columns, result->name, err));
    BM_TRY(BM_NEW(&block->width, result->columns, result->name, err));
    BM_TRY(BM_NEW(&block->cell, result->columns, result->name, err));
    for (size_t c = 0; c < result->columns; c++) {
        bm_cell cell = result->column[c].heading.cell;
        block->heading[c] = result->column[c].heading;
        if (widths && cell == BM_CELL_TEXT)
            block->width[c] = bm_result_width(result, c);
        BM_TRY(bm_new(&block->cell[c], block->most, bm_cell_size(cell), result->name, err));
    }
    return BM_OK;
cleanup:
    bm_block_free(block);
    return status;
}

void bm_block_next(bm_block *block) {
    block->first += block->rows;
    size_t left = block->result->rows - block->first;
    block->rows = left < block->most ? left : block->most;
    for (size_t c = 0; c < block->result->columns && block->rows > 0; c++)
        bm_result_read(block->result, c, block->first, block->rows, block->cell[c]);
}

void bm_block_free(bm_block *block) {
    for (size_t c = 0; block->cell != NULL && c < block->result->columns; c++)
        free(block->cell[c]);
    free(block->cell);
    free(block->width);
    free(block->heading);
    *block = (bm_block){0};
}
