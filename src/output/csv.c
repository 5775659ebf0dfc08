#include "output/csv.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "buyermap/context.h"
#include "output/block.h"
#include "output/decimal.h"
#include "output/file.h"
#include "output/gzip.h"

#include <stdlib.h>
#include <string.h>

/* A turn formats at most CHUNKS chunks, each of about CHUNK_CELLS cells, side by side. */
enum { CHUNKS = 16, CHUNK_CELLS = 1 << 16, CELL_TEXT = 32 };

typedef struct lines {
    char *data;
    size_t used, reserved;
    bm_gzip_piece piece;
} lines;

struct bm_csv_writer {
    int fd;
    char *shown;
    int gzip;
    bm_heading *heading;
    size_t columns;
    size_t chunk_rows;
    bm_gzip total;
    lines chunk[CHUNKS];
};

/* The rows of one turn, for the threads. */
typedef struct turn {
    bm_csv_writer *csv;
    const void *const *block;
    size_t begin, end;
} turn;

static int needs_quotes(bm_text text) {
    char first = text.data[0], last = text.data[text.length - 1];
    if (first == ' ' || first == '\t' || last == ' ' || last == '\t')
        return 1;
    for (size_t i = 0; i < text.length; i++) {
        char c = text.data[i];
        if (c == ',' || c == '"' || c == '\n' || c == '\r')
            return 1;
    }
    return 0;
}

static char *put_text(char *at, bm_text text) {
    if (text.length == 0)
        return at;
    if (!needs_quotes(text)) {
        memcpy(at, text.data, text.length);
        return at + text.length;
    }
    *at++ = '"';
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] == '"')
            *at++ = '"';
        *at++ = text.data[i];
    }
    *at++ = '"';
    return at;
}

static bm_status reserve(lines *out, size_t bytes, bm_error *err) {
    size_t wanted;
    if (!bm_add(out->used, bytes, &wanted))
        return bm_fail(err, BM_LIMIT, "a block of CSV rows is too large");
    if (wanted <= out->reserved)
        return BM_OK;
    return BM_GROW(&out->data, &out->reserved, wanted, "CSV rows", err);
}

static bm_status put_cell(lines *out, bm_cell cell, const void *column, size_t row, bm_error *err) {
    bm_text text = cell == BM_CELL_TEXT ? ((const bm_text *)column)[row] : (bm_text){0};
    /* Every character may be doubled, and two quotes and a separator stand around them. */
    bm_status status = reserve(out, 2 * text.length + CELL_TEXT + 4, err);
    if (status != BM_OK)
        return status;
    char *at = out->data + out->used;
    switch (cell) {
    case BM_CELL_INTEGER:
        at = bm_put_integer(at, ((const int64_t *)column)[row]);
        break;
    case BM_CELL_NUMBER:
        at = bm_put_number(at, ((const double *)column)[row]);
        break;
    case BM_CELL_BOOLEAN:
        at = bm_put_integer(at, ((const int8_t *)column)[row]);
        break;
    case BM_CELL_TEXT:
        at = put_text(at, text);
        break;
    }
    out->used = (size_t)(at - out->data);
    return BM_OK;
}

static bm_status put_row(const bm_csv_writer *csv, const void *const *block, size_t row, lines *out,
                         bm_error *err) {
    size_t start = out->used;
    for (size_t c = 0; c < csv->columns; c++) {
        bm_status status = put_cell(out, csv->heading[c].cell, block[c], row, err);
        if (status != BM_OK)
            return status;
        out->data[out->used++] = c + 1 < csv->columns ? ',' : '\n';
    }
    /* A line that is empty would not count as a row: readers skip it. */
    if (csv->columns == 1 && out->used == start + 1) {
        memcpy(out->data + start, "\"\"\n", 3);
        out->used = start + 3;
    }
    return BM_OK;
}

static bm_status format_chunk(size_t chunk, void *arg, bm_error *err) {
    const turn *work = arg;
    bm_csv_writer *csv = work->csv;
    lines *out = &csv->chunk[chunk];
    bm_status status;
    size_t rows = work->end - work->begin;
    size_t begin = work->begin + bm_chunk_begin(chunk, csv->chunk_rows);
    size_t end = work->begin + bm_chunk_end(chunk, csv->chunk_rows, rows);
    out->used = 0;
    for (size_t row = begin; row < end; row++) {
        status = put_row(csv, work->block, row, out, err);
        if (status != BM_OK)
            return status;
    }
    return csv->gzip ? bm_gzip_compress(&out->piece, out->data, out->used, err) : BM_OK;
}

