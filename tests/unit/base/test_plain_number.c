/* Every spelling of a number against strtod in the C locale, bit by bit: read as a plain cell, as a
 * text, with a decimal comma, and with thousands separators. */
#include "base/number.h"
#include "base/plain_number.h"

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

enum { ROOM = 512 };

static locale_t c_locale;
static uint64_t state_of_random = 88172645463325252u;

static uint64_t random_bits(void) {
    uint64_t x = state_of_random;
    x ^= x << 13, x ^= x >> 7, x ^= x << 17;
    return state_of_random = x;
}

static size_t random_below(size_t n) {
    return (size_t)(random_bits() >> 32) % n;
}

static double random_finite(void) {
    double value;
    do {
        uint64_t bits = random_bits();
        memcpy(&value, &bits, sizeof value);
    } while (!isfinite(value));
    return value;
}

static double random_usual(void) {
    return ((double)(random_bits() >> 11) * 0x1p-53 - 0.5) * pow(10, (double)random_below(10));
}

/* The C library's word: the whole text is read by strtod, is not written with letters, and is
 * finite. */
static int judge(const char *text, size_t length, double *wanted) {
    char copy[ROOM];
    char *end;
    memcpy(copy, text, length);
    copy[length] = '\0';
    *wanted = strtod_l(copy, &end, c_locale);
    return length > 0 && end == copy + length && strspn(copy, "0123456789+-.eE") == length &&
           isfinite(*wanted);
}

static void assert_same(const char *how, const char *text, size_t length, int read, double value,
                        int wanted_read, double wanted) {
    if (read != wanted_read || (read && memcmp(&value, &wanted, sizeof value) != 0))
        fail_msg("\"%.*s\" %s: %d %a, wanted %d %a", (int)length, text, how, read, value,
                 wanted_read, wanted);
}

/* Has the plain form, by a second and slower opinion. */
static int is_plain(const char *text, size_t length) {
    size_t sign = length > 0 && strchr("+-", text[0]) != NULL;
    size_t marks = 0, digits = 0;
    for (size_t i = sign; i < length; i++) {
        marks += text[i] == '.';
        digits += text[i] >= '0' && text[i] <= '9';
    }
    return digits > 0 && marks <= 1 && sign + marks + digits == length;
}

static void check_plain(const char *text, size_t length, int wanted_read, double wanted) {
    /* What stands behind a cell is the next one, and must not matter. */
    static const char behind[] = "7.-,9+\n\x1e.0\xff";
    char cell[ROOM + 32];
    double value = NAN;
    memset(cell, behind[random_below(sizeof behind)], sizeof cell);
    memcpy(cell, text, length);
    int read = bm_parse_plain_number(cell, length, &value);
    if (read)
        assert_same("as a plain number", text, length, read, value, wanted_read, wanted);
    /* The fast path is one only when it takes what it is for. */
    if (length <= 15 && is_plain(text, length))
        assert_true(read);
}

static void check(const char *text, size_t length) {
    char exact[ROOM], comma[ROOM];
    double wanted, value = NAN;
    int wanted_read = judge(text, length, &wanted);
    /* The text ends where its memory ends, so that a sanitizer sees who reads behind it. */
    char *own = exact + sizeof exact - length;
    memcpy(own, text, length);
    int read = bm_parse_number((bm_text){own, length}, &value);
    assert_same("as a text", text, length, read, value, wanted_read, wanted);
    check_plain(text, length, wanted_read, wanted);
    for (size_t i = 0; i < length; i++)
        comma[i] = text[i] == '.' ? ',' : text[i] == ',' ? '.' : text[i];
    read = bm_parse_decimal((bm_text){comma, length}, ',', '\0', &value);
    assert_same("with a comma", text, length, read, value, wanted_read, wanted);
    memset(comma + length, '5', 32);
    if (bm_parse_plain_decimal(comma, length, ',', &value))
        assert_same("plain with a comma", text, length, 1, value, wanted_read, wanted);
}

static size_t random_digits(char *out, size_t count) {
    for (size_t i = 0; i < count; i++)
        out[i] = (char)('0' + random_below(10));
    return count;
}

/* Any digits with a point anywhere, perhaps a sign, zeros at both ends and an exponent. */
static size_t spell_by_hand(char *out, size_t most_digits) {
    size_t length = 0, digits = 1 + random_below(most_digits);
    if (random_below(3) == 0)
        out[length++] = random_below(4) == 0 ? '+' : '-';
    for (size_t zeros = random_below(8) == 0 ? random_below(6) : 0; zeros > 0; zeros--)
        out[length++] = '0';
    size_t first = length;
    length += random_digits(out + length, digits);
    if (random_below(4) != 0) {
        size_t point = first + random_below(digits + 1);
        memmove(out + point + 1, out + point, length - point);
        out[point] = '.';
        length++;
        for (size_t zeros = random_below(8) == 0 ? random_below(6) : 0; zeros > 0; zeros--)
            out[length++] = '0';
    }
    if (random_below(8) == 0)
        length += (size_t)snprintf(out + length, 16, "e%d", (int)random_below(60) - 30);
    return length;
}

