/* Batches -> columns, in the order of the file. Each column is a piece of work of its own, so that
 * several threads copy numbers and number texts at the same time. */
#include "input/rows.h"

#include "base/memory.h"
#include "base/parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct merging {
    bm_rows *rows;
    bm_batch *const *batch;
    size_t batches;
    size_t first;   /* the row at which they begin */
    size_t at_once; /* columns that are one piece of work */
} merging;

enum { CELLS_AT_ONCE = 4096 };

static size_t copy_numbers(double *to, const double *from, size_t count) {
    size_t missing = 0;
    for (size_t i = 0; i < count; i++) {
        to[i] = from[i];
        missing += from[i] != from[i];
    }
    return missing;
}

static bm_status spool_numbers(bm_build *build, const bm_batch_column *from, size_t row,
                               size_t count, bm_error *err) {
    for (size_t i = 0; i < count && !from->is_full; i++)
        build->column.missing += isnan(from->number[i]) != 0;
    return bm_spool_put_column(build->spool, build->place, row, count, from->number, err);
}

static size_t copy_dates(int64_t *to, const int64_t *from, size_t count) {
    size_t missing = 0;
    for (size_t i = 0; i < count; i++) {
        to[i] = from[i];
        missing += from[i] == BM_NO_DATE;
    }
    return missing;
}

static bm_status number_texts(bm_build *build, const bm_text *text, size_t row, size_t count,
                              bm_error *err) {
    bm_column *column = &build->column;
    size_t known = column->dictionary.count, missing = 0;
    bm_status status =
        bm_dictionary_intern_many(&column->dictionary, text, count, column->code + row, err);
    if (status != BM_OK)
        return status;
    for (size_t i = 0; i < count; i++)
        missing += text[i].data == NULL;
    column->missing += missing;
    build->has_repeats |= column->dictionary.count - known < count - missing;
    return BM_OK;
}

/* Text past the number of categories is of no use to anybody who did not ask for it. */
static void drop_useless_text(const bm_rows *rows, bm_build *build) {
    if (build->want != BM_WANT_INFER || build->is_id || rows->request->keep_text ||
        build->column.dictionary.count <= BM_MAX_CATEGORIES)
        return;
    bm_dictionary_free(&build->column.dictionary);
    free(build->column.code);
    build->column.code = NULL;
    build->reserved = 0;
    build->not_kept = 1;
}

static bm_status merge_column(const merging *work, size_t at, bm_error *err) {
    bm_build *build = &work->rows->build[at];
    size_t row = work->first;
    int is_done = at == work->rows->unique_build; /* ids came first */
    for (size_t b = 0; b < work->batches; b++) {
        const bm_batch *batch = work->batch[b];
        const bm_batch_column *from = &batch->column[at];
        bm_type_tally_merge(&build->tally, &from->tally);
        if (from->guess != NULL)
            bm_date_guess_merge(&build->guess, from->guess);
        bm_status status = BM_OK;
        if (is_done || !bm_build_is_stored(build) || build->not_kept)
            continue;
        if (build->spool != NULL)
            status = spool_numbers(build, from, row, batch->count, err);
        else if (build->storage == BM_STORE_NUMBER && from->is_full)
            memcpy(build->column.number + row, from->number, batch->count * sizeof(double));
        else if (build->storage == BM_STORE_NUMBER)
            build->column.missing +=
                copy_numbers(build->column.number + row, from->number, batch->count);
        else if (build->storage == BM_STORE_DATE)
            build->column.missing += copy_dates(build->column.when + row, from->when, batch->count);
        else
            status = number_texts(build, from->text, row, batch->count, err);
        if (status != BM_OK)
            return status;
        row += batch->count;
    }
    if (build->storage == BM_STORE_TEXT && !build->not_kept && bm_build_is_stored(build))
        drop_useless_text(work->rows, build);
    return BM_OK;
}

/* Columns of few rows are taken together, so that a table of many is not all overhead. */
static bm_status merge_columns(size_t chunk, void *arg, bm_error *err) {
    const merging *work = arg;
    size_t end = bm_chunk_end(chunk, work->at_once, work->rows->builds);
    bm_status status = BM_OK;
    for (size_t at = bm_chunk_begin(chunk, work->at_once); at < end && status == BM_OK; at++)
        status = merge_column(work, at, err);
    return status;
}

/* Duplicates: a row is one when its text was known before. Their rows are marked in `drop`. */
static bm_status find_repeats(bm_rows *rows, bm_dictionary *known, const bm_text *text,
                              size_t count, uint8_t *drop, bm_error *err) {
    bm_status status;
    size_t next = known->count;
    BM_TRY(BM_GROW(&rows->code, &rows->codes_reserved, count, "ids", err));
    BM_TRY(bm_dictionary_intern_many(known, text, count, rows->code, err));
    for (size_t i = 0; i < count; i++) {
        if (rows->code[i] < 0)
            continue;
        drop[i] = (size_t)rows->code[i] < next;
        next += !drop[i];
    }
cleanup:
    return status;
}

/* Leaves the marked rows out of the batch. */
static bm_status drop_rows(bm_batch *batch, const uint8_t *drop, bm_error *err) {
    bm_status status = BM_OK;
    bm_batch_drop(batch, drop);
    bm_lines_clear(&batch->lines);
    for (size_t row = 0; row < batch->count; row++)
        BM_TRY(bm_lines_add(&batch->lines, batch->line[row], err));
cleanup:
    return status;
}

