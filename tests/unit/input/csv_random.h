/* Random CSV files of every dialect: mostly well formed, with strays where the dice say so. */
#ifndef TEST_INPUT_CSV_RANDOM_H
#define TEST_INPUT_CSV_RANDOM_H

#include "input/input.h"

#include <stdint.h>
#include <string.h>

enum { RANDOM_ROOM = 1 << 14 };

typedef struct random_csv {
    uint64_t state;
    bm_dialect dialect;
    char data[RANDOM_ROOM];
    size_t size;
    size_t columns;
    int end_kind;   /* of lines: 0 to 2 are one kind, 3 is any */
    unsigned stray; /* one byte in so many; 0: none */
} random_csv;

/* xorshift64*, Vigna 2016; below n. */
static inline uint64_t dice(random_csv *r, uint64_t n) {
    r->state ^= r->state >> 12;
    r->state ^= r->state << 25;
    r->state ^= r->state >> 27;
    return (r->state * 0x2545f4914f6cdd1dULL >> 33) % n;
}

static inline void put(random_csv *r, const char *bytes, size_t size) {
    for (size_t i = 0; i < size && r->size < RANDOM_ROOM; i++) {
        if (r->stray > 0 && dice(r, r->stray) == 0) {
            const char strays[] = {r->dialect.quote,
                                   r->dialect.delimiter,
                                   '\n',
                                   '\r',
                                   '\\',
                                   '#',
                                   '\0',
                                   '\xc3',
                                   '\xff',
                                   ' ',
                                   '"',
                                   '"'};
            r->data[r->size++] = strays[dice(r, sizeof strays)];
            continue;
        }
        r->data[r->size++] = bytes[i];
    }
}

static inline void put_end(random_csv *r) {
    static const char *const end[] = {"\n", "\r\n", "\r"};
    const char *text = end[r->end_kind < 3 ? (size_t)r->end_kind : (size_t)dice(r, 3)];
    put(r, text, strlen(text));
}

static inline void put_quoted(random_csv *r, size_t length) {
    const char q = r->dialect.quote, d = r->dialect.delimiter, e = r->dialect.escape;
    put(r, &q, 1);
    for (size_t i = 0; i < length; i++) {
        switch (dice(r, 9)) {
        case 0:
            put(r, &d, 1);
            break;
        case 1:
            put(r, e != '\0' && dice(r, 2) ? &e : &q, 1);
            put(r, &q, 1);
            break;
        case 2:
            put_end(r);
            break;
        case 3:
            put(r, "é", 2);
            break;
        default:
            put(r, &"abcxyz  #."[dice(r, 10)], 1);
        }
    }
    put(r, &q, 1);
}

static inline void put_plain(random_csv *r, size_t length) {
    const char e = r->dialect.escape, d = r->dialect.delimiter;
    for (size_t i = 0; i < length; i++) {
        uint64_t kind = dice(r, 40);
        if (kind == 0)
            put(r, "ქ", 3);
        else if (kind == 1 && e != '\0') {
            put(r, &e, 1);
            put(r, dice(r, 2) ? &d : &"n\\\"'\n\r"[dice(r, 6)], 1);
        } else
            put(r, &"abcdefgh-xyz  "[dice(r, 14)], 1);
    }
}

static inline void put_field(random_csv *r) {
    size_t length = (size_t)(dice(r, 30) == 0 ? dice(r, 200) : dice(r, 8));
    if (r->dialect.quote != '\0' && dice(r, 4) == 0)
        put_quoted(r, length);
    else
        put_plain(r, length);
}

static inline void put_record(random_csv *r) {
    size_t columns = r->columns;
    if (dice(r, 40) == 0)
        columns += (size_t)dice(r, 3) - 1;
    for (size_t i = 0; i < columns; i++) {
        if (i > 0)
            put(r, &r->dialect.delimiter, 1);
        put_field(r);
    }
    put_end(r);
}

/* Fills dialect and data; na is left empty, so that no text but blanks is missing. */
static inline void random_csv_make(random_csv *r, uint64_t seed) {
    static const unsigned stray[] = {0, 0, 500, 60, 12};
    r->state = seed * 0x9e3779b97f4a7c15ULL + 0x1234567;
    for (int i = 0; i < 4; i++)
        dice(r, 2);
    r->dialect = (bm_dialect){.delimiter = ",,;\t|"[dice(r, 5)],
                              .decimal = '.',
                              .quote = "\"\"\"'\0"[dice(r, 5)],
                              .escape = "\0\0\\"[dice(r, 3)],
                              .comment = "\0\0#"[dice(r, 3)],
                              .header = dice(r, 3) != 0,
                              .encoding = "utf-8"};
    if (dice(r, 4) == 0)
        r->dialect.encoding = dice(r, 2) ? "latin1" : "windows-1252";
    r->size = 0;
    r->stray = 0;
    r->columns = 1 + (size_t)dice(r, 5);
    r->end_kind = (int)dice(r, 4);
    if (dice(r, 10) == 0)
        put(r, "\xef\xbb\xbf", 3);
    if (r->dialect.header) {
        for (size_t i = 0; i < r->columns; i++) {
            put(r, &r->dialect.delimiter, i > 0);
            put(r, &"ABCDEF"[i], 1);
        }
        put_end(r);
    }
    r->stray = stray[dice(r, 5)];
    size_t most = (size_t)dice(r, dice(r, 8) == 0 ? RANDOM_ROOM : 1500);
    while (r->size < most) {
        uint64_t kind = dice(r, 30);
        if (kind == 0)
            put_end(r);
        else if (kind == 1 && r->dialect.comment != '\0') {
            put(r, "#", 1);
            put_plain(r, (size_t)dice(r, 300));
            put_end(r);
        } else
            put_record(r);
    }
    if (dice(r, 3) == 0 && r->size > 0)
        r->size--;
}

#endif
