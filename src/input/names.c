/* The names of a file's columns, without its rows. */
#include "input/reading.h"

bm_status bm_read_names(const char *path, const bm_dialect *dialect, const bm_context *context,
                        bm_strings *names, bm_error *err) {
    bm_bytes bytes = {.file = -1};
    bm_records records = {0};
    bm_status status;
    BM_TRY(bm_dialect_check(dialect, err));
    BM_TRY(bm_bytes_read(&bytes, path, context, err));
    if (bytes.is_hdf5 && bytes.file < 0)
        BM_TRY(bm_hdf5_file_of(bytes.data, bytes.size, path, &bytes.file, err));
    if (bytes.is_hdf5)
        BM_TRY(bm_hdf5_open(&records, bytes.file, path, bytes.size, dialect, context, err));
    else
        BM_TRY(bm_csv_open(&records, &bytes, dialect, context, err));
    status = bm_strings_copy(&records.names, names, err);
cleanup:
    bm_records_free(&records);
    bm_bytes_free(&bytes);
    return status;
}
