/* The files of other CSV readers' test suites, against the values those suites expect, and real
 * files. Needs BUYERMAP_DATA. */
#include "scratch.h"

#include <dirent.h>
#include <jansson.h>
#include <sys/stat.h>

enum { PATH = 512 };

static const char *data_folder(void) {
    const char *folder = getenv("BUYERMAP_DATA");
    struct stat facts;
    if (folder == NULL || stat(folder, &facts) != 0)
        skip();
    return folder;
}

static void read_path(scratch *s, const char *path) {
    s->request.path = path;
    read_again(s);
    s->request.path = s->path;
}

static const char *value(const scratch *s, size_t row, size_t at) {
    const bm_column *c = &s->result.table.column[at];
    return c->code[row] < 0 ? "" : bm_dictionary_string(&c->dictionary, c->code[row]);
}

/* csv-spectrum expects an object a row, by column name. (newlines_crlf is left out: the copy has LF
 * where its expectation has CRLF.) */
static void csv_spectrum_reads_as_it_expects(void **state) {
    scratch *s = *state;
    static const char *const name[] = {"comma_in_quotes",
                                       "empty",
                                       "empty_crlf",
                                       "escaped_quotes",
                                       "json",
                                       "newlines",

                                       "quotes_and_newlines",
                                       "simple",
                                       "simple_crlf",
                                       "utf8"};
    const char *folder = data_folder();
    s->request.others = BM_WANT_TEXT;
    for (size_t i = 0; i < sizeof name / sizeof name[0]; i++) {
        char path[PATH];
        snprintf(path, sizeof path, "%s/csv-torture/csv-spectrum/json/%s.json", folder, name[i]);
        json_t *rows = json_load_file(path, 0, NULL);
        assert_non_null(rows);
        snprintf(path, sizeof path, "%s/csv-torture/csv-spectrum/csvs/%s.csv", folder, name[i]);
        read_path(s, path);
        assert_int_equal(s->status, BM_OK);
        assert_int_equal(s->result.table.rows, json_array_size(rows));
        for (size_t row = 0; row < json_array_size(rows); row++) {
            json_t *expected = json_array_get(rows, row);
            assert_int_equal(s->result.table.columns, json_object_size(expected));
            for (size_t at = 0; at < s->result.table.columns; at++)
                assert_string_equal(
                    value(s, row, at),
                    json_string_value(json_object_get(expected, s->result.table.column[at].name)));
        }
        json_decref(rows);
    }
    /* The one file left expects quotes inside unquoted fields to pass, which sineemore's suite
     * (and RFC 4180) refuses. */
    char path[PATH];
    snprintf(path, sizeof path, "%s/csv-torture/csv-spectrum/csvs/location_coordinates.csv",
             folder);
    read_path(s, path);
    assert_int_equal(s->status, BM_DATA);
    assert_holds(s->err.message, ":2: quote inside an unquoted field");
}

/* sineemore expects an array a row; all but one file have no header. */
static void sineemore_reads_as_it_expects(void **state) {
    scratch *s = *state;
    static const char *const name[] = {"empty-field",         "empty-one-column",
                                       "header-simple",       "leading-space",
                                       "one-column",          "quotes-empty",
                                       "quotes-with-comma",   "quotes-with-escaped-quote",
                                       "quotes-with-newline", "quotes-with-space",
                                       "simple-crlf",         "simple-lf",
                                       "trailing-newline",    "trailing-newline-one-field",
                                       "trailing-space",      "utf8"};
    const char *folder = data_folder();
    s->request.others = BM_WANT_TEXT;
    for (size_t i = 0; i < sizeof name / sizeof name[0]; i++) {
        char path[PATH];
        snprintf(path, sizeof path, "%s/csv-torture/sineemore/json/%s.json", folder, name[i]);
        json_t *rows = json_load_file(path, 0, NULL);
        assert_non_null(rows);
        snprintf(path, sizeof path, "%s/csv-torture/sineemore/csv/%s.csv", folder, name[i]);
        s->dialect.header = 0;
        read_path(s, path);
        assert_string_equal(s->err.message, "");
        int skips_header = strncmp(name[i], "header-", 7) == 0;
        size_t first = skips_header ? s->result.table.rows - json_array_size(rows) : 0;
        assert_int_equal(s->result.table.rows - first, json_array_size(rows));
        for (size_t row = 0; row < json_array_size(rows); row++) {
            json_t *expected = json_array_get(rows, row);
            for (size_t at = 0; at < s->result.table.columns; at++) {
                json_t *cell_wanted = json_is_array(expected)
                                          ? json_array_get(expected, at)
                                          : json_object_get(expected, value(s, 0, at));
                assert_string_equal(value(s, row + first, at), json_string_value(cell_wanted));
            }
        }
        json_decref(rows);
    }
}

static void bad_files_are_refused(void **state) {
    scratch *s = *state;
    static const struct {
        const char *name, *message;
    } bad[] = {
        {"bad-header-less-fields", ":2: 2 fields instead of 3"},
        {"bad-header-more-fields", ":2: 4 fields instead of 3"},
        {"bad-header-no-header", ": the file is empty"},
        {"bad-header-wrong-header", ": there are column names, but no rows"},
        {"bad-missing-quote", ":2: quote that is never closed"},
        {"bad-quotes-with-unescaped-quote", ":2: text after a closing quote"},
        {"bad-unescaped-quote", ":2: quote inside an unquoted field"},
        {"header-no-rows", ": there are column names, but no rows"},
        {"all-empty", ": the file is empty"},
    };
    const char *folder = data_folder();
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char path[PATH];
        snprintf(path, sizeof path, "%s/csv-torture/sineemore/csv/%s.csv", folder, bad[i].name);
        read_path(s, path);
        assert_int_equal(s->status, BM_DATA);
        assert_holds(s->err.message, bad[i].message);
    }
}

