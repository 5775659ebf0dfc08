/* The weekly run, from a job to published results: the one place that sees every stage. */
#include "job/run.h"

#include "base/clock.h"
#include "base/memory.h"
#include "feature/orders.h"
#include "feature/rfm.h"
#include "lifetime/cohorts.h"
#include "output/output.h"
#include "profile/profile.h"

#include <stdlib.h>
#include <string.h>

/* Adds the seconds since `since` to a stage. */
static void took(bm_run *run, bm_stage stage, double since) {
    run->provenance.seconds[stage] += bm_seconds() - since;
}

static bm_status read_inputs(bm_run *run, bm_error *err) {
    double since = bm_seconds();
    bm_status status = BM_OK;
    if (run->has_buyers)
        status = bm_run_read_buyers(run, err);
    if (status == BM_OK && run->has_orders)
        status = bm_run_read_orders(run, err);
    took(run, BM_STAGE_READ, since);
    double hashing = run->buyers.hash_seconds + run->order_lines.hash_seconds;
    run->provenance.seconds[BM_STAGE_READ] -= hashing;
    run->provenance.seconds[BM_STAGE_HASH] = hashing;
    return status;
}

static bm_order_roles order_roles(const bm_orders_input *orders) {
    return (bm_order_roles){
        .buyer = orders->buyer,
        .date = orders->date,
        .amount = orders->amount.column,
        .amount_factor = orders->amount.factor,
        .quantity = orders->quantity,
        .order = orders->order,
        .dimension = {[BM_PRODUCT] = orders->product,
                      [BM_CATEGORY] = orders->category,
                      [BM_REGION] = orders->region,
                      [BM_CHANNEL] = orders->channel,
                      [BM_SUPPLIER] = orders->supplier},
    };
}

static bm_status build_orders(bm_run *run, bm_error *err) {
    const bm_order_roles roles = order_roles(&run->job->orders);
    int32_t as_of = run->job->as_of;
    bm_status status;
    if (as_of == BM_NO_DAY)
        BM_TRY(bm_orders_last_day(&run->order_lines.table, &roles, &as_of, err));
    BM_TRY(bm_orders_build(&run->order_lines.table, &roles, as_of, run->ids, run->context,
                           &run->order_lines.accounting, &run->orders, &run->own_ids, err));
    if (run->ids == NULL)
        run->ids = &run->own_ids;
cleanup:
    return status;
}

static bm_status build_features(bm_run *run, bm_error *err) {
    const bm_job *job = run->job;
    bm_feature_options options = {
        .use = job->features.use,
        .categories = job->buyers.categories,
        .weight_column = job->buyers.weight,
        .truth_column = job->buyers.truth,
        .missing = (bm_missing)job->features.missing,
        .without_orders = (bm_without_orders)job->features.without_orders,
        .keep_constant = job->cluster.k.high == 1,
        .winsorize = job->features.winsorize,
        .weights = job->features.weights.count,
    };
    bm_feature_weight *weight = NULL;
    bm_status status;
    BM_TRY(BM_NEW(&weight, options.weights, "feature weights", err));
    for (size_t i = 0; i < options.weights; i++)
        weight[i] = (bm_feature_weight){job->features.weights.item[i].name,
                                        job->features.weights.item[i].weight};
    options.weight = weight;
    if (run->has_orders)
        BM_TRY(bm_measures_of_orders(&run->orders, run->context, &run->measures, err));
    status = bm_features_build(run->has_buyers ? &run->buyers.table : NULL, run->id_column,
                               run->has_orders ? &run->measures : NULL, NULL,
                               run->has_orders ? &run->orders : NULL, &options, run->context,
                               &run->set, err);
cleanup:
    free(weight);
    return status;
}

/* Each statistic is one table. */
static bm_status order_tables(bm_run *run, bm_error *err) {
    const bm_job *job = run->job;
    const int32_t *label = run->label;
    size_t k = label != NULL ? run->clustering.chosen.k : 0;
    bm_result table = {0};
    bm_status status = BM_OK;
    if ((run->steps & BM_STEP_RFM) && run->orders.amount != NULL) {
        BM_TRY(bm_rfm(&run->orders, run->ids, (bm_rfm_scores)job->rfm.scores, run->context, &table,
                      err));
        BM_TRY(bm_results_add(&run->results, &table, err));
    }
    if (run->steps & BM_STEP_COHORTS) {
        bm_period period;
        bm_period_parse(job->cohorts.period, &period);
        BM_TRY(bm_cohorts(&run->orders, &period, job->cohorts.by_segment ? label : NULL, k,
                          run->context, &table, err));
        BM_TRY(bm_results_add(&run->results, &table, err));
    }
    if ((run->steps & BM_STEP_CONCENTRATION) && run->orders.amount != NULL) {
        BM_TRY(bm_concentration(&run->orders, label, k, &table, err));
        BM_TRY(bm_results_add(&run->results, &table, err));
    }
cleanup:
    return status;
}

