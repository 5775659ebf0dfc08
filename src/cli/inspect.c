/* inspect TABLE: what the columns hold and what they would be used as. */
#include "base/clock.h"
#include "cli/job_for.h"
#include "cli/order_log.h"
#include "cli/sheet.h"
#include "cli/verb.h"
#include "input/input.h"
#include "job/run.h"
#include "job/versions.h"
#include "output/output.h"
#include "profile/inspection.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_reject(const bm_reject *reject) {
    int of_column = reject->column[0] != '\0'; /* a whole line may hold an id */
    fputs("bad row: ", stdout);
    bm_put_text(reject->source);
    printf(":%llu: ", (unsigned long long)reject->line);
    if (of_column) {
        fputs("column \"", stdout);
        bm_put_text(reject->column);
        fputs("\": ", stdout);
    }
    fputs(reject->problem, stdout);
    if (of_column) {
        fputs(": \"", stdout);
        bm_put_text(reject->text);
        putchar('"');
    }
    putchar('\n');
}

static void print_accounting(const bm_read_result *read) {
    const bm_accounting *rows = &read->accounting;
    printf("%zu rows: %zu used, %zu rejected, %zu duplicates\n\n", rows->rows_in, rows->used,
           rows->rejected, rows->duplicates);
    for (size_t i = 0; i < rows->rejects && i < 10; i++)
        print_reject(&rows->reject[i]);
    if (rows->rejects > 10)
        printf("and %zu more bad rows\n", rows->rejects - 10);
    if (rows->rejects > 0)
        putchar('\n');
}

/* How the table was read: all that a job of inspect says. It lets any number of bad rows through.
 */
static bm_status record_reading(const bm_job *job, bm_provenance *provenance, bm_error *err) {
    bm_status status = BM_OK;
    for (size_t i = 0; i < bm_job_keys() && status == BM_OK; i++) {
        const bm_key *key = bm_job_key_at(i);
        bm_strings items = {0};
        char *value = NULL;
        if (strncmp(bm_key_name(key), "reading.", 8) != 0 ||
            strcmp(bm_key_name(key), "reading.max_bad_rows") == 0)
            continue;
        if (bm_key_is_list(key, job)) {
            status = bm_key_items(key, job, &items, err);
            if (status == BM_OK)
                status = bm_provenance_list(provenance, bm_key_name(key), &items, err);
        } else {
            status = bm_key_value(key, job, &value, err);
            if (status == BM_OK && value != NULL)
                status = bm_provenance_setting(provenance, bm_key_name(key), value, err);
        }
        bm_strings_free(&items);
        free(value);
    }
    return status;
}

static bm_status record(bm_invocation *invocation, const bm_read_result *read,
                        bm_provenance *provenance, bm_error *err) {
    bm_input_file *input = NULL;
    bm_status status;
    BM_TRY(bm_provenance_input(provenance, "table", invocation->operand, &input, err));
    input->bytes = read->bytes;
    memcpy(input->sha256, read->sha256, sizeof input->sha256);
    BM_TRY(bm_accounting_add(&input->accounting, &read->accounting, err));
    BM_TRY(bm_accounting_add(&provenance->accounting, &read->accounting, err));
    BM_TRY(bm_versions(&provenance->versions, err));
    status = record_reading(&invocation->job, provenance, err);
cleanup:
    return status;
}

/* Takes the table. */
static bm_status publish(bm_invocation *invocation, bm_publication *publication, bm_result *table,
                         bm_provenance *provenance, bm_error *err) {
    bm_results results = {0};
    bm_status status;
    bm_results_attribute(&results, "format", "buyermap", 0);
    bm_results_attribute(&results, "format_version", NULL, 1);
    BM_TRY(bm_results_add(&results, table, err));
    status = bm_publish(publication, &results, provenance, invocation->job.output.csv,
                        invocation->job.output.hdf5, &invocation->context, err);
cleanup:
    bm_results_free(&results);
    return status;
}

static bm_status read_table(bm_invocation *invocation, bm_read_result *read, bm_error *err) {
    const bm_job *job = &invocation->job;
    bm_dialect dialect = {0};
    bm_status status;
    BM_TRY(bm_run_dialect(&invocation->job, &dialect, err));
    const bm_read_request request = {
        .path = invocation->operand,
        .dialect = &dialect,
        .others = BM_WANT_INFER,
        .keep_text = 1,
        .infer_id = 1,
        .no_hash = !invocation->out_given || job->dry_run || job->print_job,
        /* Faults are what inspect is there to show. */
        .max_bad_rows = SIZE_MAX,
        .max_bad_share = NAN,
    };
    status = bm_read(&request, &invocation->context, read, err);
cleanup:
    bm_dialect_free(&dialect);
    return status;
}

