/* A typed column while it is read. Values are looked at first and kept only when the whole record
 * is good, so that a rejected row leaves no category behind. */
#include "input/reading.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

bm_storage bm_storage_of(bm_want want) {
    return want == BM_WANT_NUMBER ? BM_STORE_NUMBER
           : want == BM_WANT_DATE ? BM_STORE_DATE
                                  : BM_STORE_TEXT;
}

int bm_build_is_stored(const bm_build *build) {
    return build->want != BM_WANT_NOTHING || build->is_id;
}

static size_t value_size(const bm_build *build) {
    return build->storage == BM_STORE_TEXT ? sizeof *build->column.code
                                           : sizeof *build->column.number;
}

size_t bm_build_memory(const bm_build *build) {
    return build->reserved * value_size(build) + bm_dictionary_bytes(&build->column.dictionary);
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

static const char *look_at_date(bm_build *build, const bm_field *field, size_t row) {
    if (bm_field_date(field, build->date_format, &build->column.when[row]))
        return NULL;
    char buffer[BM_NUMBER_TEXT];
    bm_date_guess_add(&build->guess, bm_field_text(field, buffer));
    return "not a date";
}

static const char *put_missing(bm_build *build, size_t row) {
    if (build->storage == BM_STORE_NUMBER)
        build->column.number[row] = NAN;
    else if (build->storage == BM_STORE_DATE)
        build->column.when[row] = BM_NO_DATE;
    return build->required ? "missing value" : NULL;
}

const char *bm_build_look(bm_build *build, const bm_rules *rules, const bm_field *field,
                          size_t row) {
    int is_stored = bm_build_is_stored(build);
    int is_tallied = build->want == BM_WANT_INFER || build->is_candidate;
    build->is_missing = bm_field_is_missing(rules, field);
    if (build->is_missing)
        return is_stored ? put_missing(build, row) : NULL;
    double number = NAN;
    int is_number =
        (is_tallied || build->storage == BM_STORE_NUMBER) && bm_field_number(rules, field, &number);
    if (is_tallied)
        bm_type_tally_add(&build->tally, field, is_number ? &number : NULL, build->date_format);
    if (!is_stored || build->storage == BM_STORE_TEXT)
        return NULL;
    if (build->storage == BM_STORE_DATE)
        return look_at_date(build, field, row);
    build->column.number[row] = number;
    return is_number ? NULL : bm_number_problem(rules, field);
}

/* Text past the number of categories is of no use to anybody who did not ask for it. */
static void drop_text(bm_build *build) {
    bm_dictionary_free(&build->column.dictionary);
    free(build->column.code);
    build->column.code = NULL;
    build->reserved = 0;
    build->not_kept = 1;
}

bm_status bm_build_keep(bm_build *build, const bm_field *field, size_t row, int keep_text,
                        bm_error *err) {
    bm_column *column = &build->column;
    if (!bm_build_is_stored(build))
        return BM_OK;
    column->missing += build->is_missing != 0;
    if (build->storage != BM_STORE_TEXT || build->not_kept)
        return BM_OK;
    if (build->is_missing) {
        column->code[row] = -1;
        return BM_OK;
    }
    char buffer[BM_NUMBER_TEXT];
    size_t known = column->dictionary.count;
    bm_status status = bm_dictionary_intern(&column->dictionary, bm_field_text(field, buffer),
                                            &column->code[row], err);
    if (status != BM_OK)
        return status;
    build->has_repeats |= column->dictionary.count == known;
    if (build->want == BM_WANT_INFER && !build->is_id && !keep_text &&
        column->dictionary.count > BM_MAX_CATEGORIES)
        drop_text(build);
    return BM_OK;
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
