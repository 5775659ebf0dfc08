/* Records of a piece of CSV text. SIMD kernels find the bytes that may mean something; a record
 * whose fields are unquoted, or quoted without a quote or a line end in them, is split right there.
 * Every other record goes to libcsv (csv_judge.c), which has the last word on what a record is. */
#include "input/csv_piece.h"

#include "base/memory.h"
#include "kernel/scan.h"

#include <stdlib.h>
#include <string.h>

enum { NO_MARK = 256, SHOWN_RAW = 2 * BM_SHOWN_TEXT /* bytes */ };

typedef struct walker {
    const bm_csv_text *text;
    bm_csv_piece *piece;
    bm_csv_scratch *scratch;
    const char *base; /* where the piece begins; places below count from there */
    size_t marks, next_mark;
    int delimiter, quote, comment; /* NO_MARK: none */
    int has_high;                  /* 1: a byte above 127 is somewhere in the piece */
} walker;

static int mark_of(char c) {
    return c != '\0' ? (unsigned char)c : NO_MARK;
}

static int byte_at(const walker *w, size_t at) {
    return (unsigned char)w->base[at];
}

/* The next mark; 0 when the piece holds no more. */
static inline int take_mark(walker *w, size_t *at, int *mark) {
    if (w->next_mark == w->marks)
        return 0;
    *at = w->scratch->position[w->next_mark++];
    *mark = byte_at(w, *at);
    return 1;
}

/* The mark behind a closing quote. */
static inline int close_quote(walker *w, size_t *at, int *mark, size_t *closing) {
    do {
        if (!take_mark(w, at, mark))
            return 0;
        if (*mark != w->quote && *mark != w->delimiter)
            return 0;
    } while (*mark != w->quote);
    *closing = *at;
    return take_mark(w, at, mark) && *at == *closing + 1;
}

/* Splits the record at `start` when it is a plain one of as many fields as there are columns, right
 * into the cells of the batch; else gives 0, and what it put there is overwritten. */
static inline int split_plain(walker *w, size_t start, size_t *end, size_t *next) {
    size_t columns = w->text->columns, from = start, at, closing;
    const bm_cells *cells = w->piece->batch->cells;
    size_t row = w->piece->batch->count;
    int mark;
    for (size_t column = 0;; column++) {
        if (!take_mark(w, &at, &mark))
            return 0;
        size_t begin = from, length = at - from;
        if (mark == w->quote) {
            if (at != from || !close_quote(w, &at, &mark, &closing))
                return 0;
            begin = from + 1;
            length = closing - begin;
        }
        if (cells[column].text != NULL) {
            cells[column].text[row] = w->base + begin;
            cells[column].length[row] = (uint32_t)length;
        }
        if (column + 1 == columns)
            break;
        if (mark != w->delimiter)
            return 0;
        from = at + 1;
    }
    if ((mark != '\n' && mark != '\r') || at - start > BM_MAX_FIELD)
        return 0;
    *end = at;
    *next = at + 1;
    if (mark == '\n')
        return 1;
    size_t place = (size_t)(w->base - w->text->data) + *next;
    if (place == w->text->size)
        return w->text->is_last; /* a line feed may follow */
    if (w->base[*next] == '\n') {
        *next += 1;
        w->next_mark += w->next_mark < w->marks && w->scratch->position[w->next_mark] == at + 1;
    }
    return 1;
}

/* Sets the marks to the first one at or after a place. */
static void skip_marks(walker *w, size_t at) {
    while (w->next_mark < w->marks && w->scratch->position[w->next_mark] < at)
        w->next_mark++;
}

/* Fields that hold bytes above 127: are they UTF-8, or made so. */
static bm_status check_encoding(walker *w, bm_record *record, bm_field *field, bm_error *err) {
    bm_status status;
    bm_encoding encoding = w->text->encoding;
    for (size_t i = 0; i < w->text->columns; i++) {
        bm_text cell = bm_text_of(&field[i]);
        if (bm_scan_find_high(cell.data, 0, cell.length) == cell.length)
            continue;
        if (encoding == BM_UTF8) {
            if (record->not_utf8 == BM_NO_COLUMN && !bm_scan_utf8_valid(cell.data, cell.length))
                record->not_utf8 = i;
            continue;
        }
        char *clear;
        BM_TRY(bm_arena_take(&w->piece->batch->arena, 3 * cell.length, &clear, err));
        size_t length = bm_latin_to_utf8(encoding, cell, clear);
        if (length != SIZE_MAX)
            field[i] = bm_field_of((bm_text){clear, length});
        else if (record->not_utf8 == BM_NO_COLUMN)
            record->not_utf8 = i;
    }
    status = BM_OK;
cleanup:
    return status;
}

