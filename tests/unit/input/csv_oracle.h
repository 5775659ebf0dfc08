/* What the cells of a CSV file are, by libcsv alone: the whole file in memory, one thread, one
 * record after the other, a parser of its own for each, fed byte by byte. Nothing here is shared
 * with the reader in src/input; slow and plain on purpose. */
#ifndef TEST_INPUT_CSV_ORACLE_H
#define TEST_INPUT_CSV_ORACLE_H

#include "input/input.h"

#include <csv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct oracle_limits {
    size_t field, line, record, columns;
} oracle_limits;

typedef struct oracle_cell {
    size_t at, length; /* in pool */
} oracle_cell;

typedef struct oracle_row {
    uint64_t line, offset;
    size_t first_cell; /* of as many cells as there are columns; without a problem, or with one of
                          a column */
    char problem[48];  /* empty: none */
    size_t column;     /* at fault, or SIZE_MAX */
    oracle_cell text;  /* at fault */
} oracle_row;

typedef struct oracle {
    const bm_dialect *dialect;
    oracle_limits limits;
    const unsigned char *data;
    size_t size;
    size_t columns; /* 0: not known yet */
    int is_refused; /* the file is empty, or its header cannot be used */
    size_t names;   /* the first cell of them */
    oracle_row *row;
    size_t rows, rows_reserved;
    oracle_cell *cell;
    size_t cells, cells_reserved;
    char *pool;
    size_t pool_used, pool_reserved;
    /* of the record at hand */
    char *revealed; /* the escaped characters, for each of which libcsv is given a NUL byte */
    size_t revealed_used, revealed_next, revealed_reserved;
    size_t fields, first_cell;
    int is_whole, is_too_long;
} oracle;

static inline void oracle_grow(void *array, size_t *reserved, size_t need, size_t element) {
    void **at = array;
    if (need <= *reserved)
        return;
    *reserved = 2 * need + 64;
    *at = realloc(*at, *reserved * element);
    if (*at == NULL)
        abort();
}

static inline oracle_cell oracle_keep(oracle *o, const void *data, size_t length) {
    oracle_grow(&o->pool, &o->pool_reserved, o->pool_used + length, 1);
    if (length > 0)
        memcpy(o->pool + o->pool_used, data, length);
    o->pool_used += length;
    return (oracle_cell){o->pool_used - length, length};
}

static inline void oracle_field(void *data, size_t length, void *arg) {
    oracle *o = arg;
    oracle_grow(&o->cell, &o->cells_reserved, o->cells + 1, sizeof *o->cell);
    oracle_cell cell = oracle_keep(o, data, length);
    for (size_t i = 0; i < length; i++) {
        char *c = o->pool + cell.at + i;
        if (*c == '\0')
            *c = o->revealed[o->revealed_next++];
    }
    o->cell[o->cells++] = cell;
    /* Fields beyond the columns are counted, not looked at. */
    size_t most = o->columns > 0 ? o->columns : o->limits.columns;
    o->is_too_long |= o->fields < most && length > o->limits.field;
    o->fields++;
}

static inline void oracle_record(int terminator, void *arg) {
    oracle *o = arg;
    (void)terminator;
    o->is_whole = 1;
}

static inline int oracle_no_space(unsigned char c) {
    (void)c;
    return 0;
}

static inline void oracle_line(const oracle *o, size_t at, size_t *end, size_t *next) {
    while (at < o->size && o->data[at] != '\n' && o->data[at] != '\r')
        at++;
    *end = *next = at;
    if (at < o->size)
        *next = at + 1;
    if (*next < o->size && o->data[at] == '\r' && o->data[at + 1] == '\n')
        *next = at + 2;
}

/* Feeds a line; gives what is wrong. An escaped end of a line is text, both bytes of it. */
static inline const char *oracle_feed(oracle *o, struct csv_parser *parser, size_t at, size_t end,
                                      size_t next) {
    size_t escaped = SIZE_MAX; /* the place of the byte that is */
    for (size_t i = at; i < next && !o->is_whole; i++) {
        unsigned char c = o->data[i];
        int is_escape = o->dialect->escape != '\0' && c == (unsigned char)o->dialect->escape;
        if (i != escaped && is_escape && i + 1 < next) {
            escaped = i + 1;
            continue;
        }
        if (i == escaped) {
            oracle_grow(&o->revealed, &o->revealed_reserved, o->revealed_used + 1, 1);
            o->revealed[o->revealed_used++] = (char)c;
            if (c == '\r')
                escaped = i + 1;
            c = '\0';
        } else if (o->dialect->quote == '\0' && i >= end) {
            c = '\n';
        }
        if (csv_parse(parser, &c, 1, oracle_field, oracle_record, o) != 1)
            return parser->quoted ? "text after a closing quote" : "quote inside an unquoted field";
    }
    if (next == o->size && !o->is_whole && csv_fini(parser, oracle_field, oracle_record, o) != 0)
        return "quote that is never closed";
    if (o->is_too_long || (!o->is_whole && parser->entry_pos > o->limits.field))
        return "field over 1 MiB";
    return NULL;
}

