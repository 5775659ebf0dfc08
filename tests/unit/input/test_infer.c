/* What columns are taken for, by their values over the whole column. */
#include "scratch.h"

static void a_column_is_a_number_when_more_than_half_read_as_one(void **state) {
    scratch *s = *state;
    s->request.max_bad_rows = 9;
    must_read(s, "n\n1.5\n2\nx\n");
    assert_int_equal(column(s, "n")->type, BM_TYPE_NUMBER);
    assert_int_equal(s->result.accounting.rejected, 1);
    assert_reject(s, 0, 4, 8, "n", "not a number", "x");
    /* Exactly half is not more than half; missing values do not count. */
    must_read(s, "n\n1\n2\nx\ny\n\nNA\n");
    assert_int_equal(column(s, "n")->type, BM_TYPE_CATEGORY);
    assert_int_equal(column(s, "n")->missing, 2);
    assert_int_equal(column(s, "n")->dictionary.count, 4);
}

static void whole_numbers_are_integers(void **state) {
    scratch *s = *state;
    must_read(s, "i,j,k\n1,1.5,1.0\n-2,2,\n1e3,3,4\n");
    assert_int_equal(column(s, "i")->type, BM_TYPE_INTEGER);
    assert_int_equal(column(s, "j")->type, BM_TYPE_NUMBER);
    assert_int_equal(column(s, "k")->type, BM_TYPE_INTEGER);
    assert_true(number(s, "i", 2) == 1000);
}

static void iso_dates_are_dates_and_basic_ones_are_numbers(void **state) {
    scratch *s = *state;
    must_read(s, "d,e,n\n2011-12-10,2011-12-10 08:26:00,20111210\n,1970-01-02T00:00:01,20111211\n"
                 "1969-12-31,1970-01-01,20111212\n");
    assert_int_equal(column(s, "d")->type, BM_TYPE_DATE);
    assert_int_equal(column(s, "e")->type, BM_TYPE_DATE);
    assert_int_equal(column(s, "n")->type, BM_TYPE_INTEGER);
    /* date -u -d 2011-12-10 +%s */
    assert_int_equal(column(s, "d")->when[0], 1323475200);
    assert_true(column(s, "d")->when[1] == BM_NO_DATE);
    assert_int_equal(column(s, "d")->when[2], -86400);
    assert_int_equal(column(s, "e")->when[1], 86401);
    s->request.max_bad_rows = 1;
    must_read(s, "d\n2011-12-10\n20111211\nlater\n");
    assert_int_equal(column(s, "d")->type, BM_TYPE_DATE);
    assert_reject(s, 0, 4, 22, "d", "not a date", "later");
}

static void over_fifty_distinct_texts_are_text_and_kept_on_request(void **state) {
    scratch *s = *state;
    char text[1024], *at = text;
    at += sprintf(at, "t\n");
    for (int i = 0; i < 50; i++)
        at += sprintf(at, "x%d\n", i);
    must_read(s, text);
    assert_int_equal(column(s, "t")->type, BM_TYPE_CATEGORY);
    assert_int_equal(column(s, "t")->dictionary.count, 50);
    sprintf(at, "y\n\n");
    must_read(s, text);
    assert_int_equal(column(s, "t")->type, BM_TYPE_TEXT);
    assert_null(column(s, "t")->code);
    assert_int_equal(column(s, "t")->missing, 1);
    s->request.keep_text = 1;
    must_read(s, text);
    assert_int_equal(column(s, "t")->type, BM_TYPE_TEXT);
    assert_string_equal(cell(s, "t", 50), "y");
}

static void a_column_without_values_is_a_category_of_none(void **state) {
    scratch *s = *state;
    must_read(s, "a,e\n1,\n2,NULL\n3,NaN\n4,  \n");
    assert_int_equal(column(s, "e")->type, BM_TYPE_CATEGORY);
    assert_int_equal(column(s, "e")->dictionary.count, 0);
    assert_int_equal(column(s, "e")->missing, 4);
}

