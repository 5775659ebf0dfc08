/* Records one by one (HDF5) as a feed of rows. */
#include "input/rows.h"
#include "input/source.h"

#include "base/memory.h"

#include <stdlib.h>

enum { BATCH_ROWS = 8192, BATCH_BYTES = 4 << 20 };

typedef struct records_feed {
    bm_records records;
    bm_batch batch;
    bm_field *field; /* [names] */
    size_t rows_at_once;
} records_feed;

/* Texts do not outlive the next record; the batch needs them longer. */
static bm_status keep_texts(records_feed *self, bm_record *record, size_t columns, bm_error *err) {
    bm_status status = BM_OK;
    if (record->problem != NULL)
        return bm_arena_copy(&self->batch.arena, record->raw, &record->raw, err);
    for (size_t i = 0; i < columns; i++) {
        self->field[i] = record->field[i];
        if (self->field[i].kind != BM_FIELD_TEXT)
            continue;
        bm_text text = bm_text_of(&self->field[i]);
        BM_TRY(bm_arena_copy(&self->batch.arena, text, &text, err));
        self->field[i] = bm_field_of(text);
    }
    record->field = self->field;
cleanup:
    return status;
}

static bm_status next_rows(bm_feed *feed, bm_rows *rows, size_t enough, int *more, bm_error *err) {
    bm_status status;
    records_feed *self = feed->self;
    bm_batch *batch = &self->batch;
    bm_record record;
    size_t most = enough < self->rows_at_once ? enough : self->rows_at_once;
    BM_TRY(bm_batch_begin(batch, rows, self->rows_at_once, err));
    while (batch->rows_in < most) {
        BM_TRY(self->records.next(&self->records, &record, more, err));
        if (!*more)
            break;
        BM_TRY(keep_texts(self, &record, feed->names.count, err));
        BM_TRY(bm_batch_add(batch, &record, err));
    }
    feed->done += batch->rows_in;
    BM_TRY(bm_batch_finish(batch, err));
    BM_TRY(bm_rows_merge(rows, &batch, 1, err));
cleanup:
    return status;
}

static bm_status rewind_feed(bm_feed *feed, bm_error *err) {
    records_feed *self = feed->self;
    feed->done = 0;
    return self->records.rewind(&self->records, err);
}

static bm_status foresee(bm_feed *feed, size_t rows_in, double *rows, double *doubt,
                         bm_error *err) {
    (void)rows_in;
    (void)err;
    *rows = (double)feed->total;
    *doubt = 1;
    return BM_OK;
}

/* Rows that are gathered before they are merged: fewer where they are wide, or where there are no
 * more. */
static size_t rows_at_once(size_t columns, size_t rows) {
    enum { CELL = 2 * sizeof(double) };
    size_t fit = BATCH_BYTES / CELL / columns + 1;
    if (fit > BATCH_ROWS)
        fit = BATCH_ROWS;
    return fit < rows ? fit : rows + 1;
}

static void free_feed(bm_feed *feed) {
    records_feed *self = feed->self;
    bm_records_free(&self->records);
    bm_batch_free(&self->batch);
    free(self->field);
    free(self);
}

bm_status bm_hdf5_feed(bm_feed *feed, const bm_source *source, const bm_dialect *dialect,
                       const bm_context *context, bm_error *err) {
    bm_status status;
    records_feed *self = NULL;
    *feed = (bm_feed){.path = source->path, .unit = "rows"};
    BM_TRY(BM_NEW(&self, 1, "an HDF5 reader", err));
    feed->self = self;
    feed->rewind = rewind_feed;
    feed->next = next_rows;
    feed->free = free_feed;
    BM_TRY(bm_hdf5_open(&self->records, source->file, source->path, source->size, dialect, context,
                        err));
    BM_TRY(bm_strings_copy(&self->records.names, &feed->names, err));
    BM_TRY(BM_NEW(&self->field, feed->names.count, "the columns", err));
    feed->kind = self->records.kind;
    feed->total = self->records.rows_expected;
    feed->foresee = foresee;
    self->rows_at_once = rows_at_once(feed->names.count, self->records.rows_expected);
    /* The block that came through the pipe, cells and values. */
    feed->bytes = feed->names.count * self->rows_at_once * 3 * sizeof(double);
cleanup:
    return status;
}