static bm_record record_at(const walker *w, size_t start) {
    return (bm_record){.line = w->piece->lines,
                       .byte_offset = w->text->offset + (uint64_t)(w->base - w->text->data) + start,
                       .field = w->scratch->field,
                       .not_utf8 = BM_NO_COLUMN};
}

/* The judge's fields do not outlive the next record; the batch needs them longer. */
static bm_status keep_fields(walker *w, const bm_verdict *verdict, bm_error *err) {
    bm_text copy;
    bm_status status = bm_arena_copy(&w->piece->batch->arena, verdict->text, &copy, err);
    for (size_t i = 0; status == BM_OK && i < verdict->fields; i++) {
        w->scratch->field[i] = verdict->field[i];
        w->scratch->field[i].value.text =
            copy.data + (verdict->field[i].value.text - verdict->text.data);
    }
    return status;
}

/* The beginning of a record that cannot be split, in UTF-8, for people to see. */
static bm_status show_raw(walker *w, bm_text *raw, bm_error *err) {
    bm_text shown = {raw->data, raw->length < SHOWN_RAW ? raw->length : SHOWN_RAW};
    char *clear;
    if (w->text->encoding == BM_UTF8)
        return BM_OK;
    bm_status status = bm_arena_take(&w->piece->batch->arena, 3 * shown.length, &clear, err);
    size_t length = status == BM_OK ? bm_latin_to_utf8(w->text->encoding, shown, clear) : SIZE_MAX;
    if (length != SIZE_MAX)
        *raw = (bm_text){clear, length};
    return status;
}

/* The record at `start`, as libcsv has it. *next stays when it is not at hand to its end. */
static bm_status ask_judge(walker *w, size_t start, size_t *next, bm_error *err) {
    bm_status status;
    bm_verdict verdict;
    size_t base = (size_t)(w->base - w->text->data);
    bm_record record = record_at(w, start);
    BM_TRY(bm_judge_record(w->scratch->judge, w->text->data, base + start, w->text->size,
                           w->text->is_last, w->text->columns, &verdict, err));
    if (verdict.is_incomplete)
        return BM_OK;
    record.problem = verdict.problem;
    record.raw = (bm_text){w->base + start, verdict.line_end - base - start};
    if (verdict.problem != NULL)
        BM_TRY(show_raw(w, &record.raw, err));
    if (verdict.problem == NULL) {
        BM_TRY(keep_fields(w, &verdict, err));
        BM_TRY(check_encoding(w, &record, w->scratch->field, err));
    }
    BM_TRY(bm_batch_add(w->piece->batch, &record, err));
    w->piece->lines += verdict.lines;
    w->piece->is_cut = verdict.is_cut;
    *next = verdict.next - base;
    skip_marks(w, *next);
cleanup:
    return status;
}

/* A blank line is nothing, but in a file of one column it is a missing value. Comments are nothing
 * at all. */
static bm_status pass_line(walker *w, size_t start, size_t *next, bm_error *err) {
    bm_status status = BM_OK;
    size_t base = (size_t)(w->base - w->text->data);
    int is_blank = byte_at(w, start) == '\n' || byte_at(w, start) == '\r';
    bm_line line = bm_find_line(w->text->data, base + start, w->text->size, w->text->is_last);
    if (line.is_open) {
        /* A comment may be longer than the text at hand. */
        w->piece->is_cut = !is_blank && line.end - base - start > BM_MAX_LINE;
        if (w->piece->is_cut) {
            *next = line.end - base; /* a carriage return there may be half of the end */
            w->piece->lines++;
        }
        return BM_OK;
    }
    if (is_blank && w->text->columns == 1) {
        bm_record record = record_at(w, start);
        w->scratch->field[0] = bm_field_of((bm_text){w->base + start, 0});
        BM_TRY(bm_batch_add(w->piece->batch, &record, err));
    }
    w->piece->lines++;
    *next = line.next - base;
    skip_marks(w, *next);
cleanup:
    return status;
}

/* A plain record may hold bytes above 127, as long as they need no work. */
static int is_clear(const walker *w, size_t start, size_t end) {
    size_t size = end - start;
    if (!w->has_high || bm_scan_find_high(w->base + start, 0, size) == size)
        return 1;
    return w->text->encoding == BM_UTF8 && bm_scan_utf8_valid(w->base + start, size);
}

static bm_status take_record(walker *w, size_t start, size_t *next, bm_error *err) {
    size_t end, mark = w->next_mark;
    int first = byte_at(w, start);
    if (first == '\n' || first == '\r' || first == w->comment)
        return pass_line(w, start, next, err);
    if (w->piece->batch->count < w->piece->batch->reserved && split_plain(w, start, &end, next) &&
        is_clear(w, start, end)) {
        size_t base = (size_t)(w->base - w->text->data);
        bm_batch_commit(w->piece->batch, w->piece->lines, w->text->offset + base + start,
                        BM_NO_COLUMN);
        w->piece->lines++;
        return BM_OK;
    }
    w->next_mark = mark;
    *next = start;
    return ask_judge(w, start, next, err);
}

