/* From records to a table. A feed cuts its input into stretches; each stretch becomes a batch of
 * rows that were filtered, checked and typed, without looking at any other stretch; the batches are
 * then merged in the order of the file, where what depends on earlier rows is decided: the codes of
 * texts, repeated ids, repeated rows. */
#ifndef BM_INPUT_ROWS_H
#define BM_INPUT_ROWS_H

#include "input/arena.h"
#include "input/reading.h"
#include "input/sniff.h"

#include "data/spool.h"

/* In build.c: */

/* A wanted column while it is built. */
typedef struct bm_build {
    size_t source;    /* its place in the record */
    const char *name; /* borrowed */
    bm_want want;
    int required;
    const char *date_format; /* NULL: ISO */
    bm_date_format compiled; /* the same, ready */
    int is_candidate;        /* infer_id asks whether this column holds the ids */
    int is_id;               /* and this pass takes it that it does */
    int has_repeats;         /* while is_id: a value came twice */
    bm_storage storage;
    bm_spool *spool; /* borrowed: where its numbers go instead of memory, or NULL; */
    size_t place;    /* as which column of that */
    int not_kept;    /* inferred text of which no values are kept */
    size_t reserved;
    bm_column column;
    bm_type_tally tally;
    bm_date_guess guess;
} bm_build;

/* What a column that is not inferred is stored as; inferred ones begin as numbers, since these need
 * no memory beside the values. */
bm_storage bm_storage_of(bm_want want);
/* 1 when the column keeps values in this pass (a candidate may be wanted as nothing else). */
int bm_build_is_stored(const bm_build *build);
/* 1 when its values are to tell its type. */
int bm_build_is_tallied(const bm_build *build);
bm_status bm_build_reserve(bm_build *build, size_t rows, bm_error *err) BM_MUST_CHECK;
/* Bytes that the values of so many rows take. */
size_t bm_build_memory(const bm_build *build, size_t rows);
/* Empties it for another pass. */
void bm_build_reset(bm_build *build);
/* Types the column, names it and moves it out. */
bm_status bm_build_finish(bm_build *build, size_t rows, bm_column *out,
                          bm_error *err) BM_MUST_CHECK;

/* In faults.c: */

typedef enum bm_fault_kind {
    BM_FAULT_RECORD,       /* the record could not be split into fields */
    BM_FAULT_VALUE,        /* a value of a column */
    BM_FAULT_REPEATED_ID,  /* counted as a duplicate */
    BM_FAULT_REPEATED_ROW, /* the same, but forgiven */
} bm_fault_kind;

typedef struct bm_fault {
    bm_fault_kind kind;
    uint64_t line, byte_offset; /* of the record */
    size_t column;              /* BM_NO_COLUMN for a record */
    const char *problem;
    bm_text text;
} bm_fault;

/* The faults of one pass. */
typedef struct bm_faults {
    size_t forgiven;
    int any;
    bm_fault first; /* of those that count; its texts are in the two below */
    char problem[80], shown[BM_SHOWN_BUFFER];
    int comma_helps;
} bm_faults;

/* In batch.c: */

typedef struct bm_rows bm_rows;

/* The fields of one column of the input, as they came: texts, or numbers of HDF5. */
typedef struct bm_cells {
    bm_field_kind kind;
    const char **text; /* [reserved] NULL where the column is not needed */
    uint32_t *length;  /* [reserved] of the texts */
    uint64_t *bits;    /* [reserved] of the numbers, instead of texts */
} bm_cells;

/* What becomes of a column that is wanted. */
typedef struct bm_batch_column {
    double *number; /* one of the three, [reserved], as the column is stored */
    int64_t *when;
    bm_text *text; /* data NULL: missing */
    int is_full;   /* 1: numbers of which none is missing */
    bm_type_tally tally;
    bm_date_guess *guess; /* in the arena; NULL: no text was no date */
} bm_batch_column;

/* Why a row is a bad one. */
typedef struct bm_row_problem {
    const char *problem; /* NULL: none */
    size_t column;
} bm_row_problem;

/* The first text of a record that is not in the encoding; its column may be one that nobody else
 * looks at. */
