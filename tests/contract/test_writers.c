/* What every writer owes: what is read back, through our own reader, equals what was written. CSV,
 * packed CSV and HDF5; whole results and streams; every kind of cell. */
#include "../unit/output/scratch.h"

#include "input/input.h"
#include "job/start.h"

#include <float.h>
#include <inttypes.h>

enum { INTEGER, NUMBER, BOOLEAN, TEXT, NAME, COLUMNS, MOST = 3000 };

static const bm_heading headings[COLUMNS] = {
    {"whole", BM_CELL_INTEGER, "1", "whole numbers, the largest too"},
    {"number", BM_CELL_NUMBER, "1", "numbers from 1e-308 to 1e308, some missing"},
    {"flag", BM_CELL_BOOLEAN, "1", "0 or 1"},
    {"text, \"quoted\"", BM_CELL_TEXT, "", "anything, some missing"},
    {"ქალაქი", BM_CELL_TEXT, "", "text under a Georgian heading"},
};

static int64_t integer_of(size_t i) {
    static const int64_t edge[] = {INT64_MIN, INT64_MAX, 0, -1, 9007199254740993, INT64_MIN + 1};
    return i < 6 ? edge[i] : (int64_t)(i * 0x9e3779b97f4a7c15u);
}

static double number_of(size_t i) {
    static const double edge[] = {1e308, -1e308,     1e-308, 5e-324,     DBL_MAX, DBL_MIN,
                                  -0.0,  0.1,        1e15,   123456789., 1e22,    1 / 3.0,
                                  5e-1,  1e16 + 2.0, -2.5e7, DBL_EPSILON};
    uint64_t bits = (i + 1) * 0xd1b54a32d192ed03u;
    double value;
    if (i < sizeof edge / sizeof *edge)
        return edge[i];
    memcpy(&value, &bits, sizeof value);
    return i % 5 == 0 || !isfinite(value) ? NAN : value;
}

/* NULL: missing. */
static const char *text_of(size_t i, char buffer[512]) {
    static const char *const shape[] = {
        "თბილისი, %", "北京市%", "say \"%\"", "\"%",        "two\nlines %", "cr\r\nlf %", "cr\r%",
        " blanks % ", "0%",      "%.0",       "1e%",        "#%",           "%;\t|",      "\n",
        ",",          "\"",      "NA",        "2011-12-10", "🙂"};
    if (i % 20 == 19)
        return NULL;
    if (i % 97 == 0) {
        memset(buffer, 'x', 300);
        buffer[300] = '\0';
        return buffer;
    }
    /* A shape has one % for the row's number. */
    size_t used = 0;
    for (const char *at = shape[i % 20]; *at != '\0'; at++) {
        if (*at != '%')
            buffer[used++] = *at;
        else
            used += (size_t)snprintf(buffer + used, 32, "%zu", i);
    }
    buffer[used] = '\0';
    return buffer;
}

static bm_result make_table(size_t rows) {
    bm_result table;
    char buffer[512];
    assert_int_equal(bm_result_init(&table, "t", "cells", headings, COLUMNS, rows, NULL), BM_OK);
    for (size_t i = 0; i < rows; i++) {
        const char *text = text_of(i, buffer);
        table.column[INTEGER].integer[i] = integer_of(i);
        table.column[NUMBER].number[i] = number_of(i);
        table.column[BOOLEAN].boolean[i] = i % 3 == 0;
        if (text != NULL)
            assert_int_equal(bm_result_set_string(&table, TEXT, i, text, NULL), BM_OK);
        snprintf(buffer, sizeof buffer, "სახელი %zu", i % 50);
        assert_int_equal(bm_result_set_string(&table, NAME, i, buffer, NULL), BM_OK);
    }
    return table;
}

/* Nothing but the empty cell is missing: what is read is what was written. */
static bm_status read_back(const char *path, const char *dataset, int deduce,
                           bm_read_result *result, bm_error *err) {
    const bm_column_request wanted[] = {{headings[INTEGER].name, BM_WANT_TEXT, 1, NULL},
                                        {headings[NUMBER].name, BM_WANT_NUMBER, 0, NULL},
                                        {headings[BOOLEAN].name, BM_WANT_NUMBER, 1, NULL},
                                        {headings[TEXT].name, BM_WANT_TEXT, 0, NULL},
                                        {headings[NAME].name, BM_WANT_TEXT, 1, NULL}};
    bm_dialect dialect;
    assert_int_equal(bm_dialect_default(&dialect, NULL), BM_OK);
    bm_strings_free(&dialect.na);
    dialect.na = (bm_strings){0};
    dialect.dataset = dataset;
    bm_read_request request = {.path = path,
                               .dialect = &dialect,
                               .column = wanted,
                               .columns = deduce ? 0 : COLUMNS,
                               .others = deduce ? BM_WANT_INFER : BM_WANT_NOTHING,
                               .max_bad_share = NAN};
    bm_status status = bm_read(&request, NULL, result, err);
    bm_dialect_free(&dialect);
    return status;
}

