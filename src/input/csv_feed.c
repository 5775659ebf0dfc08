/* CSV as a feed of rows. A window of the file is cut into pieces of one size; a count of quotes and
 * line ends in each tells, from the first piece to the last, whether a piece begins within quotes
 * and where the first record in it begins. That is a guess, good for every well-formed file: each
 * piece is read on it, by whichever thread is free, and counts only if the piece before it ended
 * where it began. Else it is read again from there. So rows come out as one reader of the whole
 * file would have them. */
#include "input/csv_piece.h"
#include "input/source.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "kernel/scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH_BYTES = 16 << 20 };
#ifndef BM_OWN_SIZES
enum { PIECE_BYTES = 128 * 1024, MOST_PIECES = BM_WINDOW_BYTES / PIECE_BYTES };
#endif

typedef struct csv_feed {
    bm_source *source;
    const bm_dialect *dialect;
    bm_window window;
    bm_csv_text text;   /* the window, and before it what the one before left over */
    size_t at;          /* where in the text the next record begins */
    uint64_t line;      /* its line, from 1 */
    uint64_t raw_begin; /* bytes of the file up to the window */
    int is_loaded;      /* a window is at hand */
    int skips_line;     /* the text begins on an overlong line, which is not read on */
    struct {
        uint64_t offset, line;
    } rows; /* where the first row begins */
    bm_scan_counts count[MOST_PIECES];
    bm_csv_piece piece[MOST_PIECES];
    bm_batch batch[MOST_PIECES]; /* used in turns: as many as are worked on at once */
    size_t pieces, next_piece;
    char *sample; /* [sample_size] the beginning of the file */
    size_t sample_size;
    int sample_is_whole;
    bm_csv_scratch *scratch; /* [threads] */
    int threads;
} csv_feed;

static size_t nominal_pieces(const csv_feed *csv) {
    return bm_chunks(csv->window.size, PIECE_BYTES);
}

/* Loads a part and counts in it while it is in the cache. The count looks a little beyond what it
 * counts, where another thread may be loading; so the end of the part is counted later. */
static bm_status load_part(size_t part, void *arg, bm_error *err) {
    csv_feed *csv = arg;
    size_t begin = bm_chunk_begin(part, PIECE_BYTES);
    size_t end = bm_chunk_end(part, PIECE_BYTES, csv->window.size);
    bm_status status = bm_source_load(csv->source, &csv->window, begin, end, err);
    size_t size = end - begin > BM_SCAN_PADDING ? end - begin - BM_SCAN_PADDING : 0;
    if (status == BM_OK)
        bm_scan_count(csv->window.data + begin, size, csv->dialect->quote, &csv->count[part]);
    return status;
}

