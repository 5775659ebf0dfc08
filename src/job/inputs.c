/* A job's inputs, read into typed tables: each role says what its column is wanted as. */
#include "base/date.h"
#include "base/memory.h"
#include "base/number.h"
#include "job/run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    LARGE_TABLE = 256 << 20, /* bytes of numbers that are kept in a file, … */
    SHARE_OF_TABLE = 8,      /* … or this part of the memory limit, where that is less */
};

bm_status bm_run_dialect(const bm_job *job, bm_dialect *dialect, bm_error *err) {
    *dialect = (bm_dialect){
        .delimiter = job->reading.delimiter,
        .decimal = job->reading.decimal,
        .thousands = job->reading.thousands,
        .quote = job->reading.quote,
        .escape = job->reading.escape,
        .comment = job->reading.comment,
        .header = job->reading.header,
        .encoding = job->reading.encoding,
        .dataset = job->reading.dataset,
    };
    return bm_strings_copy(&job->reading.na, &dialect->na, err);
}

/* The roles of one input while its request is put together. */
typedef struct request_list {
    bm_column_request *item;
    size_t count, reserved;
} request_list;

/* A column may play several roles if they want the same of it. */
static bm_status request(request_list *list, const char *name, bm_want want, int required,
                         const char *date_format, bm_error *err) {
    if (name == NULL)
        return BM_OK;
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->item[i].name, name) != 0)
            continue;
        if (list->item[i].want != want)
            return bm_fail(err, BM_JOB, "column \"%s\" cannot play two roles of different types",
                           name);
        list->item[i].required |= required;
        return BM_OK;
    }
    bm_status status = BM_GROW(&list->item, &list->reserved, list->count + 1, "columns", err);
    if (status == BM_OK)
        list->item[list->count++] = (bm_column_request){name, want, required, date_format};
    return status;
}

/* Says of a column that was named what it is wanted as, unless a role has said so before. */
static bm_status request_new(request_list *list, const char *name, bm_want want,
                             const char *date_format, bm_error *err) {
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->item[i].name, name) == 0)
            return BM_OK;
    }
    return request(list, name, want, 0, date_format, err);
}

/* With `columns`, nothing else is clustered on: a category that is not among them is not read. */
static bm_status request_columns(request_list *list, const bm_buyers_input *buyers, bm_error *err) {
    bm_status status = BM_OK;
    for (size_t i = 0; i < buyers->categories.count && status == BM_OK; i++) {
        const char *name = buyers->categories.item[i];
        int used = buyers->columns.count == 0 || bm_strings_contain(&buyers->columns, name);
        status = request_new(list, name, used ? BM_WANT_TEXT : BM_WANT_NOTHING, NULL, err);
    }
    for (size_t i = 0; i < buyers->columns.count && status == BM_OK; i++)
        status =
            request_new(list, buyers->columns.item[i], BM_WANT_INFER, buyers->date_format, err);
    return status;
}

static bm_status number_ids(size_t rows, bm_dictionary *ids, bm_error *err) {
    for (size_t row = 0; row < rows; row++) {
        char text[24];
        int32_t code;
        int length = snprintf(text, sizeof text, "%zu", row + 1);
        bm_status status = bm_dictionary_intern(ids, (bm_text){text, (size_t)length}, &code, err);
        if (status != BM_OK)
            return status;
    }
    return BM_OK;
}

bm_status bm_run_find_ids(const bm_read_result *read, const char *id, bm_log *log, bm_row_ids *ids,
                          bm_error *err) {
    const bm_table *table = &read->table;
    ids->column = SIZE_MAX;
    if (id != NULL)
        ids->column = (size_t)(bm_table_column(table, id) - table->column);
    else if (read->has_id)
        ids->column = 0;
    if (ids->column != SIZE_MAX) {
        ids->of_row = &table->column[ids->column].dictionary;
        return BM_OK;
    }
    ids->of_row = ids->numbers;
    const char *first = table->columns > 0 ? table->column[0].name : "";
    size_t length = strlen(first);
    if (length >= 2 && strcasecmp(first + length - 2, "id") == 0)
        bm_warn(log,
                "%s: the first column \"%s\" is no id, since values repeat or are missing: buyers "
                "are numbered by row; where it is named as the id, repeats are bad rows",
                table->source, first);
    else
        bm_info(log, "%s: no column of ids: buyers are numbered by row", table->source);
    return ids->numbers != NULL ? number_ids(table->rows, ids->numbers, err) : BM_OK;
}

/* Only orders and contracts need row numbers as texts, to look them up. */
static bm_status find_ids(bm_run *run, bm_error *err) {
    int looks_up = run->has_orders || run->has_contracts;
    bm_row_ids ids = {.numbers = looks_up ? &run->own_ids : NULL};
    bm_status status =
        bm_run_find_ids(&run->buyers, run->job->buyers.id, run->context->log, &ids, err);
    run->population = run->buyers.table.rows;
    run->id_column = ids.column;
    run->ids = ids.of_row;
    return status;
}

size_t bm_bad_rows_allowed(const bm_job *job, size_t rows) {
    double share = job->reading.max_bad_rows.share;
    return isnan(share) ? job->reading.max_bad_rows.rows : (size_t)floor(share * (double)rows);
}

