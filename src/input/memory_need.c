/* The memory that a table takes while it is read: what it holds by now, and what the whole file
 * will take, judged by its beginning. */
#include "input/rows.h"

#include "base/memory.h"

#include <math.h>
#include <stdio.h>

bm_status bm_rows_check_memory(const bm_rows *r, bm_error *err) {
    size_t bytes = r->feed->bytes + r->accounting.used * (r->marked != NULL) +
                   bm_lines_bytes(&r->lines) + bm_dictionary_bytes(&r->ids) +
                   bm_dictionary_bytes(&r->seen);
    for (size_t i = 0; i < r->builds; i++)
        bytes += bm_build_memory(&r->build[i], r->accounting.used);
    return bm_require_memory(r->context, bytes, "the table that is read", err);
}

bm_status bm_rows_reserve(bm_rows *r, size_t count, bm_error *err) {
    bm_status status = BM_OK;
    size_t grown = r->reserved + r->reserved / 2;
    if (r->reserved > 0 && count < grown)
        count = grown;
    if (r->request->mark != NULL) {
        size_t reserved = r->reserved;
        if (reserved == 0)
            BM_TRY(BM_NEW(&r->marked, count, "marks", err));
        else
            BM_TRY(BM_GROW(&r->marked, &reserved, count, "marks", err));
    }
    for (size_t i = 0; i < r->builds; i++)
        BM_TRY(bm_build_reserve(&r->build[i], count, err));
    r->reserved = count;
cleanup:
    return status;
}

/* Bytes a row of the column takes. A text that came once in most rows will go on doing so. */
static double bytes_a_row(const bm_build *build, size_t rows) {
    if (!bm_build_is_stored(build) || build->not_kept || rows == 0)
        return 0;
    if (build->storage != BM_STORE_TEXT)
        return sizeof(double);
    const bm_dictionary *texts = &build->column.dictionary;
    int mostly_new = texts->count > rows / 2;
    double growth = mostly_new ? (double)bm_dictionary_bytes(texts) / (double)rows : 0;
    return sizeof(int32_t) + growth;
}

/* Bytes a row of the numbers. */
static size_t number_bytes(const bm_rows *r) {
    size_t bytes = 0;
    for (size_t i = 0; i < r->builds; i++) {
        if (bm_build_is_stored(&r->build[i]) && r->build[i].storage == BM_STORE_NUMBER)
            bytes += sizeof(double);
    }
    return bytes;
}

/* What rows take, and what is taken without any. */
static double bytes_of(const bm_rows *r, double rows) {
    double a_row = r->request->mark != NULL;
    for (size_t i = 0; i < r->builds; i++)
        a_row += bytes_a_row(&r->build[i], r->accounting.used);
    if (r->spools)
        a_row -= (double)number_bytes(r);
    return (double)r->feed->bytes + rows * a_row;
}

static size_t whole(double bytes) {
    return bytes < 0x1p63 ? (size_t)bytes : SIZE_MAX;
}

bm_status bm_rows_foresee(bm_rows *r, size_t *expected, bm_error *err) {
    bm_status status;
    size_t used = r->accounting.used, rows_in = r->accounting.rows_in;
    double all = 0, doubt = 1;
    char what[200];
    *expected = 0;
    if (rows_in == 0 || used == 0)
        return BM_OK;
    BM_TRY(r->feed->foresee(r->feed, rows_in, &all, &doubt, err));
    double rows = ceil(all * (double)used / (double)rows_in);
    r->spools = r->request->spool != NULL &&
                rows / doubt * (double)number_bytes(r) > (double)r->request->spool_above;
    double bytes = bytes_of(r, rows);
    snprintf(what, sizeof what, "the table of about %.0f rows that %.100s holds", rows,
             r->feed->path);
    BM_TRY(bm_require_memory(r->context, whole(bytes / doubt), what, err));
    /* Room is not reserved for more than may be held. */
    size_t limit = r->context != NULL ? r->context->memory_limit : 0;
    if (limit > 0 && bytes > (double)limit)
        rows *= (double)limit / bytes;
    *expected = whole(rows);
cleanup:
    return status;
}
