#include "scratch.h"

#include "base/number.h"
#include "base/parallel.h"
#include "output/csv.h"
#include "output/decimal.h"

#include <zlib.h>

static int create(const char *path) {
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0666);
    assert_true(fd >= 0);
    return fd;
}

static void write_result(const char *path, const bm_result *result) {
    int fd = create(path);
    assert_int_equal(bm_csv_writer_result(fd, path, result, NULL), BM_OK);
    close(fd);
}

/* One text column of the given cells. */
static void write_texts(const char *path, const char *const *cells, size_t rows) {
    static const bm_heading heading[] = {{"text", BM_CELL_TEXT, "", ""}};
    bm_result result;
    assert_int_equal(bm_result_init(&result, "texts", "", heading, 1, rows, NULL), 0);
    for (size_t i = 0; i < rows; i++)
        assert_int_equal(bm_result_set_string(&result, 0, i, cells[i], NULL), 0);
    write_result(path, &result);
    bm_result_free(&result);
}

static void texts_are_quoted_only_where_they_must_be(void **state) {
    const char *cells[] = {"plain", "a b",    "a,b",      "say \"x\"", "two\nlines", "cr\rhere",
                           " lead", "trail ", "\ttabbed", "თბილისი",   "北京",       "semi;colon"};
    write_texts(in(state, "t.csv"), cells, sizeof cells / sizeof *cells);
    assert_file(in(state, "t.csv"),
                "text\nplain\na b\n\"a,b\"\n\"say \"\"x\"\"\"\n\"two\nlines\"\n\"cr\rhere\"\n"
                "\" lead\"\n\"trail \"\n\"\ttabbed\"\nთბილისი\n北京\nsemi;colon\n");
}

static void a_missing_cell_of_a_single_column_is_no_empty_line(void **state) {
    const char *cells[] = {"a", "", "b"};
    write_texts(in(state, "t.csv"), cells, 3);
    assert_file(in(state, "t.csv"), "text\na\n\"\"\nb\n");
}

static void every_kind_of_cell_is_written_and_missing_is_empty(void **state) {
    static const bm_heading heading[] = {{"i", BM_CELL_INTEGER, "", ""},
                                         {"n", BM_CELL_NUMBER, "", ""},
                                         {"b", BM_CELL_BOOLEAN, "", ""},
                                         {"t,t", BM_CELL_TEXT, "", ""}};
    bm_result result;
    assert_int_equal(bm_result_init(&result, "r", "", heading, 4, 4, NULL), 0);
    result.column[0].integer[0] = INT64_MIN;
    result.column[0].integer[1] = INT64_MAX;
    result.column[1].number[0] = 0.1;
    result.column[1].number[1] = -1234.5;
    result.column[1].number[2] = 1.0 / 3;
    result.column[2].boolean[1] = 1;
    assert_int_equal(bm_result_set_string(&result, 3, 1, "x", NULL), 0);
    write_result(in(state, "r.csv"), &result);
    bm_result_free(&result);
    assert_file(in(state, "r.csv"), "i,n,b,\"t,t\"\n-9223372036854775808,0.1,0,\n"
                                    "9223372036854775807,-1234.5,1,x\n0,0.3333333333333333,0,\n"
                                    "0,,0,\n");
}

static void a_result_without_rows_is_its_header(void **state) {
    bm_results results = {0};
    add_things(&results, "none", 0, 0);
    write_result(in(state, "none.csv"), &results.table[0]);
    bm_results_free(&results);
    assert_file(in(state, "none.csv"), "buyer_id,segment,distance,chosen,note\n");
}

static void assert_as_formatted(double value) {
    char fast[64], slow[BM_NUMBER_TEXT];
    *bm_put_number(fast, value) = '\0';
    bm_format_number(slow, value);
    assert_string_equal(fast, slow);
}

/* The oracle is bm_format_number, which goes through printf and strtod. */
static void numbers_are_those_of_bm_format_number(void **state) {
    (void)state;
    static const double edge[] = {0.0,      -0.0,     1e15,      999999999999999.0, 1e16,   1e-4,
                                  1e-5,     0.5,      -0.05,     123456789.125,     1e300,  5e-324,
                                  INFINITY, 0.1 + .2, 1e15 - .5, 99999999999.9999,  1 / 3., NAN,
                                  1e14,     -1e15,    0.00005,   4503599627370496.5};
    for (size_t i = 0; i < sizeof edge / sizeof *edge; i++) {
        if (!isinf(edge[i]))
            assert_as_formatted(edge[i]);
    }
    uint64_t x = 88172645463325252u; /* Marsaglia's xorshift64 */
    for (int i = 0; i < 200000; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        double bits;
        memcpy(&bits, &x, sizeof bits);
        if (isfinite(bits))
            assert_as_formatted(bits);
        double whole = (double)(int64_t)(x >> (x % 50 + 10));
        assert_as_formatted(whole / 1e2);
        assert_as_formatted(-whole / 1e3);
        assert_as_formatted(whole / 1e4);
        assert_as_formatted(whole / 1e5);
        assert_as_formatted(nextafter(whole / 1e2, INFINITY));
    }
}

