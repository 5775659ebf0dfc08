/* bytes -> bm_table: CSV (plain or gzip) and HDF5 attribute tables. */
#ifndef BM_INPUT_INPUT_H
#define BM_INPUT_INPUT_H

#include "buyermap/accounting.h"
#include "buyermap/condition.h"
#include "buyermap/context.h"
#include "buyermap/table.h"

typedef enum bm_encoding { BM_UTF8, BM_LATIN1, BM_WINDOWS_1252 } bm_encoding;

/* How the bytes are to be read. bm_dialect_default() gives the defaults of the flags. */
typedef struct bm_dialect {
    char delimiter;       /* ',' */
    char decimal;         /* '.' */
    char thousands;       /* '\0': none */
    char quote;           /* '"'; '\0': none, quotes are part of the text */
    char escape;          /* '\0': none; takes its meaning from the character after it */
    char comment;         /* '\0': none; lines that begin with it are skipped and not counted */
    int header;           /* 1: the first record names the columns; 0: c1, c2, … */
    const char *encoding; /* "utf-8"; bm_encoding_find() knows the names */
    bm_strings na;        /* texts that mean missing, beside the empty cell */
    const char *dataset;  /* HDF5: which dataset; NULL: the only one */
} bm_dialect;

/* HDF5: a table is a 1-D compound dataset or a 2-D numeric one, whose columns are named by its
 * string attribute `columns`, else by a 1-D string dataset `<dataset>_columns`, else c1 … cd. */
bm_status bm_dialect_default(bm_dialect *dialect, bm_error *err) BM_MUST_CHECK;
/* BM_USAGE: marks that are missing, equal or part of numbers and words, or an encoding that is not
 * built. */
bm_status bm_dialect_check(const bm_dialect *dialect, bm_error *err) BM_MUST_CHECK;
void bm_dialect_free(bm_dialect *dialect);

/* What a column is wanted as. */
typedef enum bm_want {
    BM_WANT_NOTHING,
    BM_WANT_INFER, /* by its values, over the whole column (INTERFACE.md, Types) */
    BM_WANT_NUMBER,
    BM_WANT_DATE,
    BM_WANT_TEXT, /* byte for byte, dictionary coded; type BM_TYPE_CATEGORY */
} bm_want;

typedef struct bm_column_request {
    const char *name; /* borrowed; a column that does not exist is BM_DATA */
    bm_want want;
    int required;            /* a missing value makes the row a bad one ("missing value") */
    const char *date_format; /* strptime; NULL: ISO. For BM_WANT_DATE and inferred dates */
} bm_column_request;

typedef struct bm_read_request {
    const char *path;
    const char *role; /* "orders": the job file's name for it, for hints; NULL: none */
    const bm_dialect *dialect;
    const bm_column_request *column; /* columns not named here are wanted as `others` */
    size_t columns;
    /* NULL, or what says, once the names are known, which columns are wanted as what, instead of
     * `column`: a pipe can be read but once. nameless as in the result; the requests live as long
     * as the reading. */
    bm_status (*choose)(void *chooser, const bm_strings *names, int nameless,
                        const bm_column_request **column, size_t *columns, bm_error *err);
    void *chooser;
    bm_want others;
    int keep_text;              /* 0: inferred text columns (over 50 distinct) keep no values */
    const char *unique;         /* column whose repeated values are duplicates; NULL: none */
    int infer_id;               /* 1: no id column was named: the first column is read as text,
                                   byte for byte, when its values are all there, unique, and
                                   text or whole numbers; then result->has_id is 1. A
                                   first column that `column` names is left alone */
    int no_hash;                /* 1: result->sha256 is not asked for, and stays empty */
    int deduplicate;            /* rows equal in every cell to an earlier one are duplicates */
    const bm_condition *filter; /* in this order, before anything else looks at the row */
    size_t filters;
    const bm_condition *mark; /* fills table->marked; NULL: none */
    const char *spool;        /* numbers are kept in a file without a name beside this path … */
    size_t spool_above;       /* … when they would take more bytes of memory; NULL: never */
    size_t max_bad_rows;      /* rejected + duplicates (of `unique`) beyond this: BM_DATA */
    double max_bad_share;     /* NAN, or the limit as a share of rows_in instead */
} bm_read_request;

typedef struct bm_read_result {
    bm_table table;        /* the wanted columns, in file order */
    bm_evidence *evidence; /* [table.columns] */
    bm_accounting accounting;
    int nameless; /* 1: a matrix of HDF5 whose columns have no names but c1, c2, … */
    int has_id;   /* 1: infer_id found the first column to be the ids (it stays column 0, text) */
    char sha256[65]; /* of the file's bytes as they lie on disk, lower-case hex */
    uint64_t bytes;
    double hash_seconds;
} bm_read_result;

/* Reads one file. The kind is told by its first bytes (gzip, HDF5, else CSV). BM_NOINPUT: missing,
 * unreadable, a directory. BM_DATA: faults, the first of them named with file, line, column and
 * value. BM_IO, BM_NOMEM, BM_LIMIT, BM_INTERRUPTED. The result owns everything. */
bm_status bm_read(const bm_read_request *request, const bm_context *context, bm_read_result *result,
                  bm_error *err) BM_MUST_CHECK;
void bm_read_result_free(bm_read_result *result);

/* Appends the names of a file's columns. Errors as bm_read; a pipe is used up by it. */
bm_status bm_read_names(const char *path, const bm_dialect *dialect, const bm_context *context,
                        bm_strings *names, bm_error *err) BM_MUST_CHECK;

/* "libcsv 3.0.3" */
const char *bm_input_version(void);
/* Door init: HDF5's error printing off. Called once by bm_start(). */
void bm_input_start(void);

#endif
