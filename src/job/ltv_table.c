/* From a summary, survivors or contracts to published lifetime models. */
#include "job/ltv_table.h"

#include "base/clock.h"
#include "base/date.h"
#include "base/memory.h"
#include "job/versions.h"
#include "lifetime/contract_histories.h"
#include "output/output.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const bm_ltv_table_names[] = {"ltv_models",   "ltv_buyers", "ltv_segments",
                                          "ltv_tracking", "rejected",   NULL};

/* Survivors are no buyers; and only of them is it known when what they did was due. */
int bm_ltv_table_makes(const bm_job *job, const char *name) {
    if (strcmp(name, "ltv_tracking") == 0)
        return job->ltv.survivors;
    if (strcmp(name, "ltv_buyers") == 0 || strcmp(name, "ltv_segments") == 0)
        return !job->ltv.survivors;
    return 1;
}

/* Where no flag names the ids, a summary may begin with them. Of contracts they may repeat. */
static bm_status find_ids(bm_ltv_table *run, bm_error *err) {
    const bm_column *id = bm_ltv_column(run, BM_LTV_ID);
    bm_row_ids ids = {0};
    bm_status status = BM_OK;
    if (id != NULL)
        run->ids = &id->dictionary;
    if (id == NULL && run->job->ltv.summary) {
        status = bm_run_find_ids(&run->table, NULL, run->context->log, &ids, err);
        run->ids = ids.of_row;
    }
    if (id == NULL && run->job->ltv.start != NULL)
        bm_info(run->context->log, "%s: contracts are numbered by row; --buyer names their buyers",
                run->job->ltv.table);
    return status;
}

static bm_status read_table(bm_ltv_table *run, bm_error *err) {
    const bm_job *job = run->job;
    double since = bm_seconds(), *seconds = run->provenance.seconds;
    bm_dialect dialect = {0};
    bm_status status;
    BM_TRY(bm_run_dialect(job, &dialect, err));
    const bm_read_request request = {
        .path = job->ltv.table,
        .dialect = &dialect,
        .choose = bm_ltv_choose,
        .chooser = run,
        .others = BM_WANT_NOTHING,
        .unique = job->ltv.summary ? job->orders.buyer : NULL,
        .infer_id = job->ltv.summary && job->orders.buyer == NULL,
        .max_bad_rows = job->reading.max_bad_rows.rows,
        .max_bad_share = job->reading.max_bad_rows.share,
    };
    BM_TRY(bm_read(&request, run->context, &run->table, err));
    run->context->held += bm_table_bytes(&run->table.table);
    BM_TRY(find_ids(run, err));
    status = bm_ltv_take_rows(run, err);
cleanup:
    seconds[BM_STAGE_HASH] = run->table.hash_seconds;
    seconds[BM_STAGE_READ] = bm_seconds() - since - run->table.hash_seconds;
    bm_dialect_free(&dialect);
    return status;
}

/* Of a job, only what is looked at. */
static int is_setting(const char *name) {
    static const char *const section[] = {"ltv.", "reading.", "output.dir", "output.csv",
                                          "output.hdf5"};
    static const char *const key[] = {
        "lifetime.models", "lifetime.unit",  "lifetime.horizon",    "lifetime.discount",
        "lifetime.margin", "lifetime.until", "inputs.orders.buyer", "inputs.orders.amount"};
    for (size_t i = 0; i < sizeof section / sizeof section[0]; i++) {
        if (strncmp(name, section[i], strlen(section[i])) == 0)
            return 1;
    }
    for (size_t i = 0; i < sizeof key / sizeof key[0]; i++) {
        if (strcmp(name, key[i]) == 0)
            return 1;
    }
    return 0;
}

static bm_status record_setting(bm_ltv_table *run, const bm_key *key, bm_error *err) {
    int known;
    bm_status status = bm_record_setting(&run->provenance, run->job, key, &known, err);
    if (status == BM_OK && !known && run->job->ltv.start != NULL &&
        strcmp(bm_key_name(key), "lifetime.until") == 0) {
        char day[BM_DATE_TEXT];
        bm_format_date(day, run->until);
        status = bm_provenance_setting(&run->provenance, bm_key_name(key), day, err);
    }
    return status;
}

static bm_status record(bm_ltv_table *run, bm_error *err) {
    bm_provenance *provenance = &run->provenance;
    const bm_read_result *table = &run->table;
    bm_status status;
    provenance->verb = "ltv";
    provenance->warnings = run->context->log != NULL ? &run->context->log->warnings : NULL;
    BM_TRY(bm_record_input(provenance, "table", run->job->ltv.table, table->bytes, table->sha256,
                           &table->accounting, err));
    BM_TRY(bm_versions(&provenance->versions, err));
    for (size_t i = 0; i < bm_job_keys(); i++) {
        if (is_setting(bm_key_name(bm_job_key_at(i))))
            BM_TRY(record_setting(run, bm_job_key_at(i), err));
    }
cleanup:
    return status;
}

static bm_status models_of(bm_ltv_group *group, const bm_ltv_options *options, bm_result *table,
                           bm_error *err) {
    (void)options;
    return bm_ltv_models_result(&group->ltv, table, err);
}

static bm_status tracking_of(bm_ltv_group *group, const bm_ltv_options *options, bm_result *table,
                             bm_error *err) {
    return bm_ltv_survivors_tracking(group->ltv.fit, group->ltv.fits, &group->histories,
                                     options->horizon, table, err);
}

