/* One row: filtered, checked, kept or accounted for. A row that meets several faults counts once,
 * by the first of them. */
#include "input/rows.h"

#include "base/memory.h"

#include <string.h>

enum { MEMORY_CHECK_ROWS = 1 << 16 };

static bm_status add_fault(bm_rows *r, const bm_record *record, const bm_fault *fault,
                           bm_error *err) {
    return bm_faults_add(&r->faults, &r->accounting, record, fault, err);
}

/* The text may be an id when the column holds texts that were asked for. */
static int is_secret(const bm_rows *r, size_t column, const bm_build *build) {
    return column == r->unique_column ||
           (build != NULL && (build->want == BM_WANT_TEXT || build->is_candidate));
}

static const bm_build *build_of(const bm_rows *r, size_t column) {
    for (size_t i = 0; i < r->builds; i++) {
        if (r->build[i].source == column)
            return &r->build[i];
    }
    return NULL;
}

static bm_status reject_value(bm_rows *r, const bm_record *record, size_t column,
                              const char *problem, bm_fault_kind kind, bm_error *err) {
    char buffer[BM_NUMBER_TEXT];
    const bm_build *build = build_of(r, column);
    bm_fault fault = {.kind = kind,
                      .column = r->records->names.item[column],
                      .build = build,
                      .problem = problem,
                      .text = bm_field_text(&record->field[column], buffer),
                      .is_secret = is_secret(r, column, build)};
    return add_fault(r, record, &fault, err);
}

/* *keep is 0 when a condition left the row out, or made it a bad one. */
static bm_status apply_filter(bm_rows *r, const bm_record *record, int *keep, bm_error *err) {
    for (size_t i = 0; i < r->request->filters; i++) {
        bm_test *test = &r->filter[i];
        const bm_field *field = &record->field[test->column];
        int holds = bm_test_field(test, &r->rules, field);
        *keep = holds == 1;
        if (holds == 0)
            test->failed++;
        if (holds < 0)
            return reject_value(r, record, test->column, bm_number_problem(&r->rules, field),
                                BM_FAULT_VALUE, err);
        if (!*keep)
            return BM_OK;
    }
    return BM_OK;
}

/* Every column is looked at, even when one is at fault: inference counts them all. */
static const char *look_at_columns(bm_rows *r, const bm_record *record, size_t *column) {
    const char *first = NULL;
    for (size_t i = 0; i < r->builds; i++) {
        bm_build *build = &r->build[i];
        const char *problem =
            bm_build_look(build, &r->rules, &record->field[build->source], r->accounting.used);
        if (problem != NULL && first == NULL) {
            first = problem;
            *column = build->source;
        }
    }
    return first;
}

static bm_status check_mark(bm_rows *r, const bm_record *record, int *keep, bm_error *err) {
    if (r->request->mark == NULL)
        return BM_OK;
    const bm_field *field = &record->field[r->mark.column];
    int holds = bm_test_field(&r->mark, &r->rules, field);
    if (holds < 0) {
        *keep = 0;
        return reject_value(r, record, r->mark.column, bm_number_problem(&r->rules, field),
                            BM_FAULT_VALUE, err);
    }
    r->marked[r->accounting.used] = (uint8_t)holds;
    return BM_OK;
}

/* A row as one text that is equal for rows equal in every cell: lengths and bytes in turn. */
static bm_status write_key(bm_rows *r, const bm_record *record, size_t *length, bm_error *err) {
    *length = 0;
    for (size_t i = 0; i < r->records->names.count; i++) {
        char buffer[BM_NUMBER_TEXT];
        bm_text text = bm_field_text(&record->field[i], buffer);
        size_t need = *length + sizeof text.length + text.length;
        bm_status status = BM_GROW(&r->key, &r->key_reserved, need, "a row", err);
        if (status != BM_OK)
            return status;
        memcpy(r->key + *length, &text.length, sizeof text.length);
        if (text.length > 0)
            memcpy(r->key + *length + sizeof text.length, text.data, text.length);
        *length = need;
    }
    return BM_OK;
}

static bm_status check_row_is_new(bm_rows *r, const bm_record *record, int *keep, bm_error *err) {
    bm_status status;
    size_t length, known = r->seen.count;
    int32_t code;
    if (!r->request->deduplicate)
        return BM_OK;
    BM_TRY(write_key(r, record, &length, err));
    BM_TRY(bm_dictionary_intern(&r->seen, (bm_text){r->key, length}, &code, err));
    *keep = r->seen.count > known;
    if (!*keep) {
        bm_fault fault = {.kind = BM_FAULT_REPEATED_ROW, .problem = "duplicate row"};
        status = add_fault(r, record, &fault, err);
    }
cleanup:
    return status;
}

static bm_status check_id_is_new(bm_rows *r, const bm_record *record, int *keep, bm_error *err) {
    if (r->unique_column == BM_NO_COLUMN)
        return BM_OK;
    const bm_field *field = &record->field[r->unique_column];
    if (bm_field_is_missing(&r->rules, field))
        return BM_OK;
    char buffer[BM_NUMBER_TEXT];
    bm_text text = bm_field_text(field, buffer);
    if (r->unique_build != BM_NO_COLUMN) {
        *keep = bm_dictionary_find(&r->build[r->unique_build].column.dictionary, text) < 0;
    } else {
        size_t known = r->ids.count;
        int32_t code;
        bm_status status = bm_dictionary_intern(&r->ids, text, &code, err);
        if (status != BM_OK)
            return status;
        *keep = r->ids.count > known;
    }
    return *keep ? BM_OK
                 : reject_value(r, record, r->unique_column, "duplicate id", BM_FAULT_REPEATED_ID,
                                err);
}

static bm_status keep_row(bm_rows *r, const bm_record *record, bm_error *err) {
    size_t row = r->accounting.used++;
    bm_status status = bm_lines_add(&r->lines, record->line, err);
    for (size_t i = 0; i < r->builds && status == BM_OK; i++) {
        bm_build *build = &r->build[i];
        status =
            bm_build_keep(build, &record->field[build->source], row, r->request->keep_text, err);
    }
    if (status != BM_OK)
        return status;
    return row % MEMORY_CHECK_ROWS == 0 ? bm_rows_check_memory(r, err) : BM_OK;
}

bm_status bm_rows_take(bm_rows *r, const bm_record *record, bm_error *err) {
    bm_status status = BM_OK;
    int keep = 1;
    size_t column = 0;
    r->accounting.rows_in++;
    if (record->problem != NULL) {
        bm_fault fault = {.kind = BM_FAULT_RECORD, .problem = record->problem, .text = record->raw};
        return add_fault(r, record, &fault, err);
    }
    BM_TRY(apply_filter(r, record, &keep, err));
    if (!keep)
        return BM_OK;
    if (record->not_utf8 != BM_NO_COLUMN)
        return reject_value(r, record, record->not_utf8, "invalid UTF-8", BM_FAULT_VALUE, err);
    if (r->accounting.used >= r->reserved)
        BM_TRY(bm_rows_reserve(r, r->reserved * 2 + 16, err));
    const char *problem = look_at_columns(r, record, &column);
    if (problem != NULL)
        return reject_value(r, record, column, problem, BM_FAULT_VALUE, err);
    BM_TRY(check_mark(r, record, &keep, err));
    if (keep)
        BM_TRY(check_row_is_new(r, record, &keep, err));
    if (keep)
        BM_TRY(check_id_is_new(r, record, &keep, err));
    if (keep)
        BM_TRY(keep_row(r, record, err));
cleanup:
    return status;
}