/* An order log's columns are used as what an order says, not as features. */
static bm_status tell_roles(const bm_read_result *read, const bm_order_log *log, bm_result *table,
                            bm_error *err) {
    size_t used_as = bm_result_find(table, "used_as");
    bm_status status = BM_OK;
    for (size_t i = 0; i < read->table.columns && status == BM_OK; i++) {
        const char *role = bm_order_log_role(log, &read->table.column[i]);
        char text[64];
        snprintf(text, sizeof text, "%s%s", role != NULL ? "orders: " : "not used: no part of an ",
                 role != NULL ? role : "order");
        status = bm_result_set_string(table, used_as, i, text, err);
    }
    return status;
}

static bm_status describe(bm_read_result *read, bm_result *table, bm_error *err) {
    bm_order_log log;
    int is_log;
    bm_status status = bm_find_order_log(read, &log, &is_log, err);
    if (status == BM_OK)
        status = bm_inspect(&read->table, read->evidence, read->has_id ? 0 : SIZE_MAX, table, err);
    return status == BM_OK && is_log ? tell_roles(read, &log, table, err) : status;
}

/* Bad rows are shown like anything else, but the exit code tells of them as it does elsewhere. */
static bm_status judge_rows(const bm_job *job, const bm_accounting *rows, bm_error *err) {
    double share = job->reading.max_bad_rows.share;
    size_t allowed = isnan(share) ? job->reading.max_bad_rows.rows
                                  : (size_t)floor(share * (double)rows->rows_in);
    size_t bad = rows->rejected + rows->duplicates;
    if (rows->rejects == 0 || bad <= allowed)
        return BM_OK;
    const bm_reject *first = &rows->reject[0];
    int of_column = first->column[0] != '\0';
    return bm_fail(err, BM_DATA,
                   "%s:%llu: %s%s%s%s (%zu bad row%s; --max-bad-rows lets a stated number through)",
                   first->source, (unsigned long long)first->line, of_column ? "column \"" : "",
                   first->column, of_column ? "\": " : "", first->problem, bad,
                   bad == 1 ? "" : "s");
}

static bm_status run_inspect(bm_invocation *invocation, bm_error *err) {
    const bm_job *job = &invocation->job;
    const double started = bm_seconds();
    bm_publication publication = {.lock = -1};
    bm_provenance provenance = {.verb = "inspect", .warnings = &invocation->console.log.warnings};
    bm_read_result read = {0};
    bm_result table = {0};
    int writes = invocation->out_given && !job->dry_run && !job->print_job;
    bm_status status;
    invocation->silent = 1;
    if (writes)
        BM_TRY(bm_publication_open(&publication, job->output.dir, err));
    BM_TRY(read_table(invocation, &read, err));
    const double is_read = bm_seconds();
    if (job->print_job) {
        status = bm_print_job(invocation, &read, err);
        goto cleanup;
    }
    BM_TRY(record(invocation, &read, &provenance, err));
    BM_TRY(describe(&read, &table, err));
    provenance.seconds[BM_STAGE_HASH] = read.hash_seconds;
    provenance.seconds[BM_STAGE_READ] = is_read - started - read.hash_seconds;
    provenance.seconds[BM_STAGE_STATISTICS] = bm_seconds() - is_read;
    print_accounting(&read);
    BM_TRY(bm_print_sheet(&table, err));
    BM_TRY(judge_rows(job, &read.accounting, err));
    provenance.seconds[BM_STAGE_TOTAL] = bm_seconds() - started; /* bm_publish adds the writing */
    if (writes)
        status = publish(invocation, &publication, &table, &provenance, err);
cleanup:
    bm_publication_close(&publication);
    bm_provenance_free(&provenance);
    bm_result_free(&table);
    bm_read_result_free(&read);
    return status;
}

static const bm_flag flags[] = {
    {"job", "inspect.job"},
    {NULL, NULL},
};
static const bm_flag *const tables[] = {flags, bm_common_flags, bm_reading_flags, NULL};

const bm_verb bm_verb_inspect = {
    .name = "inspect",
    .operand = "TABLE",
    .summary = "types, missing values, ranges and outliers of a table's columns, and their use",
    .example = "buyermap inspect buyers.csv",
    .flags = tables,
    .run = run_inspect,
};
