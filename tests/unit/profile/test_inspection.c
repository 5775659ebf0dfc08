#include "base/memory.h"
#include "base/parallel.h"
#include "buyermap/table.h"
#include "profile/inspection.h"
#include "result_cells.h"

#include <stdlib.h>

enum { ROWS = 5, COLUMNS = 5 };

/* id, amount, day, city, note: as a file of five rows would be read. */
static void make_table(bm_table *table, bm_evidence evidence[COLUMNS]) {
    static const char *const name[] = {"id", "amount", "day", "city", "note"};
    static const bm_type type[] = {BM_TYPE_TEXT, BM_TYPE_NUMBER, BM_TYPE_DATE, BM_TYPE_CATEGORY,
                                   BM_TYPE_CATEGORY};
    static const char *const id[] = {"1", "2", "3", "4", "5"};
    static const char *const city[] = {"Gori", "Tbilisi", "Tbilisi", NULL, "Gori"};
    static const double amount[] = {12.5, NAN, 7, 9, 400};
    static const int64_t when[] = {86400, BM_NO_DATE, 86400 + 60, -86400, 0};
    *table = (bm_table){.rows = ROWS, .columns = COLUMNS};
    memset(evidence, 0, COLUMNS * sizeof *evidence);
    evidence[1] = (bm_evidence){.present = 5, .numbers = 4, .whole = 3};
    evidence[2] = (bm_evidence){.present = 4, .dates = 4};
    assert_int_equal(BM_NEW(&table->column, COLUMNS, "a test", NULL), BM_OK);
    for (size_t c = 0; c < COLUMNS; c++) {
        bm_column *column = &table->column[c];
        column->type = type[c];
        assert_int_equal(bm_copy_string(&column->name, name[c], NULL), BM_OK);
        assert_int_equal(c == 1   ? BM_NEW(&column->number, ROWS, "a test", NULL)
                         : c == 2 ? BM_NEW(&column->when, ROWS, "a test", NULL)
                                  : BM_NEW(&column->code, ROWS, "a test", NULL),
                         BM_OK);
        for (size_t i = 0; i < ROWS; i++) {
            const char *text = c == 0 ? id[i] : c == 3 ? city[i] : NULL;
            if (c == 1)
                column->number[i] = amount[i];
            else if (c == 2)
                column->when[i] = when[i];
            else if (text == NULL)
                column->code[i] = -1;
            else
                assert_int_equal(bm_dictionary_intern(&column->dictionary,
                                                      (bm_text){text, strlen(text)},
                                                      &column->code[i], NULL),
                                 BM_OK);
            column->missing += (size_t)bm_column_is_missing(column, i);
        }
    }
}

static void a_table_is_described_by_any_number_of_threads(void **state) {
    (void)state;
    for (int threads = 1; threads <= 7; threads += 3) {
        bm_table table;
        bm_evidence evidence[COLUMNS];
        bm_result result;
        make_table(&table, evidence);
        bm_set_threads(threads);
        assert_int_equal(bm_inspect(&table, evidence, 0, &result, NULL), BM_OK);
        bm_set_threads(0);
        assert_int_equal(result.rows, COLUMNS);
        assert_true(text_is(&result, "used_as", 0, "id"));
        assert_true(text_is(&result, "why", 0, "every value is there and different"));
        assert_int_equal(whole(&result, "distinct", 0), 5);
        assert_true(text_is(&result, "top", 0, "")); /* nothing stands there twice */
        assert_int_equal(whole(&result, "missing", 1), 1);
        assert_close(number(&result, "min", 1), 7);
        assert_close(number(&result, "q1", 1), 8.5);
        assert_close(number(&result, "median", 1), 10.75);
        assert_close(number(&result, "p90", 1), 283.75);
        assert_close(number(&result, "mean", 1), 107.125);
        assert_close(number(&result, "outliers", 1), 1);
        assert_true(text_is(&result, "examples", 1, "12.5, 7, 9"));
        assert_true(text_is(&result, "used_as", 1, "feature"));
        assert_true(text_is(&result, "why", 1, "4 of 5 values read as numbers"));
        assert_true(text_is(&result, "first", 2, "1969-12-31"));
        assert_true(text_is(&result, "last", 2, "1970-01-02"));
        assert_true(text_is(&result, "examples", 2, "1970-01-02, 1969-12-31, 1970-01-01"));
        assert_int_equal(whole(&result, "distinct", 2), 4); /* a minute apart is apart */
        assert_true(text_is(&result, "why", 2, "all 4 values read as dates"));
        assert_true(text_is(&result, "top", 3, "Gori")); /* of two the first */
        assert_close(number(&result, "top_share", 3), 0.5);
        assert_true(text_is(&result, "why", 3, "text of 2 distinct values"));
        assert_true(text_is(&result, "used_as", 4, "not used: no value"));
        assert_true(isnan(number(&result, "mean", 4)));
        bm_result_free(&result);
        bm_table_free(&table);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_is_described_by_any_number_of_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
