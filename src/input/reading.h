/* What the files of this folder share: limits, fields and records, how a field is understood, and
 * what is known of a column while it is read. Nobody else includes this. */
#ifndef BM_INPUT_READING_H
#define BM_INPUT_READING_H

#include "input/input.h"

#include "base/date.h"
#include "base/number.h"

/* A test that brings small sizes of its own meets every boundary in a short file
 * (tests/unit/input/small_sizes.h). */
#ifndef BM_OWN_SIZES
enum {
    BM_MAX_FIELD = 1 << 20,  /* bytes of one field */
    BM_MAX_LINE = 2000000,   /* bytes of one line */
    BM_MAX_RECORD = 4 << 20, /* bytes of a record that spans several lines */
    BM_MAX_COLUMNS = 16384,  /* columns of a file */
};
#endif
enum {
    BM_SHOWN_TEXT = 80,   /* characters of a faulty text that a message shows */
    BM_TEXT_PADDING = 64, /* bytes behind any text of a field that may be read */
};
#define BM_NO_COLUMN SIZE_MAX

/* In kind.c: */

/* BM_DATA, with what to do, for files that are something else: UTF-16 or UTF-32 with or without a
 * byte-order mark, an archive, a spreadsheet. Looks at the first 4 KiB of the unpacked bytes. */
bm_status bm_check_kind(const char *path, const char *data, size_t size,
                        bm_error *err) BM_MUST_CHECK;

/* In utf8.c: */

int bm_utf8_valid(bm_text text);
/* Where the first byte above 127 at or after `from` stands; size when there is none. */
size_t bm_find_high_byte(const char *data, size_t from, size_t size);
/* A text as a message can show it: cut, and control characters and broken UTF-8 replaced by '?'.
 * Gives the buffer. */
#define BM_SHOWN_BUFFER (4 * BM_SHOWN_TEXT + 8)
const char *bm_shown(char buffer[BM_SHOWN_BUFFER], bm_text text);
/* The names as one line for a message, cut to the buffer. Gives the buffer. */
const char *bm_list_names(char *buffer, size_t size, const bm_strings *names);

/* Fields and records: */

typedef enum bm_field_kind {
    BM_FIELD_TEXT,
    BM_FIELD_NUMBER, /* the rest come from HDF5, where numbers need no parsing */
    BM_FIELD_INTEGER,
    BM_FIELD_NATURAL, /* above INT64_MAX */
} bm_field_kind;

typedef struct bm_field {
    union {
        const char *text; /* not NUL-terminated */
        double number;
        int64_t integer;
        uint64_t natural;
    } value;
    uint32_t length; /* of a text; it is at most BM_MAX_FIELD */
    uint32_t kind;   /* bm_field_kind */
} bm_field;

static inline bm_field bm_field_of(bm_text text) {
    return (bm_field){.value.text = text.data, .length = (uint32_t)text.length};
}

/* The text of a field of that kind. */
static inline bm_text bm_text_of(const bm_field *field) {
    return (bm_text){field->value.text, field->length};
}

/* One record; all of it is borrowed until the next one. */
typedef struct bm_record {
    uint64_t line;         /* on which it begins, from 1; HDF5: the row, from 1 */
    uint64_t byte_offset;  /* of its first byte in the unpacked file */
    const bm_field *field; /* one for each column, unless there is a structural problem */
    const char *problem;   /* NULL, or why there are no fields */
    bm_text raw;           /* with a problem: the line as it stands */
    size_t not_utf8;       /* the first column with invalid UTF-8, or BM_NO_COLUMN */
} bm_record;

/* Records one by one, as often as one likes. */
typedef struct bm_records bm_records;
struct bm_records {
    bm_strings names;          /* of the columns */
    const bm_field_kind *kind; /* [names] of the fields of every record */
    size_t rows_expected;
    int lines; /* 1: records have lines (CSV); 0: rows (HDF5) */
    void *self;
    bm_status (*rewind)(bm_records *records, bm_error *err);
    /* Sets *more to 0 at the end. */
    bm_status (*next)(bm_records *records, bm_record *record, int *more, bm_error *err);
    void (*free)(bm_records *records);
};