static int is_text(const bm_column *column, size_t row, const char *text) {
    if (text == NULL || text[0] == '\0')
        return column->code[row] < 0;
    if (column->code[row] < 0)
        return 0;
    bm_text cell = bm_dictionary_text(&column->dictionary, column->code[row]);
    return cell.length == strlen(text) && memcmp(cell.data, text, cell.length) == 0;
}

static void check_cells(const char *path, const bm_table *table, size_t rows) {
    char buffer[512];
    assert_int_equal(table->rows, rows);
    assert_int_equal(table->columns, COLUMNS);
    for (size_t c = 0; c < COLUMNS; c++)
        assert_string_equal(table->column[c].name, headings[c].name);
    for (size_t i = 0; i < rows; i++) {
        double wanted = number_of(i), got = table->column[NUMBER].number[i];
        /* CSV has no −0. */
        if (isnan(wanted) ? !isnan(got) : !(wanted >= got && wanted <= got))
            fail_msg("%s: row %zu: %.17g came back as %.17g", path, i, wanted, got);
        if (table->column[BOOLEAN].number[i] != (i % 3 == 0))
            fail_msg("%s: row %zu: another flag", path, i);
        if (!is_text(&table->column[TEXT], i, text_of(i, buffer)))
            fail_msg("%s: row %zu: another text", path, i);
        snprintf(buffer, sizeof buffer, "%" PRId64, integer_of(i));
        if (!is_text(&table->column[INTEGER], i, buffer))
            fail_msg("%s: row %zu: not %s", path, i, buffer);
        snprintf(buffer, sizeof buffer, "სახელი %zu", i % 50);
        if (!is_text(&table->column[NAME], i, buffer))
            fail_msg("%s: row %zu: not %s", path, i, buffer);
    }
}

static void check_file(const char *path, const char *dataset, size_t rows) {
    bm_read_result result;
    bm_error err = {0};
    bm_status status = read_back(path, dataset, 0, &result, &err);
    if (rows == 0) {
        /* The names are there; that there are no rows is told. */
        assert_int_equal(status, BM_DATA);
        assert_non_null(strstr(err.message, "no rows"));
        return;
    }
    if (status != BM_OK)
        fail_msg("%s: %s", path, err.message);
    assert_int_equal(result.accounting.rows_in, rows);
    assert_int_equal(result.accounting.used, rows);
    check_cells(path, &result.table, rows);
    bm_read_result_free(&result);
}

static void check_names(const char *path, const char *dataset) {
    bm_dialect dialect;
    bm_strings names = {0};
    assert_int_equal(bm_dialect_default(&dialect, NULL), BM_OK);
    dialect.dataset = dataset;
    assert_int_equal(bm_read_names(path, &dialect, NULL, &names, NULL), BM_OK);
    assert_int_equal(names.count, COLUMNS);
    for (size_t c = 0; c < COLUMNS; c++)
        assert_string_equal(names.item[c], headings[c].name);
    bm_strings_free(&names);
    bm_dialect_free(&dialect);
}

static void publish(const char *dir, bm_result *tables, size_t count) {
    bm_results results = {0};
    bm_provenance provenance = {.verb = "cluster"};
    bm_publication publication;
    bm_error err = {0};
    for (size_t i = 0; i < count; i++)
        assert_int_equal(bm_results_add(&results, &tables[i], NULL), BM_OK);
    assert_int_equal(bm_publication_open(&publication, dir, &err), BM_OK);
    assert_int_equal(bm_publish(&publication, &results, &provenance, 1, 1, NULL, &err), BM_OK);
    bm_publication_close(&publication);
    bm_results_free(&results);
    bm_provenance_free(&provenance);
}

static void check_result(void **state, size_t rows) {
    bm_result table = make_table(rows);
    publish(in(state, "out"), &table, 1);
    check_names(in(state, "out/t.csv"), NULL);
    check_names(in(state, "out/result.h5"), "t");
    check_file(in(state, "out/t.csv"), NULL, rows);
    check_file(in(state, "out/result.h5"), "t", rows);
}