/* Exactly between two doubles, or a hair beside it. */
static size_t spell_halfway(char *out) {
    long double between = (long double)((random_bits() | (uint64_t)1 << 63) >> 10);
    between = ldexpl(between, (int)random_below(70) - 60);
    size_t length = (size_t)snprintf(out, ROOM, "%.*Lf", (int)random_below(70), between);
    if (strchr(out, '.') != NULL && random_below(2) == 0)
        length += (size_t)snprintf(out + length, 8, "%s", random_below(2) ? "0001" : "000");
    return length;
}

static size_t spell(char *out, size_t kind) {
    switch (kind) {
    case 0:
        return (size_t)snprintf(out, ROOM, "%.17g", random_finite());
    case 1:
        return (size_t)snprintf(out, ROOM, "%.17g", random_usual());
    case 2:
        return (size_t)snprintf(out, ROOM, "%g", random_usual());
    case 3:
        return (size_t)snprintf(out, ROOM, "%e", random_finite());
    case 4:
        return (size_t)snprintf(out, ROOM, "%f", random_usual());
    case 5:
        return (size_t)snprintf(out, ROOM, "%.15g", random_usual());
    case 6:
        return spell_halfway(out);
    case 7: /* around the ends of the range */
        return (size_t)snprintf(
            out, ROOM, "%llu.%llue%d", (unsigned long long)random_bits() >> random_below(60),
            (unsigned long long)random_bits() >> random_below(60),
            random_below(2) ? 285 + (int)random_below(30) : -300 - (int)random_below(50));
    case 8:
        return spell_by_hand(out, 40);
    default:
        return spell_by_hand(out, 17);
    }
}

static void check_spellings(size_t count) {
    char text[ROOM];
    for (size_t i = 0; i < count; i++) {
        /* Short ones by hand are the most: they are what the words are for, and quick to make. */
        size_t length = spell(text, i % 32);
        for (size_t c = 0; c < length; c++) /* a locale of the process */
            text[c] = text[c] == ',' ? '.' : text[c];
        check(text, length);
    }
}

static void two_million_spellings_equal_strtod_bit_for_bit(void **state) {
    (void)state;
    check_spellings(2000000);
}

static void every_short_text_of_awkward_characters_is_judged_as_strtod_does(void **state) {
    (void)state;
    static const char alphabet[] = "09.-+e,";
    const size_t letters = sizeof alphabet - 1;
    for (size_t length = 0; length <= 6; length++) {
        size_t texts = 1;
        for (size_t i = 0; i < length; i++)
            texts *= letters;
        for (size_t t = 0; t < texts; t++) {
            char text[8];
            for (size_t i = 0, rest = t; i < length; i++, rest /= letters)
                text[i] = alphabet[rest % letters];
            check(text, length);
        }
    }
}

/* One strange byte in an otherwise plain number, of every value and at every place. */
static void a_strange_byte_anywhere_is_refused(void **state) {
    (void)state;
    for (size_t length = 1; length <= 18; length++) {
        for (size_t place = 0; place < length; place++) {
            for (int byte = 0; byte < 256; byte++) {
                char text[32];
                random_digits(text, length);
                text[random_below(length)] = '.';
                text[place] = (char)byte;
                /* Blanks around are allowed, and a NUL would end strtod's text. */
                if (byte == ' ' || byte == '\t')
                    continue;
                if (byte != 0)
                    check(text, length);
                double value;
                if (byte == 0)
                    assert_false(bm_parse_number((bm_text){text, length}, &value) ||
                                 bm_parse_plain_number(text, length, &value));
            }
        }
    }
}

