/* CSV as libcsv does not read it by itself: strict, with the line and byte of every fault. */
#include "scratch.h"

static void quotes_hold_delimiters_quotes_and_newlines(void **state) {
    scratch *s = *state;
    s->request.others = BM_WANT_TEXT;
    must_read(s, "a,b\n\"x,y\",\"say \"\"hi\"\"\"\n\"two\nlines\",\"\"\n");
    assert_int_equal(s->result.table.rows, 2);
    assert_string_equal(cell(s, "a", 0), "x,y");
    assert_string_equal(cell(s, "b", 0), "say \"hi\"");
    assert_string_equal(cell(s, "a", 1), "two\nlines");
    assert_int_equal(column(s, "b")->missing, 1);
}

static void blanks_around_fields_stay(void **state) {
    scratch *s = *state;
    s->request.others = BM_WANT_TEXT;
    must_read(s, "a,b\n x , \ty\n\" q \",z\n");
    assert_string_equal(cell(s, "a", 0), " x ");
    assert_string_equal(cell(s, "b", 0), " \ty");
    assert_string_equal(cell(s, "a", 1), " q ");
}

static void every_line_end_ends_a_record(void **state) {
    scratch *s = *state;
    static const char *const text[] = {"a,b\n1,2\n3,4\n", "a,b\r\n1,2\r\n3,4\r\n",
                                       "a,b\r1,2\r3,4\r", "a,b\n1,2\r\n3,4",
                                       "\357\273\277a,b\r\n1,2\r\n3,4"};
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++) {
        must_read(s, text[i]);
        assert_int_equal(s->result.table.rows, 2);
        assert_true(number(s, "a", 0) == 1 && number(s, "b", 1) == 4);
        assert_int_equal(bm_lines_of(&s->result.table.lines, 0), 2);
        assert_int_equal(bm_lines_of(&s->result.table.lines, 1), 3);
    }
}

static void lines_and_offsets_count_what_records_span(void **state) {
    scratch *s = *state;
    s->request.max_bad_rows = 9;
    /* Offsets counted by hand: header 0-4, blank line 5, record 6-20, CR record 21, bad one 25. */
    must_read(s, "n,b\n\n1,\"x\r\ny\rz\n\"\n2,c\nx,d\n3,e\n");
    assert_int_equal(s->result.table.rows, 3);
    assert_int_equal(bm_lines_of(&s->result.table.lines, 0), 3);
    assert_int_equal(bm_lines_of(&s->result.table.lines, 1), 7);
    assert_int_equal(bm_lines_of(&s->result.table.lines, 2), 9);
    assert_int_equal(s->result.accounting.rows_in, 4);
    assert_reject(s, 0, 8, 21, "n", "not a number", "x");
}

static void offsets_count_the_byte_order_mark(void **state) {
    scratch *s = *state;
    s->request.max_bad_rows = 1;
    must_read(s, "\xef\xbb\xbf\"a\",b\n1,2\n1,x\n3,4\n");
    assert_reject(s, 0, 3, 13, "b", "not a number", "x");
}

static void blank_lines_are_nothing_but_in_one_column_a_missing_value(void **state) {
    scratch *s = *state;
    must_read(s, "\n\na,b\n\n1,2\n\n\n3,4\n\n");
    assert_int_equal(s->result.accounting.rows_in, 2);
    must_read(s, "a\n1\n\n2\n\"\"\n");
    assert_int_equal(s->result.accounting.rows_in, 4);
    assert_int_equal(column(s, "a")->missing, 2);
    assert_true(isnan(number(s, "a", 1)) && number(s, "a", 2) == 2);
}

static void the_dialect_is_obeyed(void **state) {
    scratch *s = *state;
    s->dialect.delimiter = ';';
    s->dialect.decimal = ',';
    s->dialect.thousands = '.';
    s->dialect.quote = '\'';
    s->dialect.comment = '#';
    must_read(s, "# a comment\nn;t\n#another\n1.234,5;'a;b'\n2;'it''s #1'\n");
    assert_int_equal(s->result.accounting.rows_in, 2);
    assert_true(number(s, "n", 0) == 1234.5);
    assert_string_equal(cell(s, "t", 0), "a;b");
    assert_string_equal(cell(s, "t", 1), "it's #1");
    assert_int_equal(bm_lines_of(&s->result.table.lines, 0), 4);
}

