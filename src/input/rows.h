/* Reading rows: what is wanted, what is known so far, and one row at a time. */
#ifndef BM_INPUT_ROWS_H
#define BM_INPUT_ROWS_H

#include "input/reading.h"

typedef struct bm_rows {
    const bm_read_request *request;
    const bm_context *context;
    bm_records *records;
    size_t bytes_held;
    bm_rules rules;
    bm_test *filter, mark;
    bm_build *build; /* [builds] in file order */
    size_t builds;
    int id_ruled_out;
    size_t unique_column; /* or BM_NO_COLUMN */
    size_t unique_build;  /* the build that holds its texts, or BM_NO_COLUMN */
    bm_dictionary ids;    /* else they are held here */
    bm_dictionary seen;   /* deduplicate: the rows so far */
    char *key;
    size_t key_reserved;
    bm_faults faults;
    bm_accounting accounting;
    size_t reserved;
    bm_lines lines;
    uint8_t *marked;
} bm_rows;

/* Finds the columns that the request names. rows holds request, context, records, bytes_held. */
bm_status bm_rows_prepare(bm_rows *rows, bm_error *err) BM_MUST_CHECK;
/* 1: a matrix without names. */
int bm_records_are_nameless(const bm_records *records);
/* Forgets what a pass has read. */
void bm_rows_clear(bm_rows *rows);
void bm_rows_free(bm_rows *rows);
/* Makes room for so many rows, within the memory limit. */
bm_status bm_rows_reserve(bm_rows *rows, size_t count, bm_error *err) BM_MUST_CHECK;
/* BM_LIMIT when what is held by now is over the limit. */
bm_status bm_rows_check_memory(const bm_rows *rows, bm_error *err) BM_MUST_CHECK;
/* Filters, checks and keeps one record, or accounts for why it is left out. */
bm_status bm_rows_take(bm_rows *rows, const bm_record *record, bm_error *err) BM_MUST_CHECK;

#endif