static void set_limits(const bm_job *job, const char *role, bm_read_request *read) {
    read->role = job->file != NULL ? role : NULL; /* for hints in the words of a job file */
    read->max_bad_rows = job->reading.max_bad_rows.rows;
    read->max_bad_share = job->reading.max_bad_rows.share;
}

/* A large table would take more memory than the whole clustering: its numbers are looked at column
 * by column, and so may as well lie in a file. */
static void keep_numbers_in_file(const bm_run *run, bm_read_request *read) {
    size_t limit = run->context->memory_limit / SHARE_OF_TABLE;
    read->spool = run->job->output.dir;
    read->spool_above = limit > 0 && limit < LARGE_TABLE ? limit : LARGE_TABLE;
}

bm_status bm_run_read_buyers(bm_run *run, bm_error *err) {
    const bm_buyers_input *buyers = &run->job->buyers;
    request_list list = {0};
    bm_dialect dialect = {0};
    bm_status status;
    BM_TRY(bm_run_dialect(run->job, &dialect, err));
    BM_TRY(request(&list, buyers->id, BM_WANT_TEXT, 1, NULL, err));
    BM_TRY(request(&list, buyers->truth, BM_WANT_TEXT, 0, NULL, err));
    BM_TRY(request(&list, buyers->weight, BM_WANT_NUMBER, 0, NULL, err));
    for (size_t i = 0; i < buyers->ignore.count; i++)
        BM_TRY(request_new(&list, buyers->ignore.item[i], BM_WANT_NOTHING, NULL, err));
    BM_TRY(request_columns(&list, buyers, err));
    bm_read_request read = {
        .path = buyers->path,
        .dialect = &dialect,
        .column = list.item,
        .columns = list.count,
        .others = buyers->columns.count > 0 ? BM_WANT_NOTHING : BM_WANT_INFER,
        .unique = buyers->id,
        .infer_id = buyers->id == NULL,
    };
    set_limits(run->job, "buyers", &read);
    keep_numbers_in_file(run, &read);
    BM_TRY(bm_read(&read, run->context, &run->buyers, err));
    status = find_ids(run, err);
cleanup:
    free(list.item);
    bm_dialect_free(&dialect);
    return status;
}

bm_status bm_run_read_orders(bm_run *run, bm_error *err) {
    const bm_orders_input *orders = &run->job->orders;
    request_list list = {0};
    bm_dialect dialect = {0};
    const char *const texts[] = {orders->product, orders->category, orders->region, orders->channel,
                                 orders->supplier};
    bm_status status;
    BM_TRY(bm_run_dialect(run->job, &dialect, err));
    BM_TRY(request(&list, orders->buyer, BM_WANT_TEXT, 1, NULL, err));
    BM_TRY(request(&list, orders->date, BM_WANT_DATE, 1, orders->date_format, err));
    BM_TRY(request(&list, orders->amount.column, BM_WANT_NUMBER, 1, NULL, err));
    BM_TRY(request(&list, orders->amount.factor, BM_WANT_NUMBER, 1, NULL, err));
    BM_TRY(request(&list, orders->quantity, BM_WANT_NUMBER, 1, NULL, err));
    BM_TRY(request(&list, orders->order, BM_WANT_TEXT, 1, NULL, err));
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        BM_TRY(request(&list, texts[i], BM_WANT_TEXT, 0, NULL, err));
    bm_read_request read = {
        .path = orders->path,
        .dialect = &dialect,
        .column = list.item,
        .columns = list.count,
        .others = BM_WANT_NOTHING,
        .deduplicate = orders->deduplicate,
        .filter = orders->filter.item,
        .filters = orders->filter.count,
        .mark = orders->returns.count > 0 ? orders->returns.item : NULL,
    };
    set_limits(run->job, "orders", &read);
    status = bm_read(&read, run->context, &run->order_lines, err);
cleanup:
    free(list.item);
    bm_dialect_free(&dialect);
    return status;
}

bm_status bm_run_read_contracts(bm_run *run, bm_error *err) {
    const bm_contracts_input *contracts = &run->job->contracts;
    const char *format = contracts->date_format;
    request_list list = {0};
    bm_dialect dialect = {0};
    bm_status status;
    BM_TRY(bm_run_dialect(run->job, &dialect, err));
    BM_TRY(request(&list, contracts->buyer, BM_WANT_TEXT, 1, NULL, err));
    BM_TRY(request(&list, contracts->start, BM_WANT_DATE, 1, format, err));
    BM_TRY(request(&list, contracts->end, BM_WANT_DATE, 0, format, err));
    BM_TRY(request(&list, contracts->amount, BM_WANT_NUMBER, 0, NULL, err));
    bm_read_request read = {
        .path = contracts->path,
        .dialect = &dialect,
        .column = list.item,
        .columns = list.count,
        .others = BM_WANT_NOTHING,
    };
    set_limits(run->job, "contracts", &read);
    status = bm_read(&read, run->context, &run->contract_rows, err);
cleanup:
    free(list.item);
    bm_dialect_free(&dialect);
    return status;
}
