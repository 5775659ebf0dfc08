/* The CSV reader once more, with sizes that a test sets: windows and pieces of some bytes and
 * limits to match, so that every boundary lies everywhere. Stands in for the reader of the library
 * in a program that includes it. */
#ifndef TEST_INPUT_SMALL_SIZES_H
#define TEST_INPUT_SMALL_SIZES_H

#include <stddef.h>

static struct {
    size_t window, piece, search, packed;
    size_t field, line, record, columns;
} own = {4096, 512, 64, 512, 1024, 1900, 4096, 40};

#define BM_OWN_SIZES
#define BM_WINDOW_BYTES own.window
#define BM_HEADROOM_BYTES ((own.record + 127) / 64 * 64)
#define PIECE_BYTES own.piece
#define MOST_PIECES 256
#define SEARCH_BLOCK own.search
#define PACKED_BLOCK own.packed
#define BM_MAX_FIELD own.field
#define BM_MAX_LINE own.line
#define BM_MAX_RECORD own.record
#define BM_MAX_COLUMNS own.columns

#include "../../../src/input/csv_feed.c"
#include "../../../src/input/csv_header.c"
#include "../../../src/input/csv_judge.c"
#include "../../../src/input/csv_piece.c"
#include "../../../src/input/csv_window.c"
#include "../../../src/input/gzip.c"
#include "../../../src/input/read.c"
#include "../../../src/input/source.c"

#endif