/* Cuts a record whose marks begin at position[0] into the cells at `row`; 0 when each of the marks
 * is the one it should be. */
static inline unsigned cut_record(const walker *w, const uint32_t *position, size_t row,
                                  uint32_t begin) {
    size_t columns = w->text->columns;
    const bm_cells *cells = w->piece->batch->cells;
    unsigned other = 0;
    for (size_t column = 0; column < columns; column++) {
        uint32_t at = position[column];
        if (cells[column].text != NULL) {
            cells[column].text[row] = w->base + begin;
            cells[column].length[row] = at - begin;
        }
        if (column + 1 < columns)
            other |= (unsigned)byte_at(w, at) ^ (unsigned)w->delimiter;
        begin = at + 1;
    }
    return other;
}

/* A piece in which all records are plain and unquoted has its marks in one pattern, and can be cut
 * without a look at what they are until the end. Gives the number of records, or 0 when it is none
 * such. */
static size_t cut_uniform(walker *w, size_t size) {
    const uint32_t *position = w->scratch->position;
    bm_batch *batch = w->piece->batch;
    size_t columns = w->text->columns;
    if (w->marks < columns || size > BM_MAX_FIELD || w->comment != NO_MARK || columns == 1)
        return 0;
    int is_crlf = byte_at(w, position[columns - 1]) == '\r';
    size_t stride = columns + (size_t)is_crlf, rows = w->marks / stride;
    if (rows * stride != w->marks || rows > batch->reserved || position[w->marks - 1] + 1 != size ||
        (w->has_high && (w->text->encoding != BM_UTF8 || !bm_scan_utf8_valid(w->base, size))))
        return 0;
    uint64_t offset = w->text->offset + w->piece->begin;
    uint32_t begin = 0;
    for (size_t row = 0; row < rows; row++, position += stride) {
        unsigned other = cut_record(w, position, row, begin);
        uint32_t end = position[columns - 1], last = position[stride - 1];
        other |= (unsigned)byte_at(w, last) ^ '\n';
        if (is_crlf)
            other |= ((unsigned)byte_at(w, end) ^ '\r') | (last - end - 1);
        if (other != 0) {
            batch->count = batch->rows_in = 0;
            return 0;
        }
        bm_batch_commit(batch, row, offset + begin, BM_NO_COLUMN);
        begin = last + 1;
    }
    return rows;
}

static bm_status prepare(bm_csv_scratch *scratch, const bm_csv_text *text, size_t size,
                         bm_error *err) {
    bm_status status = BM_OK;
    if (scratch->judge == NULL)
        BM_TRY(bm_judge_new(&scratch->judge, text->dialect, err));
    if (size + BM_SCAN_PADDING > scratch->positions_reserved) {
        free(scratch->position);
        scratch->positions_reserved = 0;
        BM_TRY(BM_NEW(&scratch->position, size + BM_SCAN_PADDING, "a read buffer", err));
        scratch->positions_reserved = size + BM_SCAN_PADDING;
    }
    BM_TRY(BM_GROW(&scratch->field, &scratch->fields_reserved, text->columns, "a record", err));
cleanup:
    return status;
}

bm_status bm_csv_piece_read(bm_csv_piece *piece, const bm_csv_text *text, bm_csv_scratch *scratch,
                            const bm_rows *rows, bm_error *err) {
    bm_status status;
    const bm_dialect *dialect = text->dialect;
    const bm_scan_bytes marks = {dialect->delimiter, dialect->quote, dialect->escape};
    size_t size = piece->limit - piece->begin, at = 0;
    walker w = {.text = text,
                .piece = piece,
                .scratch = scratch,
                .base = text->data + piece->begin,
                .delimiter = mark_of(dialect->delimiter),
                .quote = mark_of(dialect->quote),
                .comment = mark_of(dialect->comment)};
    BM_TRY(prepare(scratch, text, size, err));
    BM_TRY(bm_batch_begin(piece->batch, rows, piece->rows_at_most, err));
    piece->lines = 0;
    piece->is_cut = 0;
    w.marks = bm_scan_marks(w.base, size, &marks, scratch->position, &w.has_high);
    piece->lines = cut_uniform(&w, size);
    if (piece->lines > 0)
        at = size;
    while (at < size && !piece->is_cut) {
        size_t next = at;
        BM_TRY(take_record(&w, at, &next, err));
        if (next == at)
            break;
        at = next;
    }
    piece->stop = piece->begin + at;
    status = bm_batch_finish(piece->batch, err);
cleanup:
    return status;
}

void bm_csv_scratch_free(bm_csv_scratch *scratch) {
    bm_judge_free(scratch->judge);
    free(scratch->position);
    free(scratch->field);
    *scratch = (bm_csv_scratch){0};
}
