/* The weekly run: what flows from stage to stage, and the order of the stages. */
#ifndef BM_JOB_RUN_H
#define BM_JOB_RUN_H

#include "buyermap/context.h"
#include "buyermap/contracts.h"
#include "buyermap/orders.h"
#include "buyermap/provenance.h"
#include "buyermap/result.h"
#include "buyermap/scaling.h"
#include "cluster/cluster.h"
#include "feature/features.h"
#include "input/input.h"
#include "job/checkpoint.h"
#include "job/job.h"
#include "lifetime/churn.h"
#include "lifetime/ltv.h"
#include "profile/profile.h"

/* What a verb wants of a run; `run` wants all that its inputs allow. */
enum {
    BM_STEP_CLUSTER = 1,
    BM_STEP_RFM = 2,
    BM_STEP_COHORTS = 4,
    BM_STEP_CONCENTRATION = 8,
    BM_STEP_LIFETIME = 16,
    BM_STEP_SURVIVAL = 32,
    BM_STEP_CHURN = 64,
    BM_STEP_MOVEMENTS = 128,
    BM_STEP_ALL = 255,
};

typedef struct bm_run {
    const bm_job *job;
    bm_context *context;
    const char *verb;
    unsigned steps;
    double started;

    int has_buyers, has_orders, has_contracts;
    bm_read_result buyers, order_lines, contract_rows;
    size_t id_column;         /* of buyers.table; SIZE_MAX: row numbers */
    bm_dictionary own_ids;    /* row numbers, or the buyers of the order log */
    const bm_dictionary *ids; /* of the population: own_ids or the id column's; NULL: row numbers */
    size_t population;        /* buyers */
    bm_orders orders;
    bm_contracts contracts;
    bm_measures measures;
    bm_features_built set;
    bm_features matrix; /* the clustered features, normalized */
    bm_scaling scaling;
    bm_run_checkpoint checkpoint;
    bm_clustering clustering;
    int32_t *label; /* [population] 1…k, 0 unassigned; NULL without a clustering. The clustering's
                       own where every buyer is in it */
    size_t *listed; /* population index of each row of `assignments`; NULL: that of the row */
    size_t listings;
    struct bm_listing *listing; /* rows of `assignments` on their way to the writers */
    bm_profile profile;
    bm_strings names;      /* of the segments */
    int32_t until;         /* last day that lifetime models are fitted to */
    int32_t holdout_until; /* last day that predictions are compared with; BM_NO_DAY: none */
    bm_histories histories;
    bm_ltv_options ltv_options;
    bm_churn_rule churn_rule; /* settled once; with has_churn_rule */
    int has_churn_rule;
    bm_histories backtest_histories; /* of all but the last quarter of the log */
    bm_ltv_options backtest_options;
    bm_ltv backtest; /* fitted to these; without fits: there is none */
    bm_ltv ltv;      /* without fits: nothing can be said of anybody's lifetime */
    bm_provenance provenance;
    bm_results results;
} bm_run;

/* Runs a checked job up to and with publication; with job->dry_run it stops after the features.
 * Everything is left in *run for the caller to report from and free. */
bm_status bm_run_execute(bm_run *run, const char *verb, unsigned steps, const bm_job *job,
                         bm_context *context, bm_error *err) BM_MUST_CHECK;
void bm_run_free(bm_run *run);

/* Reading (inputs.c): job -> typed tables. */
bm_status bm_run_dialect(const bm_job *job, bm_dialect *dialect, bm_error *err) BM_MUST_CHECK;
bm_status bm_run_read_buyers(bm_run *run, bm_error *err) BM_MUST_CHECK;
bm_status bm_run_read_orders(bm_run *run, bm_error *err) BM_MUST_CHECK;
bm_status bm_run_read_contracts(bm_run *run, bm_error *err) BM_MUST_CHECK;

/* Bad rows among so many that reading.max_bad_rows lets through. */
size_t bm_bad_rows_allowed(const bm_job *job, size_t rows);

