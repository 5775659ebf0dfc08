/* Display width: constants of Unicode 14 from Python's unicodedata, and wcwidth(3) as an oracle. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "buyermap/text.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static size_t width_of(const char *text) {
    return bm_text_width((bm_text){text, strlen(text)});
}

static void assert_shown(const char *text, size_t width, const char *expected) {
    char *shown = NULL;
    assert_int_equal(bm_text_shown(&shown, (bm_text){text, strlen(text)}, width, NULL), BM_OK);
    assert_string_equal(shown, expected);
    assert_true(width_of(shown) <= width);
    free(shown);
}

static void texts_of_many_scripts_have_their_width(void **state) {
    (void)state;
    assert_int_equal(width_of(""), 0);
    assert_int_equal(width_of("abc"), 3);
    assert_int_equal(width_of("თბილისი"), 7);
    assert_int_equal(width_of("北京"), 4);
    assert_int_equal(width_of("ﾊﾝ"), 2);                 /* halfwidth katakana */
    assert_int_equal(width_of("ＡＢ"), 4);               /* fullwidth Latin */
    assert_int_equal(width_of("e\u0301"), 1);            /* a combining accent */
    assert_int_equal(width_of("مُحَمَّد"), 4);               /* vowel signs stand on their letters */
    assert_int_equal(width_of("a\u200bb"), 2);           /* zero-width space */
    assert_int_equal(width_of("❤\ufe0f"), 1);            /* variation selector */
    assert_int_equal(width_of("\U0001f600"), 2);         /* emoji */
    assert_int_equal(width_of("\u1112\u1161\u11ab"), 2); /* one Hangul syllable of three letters */
    assert_int_equal(width_of("\U0002a6df"), 2);
    assert_int_equal(width_of("\xff\xc3"), 2); /* bytes that are no characters, a ? each */
    assert_int_equal(width_of("\x1b[31m"), 5);
}

static void a_text_is_cut_by_columns_and_never_inside_a_character(void **state) {
    (void)state;
    assert_shown("Tbilisi", 7, "Tbilisi");
    assert_shown("Tbilisi", 6, "Tbili…");
    assert_shown("北京上海", 8, "北京上海");
    assert_shown("北京上海", 7, "北京上…");
    assert_shown("北京上海", 6, "北京…");
    assert_shown("e\u0301e\u0301e\u0301", 2, "e\u0301…");
    assert_shown("abc", 1, "…");
    assert_shown("abc", 0, "");
    assert_shown("", 0, "");
}

static void nothing_that_moves_a_terminal_is_shown(void **state) {
    (void)state;
    assert_shown("a\x1b[31mb", 20, "a?[31mb");
    assert_shown("a\nb\tc\x7f", 20, "a?b?c?");
    assert_shown("\xc2\x9b"
                 "31m",
                 20, "?31m");
    assert_shown("\u202e\u2066\u2028", 20, "???");
    assert_shown("\xffok\xe2\x82", 20, "?ok??");
}

/* glibc follows a later Unicode and counts the hexagrams of I Ching and circled tens as wide. */
static void the_system_agrees_on_nearly_every_character(void **state) {
    (void)state;
    if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
        skip();
    size_t agree = 0, differ = 0;
    for (uint32_t c = 0x20; c < 0x110000; c++) {
        int system =
            (c >= 0xd800 && c < 0xe000) || (c >= 0x7f && c < 0xa0) ? -1 : wcwidth((wchar_t)c);
        if (system < 0)
            continue;
        if (system == bm_character_width(c))
            agree++;
        else
            differ++;
    }
    setlocale(LC_CTYPE, "C");
    assert_true(agree > 250000);
    assert_true(differ < 700);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_of_many_scripts_have_their_width),
        cmocka_unit_test(a_text_is_cut_by_columns_and_never_inside_a_character),
        cmocka_unit_test(nothing_that_moves_a_terminal_is_shown),
        cmocka_unit_test(the_system_agrees_on_nearly_every_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
