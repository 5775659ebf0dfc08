/* The rows of a batch: filtered first, then judged column by column, then marked; what is left over
 * is good as far as this stretch of the input can tell. */
#include "input/batch_rows.h"

#include "base/memory.h"

#include <string.h>

static bm_fault fault_at(const bm_batch *batch, size_t row, size_t column, const char *problem) {
    return (bm_fault){.kind = BM_FAULT_VALUE,
                      .line = batch->line[row],
                      .byte_offset = batch->offset[row],
                      .column = column,
                      .problem = problem};
}

static bm_status reject_value(bm_batch *batch, size_t row, size_t column, const char *problem,
                              bm_error *err) {
    bm_fault fault = fault_at(batch, row, column, problem);
    char buffer[BM_NUMBER_TEXT];
    const bm_field field = bm_cell_at(&batch->cells[column], row);
    bm_status status =
        bm_arena_copy(&batch->arena, bm_field_text(&field, buffer), &fault.text, err);
    return status == BM_OK ? bm_batch_add_fault(batch, &fault, err) : status;
}

static bm_status reject_broken(bm_batch *batch, size_t row, const bm_not_utf8 *broken,
                               bm_error *err) {
    bm_fault fault =
        fault_at(batch, row, broken->column,
                 batch->rows->rules.is_utf8 ? "invalid UTF-8" : "not a character of the encoding");
    fault.text = broken->text;
    return bm_batch_add_fault(batch, &fault, err);
}

/* Marks what the conditions leave out, and what they cannot tell. */
static bm_status apply_filter(bm_batch *batch, size_t row, bm_error *err) {
    const bm_rows *rows = batch->rows;
    for (size_t i = 0; i < rows->request->filters; i++) {
        const bm_test *test = &rows->filter[i];
        const bm_field field = bm_cell_at(&batch->cells[test->column], row);
        int holds = bm_test_field(test, &rows->rules, &field);
        if (holds > 0)
            continue;
        batch->drop[row] = 1;
        if (holds < 0)
            return reject_value(batch, row, test->column, bm_number_problem(&rows->rules, &field),
                                err);
        batch->failed[i]++;
        break;
    }
    return BM_OK;
}

static bm_status filter_rows(bm_batch *batch, bm_error *err) {
    bm_status status = BM_OK;
    memset(batch->drop, 0, batch->count);
    for (size_t row = 0; row < batch->count; row++) {
        if (batch->rows->request->filters > 0)
            BM_TRY(apply_filter(batch, row, err));
        if (batch->drop[row] || batch->not_utf8[row] == BM_NO_COLUMN)
            continue;
        batch->drop[row] = 1;
        BM_TRY(reject_broken(batch, row, &batch->broken[batch->not_utf8[row]], err));
    }
    bm_batch_drop(batch, batch->drop);
cleanup:
    return status;
}

static void mark_rows(bm_batch *batch) {
    const bm_rows *rows = batch->rows;
    for (size_t row = 0; row < batch->count; row++) {
        const bm_field field = bm_cell_at(&batch->cells[rows->mark.column], row);
        int holds = bm_test_field(&rows->mark, &rows->rules, &field);
        batch->marked[row] = holds > 0;
        if (holds < 0 && batch->problem[row].problem == NULL)
            batch->problem[row] =
                (bm_row_problem){bm_number_problem(&rows->rules, &field), rows->mark.column};
    }
}

static bm_status drop_bad_rows(bm_batch *batch, bm_error *err) {
    bm_status status = BM_OK;
    size_t faults = batch->faults;
    memset(batch->drop, 0, batch->count);
    for (size_t row = 0; row < batch->count; row++) {
        const bm_row_problem *found = &batch->problem[row];
        if (found->problem == NULL)
            continue;
        batch->drop[row] = 1;
        BM_TRY(reject_value(batch, row, found->column, found->problem, err));
    }
    if (batch->faults > faults)
        bm_batch_drop(batch, batch->drop);
cleanup:
    return status;
}

/* A row as one text that is equal for rows equal in every cell: lengths and bytes in turn. */
static bm_status write_whole(bm_batch *batch, size_t row, bm_error *err) {
    char buffer[BM_NUMBER_TEXT], *to;
    size_t length = 0;
    for (size_t i = 0; i < batch->inputs; i++) {
        const bm_field field = bm_cell_at(&batch->cells[i], row);
        length += sizeof length + bm_field_text(&field, buffer).length;
    }
    bm_status status = bm_arena_take(&batch->arena, length, &to, err);
    if (status != BM_OK)
        return status;
    batch->whole[row] = (bm_text){to, length};
    for (size_t i = 0; i < batch->inputs; i++) {
        const bm_field field = bm_cell_at(&batch->cells[i], row);
        bm_text text = bm_field_text(&field, buffer);
        memcpy(to, &text.length, sizeof text.length);
        to += sizeof text.length;
        if (text.length > 0)
            memcpy(to, text.data, text.length);
        to += text.length;
    }
    return BM_OK;
}

static bm_status write_id(bm_batch *batch, size_t row, bm_error *err) {
    const bm_field field = bm_cell_at(&batch->cells[batch->rows->unique_column], row);
    char buffer[BM_NUMBER_TEXT];
    batch->id[row] = (bm_text){NULL, 0};
    if (bm_field_is_missing(&batch->rows->rules, &field))
        return BM_OK;
    return bm_arena_copy(&batch->arena, bm_field_text(&field, buffer), &batch->id[row], err);
}

bm_status bm_batch_finish(bm_batch *batch, bm_error *err) {
    bm_status status;
    BM_TRY(filter_rows(batch, err));
    memset(batch->problem, 0, batch->count * sizeof *batch->problem);
    for (size_t i = 0; i < batch->columns; i++)
        BM_TRY(bm_batch_read_column(batch, i, err));
    if (batch->marked != NULL)
        mark_rows(batch);
    BM_TRY(drop_bad_rows(batch, err));
    for (size_t row = 0; row < batch->count; row++) {
        if (batch->whole != NULL)
            BM_TRY(write_whole(batch, row, err));
        if (batch->id != NULL)
            BM_TRY(write_id(batch, row, err));
        BM_TRY(bm_lines_add(&batch->lines, batch->line[row], err));
    }
    bm_batch_sort_faults(batch);
cleanup:
    return status;
}
