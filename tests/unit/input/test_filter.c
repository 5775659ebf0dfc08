/* Filters, duplicates, limits: every row is accounted for. */
#include "scratch.h"

#define ONE(text)                                                                                  \
    { .item = (char *[]){text}, .count = 1 }

static void rows_left_out_are_counted_by_the_first_condition_they_fail(void **state) {
    scratch *s = *state;
    const bm_condition filter[] = {
        {.column = "c", .kind = BM_NOT_MISSING, .text = "c not_missing"},
        {.column = "i", .kind = BM_NOT_PREFIX, .values = ONE("C"), .text = "i not_prefix C"},
        {.column = "q", .kind = BM_ABOVE, .number = 0, .text = "q above 0"}};
    const bm_column_request wanted[] = {{.name = "v", .want = BM_WANT_NUMBER}};
    s->request.filter = filter;
    s->request.filters = 3;
    s->request.column = wanted;
    s->request.columns = 1;
    s->request.others = BM_WANT_NOTHING;
    /* The value of a row that is left out is never looked at. */
    must_read(s, "c,i,q,v\nx,1,1,10\n,C,0,bad\nx,C2,0,bad\nx,2,0,bad\nx,3,,bad\nx,C,-1,11\n"
                 "x,c,0.5,12\n");
    const bm_accounting *a = &s->result.accounting;
    assert_int_equal(a->rows_in, 7);
    assert_int_equal(a->used, 2);
    assert_int_equal(a->excluded, 5);
    assert_int_equal(a->exclusions, 3);
    assert_string_equal(a->exclusion[0].reason, "c not_missing");
    assert_int_equal(a->exclusion[0].rows, 1);
    assert_string_equal(a->exclusion[1].reason, "i not_prefix C");
    assert_int_equal(a->exclusion[1].rows, 2);
    assert_int_equal(a->exclusion[2].rows, 2);
    assert_int_equal(s->result.table.columns, 1);
    assert_true(number(s, "v", 1) == 12);
    assert_int_equal(bm_lines_of(&s->result.table.lines, 1), 8);
    /* Fields that are not there cannot be filtered; a text that should be a number is a fault. */
    s->request.max_bad_rows = 2;
    must_read(s, "c,i,q,v\n,1,1\nx,1,many,1\nx,1,1,1\n");
    assert_int_equal(a->rejected, 2);
    assert_reject(s, 0, 2, 8, "", "3 fields instead of 4", ",1,1");
    assert_reject(s, 1, 3, 13, "q", "not a number", "many");
}

/* Column x holds 1, "1.0", "b", nothing, 2. The bits say which rows stay, first row lowest. */
static void each_kind_of_condition_means_what_it_says(void **state) {
    scratch *s = *state;
    static char *two[] = {"1", "b"};
    const bm_column_request wanted[] = {{.name = "n", .want = BM_WANT_NUMBER}};
    s->request.column = wanted;
    s->request.columns = 1;
    s->request.others = BM_WANT_NOTHING;
    const struct {
        bm_condition condition;
        unsigned stay;
    } expected[] = {
        {{.kind = BM_NOT_MISSING}, 0x17},
        {{.kind = BM_EQUALS, .values = ONE("1")}, 0x01},
        {{.kind = BM_EQUALS, .values = ONE("1"), .numeric = 1}, 0x03},
        {{.kind = BM_NOT_EQUALS, .values = ONE("1")}, 0x1e},
        {{.kind = BM_NOT_EQUALS, .values = ONE("1"), .numeric = 1}, 0x1c},
        {{.kind = BM_IN, .values = {.item = two, .count = 2}}, 0x05},
        {{.kind = BM_NOT_IN, .values = {.item = two, .count = 2}}, 0x1a},
        {{.kind = BM_PREFIX, .values = ONE("1")}, 0x03},
        {{.kind = BM_NOT_PREFIX, .values = ONE("1")}, 0x1c},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        bm_condition condition = expected[i].condition;
        condition.column = "x";
        condition.text = "x";
        s->request.filter = &condition;
        s->request.filters = 1;
        must_read(s, "n,x\n0,1\n1,1.0\n2,b\n3,\n4,2\n");
        unsigned stay = 0;
        for (size_t row = 0; row < s->result.table.rows; row++)
            stay |= 1u << (unsigned)number(s, "n", row);
        assert_int_equal(stay, expected[i].stay);
    }
    static const struct {
        bm_condition_kind kind;
        unsigned stay;
    } limits[] = {{BM_ABOVE, 0x4}, {BM_MIN, 0x6}, {BM_BELOW, 0x1}, {BM_MAX, 0x3}};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        bm_condition condition = {
            .column = "x", .kind = limits[i].kind, .number = 2, .text = "x against 2"};
        s->request.filter = &condition;
        must_read(s, "n,x\n0,1\n1,2.0\n2,3\n3,\n");
        unsigned stay = 0;
        for (size_t row = 0; row < s->result.table.rows; row++)
            stay |= 1u << (unsigned)number(s, "n", row);
        assert_int_equal(stay, limits[i].stay);
        assert_int_equal(s->result.accounting.excluded, 4 - s->result.table.rows);
    }
}

