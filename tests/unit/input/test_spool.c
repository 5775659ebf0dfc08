/* Tables whose numbers are kept in a file: what they hold is what they hold in memory. */
#include "scratch.h"

#include "data/values.h"

/* Ids, numbers with gaps, whole numbers, a category, and a number only at first sight. */
static void write_table(const scratch *s, size_t rows) {
    FILE *file = fopen(s->path, "wb");
    assert_non_null(file);
    fprintf(file, "id,spend,visits,region,late\n");
    for (size_t i = 0; i < rows; i++) {
        fprintf(file, "b%zu,", i);
        if (i % 7 != 3)
            fprintf(file, "%.17g", sin((double)i) * 1e4);
        fprintf(file, ",%zu,%s,", i % 91, i % 3 ? "North" : "South");
        fprintf(file, i > 2000 ? "text %zu\n" : "%zu\n", i % 20);
    }
    assert_int_equal(fclose(file), 0);
}

static void expect_equal(const bm_table *memory, const bm_table *file) {
    double a[BM_VALUES_BLOCK], b[BM_VALUES_BLOCK];
    assert_int_equal(memory->rows, file->rows);
    assert_int_equal(memory->columns, file->columns);
    for (size_t c = 0; c < memory->columns; c++) {
        const bm_column *one = &memory->column[c], *other = &file->column[c];
        assert_string_equal(one->name, other->name);
        assert_int_equal(one->type, other->type);
        assert_int_equal(one->missing, other->missing);
        if (one->number == NULL) {
            assert_null(other->spool);
            assert_true(one->code != NULL && other->code != NULL);
            assert_memory_equal(one->code, other->code, memory->rows * sizeof *one->code);
            continue;
        }
        assert_null(other->number);
        assert_ptr_equal(other->spool, file->spool);
        bm_values x = bm_values_of_column(one, 0), y = bm_values_of_column(other, 0);
        for (size_t first = 0, count; first < memory->rows; first += count) {
            count = memory->rows - first < BM_VALUES_BLOCK ? memory->rows - first : BM_VALUES_BLOCK;
            assert_int_equal(bm_values_read(&x, NULL, first, count, a, NULL), BM_OK);
            assert_int_equal(bm_values_read(&y, NULL, first, count, b, NULL), BM_OK);
            assert_memory_equal(a, b, count * sizeof *a);
        }
    }
}

static void a_table_in_a_file_holds_what_it_holds_in_memory(void **state) {
    scratch *s = *state;
    static const size_t rows[] = {20000, 50000};
    char out[160];
    snprintf(out, sizeof out, "%s/out", s->folder);
    s->request.infer_id = 1;
    for (size_t r = 0; r < 2; r++) {
        bm_read_result memory;
        write_table(s, rows[r]);
        s->request.spool = NULL;
        read_again(s);
        assert_int_equal(s->status, BM_OK);
        memory = s->result;
        s->result = (bm_read_result){0};
        s->request.spool = out;
        s->request.spool_above = 1000;
        read_again(s);
        assert_int_equal(s->status, BM_OK);
        assert_non_null(s->result.table.spool);
        assert_true(bm_table_bytes(&s->result.table) + rows[r] * 2 * sizeof(double) ==
                    bm_table_bytes(&memory.table));
        expect_equal(&memory.table, &s->result.table);
        bm_read_result_free(&memory);
    }
}

static void a_table_that_is_small_stays_in_memory(void **state) {
    scratch *s = *state;
    write_table(s, 5000);
    s->request.spool = s->path;
    s->request.spool_above = 1 << 20;
    read_again(s);
    assert_int_equal(s->status, BM_OK);
    assert_null(s->result.table.spool);
}

static void a_table_over_the_limit_fits_once_its_numbers_are_in_a_file(void **state) {
    scratch *s = *state;
    bm_context context = {.memory_limit = 4 << 20};
    FILE *file = fopen(s->path, "wb");
    assert_non_null(file);
    fprintf(file, "a,b,c,d,e\n");
    for (size_t i = 0; i < 200000; i++)
        fprintf(file, "%zu,1,2,3,4\n", i % 10);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(bm_read(&s->request, &context, &s->result, &s->err), BM_LIMIT);
    s->request.spool = s->path;
    s->request.spool_above = 1 << 20;
    context.memory_limit = 40 << 20;
    assert_int_equal(bm_read(&s->request, &context, &s->result, &s->err), BM_OK);
    assert_int_equal(s->result.table.rows, 200000);
    assert_true(bm_table_bytes(&s->result.table) < 1000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_table_in_a_file_holds_what_it_holds_in_memory),
        SCRATCH_TEST(a_table_that_is_small_stays_in_memory),
        SCRATCH_TEST(a_table_over_the_limit_fits_once_its_numbers_are_in_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