/* The first thousand rows say one thing, the whole column another. */
static void the_whole_column_decides_not_its_beginning(void **state) {
    scratch *s = *state;
    enum { ROWS = 5000 };
    char *text = malloc(ROWS * 32), *at = text;
    assert_non_null(text);
    at += sprintf(at, "id,a,b\n");
    for (int i = 0; i < ROWS; i++)
        at += sprintf(at, i < 2000 ? "%d,%d,x\n" : "%d,x%d,1.5\n", i, i % 7);
    s->request.infer_id = 1;
    s->request.max_bad_rows = ROWS;
    must_read(s, text);
    assert_int_equal(s->result.has_id, 1);
    assert_int_equal(column(s, "a")->type, BM_TYPE_CATEGORY);
    assert_int_equal(column(s, "b")->type, BM_TYPE_NUMBER);
    assert_int_equal(s->result.accounting.rejected, 2000);
    assert_int_equal(column(s, "a")->dictionary.count, 7); /* of the rows that are used */
    /* An id that repeats far below the beginning is none. */
    sprintf(at, "0,x1,2\n");
    must_read(s, text);
    assert_int_equal(s->result.has_id, 1); /* the first 0 stands in a row that is not used */
    sprintf(at, "4999,x1,2\n");
    must_read(s, text);
    assert_int_equal(s->result.has_id, 0);
    assert_int_equal(column(s, "id")->type, BM_TYPE_INTEGER);
    free(text);
}

static void the_first_column_is_the_id_when_it_can_be(void **state) {
    scratch *s = *state;
    s->request.infer_id = 1;
    must_read(s, "k,v\n0001,1\n0002,2\n");
    assert_int_equal(s->result.has_id, 1);
    assert_int_equal(column(s, "k")->type, BM_TYPE_TEXT);
    assert_string_equal(cell(s, "k", 1), "0002");
    must_read(s, "k,v\n17850.0,1\n17851.0,2\n");
    assert_int_equal(s->result.has_id, 1);
    assert_string_equal(cell(s, "k", 0), "17850.0");
    static const char *const no[] = {
        "k,v\n1,1\n1,2\n",                   /* repeated */
        "k,v\n1,1\n,2\n",                    /* missing */
        "k,v\n1.5,1\n2.5,2\n",               /* not whole */
        "k,v\n2011-12-10,1\n2011-12-11,2\n", /* dates */
        "k,v\na,1\nb,2\na,3\n",
    };
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
        must_read(s, no[i]);
        assert_int_equal(s->result.has_id, 0);
    }
}

static void an_id_is_found_beside_named_columns_and_dropped_when_it_is_none(void **state) {
    scratch *s = *state;
    const bm_column_request wanted[] = {{.name = "v", .want = BM_WANT_NUMBER}};
    s->request.infer_id = 1;
    s->request.others = BM_WANT_NOTHING;
    s->request.column = wanted;
    s->request.columns = 1;
    must_read(s, "k,v,w\n7,1,a\n8,2,b\n");
    assert_int_equal(s->result.has_id, 1);
    assert_int_equal(s->result.table.columns, 2);
    must_read(s, "k,v,w\n7,1,a\n7,2,b\n");
    assert_int_equal(s->result.has_id, 0);
    assert_int_equal(s->result.table.columns, 1);
    /* A first column that is asked for by name is what it is asked for. */
    must_read(s, "v,k\n7,1\n8,2\n");
    assert_int_equal(s->result.has_id, 0);
    assert_true(number(s, "v", 0) == 7);
}