static void marks_say_where_a_condition_holds(void **state) {
    scratch *s = *state;
    const bm_condition mark = {
        .column = "i", .kind = BM_PREFIX, .values = ONE("C"), .text = "i prefix C"};
    const bm_column_request wanted[] = {{.name = "v", .want = BM_WANT_NUMBER}};
    s->request.column = wanted;
    s->request.columns = 1;
    s->request.others = BM_WANT_NOTHING;
    must_read(s, "i,v\n1,1\nC2,2\n");
    assert_null(s->result.table.marked);
    s->request.mark = &mark;
    must_read(s, "i,v\n1,1\nC2,2\n,3\nC3,4\n");
    static const uint8_t marked[] = {0, 1, 0, 1};
    assert_memory_equal(s->result.table.marked, marked, 4);
    assert_int_equal(s->result.table.columns, 1);
}

static void a_condition_on_no_column_lists_the_columns(void **state) {
    scratch *s = *state;
    const bm_condition filter = {.column = "qty", .kind = BM_NOT_MISSING, .text = "qty"};
    s->request.filter = &filter;
    s->request.filters = 1;
    must_refuse(s, "a,b\n1,2\n", ": there is no column \"qty\"; the columns are a, b");
}

static void repeated_ids_are_duplicates_and_never_shown(void **state) {
    scratch *s = *state;
    const bm_column_request wanted[] = {{.name = "id", .want = BM_WANT_TEXT, .required = 1}};
    s->request.unique = "id";
    for (int named = 0; named < 2; named++) {
        s->request.column = named ? wanted : NULL;
        s->request.columns = named ? 1 : 0;
        s->request.max_bad_rows = 0;
        must_refuse(s, "id,v\nann,1\nbob,2\nann,3\n",
                    ":4: column \"id\": duplicate id; each buyer is to have one row (");
        assert_null(strstr(s->err.message, "ann"));
        s->request.max_bad_rows = 1;
        must_read(s, "id,v\nann,1\nbob,2\nann,3\n");
        assert_int_equal(s->result.accounting.duplicates, 1);
        assert_int_equal(s->result.accounting.rejected, 0);
        assert_reject(s, 0, 4, 17, "id", "duplicate id", "ann");
        assert_true(number(s, "v", 0) == 1 && number(s, "v", 1) == 2);
    }
    /* The first row that can be used stays. */
    s->request.max_bad_rows = 2;
    must_read(s, "id,v\nann,1\nbob,x\nbob,2\ncid,3\n");
    assert_int_equal(s->result.accounting.rejected, 1);
    assert_int_equal(s->result.accounting.duplicates, 0);
}

