/* Dictionaries, lists, results, features, accounting. */
#include "buyermap/accounting.h"
#include "buyermap/features.h"
#include "buyermap/result.h"
#include "data/values.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bm_text text(const char *string) {
    return (bm_text){string, strlen(string)};
}

static void a_dictionary_numbers_texts_by_first_appearance(void **state) {
    (void)state;
    bm_dictionary dictionary = {0};
    char word[32];
    int32_t code;
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 5000; i++) {
            snprintf(word, sizeof word, "buyer %d", i);
            assert_int_equal(bm_dictionary_intern(&dictionary, text(word), &code, NULL), BM_OK);
            assert_int_equal(code, i);
        }
    }
    assert_int_equal(dictionary.count, 5000);
    assert_string_equal(bm_dictionary_string(&dictionary, 4999), "buyer 4999");
    assert_int_equal(bm_dictionary_find(&dictionary, text("buyer 77")), 77);
    assert_int_equal(bm_dictionary_find(&dictionary, text("nobody")), -1);
    bm_dictionary_free(&dictionary);
    assert_int_equal(bm_dictionary_find(&dictionary, text("buyer 77")), -1);
    bm_dictionary_free(&dictionary);
}

static void texts_with_nul_bytes_and_the_empty_text_are_texts(void **state) {
    (void)state;
    bm_dictionary dictionary = {0};
    int32_t a, b, empty;
    assert_int_equal(bm_dictionary_intern(&dictionary, (bm_text){"x\0y", 3}, &a, NULL), BM_OK);
    assert_int_equal(bm_dictionary_intern(&dictionary, (bm_text){"x\0z", 3}, &b, NULL), BM_OK);
    assert_int_equal(bm_dictionary_intern(&dictionary, (bm_text){"", 0}, &empty, NULL), BM_OK);
    assert_true(a != b);
    assert_int_equal(bm_dictionary_text(&dictionary, b).length, 3);
    assert_int_equal(bm_dictionary_text(&dictionary, empty).length, 0);
    bm_dictionary_free(&dictionary);
}

static void lists_are_split_and_trimmed(void **state) {
    (void)state;
    bm_strings list = {0};
    assert_int_equal(bm_strings_split(&list, " a, b c ,,d", ',', NULL), BM_OK);
    assert_int_equal(list.count, 4);
    assert_string_equal(list.item[0], "a");
    assert_string_equal(list.item[1], "b c");
    assert_string_equal(list.item[2], "");
    assert_true(bm_strings_contain(&list, "d"));
    assert_false(bm_strings_contain(&list, "b"));
    bm_strings_free(&list);
}

static void count_up(const void *source, size_t first, size_t count, void *block) {
    for (size_t i = 0; i < count; i++)
        ((int64_t *)block)[i] = *(const int64_t *)source + (int64_t)(first + i);
}

static void stored_and_generated_columns_read_alike(void **state) {
    (void)state;
    static const bm_heading heading[] = {{"n", BM_CELL_INTEGER, "", ""},
                                         {"x", BM_CELL_NUMBER, "", ""},
                                         {"b", BM_CELL_BOOLEAN, "", ""},
                                         {"t", BM_CELL_TEXT, "", ""}};
    bm_result result;
    assert_int_equal(bm_result_init(&result, "test", "", heading, 4, 3, NULL), BM_OK);
    double x[3];
    bm_text t[3];
    bm_result_read(&result, 1, 0, 3, x);
    bm_result_read(&result, 3, 0, 3, t);
    assert_true(isnan(x[2]));
    assert_int_equal(t[2].length, 0);
    assert_int_equal(bm_result_set_string(&result, 3, 1, "თბილისი", NULL), BM_OK);
    assert_int_equal(bm_result_width(&result, 3), 21);
    assert_int_equal(bm_result_resize(&result, 40, NULL), BM_OK);
    bm_result_read(&result, 3, 1, 1, t);
    assert_int_equal(t[0].length, 21);
    const int64_t from = 100;
    int64_t n[2];
    bm_result_generate(&result, 0, count_up, &from, 0);
    bm_result_read(&result, 0, 38, 2, n);
    assert_int_equal(n[1], 139);
    assert_int_equal(bm_result_find(&result, "b"), 2);
    assert_int_equal(bm_result_find(&result, "nothing"), 4);
    bm_result_free(&result);
    bm_result_free(&result);
}

