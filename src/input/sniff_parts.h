/* What the files of the sniffer share. */
#ifndef BM_INPUT_SNIFF_PARTS_H
#define BM_INPUT_SNIFF_PARTS_H

#include "input/sniff.h"

typedef struct bm_sample {
    const char *data;
    size_t size;
    int is_whole; /* 0: the last record may be cut */
} bm_sample;

typedef struct bm_marks {
    char delimiter, quote, escape, comment; /* '\0': none */
} bm_marks;

/* In sniff_records.c: a forgiving scan, one field after the other. */
typedef struct bm_sniff_scan {
    bm_sample sample;
    bm_marks marks;
    size_t at;
    size_t unclosed; /* quotes that were never closed */
    /* the record it is in */
    int is_over;
    int is_cut;    /* it ran into the end of a sample that is not whole */
    int has_fault; /* of its quotes */
    size_t opened; /* its fields that begin with a quote */
    size_t quoted; /* those whose quotes are in order */
    size_t escapes;
    char begins; /* its first byte */
} bm_sniff_scan;

void bm_sniff_begin(bm_sniff_scan *scan, const bm_sample *sample, bm_marks marks);
/* Goes to the next record, over blank and comment lines; 0 at the end. */
int bm_sniff_record(bm_sniff_scan *scan);
/* The record's next field, without its quotes; 0 when it is over. */
int bm_sniff_field(bm_sniff_scan *scan, bm_text *field);

/* How a sample falls apart under such marks. */
typedef struct bm_shape {
    size_t records; /* the first one with them */
    size_t columns; /* fields of the first */
    size_t good;    /* records with as many fields and no fault */
    size_t opened, quoted, escapes;
    int begins_with_hash; /* the first one does, and a blank behind it */
} bm_shape;

void bm_sniff_shape(const bm_sample *sample, bm_marks marks, bm_shape *shape);

/* In sniff_values.c: which values read as numbers under which decimal mark and thousands separator.
 */
typedef struct bm_number_marks {
    char decimal, thousands;
} bm_number_marks;

enum { BM_SNIFF_COLUMNS = 256, BM_SNIFF_MARKS = 9 }; /* of the latter, 0 is what is asked for */

typedef struct bm_column_values {
    uint32_t present;                 /* values that are not missing, without the first record */
    uint32_t numbers[BM_SNIFF_MARKS]; /* of these */
    unsigned first_is_number;         /* a bit for each of the marks */
    int first_is_missing;
    double first[BM_SNIFF_MARKS];
} bm_column_values;

typedef struct bm_values {
    bm_number_marks marks[BM_SNIFF_MARKS];
    size_t columns; /* at most BM_SNIFF_COLUMNS */
    bm_column_values column[BM_SNIFF_COLUMNS];
} bm_values;

/* Looks at the records that have the number of columns of the first. */
void bm_sniff_values(const bm_sample *sample, bm_marks marks, const bm_dialect *now,
                     bm_values *values);
/* Which marks fit best, an index; 0 unless others are clearly better. *other: those that fit as
 * well and mean something else, or 0. */
size_t bm_sniff_number_marks(const bm_values *values, char delimiter, size_t *other);
/* The share of values that are numbers under the marks. */
double bm_sniff_number_share(const bm_values *values, size_t marks);
/* Columns all of whose values are numbers under the marks. */
size_t bm_sniff_number_columns(const bm_values *values, size_t marks);
/* 1: the first record is numbers where the others have numbers; -1: it is words there. */
int bm_sniff_first_record(const bm_values *values, size_t marks);

/* In sniff_marks.c: the marks that fit, which are the dialect's own unless others are clearly
 * better; and what the sample is under them. */
bm_marks bm_sniff_marks(const bm_sample *sample, const bm_dialect *dialect, bm_shape *shape);

#endif
