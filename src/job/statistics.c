/* The tables of results, a row each: what is made, when, and by whom. */
#include "base/memory.h"
#include "cluster/dendrogram.h"
#include "feature/rfm.h"
#include "job/run.h"
#include "lifetime/cohorts.h"

#include <stdlib.h>
#include <string.h>

static bm_status quality(bm_run *run, bm_result *table, bm_error *err) {
    static const bm_heading heading[] = {
        {"method", BM_CELL_TEXT, "", "clustering method"},
        {"k", BM_CELL_INTEGER, "segments", "number of segments tried"},
        {"inertia", BM_CELL_NUMBER, "normalized", "within-segment sum of squares"},
        {"silhouette", BM_CELL_NUMBER, "1", "mean silhouette width"},
        {"calinski_harabasz", BM_CELL_NUMBER, "1", "variance ratio"},
        {"davies_bouldin", BM_CELL_NUMBER, "1", "mean similarity to the most similar segment"},
        {"gap", BM_CELL_NUMBER, "1", "gap statistic"},
        {"gap_se", BM_CELL_NUMBER, "1", "its standard error"},
        {"stability", BM_CELL_NUMBER, "1", "mean over buyers of their segments' stability"},
        {"cophenetic", BM_CELL_NUMBER, "1", "cophenetic correlation of the tree"},
        {"adjusted_rand", BM_CELL_NUMBER, "1", "agreement with the truth column"},
        {"nmi", BM_CELL_NUMBER, "1", "normalized mutual information with the truth column"},
        {"chosen", BM_CELL_BOOLEAN, "", "1: the map is this one"},
        {"silhouette_se", BM_CELL_NUMBER, "1", "standard error of a sampled silhouette"},
        {"simplified_silhouette", BM_CELL_NUMBER, "1", "silhouette by distances to centroids"},
        {"hopkins", BM_CELL_NUMBER, "1", "Hopkins statistic of the buyers (any k)"},
        {"objective", BM_CELL_NUMBER, "distance", "k-medoids: mean distance to the medoid"},
        {"inertia_unbounded", BM_CELL_NUMBER, "normalized", "inertia before the bounds of sizes"},
    };
    const bm_clustering *clustering = &run->clustering;
    const char *method = bm_clusterers[run->job->cluster.method]->name;
    bm_status status;
    BM_TRY(bm_result_init(table, "quality", "how good the map is for each k that was tried",
                          heading, sizeof heading / sizeof heading[0], clustering->tried, err));
    for (size_t i = 0; i < clustering->tried; i++) {
        const bm_quality *q = &clustering->quality[i];
        const double index[] = {
            q->inertia, q->silhouette, q->calinski_harabasz, q->davies_bouldin, q->gap,
            q->gap_se,  q->stability,  q->cophenetic,        q->adjusted_rand,  q->nmi};
        BM_TRY(bm_result_set_string(table, 0, i, method, err));
        table->column[1].integer[i] = (int64_t)q->k;
        for (size_t c = 0; c < sizeof index / sizeof index[0]; c++)
            table->column[2 + c].number[i] = index[c];
        table->column[12].boolean[i] = q->chosen != 0;
        table->column[13].number[i] = q->silhouette_se;
        table->column[14].number[i] = q->simplified_silhouette;
        table->column[15].number[i] = q->hopkins;
        table->column[16].number[i] = q->objective;
        table->column[17].number[i] = q->inertia_unbounded;
    }
cleanup:
    if (status != BM_OK)
        bm_result_free(table);
    return status;
}

static bm_status iterations(bm_run *run, bm_result *table, bm_error *err) {
    static const bm_heading heading[] = {
        {"restart", BM_CELL_INTEGER, "", "run of k-means, from 1"},
        {"iteration", BM_CELL_INTEGER, "", "iteration of the run, from 1"},
        {"inertia", BM_CELL_NUMBER, "normalized", "within-segment sum of squares"},
        {"shift", BM_CELL_NUMBER, "normalized", "summed squared movement of the centroids"},
        {"moved", BM_CELL_INTEGER, "buyers", "buyers that changed segment"},
    };
    const bm_segmentation *chosen = &run->clustering.chosen;
    bm_status status = bm_result_init(table, "iterations", "how k-means converged", heading,
                                      sizeof heading / sizeof heading[0], chosen->iterations, err);
    if (status != BM_OK)
        return status;
    for (size_t i = 0; i < chosen->iterations; i++) {
        const bm_iteration *iteration = &chosen->iteration[i];
        table->column[0].integer[i] = iteration->restart;
        table->column[1].integer[i] = iteration->iteration;
        table->column[2].number[i] = iteration->inertia;
        table->column[3].number[i] = iteration->shift;
        table->column[4].integer[i] = (int64_t)iteration->moved;
    }
    return BM_OK;
}

