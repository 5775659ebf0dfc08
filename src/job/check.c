/* What must hold between the keys of a job, before any input is opened. */
#include "job/run.h"
#include "lifetime/cohorts.h"
#include "lifetime/histories.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static bm_status fault(const char *message, bm_error *err) {
    return bm_fail(err, BM_JOB, "%s", message);
}

static bm_status check_dialect(const bm_job *job, bm_error *err) {
    bm_dialect dialect = {0};
    bm_error why = {0};
    bm_status status = bm_run_dialect(job, &dialect, &why);
    if (status == BM_OK)
        status = bm_dialect_check(&dialect, &why);
    bm_dialect_free(&dialect);
    return status == BM_USAGE ? fault(why.message, err)
           : status != BM_OK  ? bm_fail(err, status, "%s", why.message)
                              : BM_OK;
}

/* Where a tree is cut is said in one way. */
static bm_status check_cut(const bm_job *job, bm_error *err) {
    const bm_k_range *k = &job->cluster.k;
    int by = job->cluster.cut, height = !isnan(job->cluster.cut_height);
    int inconsistency = !isnan(job->cluster.cut_inconsistency);
    int is_tree = bm_clusterers[job->cluster.method]->hierarchical;
    if (!is_tree && (by != BM_CUT_K || height || inconsistency))
        return fault(
            "cluster.cut, cluster.cut_height and cluster.cut_inconsistency are for methods "
            "that grow a tree, such as ward",
            err);
    if (!is_tree && job->output.newick)
        return fault("output.newick is for methods that grow a tree, such as ward", err);
    if (height && inconsistency)
        return fault("cluster.cut_height and cluster.cut_inconsistency are two cuts: give one",
                     err);
    if ((by == BM_CUT_HEIGHT && inconsistency) || (by == BM_CUT_INCONSISTENCY && height) ||
        (by == BM_CUT_GAP && (height || inconsistency)))
        return fault("cluster.cut says another cut than cluster.cut_height or "
                     "cluster.cut_inconsistency: give one",
                     err);
    if (by == BM_CUT_HEIGHT && !height)
        return fault("cluster.cut height needs cluster.cut_height", err);
    if (by == BM_CUT_INCONSISTENCY && !inconsistency)
        return fault("cluster.cut inconsistency needs cluster.cut_inconsistency", err);
    if ((height || inconsistency) && !k->automatic)
        return fault("cluster.k is what cluster.cut_height and cluster.cut_inconsistency give: "
                     "leave one out",
                     err);
    if (by == BM_CUT_GAP && !k->automatic && k->low == k->high)
        return fault("cluster.cut gap looks for k: give cluster.k as a range, or leave it out",
                     err);
    return BM_OK;
}

static bm_status check_coarse(const bm_job *job, bm_error *err) {
    size_t coarse = job->cluster.coarse;
    if (coarse == 0)
        return BM_OK;
    if (strcmp(bm_clusterers[job->cluster.method]->name, "ward") != 0)
        return fault("cluster.coarse is for the method ward only: other linkages need more of a "
                     "micro-segment than its mean",
                     err);
    if (job->cluster.min_size > 0)
        return fault("cluster.min_size counts buyers, and cluster.coarse has micro-segments for "
                     "leaves: leave one out",
                     err);
    if (coarse < job->cluster.k.high && isnan(job->cluster.cut_height) &&
        isnan(job->cluster.cut_inconsistency)) /* these say k themselves */
        return bm_fail(err, BM_JOB,
                       "cluster.coarse %zu has fewer micro-segments than the %zu segments that "
                       "cluster.k goes up to: raise it to some hundreds at least",
                       coarse, job->cluster.k.high);
    return BM_OK;
}

/* What only k-means can do. */
static bm_status check_kmeans(const bm_job *job, bm_error *err) {
    const bm_clusterer *method = bm_clusterers[job->cluster.method];
    if (method->is_kmeans)
        return BM_OK;
    if (strcmp(job->cluster.init, "kmeans++") != 0)
        return fault("cluster.init is for the method kmeans only", err);
    if (job->cluster.max_size > 0)
        return fault("cluster.max_size is for the method kmeans only", err);
    if (!method->hierarchical && job->cluster.min_size > 0)
        return fault("cluster.min_size is for kmeans and methods that grow a tree", err);
    if (job->cluster.checkpoint > 0 || job->cluster.resume)
        return fault("cluster.checkpoint and cluster.resume are for the method kmeans only", err);
    return BM_OK;
}