typedef struct bm_not_utf8 {
    size_t column;
    bm_text text;
} bm_not_utf8;

/* Rows of one stretch. They are gathered field by field, and then looked at column by column, so
 * that each column is one tight loop. Texts lie in the input that is in hand, or in the arena. */
typedef struct bm_batch {
    const bm_rows *rows; /* what is wanted; only read */
    int pass;            /* of the rows, in which its columns were made */
    uint64_t first_line; /* the lines of its records count from here */
    size_t rows_in, count;
    size_t reserved;
    char *memory;    /* of all arrays of rows below */
    bm_cells *cells; /* [columns of the input] */
    size_t inputs;
    uint64_t *line, *offset; /* [count] of the record */
    size_t *not_utf8;        /* [count] of the record: its place below, or BM_NO_COLUMN */
    bm_not_utf8 *broken;     /* [brokens] */
    size_t brokens, brokens_reserved;
    bm_batch_column *column; /* [rows->builds] */
    size_t columns;
    bm_lines lines;
    uint8_t *marked;          /* [count] with a mark */
    bm_text *id;              /* [count] where ids must be unique and no column holds their texts */
    bm_text *whole;           /* [count] where repeated rows are left out: the row as one text */
    uint8_t *drop, *is_plain; /* [reserved] scratch */
    bm_row_problem *problem;  /* [reserved] scratch */
    size_t *failed;           /* [filters] rows that a condition left out */
    bm_fault *fault;
    size_t faults, faults_reserved;
    bm_arena arena;
} bm_batch;

/* Empties the batch and makes room for so many rows. */
bm_status bm_batch_begin(bm_batch *batch, const bm_rows *rows, size_t rows_at_most,
                         bm_error *err) BM_MUST_CHECK;
/* Bytes that a batch of so many rows takes. */
size_t bm_batch_bytes(const bm_rows *rows, size_t rows_at_most);
/* Adds a record; its texts must live as long as the batch. */
bm_status bm_batch_add(bm_batch *batch, const bm_record *record, bm_error *err) BM_MUST_CHECK;
/* Adds a record whose fields somebody has put into the cells at row `count` already. */
static inline void bm_batch_commit(bm_batch *batch, uint64_t line, uint64_t offset,
                                   size_t not_utf8) {
    batch->line[batch->count] = line;
    batch->offset[batch->count] = offset;
    batch->not_utf8[batch->count] = not_utf8;
    batch->count++;
    batch->rows_in++;
}
/* Filters, checks and types what was added, and notes why rows are left out. A row that meets
 * several faults counts once, by the first of them. */
bm_status bm_batch_finish(bm_batch *batch, bm_error *err) BM_MUST_CHECK;
/* Leaves out the rows that are marked in drop [count]. */
void bm_batch_drop(bm_batch *batch, const uint8_t *drop);
bm_status bm_batch_add_fault(bm_batch *batch, const bm_fault *fault, bm_error *err) BM_MUST_CHECK;
/* Puts the faults in the order of their lines. */
void bm_batch_sort_faults(bm_batch *batch);
void bm_batch_free(bm_batch *batch);

/* In csv_feed.c, records_feed.c, read.c: */

/* Where the rows come from. */
typedef struct bm_feed bm_feed;
struct bm_feed {
    const char *path;          /* borrowed */
    bm_strings names;          /* of the columns */
    const bm_field_kind *kind; /* [names] NULL: all are texts */
    int lines;                 /* 1: records have lines (CSV); 0: rows (HDF5) */
    uint64_t done, total;      /* of the file, in units */
    const char *unit;
    size_t bytes; /* of memory it takes at most, beside the table */
    void *self;
    bm_status (*rewind)(bm_feed *feed, bm_error *err);
    /* Merges the next rows; stops early once that are at least `enough` of them. Sets *more to 0
     * at the end. */
    bm_status (*next)(bm_feed *feed, bm_rows *rows, size_t enough, int *more, bm_error *err);
    /* How many rows the whole file holds, judged by its size, the rows_in that were merged since
     * the last rewind, and a look at other places; *doubt: by what factor that may be too many. */
    bm_status (*foresee)(bm_feed *feed, size_t rows_in, double *rows, double *doubt, bm_error *err);
    /* How the dialect may be meant; empty when there is nothing to say. Takes some milliseconds. */
    void (*advise)(const bm_feed *feed, char advice[BM_SNIFF_ADVICE]);
    void (*free)(bm_feed *feed);
};

