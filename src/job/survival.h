/* survival: from a table of times and events to published curves and tests. */
#ifndef BM_JOB_SURVIVAL_H
#define BM_JOB_SURVIVAL_H

#include "job/run.h"
#include "lifetime/survival.h"

typedef struct bm_survival_run {
    const bm_job *job;
    bm_context *context;
    double started;
    char *event_column, *event_value; /* value NULL: the column says yes or no */
    bm_column_request wanted[3];
    bm_read_result table;
    /* Of the rows that are used, in their order: */
    size_t rows;
    double *time;
    uint8_t *event;
    int32_t *group; /* into names */
    bm_strings names;
    bm_survival survival;
    bm_provenance provenance;
    bm_results results;
} bm_survival_run;

/* Reads the table of a checked job, follows its groups and publishes; with job->dry_run it stops
 * when the rows are taken. Everything is left in *run for the caller to report from and free. A row
 * whose time is negative is a bad one, like a row that lacks a value. BM_USAGE: no column of the
 * time or of the event was named. BM_DATA: a column is not there, events cannot be told. */
bm_status bm_survival_execute(bm_survival_run *run, const bm_job *job, bm_context *context,
                              bm_error *err) BM_MUST_CHECK;
void bm_survival_run_free(bm_survival_run *run);
/* Names of the tables, ends with NULL. */
extern const char *const bm_survival_table_names[];

/* In survival_rows.c: */

/* bm_read_request.choose: the columns of time, event and group; tells the event's column from its
 * value, since names may hold the sign between them. BM_USAGE: one column in two roles. */
bm_status bm_survival_choose(void *run, const bm_strings *names, int nameless,
                             const bm_column_request **column, size_t *columns,
                             bm_error *err) BM_MUST_CHECK;
/* Takes the rows of the table that was read, groups by name (numbers by size). */
bm_status bm_survival_take_rows(bm_survival_run *run, bm_error *err) BM_MUST_CHECK;

#endif