static void broken_ids_are_not_shown_either(void **state) {
    scratch *s = *state;
    const bm_column_request wanted[] = {{.name = "id", .want = BM_WANT_TEXT, .required = 1}};
    s->request.column = wanted;
    s->request.columns = 1;
    must_refuse(s, "id,v\nann\xff,1\n", ":2: column \"id\": invalid UTF-8;");
    assert_null(strstr(s->err.message, "ann"));
    must_refuse(s, "id,v\nann,1,2\n", ":2: 3 fields instead of 2; a field ");
    assert_null(strstr(s->err.message, "ann"));
}

static void equal_rows_are_dropped_on_request_and_forgiven(void **state) {
    scratch *s = *state;
    s->request.deduplicate = 1;
    must_read(s, "a,b\n1,x\n\"1\",x\n1.0,x\n1,x\n11,\n1,1\n");
    assert_int_equal(s->result.accounting.duplicates, 2);
    assert_int_equal(s->result.table.rows, 4);
    assert_reject(s, 0, 3, 8, "", "duplicate row", "");
    s->request.deduplicate = 0;
    must_read(s, "a,b\n1,x\n1,x\n");
    assert_int_equal(s->result.accounting.duplicates, 0);
    assert_int_equal(s->result.table.rows, 2);
}

static void bad_rows_are_let_through_up_to_a_number_or_a_share(void **state) {
    scratch *s = *state;
    static const char text[] = "n\n1\n2\nx\n3\n4\ny\n5\n6\n7\n8\n";
    s->request.max_bad_rows = 1;
    must_refuse(s, text,
                ":4: column \"n\": \"x\" is not a number; if it means that the value is "
                "missing, name it: --na (at byte 6; and 1 more bad row; more than "
                "the 1 allowed; ");
    s->request.max_bad_rows = 2;
    must_read(s, text);
    s->request.max_bad_rows = 0;
    s->request.max_bad_share = 0.2;
    must_read(s, text);
    assert_int_equal(s->result.accounting.rejected, 2);
    assert_int_equal(s->result.accounting.rejects, 2);
    s->request.max_bad_share = 0.19;
    must_refuse(s, text, ":4: ");
}

static void a_rejected_row_counts_once_and_leaves_no_category(void **state) {
    scratch *s = *state;
    s->request.max_bad_rows = 1;
    must_read(s, "c,n,m\na,1,1\nz,x,y\nb,2,2\na,3,3\n");
    assert_int_equal(s->result.accounting.rejected, 1);
    assert_reject(s, 0, 3, 12, "n", "not a number", "x");
    assert_int_equal(column(s, "c")->dictionary.count, 2);
    assert_int_equal(bm_dictionary_find(&column(s, "c")->dictionary, (bm_text){"z", 1}), -1);
}

static void a_column_that_two_roles_name_is_required_if_one_requires_it(void **state) {
    scratch *s = *state;
    const bm_column_request wanted[] = {{.name = "a", .want = BM_WANT_TEXT},
                                        {.name = "a", .want = BM_WANT_NUMBER, .required = 1}};
    s->request.column = wanted;
    s->request.columns = 2;
    must_read(s, "a,b\n01,1\n");
    assert_string_equal(cell(s, "a", 0), "01");
    must_refuse(s, "a,b\n01,1\n,2\n", ":3: column \"a\": missing value");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(rows_left_out_are_counted_by_the_first_condition_they_fail),
        SCRATCH_TEST(each_kind_of_condition_means_what_it_says),
        SCRATCH_TEST(marks_say_where_a_condition_holds),
        SCRATCH_TEST(a_condition_on_no_column_lists_the_columns),
        SCRATCH_TEST(repeated_ids_are_duplicates_and_never_shown),
        SCRATCH_TEST(broken_ids_are_not_shown_either),
        SCRATCH_TEST(equal_rows_are_dropped_on_request_and_forgiven),
        SCRATCH_TEST(bad_rows_are_let_through_up_to_a_number_or_a_share),
        SCRATCH_TEST(a_rejected_row_counts_once_and_leaves_no_category),
        SCRATCH_TEST(a_column_that_two_roles_name_is_required_if_one_requires_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
