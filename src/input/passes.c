/* Records -> typed columns, with every row accounted for.
 *
 * A short pass over the beginning guesses what the columns hold; the next one builds them on that
 * guess and counts what is there over the whole file. Only where the guess was wrong is there
 * another. What comes out depends on the whole column alone, never on the guess. */
#include "input/rows.h"

#include "base/memory.h"

enum { GUESS_ROWS = 1000 };

static bm_status read_pass(bm_rows *r, size_t most, int *finished, bm_error *err) {
    bm_status status;
    bm_record record;
    int more = 1;
    bm_rows_clear(r);
    size_t expected = r->records->rows_expected;
    BM_TRY(r->records->rewind(r->records, err));
    BM_TRY(bm_rows_reserve(r, (expected < most ? expected : most) + 1, err));
    while (r->accounting.rows_in < most) {
        BM_TRY(r->records->next(r->records, &record, &more, err));
        if (!more)
            break;
        BM_TRY(bm_rows_take(r, &record, err));
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

static int anything_to_infer(const bm_rows *r) {
    for (size_t i = 0; i < r->builds; i++) {
        if (r->build[i].want == BM_WANT_INFER || r->build[i].is_candidate)
            return 1;
    }
    return 0;
}

static bm_status read_passes(bm_rows *r, bm_error *err) {
    bm_status status = BM_OK;
    int finished = 0;
    if (anything_to_infer(r)) {
        do {
            BM_TRY(read_pass(r, GUESS_ROWS, &finished, err));
        } while (plan(r));
    }
    if (finished)
        return BM_OK;
    do {
        BM_TRY(read_pass(r, SIZE_MAX, &finished, err));
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
    result->nameless = bm_records_are_nameless(r->records);
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
        result->evidence[table->columns] = build->tally.seen;
        status = bm_build_finish(build, table->rows, &table->column[table->columns], err);
        if (status != BM_OK)
            return status;
        table->columns++;
    }
    return BM_OK;
}

static bm_status finish(bm_rows *r, bm_read_result *result, bm_error *err) {
    bm_status status;
    bm_accounting *accounting = &r->accounting;
    const char *path = r->request->path;
    if (accounting->rows_in == 0)
        BM_TRY(bm_fail(err, BM_DATA, "%s: there are column names, but no rows", path));
    for (size_t i = 0; i < r->request->filters; i++)
        BM_TRY(bm_accounting_exclude(accounting, r->request->filter[i].text, r->filter[i].failed,
                                     err));
    BM_TRY(bm_faults_judge(&r->faults, accounting, err));
    result->table.rows = accounting->used;
    BM_TRY(take_columns(r, result, err));
    result->accounting = *accounting;
    *accounting = (bm_accounting){0};
    result->table.lines = r->lines;
    result->table.marked = r->marked;
    r->lines = (bm_lines){0};
    r->marked = NULL;
cleanup:
    return status;
}

bm_status bm_rows_read(const bm_read_request *request, const bm_context *context,
                       bm_records *records, size_t bytes_held, bm_read_result *result,
                       bm_error *err) {
    bm_status status;
    bm_rows reader = {
        .request = request, .context = context, .records = records, .bytes_held = bytes_held};
    BM_TRY(bm_rows_prepare(&reader, err));
    BM_TRY(read_passes(&reader, err));
    BM_TRY(finish(&reader, result, err));
cleanup:
    bm_rows_free(&reader);
    return status;
}
