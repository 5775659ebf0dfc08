/* Compares what bm_read makes of a file with what libcsv alone makes of it (csv_oracle.h): cells,
 * kept rows, their lines, and every fault with its line, offset, column and text. */
#ifndef TEST_INPUT_CSV_CELLS_H
#define TEST_INPUT_CSV_CELLS_H

#include "csv_oracle.h"
#include "input/reading.h"

#include <math.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

typedef struct cells_case {
    const void *data;
    size_t size;
    const bm_dialect *dialect;
    oracle_limits limits;
    size_t window;     /* of which the first tells what kind of file it is */
    size_t gzip;       /* bytes of each member that the file is packed as; 0: not packed */
    char problem[800]; /* what is different */
} cells_case;

static inline int cells_differ(cells_case *c, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(c->problem, sizeof c->problem, format, args);
    va_end(args);
    return 0;
}

/* The bytes as one member of a gzip file, appended. */
static inline void cells_pack(int file, const unsigned char *data, size_t size) {
    z_stream stream = {0};
    unsigned char out[4096];
    if (deflateInit2(&stream, 1, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    stream.next_in = (Bytef *)(uintptr_t)data;
    stream.avail_in = (uInt)size;
    do {
        stream.next_out = out;
        stream.avail_out = sizeof out;
        deflate(&stream, Z_FINISH);
        size_t made = sizeof out - stream.avail_out;
        if (write(file, out, made) != (ssize_t)made)
            abort();
    } while (stream.avail_out == 0);
    deflateEnd(&stream);
}

/* A file in memory. */
static inline int cells_file(const cells_case *c, char path[64]) {
    int file = memfd_create("cells.csv", 0);
    if (file < 0)
        abort();
    snprintf(path, 64, "/proc/self/fd/%d", file);
    const unsigned char *data = c->data;
    for (size_t at = 0; at < c->size || (at == 0 && c->gzip > 0);) {
        size_t left = c->size - at;
        if (c->gzip > 0) {
            size_t part = left < c->gzip ? left : c->gzip;
            cells_pack(file, data + at, part);
            at += part;
            if (c->size == 0)
                break;
            continue;
        }
        ssize_t count = write(file, data + at, left);
        if (count <= 0)
            abort();
        at += (size_t)count;
    }
    return file;
}

/* Blank texts are missing values. */
static inline int cells_is_blank(const oracle *o, oracle_cell cell) {
    for (size_t i = 0; i < cell.length; i++) {
        if (o->pool[cell.at + i] != ' ' && o->pool[cell.at + i] != '\t')
            return 0;
    }
    return 1;
}

static inline int cells_same_row(cells_case *c, const oracle *o, const oracle_row *wanted,
                                 const bm_table *table, size_t row) {
    uint64_t line = bm_lines_of(&table->lines, row);
    if (line != wanted->line)
        return cells_differ(c, "row %zu: line %llu, wanted %llu", row, (unsigned long long)line,
                            (unsigned long long)wanted->line);
    for (size_t i = 0; i < o->columns; i++) {
        const bm_column *column = &table->column[i];
        oracle_cell cell = o->cell[wanted->first_cell + i];
        int32_t code = column->code[row];
        int is_missing = cells_is_blank(o, cell);
        if ((code < 0) != is_missing)
            return cells_differ(c, "row %zu, column %zu: missing %d, wanted %d", row, i, code < 0,
                                is_missing);
        if (code < 0)
            continue;
        bm_text text = bm_dictionary_text(&column->dictionary, code);
        if (text.length != cell.length || memcmp(text.data, o->pool + cell.at, cell.length) != 0)
            return cells_differ(c, "row %zu, column %zu: \"%.*s\", wanted \"%.*s\"", row, i,
                                (int)(text.length < 100 ? text.length : 100), text.data,
                                (int)(cell.length < 100 ? cell.length : 100), o->pool + cell.at);
    }
    return 1;
}

static inline int cells_same_reject(cells_case *c, const oracle *o, const oracle_row *wanted,
                                    const bm_reject *r) {
    bm_accounting made = {0};
    char name[300] = "";
    const bm_text text = {wanted->text.length > 0 ? o->pool + wanted->text.at : "",
                          wanted->text.length};
    if (wanted->column != SIZE_MAX && o->dialect->header) {
        oracle_cell cell = o->cell[o->names + wanted->column];
        snprintf(name, sizeof name, "%.*s", (int)cell.length, o->pool + cell.at);
    } else if (wanted->column != SIZE_MAX) {
        snprintf(name, sizeof name, "c%zu", wanted->column + 1);
    }
    if (bm_accounting_reject(&made, r->source, wanted->line, wanted->offset, name, wanted->problem,
                             text, NULL) != BM_OK)
        abort();
    const bm_reject *w = made.reject;
    int same = r->line == w->line && r->byte_offset == w->byte_offset &&
               strcmp(r->problem, w->problem) == 0 && strcmp(r->text, w->text) == 0 &&
               strncmp(r->column, w->column, sizeof name - 4) == 0;
    if (!same)
        cells_differ(c, "fault %llu+%llu [%s] %s: %s, wanted %llu+%llu [%s] %s: %s",
                     (unsigned long long)r->line, (unsigned long long)r->byte_offset, r->column,
                     r->problem, r->text, (unsigned long long)w->line,
                     (unsigned long long)w->byte_offset, w->column, w->problem, w->text);
    bm_accounting_free(&made);
    return same;
}

static inline int cells_same_table(cells_case *c, const oracle *o, const bm_read_result *result) {
    const bm_accounting *a = &result->accounting;
    size_t kept = 0, rejected = 0;
    if (result->table.columns != o->columns)
        return cells_differ(c, "%zu columns, wanted %zu", result->table.columns, o->columns);
    for (size_t i = 0; i < o->rows; i++) {
        const oracle_row *row = &o->row[i];
        if (row->problem[0] == '\0') {
            if (kept == result->table.rows)
                return cells_differ(c, "only %zu rows", kept);
            if (!cells_same_row(c, o, row, &result->table, kept++))
                return 0;
        } else {
            if (rejected == a->rejects)
                return cells_differ(c, "only %zu faults", rejected);
            if (!cells_same_reject(c, o, row, &a->reject[rejected++]))
                return 0;
        }
    }
    if (kept != result->table.rows || rejected != a->rejects || a->rows_in != o->rows ||
        a->used != kept || a->rejected != rejected || a->duplicates != 0 || a->excluded != 0)
        return cells_differ(c, "%zu rows, %zu faults, %zu in; wanted %zu, %zu", result->table.rows,
                            a->rejects, a->rows_in, kept, rejected);
    return 1;
}

/* With every column wanted as a date nearly every row is a fault, which tells its offset. */
static inline int cells_same_offsets(cells_case *c, const oracle *o, const bm_accounting *a) {
    size_t row = 0;
    for (size_t i = 0; i < a->rejects; i++) {
        while (row < o->rows && o->row[row].line != a->reject[i].line)
            row++;
        if (row == o->rows)
            return cells_differ(c, "no record is on line %llu",
                                (unsigned long long)a->reject[i].line);
        if (o->row[row].offset != a->reject[i].byte_offset)
            return cells_differ(c, "line %llu: offset %llu, wanted %llu",
                                (unsigned long long)a->reject[i].line,
                                (unsigned long long)a->reject[i].byte_offset,
                                (unsigned long long)o->row[row].offset);
    }
    if (a->rows_in != o->rows)
        return cells_differ(c, "%zu rows in, wanted %zu", a->rows_in, o->rows);
    return 1;
}

/* Refused strictly: by the first fault. */
static inline int cells_same_message(cells_case *c, const oracle *o, const char *path,
                                     const char *message) {
    const oracle_row *first = o->row;
    char begin[200], middle[64];
    while (first->problem[0] == '\0')
        first++;
    snprintf(begin, sizeof begin, "%s:%llu: %s", path, (unsigned long long)first->line,
             first->column == SIZE_MAX ? first->problem : "column ");
    snprintf(middle, sizeof middle, "at byte %llu;", (unsigned long long)first->offset);
    if (strncmp(message, begin, strlen(begin)) != 0 || strstr(message, middle) == NULL)
        return cells_differ(c, "message \"%s\", wanted \"%s\" and \"%s\"", message, begin, middle);
    return 1;
}

static inline int cells_read(cells_case *c, const oracle *o, const char *path, bm_want want,
                             int lenient) {
    bm_read_result result = {0};
    bm_error err = {0};
    bm_read_request request = {.path = path,
                               .dialect = c->dialect,
                               .others = want,
                               .no_hash = 1,
                               .max_bad_rows = lenient ? SIZE_MAX : 0,
                               .max_bad_share = NAN};
    size_t faults = 0;
    for (size_t i = 0; i < o->rows; i++)
        faults += o->row[i].problem[0] != '\0';
    bm_status status = bm_read(&request, NULL, &result, &err), wanted = BM_OK;
    if (o->is_refused || o->rows == 0 || (faults > 0 && !lenient))
        wanted = BM_DATA;
    int same = 1;
    if (status != wanted)
        same = cells_differ(c, "status %d (%s), wanted %d, %s", (int)status, err.message,
                            (int)wanted, lenient ? "lenient" : "strict");
    else if (status != BM_OK && !o->is_refused && o->rows > 0)
        same = cells_same_message(c, o, path, err.message);
    else if (status == BM_OK && want == BM_WANT_TEXT)
        same = cells_same_table(c, o, &result);
    else if (status == BM_OK)
        same = cells_same_offsets(c, o, &result.accounting);
    bm_read_result_free(&result);
    return same;
}

/* 1 when the reader and libcsv agree; else c->problem says where they do not. */
static inline int cells_agree(cells_case *c) {
    char path[64];
    oracle o;
    c->problem[0] = '\0';
    /* What is no CSV at all is not compared. */
    if (bm_dialect_check(c->dialect, NULL) != BM_OK ||
        bm_check_kind("", c->data, c->size < c->window ? c->size : c->window, NULL) != BM_OK)
        return 1;
    if (c->size >= 2 && memcmp(c->data, "\x1f\x8b", 2) == 0)
        return 1;
    if (c->size >= 4 && memcmp(c->data, "\x89HDF", 4) == 0)
        return 1;
    oracle_read(&o, c->data, c->size, c->dialect, &c->limits);
    int file = cells_file(c, path);
    int same = cells_read(c, &o, path, BM_WANT_TEXT, 1) &&
               cells_read(c, &o, path, BM_WANT_TEXT, 0) && cells_read(c, &o, path, BM_WANT_DATE, 1);
    close(file);
    oracle_free(&o);
    return same;
}

#endif
