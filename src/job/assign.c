/* From a stored map and a table to published assignments. */
#include "job/assign.h"

#include "base/clock.h"
#include "base/memory.h"
#include "job/versions.h"
#include "output/output.h"

#include <stdlib.h>
#include <string.h>

static bm_status read_table(bm_assign *assign, bm_error *err) {
    const bm_job *job = assign->job;
    bm_dialect dialect = {0};
    bm_row_ids ids = {.numbers = &assign->row_numbers};
    bm_status status;
    BM_TRY(bm_run_dialect(job, &dialect, err));
    const bm_read_request request = {
        .path = job->buyers.path,
        .dialect = &dialect,
        .choose = bm_assign_choose,
        .chooser = assign,
        .others = BM_WANT_NOTHING,
        .unique = job->buyers.id,
        .infer_id = job->buyers.id == NULL,
        .max_bad_rows = job->reading.max_bad_rows.rows,
        .max_bad_share = job->reading.max_bad_rows.share,
    };
    BM_TRY(bm_read(&request, assign->context, &assign->table, err));
    assign->context->held += bm_table_bytes(&assign->table.table);
    BM_TRY(bm_run_find_ids(&assign->table, job->buyers.id, assign->context->log, &ids, err));
    assign->ids = ids.of_row;
    BM_TRY(bm_assign_take_columns(assign, err));
    if (assign->by_position)
        bm_info(assign->context->log,
                "%s: a matrix without names: its columns are taken in the order of the map's",
                job->buyers.path);
cleanup:
    bm_dialect_free(&dialect);
    return status;
}

static bm_status read_inputs(bm_assign *assign, bm_error *err) {
    double since = bm_seconds(), *seconds = assign->provenance.seconds;
    bm_status status;
    BM_TRY(bm_stored_map_read(assign->job->map, assign->context, &assign->map, err));
    BM_TRY(bm_assign_list_sources(assign, err));
    status = read_table(assign, err);
cleanup:
    seconds[BM_STAGE_HASH] = assign->map.hash_seconds + assign->table.hash_seconds;
    seconds[BM_STAGE_READ] = bm_seconds() - since - seconds[BM_STAGE_HASH];
    return status;
}

/* Of a job, only what assign looks at. */
static int is_setting(const char *name) {
    static const char *const settings[] = {"inputs.buyers.path", "inputs.buyers.id", "output.dir",
                                           "output.csv",         "output.hdf5",      "assign.map"};
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
        if (strcmp(name, settings[i]) == 0)
            return 1;
    return strncmp(name, "reading.", 8) == 0;
}

static bm_status record(bm_assign *assign, bm_error *err) {
    bm_provenance *provenance = &assign->provenance;
    const bm_stored_map *map = &assign->map;
    const bm_read_result *table = &assign->table;
    const bm_accounting none = {0};
    bm_status status = BM_OK;
    int known;
    provenance->verb = "assign";
    provenance->warnings = assign->context->log != NULL ? &assign->context->log->warnings : NULL;
    BM_TRY(
        bm_record_input(provenance, "map", assign->job->map, map->bytes, map->sha256, &none, err));
    BM_TRY(bm_record_input(provenance, "buyers", assign->job->buyers.path, table->bytes,
                           table->sha256, &table->accounting, err));
    BM_TRY(bm_versions(&provenance->versions, err));
    for (size_t i = 0; i < bm_job_keys(); i++)
        if (is_setting(bm_key_name(bm_job_key_at(i))))
            BM_TRY(bm_record_setting(provenance, assign->job, bm_job_key_at(i), &known, err));
cleanup:
    return status;
}

bm_status bm_assign_execute(bm_assign *assign, const bm_job *job, bm_context *context,
                            bm_error *err) {
    bm_publication publication = {0};
    bm_status status;
    double *seconds = assign->provenance.seconds, since;
    *assign = (bm_assign){.job = job, .context = context, .started = bm_seconds()};
    if (!job->dry_run)
        BM_TRY(bm_publication_open(&publication, job->output.dir, err));
    BM_TRY(read_inputs(assign, err));
    if (job->dry_run) {
        status = record(assign, err);
        goto cleanup;
    }
    since = bm_seconds();
    BM_TRY(bm_assign_rows(assign, err));
    bm_assign_warn_of_strangers(assign);
    seconds[BM_STAGE_CLUSTER] = bm_seconds() - since;
    BM_TRY(record(assign, err));
    BM_TRY(bm_assign_results(assign, err));
    seconds[BM_STAGE_TOTAL] = bm_seconds() - assign->started; /* bm_publish adds the writing */
    status = bm_publish(&publication, &assign->results, &assign->provenance, job->output.csv,
                        job->output.hdf5, context, err);
cleanup:
    bm_publication_close(&publication);
    return status;
}

void bm_assign_free(bm_assign *assign) {
    for (size_t s = 0; s < assign->sources; s++) {
        free(assign->source[s].column);
        free(assign->source[s].feature_of);
    }
    free(assign->source);
    free(assign->source_of);
    free(assign->wanted);
    bm_stored_map_free(&assign->map);
    bm_read_result_free(&assign->table);
    bm_dictionary_free(&assign->row_numbers);
    free(assign->row_of);
    free(assign->segment);
    free(assign->second);
    free(assign->distance);
    free(assign->margin);
    bm_results_free(&assign->results);
    bm_provenance_free(&assign->provenance);
    *assign = (bm_assign){0};
}
