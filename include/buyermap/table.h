/* bm_table: typed columns as they were read. Unchanged after load. */
#ifndef BUYERMAP_TABLE_H
#define BUYERMAP_TABLE_H

#include "buyermap/lines.h"
#include "buyermap/status.h"
#include "buyermap/text.h"

#include <stddef.h>
#include <stdint.h>

typedef enum bm_type {
    BM_TYPE_NUMBER,   /* double; missing is NaN */
    BM_TYPE_INTEGER,  /* a number column whose values are all whole; stored as double too */
    BM_TYPE_DATE,     /* seconds since 1970-01-01T00:00:00 as written; missing is BM_NO_DATE */
    BM_TYPE_CATEGORY, /* code into the column's dictionary; missing is -1 */
    BM_TYPE_TEXT,     /* like a category, of more distinct values than a category has */
} bm_type;

#define BM_NO_DATE INT64_MIN
/* An inferred text column with more distinct values than this is text, not a category. */
#define BM_MAX_CATEGORIES 50

typedef struct bm_column {
    char *name; /* owned, UTF-8 */
    bm_type type;
    double *number;           /* [rows] for NUMBER and INTEGER, else NULL, or … */
    struct bm_spool *spool;   /* … the file that has them, which is the table's, … */
    size_t place;             /* … and as which of its columns */
    int64_t *when;            /* [rows] for DATE, else NULL */
    int32_t *code;            /* [rows] for CATEGORY and TEXT, else NULL */
    bm_dictionary dictionary; /* the texts behind code */
    size_t missing;           /* how many rows have no value */
} bm_column;

/* What was seen in a column of which nobody said what it is: the reason for its type. All zero
 * where the request said it. */
typedef struct bm_evidence {
    size_t present;               /* values that are not missing, those of bad rows with them */
    size_t numbers, whole, dates; /* of these, how many read as one */
} bm_evidence;

typedef struct bm_table {
    char *source; /* the path as it was given; owned */
    size_t rows;
    size_t columns;
    bm_column *column;
    struct bm_spool *spool; /* what its numbers are kept in instead of memory, or NULL; owned */
    bm_lines lines;  /* of each row: CSV, from 1, the header counted; HDF5: the row, from 1 */
    uint8_t *marked; /* [rows] 1 where the request's mark holds (returns); NULL without a mark */
} bm_table;

/* The column of that name, or NULL. */
const bm_column *bm_table_column(const bm_table *table, const char *name);
int bm_column_is_missing(const bm_column *column, size_t row);
/* Bytes of memory that the table holds; what is in a file is none. */
size_t bm_table_bytes(const bm_table *table);
const char *bm_type_name(bm_type type);
void bm_column_free(bm_column *column);
/* Frees the numbers of all columns, which nobody will ask for any more. */
void bm_table_drop_numbers(bm_table *table);
void bm_table_free(bm_table *table);

#endif
