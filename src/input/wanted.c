/* Which columns are wanted as what, and the memory they take. */
#include "input/rows.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Two roles may name the same column: it is then required if one of them says so, and the first
 * that wants something decides as what. */
static void merge_request(bm_build *build, const bm_column_request *request) {
    if (build->want == BM_WANT_NOTHING) {
        build->want = request->want;
        build->date_format = request->date_format;
    }
    build->required |= request->required;
}

/* The columns of a matrix without names are c1, c2, …: none of them is an id. */
int bm_records_are_nameless(const bm_records *records) {
    for (size_t i = 0; i < records->names.count; i++) {
        char name[32];
        snprintf(name, sizeof name, "c%zu", i + 1);
        if (strcmp(records->names.item[i], name) != 0)
            return 0;
    }
    return !records->lines;
}

static bm_status resolve_columns(bm_rows *r, bm_error *err) {
    bm_status status;
    const bm_read_request *request = r->request;
    size_t columns = r->records->names.count;
    uint8_t *named = NULL;
    BM_TRY(BM_NEW(&r->build, columns, "the columns", err));
    BM_TRY(BM_NEW(&named, columns, "the columns", err));
    for (size_t i = 0; i < request->columns; i++) {
        size_t at;
        BM_TRY(bm_find_column(r->records, request->path, request->column[i].name, &at, err));
        named[at] = 1;
        merge_request(&r->build[at], &request->column[i]);
    }
    r->unique_column = r->unique_build = BM_NO_COLUMN;
    if (request->unique != NULL)
        BM_TRY(bm_find_column(r->records, request->path, request->unique, &r->unique_column, err));
    for (size_t at = 0; at < columns; at++) {
        bm_build build = r->build[at];
        if (!named[at])
            build.want = request->others;
        build.is_candidate = build.is_id =
            request->infer_id && at == 0 && !named[0] && !bm_records_are_nameless(r->records);
        if (build.want == BM_WANT_NOTHING && !build.is_candidate)
            continue;
        build.source = at;
        build.name = r->records->names.item[at];
        build.storage = bm_storage_of(build.want);
        if (at == r->unique_column && build.want == BM_WANT_TEXT)
            r->unique_build = r->builds;
        r->build[r->builds++] = build;
    }
cleanup:
    free(named);
    return status;
}

bm_status bm_rows_prepare(bm_rows *r, bm_error *err) {
    bm_status status;
    const bm_read_request *request = r->request;
    BM_TRY(bm_rules_init(&r->rules, request->dialect, err));
    BM_TRY(resolve_columns(r, err));
    BM_TRY(BM_NEW(&r->filter, request->filters, "the filter", err));
    for (size_t i = 0; i < request->filters; i++)
        BM_TRY(bm_test_init(&r->filter[i], &request->filter[i], r->records, request->path, err));
    if (request->mark != NULL)
        BM_TRY(bm_test_init(&r->mark, request->mark, r->records, request->path, err));
cleanup:
    return status;
}

void bm_rows_clear(bm_rows *r) {
    bm_accounting_free(&r->accounting);
    bm_dictionary_free(&r->ids);
    bm_dictionary_free(&r->seen);
    for (size_t i = 0; i < r->builds; i++)
        bm_build_reset(&r->build[i]);
    for (size_t i = 0; r->filter != NULL && i < r->request->filters; i++)
        r->filter[i].failed = 0;
    bm_lines_free(&r->lines);
    free(r->marked);
    r->marked = NULL;
    r->reserved = 0;
    r->faults = (bm_faults){.request = r->request, .records = r->records};
}

void bm_rows_free(bm_rows *r) {
    bm_rows_clear(r);
    for (size_t i = 0; r->filter != NULL && i < r->request->filters; i++)
        bm_test_free(&r->filter[i]);
    bm_test_free(&r->mark);
    bm_rules_free(&r->rules);
    free(r->filter);
    free(r->build);
    free(r->key);
}

bm_status bm_rows_check_memory(const bm_rows *r, bm_error *err) {
    size_t bytes = r->bytes_held + r->reserved * (r->request->mark != NULL) +
                   bm_lines_bytes(&r->lines) + bm_dictionary_bytes(&r->ids) +
                   bm_dictionary_bytes(&r->seen);
    for (size_t i = 0; i < r->builds; i++)
        bytes += bm_build_memory(&r->build[i]);
    return bm_require_memory(r->context, bytes, "the table that is read", err);
}

bm_status bm_rows_reserve(bm_rows *r, size_t count, bm_error *err) {
    bm_status status;
    size_t per_row = 1, need;
    for (size_t i = 0; i < r->builds; i++)
        per_row += r->build[i].storage == BM_STORE_TEXT ? sizeof(int32_t) : sizeof(double);
    if (!bm_multiply(count, per_row, &need) || !bm_add(need, r->bytes_held, &need))
        need = SIZE_MAX;
    BM_TRY(bm_require_memory(r->context, need, "the table that is read", err));
    size_t reserved = r->reserved;
    if (r->request->mark != NULL)
        BM_TRY(reserved == 0 ? BM_NEW(&r->marked, count, "marks", err)
                             : BM_GROW(&r->marked, &reserved, count, "marks", err));
    for (size_t i = 0; i < r->builds; i++)
        BM_TRY(bm_build_reserve(&r->build[i], count, err));
    r->reserved = count;
cleanup:
    return status;
}
