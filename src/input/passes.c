/* Records -> typed columns, with every row accounted for.
 *
 * A short pass over the beginning guesses what the columns hold; the next one builds them on that
 * guess and counts what is there over the whole file. Only where the guess was wrong is there
 * another. What comes out depends on the whole column alone, never on the guess. */
#include "input/rows.h"

#include "base/memory.h"

enum { GUESS_ROWS = 1000 };

static void report(const bm_rows *r) {
    const bm_feed *feed = r->feed;
    int counts_rows = !feed->lines;
    const bm_progress_report report = {"read", feed->done, feed->total, feed->unit,
                                       counts_rows ? 0 : r->accounting.rows_in};
    bm_progress_rows(r->context != NULL ? r->context->log : NULL, &report);
}

/* Gives the numbers of this pass a file of their own. */
static bm_status open_spool(bm_rows *r, bm_error *err) {
    size_t numbers = 0;
    for (size_t i = 0; i < r->builds; i++) {
        bm_build *build = &r->build[i];
        if (bm_build_is_stored(build) && build->storage == BM_STORE_NUMBER)
            build->place = numbers++;
    }
    bm_status status = bm_spool_open(&r->spool, r->request->spool, "the table", numbers, err);
    for (size_t i = 0; i < r->builds && status == BM_OK; i++) {
        bm_build *build = &r->build[i];
        if (bm_build_is_stored(build) && build->storage == BM_STORE_NUMBER)
            build->spool = r->spool;
    }
    return status;
}

static bm_status read_pass(bm_rows *r, size_t enough, size_t expected, int *finished,
                           bm_error *err) {
    bm_status status;
    int more = 1;
    bm_rows_clear(r);
    BM_TRY(r->feed->rewind(r->feed, err));
    if (r->spools)
        BM_TRY(open_spool(r, err));
    BM_TRY(bm_rows_reserve(r, expected + expected / 64 + 1, err));
    while (more && r->accounting.rows_in < enough) {
        BM_TRY(bm_check_interrupt(err));
        size_t missing = enough == SIZE_MAX ? SIZE_MAX : enough - r->accounting.rows_in;
        BM_TRY(r->feed->next(r->feed, r, missing, &more, err));
        report(r);
    }
    *finished = !more;
cleanup:
    return status;
}

/* Ids are text or whole numbers. */
static int could_be_ids(const bm_build *build, bm_storage storage) {
    const bm_type_tally *tally = &build->tally;
    if (tally->seen.present == 0 || storage == BM_STORE_DATE)
        return 0;
    return storage == BM_STORE_TEXT || tally->seen.whole == tally->seen.numbers;
}

/* Plans the next pass by what was seen in this one; 1 when that changes anything. Whether a value
 * came twice only counts once the types are settled, because they decide which rows are good. */
static int plan(bm_rows *r) {
    int changed = 0;
    for (size_t i = 0; i < r->builds; i++) {
        bm_build *build = &r->build[i];
        if (build->want != BM_WANT_INFER || build->is_candidate)
            continue;
        bm_storage storage = bm_type_tally_storage(&build->tally);
        changed |= storage != build->storage;
        build->storage = storage;
    }
    if (changed)
        r->id_ruled_out = 0;
    for (size_t i = 0; i < r->builds; i++) {
        bm_build *build = &r->build[i];
        if (!build->is_candidate)
            continue;
        bm_storage storage = bm_type_tally_storage(&build->tally);
        int is_bad_id = build->has_repeats || build->column.missing > 0;
        if (build->is_id && is_bad_id && !changed)
            r->id_ruled_out = 1;
        int is_id = !r->id_ruled_out && could_be_ids(build, storage);
        if (is_id)
            storage = BM_STORE_TEXT;
        else if (build->want != BM_WANT_INFER)
            storage = bm_storage_of(build->want);
        changed |= is_id != build->is_id || storage != build->storage;
        build->is_id = is_id;
        build->storage = storage;
    }
    return changed;
}

static bm_status read_passes(bm_rows *r, bm_error *err) {
    bm_status status = BM_OK;
    int finished = 0;
    size_t expected = 0;
    do {
        BM_TRY(read_pass(r, GUESS_ROWS, 0, &finished, err));
    } while (plan(r));
    if (finished)
        return BM_OK;
    BM_TRY(bm_rows_foresee(r, &expected, err));
    do {
        BM_TRY(read_pass(r, SIZE_MAX, expected, &finished, err));
    } while (plan(r));
cleanup:
    return status;
}

/* Numbers that are taken for text make a wrong map without a fault: that is to be known. */
static void warn_of_commas(const bm_rows *r, const bm_build *build) {
    const bm_type_tally *tally = &build->tally;
    if (build->want != BM_WANT_INFER || r->context == NULL || build->storage != BM_STORE_TEXT ||
        tally->comma_numbers <= tally->seen.present - tally->comma_numbers)
        return;
    bm_warn(r->context->log,
            "%s: column \"%s\" is read as text, and most of its values are numbers with a decimal "
            "comma: --decimal , reads them",
            r->request->path, build->name);
}

static bm_status take_columns(bm_rows *r, bm_read_result *result, bm_error *err) {
    bm_table *table = &result->table;
    result->nameless = bm_feed_is_nameless(r->feed);
    bm_status status = BM_NEW(&table->column, r->builds, "the table", err);
    if (status == BM_OK)
        status = BM_NEW(&result->evidence, r->builds, "the table", err);
    if (status != BM_OK)
        return status;
    for (size_t i = 0; i < r->builds; i++) {
        bm_build *build = &r->build[i];
        warn_of_commas(r, build);
        if (!bm_build_is_stored(build))
            continue;
        result->has_id |= build->is_id;
        bm_evidence *evidence = &result->evidence[table->columns];
        *evidence = build->tally.seen;
        status = bm_build_finish(build, table->rows, &table->column[table->columns], err);
        if (status != BM_OK)
            return status;
        if (table->column[table->columns++].type == BM_TYPE_INTEGER)
            evidence->whole = evidence->numbers;
    }
    return BM_OK;
}

static bm_status finish(bm_rows *r, bm_read_result *result, bm_error *err) {
    bm_status status;
    bm_accounting *accounting = &r->accounting;
    const char *path = r->request->path;
    if (accounting->rows_in == 0)
        BM_TRY(bm_fail(err, BM_DATA,
                       "%s: there are column names, but no rows; was it written to its end?",
                       path));
    for (size_t i = 0; i < r->request->filters; i++)
        BM_TRY(bm_accounting_exclude(accounting, r->request->filter[i].text, r->failed[i], err));
    BM_TRY(bm_faults_judge(r, err));
    result->table.rows = accounting->used;
    BM_TRY(take_columns(r, result, err));
    result->accounting = *accounting;
    *accounting = (bm_accounting){0};
    result->table.lines = r->lines;
    result->table.marked = r->marked;
    result->table.spool = r->spool;
    r->spool = NULL;
    r->lines = (bm_lines){0};
    r->marked = NULL;
cleanup:
    return status;
}

bm_status bm_rows_read(const bm_read_request *request, const bm_context *context, bm_feed *feed,
                       bm_read_result *result, bm_error *err) {
    bm_status status;
    bm_rows reader = {.request = request, .context = context, .feed = feed};
    BM_TRY(bm_rows_prepare(&reader, err));
    BM_TRY(read_passes(&reader, err));
    BM_TRY(finish(&reader, result, err));
cleanup:
    bm_rows_free(&reader);
    return status;
}