/* Splits the record at `at`; gives what is wrong, and where it would go on. */
static inline const char *oracle_split(oracle *o, size_t at, size_t *next, uint64_t *lines) {
    struct csv_parser parser;
    const char *problem = NULL;
    size_t end, first_next;
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
        abort();
    csv_set_delim(&parser, (unsigned char)o->dialect->delimiter);
    /* libcsv has no "none": without a quote it is '\r', which it is never given then. */
    csv_set_quote(&parser, o->dialect->quote != '\0' ? (unsigned char)o->dialect->quote : '\r');
    csv_set_space_func(&parser, oracle_no_space);
    csv_set_blk_size(&parser, 64 * 1024); /* long fields are else copied thousands of times */
    o->revealed_used = o->revealed_next = o->fields = 0;
    o->first_cell = o->cells;
    o->is_whole = o->is_too_long = 0;
    oracle_line(o, at, &end, &first_next);
    *lines = 0;
    for (size_t begin = at; problem == NULL && !o->is_whole; begin = *next) {
        oracle_line(o, begin, &end, next);
        ++*lines;
        if (begin > at && end - at > o->limits.record)
            problem = "record over 4 MiB";
        else if (end - begin > o->limits.line)
            problem = "line over 2,000,000 bytes";
        else if (end > begin && memchr(o->data + begin, '\0', end - begin) != NULL)
            problem = "NUL byte";
        else
            problem = oracle_feed(o, &parser, begin, end, *next);
    }
    csv_free(&parser);
    if (problem != NULL) {
        *next = first_next;
        *lines = 1;
    }
    return problem;
}

static inline size_t oracle_character(const unsigned char *c, size_t left) {
    uint32_t code, least;
    size_t length = c[0] < 0x80 ? 1 : c[0] < 0xc0 ? 0 : c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : 4;
    if (length < 2 || length > left || c[0] >= 0xf8)
        return length == 1;
    least = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000;
    code = c[0] & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if (c[i] >> 6 != 2)
            return 0;
        code = code << 6 | (c[i] & 0x3fu);
    }
    return code < least || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0 : length;
}

static inline int oracle_is_utf8(const oracle *o, oracle_cell cell) {
    const unsigned char *at = (const unsigned char *)o->pool + cell.at, *end = at + cell.length;
    while (at < end) {
        size_t length = oracle_character(at, (size_t)(end - at));
        if (length == 0)
            return 0;
        at += length;
    }
    return 1;
}

/* Latin-1 and windows-1252 in UTF-8; 0 when a byte is no character. */
static inline int oracle_convert(oracle *o, oracle_cell *cell, int is_1252) {
    static const char *const c1[32] = {"€", NULL, "‚",  "ƒ", "„",  "…",  "†", "‡",  "ˆ", "‰", "Š",
                                       "‹", "Œ",  NULL, "Ž", NULL, NULL, "‘", "’",  "“", "”", "•",
                                       "–", "—",  "˜",  "™", "š",  "›",  "œ", NULL, "ž", "Ÿ"};
    oracle_cell made = {o->pool_used, 0};
    for (size_t i = 0; i < cell->length; i++) {
        unsigned char c = (unsigned char)o->pool[cell->at + i];
        char two[3] = {(char)c, 0, 0};
        const char *text = two;
        if (is_1252 && c >= 0x80 && c < 0xa0) {
            text = c1[c - 0x80];
            if (text == NULL)
                return 0;
        } else if (c >= 0x80) {
            two[0] = (char)(c < 0xc0 ? 0xc2 : 0xc3);
            two[1] = (char)(c < 0xc0 ? c : c - 0x40);
        }
        made.length += oracle_keep(o, text, c != 0 ? strlen(text) : 1).length;
    }
    *cell = made;
    return 1;
}