static bm_status check_cluster(const bm_job *job, bm_error *err) {
    bm_status status = check_kmeans(job, err);
    if (status != BM_OK)
        return status;
    if (job->cluster.max_size > 0 && job->cluster.min_size > job->cluster.max_size)
        return fault("cluster.min_size is larger than cluster.max_size", err);
    status = check_coarse(job, err);
    return status == BM_OK ? check_cut(job, err) : status;
}

/* Gower's distance has a place for missing values, others have none. */
static void settle_missing(bm_job *job) {
    if (!job->features.missing_given)
        job->features.missing =
            job->cluster.distance == BM_DISTANCE_GOWER ? BM_MISSING_PAIRWISE : BM_MISSING_ERROR;
}

/* Methods that take any distance, or do not: "single, complete and average". */
static void list_methods(int any_distance, char *text, size_t room) {
    size_t left = 0, used = 0;
    for (size_t i = 0; bm_clusterers[i] != NULL; i++)
        left += bm_clusterers[i]->any_distance == any_distance;
    for (size_t i = 0; bm_clusterers[i] != NULL && used < room; i++) {
        if (bm_clusterers[i]->any_distance != any_distance)
            continue;
        used += (size_t)snprintf(text + used, room - used, "%s%s", bm_clusterers[i]->name,
                                 --left > 1  ? ", "
                                 : left == 1 ? " and "
                                             : "");
    }
}

static bm_status check_gower(const bm_job *job, bm_error *err) {
    char able[160], unable[160];
    list_methods(1, able, sizeof able);
    list_methods(0, unable, sizeof unable);
    if (!bm_clusterers[job->cluster.method]->any_distance)
        return bm_fail(err, BM_JOB,
                       "cluster.distance gower is for the methods %s; %s work with means, which "
                       "only Euclidean distance has",
                       able, unable);
    if (job->features.missing == BM_MISSING_MEDIAN || job->features.missing == BM_MISSING_MEAN)
        return fault("features.missing median and mean fill values, and the distance gower needs "
                     "none filled: it compares two buyers by what both have (pairwise, its "
                     "default); drop leaves buyers with missing values out, error refuses them",
                     err);
    if (strcmp(bm_criteria[job->cluster.criterion].name, "gap") == 0)
        return fault("cluster.criterion gap is for the distance euclidean: the buyers it compares "
                     "with are drawn as points; choose k by another criterion",
                     err);
    return BM_OK;
}

static bm_status check_distance(const bm_job *job, bm_error *err) {
    if (job->cluster.distance == BM_DISTANCE_GOWER)
        return check_gower(job, err);
    if (job->features.missing == BM_MISSING_PAIRWISE)
        return fault("features.missing pairwise is for the distance gower only; fill missing "
                     "values with median or mean, or leave such buyers out with drop",
                     err);
    return BM_OK;
}

/* strptime takes these and does nothing with them. */
static bm_status check_date_format(const char *format, bm_error *err) {
    for (const char *c = format; c != NULL && c[0] != '\0'; c++) {
        if (c[0] != '%')
            continue;
        c++;
        if (c[0] == '\0' || strchr("ZGgV", c[0]) != NULL) {
            char why[96];
            snprintf(why, sizeof why, "date_format: %%%c says nothing of the date here%s", c[0],
                     c[0] == 'Z' ? "; %z reads offsets" : "");
            return fault(why, err);
        }
    }
    return BM_OK;
}

static bm_status check_output(const bm_job *job, bm_error *err) {
    if (!job->output.csv && !job->output.hdf5)
        return fault("output.csv and output.hdf5 are both false: nothing would be written", err);
    return BM_OK;
}

static bm_status check_cohorts(const bm_job *job, bm_error *err) {
    bm_period period;
    if (!bm_period_parse(job->cohorts.period, &period))
        return fault("cohorts.period is day, week, month, quarter, year or rolling:N (N days)",
                     err);
    return BM_OK;
}

/* A year, in the unit of the job. */
static void settle_horizon(bm_job *job) {
    if (!job->lifetime.horizon_given)
        job->lifetime.horizon = bm_unit_horizon((bm_ltv_unit)job->lifetime.unit);
}

/* Names of the models that can be asked for: "nbd, bgnbd and mbgnbd". */
static void list_models(char *text, size_t room) {
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; bm_ltv_models[i] != NULL && used < room; i++) {
        if (bm_ltv_models[i]->kind != BM_LTV_SPEND)
            used += (size_t)snprintf(text + used, room - used, "%s%s", used > 0 ? ", " : "",
                                     bm_ltv_models[i]->name);
    }
}

