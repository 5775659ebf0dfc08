/* CSV as a feed of rows. A window of the file is cut into pieces of one size; a count of quotes and
 * line ends in each tells, from the first piece to the last, whether a piece begins within quotes
 * and where the first record in it begins. That is a guess, good for every well-formed file: each
 * piece is read on it, by whichever thread is free, and counts only if the piece before it ended
 * where it began. Else it is read again from there. So rows come out as one reader of the whole
 * file would have them. */
#include "input/csv_feed.h"

#include "base/memory.h"
#include "base/parallel.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH_BYTES = 16 << 20 };

typedef struct reading {
    bm_csv_reader *csv;
    const bm_rows *rows;
    size_t first;
} reading;

static bm_status read_piece(size_t index, void *arg, bm_error *err) {
    const reading *work = arg;
    bm_csv_reader *csv = work->csv;
    return bm_csv_piece_read(&csv->piece[work->first + index], &csv->text,
                             &csv->scratch[bm_thread_index()], work->rows, err);
}

/* The piece before ended elsewhere than this one began. */
static bm_status read_again(bm_csv_reader *csv, bm_csv_piece *piece, const bm_rows *rows,
                            bm_error *err) {
    bm_scan_counts count;
    piece->begin = csv->at;
    if (piece->limit < piece->begin)
        piece->limit = piece->begin;
    bm_scan_count(csv->text.data + piece->begin, piece->limit - piece->begin, csv->dialect->quote,
                  &count);
    piece->rows_at_most = count.lines + 2;
    return bm_csv_piece_read(piece, &csv->text, &csv->scratch[0], rows, err);
}

/* Puts the pieces one behind the other and merges their rows. */
static bm_status join_pieces(bm_csv_reader *csv, bm_rows *rows, size_t first, size_t count,
                             bm_error *err) {
    bm_status status = BM_OK;
    bm_batch *batch[MOST_PIECES];
    for (size_t i = 0; i < count; i++) {
        bm_csv_piece *piece = &csv->piece[first + i];
        if (piece->begin != csv->at)
            BM_TRY(read_again(csv, piece, rows, err));
        piece->batch->first_line = csv->line;
        csv->line += piece->lines;
        csv->at = piece->stop;
        csv->skips_line |= piece->is_cut;
        batch[i] = piece->batch;
    }
    status = bm_rows_merge(rows, batch, count, err);
cleanup:
    return status;
}

static void tell_place(bm_feed *feed, const bm_csv_reader *csv) {
    size_t carried = (size_t)(csv->window.data - csv->text.data);
    size_t come = csv->at > carried ? csv->at - carried : 0;
    double share = csv->window.size > 0 ? (double)come / (double)csv->window.size : 1;
    uint64_t of_window = csv->window.raw_at - csv->raw_begin;
    feed->done = csv->raw_begin + (uint64_t)(share * (double)of_window);
}

/* How many of the next pieces are worked on before their rows are merged: as many as fit into the
 * memory for batches, and one at least. */
static size_t pieces_at_once(const bm_csv_reader *csv, const bm_rows *rows) {
    size_t bytes = 0, count = 0, left = csv->pieces - csv->next_piece;
    while (count < left && (count == 0 || bytes < BATCH_BYTES)) {
        const bm_csv_piece *piece = &csv->piece[csv->next_piece + count++];
        bytes += bm_batch_bytes(rows, piece->rows_at_most);
    }
    return count;
}

static bm_status next_rows(bm_feed *feed, bm_rows *rows, size_t enough, int *more, bm_error *err) {
    bm_status status = BM_OK;
    bm_csv_reader *csv = feed->self;
    if (csv->next_piece == csv->pieces) {
        /* The first window is at hand when the rows are begun. */
        if (csv->pieces > 0)
            BM_TRY(bm_csv_load_window(csv, err));
        BM_TRY(bm_csv_skip_line(csv, err));
        bm_csv_plan_pieces(csv);
    }
    reading work = {csv, rows, csv->next_piece};
    size_t count = enough == SIZE_MAX ? pieces_at_once(csv, rows) : 1;
    for (size_t i = 0; i < count; i++)
        csv->piece[work.first + i].batch = &csv->batch[i];
    BM_TRY(bm_parallel_for(count, read_piece, &work, err));
    BM_TRY(join_pieces(csv, rows, work.first, count, err));
    csv->next_piece += count;
    *more = csv->next_piece < csv->pieces || !csv->text.is_last;
    tell_place(feed, csv);
cleanup:
    return status;
}

static bm_status rewind_feed(bm_feed *feed, bm_error *err) {
    bm_csv_reader *csv = feed->self;
    bm_status status = BM_OK;
    if (csv->text.offset > csv->rows.offset) {
        BM_TRY(bm_source_rewind(csv->source, err));
        csv->is_loaded = 0;
        BM_TRY(bm_csv_load_window(csv, err));
    }
    while (csv->text.offset + csv->text.size < csv->rows.offset) {
        csv->at = csv->text.size;
        BM_TRY(bm_csv_load_window(csv, err));
    }
    csv->at = (size_t)(csv->rows.offset - csv->text.offset);
    csv->line = csv->rows.line;
    csv->skips_line = 0;
    csv->pieces = csv->next_piece = 0;
    feed->done = 0;
cleanup:
    return status;
}

static void free_feed(bm_feed *feed) {
    bm_csv_reader *csv = feed->self;
    for (size_t i = 0; i < MOST_PIECES; i++)
        bm_batch_free(&csv->batch[i]);
    for (int i = 0; i < csv->threads && csv->scratch != NULL; i++)
        bm_csv_scratch_free(&csv->scratch[i]);
    free(csv->scratch);
    free(csv->sample);
    free(csv);
}

bm_status bm_csv_feed(bm_feed *feed, bm_source *source, const bm_dialect *dialect,
                      const bm_context *context, bm_error *err) {
    bm_status status;
    bm_csv_reader *csv = NULL;
    *feed = (bm_feed){.path = source->path, .lines = 1, .unit = "bytes"};
    BM_TRY(BM_NEW(&csv, 1, "a CSV reader", err));
    feed->self = csv;
    feed->rewind = rewind_feed;
    feed->next = next_rows;
    feed->free = free_feed;
    feed->foresee = bm_csv_foresee;
    csv->source = source;
    csv->dialect = dialect;
    csv->threads = bm_threads();
    BM_TRY(bm_encoding_find(dialect->encoding, &csv->text.encoding, err));
    BM_TRY(BM_NEW(&csv->scratch, (size_t)csv->threads, "a CSV reader", err));
    BM_TRY(bm_csv_load_window(csv, err));
    BM_TRY(bm_check_kind(source->path, csv->text.data, csv->text.size, err));
    feed->total = source->raw_size;
    /* The window, the positions of its marks, and its cells twice: as texts and as values. */
    feed->bytes = 8 * csv->window.size;
    status = bm_csv_read_header(feed, context != NULL ? context->log : NULL, err);
cleanup:
    return status;
}
