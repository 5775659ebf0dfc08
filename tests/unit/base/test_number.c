#include "base/number.h"

#include <locale.h>
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

static void plain_numbers_equal_strtod_bit_for_bit(void **state) {
    (void)state;
    static const char *const cases[] = {
        "0",
        "-0",
        "1",
        "+1",
        ".5",
        "5.",
        "1e3",
        "1E-3",
        "0.1",
        "3.14159265358979323846",
        "1e22",
        "1e23",
        "9007199254740993",
        "123456789012345678901234567890",
        "2.2250738585072014e-308",
        "4.9e-324",
        "1.7976931348623157e308",
        "0.000000000000000000000000000000001",
        "179769313486231570000000000000000000000000000000000000",
        "  42  ",
        "\t7",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double value, wanted = strtod(cases[i], NULL);
        assert_true(bm_parse_number(text(cases[i]), &value));
        assert_memory_equal(&value, &wanted, sizeof value);
    }
}

/* Decimals of every length, against strtod: the fast path must round as it does. */
static void random_decimals_equal_strtod(void **state) {
    (void)state;
    uint64_t x = 88172645463325252u;
    for (int i = 0; i < 200000; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        char digits[64];
        int places = (int)(x % 25), exponent = (int)(x / 25 % 60) - 30;
        snprintf(digits, sizeof digits, "%llu.%0*llue%d", (unsigned long long)(x >> 40), places + 1,
                 (unsigned long long)(x >> (x % 50)), exponent);
        double value, wanted = strtod(digits, NULL);
        assert_true(bm_parse_number(text(digits), &value));
        assert_memory_equal(&value, &wanted, sizeof value);
    }
}

static void what_is_no_finite_decimal_is_refused(void **state) {
    (void)state;
    static const char *const cases[] = {"",      " ",    ".",     "-",   "e5",  "1e",
                                        "1e+",   "0x10", "inf",   "nan", "1,5", "12 3",
                                        "1e999", "--1",  "1.2.3", "٣"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double value;
        assert_false(bm_parse_number(text(cases[i]), &value));
    }
}

static void decimal_comma_and_thousands_are_read(void **state) {
    (void)state;
    double value;
    assert_true(bm_parse_decimal(text("1.234.567,89"), ',', '.', &value));
    assert_true(value == 1234567.89);
    assert_true(bm_parse_decimal(text("12,5"), ',', '\0', &value));
    assert_true(value == 12.5);
    assert_false(bm_parse_decimal(text("12.5"), ',', '\0', &value));
    assert_false(bm_parse_decimal(text("1.23,5"), ',', '.', &value));
    assert_false(bm_parse_decimal(text("1.2345"), ',', '.', &value));
    assert_true(bm_parse_decimal(text("1,234.5"), '.', ',', &value));
    assert_true(value == 1234.5);
}

static void printed_numbers_read_back_to_the_same_double(void **state) {
    (void)state;
    uint64_t x = 2463534242u;
    for (int i = 0; i < 200000; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        double value, back;
        memcpy(&value, &x, sizeof value);
        if (!isfinite(value))
            continue;
        char printed[BM_NUMBER_TEXT];
        int length = bm_format_number(printed, value);
        assert_int_equal(length, strlen(printed));
        assert_true(bm_parse_number(text(printed), &back));
        assert_true(back == value);
    }
    char printed[BM_NUMBER_TEXT];
    bm_format_number(printed, 0.1);
    assert_string_equal(printed, "0.1");
    bm_format_number(printed, -0.0);
    assert_string_equal(printed, "0");
    bm_format_number(printed, 8911407.904);
    assert_string_equal(printed, "8911407.904");
    assert_int_equal(bm_format_number(printed, NAN), 0);
}

static void whole_numbers_keep_their_bounds(void **state) {
    (void)state;
    int64_t value;
    assert_true(bm_parse_integer(text("12"), 1, 12, &value));
    assert_int_equal(value, 12);
    assert_true(bm_parse_integer(text("-3"), -5, 5, &value));
    assert_false(bm_parse_integer(text("13"), 1, 12, &value));
    assert_false(bm_parse_integer(text("1.0"), 0, 9, &value));
    assert_false(bm_parse_integer(text("99999999999999999999"), 0, INT64_MAX, &value));
    assert_false(bm_parse_integer(text(""), 0, 9, &value));
    assert_false(bm_parse_integer(text("-"), -9, 9, &value));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_numbers_equal_strtod_bit_for_bit),
        cmocka_unit_test(random_decimals_equal_strtod),
        cmocka_unit_test(what_is_no_finite_decimal_is_refused),
        cmocka_unit_test(decimal_comma_and_thousands_are_read),
        cmocka_unit_test(printed_numbers_read_back_to_the_same_double),
        cmocka_unit_test(whole_numbers_keep_their_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
