/* assign: new buyers into a map that is there. */
#ifndef BM_JOB_ASSIGN_H
#define BM_JOB_ASSIGN_H

#include "job/run.h"
#include "job/stored_map.h"

/* A column of the table that features of the map come from. */
typedef struct bm_assign_source {
    const char *name; /* in the map; borrowed from it */
    char *column;     /* in the table */
    int is_category;
    int required;            /* 1: a missing value makes the row a bad one */
    const bm_column *values; /* once the table is read */
    int32_t *feature_of;     /* of a category: the feature each of the column's texts is, or -1 */
} bm_assign_source;

typedef struct bm_assign {
    const bm_job *job;
    bm_context *context;
    double started;
    bm_stored_map map;
    bm_assign_source *source;
    size_t sources;
    size_t *source_of; /* [map.d] */
    int by_position;   /* the columns of a matrix without names, in the order of the map's */
    bm_column_request *wanted;
    size_t wants;
    bm_read_result table;
    bm_dictionary row_numbers;
    const bm_dictionary *ids; /* of the table's rows */
    /* Of the buyers that were assigned, in the order of the table: */
    size_t buyers;
    size_t *row_of; /* NULL: every row */
    int32_t *segment, *second;
    double *distance, *margin;
    bm_provenance provenance;
    bm_results results;
} bm_assign;

/* Reads the map and the table of a checked job, assigns the buyers and publishes; with job->dry_run
 * it stops when the table is read. Everything is left in *assign for the caller to report from and
 * free. Besides what reading gives, memory is 24 bytes a buyer. BM_DATA: the map is none, a column
 * that it needs is missing, a value has no place in its space. */
bm_status bm_assign_execute(bm_assign *assign, const bm_job *job, bm_context *context,
                            bm_error *err) BM_MUST_CHECK;
void bm_assign_free(bm_assign *assign);
/* Bytes that assigning takes beside the table. */
size_t bm_assign_memory(const bm_assign *assign);

/* In assign_columns.c: */

/* Lists the sources of the map's features. */
bm_status bm_assign_list_sources(bm_assign *assign, bm_error *err) BM_MUST_CHECK;
/* bm_read_request.choose: finds them among the columns, by name, or by position where a matrix has
 * no names. BM_DATA: columns are missing. BM_USAGE: one of them is to be the id. */
bm_status bm_assign_choose(void *assign, const bm_strings *names, int nameless,
                           const bm_column_request **column, size_t *columns,
                           bm_error *err) BM_MUST_CHECK;
/* Takes the columns that were read, and finds the feature of each text. */
bm_status bm_assign_take_columns(bm_assign *assign, bm_error *err) BM_MUST_CHECK;
/* Warns of texts that the map has no feature for, and of how many buyers have one. */
void bm_assign_warn_of_strangers(const bm_assign *assign);

/* In assign_rows.c: */

/* Places every row and leaves out those that have no place, with the accounting. Chunks of rows in
 * parallel: the same bytes for any number of threads. */
bm_status bm_assign_rows(bm_assign *assign, bm_error *err) BM_MUST_CHECK;

/* In assign_results.c: */

/* `assignments`, `segments`, `rejected`, and the root attributes. */
bm_status bm_assign_results(bm_assign *assign, bm_error *err) BM_MUST_CHECK;
/* Names of the tables, ends with NULL. */
extern const char *const bm_assign_tables[];

#endif
