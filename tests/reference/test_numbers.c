/* Columns of numbers from a file are what strtod makes of their cells. With arguments it is the
 * half of numbers.sh that reads: CSV RAW LOCALE writes the columns of a file, one after another, as
 * raw doubles, in a process of that locale. */
#include "input/input.h"
#include "job/start.h"

#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static bm_status read_numbers(const char *path, const bm_dialect *dialect, bm_read_result *result) {
    bm_read_request request = {
        .path = path, .dialect = dialect, .others = BM_WANT_NUMBER, .max_bad_share = NAN};
    bm_error err = {0};
    bm_status status = bm_read(&request, NULL, result, &err);
    if (status != BM_OK)
        fprintf(stderr, "%s\n", err.message);
    return status;
}

static int dump(const char *path, const char *raw, const char *locale) {
    bm_dialect dialect;
    bm_read_result result = {0};
    if (setlocale(LC_ALL, locale) == NULL) {
        fprintf(stderr, "no locale %s\n", locale);
        return 1;
    }
    FILE *out = fopen(raw, "wb");
    if (out == NULL || bm_dialect_default(&dialect, NULL) != BM_OK)
        return 1;
    int failed = read_numbers(path, &dialect, &result) != BM_OK;
    for (size_t c = 0; !failed && c < result.table.columns; c++)
        failed = fwrite(result.table.column[c].number, sizeof(double), result.table.rows, out) !=
                 result.table.rows;
    failed |= fclose(out) != 0;
    bm_read_result_free(&result);
    bm_dialect_free(&dialect);
    return failed;
}

enum { ROWS = 20000, COLUMNS = 4, CELL = 40 };

/* Short, long, whole, with exponent; with this decimal mark. */
static void spell(char *cell, int kind, uint64_t bits, char mark) {
    static const char *const form[COLUMNS] = {"%.3f", "%.17g", "%.0f", "%.6e"};
    snprintf(cell, CELL, form[kind], ((double)(bits >> 11) * 0x1p-53 - 0.5) * 2e5);
    char *point = strchr(cell, '.');
    if (point != NULL)
        *point = mark;
}

static void check_file(const char *path, char delimiter, char mark) {
    static char cell[ROWS * COLUMNS][CELL];
    uint64_t x = 88172645463325252u;
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "a%cb%cc%cd\n", delimiter, delimiter, delimiter);
    for (int i = 0; i < ROWS * COLUMNS; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        spell(cell[i], i % COLUMNS, x, mark);
        fprintf(file, "%s%c", cell[i], i % COLUMNS == COLUMNS - 1 ? '\n' : delimiter);
    }
    assert_int_equal(fclose(file), 0);
    bm_dialect dialect;
    bm_read_result result = {0};
    assert_int_equal(bm_dialect_default(&dialect, NULL), BM_OK);
    dialect.delimiter = delimiter;
    dialect.decimal = mark;
    assert_int_equal(read_numbers(path, &dialect, &result), BM_OK);
    assert_int_equal(result.table.rows, ROWS);
    for (int i = 0; i < ROWS * COLUMNS; i++) {
        char *point = strchr(cell[i], mark);
        if (point != NULL)
            *point = '.';
        double wanted = strtod(cell[i], NULL);
        assert_memory_equal(&result.table.column[i % COLUMNS].number[i / COLUMNS], &wanted,
                            sizeof wanted);
    }
    bm_read_result_free(&result);
    bm_dialect_free(&dialect);
}

static void columns_of_a_file_hold_what_strtod_makes_of_the_cells(void **state) {
    (void)state;
    char folder[] = "/tmp/buyermap-numbers-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/n.csv", folder);
    check_file(path, ',', '.');
    check_file(path, ';', ',');
    unlink(path);
    rmdir(folder);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_of_a_file_hold_what_strtod_makes_of_the_cells),
    };
    bm_start();
    return argc == 4 ? dump(argv[1], argv[2], argv[3]) : cmocka_run_group_tests(tests, NULL, NULL);
}
