/* A window of CSV text, and how it is cut into pieces. */
#include "input/csv_feed.h"

#include "base/memory.h"
#include "base/parallel.h"

#include <stdlib.h>
#include <string.h>

static size_t nominal_pieces(const bm_csv_reader *csv) {
    return bm_chunks(csv->window.size, PIECE_BYTES);
}

/* Loads a part and counts in it while it is in the cache. The count looks a little beyond what it
 * counts, where another thread may be loading; so the end of the part is counted later. */
static bm_status load_part(size_t part, void *arg, bm_error *err) {
    bm_csv_reader *csv = arg;
    size_t begin = bm_chunk_begin(part, PIECE_BYTES);
    size_t end = bm_chunk_end(part, PIECE_BYTES, csv->window.size);
    bm_status status = bm_source_load(csv->source, &csv->window, begin, end, err);
    size_t size = end - begin > BM_SCAN_PADDING ? end - begin - BM_SCAN_PADDING : 0;
    if (status == BM_OK)
        bm_scan_count(csv->window.data + begin, size, csv->dialect->quote, &csv->count[part]);
    return status;
}

/* The last bytes of a part, once all parts are loaded. */
static void count_end(bm_csv_reader *csv, size_t part) {
    bm_scan_counts *count = &csv->count[part], last;
    size_t begin = bm_chunk_begin(part, PIECE_BYTES);
    size_t end = bm_chunk_end(part, PIECE_BYTES, csv->window.size);
    size_t size = end - begin > BM_SCAN_PADDING ? end - begin - BM_SCAN_PADDING : 0;
    bm_scan_count(csv->window.data + begin + size, end - begin - size, csv->dialect->quote, &last);
    for (size_t within = 0; within < 2; within++) {
        size_t then = (within + count->quotes) % 2;
        if (count->first_end[within] == SIZE_MAX && last.first_end[then] != SIZE_MAX)
            count->first_end[within] = size + last.first_end[then];
    }
    count->quotes += last.quotes;
    count->lines += last.lines;
}

bm_status bm_csv_load_window(bm_csv_reader *csv, bm_error *err) {
    bm_status status;
    size_t left = csv->is_loaded ? csv->text.size - csv->at : 0;
    uint64_t offset = csv->is_loaded ? csv->text.offset + csv->at : 0;
    csv->raw_begin = csv->is_loaded ? csv->window.raw_at : 0;
    BM_TRY(bm_source_next(csv->source, csv->is_loaded ? csv->text.data + csv->at : NULL, left,
                          &csv->window, err));
    BM_TRY(bm_parallel_for(nominal_pieces(csv), load_part, csv, err));
    BM_TRY(bm_source_loaded(csv->source, &csv->window, err));
    memset(csv->window.data + csv->window.size, 0, BM_TEXT_PADDING);
    csv->text = (bm_csv_text){.data = csv->window.data - left,
                              .size = csv->window.size + left,
                              .is_last = csv->window.is_last,
                              .offset = offset,
                              .columns = csv->text.columns,
                              .dialect = csv->dialect,
                              .encoding = csv->text.encoding};
    csv->at = 0;
    csv->is_loaded = 1;
    for (size_t part = 0; part < nominal_pieces(csv); part++)
        count_end(csv, part);
cleanup:
    return status;
}

bm_status bm_csv_skip_line(bm_csv_reader *csv, bm_error *err) {
    bm_status status = BM_OK;
    while (csv->skips_line) {
        bm_line line = bm_find_line(csv->text.data, csv->at, csv->text.size, csv->text.is_last);
        csv->at = line.next;
        csv->skips_line = line.is_open;
        if (!line.is_open || csv->text.is_last)
            break;
        /* A carriage return that ends the text may have its line feed in the next one. */
        if (line.next > line.end)
            csv->at = line.end;
        BM_TRY(bm_csv_load_window(csv, err));
    }
cleanup:
    return status;
}

