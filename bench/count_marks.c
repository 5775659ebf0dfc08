/* The least that reading a CSV file with all threads can cost: a pass that only counts its line
 * ends and quotes. Prints the seconds. usage: count_marks FILE */
#include "base/clock.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "kernel/scan.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 128 * 1024 };

typedef struct counting {
    int file;
    char *block; /* [threads][PIECE + BM_SCAN_PADDING] */
    size_t *marks;
} counting;

static bm_status count_piece(size_t piece, void *arg, bm_error *err) {
    const counting *work = arg;
    char *block = work->block + (size_t)bm_thread_index() * (PIECE + BM_SCAN_PADDING);
    ssize_t got = pread(work->file, block, PIECE, (off_t)(piece * PIECE));
    bm_scan_counts counts;
    if (got < 0)
        return bm_fail(err, BM_IO, "cannot be read");
    bm_scan_count(block, (size_t)got, '"', &counts);
    work->marks[piece] = counts.lines + counts.quotes;
    return BM_OK;
}

int main(int argc, char **argv) {
    struct stat facts;
    counting work = {.file = argc > 1 ? open(argv[1], O_RDONLY) : -1};
    if (work.file < 0 || fstat(work.file, &facts) != 0)
        return 1;
    size_t pieces = bm_chunks((size_t)facts.st_size, PIECE), marks = 0;
    double since = bm_seconds();
    if (BM_NEW(&work.block, (size_t)bm_threads() * (PIECE + BM_SCAN_PADDING), "a block", NULL) !=
            BM_OK ||
        BM_NEW(&work.marks, pieces, "counts", NULL) != BM_OK ||
        bm_parallel_for(pieces, count_piece, &work, NULL) != BM_OK)
        return 1;
    for (size_t piece = 0; piece < pieces; piece++)
        marks += work.marks[piece];
    printf("%.6f\n", bm_seconds() - since);
    free(work.block);
    free(work.marks);
    close(work.file);
    return marks == 0;
}
