/* The rows of one stretch: memory for them, and records added to them. What is made of them is in
 * batch_rows.c and batch_columns.c. */
#include "input/rows.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* One block of memory is cut into the arrays of a batch: first its size is summed up, then the
 * arrays are laid into it. */
typedef struct slab {
    char *bytes; /* NULL: only summed up */
    size_t used;
} slab;

static void *lay(slab *to, size_t count, size_t size) {
    enum { SHORT = 16, LINE = 64, MANY = 64 };
    /* Long arrays begin with a cache line; many short ones would waste too much by it. */
    size_t unit = count < MANY ? SHORT : LINE, bytes;
    void *at = to->bytes != NULL ? to->bytes + to->used : NULL;
    if (!bm_multiply(count, size, &bytes) || !bm_add(bytes, unit - 1, &bytes) ||
        !bm_add(to->used, bytes / unit * unit, &to->used))
        to->used = SIZE_MAX;
    return at;
}

static void lay_cells(bm_batch *batch, size_t at, size_t count, slab *to) {
    const bm_rows *rows = batch->rows;
    bm_cells *cells = &batch->cells[at];
    *cells = (bm_cells){.kind = rows->feed->kind != NULL ? rows->feed->kind[at] : BM_FIELD_TEXT};
    if (!rows->is_needed[at])
        return;
    if (cells->kind != BM_FIELD_TEXT) {
        cells->bits = lay(to, count, sizeof *cells->bits);
        return;
    }
    cells->text = lay(to, count, sizeof *cells->text);
    cells->length = lay(to, count, sizeof *cells->length);
}

static void lay_column(bm_batch *batch, size_t at, size_t count, slab *to) {
    const bm_build *build = &batch->rows->build[at];
    bm_batch_column *column = &batch->column[at];
    *column = (bm_batch_column){0};
    if (!bm_build_is_stored(build))
        return;
    if (build->storage == BM_STORE_NUMBER)
        column->number = lay(to, count, sizeof *column->number);
    else if (build->storage == BM_STORE_DATE)
        column->when = lay(to, count, sizeof *column->when);
    else
        column->text = lay(to, count, sizeof *column->text);
}

static void lay_all(bm_batch *batch, size_t count, slab *to) {
    const bm_rows *rows = batch->rows;
    for (size_t i = 0; i < batch->inputs; i++)
        lay_cells(batch, i, count, to);
    for (size_t i = 0; i < batch->columns; i++)
        lay_column(batch, i, count, to);
    batch->line = lay(to, count, sizeof *batch->line);
    batch->offset = lay(to, count, sizeof *batch->offset);
    batch->not_utf8 = lay(to, count, sizeof *batch->not_utf8);
    batch->drop = lay(to, count, sizeof *batch->drop);
    batch->is_plain = lay(to, count, sizeof *batch->is_plain);
    batch->problem = lay(to, count, sizeof *batch->problem);
    if (rows->request->mark != NULL)
        batch->marked = lay(to, count, sizeof *batch->marked);
    if (rows->unique_column != BM_NO_COLUMN && rows->unique_build == BM_NO_COLUMN)
        batch->id = lay(to, count, sizeof *batch->id);
    if (rows->request->deduplicate)
        batch->whole = lay(to, count, sizeof *batch->whole);
}

static bm_status reserve(bm_batch *batch, size_t count, bm_error *err) {
    bm_status status;
    const bm_rows *rows = batch->rows;
    slab all = {0};
    if (batch->column == NULL) {
        batch->inputs = rows->feed->names.count;
        BM_TRY(BM_NEW(&batch->cells, batch->inputs, "the columns", err));
        BM_TRY(BM_NEW(&batch->column, rows->builds, "the columns", err));
        batch->columns = rows->builds;
        BM_TRY(BM_NEW(&batch->failed, rows->request->filters, "the filter", err));
    }
    free(batch->memory);
    batch->memory = NULL;
    batch->reserved = 0;
    lay_all(batch, count, &all);
    BM_TRY(BM_NEW_ALIGNED(&batch->memory, all.used, "rows", err));
    all = (slab){.bytes = batch->memory};
    lay_all(batch, count, &all);
    batch->reserved = count;
cleanup:
    return status;
}

/* Room for one more row in four, so that the next stretches seldom need more. */
static size_t rows_reserved(size_t rows_at_most) {
    return rows_at_most + rows_at_most / 4 + 1;
}

size_t bm_batch_bytes(const bm_rows *rows, size_t rows_at_most) {
    size_t a_row = 3 * sizeof(uint64_t) + 2 * sizeof(uint8_t) + sizeof(bm_row_problem), bytes;
    for (size_t i = 0; i < rows->feed->names.count; i++)
        a_row += rows->is_needed[i] ? sizeof(char *) + sizeof(uint32_t) : 0;
    for (size_t i = 0; i < rows->builds; i++)
        a_row += rows->build[i].storage == BM_STORE_TEXT ? sizeof(bm_text) : sizeof(double);
    size_t fixed =
        rows->feed->names.count * sizeof(bm_cells) + rows->builds * sizeof(bm_batch_column);
    if (!bm_multiply(a_row, rows_reserved(rows_at_most), &bytes) || !bm_add(bytes, fixed, &bytes))
        bytes = SIZE_MAX;
    return bytes;
}