void bm_csv_plan_pieces(bm_csv_reader *csv) {
    size_t carried = (size_t)(csv->window.data - csv->text.data);
    size_t parts = nominal_pieces(csv), quotes = 0, lines = 0;
    bm_csv_piece *piece = &csv->piece[0];
    piece->begin = csv->at;
    csv->pieces = 1;
    csv->next_piece = 0;
    /* What was left over may end within quotes. */
    for (size_t at = csv->at; at < carried; at++)
        quotes += csv->dialect->quote != '\0' && csv->text.data[at] == csv->dialect->quote;
    for (size_t part = 0; part < parts; part++) {
        const bm_scan_counts *count = &csv->count[part];
        size_t first_end = count->first_end[quotes % 2];
        if (part > 0 && first_end != SIZE_MAX) {
            size_t begin = carried + bm_chunk_begin(part, PIECE_BYTES) + first_end;
            if (begin > piece->begin && begin < csv->text.size) {
                piece->limit = begin;
                piece->rows_at_most = lines + count->lines + 2;
                piece = &csv->piece[csv->pieces++];
                piece->begin = begin;
                lines = 0;
            }
        }
        quotes += count->quotes;
        lines += count->lines;
    }
    piece->limit = csv->text.size;
    piece->rows_at_most = lines + 2;
    for (size_t at = 0; at < carried; at++)
        csv->piece[0].rows_at_most += csv->text.data[at] == '\n' || csv->text.data[at] == '\r';
}

/* Line ends in some places all over the file, and the bytes that were looked at. */
static bm_status count_lines(const bm_csv_reader *csv, uint64_t *lines, uint64_t *bytes,
                             bm_error *err) {
    enum { PLACES = 16, PLACE = 32 * 1024 };
    bm_status status;
    char *block = NULL;
    bm_scan_counts counts;
    size_t got;
    *lines = *bytes = 0;
    BM_TRY(BM_NEW(&block, PLACE + BM_SCAN_PADDING, "a read buffer", err));
    for (uint64_t i = 0; i < PLACES; i++) {
        BM_TRY(bm_source_peek(csv->source, csv->source->raw_size / PLACES * i, block, PLACE, &got,
                              err));
        bm_scan_count(block, got, csv->dialect->quote, &counts);
        *lines += counts.lines;
        *bytes += got;
    }
cleanup:
    free(block);
    return status;
}

/* A packed file can be looked at from its beginning only, and tells its size modulo 2^32. */
static bm_status foresee_packed(const bm_csv_reader *csv, double a_row, double *rows,
                                bm_error *err) {
    unsigned char told[4] = {0};
    size_t got;
    bm_status status = bm_source_peek(csv->source, csv->source->raw_size - sizeof told,
                                      (char *)told, sizeof told, &got, err);
    uint64_t size = (uint64_t)told[3] << 24 | (uint64_t)told[2] << 16 | (uint64_t)told[1] << 8 |
                    (uint64_t)told[0];
    *rows = (double)size / a_row;
    return status;
}

bm_status bm_csv_foresee(bm_feed *feed, size_t rows_in, double *rows, double *doubt,
                         bm_error *err) {
    const bm_csv_reader *csv = feed->self;
    bm_status status;
    uint64_t lines, bytes, come = csv->text.offset + csv->at - csv->rows.offset;
    double a_row = (double)come / (double)rows_in;
    *doubt = 1;
    if (csv->source->gzip != NULL) {
        *doubt = 2;
        return foresee_packed(csv, a_row, rows, err);
    }
    *rows = (double)csv->source->raw_size / a_row;
    BM_TRY(count_lines(csv, &lines, &bytes, err));
    if (lines > 0) {
        /* Rows may span several lines, as they did so far. */
        double lines_a_row = (double)(csv->line - csv->rows.line) / (double)rows_in;
        *rows = (double)csv->source->raw_size * (double)lines / (double)bytes / lines_a_row;
    }
cleanup:
    return status;
}