/* Reads every file below, leniently and strictly; gives how many there were. */
static size_t read_all_below(scratch *s, const char *folder) {
    DIR *directory = opendir(folder);
    size_t files = 0;
    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        char path[PATH];
        struct stat facts;
        int length = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] == '.' || length >= PATH || stat(path, &facts) != 0)
            continue;
        if (S_ISDIR(facts.st_mode)) {
            files += read_all_below(s, path);
            continue;
        }
        files++;
        for (int lenient = 0; lenient < 2; lenient++) {
            s->request.max_bad_rows = lenient ? 1000000 : 0;
            s->request.infer_id = !lenient;
            read_path(s, path);
            assert_true(s->status == BM_OK || s->status == BM_DATA);
            const bm_accounting *a = &s->result.accounting;
            assert_int_equal(a->rows_in, a->used + a->rejected + a->duplicates + a->excluded);
            assert_int_equal(a->rejects, a->rejected + a->duplicates);
            if (s->status != BM_OK)
                assert_begins(s->err.message, path);
        }
    }
    closedir(directory);
    return files;
}

static void every_file_is_read_or_refused_with_its_name(void **state) {
    scratch *s = *state;
    char path[PATH];
    snprintf(path, sizeof path, "%s/csv-torture", data_folder());
    assert_true(read_all_below(s, path) > 300);
}

/* Counts by pandas 1.5.3: len, isna().sum(), nunique(). The types are ours: pandas leaves
 * TotalCharges as text because of its blanks, and to_numeric(errors="coerce") then finds 11
 * missing. */
static void real_files_have_their_types(void **state) {
    scratch *s = *state;
    char path[PATH];
    const char *folder = data_folder();
    s->request.infer_id = 1;
    snprintf(path, sizeof path, "%s/attributes/telco_customer_churn.csv", folder);
    read_path(s, path);
    assert_int_equal(s->status, BM_OK);
    assert_int_equal(s->result.table.rows, 7043);
    assert_int_equal(s->result.has_id, 1);
    /* Eleven customers of tenure 0 have a blank there (MANIFEST.md). */
    assert_int_equal(column(s, "TotalCharges")->type, BM_TYPE_NUMBER);
    assert_int_equal(column(s, "TotalCharges")->missing, 11);
    assert_int_equal(column(s, "PaymentMethod")->dictionary.count, 4);
    snprintf(path, sizeof path, "%s/funnel/crm_sales_pipeline.csv", folder);
    read_path(s, path);
    assert_int_equal(s->result.table.rows, 8800);
    assert_int_equal(column(s, "close_date")->type, BM_TYPE_DATE);
    assert_int_equal(column(s, "close_date")->missing, 2089);
}

/* Counts and revenue by pandas 1.5.3 with the same four conditions (InvoiceNo read as text). */
static void online_retail_is_filtered_to_its_known_size(void **state) {
    scratch *s = *state;
    char path[PATH];
    char *prefix[] = {"C"};
    const bm_condition filter[] = {
        {.column = "CustomerID", .kind = BM_NOT_MISSING, .text = "CustomerID not_missing"},
        {.column = "InvoiceNo",
         .kind = BM_NOT_PREFIX,
         .values = {.item = prefix, .count = 1},
         .text = "InvoiceNo not_prefix C"},
        {.column = "Quantity", .kind = BM_ABOVE, .text = "Quantity above 0"},
        {.column = "UnitPrice", .kind = BM_ABOVE, .text = "UnitPrice above 0"}};
    const bm_column_request wanted[] = {
        {.name = "CustomerID", .want = BM_WANT_TEXT, .required = 1},
        {.name = "InvoiceDate", .want = BM_WANT_DATE, .required = 1},
        {.name = "Quantity", .want = BM_WANT_NUMBER},
        {.name = "UnitPrice", .want = BM_WANT_NUMBER, .required = 1}};
    s->request.filter = filter;
    s->request.filters = 4;
    s->request.column = wanted;
    s->request.columns = 4;
    s->request.others = BM_WANT_NOTHING;
    snprintf(path, sizeof path, "%s/transactions/online_retail.csv.gz", data_folder());
    read_path(s, path);
    assert_string_equal(s->err.message, "");
    assert_int_equal(s->result.accounting.rows_in, 541909);
    assert_int_equal(s->result.accounting.used, 397884);
    assert_int_equal(column(s, "CustomerID")->dictionary.count, 4338);
    assert_begins(s->result.sha256, "43b26b99a98fcac9"); /* MANIFEST.md */
    double revenue = 0;
    for (size_t row = 0; row < s->result.table.rows; row++)
        revenue += number(s, "Quantity", row) * number(s, "UnitPrice", row);
    assert_true(fabs(revenue - 8911407.904) < 0.001);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(csv_spectrum_reads_as_it_expects),
        SCRATCH_TEST(sineemore_reads_as_it_expects),
        SCRATCH_TEST(bad_files_are_refused),
        SCRATCH_TEST(every_file_is_read_or_refused_with_its_name),
        SCRATCH_TEST(real_files_have_their_types),
        SCRATCH_TEST(online_retail_is_filtered_to_its_known_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
