/* What a CSV record is, as libcsv has it in its strict mode. */
#ifndef BM_INPUT_CSV_JUDGE_H
#define BM_INPUT_CSV_JUDGE_H

#include "input/reading.h"

/* One for each thread. */
typedef struct bm_judge bm_judge;

/* What became of the record that begins somewhere. Its texts are the judge's, until the next. */
typedef struct bm_verdict {
    int is_incomplete;     /* 1: it goes on beyond the text at hand; nothing else is told */
    size_t next;           /* where the next record begins */
    size_t line_end;       /* where its first line ends */
    uint64_t lines;        /* how many lines lie between */
    int is_cut;            /* 1: `next` is still on an overlong line, which is to be skipped */
    const char *problem;   /* NULL, or why there are no fields */
    const bm_field *field; /* [fields] */
    size_t fields;
    bm_text text; /* of all fields, one after the other */
} bm_verdict;

/* BM_NOMEM. dialect outlives the judge. */
bm_status bm_judge_new(bm_judge **judge, const bm_dialect *dialect, bm_error *err) BM_MUST_CHECK;
void bm_judge_free(bm_judge *judge);
/* Judges the record that begins at data[at], a line that is not empty; the text at hand ends at
 * data[end], and the file as well if is_last. columns is 0 until it is known. A record that cannot
 * be split costs the line on which it begins: reading goes on with the next one, so one stray quote
 * does not swallow the rest of the file. */
bm_status bm_judge_record(bm_judge *judge, const char *data, size_t at, size_t end, int is_last,
                          size_t columns, bm_verdict *verdict, bm_error *err) BM_MUST_CHECK;
/* The line that begins there ends with LF, CRLF or CR. */
typedef struct bm_line {
    size_t end;  /* without its terminator */
    size_t next; /* where the next line begins */
    int is_open; /* 1: no end is in the text, or it is not clear where it ends */
} bm_line;
bm_line bm_find_line(const char *data, size_t at, size_t end, int is_last);

#endif