static inline int oracle_decode(oracle *o, size_t first, size_t count, size_t *bad) {
    int is_utf8 = o->dialect->encoding == NULL || strcmp(o->dialect->encoding, "utf-8") == 0;
    int is_1252 = !is_utf8 && strcmp(o->dialect->encoding, "windows-1252") == 0;
    for (*bad = 0; *bad < count; ++*bad) {
        oracle_cell *cell = &o->cell[first + *bad];
        if (is_utf8 ? !oracle_is_utf8(o, *cell) : !oracle_convert(o, cell, is_1252))
            return 0;
    }
    return 1;
}

static inline oracle_row *oracle_add(oracle *o, uint64_t line, size_t at) {
    oracle_grow(&o->row, &o->rows_reserved, o->rows + 1, sizeof *o->row);
    oracle_row *row = &o->row[o->rows++];
    *row =
        (oracle_row){.line = line, .offset = at, .first_cell = o->first_cell, .column = SIZE_MAX};
    return row;
}

static inline int oracle_names_are_good(const oracle *o) {
    for (size_t i = 0; i < o->fields; i++) {
        const oracle_cell *x = &o->cell[o->names + i];
        if (x->length == 0)
            return 0;
        for (size_t j = 0; j < i; j++) {
            const oracle_cell *y = &o->cell[o->names + j];
            if (x->length == y->length && memcmp(o->pool + x->at, o->pool + y->at, x->length) == 0)
                return 0;
        }
    }
    return 1;
}

/* The first record. Gives 1 when it is a row as well. */
static inline int oracle_header(oracle *o, const char *problem) {
    size_t bad;
    o->names = o->first_cell;
    o->is_refused = problem != NULL || o->fields > o->limits.columns;
    if (!o->is_refused && o->dialect->header)
        o->is_refused = !oracle_decode(o, o->names, o->fields, &bad) || !oracle_names_are_good(o);
    o->columns = o->fields;
    return !o->dialect->header;
}

static inline void oracle_take(oracle *o, size_t at, uint64_t line, const char *problem) {
    size_t bad, end, next;
    oracle_row *row = oracle_add(o, line, at);
    const char *encoding = o->dialect->encoding;
    int is_utf8 = encoding == NULL || strcmp(encoding, "utf-8") == 0;
    if (problem != NULL)
        snprintf(row->problem, sizeof row->problem, "%s", problem);
    else if (o->fields != o->columns)
        snprintf(row->problem, sizeof row->problem, "%zu field%s instead of %zu", o->fields,
                 o->fields == 1 ? "" : "s", o->columns);
    if (row->problem[0] != '\0') {
        oracle_line(o, at, &end, &next);
        /* 80 characters are shown; or 160 bytes, if all of them are characters. */
        size_t most = is_utf8 ? 400 : 160, size = end - at < most ? end - at : most;
        row->text = oracle_keep(o, o->data + at, size);
        if (!is_utf8)
            oracle_convert(o, &row->text, strcmp(encoding, "windows-1252") == 0);
        return;
    }
    if (oracle_decode(o, o->first_cell, o->columns, &bad))
        return;
    snprintf(row->problem, sizeof row->problem, "%s",
             is_utf8 ? "invalid UTF-8" : "not a character of the encoding");
    row->column = bad;
    row->text = o->cell[o->first_cell + bad];
}

static inline void oracle_read(oracle *o, const void *data, size_t size, const bm_dialect *dialect,
                               const oracle_limits *limits) {
    *o = (oracle){.dialect = dialect, .limits = *limits, .data = data, .size = size};
    size_t at = size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0, end, next;
    uint64_t line = 1, lines;
    oracle_grow(&o->pool, &o->pool_reserved, 1, 1); /* texts of no length lie somewhere too */
    while (at < size && !o->is_refused) {
        oracle_line(o, at, &end, &next);
        lines = 1;
        if (end == at && o->columns == 1) {
            o->first_cell = o->cells;
            oracle_field(NULL, 0, o);
            oracle_add(o, line, at);
        } else if (end > at &&
                   (dialect->comment == '\0' || o->data[at] != (unsigned char)dialect->comment)) {
            const char *problem = oracle_split(o, at, &next, &lines);
            if (o->columns > 0 || oracle_header(o, problem))
                oracle_take(o, at, line, problem);
        }
        at = next;
        line += lines;
    }
    o->is_refused |= o->columns == 0;
}

static inline void oracle_free(oracle *o) {
    free(o->row);
    free(o->cell);
    free(o->pool);
    free(o->revealed);
    *o = (oracle){0};
}

#endif