/* The last bytes of a part, once all parts are loaded. */
static void count_end(csv_feed *csv, size_t part) {
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

/* The next window, behind what is left of this one. */
static bm_status load_window(csv_feed *csv, bm_error *err) {
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

/* Goes on behind the end of the line that was too long. */
static bm_status skip_line(csv_feed *csv, bm_error *err) {
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
        BM_TRY(load_window(csv, err));
    }
cleanup:
    return status;
}

/* Where the records of each piece begin, as far as that can be told without reading them. */
static void plan_pieces(csv_feed *csv) {
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

typedef struct reading {
    csv_feed *csv;
    const bm_rows *rows;
    size_t first;
} reading;

static bm_status read_piece(size_t index, void *arg, bm_error *err) {
    const reading *work = arg;
    csv_feed *csv = work->csv;
    return bm_csv_piece_read(&csv->piece[work->first + index], &csv->text,
                             &csv->scratch[bm_thread_index()], work->rows, err);
}

/* The piece before ended elsewhere than this one began. */
static bm_status read_again(csv_feed *csv, bm_csv_piece *piece, const bm_rows *rows,
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
static bm_status join_pieces(csv_feed *csv, bm_rows *rows, size_t first, size_t count,
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

static void tell_place(bm_feed *feed, const csv_feed *csv) {
    size_t carried = (size_t)(csv->window.data - csv->text.data);
    size_t come = csv->at > carried ? csv->at - carried : 0;
    double share = csv->window.size > 0 ? (double)come / (double)csv->window.size : 1;
    uint64_t of_window = csv->window.raw_at - csv->raw_begin;
    feed->done = csv->raw_begin + (uint64_t)(share * (double)of_window);
}

/* How many of the next pieces are worked on before their rows are merged: as many as fit into the
 * memory for batches, and one at least. */
static size_t pieces_at_once(const csv_feed *csv, const bm_rows *rows) {
    size_t bytes = 0, count = 0, left = csv->pieces - csv->next_piece;
    while (count < left && (count == 0 || bytes < BATCH_BYTES)) {
        const bm_csv_piece *piece = &csv->piece[csv->next_piece + count++];
        bytes += bm_batch_bytes(rows, piece->rows_at_most);
    }
    return count;
}

static bm_status next_rows(bm_feed *feed, bm_rows *rows, size_t enough, int *more, bm_error *err) {
    bm_status status = BM_OK;
    csv_feed *csv = feed->self;
    if (csv->next_piece == csv->pieces) {
        /* The first window is at hand when the rows are begun. */
        if (csv->pieces > 0)
            BM_TRY(load_window(csv, err));
        BM_TRY(skip_line(csv, err));
        plan_pieces(csv);
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
    csv_feed *csv = feed->self;
    bm_status status = BM_OK;
    if (csv->text.offset > csv->rows.offset) {
        BM_TRY(bm_source_rewind(csv->source, err));
        csv->is_loaded = 0;
        BM_TRY(load_window(csv, err));
    }
    while (csv->text.offset + csv->text.size < csv->rows.offset) {
        csv->at = csv->text.size;
        BM_TRY(load_window(csv, err));
    }
    csv->at = (size_t)(csv->rows.offset - csv->text.offset);
    csv->line = csv->rows.line;
    csv->skips_line = 0;
    csv->pieces = csv->next_piece = 0;
    feed->done = 0;
cleanup:
    return status;
}

/* Line ends in some places all over the file, and the bytes that were looked at. */
static bm_status count_lines(const csv_feed *csv, uint64_t *lines, uint64_t *bytes, bm_error *err) {
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
static bm_status foresee_packed(const csv_feed *csv, double a_row, double *rows, bm_error *err) {
    unsigned char told[4] = {0};
    size_t got;
    bm_status status = bm_source_peek(csv->source, csv->source->raw_size - sizeof told,
                                      (char *)told, sizeof told, &got, err);
    uint64_t size = (uint64_t)told[3] << 24 | (uint64_t)told[2] << 16 | (uint64_t)told[1] << 8 |
                    (uint64_t)told[0];
    *rows = (double)size / a_row;
    return status;
}

static bm_status foresee(bm_feed *feed, size_t rows_in, double *rows, double *doubt,
                         bm_error *err) {
    const csv_feed *csv = feed->self;
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

static void free_feed(bm_feed *feed) {
    csv_feed *csv = feed->self;
    for (size_t i = 0; i < MOST_PIECES; i++)
        bm_batch_free(&csv->batch[i]);
    for (int i = 0; i < csv->threads && csv->scratch != NULL; i++)
        bm_csv_scratch_free(&csv->scratch[i]);
    free(csv->scratch);
    free(csv->sample);
    free(csv);
}

/* A header that cannot be used; with what the dialect may be meant as, or else the usual fix. */
static bm_status bad_header(const bm_feed *feed, uint64_t line, const char *problem,
                            const char *fix, bm_error *err) {
    char advice[BM_SNIFF_ADVICE];
    const csv_feed *csv = feed->self;
    uint64_t offset = csv->text.offset + csv->at;
    bm_feed_advise(feed, advice);
    const char *what = advice[0] != '\0' ? advice : fix;
    return bm_fail(err, BM_DATA, "%s:%llu: %s%s%s (at byte %llu)", feed->path,
                   (unsigned long long)line, problem, what != NULL ? "; " : "",
                   what != NULL ? what : "", (unsigned long long)offset);
}

static bm_status add_name(bm_feed *feed, bm_dictionary *seen, uint64_t line, bm_text name,
                          size_t column, bm_error *err) {
    char shown[BM_SHOWN_BUFFER], problem[BM_SHOWN_BUFFER + 80];
    if (name.length == 0) {
        snprintf(problem, sizeof problem, "column %zu has no name", column + 1);
        return bad_header(feed, line, problem,
                          "name it, or add --header no if the file has no header", err);
    }
    size_t before = seen->count;
    int32_t code;
    bm_status status = bm_dictionary_intern(seen, name, &code, err);
    if (status != BM_OK)
        return status;
    if (seen->count == before) {
        snprintf(problem, sizeof problem, "columns %d and %zu have the same name \"%s\"", code + 1,
                 column + 1, bm_shown(shown, name));
        return bad_header(feed, line, problem,
                          "rename one, or add --header no if the file has no header", err);
    }
    return bm_strings_add(&feed->names, bm_dictionary_string(seen, code), err);
}

/* A name in UTF-8, whatever the file is in. */
static bm_status clear_name(const csv_feed *csv, bm_arena *arena, bm_text *name, bm_error *err) {
    char *clear;
    if (csv->text.encoding == BM_UTF8)
        return BM_OK;
    bm_status status = bm_arena_take(arena, 3 * name->length, &clear, err);
    if (status != BM_OK)
        return status;
    size_t length = bm_latin_to_utf8(csv->text.encoding, *name, clear);
    if (length != SIZE_MAX)
        *name = (bm_text){clear, length};
    return BM_OK;
}

static bm_status add_names(bm_feed *feed, const bm_verdict *header, bm_error *err) {
    bm_status status = BM_OK;
    const csv_feed *csv = feed->self;
    bm_dictionary seen = {0};
    bm_arena arena = {0};
    char number[32];
    for (size_t i = 0; i < header->fields; i++) {
        bm_text name = bm_text_of(&header->field[i]);
        if (!csv->dialect->header) {
            snprintf(number, sizeof number, "c%zu", i + 1);
            BM_TRY(bm_strings_add(&feed->names, number, err));
            continue;
        }
        BM_TRY(clear_name(csv, &arena, &name, err));
        if (!bm_utf8_valid(name)) {
            char problem[80];
            snprintf(problem, sizeof problem, "the name of column %zu is not UTF-8", i + 1);
            BM_TRY(bad_header(feed, csv->line, problem,
                              "add --encoding latin1 (or windows-1252) if that is what the file "
                              "is in",
                              err));
        }
        BM_TRY(add_name(feed, &seen, csv->line, name, i, err));
    }
cleanup:
    bm_dictionary_free(&seen);
    bm_arena_free(&arena);
    return status;
}

/* Steps over blank lines and comments; 0 when the text at hand holds nothing else that ends in it.
 */
static int find_header(csv_feed *csv) {
    const bm_csv_text *text = &csv->text;
    while (csv->at < text->size) {
        bm_line line = bm_find_line(text->data, csv->at, text->size, text->is_last);
        char comment = csv->dialect->comment;
        int is_comment = comment != '\0' && text->data[csv->at] == comment;
        if (line.end > csv->at && !is_comment)
            return 1;
        if (line.is_open)
            return 0;
        csv->at = line.next;
        csv->line++;
    }
    return 0;
}

/* The first record, over as many windows as it takes. */
static bm_status find_first(bm_feed *feed, bm_verdict *first, bm_error *err) {
    bm_status status;
    csv_feed *csv = feed->self;
    for (;;) {
        const bm_csv_text *text = &csv->text;
        *first = (bm_verdict){.is_incomplete = 1};
        if (find_header(csv))
            BM_TRY(bm_judge_record(csv->scratch[0].judge, text->data, csv->at, text->size,
                                   text->is_last, 0, first, err));
        else if (text->is_last)
            return bm_fail(err, BM_DATA, "%s: the file is empty; was it written to its end?",
                           feed->path);
        if (!first->is_incomplete)
            return BM_OK;
        /* A comment may be longer than what can be left over. */
        if (text->size - csv->at > BM_MAX_RECORD) {
            csv->skips_line = 1;
            csv->line++;
            BM_TRY(skip_line(csv, err));
        } else {
            BM_TRY(load_window(csv, err));
        }
    }
cleanup:
    return status;
}

/* The first record names the columns, or only counts them. */
static bm_status read_header(bm_feed *feed, bm_error *err) {
    bm_status status;
    csv_feed *csv = feed->self;
    bm_verdict first;
    csv->line = 1;
    if (csv->text.size >= 3 && memcmp(csv->text.data, "\xef\xbb\xbf", 3) == 0)
        csv->at = 3;
    BM_TRY(bm_judge_new(&csv->scratch[0].judge, csv->dialect, err));
    BM_TRY(find_first(feed, &first, err));
    if (first.problem != NULL)
        BM_TRY(bad_header(feed, csv->line, first.problem, bm_usual_fix(first.problem), err));
    BM_TRY(add_names(feed, &first, err));
    csv->text.columns = first.fields;
    if (csv->dialect->header) {
        csv->at = first.next;
        csv->line += first.lines;
    }
    csv->rows.offset = csv->text.offset + csv->at;
    csv->rows.line = csv->line;
cleanup:
    return status;
}

/* The beginning of the file is kept for it, for it is asked when something is amiss. */
static void advise(const bm_feed *feed, char advice[BM_SNIFF_ADVICE]) {
    const csv_feed *csv = feed->self;
    bm_sniff(csv->sample, csv->sample_size, csv->sample_is_whole, csv->dialect, advice,
             BM_SNIFF_ADVICE);
}

static bm_status keep_sample(csv_feed *csv, bm_error *err) {
    size_t size = csv->text.size < BM_SNIFF_SAMPLE ? csv->text.size : BM_SNIFF_SAMPLE;
    bm_status status = BM_NEW(&csv->sample, size, "a CSV reader", err);
    if (status != BM_OK)
        return status;
    memcpy(csv->sample, csv->text.data, size);
    csv->sample_size = size;
    csv->sample_is_whole = csv->text.is_last && size == csv->text.size;
    return BM_OK;
}

/* A header that does not fit is told of. What may be meant is never applied. */
static void doubt_header(const bm_feed *feed, bm_log *log) {
    char advice[BM_SNIFF_ADVICE];
    if (feed->names.count > 1)
        return;
    bm_feed_advise(feed, advice);
    if (advice[0] != '\0')
        bm_warn(log, "%s: the header is one column; the file %s", feed->path, advice);
}

bm_status bm_csv_feed(bm_feed *feed, bm_source *source, const bm_dialect *dialect,
                      const bm_context *context, bm_error *err) {
    bm_status status;
    csv_feed *csv = NULL;
    *feed = (bm_feed){.path = source->path, .lines = 1, .unit = "bytes"};
    BM_TRY(BM_NEW(&csv, 1, "a CSV reader", err));
    feed->self = csv;
    feed->rewind = rewind_feed;
    feed->next = next_rows;
    feed->free = free_feed;
    feed->foresee = foresee;
    csv->source = source;
    csv->dialect = dialect;
    csv->threads = bm_threads();
    BM_TRY(bm_encoding_find(dialect->encoding, &csv->text.encoding, err));
    BM_TRY(BM_NEW(&csv->scratch, (size_t)csv->threads, "a CSV reader", err));
    BM_TRY(load_window(csv, err));
    BM_TRY(bm_check_kind(source->path, csv->text.data, csv->text.size, err));
    BM_TRY(keep_sample(csv, err));
    feed->advise = advise;
    feed->total = source->raw_size;
    /* The window, the positions of its marks, and its cells twice: as texts and as values. */
    feed->bytes = 8 * csv->window.size;
    BM_TRY(read_header(feed, err));
    doubt_header(feed, context != NULL ? context->log : NULL);
cleanup:
    return status;
}
