/* One piece of a window of CSV text: from its records to a batch. */
#ifndef BM_INPUT_CSV_PIECE_H
#define BM_INPUT_CSV_PIECE_H

#include "input/csv_judge.h"
#include "input/encoding.h"
#include "input/rows.h"

/* The text at hand, for all of its pieces. BM_TEXT_PADDING bytes behind it may be read. */
typedef struct bm_csv_text {
    const char *data;
    size_t size;
    int is_last;     /* 1: the file ends with it */
    uint64_t offset; /* of data[0] in the file, unpacked */
    size_t columns;
    const bm_dialect *dialect;
    bm_encoding encoding;
} bm_csv_text;

/* What a thread needs for itself. Zeroed is empty. */
typedef struct bm_csv_scratch {
    bm_judge *judge;
    uint32_t *position; /* of the marks in a piece */
    size_t positions_reserved;
    bm_field *field; /* [columns] */
    size_t fields_reserved;
} bm_csv_scratch;

typedef struct bm_csv_piece {
    size_t begin, limit; /* records that begin there; the first one begins at `begin` */
    size_t rows_at_most;
    bm_batch *batch; /* borrowed, while the piece is worked on */
    size_t stop;     /* where the record after the last one begins */
    uint64_t lines;  /* how many lines there are from begin to stop */
    int is_cut;      /* 1: `stop` is on an overlong line, the rest of which is to be skipped */
} bm_csv_piece;

/* Reads the records of a piece into its batch. A record that is not at hand to its end is left. */
bm_status bm_csv_piece_read(bm_csv_piece *piece, const bm_csv_text *text, bm_csv_scratch *scratch,
                            const bm_rows *rows, bm_error *err) BM_MUST_CHECK;
void bm_csv_scratch_free(bm_csv_scratch *scratch);

#endif