/* A table that has rows of every group. */
static bm_status add_of_groups(bm_ltv_table *run,
                               bm_status (*make)(bm_ltv_group *, const bm_ltv_options *,
                                                 bm_result *, bm_error *),
                               bm_error *err) {
    bm_result *part = NULL, whole = {0};
    const char **name = NULL;
    bm_status status;
    BM_TRY(BM_NEW(&part, run->groups, "tables", err));
    BM_TRY(BM_NEW(&name, run->groups, "tables", err));
    for (size_t g = 0; g < run->groups; g++) {
        name[g] = run->group[g].name;
        BM_TRY(make(&run->group[g], &run->options, &part[g], err));
    }
    BM_TRY(bm_ltv_join_groups(part, name, run->groups, &whole, err));
    status = bm_results_add(&run->results, &whole, err);
cleanup:
    for (size_t g = 0; part != NULL && g < run->groups; g++)
        bm_result_free(&part[g]);
    free(part);
    free(name);
    return status;
}

static bm_status add_tables(bm_ltv_table *run, bm_error *err) {
    bm_result table = {0};
    bm_status status;
    BM_TRY(add_of_groups(run, models_of, err));
    if (run->job->ltv.survivors) {
        BM_TRY(add_of_groups(run, tracking_of, err));
    } else {
        BM_TRY(bm_ltv_buyers_result(&run->group->ltv, run->ids, &table, err));
        BM_TRY(bm_results_add(&run->results, &table, err));
        BM_TRY(bm_ltv_segments_result(&run->group->ltv, NULL, 0, NULL, &table, err));
        BM_TRY(bm_results_add(&run->results, &table, err));
    }
    BM_TRY(bm_rejected_result(&run->table.accounting, &table, err));
    BM_TRY(bm_results_add(&run->results, &table, err));
    bm_record_attributes(&run->results, run->job, "ltv", "", 0);
cleanup:
    return status;
}

/* Survivors are tracked over all periods of the horizon, by each model in each group. */
static bm_status require_tracking(const bm_ltv_table *run, bm_error *err) {
    enum { OF_ROW = 128, MODELS = 2 };
    double ahead = run->options.horizon;
    size_t rows, bytes, models = run->options.models > 0 ? run->options.models : MODELS;
    if (!run->job->ltv.survivors)
        return BM_OK;
    ahead = isfinite(ahead) ? ahead : bm_unit_horizon((bm_ltv_unit)run->job->lifetime.unit);
    if (!bm_multiply(run->groups, (size_t)ahead, &rows) ||
        !bm_multiply(rows + run->table.table.rows, models * OF_ROW, &bytes))
        bytes = SIZE_MAX;
    return bm_require_memory(run->context, bytes, "tracking survivors over the horizon", err);
}

static bm_status make_tables(bm_ltv_table *run, bm_error *err) {
    double *seconds = run->provenance.seconds, since = bm_seconds();
    bm_status status;
    BM_TRY(bm_ltv_require(run->table.table.rows, run->context, err));
    BM_TRY(require_tracking(run, err));
    for (size_t g = 0; g < run->groups; g++) {
        bm_ltv_group *group = &run->group[g];
        BM_TRY(bm_ltv_run(&group->histories, &run->options, run->context, &group->ltv, err));
        bm_ltv_warn_unusable(&group->ltv, group->name, run->context->log);
    }
    seconds[BM_STAGE_LIFETIME] = bm_seconds() - since;
    BM_TRY(add_tables(run, err));
    seconds[BM_STAGE_STATISTICS] = bm_seconds() - since;
cleanup:
    return status;
}

static bm_status take_models(bm_ltv_table *run, bm_error *err) {
    const char *table = run->kind == BM_LTV_CONTRACTS       ? "contracts"
                        : run->kind == BM_LTV_OPPORTUNITIES ? "opportunities (column n)"
                                                            : "times (column T)";
    return bm_ltv_options_of(run->job, run->kind, run->kind, table, &run->options, err);
}

bm_status bm_ltv_table_execute(bm_ltv_table *run, const bm_job *job, bm_context *context,
                               bm_error *err) {
    bm_publication publication = {0};
    bm_status status;
    *run = (bm_ltv_table){.job = job, .context = context, .started = bm_seconds()};
    if (!job->dry_run)
        BM_TRY(bm_publication_open(&publication, job->output.dir, err));
    BM_TRY(read_table(run, err));
    BM_TRY(take_models(run, err));
    BM_TRY(record(run, err));
    if (job->dry_run)
        goto cleanup;
    BM_TRY(make_tables(run, err));
    run->provenance.seconds[BM_STAGE_TOTAL] = bm_seconds() - run->started; /* and the writing */
    status = bm_publish(&publication, &run->results, &run->provenance, job->output.csv,
                        job->output.hdf5, context, err);
cleanup:
    bm_publication_close(&publication);
    return status;
}

void bm_ltv_table_free(bm_ltv_table *run) {
    for (size_t role = 0; role < BM_LTV_ROLES; role++)
        free(run->column[role]);
    for (size_t g = 0; g < run->groups; g++) {
        bm_ltv_free(&run->group[g].ltv);
        bm_histories_free(&run->group[g].histories);
    }
    free(run->group);
    bm_read_result_free(&run->table);
    bm_results_free(&run->results);
    bm_provenance_free(&run->provenance);
    *run = (bm_ltv_table){0};
}