static bm_status profile_tables(bm_run *run, bm_error *err) {
    bm_profile profile = {0};
    bm_strings names = {0};
    bm_result table = {0};
    const bm_segmentation *chosen = &run->clustering.chosen;
    size_t separates = 0;
    bm_status status;
    for (size_t b = 0; b < run->ids->count; b++)
        separates += run->set.kept[b] == 2;
    BM_TRY(bm_profile_build(&run->set.all, chosen, &profile, err));
    BM_TRY(bm_segment_names(&profile, &run->set.all, &names, err));
    BM_TRY(bm_segments_result(chosen, &run->set.all, &names, run->distance,
                              run->has_orders ? &run->orders : NULL, separates, &table, err));
    BM_TRY(bm_results_add(&run->results, &table, err));
    BM_TRY(bm_profile_result(&profile, &run->set.all, &table, err));
    BM_TRY(bm_results_add(&run->results, &table, err));
cleanup:
    bm_strings_free(&names);
    bm_profile_free(&profile);
    return status;
}

static void describe_run(bm_run *run) {
    bm_results_attribute(&run->results, "format", "buyermap", 0);
    bm_results_attribute(&run->results, "format_version", NULL, 1);
    bm_results_attribute(&run->results, "tool_version", BM_VERSION, 0);
    bm_results_attribute(&run->results, "verb", run->verb, 0);
    bm_results_attribute(&run->results, "seed", NULL, (int64_t)run->job->seed);
}

static bm_status statistics(bm_run *run, bm_error *err) {
    double since = bm_seconds();
    bm_status status = BM_OK;
    describe_run(run);
    if (run->steps & BM_STEP_CLUSTER) {
        BM_TRY(bm_run_map_tables(run, err));
        BM_TRY(profile_tables(run, err));
    }
    if (run->has_orders)
        BM_TRY(order_tables(run, err));
    BM_TRY(bm_run_rejected(run, err));
cleanup:
    took(run, BM_STAGE_STATISTICS, since);
    return status;
}

static bm_status make_features(bm_run *run, bm_error *err) {
    double since = bm_seconds();
    bm_status status = BM_OK;
    if (run->has_orders)
        BM_TRY(build_orders(run, err));
    if (run->steps & BM_STEP_CLUSTER)
        BM_TRY(build_features(run, err));
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
    if (status == BM_OK)
        status = bm_run_cluster(run, err);
    return status;
}

bm_status bm_run_execute(bm_run *run, const char *verb, unsigned steps, const bm_job *job,
                         bm_context *context, bm_error *err) {
    bm_publication publication = {.lock = -1};
    *run = (bm_run){.job = job,
                    .context = context,
                    .verb = verb,
                    .steps = steps,
                    .started = bm_seconds(),
                    .has_buyers = job->buyers.path != NULL,
                    .has_orders = job->orders.path != NULL,
                    .id_column = SIZE_MAX};
    bm_status status;
    if (!job->dry_run)
        BM_TRY(bm_publication_open(&publication, job->output.dir, err));
    BM_TRY(read_inputs(run, err));
    BM_TRY(make_features(run, err));
    BM_TRY(bm_run_record_inputs(run, err));
    if (job->dry_run)
        goto cleanup;
    BM_TRY(make_map(run, err));
    BM_TRY(statistics(run, err));
    took(run, BM_STAGE_TOTAL, run->started); /* bm_publish adds the writing */
    status = bm_publish(&publication, &run->results, &run->provenance, job->output.csv,
                        job->output.hdf5, context, err);
cleanup:
    bm_publication_close(&publication);
    return status;
}

void bm_run_free(bm_run *run) {
    bm_read_result_free(&run->buyers);
    bm_read_result_free(&run->order_lines);
    bm_orders_free(&run->orders);
    bm_measures_free(&run->measures);
    bm_features_built_free(&run->set);
    bm_features_free(&run->matrix);
    bm_scaling_free(&run->scaling);
    bm_clustering_free(&run->clustering);
    bm_results_free(&run->results);
    bm_provenance_free(&run->provenance);
    bm_dictionary_free(&run->own_ids);
    free(run->label);
    free(run->listed);
    free(run->distance);
    free(run->margin);
    free(run->second);
    *run = (bm_run){0};
}
