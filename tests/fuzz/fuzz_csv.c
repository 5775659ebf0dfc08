/* Any bytes as a CSV file: read strictly and leniently, with inference. Whatever they are, every
 * row is accounted for, every column is what its type says, and a strict read that succeeds is
 * equal to the lenient one. The length of the input chooses the dialect, so that files may serve as
 * seeds unchanged. */
#include "harness.h"

#include "input/input.h"
#include "job/start.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum { LONGEST = 1 << 16 };

static int file = -1;
static char path[64];

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc;
    (void)argv;
    file = fuzz_file("fuzz.csv", path, sizeof path);
    bm_start();
    return 0;
}

static int is_hdf5(const uint8_t *data, size_t size) {
    return size >= 4 && memcmp(data, "\x89HDF", 4) == 0;
}

static void check_column(const bm_column *column, size_t rows) {
    size_t missing = 0;
    REQUIRE(column->name != NULL);
    for (size_t i = 0; i < rows; i++) {
        missing += bm_column_is_missing(column, i) != 0;
        if (column->number != NULL)
            REQUIRE(!isinf(column->number[i]));
        if (column->number != NULL && column->type == BM_TYPE_INTEGER && !isnan(column->number[i]))
            REQUIRE(column->number[i] == floor(column->number[i]));
        if (column->code != NULL)
            REQUIRE(column->code[i] >= -1 &&
                    (column->code[i] < 0 || (size_t)column->code[i] < column->dictionary.count));
    }
    if (column->number != NULL || column->when != NULL || column->code != NULL)
        REQUIRE(missing == column->missing);
}

static void check_success(const bm_read_result *result) {
    const bm_accounting *a = &result->accounting;
    REQUIRE(a->rows_in == a->used + a->rejected + a->duplicates + a->excluded);
    REQUIRE(a->used == result->table.rows);
    REQUIRE(a->rejects == a->rejected + a->duplicates);
    for (size_t i = 0; i < a->rejects; i++)
        REQUIRE(a->reject[i].problem != NULL && a->reject[i].problem[0] != '\0');
    for (size_t c = 0; c < result->table.columns; c++)
        check_column(&result->table.column[c], result->table.rows);
    REQUIRE(strlen(result->sha256) == 64);
}

static bm_status read_it(const bm_dialect *dialect, int lenient, int deduplicate,
                         bm_read_result *result) {
    bm_read_request request = {.path = path,
                               .dialect = dialect,
                               .others = BM_WANT_INFER,
                               .keep_text = 1,
                               .infer_id = 1,
                               .deduplicate = deduplicate,
                               .max_bad_rows = lenient ? SIZE_MAX : 0,
                               .max_bad_share = NAN};
    bm_error err = {0};
    bm_status status = bm_read(&request, NULL, result, &err);
    if (status == BM_OK) {
        check_success(result);
        return status;
    }
    /* A lenient read fails too where there is nothing to go on, as in a file without rows. */
    if (status != BM_DATA && status != BM_LIMIT)
        fprintf(stderr, "status %d: %s\n", (int)status, err.message);
    REQUIRE(status == BM_DATA || status == BM_LIMIT);
    REQUIRE(err.status == status && err.message[0] != '\0');
    return status;
}

static void check_same(const bm_read_result *strict, const bm_read_result *lenient,
                       int deduplicate) {
    const bm_table *a = &strict->table, *b = &lenient->table;
    REQUIRE(strict->accounting.rejected == 0);
    REQUIRE(strict->accounting.duplicates == 0 || deduplicate);
    REQUIRE(a->rows == b->rows && a->columns == b->columns);
    REQUIRE(strict->has_id == lenient->has_id);
    for (size_t c = 0; c < a->columns; c++) {
        const bm_column *x = &a->column[c], *y = &b->column[c];
        REQUIRE(x->type == y->type && x->missing == y->missing);
        REQUIRE(x->code == NULL || a->rows == 0 ||
                memcmp(x->code, y->code, a->rows * sizeof *x->code) == 0);
        REQUIRE(x->when == NULL || a->rows == 0 ||
                memcmp(x->when, y->when, a->rows * sizeof *x->when) == 0);
    }
}

static void write_file(const uint8_t *data, size_t size, int is_packed) {
    static unsigned char packed[LONGEST + 1024];
    REQUIRE(ftruncate(file, 0) == 0);
    if (is_packed) {
        z_stream stream = {.next_in = (Bytef *)(uintptr_t)data,
                           .avail_in = (uInt)size,
                           .next_out = packed,
                           .avail_out = sizeof packed};
        REQUIRE(deflateInit2(&stream, 1, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) == Z_OK);
        REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
        data = packed;
        size = sizeof packed - stream.avail_out;
        deflateEnd(&stream);
    }
    REQUIRE(pwrite(file, data, size, 0) == (ssize_t)size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    bm_dialect dialect;
    bm_read_result strict = {0}, lenient = {0};
    if (size > LONGEST || is_hdf5(data, size))
        return -1;
    write_file(data, size, size % 4 == 3);
    REQUIRE(bm_dialect_default(&dialect, NULL) == BM_OK);
    if (size % 3 == 1) {
        dialect.delimiter = ';';
        dialect.decimal = ',';
        dialect.thousands = '.';
    }
    dialect.comment = size % 5 == 1 ? '#' : '\0';
    dialect.header = size % 7 != 1;
    dialect.quote = size % 11 == 1 ? '\0' : '"';
    dialect.escape = size % 13 == 1 ? '\\' : '\0';
    dialect.encoding = size % 17 == 1 ? "latin1" : size % 19 == 1 ? "windows-1252" : "utf-8";
    int deduplicate = size % 2 == 1;
    bm_status first = read_it(&dialect, 0, deduplicate, &strict);
    bm_status second = read_it(&dialect, 1, deduplicate, &lenient);
    REQUIRE(first != BM_OK || second == BM_OK);
    if (first == BM_OK)
        check_same(&strict, &lenient, deduplicate);
    bm_read_result_free(&strict);
    bm_read_result_free(&lenient);
    bm_dialect_free(&dialect);
    return 0;
}