static void an_escape_needs_no_quote(void **state) {
    scratch *s = *state;
    s->dialect.quote = '\0';
    s->dialect.escape = '\\';
    s->request.others = BM_WANT_TEXT;
    must_read(s, "a,b\r\nx\\,y,\"z\"\r\n\\\\,\\n\rlast\\,\\\r\n,\"");
    assert_int_equal(s->result.table.rows, 3);
    assert_string_equal(cell(s, "a", 0), "x,y");
    assert_string_equal(cell(s, "b", 0), "\"z\"");
    assert_string_equal(cell(s, "a", 1), "\\");
    assert_string_equal(cell(s, "b", 1), "n");
    assert_string_equal(cell(s, "a", 2), "last,\r\n");
    assert_string_equal(cell(s, "b", 2), "\"");
}

static void without_a_header_columns_are_numbered(void **state) {
    scratch *s = *state;
    s->dialect.header = 0;
    must_read(s, "1,x\n2,y\n");
    assert_int_equal(s->result.table.rows, 2);
    assert_true(number(s, "c1", 0) == 1);
    assert_string_equal(cell(s, "c2", 1), "y");
    assert_int_equal(bm_lines_of(&s->result.table.lines, 0), 1);
}

static void a_wrong_number_of_fields_is_a_fault(void **state) {
    scratch *s = *state;
    must_refuse(
        s, "a,b\n1,2\n3\n4,5,6\n",
        ":3: 1 field instead of 2; a field that holds the delimiter must be quoted (at byte 8; "
        "and 1 more bad row;");
    s->request.max_bad_rows = 2;
    must_read(s, "a,b\n1,2\n3\n4,5,6\n");
    assert_reject(s, 0, 3, 8, "", "1 field instead of 2", "3");
    assert_reject(s, 1, 4, 10, "", "3 fields instead of 2", "4,5,6");
}

static void stray_quotes_are_faults_and_cost_one_line(void **state) {
    scratch *s = *state;
    must_refuse(s, "a,b\n\"x\"y,1\nz,2\n", ":2: text after a closing quote");
    must_refuse(s, "a,b\nx\"y,1\nz,2\n", ":2: quote inside an unquoted field");
    must_refuse(s, "a,b\nz,2\nq,\"x\n", ":3: quote that is never closed");
    /* The quote of line 3 is closed by the one of line 5; the rows between must not be lost. */
    s->request.max_bad_rows = 1;
    must_read(s, "a,b\n1,p\n2,\"q\n3,r\n4,\"s\"\n5,t\n");
    assert_int_equal(s->result.accounting.rows_in, 5);
    assert_int_equal(s->result.table.rows, 4);
    assert_reject(s, 0, 3, 8, "", "text after a closing quote", "2,\"q");
    assert_true(number(s, "a", 1) == 3 && bm_lines_of(&s->result.table.lines, 1) == 4);
    /* Never closed: the rest of the file is still there. */
    must_read(s, "a,b\n1,p\n2,\"q\n3,r\n4,s\n");
    assert_int_equal(s->result.table.rows, 3);
    assert_reject(s, 0, 3, 8, "", "quote that is never closed", "2,\"q");
}

static void a_file_of_stray_quotes_is_read_in_linear_time(void **state) {
    scratch *s = *state;
    enum { LINES = 200000 };
    char *text = malloc(LINES * 8 + 8), *at = text;
    assert_non_null(text);
    at += sprintf(at, "a,b\n");
    for (int i = 0; i < LINES; i++)
        at += sprintf(at, i % 3 == 0 ? "1,\"x\n" : "1,\"\"\n");
    write_bytes(s, text, (size_t)(at - text));
    free(text);
    s->request.max_bad_rows = LINES;
    read_again(s);
    assert_int_equal(s->status, BM_OK);
    assert_int_equal(s->result.accounting.rows_in, LINES);
    assert_int_equal(s->result.accounting.rejected, (LINES + 2) / 3);
}