static void the_longest_whole_numbers_are_exact(void **state) {
    (void)state;
    static const char *const cases[] = {
        "9007199254740992",
        "9007199254740993",
        "9007199254740991",
        "9999999999999999",
        "-900719925474099",
        "+900719925474099",
        "-999999999999999",
        ".999999999999999",
        "999999999999999.",
        "9.99999999999999",
        "-0",
        "-0.0",
        "-.0",
        "-0.",
        "+0",
        "00000000",
        "-000000000000000",
        "0000000000000000",
        "12345678",
        "-12345678",
        "123456789",
        "1234567.",
        "12345678.",
        "-1234567.8",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check(cases[i], strlen(cases[i]));
    double value;
    assert_true(bm_parse_plain_number("-0              ", 2, &value));
    assert_true(value == 0 && signbit(value));
    assert_false(bm_parse_plain_number("9007199254740993", 16, &value));
    assert_true(bm_parse_plain_number("9007199254740992", 16, &value));
    assert_true(value == 9007199254740992.0);
}

/* Separators put in from the right, at the right places or one of them elsewhere. */
static void groups_of_three_read_as_the_number_without_them(void **state) {
    (void)state;
    static const char marks[][2] = {{',', '.'}, {'.', ','}, {',', ' '}, {'.', '\''}};
    for (size_t i = 0; i < 200000; i++) {
        char whole[32], plain[ROOM], text[ROOM];
        const char *mark = marks[i % 4];
        size_t digits = random_digits(whole, 1 + random_below(22)), length = 0, fraction;
        int negative = random_below(3) == 0;
        if (negative)
            text[length++] = '-';
        for (size_t d = 0; d < digits; d++) {
            if (d > 0 && (digits - d) % 3 == 0)
                text[length++] = mark[1];
            text[length++] = whole[d];
        }
        size_t at =
            (size_t)snprintf(plain, ROOM, "%s%.*s", negative ? "-" : "", (int)digits, whole);
        if (random_below(2) == 0) {
            plain[at++] = '.';
            text[length++] = mark[0];
            fraction = random_digits(plain + at, random_below(6));
            memcpy(text + length, plain + at, fraction);
            at += fraction;
            length += fraction;
        }
        double wanted, value = NAN;
        assert_true(judge(plain, at, &wanted));
        int read = bm_parse_decimal((bm_text){text, length}, mark[0], mark[1], &value);
        assert_same("in groups", text, length, read, value, 1, wanted);
        if (digits < 4 || digits % 3 == 1)
            continue;
        /* A separator that stands one place further left. */
        char *separator = memchr(text, mark[1], length);
        separator[0] = separator[-1];
        separator[-1] = mark[1];
        assert_false(bm_parse_decimal((bm_text){text, length}, mark[0], mark[1], &value));
    }
}

static void groups_of_another_form_are_refused(void **state) {
    (void)state;
    static const char *const cases[] = {
        ".123",      "1.",        "1..234", "1.234.",   "1234.567",    "1.2345", "1.23,4",
        "1,234.567", "1,5e1.000", "-.123",  "1.234.56", "1.234e5.678", "1.2e3",  ".",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double value;
        if (bm_parse_decimal((bm_text){cases[i], strlen(cases[i])}, ',', '.', &value))
            fail_msg("\"%s\" is no number with groups", cases[i]);
    }
    double value;
    assert_true(bm_parse_decimal((bm_text){"1.234e5", 7}, ',', '.', &value));
    assert_true(value == 1234e5);
    assert_true(bm_parse_decimal((bm_text){" +1.234,5\t", 10}, ',', '.', &value));
    assert_true(value == 1234.5);
}

/* Zeros without end, and digits that decide only after the 400th place. */
static void a_number_may_be_longer_than_any_buffer(void **state) {
    (void)state;
    enum { LONG = 5000 };
    char *text = malloc(LONG + 8);
    double value, wanted;
    assert_non_null(text);
    strcpy(text, "9007199254740993.");
    memset(text + 17, '0', LONG - 17);
    for (int last = 0; last < 2; last++) {
        text[LONG - 1] = (char)('0' + last);
        text[LONG] = '\0';
        wanted = strtod_l(text, NULL, c_locale);
        assert_true(wanted == (last ? 9007199254740994.0 : 9007199254740992.0));
        assert_true(bm_parse_number((bm_text){text, LONG}, &value));
        assert_true(value == wanted);
    }
    memset(text, '0', LONG);
    text[1] = '.';
    strcpy(text + LONG, "7e4997");
    wanted = strtod_l(text, NULL, c_locale);
    assert_true(bm_parse_number((bm_text){text, LONG + 6}, &value) && value == wanted);
    free(text);
}

static void a_german_locale_of_the_process_changes_nothing(void **state) {
    (void)state;
    if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL) {
        print_message("no locale de_DE.UTF-8\n");
        skip();
    }
    assert_string_equal(localeconv()->decimal_point, ",");
    check_spellings(200000);
    char printed[BM_NUMBER_TEXT];
    bm_format_number(printed, 0.1);
    assert_string_equal(printed, "0.1");
    setlocale(LC_ALL, "C");
}

static int find_c_locale(void **state) {
    (void)state;
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    return c_locale == (locale_t)0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_million_spellings_equal_strtod_bit_for_bit),
        cmocka_unit_test(every_short_text_of_awkward_characters_is_judged_as_strtod_does),
        cmocka_unit_test(a_strange_byte_anywhere_is_refused),
        cmocka_unit_test(the_longest_whole_numbers_are_exact),
        cmocka_unit_test(groups_of_three_read_as_the_number_without_them),
        cmocka_unit_test(groups_of_another_form_are_refused),
        cmocka_unit_test(a_number_may_be_longer_than_any_buffer),
        cmocka_unit_test(a_german_locale_of_the_process_changes_nothing),
    };
    return cmocka_run_group_tests(tests, find_c_locale, NULL);
}
