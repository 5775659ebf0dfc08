/* Which dialects make sense, what files are not CSV, and text of one byte a character. */
#include "scratch.h"

#include "input/encoding.h"
#include "input/reading.h"

#include <iconv.h>

static bm_status check(const bm_dialect *dialect, bm_error *err) {
    *err = (bm_error){0};
    return bm_dialect_check(dialect, err);
}

static void marks_must_differ_and_not_be_part_of_numbers_or_words(void **state) {
    scratch *s = *state;
    char *const mark[] = {&s->dialect.delimiter, &s->dialect.quote,   &s->dialect.escape,
                          &s->dialect.comment,   &s->dialect.decimal, &s->dialect.thousands};
    enum { MARKS = sizeof mark / sizeof mark[0] };
    static const char nonsense[] = {'0', '9', 'a', 'Z', '+', '-', '\n', '\r', (char)0xa7};
    assert_int_equal(check(&s->dialect, &s->err), BM_OK);
    for (size_t i = 0; i < MARKS; i++) {
        char usual = *mark[i];
        for (size_t c = 0; c < sizeof nonsense; c++) {
            *mark[i] = nonsense[c];
            assert_int_equal(check(&s->dialect, &s->err), BM_USAGE);
        }
        for (size_t j = 0; j < MARKS; j++) {
            char other = *mark[j];
            if (i == j || other == '\0')
                continue;
            *mark[i] = other;
            int may_be = mark[i] == &s->dialect.thousands && mark[j] == &s->dialect.delimiter;
            assert_int_equal(check(&s->dialect, &s->err), may_be ? BM_OK : BM_USAGE);
            if (!may_be)
                assert_holds(s->err.message, "must differ");
        }
        *mark[i] = usual;
    }
    assert_int_equal(check(&s->dialect, &s->err), BM_OK);
    s->dialect.delimiter = '.';
    s->dialect.decimal = ',';
    assert_int_equal(check(&s->dialect, &s->err), BM_USAGE);
    assert_string_equal(s->err.message, "the delimiter cannot be the point of numbers: '.'");
}

static void marks_that_people_use_are_accepted(void **state) {
    scratch *s = *state;
    for (const char *c = ",;\t|:^~ \x01\x1f"; *c != '\0'; c++) {
        s->dialect.delimiter = *c;
        assert_int_equal(check(&s->dialect, &s->err), BM_OK);
    }
    s->dialect.delimiter = ';';
    s->dialect.decimal = ',';
    for (const char *c = ".' _"; *c != '\0'; c++) {
        s->dialect.thousands = *c;
        assert_int_equal(check(&s->dialect, &s->err), BM_OK);
    }
    s->dialect.escape = '\\';
    s->dialect.comment = '#';
    s->dialect.quote = '\0';
    assert_int_equal(check(&s->dialect, &s->err), BM_OK);
    s->dialect.quote = '\'';
    assert_int_equal(check(&s->dialect, &s->err), BM_OK);
}

static void encodings_have_the_names_people_give_them(void **state) {
    (void)state;
    static const struct {
        const char *name;
        bm_encoding encoding;
    } known[] = {{"UTF-8", BM_UTF8},
                 {NULL, BM_UTF8},
                 {"latin1", BM_LATIN1},
                 {"Latin-1", BM_LATIN1},
                 {"ISO-8859-1", BM_LATIN1},
                 {"iso_8859_1", BM_LATIN1},
                 {"windows-1252", BM_WINDOWS_1252},
                 {"CP1252", BM_WINDOWS_1252}};
    static const char *const unknown[] = {"",      "utf-16", "iso-8859-15",
                                          "latin", "cp1251", "gb2312",
                                          "utf",   "8859-1", "a name longer than any encoding has"};
    bm_encoding encoding;
    bm_error err;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        assert_int_equal(bm_encoding_find(known[i].name, &encoding, &err), BM_OK);
        assert_int_equal(encoding, known[i].encoding);
    }
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        assert_int_equal(bm_encoding_find(unknown[i], &encoding, &err), BM_USAGE);
        assert_holds(err.message, "iconv -f");
    }
}

