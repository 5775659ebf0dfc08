/* Records out of an HDF5 file, by way of the worker process that opens it (hdf5_child.c). What
 * comes through the pipe is checked like anything else from outside. */
#include "input/hdf5_pipe.h"
#include "input/reading.h"

#include "base/memory.h"

#include <hdf5.h>
#include <stdlib.h>
#include <string.h>

typedef struct hdf5_reader {
    int file; /* borrowed */
    uint64_t size;
    const char *dataset;
    const bm_context *context;
    bm_hdf5_pipe pipe;
    int is_fresh;     /* nothing read yet but the columns */
    size_t rows_left; /* in the message that came last */
    uint64_t rows, row;
    bm_field_kind *kind;
    bm_field *field;
    size_t columns;
} hdf5_reader;

void bm_input_start(void) {
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    /* Where there can be no process, HDF5 says so when it comes to reading it. */
    (void)bm_hdf5_server_start();
}

static bm_log *log_of(const hdf5_reader *reader) {
    return reader->context != NULL ? reader->context->log : NULL;
}

static bm_status start_worker(hdf5_reader *reader, bm_error *err) {
    reader->rows_left = 0;
    reader->row = 0;
    bm_hdf5_worker_end(&reader->pipe.worker, 0);
    bm_hdf5_wish wish = reader->dataset != NULL ? BM_HDF5_DATASET : BM_HDF5_ONLY_TABLE;
    return bm_hdf5_worker_start(&reader->pipe.worker, reader->file, reader->size, wish,
                                reader->dataset, reader->pipe.path, err);
}

static bm_status check_name(const hdf5_reader *reader, bm_dictionary *seen, bm_text name,
                            size_t column, bm_error *err) {
    char shown[BM_SHOWN_BUFFER];
    const char *path = reader->pipe.path;
    if (name.length == 0)
        return bm_fail(err, BM_DATA, "%s: column %zu has no name", path, column + 1);
    if (name.length > BM_MAX_FIELD || !bm_utf8_valid(name) ||
        memchr(name.data, '\0', name.length) != NULL)
        return bm_fail(err, BM_DATA, "%s: the name of column %zu is not UTF-8", path, column + 1);
    size_t known = seen->count;
    int32_t code;
    bm_status status = bm_dictionary_intern(seen, name, &code, err);
    if (status == BM_OK && seen->count == known)
        return bm_fail(err, BM_DATA, "%s: columns %d and %zu have the same name \"%s\"", path,
                       code + 1, column + 1, bm_shown(shown, name));
    return status;
}

/* Columns as the worker tells them; names may be NULL when they are known already. */
static bm_status receive_columns(hdf5_reader *reader, bm_strings *names, bm_error *err) {
    bm_status status;
    bm_hdf5_message message;
    bm_dictionary seen = {0};
    uint32_t columns = 0;
    uint64_t memory = 0;
    BM_TRY(bm_hdf5_receive(&reader->pipe, &message, err));
    if (message != BM_HDF5_COLUMNS ||
        !bm_hdf5_take(&reader->pipe, &reader->rows, sizeof reader->rows) ||
        !bm_hdf5_take(&reader->pipe, &memory, sizeof memory) ||
        !bm_hdf5_take(&reader->pipe, &columns, sizeof columns) || columns == 0 ||
        columns > BM_MAX_COLUMNS || (reader->columns != 0 && columns != reader->columns))
        BM_TRY(bm_hdf5_damaged(&reader->pipe, err));
    BM_TRY(bm_require_memory(reader->context, memory, "unpacking the file", err));
    if (reader->columns == 0) {
        BM_TRY(BM_NEW(&reader->kind, columns, "the columns", err));
        BM_TRY(BM_NEW(&reader->field, columns, "the columns", err));
        reader->columns = columns;
    }
    for (size_t i = 0; i < columns; i++) {
        uint8_t kind = 0;
        bm_text name = {0};
        if (!bm_hdf5_take(&reader->pipe, &kind, sizeof kind) || kind > BM_FIELD_NATURAL ||
            !bm_hdf5_take_text(&reader->pipe, &name))
            BM_TRY(bm_hdf5_damaged(&reader->pipe, err));
        reader->kind[i] = (bm_field_kind)kind;
        BM_TRY(check_name(reader, &seen, name, i, err));
        if (names != NULL)
            BM_TRY(bm_strings_add(names, bm_dictionary_string(&seen, (int32_t)i), err));
    }
    reader->is_fresh = 1;
cleanup:
    bm_dictionary_free(&seen);
    return status;
}