/* Reads as far as the names; `file` is borrowed, dialect and context outlive the records. */
bm_status bm_hdf5_open(bm_records *records, int file, const char *path, uint64_t size,
                       const bm_dialect *dialect, const bm_context *context,
                       bm_error *err) BM_MUST_CHECK;
/* Safe on zeroed records. */
void bm_records_free(bm_records *records);

/* In field.c: */

/* How fields are to be understood. */
typedef struct bm_rules {
    const bm_dialect *dialect; /* borrowed */
    uint8_t begins_na[256];    /* 1: a text that means missing begins with this byte */
    double *na_number;         /* the texts that mean missing, as far as they are numbers */
    size_t na_numbers;
    int is_plain;               /* 1: numbers are written with a point and without groups */
    int numbers_may_be_missing; /* 1: a text that means missing begins like a number */
    int is_utf8;
} bm_rules;

bm_status bm_rules_init(bm_rules *rules, const bm_dialect *dialect, bm_error *err) BM_MUST_CHECK;
void bm_rules_free(bm_rules *rules);
/* Empty, blank, one of dialect->na with or without blanks around it, or NaN. */
int bm_field_is_missing(const bm_rules *rules, const bm_field *field);
/* 1 when the field is a finite number. */
int bm_field_number(const bm_rules *rules, const bm_field *field, double *number);
/* Why it is not: "not a number" or "number out of range". */
const char *bm_number_problem(const bm_rules *rules, const bm_field *field);
/* 1 when the field is a date of that format; NULL: ISO. */
int bm_field_date(const bm_field *field, const bm_date_format *format, int64_t *seconds);
/* The field as text; numbers are written into the buffer. */
bm_text bm_field_text(const bm_field *field, char buffer[BM_NUMBER_TEXT]);

/* In filter.c: */

/* A condition made ready: its column found, its values indexed. */
typedef struct bm_test {
    const bm_condition *condition; /* borrowed */
    size_t column;
    bm_dictionary values;
    double *number; /* [numbers] the values as numbers, when the condition is numeric */
    size_t numbers;
} bm_test;

/* BM_DATA when the names hold no such column. */
bm_status bm_test_init(bm_test *test, const bm_condition *condition, const bm_strings *names,
                       const char *path, bm_error *err) BM_MUST_CHECK;
void bm_test_free(bm_test *test);
/* 1: holds, 0: does not, -1: the field is neither missing nor the number it should be. */
int bm_test_field(const bm_test *test, const bm_rules *rules, const bm_field *field);
/* The place of a name among the columns, or BM_DATA with a list of them. */
bm_status bm_find_column(const bm_strings *names, const char *path, const char *name,
                         size_t *column, bm_error *err) BM_MUST_CHECK;

/* In infer.c: */

/* How the values of a column are stored while they are read. */
typedef enum bm_storage { BM_STORE_NUMBER, BM_STORE_DATE, BM_STORE_TEXT } bm_storage;

/* What was seen in a column: enough to say its type. */
typedef struct bm_type_tally {
    bm_evidence seen;
    size_t comma_numbers; /* that are numbers only with a decimal comma */
} bm_type_tally;

/* Counts one value that is not missing; number is NULL when it does not read as one. */
void bm_type_tally_add(bm_type_tally *tally, const bm_field *field, const double *number,
                       const bm_date_format *date_format);
void bm_type_tally_merge(bm_type_tally *tally, const bm_type_tally *part);
/* Number, else date, when more than half of the values read as one; else text. */
bm_storage bm_type_tally_storage(const bm_type_tally *tally);

/* Which date formats fit the values of a column that are not dates as they should be. */
enum { BM_DATE_GUESSES = 8 };
typedef struct bm_date_guess {
    const char *format[BM_DATE_GUESSES];
    size_t fits[BM_DATE_GUESSES];
    size_t values; /* how many were looked at */
} bm_date_guess;

void bm_date_guess_add(bm_date_guess *guess, bm_text text);
void bm_date_guess_merge(bm_date_guess *guess, const bm_date_guess *part);
/* Appends to a message which format would fit; adds nothing when none does. role may be NULL. */
void bm_date_guess_hint(const bm_date_guess *guess, const char *role, char *buffer, size_t size);

#endif