static void threads_do_not_change_the_bytes(void **state) {
    bm_results results = {0};
    add_things(&results, "things", 30000, 0);
    bm_set_threads(1);
    write_result(in(state, "one.csv"), &results.table[0]);
    bm_set_threads(7);
    write_result(in(state, "seven.csv"), &results.table[0]);
    bm_set_threads(0);
    bm_results_free(&results);
    assert_same_file(in(state, "one.csv"), in(state, "seven.csv"));
}

/* Counts rows as an RFC 4180 reader would. */
static void every_row_of_a_large_result_is_there_in_order(void **state) {
    bm_results results = {0};
    size_t length, rows = 0, quotes = 0;
    add_things(&results, "things", 200001, 0);
    write_result(in(state, "t.csv"), &results.table[0]);
    bm_results_free(&results);
    char *text = slurp(in(state, "t.csv"), &length);
    for (size_t i = 0; i < length; i++) {
        quotes += text[i] == '"';
        if (text[i] != '\n' || quotes % 2 != 0)
            continue;
        if (i + 1 < length && rows % 7 == 6) { /* "%zu" begins the line */
            char expected[32];
            snprintf(expected, sizeof expected, "%zu,", rows);
            assert_memory_equal(text + i + 1, expected, strlen(expected));
        }
        rows++;
    }
    free(text);
    assert_int_equal(rows, 200001 + 1);
}

static void gzip_holds_the_same_text_and_no_time(void **state) {
    bm_results results = {0};
    add_things(&results, "things", 60000, 0);
    const bm_result *r = &results.table[0];
    write_result(in(state, "t.csv"), r);
    void *block[THING_COLUMNS];
    for (size_t c = 0; c < THING_COLUMNS; c++) {
        block[c] = calloc(r->rows, 16);
        bm_result_read(r, c, 0, r->rows, block[c]);
    }
    for (int turn = 0; turn < 2; turn++) {
        bm_csv_writer *csv;
        int fd = create(in(state, turn == 0 ? "a.gz" : "b.gz"));
        assert_int_equal(bm_csv_writer_open(&csv, fd, "a.gz", 1, THINGS, THING_COLUMNS, NULL), 0);
        assert_int_equal(bm_csv_writer_write(csv, (const void *const *)block, r->rows, NULL), 0);
        assert_int_equal(bm_csv_writer_finish(csv, NULL), 0);
        bm_csv_writer_free(csv);
        close(fd);
    }
    size_t length;
    char *text = slurp(in(state, "t.csv"), &length);
    char *back = malloc(length + 1);
    gzFile gz = gzopen(in(state, "a.gz"), "rb");
    assert_non_null(gz);
    assert_int_equal(gzread(gz, back, (unsigned)length + 1), length);
    assert_int_equal(gzclose(gz), Z_OK); /* the checksum held */
    assert_memory_equal(text, back, length);
    assert_same_file(in(state, "a.gz"), in(state, "b.gz"));
    char *raw = slurp(in(state, "a.gz"), NULL);
    assert_memory_equal(raw + 4, "\0\0\0\0", 4);
    free(raw);
    free(back);
    free(text);
    for (size_t c = 0; c < THING_COLUMNS; c++)
        free(block[c]);
    bm_results_free(&results);
}

static void a_full_device_is_an_error(void **state) {
    (void)state;
    bm_results results = {0};
    bm_error err = {0};
    add_things(&results, "things", 3, 0);
    int fd = open("/dev/full", O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(bm_csv_writer_result(fd, "things.csv", &results.table[0], &err), BM_IO);
    assert_non_null(strstr(err.message, "things.csv"));
    assert_non_null(strstr(err.message, "No space left on device"));
    close(fd);
    bm_results_free(&results);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_scratch, remove_scratch)
    const struct CMUnitTest tests[] = {
        TEST(texts_are_quoted_only_where_they_must_be),
        TEST(a_missing_cell_of_a_single_column_is_no_empty_line),
        TEST(every_kind_of_cell_is_written_and_missing_is_empty),
        TEST(a_result_without_rows_is_its_header),
        TEST(numbers_are_those_of_bm_format_number),
        TEST(threads_do_not_change_the_bytes),
        TEST(every_row_of_a_large_result_is_there_in_order),
        TEST(gzip_holds_the_same_text_and_no_time),
        TEST(a_full_device_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