static void nul_bytes_are_faults(void **state) {
    scratch *s = *state;
    static const char text[] = "a,b\n1,2\n3,\0004\n5,6\n";
    s->request.max_bad_rows = 1;
    read_bytes(s, text, sizeof text - 1);
    assert_int_equal(s->status, BM_OK);
    assert_int_equal(s->result.table.rows, 2);
    assert_int_equal(s->result.accounting.reject[0].line, 3);
    assert_string_equal(s->result.accounting.reject[0].problem, "NUL byte");
}

static void invalid_utf8_is_a_fault_of_its_column(void **state) {
    scratch *s = *state;
    /* Latin-1, overlong, surrogate, above U+10FFFF, cut short: RFC 3629 section 3 and 4. */
    static const char *const bad[] = {"caf\xe9",      "\xc0\xaf",         "\xe0\x80\xaf",
                                      "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"};
    static const char *const good[] = {"\xc3\xa9",     "\xe2\x82\xac",     "\xed\x9f\xbf",
                                       "\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"};
    char text[64];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(text, sizeof text, "a,b\n1,ok\n2,%s\n", bad[i]);
        must_refuse(s, text, ":3: column \"b\": \"");
        assert_holds(s->err.message, "invalid UTF-8");
        assert_holds(s->err.message, "invalid UTF-8; ");
    }
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        snprintf(text, sizeof text, "a,b\n1,%s\n", good[i]);
        must_read(s, text);
        assert_string_equal(cell(s, "b", 0), good[i]);
    }
    must_refuse(s, "a,caf\xe9\n1,2\n", ":1: the name of column 2 is not UTF-8");
}

static void utf16_is_named_and_other_kinds_are_too(void **state) {
    scratch *s = *state;
    static const char marked[] = "\xff\xfe"
                                 "a\0,\0b\0\n\0",
                      unmarked[] = "\0a\0,\0b\0\n\0001\0,\0002\0\n", zip[] = "PK\003\004abc";
    read_bytes(s, marked, sizeof marked - 1);
    assert_int_equal(s->status, BM_DATA);
    assert_begins(message(s), ": is UTF-16");
    read_bytes(s, unmarked, sizeof unmarked - 1);
    assert_begins(message(s), ": looks like UTF-16");
    assert_holds(s->err.message, "iconv -f UTF-16BE");
    read_bytes(s, zip, sizeof zip - 1);
    assert_begins(message(s), ": is a zip archive");
}

static void encodings_that_are_not_built_are_refused(void **state) {
    scratch *s = *state;
    s->dialect.encoding = "koi8-r";
    read_text(s, "a\n1\n");
    assert_int_equal(s->status, BM_USAGE);
    assert_holds(s->err.message, "iconv -f koi8-r -t UTF-8");
    s->dialect.encoding = "UTF8";
    must_read(s, "a\n1\n");
}

static void files_without_rows_or_names_are_refused(void **state) {
    scratch *s = *state;
    must_refuse(s, "", ": the file is empty");
    must_refuse(s, "\n\n", ": the file is empty");
    must_refuse(s, "\xef\xbb\xbf", ": the file is empty");
    must_refuse(s, "a,b\n", ": there are column names, but no rows");
    must_refuse(s, "a,b\n\n\n", ": there are column names, but no rows");
    must_refuse(s, "a,,c\n1,2,3\n", ":1: column 2 has no name");
    must_refuse(s, "a,b,a\n1,2,3\n", ":1: columns 1 and 3 have the same name \"a\"");
    must_refuse(s, "a,\"b\n1,2\n", ":1: quote that is never closed");
}