/* The ids of a buyers table's rows. */
typedef struct bm_row_ids {
    size_t column;               /* of the table; SIZE_MAX: row numbers */
    bm_dictionary *numbers;      /* the caller's: where row numbers are put; NULL: not wanted */
    const bm_dictionary *of_row; /* code i is row i; NULL: row numbers */
} bm_row_ids;

/* Finds them: the column of that name (NULL: the first one, if it was found to be the ids), or row
 * numbers, and says so. BM_NOMEM. */
bm_status bm_run_find_ids(const bm_read_result *read, const char *id, bm_log *log, bm_row_ids *ids,
                          bm_error *err) BM_MUST_CHECK;

/* Behaviour (behaviour.c): tables -> order log, measures, features. */
bm_status bm_run_orders(bm_run *run, bm_error *err) BM_MUST_CHECK;
/* After the orders, whose day and buyers they share. */
bm_status bm_run_contracts(bm_run *run, bm_error *err) BM_MUST_CHECK;
bm_status bm_run_features(bm_run *run, bm_error *err) BM_MUST_CHECK;

/* The matrix (placing.c): features -> normalized matrix. */
bm_cluster_options bm_run_cluster_options(const bm_job *job);
bm_status bm_run_normalize(bm_run *run, bm_error *err) BM_MUST_CHECK;
/* Bytes that the matrix and the clustering will need, for --dry-run; SIZE_MAX: too many. */
size_t bm_run_memory(const bm_run *run);

/* The map (map.c): matrix -> segments -> what each of them is. */
bm_status bm_run_cluster(bm_run *run, bm_error *err) BM_MUST_CHECK;
bm_status bm_run_describe(bm_run *run, bm_error *err) BM_MUST_CHECK;
/* Whether a buyer of the population is in segment 0. */
int bm_run_is_separate(const bm_run *run, size_t buyer);

/* The rows of `assignments` (assignments.c), made block by block when they are written. */
typedef struct bm_listing bm_listing;
bm_status bm_run_assignments(bm_run *run, bm_result *table, bm_error *err) BM_MUST_CHECK;
/* Who stands for each segment, of methods that say so. */
bm_status bm_run_medoids(bm_run *run, bm_result *table, bm_error *err) BM_MUST_CHECK;
/* The tree as a file of its own, whose leaves are the buyers. */
bm_status bm_run_newick(bm_run *run, bm_error *err) BM_MUST_CHECK;
/* Mean distance of each segment's buyers to its centroid, mean[k]. */
bm_status bm_run_mean_distances(bm_run *run, double *mean, bm_error *err) BM_MUST_CHECK;
void bm_listing_free(bm_listing *listing);

/* Lifetime (lifetime.c). How long silence may last; what it comes to is told and recorded. Borrows
 * from the run. */
bm_status bm_run_churn_rule(bm_run *run, bm_churn_rule *rule, bm_error *err) BM_MUST_CHECK;
/* lifetime.churned_after_days: a number of days, or NaN for auto; 0 when it is neither. */
int bm_churned_after(const bm_job *job, double *days);
bm_status bm_run_churn(bm_run *run, bm_result *table, bm_error *err) BM_MUST_CHECK;
bm_status bm_run_movements(bm_run *run, bm_result *table, bm_error *err) BM_MUST_CHECK;

/* The tables of how long the buyers of each segment stay (segment_survival.c). */
bm_status bm_run_survival(bm_run *run, bm_result *table, bm_error *err) BM_MUST_CHECK;
bm_status bm_run_survival_tests(bm_run *run, bm_result *table, bm_error *err) BM_MUST_CHECK;
bm_status bm_run_survival_summary(bm_run *run, bm_result *table, bm_error *err) BM_MUST_CHECK;

/* Lifetime value (ltv.c). Settles which day the models look back from; and, once there are labels
 * or none, fits and predicts. In a run of more than this a log that says nothing of lifetimes is
 * warned of; otherwise it is BM_DEGENERATE. */
void bm_run_settle_until(bm_run *run);
bm_status bm_run_lifetime(bm_run *run, bm_error *err) BM_MUST_CHECK;
/* Options of the job; without models: auto. BM_JOB: one of the models is of neither kind, and so
 * not of such a table. */