static void a_result_without_rows_keeps_its_columns(void **state) {
    check_result(state, 0);
}

static void one_row_comes_back(void **state) {
    check_result(state, 1);
}

static void every_kind_of_cell_comes_back(void **state) {
    check_result(state, MOST);
}

static void a_hundred_thousand_rows_come_back(void **state) {
    check_result(state, 100000);
}

/* The blocks of a stream are of odd sizes, one of them empty. */
static void stream_to(const char *path, const bm_result *table) {
    static const size_t sizes[] = {1, 0, 1000, 7, 4096, 100000};
    size_t width[COLUMNS];
    bm_stream *stream;
    bm_error err = {0};
    void *block[COLUMNS];
    for (size_t c = 0; c < COLUMNS; c++) {
        width[c] = headings[c].cell == BM_CELL_TEXT ? bm_result_width(table, c) : 0;
        block[c] = calloc(table->rows + 1, sizeof(bm_text));
    }
    assert_int_equal(bm_stream_open(&stream, path, "t", headings, width, COLUMNS, &err), BM_OK);
    for (size_t first = 0, turn = 0; first < table->rows; turn++) {
        size_t count = sizes[turn % 6];
        count = count < table->rows - first ? count : table->rows - first;
        for (size_t c = 0; c < COLUMNS; c++)
            bm_result_read(table, c, first, count, block[c]);
        assert_int_equal(bm_stream_write(stream, (const void *const *)block, count, &err), BM_OK);
        first += count;
    }
    assert_int_equal(bm_stream_close(stream, &err), BM_OK);
    for (size_t c = 0; c < COLUMNS; c++)
        free(block[c]);
}

static void streams_come_back(void **state) {
    static const size_t rows[] = {0, 1, MOST};
    static const char *const names[] = {"s.csv", "s.csv.gz", "s.h5"};
    for (size_t r = 0; r < 3; r++) {
        bm_result table = make_table(rows[r]);
        for (size_t f = 0; f < 3; f++) {
            stream_to(in(state, names[f]), &table);
            check_file(in(state, names[f]), NULL, rows[r]);
        }
        bm_result_free(&table);
    }
}

/* With a single column, an empty line would be a row that readers skip. */
static void a_missing_cell_is_a_row_even_alone(void **state) {
    static const bm_heading alone[] = {{"text, \"quoted\"", BM_CELL_TEXT, "", "alone"}};
    static const bm_heading number[] = {{"number", BM_CELL_NUMBER, "1", "alone"}};
    bm_result tables[2];
    assert_int_equal(bm_result_init(&tables[0], "a", "one column", alone, 1, 3, NULL), BM_OK);
    assert_int_equal(bm_result_init(&tables[1], "b", "one column", number, 1, 3, NULL), BM_OK);
    assert_int_equal(bm_result_set_string(&tables[0], 0, 1, "x", NULL), BM_OK);
    tables[1].column[0].number[1] = 5;
    publish(in(state, "out"), tables, 2);
    static const struct {
        const char *file, *dataset;
    } places[] = {
        {"out/a.csv", NULL}, {"out/b.csv", NULL}, {"out/result.h5", "a"}, {"out/result.h5", "b"}};
    for (size_t i = 0; i < 4; i++) {
        bm_read_result result;
        bm_error err = {0};
        bm_status status =
            read_back(in(state, places[i].file), places[i].dataset, 1, &result, &err);
        if (status != BM_OK)
            fail_msg("%s: %s", places[i].file, err.message);
        assert_int_equal(result.table.rows, 3);
        assert_int_equal(result.table.column[0].missing, 2);
        assert_false(bm_column_is_missing(&result.table.column[0], 1));
        bm_read_result_free(&result);
    }
}

static int start(void **state) {
    (void)state;
    bm_start();
    return 0;
}

#define SCRATCH_TEST(test) cmocka_unit_test_setup_teardown(test, make_scratch, remove_scratch)

int main(void) {
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_result_without_rows_keeps_its_columns),
        SCRATCH_TEST(one_row_comes_back),
        SCRATCH_TEST(every_kind_of_cell_comes_back),
        SCRATCH_TEST(a_hundred_thousand_rows_come_back),
        SCRATCH_TEST(streams_come_back),
        SCRATCH_TEST(a_missing_cell_is_a_row_even_alone),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
