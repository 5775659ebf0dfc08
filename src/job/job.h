/* bm_job: everything a run can be told, resolved. Filled from a job file, --set and flags, all of
 * which go through one table (schema.c): a row a key, with its type, default and help. */
#ifndef BM_JOB_JOB_H
#define BM_JOB_JOB_H

#include "buyermap/condition.h"
#include "buyermap/context.h"
#include "buyermap/features.h"

#include <stddef.h>
#include <stdint.h>

/* No date given. */
#define BM_NO_DAY INT32_MIN

/* cluster.k: auto, one number, or a range. */
typedef struct bm_k_range {
    size_t low, high;
    int automatic;
} bm_k_range;

/* A column, or the product of two. */
typedef struct bm_amount {
    char *column, *factor; /* factor NULL: the column alone */
} bm_amount;

/* --max-bad-rows: a number of rows, or (share not NAN) a share of them. */
typedef struct bm_bad_rows {
    size_t rows;
    double share;
} bm_bad_rows;

typedef struct bm_condition_list {
    bm_condition *item;
    size_t count;
} bm_condition_list;

typedef struct bm_weight_list {
    bm_feature_weight *item;
    size_t count;
} bm_weight_list;

typedef struct bm_buyers_input {
    char *path, *id, *weight, *truth, *date_format;
    bm_strings columns, categories, ignore;
} bm_buyers_input;

typedef struct bm_orders_input {
    char *path, *buyer, *date, *date_format, *order;
    bm_amount amount;
    char *quantity, *product, *category, *region, *channel, *supplier;
    bm_condition_list filter;
    bm_condition_list returns; /* none or one */
    int deduplicate;
} bm_orders_input;

typedef struct bm_contracts_input {
    char *path, *buyer, *start, *end, *amount, *date_format;
} bm_contracts_input;

typedef struct bm_job {
    char *file; /* the job file as given; NULL for verbs without one */
    char *name;
    int32_t as_of;
    bm_buyers_input buyers;
    bm_orders_input orders;
    bm_contracts_input contracts;
    struct {
        char delimiter, decimal, thousands, quote, escape, comment;
        int header;
        char *encoding, *dataset;
        bm_strings na;
        bm_bad_rows max_bad_rows;
    } reading;
    struct {
        bm_strings use;
        bm_weight_list weights;
        int normalize; /* index into bm_normalizers */
        int missing, missing_given, without_orders;
        double winsorize;
    } features;
    struct {
        int method;   /* index into bm_clusterers */
        int distance; /* index into bm_distance_names */
        bm_k_range k;
        int criterion;
        char *init; /* "kmeans++", "kmeans||", "random" or a path */
        size_t restarts, max_iterations;
        double tolerance;
        int precision, quality, refine;
        size_t stability;
        size_t min_size, max_size;
        size_t coarse;                        /* 0: no */
        int cut;                              /* a bm_cut_by */
        double cut_height, cut_inconsistency; /* NaN: not given */
        size_t inconsistency_depth;
        double checkpoint; /* seconds; 0: never */
        int resume;
    } cluster;
    struct {
        int scores;
    } rfm;
    struct {
        char *period;
        int by_segment;
    } cohorts;
    struct {
        char *time, *event, *group; /* event: COL or COL=VALUE */
        int interval;               /* a bm_survival_interval */
        double restricted_to;       /* NaN: the longest time */
    } survival;
    struct {
        bm_strings models; /* "auto", or names of bm_ltv_models */
        int unit;          /* a bm_ltv_unit */
        double horizon;    /* units; INFINITY: for ever */
        int horizon_given;
        double discount, margin;
        int32_t until, holdout_until; /* BM_NO_DAY: not given */
        char *churned_after_days;     /* "auto", or a number of days */
    } lifetime;
    struct {
        char *table;            /* the operand, where it is no order log */
        int summary, survivors; /* what the table is */
        char *start, *end;      /* columns of contracts */
    } ltv;
    struct {
        char *dir;
        int csv, hdf5, newick;
        size_t dendrogram; /* merges of the table; 0: no table */
    } output;
    struct {
        size_t buyers, columns, segments;
        char *params;
        int32_t from, to;
    } generate;
    int print_job; /* inspect --job */
    char *map;     /* assign: the result.h5 that buyers are put into */
    size_t seed;
    size_t threads;
    size_t memory_limit;
    int dry_run, quiet, progress, log_format;
} bm_job;

/* Every key at its default. */
bm_status bm_job_default(bm_job *job, bm_error *err) BM_MUST_CHECK;
/* Reads a job file over the defaults. BM_NOINPUT, BM_JOB with file, line and the nearest key. */
bm_status bm_job_load(bm_job *job, const char *path, bm_error *err) BM_MUST_CHECK;
/* `KEY=VALUE` of --set; the value is written as in the job file. BM_USAGE. */
bm_status bm_job_override(bm_job *job, const char *assignment, bm_error *err) BM_MUST_CHECK;
/* Settles keys whose default depends on others, and checks what must hold between keys, whichever
 * way they came. BM_JOB. */
bm_status bm_job_check(bm_job *job, bm_error *err) BM_MUST_CHECK;
void bm_job_free(bm_job *job);

/* A key as people see it. */
typedef struct bm_key bm_key;
const bm_key *bm_job_key(const char *name);
size_t bm_job_keys(void);
const bm_key *bm_job_key_at(size_t index);
const char *bm_key_name(const bm_key *key);
const char *bm_key_help(const bm_key *key);
const char *bm_key_metavar(const bm_key *key); /* "N", "a|b|c"; owned by the table */
const char *bm_key_default(const bm_key *key); /* as text; NULL: none */
/* Word `index` of a choice, NULL past the last; and what it means, NULL when it speaks for itself.
 */
const char *bm_key_word(const bm_key *key, size_t index);
const char *bm_key_meaning(const bm_key *key, size_t index);
/* The words a choice takes, "a, b or c"; empty for other keys. */
void bm_key_words(const bm_key *key, char *words, size_t room);
/* Whether cluster.init is a way to draw centroids, not a path: kmeans++, kmeans||, random. */
int bm_start_is_drawn(const char *init);
int bm_key_is_switch(const bm_key *key);   /* true or false: a flag without a value */
int bm_key_is_reserved(const bm_key *key); /* in the contract, not built yet */
int bm_key_in_file(const bm_key *key);     /* may stand in a job file */
/* Sets a key from the text of a flag (lists by commas). BM_USAGE; `flag` names it in messages. */
bm_status bm_key_set_flag(const bm_key *key, bm_job *job, const char *flag, const char *text,
                          bm_error *err) BM_MUST_CHECK;
/* The items of a key whose value is a list, a range or conditions, each as one would write it;
 * 1 when the key is of such a kind and set. */
int bm_key_is_list(const bm_key *key, const bm_job *job);
bm_status bm_key_items(const bm_key *key, const bm_job *job, bm_strings *items,
                       bm_error *err) BM_MUST_CHECK;
/* The key's value as one would write it in a job file; *text is NULL when it is not set. Caller
 * frees. */
bm_status bm_key_value(const bm_key *key, const bm_job *job, char **text,
                       bm_error *err) BM_MUST_CHECK;

#endif