bm_status bm_rejected_result(const bm_accounting *accounting, bm_result *table, bm_error *err) {
    static const bm_heading heading[] = {
        {"source", BM_CELL_TEXT, "", "input file"},
        {"line", BM_CELL_INTEGER, "", "line (CSV) or row (HDF5) of the file, from 1"},
        {"byte_offset", BM_CELL_INTEGER, "bytes", "where the row begins, uncompressed"},
        {"column", BM_CELL_TEXT, "", "column at fault"},
        {"problem", BM_CELL_TEXT, "", "what is wrong"},
        {"text", BM_CELL_TEXT, "", "the text at fault, its first 80 characters"},
    };
    bm_status status;
    BM_TRY(bm_result_init(table, "rejected", "input rows that could not be used", heading,
                          sizeof heading / sizeof heading[0], accounting->rejects, err));
    for (size_t i = 0; i < accounting->rejects; i++) {
        const bm_reject *reject = &accounting->reject[i];
        BM_TRY(bm_result_set_string(table, 0, i, reject->source, err));
        table->column[1].integer[i] = (int64_t)reject->line;
        table->column[2].integer[i] = (int64_t)reject->byte_offset;
        BM_TRY(bm_result_set_string(table, 3, i, reject->column, err));
        BM_TRY(bm_result_set_string(table, 4, i, reject->problem, err));
        BM_TRY(bm_result_set_string(table, 5, i, reject->text, err));
    }
cleanup:
    if (status != BM_OK)
        bm_result_free(table);
    return status;
}

static bm_status rejected(bm_run *run, bm_result *table, bm_error *err) {
    return bm_rejected_result(&run->provenance.accounting, table, err);
}

static bm_status segments(bm_run *run, bm_result *table, bm_error *err) {
    const bm_segmentation *chosen = &run->clustering.chosen;
    size_t separates = run->listings - run->matrix.n;
    double *distance = NULL;
    bm_result value = {0};
    bm_segment_outlook outlook = {0};
    bm_status status;
    BM_TRY(BM_NEW(&distance, chosen->k, "segments", err));
    BM_TRY(bm_run_mean_distances(run, distance, err));
    if (run->ltv.fits > 0)
        BM_TRY(bm_run_ltv_segments(run, &value, err));
    if (run->ltv.fits > 0) { /* the first row is of all buyers */
        outlook.clv_total = value.column[bm_result_find(&value, "clv_total")].number + 1;
        outlook.p_alive_mean = value.column[bm_result_find(&value, "p_alive_mean")].number + 1;
    }
    status =
        bm_segments_result(chosen, &run->set.all, &run->names, distance,
                           run->has_orders ? &run->orders : NULL, &outlook, separates, table, err);
cleanup:
    bm_result_free(&value);
    free(distance);
    return status;
}

static bm_status segment_profile(bm_run *run, bm_result *table, bm_error *err) {
    return bm_profile_result(&run->profile, &run->set.all, table, err);
}

static size_t segments_of(const bm_run *run) {
    return run->label != NULL ? run->clustering.chosen.k : 0;
}

static bm_status rfm(bm_run *run, bm_result *table, bm_error *err) {
    return bm_rfm(&run->orders, run->ids, (bm_rfm_scores)run->job->rfm.scores, run->context, table,
                  err);
}

static bm_status cohort_retention(bm_run *run, bm_result *table, bm_error *err) {
    bm_period period;
    if (!bm_period_parse(run->job->cohorts.period, &period))
        return bm_fail(err, BM_INTERNAL, "the period %s was not checked", run->job->cohorts.period);
    return bm_cohorts(&run->orders, &period, run->job->cohorts.by_segment ? run->label : NULL,
                      segments_of(run), run->context, table, err);
}

static bm_status cohort_means(bm_run *run, bm_result *table, bm_error *err) {
    const bm_result *cohorts = bm_results_find(&run->results, "cohort_retention");
    if (cohorts == NULL)
        return bm_fail(err, BM_INTERNAL, "the means of cohorts before the cohorts");
    return bm_cohort_means(cohorts, table, err);
}

static bm_status concentration(bm_run *run, bm_result *table, bm_error *err) {
    return bm_concentration(&run->orders, run->label, segments_of(run), table, err);
}

static bm_status dendrogram(bm_run *run, bm_result *table, bm_error *err) {
    int is_ward = strcmp(bm_clusterers[run->job->cluster.method]->name, "ward") == 0;
    return bm_dendrogram_result(&run->clustering.chosen, is_ward, run->job->output.dendrogram,
                                table, err);
}