/* Three features of ten buyers, in three ways; rows 0 and 1 are buyers 0 and 9. */
static void selected_features_are_the_clustered_ones(void **state) {
    (void)state;
    double number[20], value[2];
    int32_t code[10] = {0};
    for (size_t i = 0; i < 20; i++)
        number[i] = i == 0 ? NAN : (double)i;
    code[9] = 1;
    bm_features all, clustered;
    assert_int_equal(bm_features_init(&all, 2, 3, NULL), BM_OK);
    free(all.x);
    all.x = NULL;
    all.values = calloc(3, sizeof *all.values);
    assert_non_null(all.values);
    all.values[0] = (bm_values){.number = number, .stride = 2};
    all.values[1] = (bm_values){.number = number, .stride = 1};
    all.values[2] = (bm_values){.code = code, .category = 1};
    for (size_t j = 0; j < 3; j++) {
        char name[8];
        snprintf(name, sizeof name, "f%zu", j);
        assert_int_equal(bm_feature_set(&all.feature[j], name, name, BM_FEATURE_NUMBER, NULL),
                         BM_OK);
    }
    all.feature[0].fill = 5;
    all.feature[0].high = 12;
    all.feature[1].clustered = 0;
    all.row_of[1] = 9;
    assert_int_equal(bm_features_select(&all, &clustered, NULL), BM_OK);
    assert_int_equal(clustered.d, 2);
    assert_string_equal(clustered.feature[1].name, "f2");
    assert_int_equal(clustered.row_of[1], 9);
    assert_int_equal(bm_features_column(&all, 0, 0, 2, value, NULL), BM_OK);
    assert_true(isnan(value[0]) && value[1] == 18);
    assert_int_equal(bm_features_column(&clustered, 0, 0, 2, value, NULL), BM_OK);
    assert_true(value[0] == 5 && value[1] == 12);
    assert_int_equal(bm_features_column(&clustered, 1, 0, 2, value, NULL), BM_OK);
    assert_true(value[0] == 0 && value[1] == 1);
    bm_features_free(&all);
    bm_features_free(&clustered);
}

static void exclusions_of_one_reason_are_summed(void **state) {
    (void)state;
    bm_accounting a = {0}, total = {0};
    assert_int_equal(bm_accounting_exclude(&a, "late", 2, NULL), BM_OK);
    assert_int_equal(bm_accounting_exclude(&a, "early", 1, NULL), BM_OK);
    assert_int_equal(bm_accounting_exclude(&a, "late", 3, NULL), BM_OK);
    assert_int_equal(a.excluded, 6);
    assert_int_equal(a.exclusions, 2);
    assert_int_equal(a.exclusion[0].rows, 5);
    assert_int_equal(bm_accounting_add(&total, &a, NULL), BM_OK);
    assert_int_equal(bm_accounting_add(&total, &a, NULL), BM_OK);
    assert_int_equal(total.excluded, 12);
    bm_accounting_free(&a);
    bm_accounting_free(&total);
}

static void rejected_texts_are_cut_between_characters(void **state) {
    (void)state;
    char longer[300] = "";
    for (int i = 0; i < 90; i++)
        strcat(longer, "ქ"); /* three bytes each */
    bm_accounting a = {0};
    assert_int_equal(bm_accounting_reject(&a, "f.csv", 7, 99, "c", "bad", text(longer), NULL),
                     BM_OK);
    assert_int_equal(strlen(a.reject[0].text), 80 * strlen("ქ"));
    bm_accounting_free(&a);
}

