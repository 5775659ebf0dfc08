/* The front of this folder: one file into one table. */
#include "input/reading.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

void bm_records_free(bm_records *records) {
    if (records->self != NULL)
        records->free(records);
    bm_strings_free(&records->names);
    *records = (bm_records){0};
}

bm_status bm_read(const bm_read_request *request, const bm_context *context, bm_read_result *result,
                  bm_error *err) {
    bm_status status;
    bm_bytes bytes = {.file = -1};
    bm_records records = {0};
    *result = (bm_read_result){0};
    BM_TRY(bm_dialect_check(request->dialect, err));
    BM_TRY(bm_bytes_read(&bytes, request->path, context, err));
    memcpy(result->sha256, bytes.sha256, sizeof result->sha256);
    result->bytes = bytes.raw_size;
    result->hash_seconds = bytes.hash_seconds;
    BM_TRY(bm_copy_string(&result->table.source, request->path, err));
    if (bytes.is_hdf5 && bytes.file < 0)
        BM_TRY(bm_hdf5_file_of(bytes.data, bytes.size, request->path, &bytes.file, err));
    if (bytes.is_hdf5)
        BM_TRY(bm_hdf5_open(&records, bytes.file, request->path, bytes.size, request->dialect,
                            context, err));
    else
        BM_TRY(bm_csv_open(&records, &bytes, request->dialect, context, err));
    BM_TRY(bm_rows_read(request, context, &records, bytes.is_hdf5 ? 0 : bytes.size, result, err));
cleanup:
    bm_records_free(&records);
    bm_bytes_free(&bytes);
    if (status != BM_OK)
        bm_read_result_free(result);
    return status;
}

void bm_read_result_free(bm_read_result *result) {
    bm_table_free(&result->table);
    bm_accounting_free(&result->accounting);
    free(result->evidence);
    *result = (bm_read_result){0};
}