static bm_status write_lines(bm_csv_writer *csv, lines *out, bm_error *err) {
    if (!csv->gzip)
        return bm_file_write(csv->fd, out->data, out->used, csv->shown, err);
    bm_gzip_append(&csv->total, &out->piece);
    return bm_file_write(csv->fd, out->piece.data, out->piece.used, csv->shown, err);
}

bm_status bm_csv_writer_write(bm_csv_writer *csv, const void *const *block, size_t rows,
                              bm_error *err) {
    size_t turn_rows = csv->chunk_rows * CHUNKS;
    for (size_t begin = 0; begin < rows; begin += turn_rows) {
        bm_status status = bm_check_interrupt(err);
        if (status != BM_OK)
            return status;
        size_t end = rows - begin < turn_rows ? rows : begin + turn_rows;
        turn work = {csv, block, begin, end};
        size_t chunks = bm_chunks(end - begin, csv->chunk_rows);
        status = bm_parallel_for(chunks, format_chunk, &work, err);
        for (size_t i = 0; status == BM_OK && i < chunks; i++)
            status = write_lines(csv, &csv->chunk[i], err);
        if (status != BM_OK)
            return status;
    }
    return BM_OK;
}

static bm_status write_header(bm_csv_writer *csv, bm_error *err) {
    bm_status status;
    lines *out = &csv->chunk[0];
    if (csv->gzip) {
        unsigned char head[BM_GZIP_HEAD];
        bm_gzip_head(head);
        BM_TRY(bm_file_write(csv->fd, head, sizeof head, csv->shown, err));
    }
    for (size_t c = 0; c < csv->columns; c++) {
        bm_text name = {csv->heading[c].name, strlen(csv->heading[c].name)};
        BM_TRY(put_cell(out, BM_CELL_TEXT, &name, 0, err));
        out->data[out->used++] = c + 1 < csv->columns ? ',' : '\n';
    }
    if (csv->gzip)
        BM_TRY(bm_gzip_compress(&out->piece, out->data, out->used, err));
    status = write_lines(csv, out, err);
cleanup:
    return status;
}

bm_status bm_csv_writer_open(bm_csv_writer **csv, int fd, const char *shown, int gzip,
                             const bm_heading *heading, size_t columns, bm_error *err) {
    bm_status status;
    bm_csv_writer *new = NULL;
    *csv = NULL;
    BM_TRY(BM_NEW(&new, 1, "CSV", err));
    new->fd = fd;
    new->gzip = gzip;
    new->columns = columns;
    new->chunk_rows = columns >= CHUNK_CELLS ? 1 : CHUNK_CELLS / (columns > 0 ? columns : 1);
    BM_TRY(bm_copy_string(&new->shown, shown, err));
    BM_TRY(BM_NEW(&new->heading, columns, "CSV", err));
    for (size_t c = 0; c < columns; c++)
        new->heading[c] = heading[c];
    BM_TRY(write_header(new, err));
    *csv = new;
    return BM_OK;
cleanup:
    bm_csv_writer_free(new);
    return status;
}

bm_status bm_csv_writer_finish(bm_csv_writer *csv, bm_error *err) {
    if (!csv->gzip)
        return BM_OK;
    unsigned char tail[BM_GZIP_TAIL];
    bm_gzip_tail(&csv->total, tail);
    return bm_file_write(csv->fd, tail, sizeof tail, csv->shown, err);
}

void bm_csv_writer_free(bm_csv_writer *csv) {
    if (csv == NULL)
        return;
    for (size_t i = 0; i < CHUNKS; i++) {
        free(csv->chunk[i].data);
        bm_gzip_piece_free(&csv->chunk[i].piece);
    }
    free(csv->heading);
    free(csv->shown);
    free(csv);
}

bm_status bm_csv_writer_result(int fd, const char *shown, const bm_result *result, bm_error *err) {
    bm_status status;
    bm_csv_writer *csv = NULL;
    bm_block block = {0};
    BM_TRY(bm_block_open(&block, result, 0, err));
    BM_TRY(bm_csv_writer_open(&csv, fd, shown, 0, block.heading, result->columns, err));
    for (bm_block_next(&block); block.rows > 0; bm_block_next(&block))
        BM_TRY(bm_csv_writer_write(csv, (const void *const *)block.cell, block.rows, err));
    BM_TRY(bm_result_check(result, err));
    status = bm_csv_writer_finish(csv, err);
cleanup:
    bm_csv_writer_free(csv);
    bm_block_free(&block);
    return status;
}