static void a_text_is_never_cut_inside_a_character(void **state) {
    (void)state;
    const char *mixed = "a\xc3\xa9\xe1\x83\xa5\xf0\x9f\x98\x80z"; /* 1, 2, 3, 4 and 1 bytes */
    const size_t whole[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};
    for (size_t bytes = 0; bytes < sizeof whole / sizeof whole[0]; bytes++)
        assert_int_equal(bm_text_cut(text(mixed), bytes).length, whole[bytes]);
    /* Where there are no characters, any place is good. */
    assert_int_equal(bm_text_cut(text("\x80\x80\x80\x80\x80\x80"), 5).length, 5);
    assert_int_equal(bm_text_cut(text("\xf0\x9f\x98!"), 2).length, 2);
    assert_int_equal(bm_text_cut((bm_text){NULL, 0}, 3).length, 0);
    /* By characters: 1, 2, 3, 4 and 1 bytes again, and three bytes that are no character. */
    const size_t first[] = {0, 1, 3, 6, 10, 11, 11};
    for (size_t n = 0; n < sizeof first / sizeof first[0]; n++)
        assert_int_equal(bm_text_first(text(mixed), n).length, first[n]);
    assert_int_equal(bm_text_first(text("\xf0\x9f\x98!"), 2).length, 2);
    assert_int_equal(bm_text_first((bm_text){NULL, 0}, 3).length, 0);
}

static void expect_clean(const char *bytes, const char *expected) {
    char *clean;
    assert_int_equal(bm_text_clean(&clean, text(bytes), NULL), BM_OK);
    assert_string_equal(clean, expected);
    free(clean);
}

/* What Python's bytes.decode("utf-8", "replace") gives, but for one U+FFFD a byte. */
static void every_byte_that_is_no_character_is_replaced(void **state) {
    (void)state;
    expect_clean("", "");
    expect_clean("caf\xc3\xa9 \xe1\x83\xa5 \xf0\x9f\x98\x80",
                 "caf\xc3\xa9 \xe1\x83\xa5 \xf0\x9f\x98\x80");
    expect_clean("caf\xe9!", "caf\xef\xbf\xbd!");
    expect_clean("\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd");                 /* overlong */
    expect_clean("\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"); /* a surrogate */
    expect_clean("\xf4\x90\x80\x80",                                      /* above U+10FFFF */
                 "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    expect_clean("x\xf0\x9f\x98", "x\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"); /* cut short */
}

static void rejected_rows_are_utf8_whatever_the_file_had(void **state) {
    (void)state;
    char longer[201];
    memset(longer, '\xe9', 200);
    longer[200] = '\0';
    bm_accounting a = {0}, total = {0};
    assert_int_equal(
        bm_accounting_reject(&a, "caf\xe9.csv", 7, 99, "pri\xe8re", "bad \xff", text(longer), NULL),
        BM_OK);
    assert_string_equal(a.reject[0].source, "caf\xef\xbf\xbd.csv");
    assert_string_equal(a.reject[0].column, "pri\xef\xbf\xbdre");
    assert_string_equal(a.reject[0].problem, "bad \xef\xbf\xbd");
    assert_int_equal(strlen(a.reject[0].text), 240); /* 80 replacements of 3 bytes */
    assert_memory_equal(a.reject[0].text + 237, "\xef\xbf\xbd", 4);
    /* A total says the same of the row as its part. */
    assert_int_equal(bm_accounting_add(&total, &a, NULL), BM_OK);
    assert_string_equal(total.reject[0].text, a.reject[0].text);
    assert_string_equal(total.reject[0].source, a.reject[0].source);
    bm_accounting_free(&a);
    bm_accounting_free(&total);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dictionary_numbers_texts_by_first_appearance),
        cmocka_unit_test(texts_with_nul_bytes_and_the_empty_text_are_texts),
        cmocka_unit_test(lists_are_split_and_trimmed),
        cmocka_unit_test(stored_and_generated_columns_read_alike),
        cmocka_unit_test(selected_features_are_the_clustered_ones),
        cmocka_unit_test(exclusions_of_one_reason_are_summed),
        cmocka_unit_test(rejected_texts_are_cut_between_characters),
        cmocka_unit_test(a_text_is_never_cut_inside_a_character),
        cmocka_unit_test(every_byte_that_is_no_character_is_replaced),
        cmocka_unit_test(rejected_rows_are_utf8_whatever_the_file_had),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