static bm_status micro_segments(bm_run *run, bm_result *table, bm_error *err) {
    return bm_micro_result(&run->clustering.chosen, table, err);
}

static int wants_dendrogram(const bm_job *job) {
    return bm_clusterers[job->cluster.method]->hierarchical && job->output.dendrogram > 0;
}

static int wants_micro_segments(const bm_job *job) {
    return job->cluster.coarse > 0;
}

/* The segments have a column of what this table comes to. */
static bm_status churn(bm_run *run, bm_result *table, bm_error *err) {
    double *rate = NULL;
    size_t k = segments_of(run);
    bm_status status;
    BM_TRY(bm_run_churn(run, table, err));
    BM_TRY(BM_NEW(&rate, k + 1, "segments", err));
    bm_churn_rates(table, k, rate);
    for (size_t t = 0; t < run->results.tables && k > 0; t++) {
        bm_result *made = &run->results.table[t];
        size_t column = bm_result_find(made, "churn_rate");
        if (strcmp(made->name, "segments") == 0 && column < made->columns)
            memcpy(made->column[column].number, rate + 1, k * sizeof *rate);
    }
cleanup:
    free(rate);
    if (status != BM_OK)
        bm_result_free(table);
    return status;
}

static int wants_churn(const bm_job *job) {
    return job->orders.path != NULL || job->contracts.path != NULL;
}

static int wants_movements(const bm_job *job) {
    return (job->orders.path != NULL && job->orders.amount.column != NULL) ||
           (job->contracts.path != NULL && job->contracts.amount != NULL);
}

static int wants_medoids(const bm_job *job) {
    return bm_clusterers[job->cluster.method]->has_medoids;
}

const bm_statistic bm_statistics[] = {
    {"assignments", BM_STEP_CLUSTER, 0, 0, bm_run_assignments, NULL},
    {"segments", BM_STEP_CLUSTER, 0, 0, segments, NULL},
    {"segment_profile", BM_STEP_CLUSTER, 0, 0, segment_profile, NULL},
    {"quality", BM_STEP_CLUSTER, 0, 0, quality, NULL},
    {"iterations", BM_STEP_CLUSTER, 0, 0, iterations, NULL},
    {"medoids", BM_STEP_CLUSTER, 0, 0, bm_run_medoids, wants_medoids},
    {"dendrogram", BM_STEP_CLUSTER, 0, 0, dendrogram, wants_dendrogram},
    {"micro_segments", BM_STEP_CLUSTER, 0, 0, micro_segments, wants_micro_segments},
    {"rfm", BM_STEP_RFM, 1, 1, rfm, NULL},
    {"cohort_retention", BM_STEP_COHORTS, 1, 0, cohort_retention, NULL},
    {"cohort_means", BM_STEP_COHORTS, 1, 0, cohort_means, NULL},
    {"churn", BM_STEP_CHURN, 0, 0, churn, wants_churn},
    {"revenue_movements", BM_STEP_MOVEMENTS, 0, 0, bm_run_movements, wants_movements},
    {"concentration", BM_STEP_CONCENTRATION, 1, 1, concentration, NULL},
    {"ltv_models", BM_STEP_LIFETIME, 1, 0, bm_run_ltv_models, NULL},
    {"ltv_buyers", BM_STEP_LIFETIME, 1, 0, bm_run_ltv_buyers, NULL},
    {"ltv_segments", BM_STEP_LIFETIME, 1, 0, bm_run_ltv_segments, NULL},
    {"ltv_holdout", BM_STEP_LIFETIME, 1, 0, bm_run_ltv_holdout, NULL},
    {"ltv_tracking", BM_STEP_LIFETIME, 1, 0, bm_run_ltv_tracking, NULL},
    {"ltv_calibration", BM_STEP_LIFETIME, 1, 0, bm_run_ltv_calibration, NULL},
    {"survival", BM_STEP_SURVIVAL, 1, 0, bm_run_survival, NULL},
    {"survival_tests", BM_STEP_SURVIVAL, 1, 0, bm_run_survival_tests, NULL},
    {"survival_summary", BM_STEP_SURVIVAL, 1, 0, bm_run_survival_summary, NULL},
    {"rejected", BM_STEP_ALL, 0, 0, rejected, NULL},
    {NULL, 0, 0, 0, NULL, NULL},
};

int bm_statistic_applies(const bm_statistic *statistic, const bm_run *run) {
    if (statistic->step == BM_STEP_LIFETIME && !run->job->dry_run && run->ltv.fits == 0)
        return 0;
    return (run->steps & statistic->step) != 0 && (run->has_orders || !statistic->needs_orders) &&
           (run->orders.amount != NULL || !statistic->needs_money) &&
           (statistic->wanted == NULL || statistic->wanted(run->job));
}
