/* bm_result: a named table of typed columns. All that writers and reports see. */
#ifndef BUYERMAP_RESULT_H
#define BUYERMAP_RESULT_H

#include "buyermap/status.h"
#include "buyermap/text.h"

#include <stddef.h>
#include <stdint.h>

typedef enum bm_cell {
    BM_CELL_INTEGER, /* int64_t; cannot miss */
    BM_CELL_NUMBER,  /* double; NaN is missing */
    BM_CELL_BOOLEAN, /* int8_t, 0 or 1 */
    BM_CELL_TEXT,    /* bm_text; dates are ISO texts; empty is missing */
} bm_cell;

/* Bytes of one cell in a block, as bm_fill gives it. */
size_t bm_cell_size(bm_cell cell);

/* Rows of a generated column that are asked for at once, at most. */
enum { BM_MOST_FILLED_ROWS = 1 << 17 };
/* Gives rows first … first + count - 1 of a column: into count int64_t, double, int8_t or bm_text.
 * Texts stay valid until the next call for the same column. Called from one thread. */
typedef void (*bm_fill)(const void *source, size_t first, size_t count, void *block);

/* The heading of a column; tables keep a static const array of these. */
typedef struct bm_heading {
    const char *name;
    bm_cell cell;
    const char *unit;    /* "days", "currency", "1" (a ratio or count), "" (an id or text) */
    const char *meaning; /* one line */
} bm_heading;

typedef struct bm_result_column {
    bm_heading heading; /* its strings are borrowed and live as long as the program */
    /* Either stored, one of these [rows], owned … */
    int64_t *integer;
    double *number;
    int8_t *boolean;
    int32_t *code; /* text: code into words; -1 is missing */
    bm_dictionary words;
    /* … or generated: */
    bm_fill fill;
    const void *source; /* borrowed; outlives the result */
    size_t width;       /* generated text: length in bytes of the longest */
} bm_result_column;

typedef struct bm_result {
    const char *name;    /* "segments"; the file name and the HDF5 path */
    const char *meaning; /* one line */
    int only_hdf5;       /* 1: no CSV (tables under /model) */
    size_t rows;
    size_t columns;
    bm_result_column *column;
    /* Asked once all rows were read: what a generator could not give, it cannot say itself. NULL:
     * nothing can go wrong. */
    bm_status (*check)(const void *source, bm_error *err);
    const void *source; /* borrowed; outlives the result */
} bm_result;

/* Allocates the stored columns: integers 0, numbers NaN, texts missing. Name, meaning and headings
 * are borrowed. Zero rows are fine. */
bm_status bm_result_init(bm_result *result, const char *name, const char *meaning,
                         const bm_heading *heading, size_t columns, size_t rows,
                         bm_error *err) BM_MUST_CHECK;
/* Grows or shrinks the stored columns; new cells as in init. */
bm_status bm_result_resize(bm_result *result, size_t rows, bm_error *err) BM_MUST_CHECK;
/* Stores one text cell (copied). */
bm_status bm_result_set_text(bm_result *result, size_t column, size_t row, bm_text text,
                             bm_error *err) BM_MUST_CHECK;
bm_status bm_result_set_string(bm_result *result, size_t column, size_t row, const char *text,
                               bm_error *err) BM_MUST_CHECK;
/* Replaces a stored column by a generated one and frees what was stored. */
void bm_result_generate(bm_result *result, size_t column, bm_fill fill, const void *source,
                        size_t width);
/* Rows first … first + count - 1 of a column, stored or generated, as bm_fill gives them. */
void bm_result_read(const bm_result *result, size_t column, size_t first, size_t count,
                    void *block);
/* What result->check says. */
bm_status bm_result_check(const bm_result *result, bm_error *err) BM_MUST_CHECK;
/* The length in bytes of the longest text of a text column; 0 when all are missing. */
size_t bm_result_width(const bm_result *result, size_t column);
/* The column's index by name, or the number of columns. */
size_t bm_result_find(const bm_result *result, const char *name);
void bm_result_free(bm_result *result);

/* A plain matrix of result.h5, such as model/centroids. */
typedef struct bm_result_matrix {
    const char *name; /* "model/centroids" */
    size_t rows, columns;
    double *value; /* [rows × columns], row-major, owned */
} bm_result_matrix;

/* A root attribute of result.h5: text, or (text NULL) a whole number. */
typedef struct bm_result_attribute {
    const char *name;
    const char *text; /* borrowed */
    int64_t number;
} bm_result_attribute;

/* A tree that becomes a file of its own, in Newick's format. */
typedef struct bm_result_tree {
    const char *name;                 /* "dendrogram": NAME.nwk; NULL: there is none */
    const struct bm_dendrogram *tree; /* borrowed, like what follows; n >= 1 */
    bm_fill leaf;                     /* names of the rows, which are asked for one by one */
    const void *source;
} bm_result_tree;

/* Everything one run writes. */
typedef struct bm_results {
    bm_result *table;
    size_t tables, tables_reserved;
    bm_result_matrix *matrix;
    size_t matrices, matrices_reserved;
    bm_strings features; /* model/features; empty: not written */
    bm_result_tree tree;
    bm_result_attribute attribute[16];
    size_t attributes;
} bm_results;

/* Moves the table into the set; *table is zeroed, whether that succeeds or not. */
bm_status bm_results_add(bm_results *results, bm_result *table, bm_error *err) BM_MUST_CHECK;
/* Copies a matrix into the set. */
bm_status bm_results_add_matrix(bm_results *results, const char *name, const double *value,
                                size_t rows, size_t columns, bm_error *err) BM_MUST_CHECK;
void bm_results_attribute(bm_results *results, const char *name, const char *text, int64_t number);
const bm_result *bm_results_find(const bm_results *results, const char *name);
void bm_results_free(bm_results *results);

#endif
