/* A typed column while it is read. Values are looked at first and kept only when the whole record
 * is good, so that a rejected row leaves no category behind. */
#include "input/rows.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

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
    if (!bm_build_is_stored(build) || build->not_kept)
        return 0;
    return rows * value_size(build) + bm_dictionary_bytes(&build->column.dictionary);
}

bm_status bm_build_reserve(bm_build *build, size_t rows, bm_error *err) {
    size_t reserved = build->reserved;
    bm_status status = BM_OK;
    if (rows <= reserved || !bm_build_is_stored(build) || build->not_kept)
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

static bm_type type_of(const bm_build *build, size_t rows) {
    int inferred = build->want == BM_WANT_INFER;
    if (build->storage == BM_STORE_NUMBER)
        return inferred && is_whole(build->column.number, rows) ? BM_TYPE_INTEGER : BM_TYPE_NUMBER;
    if (build->storage == BM_STORE_DATE)
        return BM_TYPE_DATE;
    if (build->is_id || build->not_kept ||
        (inferred && build->column.dictionary.count > BM_MAX_CATEGORIES))
        return BM_TYPE_TEXT;
    return BM_TYPE_CATEGORY;
}

/* Gives back what was reserved for rows that were left out. */
static void *cut(void *values, size_t size, size_t rows) {
    void *less = values != NULL ? realloc(values, size * (rows > 0 ? rows : 1)) : NULL;
    return less != NULL ? less : values;
}

bm_status bm_build_finish(bm_build *build, size_t rows, bm_column *out, bm_error *err) {
    bm_column *column = &build->column;
    column->type = type_of(build, rows);
    bm_status status = bm_copy_string(&column->name, build->name, err);
    if (status != BM_OK)
        return status;
    column->number = cut(column->number, sizeof *column->number, rows);
    column->when = cut(column->when, sizeof *column->when, rows);
    column->code = cut(column->code, sizeof *column->code, rows);
    *out = *column;
    *column = (bm_column){0};
    return BM_OK;
}
