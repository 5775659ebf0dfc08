/* What the tests of input/ share: a scratch file, and reading it with one call. */
#ifndef TEST_INPUT_SCRATCH_H
#define TEST_INPUT_SCRATCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "input/input.h"

typedef struct scratch {
    char folder[64];
    char path[128];
    bm_dialect dialect;
    bm_read_request request; /* reads `path`; everything is inferred until a test says otherwise */
    bm_read_result result;
    bm_error err;
    bm_status status;
} scratch;

static inline int scratch_setup(void **state) {
    scratch *s = calloc(1, sizeof *s);
    const char *base = getenv("TMPDIR");
    if (s == NULL)
        return 1;
    snprintf(s->folder, sizeof s->folder, "%.40s/bm-input-XXXXXX", base != NULL ? base : "/tmp");
    if (mkdtemp(s->folder) == NULL)
        return 1;
    snprintf(s->path, sizeof s->path, "%s/t.csv", s->folder);
    if (bm_dialect_default(&s->dialect, NULL) != BM_OK)
        return 1;
    s->request = (bm_read_request){
        .path = s->path, .dialect = &s->dialect, .others = BM_WANT_INFER, .max_bad_share = NAN};
    *state = s;
    return 0;
}

static inline int scratch_teardown(void **state) {
    scratch *s = *state;
    bm_read_result_free(&s->result);
    bm_dialect_free(&s->dialect);
    unlink(s->path);
    int code = rmdir(s->folder);
    free(s);
    return code;
}

#define SCRATCH_TEST(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

static inline void write_bytes(const scratch *s, const void *data, size_t size) {
    FILE *file = fopen(s->path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static inline void read_again(scratch *s) {
    bm_read_result_free(&s->result);
    s->err.message[0] = '\0';
    s->status = bm_read(&s->request, NULL, &s->result, &s->err);
}

static inline void read_bytes(scratch *s, const void *data, size_t size) {
    write_bytes(s, data, size);
    read_again(s);
}

static inline void read_text(scratch *s, const char *text) {
    read_bytes(s, text, strlen(text));
}

static inline void must_read(scratch *s, const char *text) {
    read_text(s, text);
    assert_string_equal(s->err.message, "");
    assert_int_equal(s->status, BM_OK);
    const bm_accounting *a = &s->result.accounting;
    assert_int_equal(a->rows_in, a->used + a->rejected + a->duplicates + a->excluded);
    assert_int_equal(a->used, s->result.table.rows);
}

/* The message behind the path, which must begin it. */
static inline const char *message(const scratch *s) {
    size_t length = strlen(s->path);
    assert_int_equal(strncmp(s->err.message, s->path, length), 0);
    return s->err.message + length;
}

static inline void assert_begins(const char *text, const char *wanted) {
    if (strncmp(text, wanted, strlen(wanted)) != 0)
        fail_msg("\"%s\" does not begin with \"%s\"", text, wanted);
}

static inline void assert_holds(const char *text, const char *wanted) {
    if (strstr(text, wanted) == NULL)
        fail_msg("\"%s\" does not hold \"%s\"", text, wanted);
}

/* The file must be refused with BM_DATA and such a message behind its path. */
static inline void must_refuse(scratch *s, const char *text, const char *wanted) {
    read_text(s, text);
    assert_int_equal(s->status, BM_DATA);
    assert_begins(message(s), wanted);
    assert_null(s->result.table.column);
}

static inline const bm_column *column(const scratch *s, const char *name) {
    const bm_column *found = bm_table_column(&s->result.table, name);
    if (found == NULL)
        fail_msg("there is no column %s", name);
    return found;
}

/* The text of a cell; "" when it is missing. */
static inline const char *cell(const scratch *s, const char *name, size_t row) {
    const bm_column *c = column(s, name);
    assert_non_null(c->code);
    return c->code[row] < 0 ? "" : bm_dictionary_string(&c->dictionary, c->code[row]);
}

static inline double number(const scratch *s, const char *name, size_t row) {
    const bm_column *c = column(s, name);
    assert_non_null(c->number);
    return c->number[row];
}

static inline void assert_reject(const scratch *s, size_t i, uint64_t line, uint64_t offset,
                                 const char *name, const char *problem, const char *text) {
    assert_true(i < s->result.accounting.rejects);
    const bm_reject *r = &s->result.accounting.reject[i];
    assert_int_equal(r->line, line);
    assert_int_equal(r->byte_offset, offset);
    assert_string_equal(r->column, name);
    assert_string_equal(r->problem, problem);
    assert_string_equal(r->text, text);
    assert_string_equal(r->source, s->path);
}

#endif
