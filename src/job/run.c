/* The weekly run, from a job to published results: the one place that sees every stage. */
#include "job/run.h"

#include "base/clock.h"
#include "output/output.h"

#include <stdlib.h>

/* Adds the seconds since `since` to a stage. */
static void took(bm_run *run, bm_stage stage, double since) {
    run->provenance.seconds[stage] += bm_seconds() - since;
}

/* What a stage leaves in memory counts against the limit of those that follow. */
static void holds(bm_run *run, size_t bytes) {
    run->context->held += bytes;
}

static bm_status read_inputs(bm_run *run, bm_error *err) {
    double since = bm_seconds();
    bm_status status = BM_OK;
    if (run->has_buyers)
        BM_TRY(bm_run_read_buyers(run, err));
    holds(run, bm_table_bytes(&run->buyers.table));
    if (run->has_orders)
        BM_TRY(bm_run_read_orders(run, err));
    holds(run, bm_table_bytes(&run->order_lines.table));
    if (run->has_contracts)
        BM_TRY(bm_run_read_contracts(run, err));
    holds(run, bm_table_bytes(&run->contract_rows.table));
cleanup:
    took(run, BM_STAGE_READ, since);
    double hashing =
        run->buyers.hash_seconds + run->order_lines.hash_seconds + run->contract_rows.hash_seconds;
    run->provenance.seconds[BM_STAGE_READ] -= hashing;
    run->provenance.seconds[BM_STAGE_HASH] = hashing;
    return status;
}

static bm_status make_features(bm_run *run, bm_error *err) {
    double since = bm_seconds();
    bm_status status = BM_OK;
    if (run->has_orders)
        BM_TRY(bm_run_orders(run, err));
    if (run->has_contracts)
        BM_TRY(bm_run_contracts(run, err));
    if (run->has_orders && (run->steps & BM_STEP_LIFETIME))
        bm_run_settle_until(run);
    if (run->steps & BM_STEP_CLUSTER)
        BM_TRY(bm_run_features(run, err));
cleanup:
    took(run, BM_STAGE_FEATURE, since);
    return status;
}

static bm_status make_map(bm_run *run, bm_error *err) {
    if (!(run->steps & BM_STEP_CLUSTER))
        return BM_OK;
    double since = bm_seconds();
    bm_status status = bm_run_normalize(run, err);
    took(run, BM_STAGE_NORMALIZE, since);
    return status == BM_OK ? bm_run_cluster(run, err) : status;
}

static bm_status make_lifetimes(bm_run *run, bm_error *err) {
    if (!run->has_orders || !(run->steps & BM_STEP_LIFETIME))
        return BM_OK;
    double since = bm_seconds();
    bm_status status = bm_run_lifetime(run, err);
    took(run, BM_STAGE_LIFETIME, since);
    return status;
}

static bm_status make_tables(bm_run *run, bm_error *err) {
    double since = bm_seconds();
    bm_status status = BM_OK;
    bm_result table = {0};
    if (run->steps & BM_STEP_CLUSTER)
        BM_TRY(bm_run_describe(run, err));
    BM_TRY(make_lifetimes(run, err));
    for (const bm_statistic *statistic = bm_statistics; statistic->name != NULL; statistic++) {
        BM_TRY(bm_check_interrupt(err));
        if (!bm_statistic_applies(statistic, run))
            continue;
        BM_TRY(statistic->make(run, &table, err));
        BM_TRY(bm_results_add(&run->results, &table, err));
    }
    BM_TRY(bm_run_model(run, err));
    /* What is left to be written is made of ids, labels and the matrix. */
    free(run->set.all.values);
    run->set.all.values = NULL;
    bm_table_drop_numbers(&run->buyers.table);
cleanup:
    took(run, BM_STAGE_STATISTICS, since);
    return status;
}

bm_status bm_run_execute(bm_run *run, const char *verb, unsigned steps, const bm_job *job,
                         bm_context *context, bm_error *err) {
    bm_publication publication = {0};
    *run = (bm_run){.job = job,
                    .context = context,
                    .verb = verb,
                    .steps = steps,
                    .started = bm_seconds(),
                    .has_buyers = job->buyers.path != NULL,
                    .has_orders = job->orders.path != NULL,
                    .has_contracts = job->contracts.path != NULL,
                    .id_column = SIZE_MAX};
    bm_status status = BM_OK;
    if (run->has_orders && (steps & BM_STEP_LIFETIME))
        BM_TRY(bm_ltv_options_of(job, BM_LTV_ORDERS, BM_LTV_ORDERS, "order logs", &run->ltv_options,
                                 err));
    if (!job->dry_run)
        BM_TRY(bm_publication_open(&publication, job->output.dir, err));
    if (!job->dry_run && (steps & BM_STEP_CLUSTER))
        BM_TRY(bm_checkpoint_open(&run->checkpoint, job, &publication, context, err));
    holds(run, run->checkpoint.length);
    BM_TRY(read_inputs(run, err));
    BM_TRY(make_features(run, err));
    BM_TRY(bm_run_record(run, err));
    if (job->dry_run)
        goto cleanup;
    BM_TRY(make_map(run, err));
    BM_TRY(make_tables(run, err));
    took(run, BM_STAGE_TOTAL, run->started); /* bm_publish adds the writing */
    status = bm_publish(&publication, &run->results, &run->provenance, job->output.csv,
                        job->output.hdf5, context, err);
    if (status == BM_OK)
        bm_checkpoint_remove(&run->checkpoint);
cleanup:
    bm_checkpoint_free(&run->checkpoint);
    bm_publication_close(&publication);
    return status;
}

void bm_run_free(bm_run *run) {
    bm_read_result_free(&run->buyers);
    bm_read_result_free(&run->order_lines);
    bm_read_result_free(&run->contract_rows);
    bm_orders_free(&run->orders);
    bm_contracts_free(&run->contracts);
    bm_measures_free(&run->measures);
    bm_features_built_free(&run->set);
    bm_features_free(&run->matrix);
    bm_scaling_free(&run->scaling);
    if (run->label != run->clustering.chosen.label)
        free(run->label);
    bm_clustering_free(&run->clustering);
    bm_profile_free(&run->profile);
    bm_ltv_free(&run->ltv);
    bm_ltv_free(&run->backtest);
    bm_histories_free(&run->histories);
    bm_histories_free(&run->backtest_histories);
    bm_strings_free(&run->names);
    bm_results_free(&run->results);
    bm_provenance_free(&run->provenance);
    bm_dictionary_free(&run->own_ids);
    free(run->listed);
    bm_listing_free(run->listing);
    *run = (bm_run){0};
}