/* Every byte, against glibc's iconv, which refuses the same five of windows-1252. */
static void bytes_become_utf8_as_iconv_has_it(void **state) {
    (void)state;
    static const struct {
        const char *name;
        bm_encoding encoding;
    } kind[] = {{"ISO-8859-1", BM_LATIN1}, {"CP1252", BM_WINDOWS_1252}};
    for (size_t k = 0; k < 2; k++) {
        iconv_t converter = iconv_open("UTF-8", kind[k].name);
        assert_true(converter != (iconv_t)-1);
        size_t refused = 0;
        for (int c = 0; c < 256; c++) {
            char in[] = {'x', (char)c, 'y'}, out[9], wanted[16], *from = in, *to = wanted;
            size_t left = sizeof in, room = sizeof wanted;
            int fails = iconv(converter, &from, &left, &to, &room) == (size_t)-1;
            iconv(converter, NULL, NULL, NULL, NULL);
            size_t length = bm_latin_to_utf8(kind[k].encoding, (bm_text){in, sizeof in}, out);
            refused += length == SIZE_MAX;
            assert_int_equal(length == SIZE_MAX, fails);
            if (fails)
                continue;
            assert_int_equal(length, sizeof wanted - room);
            assert_memory_equal(out, wanted, length);
        }
        assert_int_equal(refused, kind[k].encoding == BM_WINDOWS_1252 ? 5 : 0);
        iconv_close(converter);
    }
    char out[6];
    assert_int_equal(bm_latin_to_utf8(BM_UTF8, (bm_text){"\xc3\xa9", 2}, out), 2);
    assert_memory_equal(out, "\xc3\xa9", 2);
    assert_int_equal(bm_latin_to_utf8(BM_LATIN1, (bm_text){NULL, 0}, out), 0);
}

static size_t convert(const char *encoding, const char *text, char *out, size_t room) {
    iconv_t converter = iconv_open(encoding, "UTF-8");
    assert_true(converter != (iconv_t)-1);
    char *from = (char *)(uintptr_t)text, *to = out;
    size_t left = strlen(text), all = room;
    assert_true(iconv(converter, &from, &left, &to, &room) != (size_t)-1);
    iconv_close(converter);
    return all - room;
}

static void wide_text_is_named_with_the_command_that_converts_it(void **state) {
    (void)state;
    static const char *const text[] = {
        "id,name\n1,Anna\n2,Ben\n", "სახელი,ქალაქი\nანა,თბილისი\nგიორგი,ქუთაისი\n",
        "名前,町\n太郎,東京\n花子,大阪\n", "ид;имя\r\n1;Анна\r\n2;Борис\r\n", "x\n1\n2\n"};
    static const char *const encoding[] = {"UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE"};
    char out[512], marked[512];
    bm_error err;
    for (size_t t = 0; t < sizeof text / sizeof text[0]; t++) {
        assert_int_equal(bm_check_kind("f", text[t], strlen(text[t]), &err), BM_OK);
        for (size_t e = 0; e < 4; e++) {
            char command[64];
            size_t size = convert(encoding[e], text[t], out, sizeof out);
            assert_int_equal(bm_check_kind("f", out, size, &err), BM_DATA);
            snprintf(command, sizeof command, "iconv -f %s -t UTF-8", encoding[e]);
            assert_holds(err.message, command);
            size = convert(encoding[e], "\xef\xbb\xbf", marked, sizeof marked);
            assert_int_equal(bm_check_kind("f", marked, size, &err), BM_DATA);
            snprintf(command, sizeof command, "f: is %.6s; convert it with iconv -f %.6s -t UTF-8",
                     encoding[e], encoding[e]);
            assert_string_equal(err.message, command);
        }
    }
}

static void stray_nul_bytes_do_not_make_utf16(void **state) {
    (void)state;
    bm_error err;
    static const char one[] = "a,b\n1,\0\n2,3\n", four[] = "\0a,b\n\0\0001,2\nx\0\n";
    assert_int_equal(bm_check_kind("f", one, sizeof one - 1, &err), BM_OK);
    assert_int_equal(bm_check_kind("f", four, sizeof four - 1, &err), BM_OK);
    assert_int_equal(bm_check_kind("f", "", 0, &err), BM_OK);
    assert_int_equal(bm_check_kind("f", "a", 1, &err), BM_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(marks_must_differ_and_not_be_part_of_numbers_or_words),
        SCRATCH_TEST(marks_that_people_use_are_accepted),
        cmocka_unit_test(encodings_have_the_names_people_give_them),
        cmocka_unit_test(bytes_become_utf8_as_iconv_has_it),
        cmocka_unit_test(wide_text_is_named_with_the_command_that_converts_it),
        cmocka_unit_test(stray_nul_bytes_do_not_make_utf16),
    };
    return cmocka_run_group_tests_name("input: dialect", tests, NULL, NULL);
}