static void fields_lines_and_columns_have_limits(void **state) {
    scratch *s = *state;
    enum { FIELD = 1 << 20, LINE = 2000000 };
    char *text = malloc(LINE + 64);
    assert_non_null(text);
    s->request.others = BM_WANT_TEXT;
    for (int over = 0; over < 2; over++) {
        size_t length = (size_t)sprintf(text, "a,b\n1,");
        memset(text + length, 'x', FIELD + (size_t)over);
        length += FIELD + (size_t)over;
        length += (size_t)sprintf(text + length, "\n2,y\n");
        read_bytes(s, text, length);
        assert_int_equal(s->status, over ? BM_DATA : BM_OK);
        if (over)
            assert_begins(message(s), ":2: field over 1 MiB");
    }
    size_t length = (size_t)sprintf(text, "a,b\n1,");
    memset(text + length, ',', LINE);
    length += LINE;
    length += (size_t)sprintf(text + length, "\n2,y\n");
    read_bytes(s, text, length);
    assert_begins(message(s), ":2: line over 2,000,000 bytes");
    /* 16,385 columns without names. */
    s->dialect.header = 0;
    memset(text, ',', 16384);
    text[16384] = '\n';
    read_bytes(s, text, 16385);
    assert_begins(message(s), ":1: over 16,384 columns");
    text[16383] = '\n';
    read_bytes(s, text, 16384);
    assert_int_equal(s->status, BM_OK);
    assert_int_equal(s->result.table.columns, 16384);
    free(text);
}

static void a_quoted_field_over_many_lines_has_the_same_limit(void **state) {
    scratch *s = *state;
    enum { LINES = 70000 };
    char *text = malloc(LINES * 20 + 64), *at = text;
    assert_non_null(text);
    at += sprintf(at, "a,b\n1,\"x\n");
    for (int i = 0; i < LINES; i++)
        at += sprintf(at, "%d,abcdefghijkl\n", i);
    write_bytes(s, text, (size_t)(at - text));
    free(text);
    s->request.max_bad_rows = 1;
    read_again(s);
    assert_int_equal(s->status, BM_OK);
    assert_int_equal(s->result.table.rows, LINES);
    assert_reject(s, 0, 2, 4, "", "field over 1 MiB", "1,\"x");
}

static void messages_show_texts_without_control_characters(void **state) {
    scratch *s = *state;
    must_refuse(s, "a\n1\n2\n3\n\"x\x1b[2J\n\xc2\x9by\"\n",
                ":5: column \"a\": \"x?[2J??y\" is not");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(quotes_hold_delimiters_quotes_and_newlines),
        SCRATCH_TEST(blanks_around_fields_stay),
        SCRATCH_TEST(every_line_end_ends_a_record),
        SCRATCH_TEST(lines_and_offsets_count_what_records_span),
        SCRATCH_TEST(offsets_count_the_byte_order_mark),
        SCRATCH_TEST(blank_lines_are_nothing_but_in_one_column_a_missing_value),
        SCRATCH_TEST(the_dialect_is_obeyed),
        SCRATCH_TEST(an_escape_needs_no_quote),
        SCRATCH_TEST(without_a_header_columns_are_numbered),
        SCRATCH_TEST(a_wrong_number_of_fields_is_a_fault),
        SCRATCH_TEST(stray_quotes_are_faults_and_cost_one_line),
        SCRATCH_TEST(a_file_of_stray_quotes_is_read_in_linear_time),
        SCRATCH_TEST(nul_bytes_are_faults),
        SCRATCH_TEST(invalid_utf8_is_a_fault_of_its_column),
        SCRATCH_TEST(utf16_is_named_and_other_kinds_are_too),
        SCRATCH_TEST(encodings_that_are_not_built_are_refused),
        SCRATCH_TEST(files_without_rows_or_names_are_refused),
        SCRATCH_TEST(fields_lines_and_columns_have_limits),
        SCRATCH_TEST(a_quoted_field_over_many_lines_has_the_same_limit),
        SCRATCH_TEST(messages_show_texts_without_control_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
