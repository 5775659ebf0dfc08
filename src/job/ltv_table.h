/* ltv of tables that are no order logs: summaries, survivors, contracts. */
#ifndef BM_JOB_LTV_TABLE_H
#define BM_JOB_LTV_TABLE_H

#include "job/run.h"

/* What a column is. */
typedef enum bm_ltv_role {
    BM_LTV_ID,
    BM_LTV_X,
    BM_LTV_T_X,
    BM_LTV_T,
    BM_LTV_N,
    BM_LTV_WEIGHT,
    BM_LTV_M_X,
    BM_LTV_PERIOD,
    BM_LTV_SURVIVING,
    BM_LTV_GROUP,
    BM_LTV_START,
    BM_LTV_END,
    BM_LTV_AMOUNT,
    BM_LTV_ROLES,
} bm_ltv_role;

typedef struct bm_ltv_group {
    const char *name; /* borrowed from the table; NULL: all rows are one */
    bm_histories histories;
    bm_ltv ltv;
} bm_ltv_group;

typedef struct bm_ltv_table {
    const bm_job *job;
    bm_context *context;
    double started;
    char *column[BM_LTV_ROLES]; /* names; NULL: the table has none */
    bm_column_request wanted[BM_LTV_ROLES];
    bm_ltv_kind kind;
    int32_t until; /* of contracts */
    bm_read_result table;
    const bm_dictionary *ids; /* NULL: row numbers */
    bm_ltv_options options;
    bm_ltv_group *group;
    size_t groups;
    bm_provenance provenance;
    bm_results results;
} bm_ltv_table;

/* Reads the table of a checked job, fits and publishes; with job->dry_run it stops before the fits.
 * Everything is left in *run for the caller to report from and free. BM_USAGE: models that are for
 * other tables. BM_DATA: columns are missing, or rows cannot be. BM_DEGENERATE: no rows. */
bm_status bm_ltv_table_execute(bm_ltv_table *run, const bm_job *job, bm_context *context,
                               bm_error *err) BM_MUST_CHECK;
void bm_ltv_table_free(bm_ltv_table *run);
/* Whether a run makes the table of that name, and the names, ends with NULL. */
extern const char *const bm_ltv_table_names[];
int bm_ltv_table_makes(const bm_job *job, const char *name);

/* In ltv_columns.c: bm_read_request.choose. */
bm_status bm_ltv_choose(void *run, const bm_strings *names, int nameless,
                        const bm_column_request **column, size_t *columns,
                        bm_error *err) BM_MUST_CHECK;
const bm_column *bm_ltv_column(const bm_ltv_table *run, bm_ltv_role role);
/* "x", …: as the role is called in messages. */
const char *bm_ltv_role_name(bm_ltv_role role);

/* In ltv_rows.c: the rows that were read become histories, one group each; bad ones are rejected.
 */
bm_status bm_ltv_take_rows(bm_ltv_table *run, bm_error *err) BM_MUST_CHECK;

#endif
