/* From a table of times and events to published curves and tests. */
#include "job/survival.h"

#include "base/clock.h"
#include "job/versions.h"
#include "output/output.h"

#include <stdlib.h>
#include <string.h>

const char *const bm_survival_table_names[] = {"survival", "survival_tests", "survival_summary",
                                               "rejected", NULL};

static bm_status read_table(bm_survival_run *run, bm_error *err) {
    const bm_job *job = run->job;
    double since = bm_seconds(), *seconds = run->provenance.seconds;
    bm_dialect dialect = {0};
    bm_status status;
    BM_TRY(bm_run_dialect(job, &dialect, err));
    const bm_read_request request = {
        .path = job->buyers.path,
        .dialect = &dialect,
        .choose = bm_survival_choose,
        .chooser = run,
        .others = BM_WANT_NOTHING,
        .max_bad_rows = job->reading.max_bad_rows.rows,
        .max_bad_share = job->reading.max_bad_rows.share,
    };
    BM_TRY(bm_read(&request, run->context, &run->table, err));
    run->context->held += bm_table_bytes(&run->table.table);
    status = bm_survival_take_rows(run, err);
cleanup:
    seconds[BM_STAGE_HASH] = run->table.hash_seconds;
    seconds[BM_STAGE_READ] = bm_seconds() - since - run->table.hash_seconds;
    bm_dialect_free(&dialect);
    return status;
}

/* Of a job, only what survival looks at. */
static int is_setting(const char *name) {
    return strcmp(name, "inputs.buyers.path") == 0 || strncmp(name, "survival.", 9) == 0 ||
           strncmp(name, "reading.", 8) == 0 || strcmp(name, "output.dir") == 0 ||
           strcmp(name, "output.csv") == 0 || strcmp(name, "output.hdf5") == 0;
}

static bm_status record(bm_survival_run *run, bm_error *err) {
    bm_provenance *provenance = &run->provenance;
    const bm_read_result *table = &run->table;
    bm_status status;
    int known;
    provenance->verb = "survival";
    provenance->warnings = run->context->log != NULL ? &run->context->log->warnings : NULL;
    BM_TRY(bm_record_input(provenance, "table", run->job->buyers.path, table->bytes, table->sha256,
                           &table->accounting, err));
    BM_TRY(bm_versions(&provenance->versions, err));
    for (size_t i = 0; i < bm_job_keys(); i++)
        if (is_setting(bm_key_name(bm_job_key_at(i))))
            BM_TRY(bm_record_setting(provenance, run->job, bm_job_key_at(i), &known, err));
cleanup:
    return status;
}

static bm_status make_tables(bm_survival_run *run, bm_error *err) {
    const bm_durations rows = {run->time, run->event, run->group, run->rows};
    const bm_survival_options options = {
        .interval = (bm_survival_interval)run->job->survival.interval,
        .restricted_to = run->job->survival.restricted_to,
    };
    bm_result table[4] = {0};
    bm_status status;
    if (run->rows == 0)
        bm_warn(run->context->log, "%s: no rows: the tables are empty", run->job->buyers.path);
    BM_TRY(bm_survival_fit(&rows, run->names.count, run->context, &run->survival, err));
    BM_TRY(bm_survival_tables(&run->survival, &run->names, &options, run->context, &table[0],
                              &table[1], &table[2], err));
    BM_TRY(bm_rejected_result(&run->table.accounting, &table[3], err));
    for (size_t t = 0; t < 4; t++)
        BM_TRY(bm_results_add(&run->results, &table[t], err));
    bm_record_attributes(&run->results, run->job, "survival", "", 0);
cleanup:
    for (size_t t = 0; t < 4; t++)
        bm_result_free(&table[t]);
    return status;
}

bm_status bm_survival_execute(bm_survival_run *run, const bm_job *job, bm_context *context,
                              bm_error *err) {
    bm_publication publication = {0};
    bm_status status;
    double *seconds = run->provenance.seconds, since;
    *run = (bm_survival_run){.job = job, .context = context, .started = bm_seconds()};
    if (job->survival.time == NULL || job->survival.event == NULL)
        return bm_fail(
            err, BM_USAGE,
            "survival needs the columns of the time and of the event: --time COL --event "
            "COL[=VALUE]; buyermap inspect TABLE lists the columns");
    if (!job->dry_run)
        BM_TRY(bm_publication_open(&publication, job->output.dir, err));
    BM_TRY(read_table(run, err));
    BM_TRY(record(run, err));
    if (job->dry_run)
        goto cleanup;
    since = bm_seconds();
    BM_TRY(make_tables(run, err));
    seconds[BM_STAGE_STATISTICS] = bm_seconds() - since;
    seconds[BM_STAGE_TOTAL] = bm_seconds() - run->started; /* bm_publish adds the writing */
    status = bm_publish(&publication, &run->results, &run->provenance, job->output.csv,
                        job->output.hdf5, context, err);
cleanup:
    bm_publication_close(&publication);
    return status;
}

void bm_survival_run_free(bm_survival_run *run) {
    free(run->event_column);
    free(run->event_value);
    bm_read_result_free(&run->table);
    free(run->time);
    free(run->event);
    free(run->group);
    bm_strings_free(&run->names);
    bm_survival_free(&run->survival);
    bm_results_free(&run->results);
    bm_provenance_free(&run->provenance);
    *run = (bm_survival_run){0};
}
