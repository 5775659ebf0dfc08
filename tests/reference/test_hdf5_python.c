/* What h5py, PyTables and pandas write, read here: every type and layout against the same values as
 * text, which Python wrote beside them
 * (write_hdf5.py). Skipped where Debian's Python lacks them. */
#include "../unit/input/scratch.h"

#include <sys/stat.h>

static const char writer[] = "tests/reference/write_hdf5.py";

static const char *text_at(const bm_column *c, size_t row) {
    return c->code == NULL || c->code[row] < 0 ? ""
                                               : bm_dictionary_string(&c->dictionary, c->code[row]);
}

static void must_be_equal(const bm_table *a, const bm_table *b, const char *name) {
    if (a->columns != b->columns || a->rows != b->rows)
        fail_msg("%s: %zu columns and %zu rows instead of %zu and %zu", name, a->columns, a->rows,
                 b->columns, b->rows);
    for (size_t i = 0; i < a->columns; i++) {
        const bm_column *left = &a->column[i], *right = &b->column[i];
        assert_string_equal(left->name, right->name);
        if (left->type != right->type)
            fail_msg("%s: column %s: type %d instead of %d", name, left->name, (int)left->type,
                     (int)right->type);
        for (size_t row = 0; row < a->rows; row++) {
            int same = left->number != NULL ? left->number[row] == right->number[row]
                                            : strcmp(text_at(left, row), text_at(right, row)) == 0;
            if (!same)
                fail_msg("%s: column %s, row %zu is not the same", name, left->name, row + 1);
        }
    }
}

/* Numbers as numbers; then everything as text: integers digit by digit. */
static void compare_case(scratch *s, const char *name, const char *dataset, const char *expected) {
    char path[700], shown[1300];
    for (int as_text = 0; as_text < 2; as_text++) {
        bm_read_result text = {0};
        s->request.others = as_text ? BM_WANT_TEXT : BM_WANT_INFER;
        s->request.keep_text = 1;
        snprintf(path, sizeof path, "%s/%s.h5", s->folder, name);
        s->request.path = path;
        s->dialect.dataset = dataset[0] != '\0' ? dataset : NULL;
        read_again(s);
        if (expected[0] != '\0') {
            snprintf(shown, sizeof shown, "%s: %s", path, expected);
            assert_int_equal(s->status, BM_DATA);
            assert_begins(s->err.message, shown);
            continue;
        }
        assert_string_equal(s->err.message, "");
        snprintf(path, sizeof path, "%s/%s.csv", s->folder, name);
        assert_int_equal(bm_read(&s->request, NULL, &text, &s->err), BM_OK);
        /* repr of a double is not how we write one: only its value can be compared. */
        if (!as_text || strncmp(name, "int-", 4) == 0)
            must_be_equal(&s->result.table, &text.table, name);
        bm_read_result_free(&text);
    }
}

static void every_type_and_layout_has_the_values_python_wrote(void **state) {
    scratch *s = *state;
    char path[128], line[512], command[200];
    if (access(writer, R_OK) != 0 ||
        system("/usr/bin/python3 -c 'import h5py, tables, pandas' 2>/dev/null") != 0)
        skip();
    snprintf(command, sizeof command, "/usr/bin/python3 %s '%s'", writer, s->folder);
    assert_int_equal(system(command), 0);
    snprintf(path, sizeof path, "%s/cases", s->folder);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    int cases = 0;
    for (; fgets(line, sizeof line, file) != NULL; cases++) {
        line[strcspn(line, "\n")] = '\0';
        char *dataset = strchr(line, '|'), *expected = strchr(dataset + 1, '|');
        *dataset++ = *expected++ = '\0';
        compare_case(s, line, dataset, expected);
    }
    fclose(file);
    s->request.path = s->path;
    assert_true(cases > 50);
    snprintf(command, sizeof command, "rm -f '%s'/*", s->folder);
    assert_int_equal(system(command), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(every_type_and_layout_has_the_values_python_wrote),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
