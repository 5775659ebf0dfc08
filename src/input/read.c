/* The front of this folder: one file into one table, or into the names of its columns. */
#include "input/rows.h"
#include "input/source.h"

#include "base/memory.h"

#include <stdlib.h>

void bm_records_free(bm_records *records) {
    if (records->self != NULL)
        records->free(records);
    bm_strings_free(&records->names);
    *records = (bm_records){0};
}

void bm_feed_advise(const bm_feed *feed, char advice[BM_SNIFF_ADVICE]) {
    advice[0] = '\0';
    if (feed->advise != NULL)
        feed->advise(feed, advice);
}

void bm_feed_free(bm_feed *feed) {
    if (feed->self != NULL)
        feed->free(feed);
    bm_strings_free(&feed->names);
    *feed = (bm_feed){0};
}

/* A row of CSV takes two bytes at least, but for rows of one column that is missing. What is packed
 * may be anything. */
size_t bm_feed_most_rows(const bm_feed *feed, size_t rows_in) {
    size_t left = feed->total > feed->done ? (size_t)(feed->total - feed->done) : 0;
    return left <= SIZE_MAX / 2048 - rows_in ? rows_in + left * (feed->lines ? 1032 : 1) : SIZE_MAX;
}

static bm_status open_feed(bm_feed *feed, bm_source *source, const bm_dialect *dialect,
                           const bm_context *context, bm_error *err) {
    return source->is_hdf5 ? bm_hdf5_feed(feed, source, dialect, context, err)
                           : bm_csv_feed(feed, source, dialect, context, err);
}

static bm_status read_rows(const bm_read_request *request, const bm_context *context,
                           const bm_source *source, bm_feed *feed, bm_read_result *result,
                           bm_error *err) {
    bm_status status = bm_rows_read(request, context, feed, result, err);
    /* What looks bad in a file that somebody is just writing says nothing of its rows. */
    if (status == BM_DATA && bm_source_check(source, err) != BM_OK)
        return BM_IO;
    return status;
}

bm_status bm_read(const bm_read_request *request, const bm_context *context, bm_read_result *result,
                  bm_error *err) {
    bm_status status;
    bm_source source = {.file = -1};
    bm_feed feed = {0};
    *result = (bm_read_result){0};
    BM_TRY(bm_dialect_check(request->dialect, err));
    BM_TRY(bm_source_open(&source, request->path, !request->no_hash, context, err));
    BM_TRY(bm_copy_string(&result->table.source, request->path, err));
    BM_TRY(open_feed(&feed, &source, request->dialect, context, err));
    BM_TRY(read_rows(request, context, &source, &feed, result, err));
    BM_TRY(bm_source_finish(&source, result->sha256, err));
    result->bytes = source.raw_size;
    result->hash_seconds = source.hash_seconds;
cleanup:
    bm_feed_free(&feed);
    bm_source_close(&source);
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

bm_status bm_read_names(const char *path, const bm_dialect *dialect, const bm_context *context,
                        bm_strings *names, bm_error *err) {
    bm_source source = {.file = -1};
    bm_feed feed = {0};
    bm_status status;
    BM_TRY(bm_dialect_check(dialect, err));
    BM_TRY(bm_source_open(&source, path, 0, context, err));
    BM_TRY(open_feed(&feed, &source, dialect, context, err));
    status = bm_strings_copy(&feed.names, names, err);
cleanup:
    bm_feed_free(&feed);
    bm_source_close(&source);
    return status;
}
