/* What the files of the CSV feed share: csv_window.c has the text at hand and its pieces,
 * csv_header.c the names of the columns, csv_feed.c the rows. */
#ifndef BM_INPUT_CSV_FEED_H
#define BM_INPUT_CSV_FEED_H

#include "input/csv_piece.h"
#include "input/source.h"

#include "kernel/scan.h"

#ifndef BM_OWN_SIZES
enum { PIECE_BYTES = 128 * 1024, MOST_PIECES = BM_WINDOW_BYTES / PIECE_BYTES };
#endif

typedef struct bm_csv_reader {
    bm_source *source;
    const bm_dialect *dialect;
    bm_window window;
    bm_csv_text text;   /* the window, and before it what the one before left over */
    size_t at;          /* where in the text the next record begins */
    uint64_t line;      /* its line, from 1 */
    uint64_t raw_begin; /* bytes of the file up to the window */
    int is_loaded;      /* a window is at hand */
    int skips_line;     /* the text begins on an overlong line, which is not read on */
    struct {
        uint64_t offset, line;
    } rows; /* where the first row begins */
    bm_scan_counts count[MOST_PIECES];
    bm_csv_piece piece[MOST_PIECES];
    bm_batch batch[MOST_PIECES]; /* used in turns: as many as are worked on at once */
    size_t pieces, next_piece;
    char *sample; /* [sample_size] the beginning of the file */
    size_t sample_size;
    int sample_is_whole;
    bm_csv_scratch *scratch; /* [threads] */
    int threads;
} bm_csv_reader;

/* In csv_window.c: */

/* The next window, behind what is left of this one. */
bm_status bm_csv_load_window(bm_csv_reader *csv, bm_error *err) BM_MUST_CHECK;
/* Goes on behind the end of the line that was too long. */
bm_status bm_csv_skip_line(bm_csv_reader *csv, bm_error *err) BM_MUST_CHECK;
/* Where the records of each piece begin, as far as that can be told without reading them. */
void bm_csv_plan_pieces(bm_csv_reader *csv);
/* How many rows there are, as bm_feed.foresee has it. */
bm_status bm_csv_foresee(bm_feed *feed, size_t rows_in, double *rows, double *doubt,
                         bm_error *err) BM_MUST_CHECK;

/* In csv_header.c: */

/* Keeps the beginning of the file, reads the names of the columns, and finds where the rows begin.
 * A header that does not fit the dialect is told of. */
bm_status bm_csv_read_header(bm_feed *feed, bm_log *log, bm_error *err) BM_MUST_CHECK;

#endif