static void ids_stay_byte_for_byte_and_numbers_are_parsed(void **state) {
    scratch *s = *state;
    const bm_column_request wanted[] = {
        {.name = "id", .want = BM_WANT_TEXT, .required = 1},
        {.name = "when", .want = BM_WANT_DATE, .date_format = "%d/%m/%Y"},
        {.name = "n", .want = BM_WANT_NUMBER}};
    s->request.column = wanted;
    s->request.columns = 3;
    must_read(s, "when,id,n\n02/01/1970,0001,3\n03/01/1970,17850.0,4.25\n");
    assert_string_equal(s->result.table.column[0].name, "when");
    assert_string_equal(cell(s, "id", 0), "0001");
    assert_string_equal(cell(s, "id", 1), "17850.0");
    assert_int_equal(column(s, "id")->type, BM_TYPE_CATEGORY);
    assert_int_equal(column(s, "when")->when[1], 172800);
    assert_int_equal(column(s, "n")->type, BM_TYPE_NUMBER);
    must_refuse(s, "when,id,n\n02/01/1970,,3\n", ":2: column \"id\": missing value");
    must_refuse(s, "when,idd,n\n02/01/1970,1,3\n",
                ": there is no column \"id\"; the columns are when, idd, n");
}

static void faulty_values_are_named_with_a_way_out(void **state) {
    scratch *s = *state;
    const bm_column_request wanted[] = {{.name = "n", .want = BM_WANT_NUMBER}};
    s->request.column = wanted;
    s->request.columns = 1;
    must_refuse(s, "k,n\n1,2\n3,\"12,5\"\n4,0x10\n5,inf\n",
                ":3: column \"n\": \"12,5\" is not a number; with a decimal comma, say so: "
                "--decimal , (at byte 8; and 2 more bad rows; --max-bad-rows lets a stated number "
                "through)");
    must_refuse(s, "k,n\n1,1e999\n", ":2: column \"n\": \"1e999\": number out of range");
    must_refuse(s, "k,n\n1,-1e999\n", ":2: column \"n\": \"-1e999\": number out of range");
}

static void a_date_format_is_proposed_when_one_fits_the_column(void **state) {
    scratch *s = *state;
    const bm_column_request wanted[] = {{.name = "d", .want = BM_WANT_DATE}};
    s->request.column = wanted;
    s->request.columns = 1;
    s->request.role = "orders";
    must_refuse(s, "d\n01/02/2011\n13/02/2011\n",
                ":2: column \"d\": \"01/02/2011\": ambiguous date");
    assert_holds(s->err.message, "--set inputs.orders.date_format=%d/%m/%Y would fit");
    must_refuse(s, "d\n01/02/2011\n02/13/2011\n", ":2: ");
    assert_holds(s->err.message, "date_format=%m/%d/%Y would fit");
    must_refuse(s, "d\n01/02/2011\n03/04/2011\n", ":2: ");
    assert_holds(s->err.message, "ambiguous");
    assert_holds(s->err.message, "date_format=%d/%m/%Y or %m/%d/%Y");
    s->request.role = NULL;
    read_again(s);
    assert_holds(s->err.message, "--date-format %d/%m/%Y or %m/%d/%Y");
    must_refuse(s, "d\nsoon\n03/04/2011\n", ":2: ");
    assert_null(strstr(s->err.message, "date_format"));
    must_refuse(s, "d\n2011-02-30\n", ":2: column \"d\": \"2011-02-30\" is not a date");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_column_is_a_number_when_more_than_half_read_as_one),
        SCRATCH_TEST(whole_numbers_are_integers),
        SCRATCH_TEST(iso_dates_are_dates_and_basic_ones_are_numbers),
        SCRATCH_TEST(over_fifty_distinct_texts_are_text_and_kept_on_request),
        SCRATCH_TEST(a_column_without_values_is_a_category_of_none),
        SCRATCH_TEST(the_whole_column_decides_not_its_beginning),
        SCRATCH_TEST(the_first_column_is_the_id_when_it_can_be),
        SCRATCH_TEST(an_id_is_found_beside_named_columns_and_dropped_when_it_is_none),
        SCRATCH_TEST(ids_stay_byte_for_byte_and_numbers_are_parsed),
        SCRATCH_TEST(faulty_values_are_named_with_a_way_out),
        SCRATCH_TEST(a_date_format_is_proposed_when_one_fits_the_column),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