bm_status bm_batch_begin(bm_batch *batch, const bm_rows *rows, size_t rows_at_most, bm_error *err) {
    if (batch->pass != rows->pass)
        batch->reserved = 0; /* other columns, or of other types */
    batch->rows = rows;
    batch->pass = rows->pass;
    batch->rows_in = batch->count = batch->faults = batch->brokens = 0;
    bm_lines_clear(&batch->lines);
    bm_arena_clear(&batch->arena);
    if (rows_at_most > batch->reserved) {
        bm_status status = reserve(batch, rows_reserved(rows_at_most), err);
        if (status != BM_OK)
            return status;
    }
    for (size_t i = 0; i < batch->columns; i++) {
        batch->column[i].tally = (bm_type_tally){0};
        batch->column[i].is_full = 0;
        batch->column[i].guess = NULL;
    }
    for (size_t i = 0; i < rows->request->filters; i++)
        batch->failed[i] = 0;
    return BM_OK;
}

void bm_batch_free(bm_batch *batch) {
    free(batch->memory);
    free(batch->cells);
    free(batch->column);
    free(batch->failed);
    free(batch->fault);
    free(batch->broken);
    bm_lines_free(&batch->lines);
    bm_arena_free(&batch->arena);
    *batch = (bm_batch){0};
}

bm_status bm_batch_add_fault(bm_batch *batch, const bm_fault *fault, bm_error *err) {
    bm_status status =
        BM_GROW(&batch->fault, &batch->faults_reserved, batch->faults + 1, "bad rows", err);
    if (status == BM_OK)
        batch->fault[batch->faults++] = *fault;
    return status;
}

static int by_line(const void *a, const void *b) {
    const bm_fault *left = a, *right = b;
    return (left->line > right->line) - (left->line < right->line);
}

void bm_batch_sort_faults(bm_batch *batch) {
    if (batch->faults > 1)
        qsort(batch->fault, batch->faults, sizeof *batch->fault, by_line);
}

static bm_status reject_record(bm_batch *batch, const bm_record *record, bm_error *err) {
    bm_text problem;
    /* The reader uses the memory that says what is wrong for the next record. */
    const bm_text said = {record->problem, strlen(record->problem) + 1};
    bm_status status = bm_arena_copy(&batch->arena, said, &problem, err);
    if (status != BM_OK)
        return status;
    batch->rows_in++;
    const bm_fault fault = {.kind = BM_FAULT_RECORD,
                            .line = record->line,
                            .byte_offset = record->byte_offset,
                            .column = BM_NO_COLUMN,
                            .problem = problem.data,
                            .text = record->raw};
    return bm_batch_add_fault(batch, &fault, err);
}

static bm_status keep_broken(bm_batch *batch, const bm_record *record, size_t *place,
                             bm_error *err) {
    bm_status status =
        BM_GROW(&batch->broken, &batch->brokens_reserved, batch->brokens + 1, "bad rows", err);
    if (status != BM_OK)
        return status;
    *place = batch->brokens++;
    batch->broken[*place] =
        (bm_not_utf8){record->not_utf8, bm_text_of(&record->field[record->not_utf8])};
    return BM_OK;
}

bm_status bm_batch_add(bm_batch *batch, const bm_record *record, bm_error *err) {
    size_t row = batch->count, broken = BM_NO_COLUMN;
    if (record->problem != NULL)
        return reject_record(batch, record, err);
    if (row == batch->reserved)
        return bm_fail(err, BM_INTERNAL, "more rows than lines in a stretch of the input");
    for (size_t i = 0; i < batch->inputs; i++) {
        bm_cells *cells = &batch->cells[i];
        const bm_field *field = &record->field[i];
        if (cells->text != NULL) {
            cells->text[row] = field->value.text;
            cells->length[row] = field->length;
        } else if (cells->bits != NULL) {
            cells->bits[row] = field->value.natural;
        }
    }
    if (record->not_utf8 != BM_NO_COLUMN) {
        bm_status status = keep_broken(batch, record, &broken, err);
        if (status != BM_OK)
            return status;
    }
    bm_batch_commit(batch, record->line, record->byte_offset, broken);
    return BM_OK;
}

static void keep_elements(void *array, size_t size, const uint8_t *drop, size_t count) {
    char *to = array;
    const char *from = array;
    if (array == NULL)
        return;
    for (size_t i = 0; i < count; i++, from += size) {
        if (drop[i])
            continue;
        if (to != from)
            memcpy(to, from, size);
        to += size;
    }
}

void bm_batch_drop(bm_batch *batch, const uint8_t *drop) {
    size_t count = batch->count, kept = 0;
    for (size_t i = 0; i < count; i++)
        kept += !drop[i];
    if (kept == count)
        return;
    for (size_t i = 0; i < batch->inputs; i++) {
        keep_elements(batch->cells[i].text, sizeof(char *), drop, count);
        keep_elements(batch->cells[i].length, sizeof(uint32_t), drop, count);
        keep_elements(batch->cells[i].bits, sizeof(uint64_t), drop, count);
    }
    for (size_t i = 0; i < batch->columns; i++) {
        keep_elements(batch->column[i].number, sizeof(double), drop, count);
        keep_elements(batch->column[i].when, sizeof(int64_t), drop, count);
        keep_elements(batch->column[i].text, sizeof(bm_text), drop, count);
    }
    keep_elements(batch->line, sizeof *batch->line, drop, count);
    keep_elements(batch->offset, sizeof *batch->offset, drop, count);
    keep_elements(batch->not_utf8, sizeof *batch->not_utf8, drop, count);
    keep_elements(batch->marked, sizeof *batch->marked, drop, count);
    keep_elements(batch->id, sizeof *batch->id, drop, count);
    keep_elements(batch->whole, sizeof *batch->whole, drop, count);
    batch->count = kept;
}