static bm_status add_repeats(bm_batch *batch, const uint8_t *drop, bm_fault_kind kind,
                             size_t column, const bm_text *text, bm_error *err) {
    bm_status status = BM_OK;
    for (size_t row = 0; row < batch->count; row++) {
        if (!drop[row])
            continue;
        const bm_fault fault = {.kind = kind,
                                .line = batch->line[row],
                                .byte_offset = batch->offset[row],
                                .column = column,
                                .problem = text == NULL ? "duplicate row" : "duplicate id",
                                .text = text != NULL ? text[row] : (bm_text){"", 0}};
        BM_TRY(bm_batch_add_fault(batch, &fault, err));
    }
cleanup:
    return status;
}

/* Takes the rows out of a batch that repeat an earlier one, as a whole or by their id. */
static bm_status leave_out_repeats(bm_rows *rows, bm_batch *batch, bm_error *err) {
    bm_status status = BM_OK;
    size_t known = batch->faults, ids = rows->unique_build;
    uint8_t *drop = batch->drop;
    if (batch->whole != NULL) {
        memset(drop, 0, batch->count);
        BM_TRY(find_repeats(rows, &rows->seen, batch->whole, batch->count, drop, err));
        BM_TRY(add_repeats(batch, drop, BM_FAULT_REPEATED_ROW, BM_NO_COLUMN, NULL, err));
        if (batch->faults > known)
            BM_TRY(drop_rows(batch, drop, err));
    }
    if (rows->unique_column != BM_NO_COLUMN) {
        const bm_text *text = ids != BM_NO_COLUMN ? batch->column[ids].text : batch->id;
        bm_dictionary *dictionary =
            ids != BM_NO_COLUMN ? &rows->build[ids].column.dictionary : &rows->ids;
        size_t before = batch->faults;
        memset(drop, 0, batch->count);
        BM_TRY(find_repeats(rows, dictionary, text, batch->count, drop, err));
        BM_TRY(add_repeats(batch, drop, BM_FAULT_REPEATED_ID, rows->unique_column, text, err));
        if (batch->faults > before)
            BM_TRY(drop_rows(batch, drop, err));
    }
    if (batch->faults > known)
        bm_batch_sort_faults(batch);
cleanup:
    return status;
}

/* The ids that are left are new, every one of them: their codes follow one another. */
static void put_ids(bm_rows *rows, const bm_batch *batch, size_t known) {
    bm_column *column = &rows->build[rows->unique_build].column;
    const bm_text *text = batch->column[rows->unique_build].text;
    int32_t *code = column->code + rows->accounting.used;
    for (size_t i = 0; i < batch->count; i++) {
        column->missing += text[i].data == NULL;
        code[i] = text[i].data != NULL ? (int32_t)known++ : -1;
    }
}

static bm_status leave_out(bm_rows *rows, bm_batch *batch, bm_error *err) {
    int has_ids = rows->unique_build != BM_NO_COLUMN;
    size_t known = has_ids ? rows->build[rows->unique_build].column.dictionary.count : 0;
    if ((batch->whole == NULL && rows->unique_column == BM_NO_COLUMN) || batch->count == 0)
        return BM_OK;
    bm_status status = leave_out_repeats(rows, batch, err);
    if (status == BM_OK && has_ids)
        put_ids(rows, batch, known);
    return status;
}

static bm_status account(bm_rows *rows, const bm_batch *batch, bm_error *err) {
    bm_status status = BM_OK;
    bm_accounting *accounting = &rows->accounting;
    accounting->rows_in += batch->rows_in;
    for (size_t i = 0; i < rows->request->filters; i++)
        rows->failed[i] += batch->failed[i];
    for (size_t i = 0; i < batch->faults; i++) {
        bm_fault fault = batch->fault[i];
        fault.line += batch->first_line;
        BM_TRY(bm_faults_add(rows, &fault, err));
    }
    if (rows->marked != NULL)
        memcpy(rows->marked + accounting->used, batch->marked, batch->count);
    BM_TRY(bm_lines_append(&rows->lines, &batch->lines, batch->first_line, err));
    accounting->used += batch->count;
cleanup:
    return status;
}

bm_status bm_rows_merge(bm_rows *rows, bm_batch *const *batch, size_t batches, bm_error *err) {
    bm_status status = BM_OK;
    merging work = {rows, batch, batches, rows->accounting.used, 1};
    size_t count = 0;
    for (size_t b = 0; b < batches; b++)
        count += batch[b]->count;
    if (work.first + count > rows->reserved)
        BM_TRY(bm_rows_reserve(rows, work.first + count, err));
    for (size_t b = 0; b < batches; b++) {
        BM_TRY(leave_out(rows, batch[b], err));
        BM_TRY(account(rows, batch[b], err));
    }
    work.at_once = CELLS_AT_ONCE / (count + 1) + 1;
    BM_TRY(bm_parallel_for(bm_chunks(rows->builds, work.at_once), merge_columns, &work, err));
    status = bm_rows_check_memory(rows, err);
cleanup:
    return status;
}