struct bm_source;
/* Both read as far as the names; source, dialect and context outlive the feed. */
bm_status bm_csv_feed(bm_feed *feed, struct bm_source *source, const bm_dialect *dialect,
                      const bm_context *context, bm_error *err) BM_MUST_CHECK;
bm_status bm_hdf5_feed(bm_feed *feed, const struct bm_source *source, const bm_dialect *dialect,
                       const bm_context *context, bm_error *err) BM_MUST_CHECK;
/* The feed's advice; an empty one where it has none to give. */
void bm_feed_advise(const bm_feed *feed, char advice[BM_SNIFF_ADVICE]);
/* Safe on a zeroed feed. */
void bm_feed_free(bm_feed *feed);
/* How many rows there can be at most, those that are read included. */
size_t bm_feed_most_rows(const bm_feed *feed, size_t rows_in);

/* In wanted.c, memory_need.c, merge.c, passes.c: */

struct bm_rows {
    const bm_read_request *request;
    const bm_context *context;
    bm_feed *feed;
    bm_rules rules;
    bm_test *filter, mark;
    bm_build *build; /* [builds] in file order */
    size_t builds;
    int pass; /* counts them, from 1 */
    int id_ruled_out;
    uint8_t *is_needed;   /* [names] 1: somebody looks at the column */
    size_t unique_column; /* or BM_NO_COLUMN */
    size_t unique_build;  /* the build that holds its texts, or BM_NO_COLUMN */
    bm_dictionary ids;    /* else they are held here */
    bm_dictionary seen;   /* deduplicate: the rows so far */
    int32_t *code;        /* of a stretch, when ids or rows are looked up */
    size_t codes_reserved;
    bm_faults faults;
    bm_accounting accounting;
    size_t *failed; /* [filters] */
    size_t reserved;
    bm_lines lines;
    uint8_t *marked;
    int spools;      /* 1: numbers go into a file */
    bm_spool *spool; /* that of this pass */
};

/* Finds the columns that the request names. rows holds request, context and feed. */
bm_status bm_rows_prepare(bm_rows *rows, bm_error *err) BM_MUST_CHECK;
/* 1: a matrix without names. */
int bm_feed_is_nameless(const bm_feed *feed);
/* Forgets what a pass has read. */
void bm_rows_clear(bm_rows *rows);
void bm_rows_free(bm_rows *rows);
/* Makes room for so many rows. */
bm_status bm_rows_reserve(bm_rows *rows, size_t count, bm_error *err) BM_MUST_CHECK;
/* BM_LIMIT when what is held by now is over the limit. */
bm_status bm_rows_check_memory(const bm_rows *rows, bm_error *err) BM_MUST_CHECK;
/* What the whole file will take, judged by the rows that were read, and so whether its numbers go
 * into a file; BM_LIMIT when what remains is over the limit. */
bm_status bm_rows_foresee(bm_rows *rows, size_t *expected, bm_error *err) BM_MUST_CHECK;
/* Adds batches that follow one another in the file. */
bm_status bm_rows_merge(bm_rows *rows, bm_batch *const *batch, size_t batches,
                        bm_error *err) BM_MUST_CHECK;
/* Reads the feed into typed columns; result->table.source is set. */
bm_status bm_rows_read(const bm_read_request *request, const bm_context *context, bm_feed *feed,
                       bm_read_result *result, bm_error *err) BM_MUST_CHECK;

/* In faults.c: */

/* Counts a fault and keeps no more of them than could matter. */
bm_status bm_faults_add(bm_rows *rows, const bm_fault *fault, bm_error *err) BM_MUST_CHECK;
/* What to do about a problem, where that is always the same; or NULL. */
const char *bm_usual_fix(const char *problem);
/* BM_DATA with the first fault when there are more than are allowed. */
bm_status bm_faults_judge(const bm_rows *rows, bm_error *err) BM_MUST_CHECK;

#endif