static bm_status take_row(hdf5_reader *reader, bm_record *record, bm_error *err) {
    *record = (bm_record){.line = ++reader->row, .not_utf8 = BM_NO_COLUMN, .field = reader->field};
    for (size_t i = 0; i < reader->columns; i++) {
        bm_field *field = &reader->field[i];
        field->kind = reader->kind[i];
        if (field->kind != BM_FIELD_TEXT) {
            if (!bm_hdf5_take(&reader->pipe, &field->value, sizeof field->value))
                return bm_hdf5_damaged(&reader->pipe, err);
            continue;
        }
        bm_text text;
        if (!bm_hdf5_take_text(&reader->pipe, &text))
            return bm_hdf5_damaged(&reader->pipe, err);
        *field = bm_field_of(text);
        if (text.length > BM_MAX_FIELD)
            record->problem = "field over 1 MiB";
        else if (memchr(text.data, '\0', text.length) != NULL)
            record->problem = "NUL byte";
        else if (record->not_utf8 == BM_NO_COLUMN && !bm_utf8_valid(text))
            record->not_utf8 = i;
    }
    reader->rows_left--;
    return BM_OK;
}

static bm_status next_record(bm_records *records, bm_record *record, int *more, bm_error *err) {
    hdf5_reader *reader = records->self;
    bm_status status = BM_OK;
    reader->is_fresh = 0;
    *more = 1;
    while (reader->rows_left == 0) {
        bm_hdf5_message message;
        uint32_t rows = 0;
        bm_progress(log_of(reader), "read", reader->row, reader->rows, "rows");
        BM_TRY(bm_hdf5_receive(&reader->pipe, &message, err));
        if (message == BM_HDF5_END && reader->row == reader->rows) {
            *more = 0;
            bm_hdf5_worker_end(&reader->pipe.worker, 0);
            return BM_OK;
        }
        if (message != BM_HDF5_ROWS || !bm_hdf5_take(&reader->pipe, &rows, sizeof rows) ||
            rows > reader->rows - reader->row)
            BM_TRY(bm_hdf5_damaged(&reader->pipe, err));
        reader->rows_left = rows;
    }
    status = take_row(reader, record, err);
cleanup:
    return status;
}

static bm_status rewind_records(bm_records *records, bm_error *err) {
    hdf5_reader *reader = records->self;
    if (reader->is_fresh)
        return BM_OK;
    bm_status status = start_worker(reader, err);
    return status == BM_OK ? receive_columns(reader, NULL, err) : status;
}

static void free_reader(bm_records *records) {
    hdf5_reader *reader = records->self;
    bm_hdf5_pipe_free(&reader->pipe);
    free(reader->kind);
    free(reader->field);
    free(reader);
}

bm_status bm_hdf5_open(bm_records *records, int file, const char *path, uint64_t size,
                       const bm_dialect *dialect, const bm_context *context, bm_error *err) {
    bm_status status;
    hdf5_reader *reader = NULL;
    *records = (bm_records){0};
    BM_TRY(BM_NEW(&reader, 1, "an HDF5 reader", err));
    *records = (bm_records){
        .self = reader, .rewind = rewind_records, .next = next_record, .free = free_reader};
    reader->pipe.worker.in = -1;
    reader->file = file;
    reader->size = size;
    reader->pipe.path = path;
    reader->dataset = dialect->dataset;
    reader->context = context;
    BM_TRY(start_worker(reader, err));
    BM_TRY(receive_columns(reader, &records->names, err));
    records->kind = reader->kind;
    records->rows_expected = (size_t)reader->rows;
cleanup:
    return status;
}