bm_status bm_ltv_options_of(const bm_job *job, bm_ltv_kind kind, bm_ltv_kind or_kind,
                            const char *table, bm_ltv_options *options,
                            bm_error *err) BM_MUST_CHECK;
/* Beside them, where no orders are held out (backtest.c). */
bm_status bm_run_backtest(bm_run *run, bm_error *err) BM_MUST_CHECK;
/* BM_LIMIT where the memory limit has no room for models of so many histories: at most 512 bytes
 * each, of which half are those of the back-test. */
bm_status bm_ltv_require(size_t histories, const bm_context *context, bm_error *err) BM_MUST_CHECK;
/* Where none of the models is usable, nothing is predicted: that is warned of. group: whose models,
 * NULL: of all. */
void bm_ltv_warn_unusable(const bm_ltv *ltv, const char *group, bm_log *log);
bm_status bm_run_ltv_models(bm_run *run, bm_result *table, bm_error *err) BM_MUST_CHECK;
bm_status bm_run_ltv_buyers(bm_run *run, bm_result *table, bm_error *err) BM_MUST_CHECK;
bm_status bm_run_ltv_holdout(bm_run *run, bm_result *table, bm_error *err) BM_MUST_CHECK;
bm_status bm_run_ltv_tracking(bm_run *run, bm_result *table, bm_error *err) BM_MUST_CHECK;
bm_status bm_run_ltv_calibration(bm_run *run, bm_result *table, bm_error *err) BM_MUST_CHECK;
bm_status bm_run_ltv_segments(bm_run *run, bm_result *table, bm_error *err) BM_MUST_CHECK;
/* Tables of the same columns, one a group, as one table with `group` as its last column; groups
 * NULL, or the name of one: that column is empty. The tables are emptied, whether it succeeds or
 * not. */
bm_status bm_ltv_join_groups(bm_result *tables, const char *const *groups, size_t count,
                             bm_result *made, bm_error *err) BM_MUST_CHECK;

/* The model (model.c): centroids, transform, linkage and root attributes of result.h5. */
bm_status bm_run_model(bm_run *run, bm_error *err) BM_MUST_CHECK;

/* Where it came from (record.c): inputs, row accounting, resolved settings, versions. */
bm_status bm_run_record(bm_run *run, bm_error *err) BM_MUST_CHECK;
/* A key whose day, where it is not given, follows from the inputs: as_of, lifetime.until and
 * lifetime.holdout_until. 1: it is one, and *day is that. */
int bm_run_day_from_inputs(const bm_run *run, const char *key, int32_t *day);
/* The root attributes of result.h5 that every verb writes. method: "" and k 0 without a map. */
void bm_record_attributes(bm_results *results, const bm_job *job, const char *verb,
                          const char *method, size_t k);
/* One input, whose rows are added to the totals; and one setting as it was resolved, unless it is
 * not set (*known is 0 then). */
bm_status bm_record_input(bm_provenance *provenance, const char *role, const char *path,
                          uint64_t bytes, const char *sha256, const bm_accounting *rows,
                          bm_error *err) BM_MUST_CHECK;
bm_status bm_record_setting(bm_provenance *provenance, const bm_job *job, const bm_key *key,
                            int *known, bm_error *err) BM_MUST_CHECK;

/* A table of results: one row of the registry in statistics.c. */
typedef struct bm_statistic {
    const char *name;
    unsigned step;                 /* made when the run has this step … */
    int needs_orders, needs_money; /* … and these inputs */
    bm_status (*make)(bm_run *run, bm_result *table, bm_error *err);
    int (*wanted)(const bm_job *job); /* and when the job says so; NULL: always */
} bm_statistic;

extern const bm_statistic bm_statistics[]; /* in the order of the files; ends with name NULL */
/* The table `rejected`. */
bm_status bm_rejected_result(const bm_accounting *accounting, bm_result *table,
                             bm_error *err) BM_MUST_CHECK;
/* Whether the run makes this table. */
int bm_statistic_applies(const bm_statistic *statistic, const bm_run *run);

#endif
