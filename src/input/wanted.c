/* Which columns are wanted as what. */
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
int bm_feed_is_nameless(const bm_feed *feed) {
    for (size_t i = 0; i < feed->names.count; i++) {
        char name[32];
        snprintf(name, sizeof name, "c%zu", i + 1);
        if (strcmp(feed->names.item[i], name) != 0)
            return 0;
    }
    return !feed->lines;
}

static bm_status resolve_columns(bm_rows *r, bm_error *err) {
    bm_status status;
    const bm_read_request *request = r->request;
    const bm_column_request *wanted = request->column;
    size_t columns = r->feed->names.count, requests = request->columns;
    uint8_t *named = NULL;
    if (request->choose != NULL)
        BM_TRY(request->choose(request->chooser, &r->feed->names, bm_feed_is_nameless(r->feed),
                               &wanted, &requests, err));
    BM_TRY(BM_NEW(&r->build, columns, "the columns", err));
    BM_TRY(BM_NEW(&named, columns, "the columns", err));
    for (size_t i = 0; i < requests; i++) {
        size_t at;
        BM_TRY(bm_find_column(&r->feed->names, request->path, wanted[i].name, &at, err));
        named[at] = 1;
        merge_request(&r->build[at], &wanted[i]);
    }
    r->unique_column = r->unique_build = BM_NO_COLUMN;
    if (request->unique != NULL)
        BM_TRY(bm_find_column(&r->feed->names, request->path, request->unique, &r->unique_column,
                              err));
    for (size_t at = 0; at < columns; at++) {
        bm_build build = r->build[at];
        if (!named[at])
            build.want = request->others;
        build.is_candidate = build.is_id =
            request->infer_id && at == 0 && !named[0] && !bm_feed_is_nameless(r->feed);
        if (build.want == BM_WANT_NOTHING && !build.is_candidate)
            continue;
        build.source = at;
        build.name = r->feed->names.item[at];
        build.storage = build.is_id ? BM_STORE_TEXT : bm_storage_of(build.want);
        if (build.date_format != NULL)
            bm_date_format_compile(build.date_format, &build.compiled);
        if (at == r->unique_column && build.want == BM_WANT_TEXT)
            r->unique_build = r->builds;
        r->build[r->builds++] = build;
    }
cleanup:
    free(named);
    return status;
}

/* Which columns of the input anybody looks at; the others are not even gathered. */
static bm_status find_needed(bm_rows *r, bm_error *err) {
    size_t columns = r->feed->names.count;
    bm_status status = BM_NEW(&r->is_needed, columns, "the columns", err);
    if (status != BM_OK)
        return status;
    for (size_t i = 0; i < r->builds; i++)
        r->is_needed[r->build[i].source] = 1;
    for (size_t i = 0; i < r->request->filters; i++)
        r->is_needed[r->filter[i].column] = 1;
    if (r->request->mark != NULL)
        r->is_needed[r->mark.column] = 1;
    if (r->unique_column != BM_NO_COLUMN)
        r->is_needed[r->unique_column] = 1;
    if (r->request->deduplicate)
        memset(r->is_needed, 1, columns);
    return BM_OK;
}

bm_status bm_rows_prepare(bm_rows *r, bm_error *err) {
    bm_status status;
    const bm_read_request *request = r->request;
    BM_TRY(bm_rules_init(&r->rules, request->dialect, err));
    BM_TRY(resolve_columns(r, err));
    BM_TRY(BM_NEW(&r->filter, request->filters, "the filter", err));
    BM_TRY(BM_NEW(&r->failed, request->filters, "the filter", err));
    for (size_t i = 0; i < request->filters; i++)
        BM_TRY(
            bm_test_init(&r->filter[i], &request->filter[i], &r->feed->names, request->path, err));
    if (request->mark != NULL)
        BM_TRY(bm_test_init(&r->mark, request->mark, &r->feed->names, request->path, err));
    status = find_needed(r, err);
cleanup:
    return status;
}

void bm_rows_clear(bm_rows *r) {
    bm_accounting_free(&r->accounting);
    bm_dictionary_free(&r->ids);
    bm_dictionary_free(&r->seen);
    for (size_t i = 0; i < r->builds; i++)
        bm_build_reset(&r->build[i]);
    for (size_t i = 0; r->failed != NULL && i < r->request->filters; i++)
        r->failed[i] = 0;
    bm_lines_free(&r->lines);
    free(r->marked);
    r->marked = NULL;
    bm_spool_free(r->spool);
    r->spool = NULL;
    r->reserved = 0;
    r->faults = (bm_faults){0};
    r->pass++;
}

void bm_rows_free(bm_rows *r) {
    bm_rows_clear(r);
    for (size_t i = 0; r->filter != NULL && i < r->request->filters; i++)
        bm_test_free(&r->filter[i]);
    bm_test_free(&r->mark);
    bm_rules_free(&r->rules);
    free(r->filter);
    free(r->failed);
    free(r->is_needed);
    free(r->build);
    free(r->code);
}
