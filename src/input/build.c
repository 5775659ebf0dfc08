/* A typed column while it is read. Values are looked at first and kept only when the whole record
 * is good, so that a rejected row leaves no category behind. */
#include "input/rows.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

enum { BLOCK_ROWS = 4096 };

bm_storage bm_storage_of(bm_want want) {
    return want == BM_WANT_TEXT   ? BM_STORE_TEXT
           : want == BM_WANT_DATE ? BM_STORE_DATE
                                  : BM_STORE_NUMBER;
}

int bm_build_is_stored(const bm_build *build) {
    return build->want != BM_WANT_NOTHING || build->is_id;
}

int bm_build_is_tallied(const bm_build *build) {
    return build->want == BM_WANT_INFER || build->is_candidate;
}

static size_t value_size(const bm_build *build) {
    return build->storage == BM_STORE_TEXT ? sizeof *build->column.code
                                           : sizeof *build->column.number;
}

size_t bm_build_memory(const bm_build *build, size_t rows) {
    if (!bm_build_is_stored(build) || build->not_kept || build->spool != NULL)
        return 0;
    return rows * value_size(build) + bm_dictionary_bytes(&build->column.dictionary);
}

bm_status bm_build_reserve(bm_build *build, size_t rows, bm_error *err) {
    size_t reserved = build->reserved;
    bm_status status = BM_OK;
    if (rows <= reserved || !bm_build_is_stored(build) || build->not_kept || build->spool != NULL)
        return BM_OK;
    bm_column *column = &build->column;
    if (build->storage == BM_STORE_NUMBER)
        status = reserved == 0 ? BM_NEW(&column->number, rows, "a column", err)
                               : BM_GROW(&column->number, &reserved, rows, "a column", err);
    else if (build->storage == BM_STORE_DATE)
        status = reserved == 0 ? BM_NEW(&column->when, rows, "a column", err)
                               : BM_GROW(&column->when, &reserved, rows, "a column", err);
    else
        status = reserved == 0 ? BM_NEW(&column->code, rows, "a column", err)
                               : BM_GROW(&column->code, &reserved, rows, "a column", err);
    if (status == BM_OK)
        build->reserved = reserved > rows ? reserved : rows;
    return status;
}

void bm_build_reset(bm_build *build) {
    bm_column_free(&build->column);
    build->tally = (bm_type_tally){0};
    build->guess = (bm_date_guess){0};
    build->spool = NULL;
    build->reserved = 0;
    build->has_repeats = 0;
    build->not_kept = 0;
}

static int is_whole(const double *value, size_t rows) {
    for (size_t i = 0; i < rows; i++) {
        if (!isnan(value[i]) && value[i] != floor(value[i]))
            return 0;
    }
    return 1;
}

static bm_status numbers_are_whole(const bm_build *build, size_t rows, int *whole, bm_error *err) {
    double block[BLOCK_ROWS];
    *whole = 1;
    if (build->spool == NULL)
        *whole = is_whole(build->column.number, rows);
    for (size_t first = 0; first < rows && *whole && build->spool != NULL; first += BLOCK_ROWS) {
        size_t count = rows - first < BLOCK_ROWS ? rows - first : BLOCK_ROWS;
        bm_status status =
            bm_spool_get_column(build->spool, build->place, first, count, block, err);
        if (status != BM_OK)
            return status;
        *whole = is_whole(block, count);
    }
    return BM_OK;
}

static bm_status find_type(const bm_build *build, size_t rows, bm_type *type, bm_error *err) {
    int inferred = build->want == BM_WANT_INFER, whole = 0;
    bm_status status = BM_OK;
    if (build->storage == BM_STORE_NUMBER) {
        if (inferred)
            status = numbers_are_whole(build, rows, &whole, err);
        *type = whole ? BM_TYPE_INTEGER : BM_TYPE_NUMBER;
    } else if (build->storage == BM_STORE_DATE) {
        *type = BM_TYPE_DATE;
    } else if (build->is_id || build->not_kept ||
               (inferred && build->column.dictionary.count > BM_MAX_CATEGORIES)) {
        *type = BM_TYPE_TEXT;
    } else {
        *type = BM_TYPE_CATEGORY;
    }
    return status;
}

/* Gives back what was reserved for rows that were left out. */
static void *cut(void *values, size_t size, size_t rows) {
    void *less = values != NULL ? realloc(values, size * (rows > 0 ? rows : 1)) : NULL;
    return less != NULL ? less : values;
}

bm_status bm_build_finish(bm_build *build, size_t rows, bm_column *out, bm_error *err) {
    bm_column *column = &build->column;
    bm_status status = find_type(build, rows, &column->type, err);
    if (status == BM_OK)
        status = bm_copy_string(&column->name, build->name, err);
    if (status != BM_OK)
        return status;
    column->spool = build->spool;
    column->place = build->place;
    column->number = cut(column->number, sizeof *column->number, rows);
    column->when = cut(column->when, sizeof *column->when, rows);
    column->code = cut(column->code, sizeof *column->code, rows);
    *out = *column;
    *column = (bm_column){0};
    return BM_OK;
}