static bm_status check_models(const bm_strings *models, bm_error *err) {
    char names[256];
    list_models(names, sizeof names);
    if (models->count == 0)
        return bm_fail(err, BM_JOB, "lifetime.models is empty: auto, or some of %s", names);
    for (size_t i = 0; i < models->count; i++) {
        const bm_ltv_model *model = bm_ltv_model_find(models->item[i]);
        if (strcmp(models->item[i], "auto") == 0 && models->count > 1)
            return fault("lifetime.models: auto stands alone: it is a choice of models", err);
        if (model == NULL && strcmp(models->item[i], "auto") != 0)
            return bm_fail(err, BM_JOB,
                           "lifetime.models: there is no model \"%.40s\"; there are %s, or auto",
                           models->item[i], names);
        if (model != NULL && model->kind == BM_LTV_SPEND)
            return bm_fail(err, BM_JOB,
                           "lifetime.models: %s is fitted by itself wherever there are amounts: "
                           "leave it out",
                           model->name);
        for (size_t j = 0; j < i; j++) {
            if (strcmp(models->item[i], models->item[j]) == 0)
                return bm_fail(err, BM_JOB, "lifetime.models: %s stands twice", models->item[i]);
        }
    }
    return BM_OK;
}

static bm_status check_lifetime(const bm_job *job, bm_error *err) {
    double days;
    if (!bm_churned_after(job, &days))
        return fault("lifetime.churned_after_days is auto or a number of days, 0 to 36525", err);
    if (!(job->lifetime.horizon > 0))
        return fault("lifetime.horizon is above 0, or inf", err);
    if (isinf(job->lifetime.horizon) && !(job->lifetime.discount > 0))
        return fault("lifetime.horizon inf needs a lifetime.discount above 0: undiscounted, the "
                     "orders of all time have no bound",
                     err);
    if (job->lifetime.holdout_until != BM_NO_DAY && job->lifetime.until == BM_NO_DAY)
        return fault("lifetime.holdout_until (--holdout-until) needs lifetime.until (--until): the "
                     "holdout is what comes after that day",
                     err);
    if (job->lifetime.holdout_until != BM_NO_DAY &&
        job->lifetime.holdout_until <= job->lifetime.until)
        return fault("lifetime.holdout_until (--holdout-until) is no later than lifetime.until "
                     "(--until): nothing is held out",
                     err);
    int32_t until = job->lifetime.until, later = job->lifetime.holdout_until;
    if (job->as_of != BM_NO_DAY && (later != BM_NO_DAY ? later : until) > job->as_of)
        return fault("lifetime.until and lifetime.holdout_until are no later than as_of, after "
                     "which no orders are read",
                     err);
    return check_models(&job->lifetime.models, err);
}

static bm_status check_contracts(const bm_contracts_input *contracts, bm_error *err) {
    if (contracts->path == NULL && (contracts->buyer != NULL || contracts->start != NULL ||
                                    contracts->end != NULL || contracts->amount != NULL))
        return fault("inputs.contracts.path names no file: say which table holds the contracts",
                     err);
    if (contracts->path != NULL && contracts->buyer == NULL)
        return fault("inputs.contracts.buyer names no column: say which one holds the buyer", err);
    if (contracts->path != NULL && contracts->start == NULL)
        return fault("inputs.contracts.start names no column: say which one holds the first day",
                     err);
    if (contracts->path != NULL && contracts->end == NULL)
        return fault("inputs.contracts.end names no column: say which one holds the day a contract "
                     "ended, empty where it runs",
                     err);
    if (contracts->path != NULL && strcmp(contracts->start, contracts->end) == 0)
        return fault("inputs.contracts.start and inputs.contracts.end are one column: no contract "
                     "would run for a day",
                     err);
    return check_date_format(contracts->date_format, err);
}

bm_status bm_job_check(bm_job *job, bm_error *err) {
    bm_status status = check_dialect(job, err);
    settle_missing(job);
    settle_horizon(job);
    if (status == BM_OK)
        status = check_cluster(job, err);
    if (status == BM_OK)
        status = check_distance(job, err);
    if (status == BM_OK)
        status = check_date_format(job->buyers.date_format, err);
    if (status == BM_OK)
        status = check_date_format(job->orders.date_format, err);
    if (status == BM_OK)
        status = check_contracts(&job->contracts, err);
    if (status == BM_OK)
        status = check_output(job, err);
    if (status == BM_OK)
        status = check_cohorts(job, err);
    if (status == BM_OK)
        status = check_lifetime(job, err);
    return status;
}
