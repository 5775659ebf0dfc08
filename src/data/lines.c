/* Run-length coded line numbers. A run is 8 bytes, relative to its block; a block begins where that
 * does not reach: almost never, but where a list is joined from others, lines may even go back. */
#include "buyermap/lines.h"

#include "base/memory.h"

#include <stdlib.h>

/* The next row begins a run on that line. */
static bm_status begin_run(bm_lines *lines, uint64_t line, bm_error *err) {
    bm_status status;
    const bm_line_block *last = lines->blocks > 0 ? &lines->block[lines->blocks - 1] : NULL;
    if (last == NULL || lines->rows - last->row > UINT32_MAX || line < last->line ||
        line - last->line > UINT32_MAX) {
        BM_TRY(BM_GROW(&lines->block, &lines->blocks_reserved, lines->blocks + 1, "line numbers",
                       err));
        lines->block[lines->blocks++] = (bm_line_block){lines->runs, lines->rows, line};
        last = &lines->block[lines->blocks - 1];
    }
    BM_TRY(BM_GROW(&lines->run, &lines->runs_reserved, lines->runs + 1, "line numbers", err));
    lines->run[lines->runs++] =
        (bm_line_run){(uint32_t)(lines->rows - last->row), (uint32_t)(line - last->line)};
cleanup:
    return status;
}

/* Some more rows, on successive lines from that one on. */
static bm_status add_rows(bm_lines *lines, uint64_t line, size_t rows, bm_error *err) {
    if (lines->rows == 0 || line != lines->next) {
        bm_status status = begin_run(lines, line, err);
        if (status != BM_OK)
            return status;
    }
    lines->rows += rows;
    lines->next = line + rows;
    return BM_OK;
}

bm_status bm_lines_add(bm_lines *lines, uint64_t line, bm_error *err) {
    return add_rows(lines, line, 1, err);
}

bm_status bm_lines_append(bm_lines *to, const bm_lines *from, uint64_t line_offset, bm_error *err) {
    for (size_t b = 0; b < from->blocks; b++) {
        const bm_line_block *block = &from->block[b];
        size_t end = b + 1 < from->blocks ? block[1].run : from->runs;
        for (size_t r = block->run; r < end; r++) {
            size_t row = block->row + from->run[r].row;
            size_t row_end = r + 1 < end            ? block->row + from->run[r + 1].row
                             : b + 1 < from->blocks ? block[1].row
                                                    : from->rows;
            bm_status status =
                add_rows(to, line_offset + block->line + from->run[r].line, row_end - row, err);
            if (status != BM_OK)
                return status;
        }
    }
    return BM_OK;
}

/* The last block that begins at the row or before. */
static const bm_line_block *block_of(const bm_lines *lines, size_t row) {
    size_t low = 0, high = lines->blocks;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (lines->block[middle].row <= row)
            low = middle;
        else
            high = middle;
    }
    return &lines->block[low];
}

uint64_t bm_lines_of(const bm_lines *lines, size_t row) {
    const bm_line_block *block = block_of(lines, row);
    const bm_line_block *after = lines->block + lines->blocks;
    size_t low = block->run, high = block + 1 < after ? block[1].run : lines->runs;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (block->row + lines->run[middle].row <= row)
            low = middle;
        else
            high = middle;
    }
    return block->line + lines->run[low].line + (row - block->row - lines->run[low].row);
}

size_t bm_lines_bytes(const bm_lines *lines) {
    return lines->runs * sizeof *lines->run + lines->blocks * sizeof *lines->block;
}

void bm_lines_clear(bm_lines *lines) {
    lines->rows = lines->runs = lines->blocks = 0;
    lines->next = 0;
}

void bm_lines_free(bm_lines *lines) {
    free(lines->run);
    free(lines->block);
    *lines = (bm_lines){0};
}
