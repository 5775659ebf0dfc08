#include "scratch.h"

#include "base/parallel.h"
#include "output/hdf5_results.h"

#include <hdf5.h>
#include <signal.h>
#include <sys/resource.h>

static bm_status write_results(const char *path, const bm_results *results, bm_error *err) {
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0666);
    assert_true(fd >= 0);
    bm_status status = bm_hdf5_results(fd, path, results, err);
    close(fd);
    return status;
}

/* A table of that many rows, a matrix, features and attributes. */
static void fill(bm_results *results, size_t rows) {
    static const double matrix[6] = {1, 2, 3, 4, 5.5, -1e300};
    add_things(results, "assignments", rows, 0);
    add_things(results, "none", 0, 0);
    add_things(results, "model/transform", 1, 1);
    assert_int_equal(bm_results_add_matrix(results, "model/centroids", matrix, 2, 3, NULL), 0);
    assert_int_equal(bm_results_add_matrix(results, "model/linkage", matrix, 0, 4, NULL), 0);
    assert_int_equal(bm_strings_add(&results->features, "recency_days", NULL), 0);
    assert_int_equal(bm_strings_add(&results->features, "region=თბილისი", NULL), 0);
    bm_results_attribute(results, "format", "buyermap", 0);
    bm_results_attribute(results, "format_version", NULL, 1);
}

static hsize_t rows_of(hid_t dataset) {
    hsize_t size[2] = {0, 0};
    hid_t space = H5Dget_space(dataset);
    H5Sget_simple_extent_dims(space, size, NULL);
    H5Sclose(space);
    return size[0];
}

/* Reads one member of a compound dataset through the library's own filters and conversion. */
static void read_member(hid_t dataset, const char *name, hid_t as, size_t size, void *out) {
    hid_t row = H5Tcreate(H5T_COMPOUND, size);
    assert_true(H5Tinsert(row, name, 0, as) >= 0);
    assert_true(H5Dread(dataset, row, H5S_ALL, H5S_ALL, H5P_DEFAULT, out) >= 0);
    H5Tclose(row);
}

static void assert_things(hid_t file, const char *name, const bm_result *table) {
    hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
    size_t rows = table->rows;
    assert_true(dataset >= 0);
    assert_int_equal(rows_of(dataset), rows);
    int64_t *segment = calloc(rows + 1, 8);
    double *distance = calloc(rows + 1, 8);
    int8_t *chosen = calloc(rows + 1, 1);
    char *id = calloc(rows + 1, 64);
    hid_t text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, 64);
    H5Tset_cset(text, H5T_CSET_UTF8);
    read_member(dataset, "segment", H5T_NATIVE_INT64, 8, segment);
    read_member(dataset, "distance", H5T_NATIVE_DOUBLE, 8, distance);
    read_member(dataset, "chosen", H5T_NATIVE_INT8, 1, chosen);
    read_member(dataset, "buyer_id", text, 64, id);
    for (size_t i = 0; i < rows; i++) {
        bm_text expected;
        bm_result_read(table, 0, i, 1, &expected);
        assert_int_equal(strlen(id + 64 * i), expected.length);
        assert_memory_equal(id + 64 * i, expected.data, expected.length);
        assert_true(segment[i] == table->column[1].integer[i]);
        assert_memory_equal(&distance[i], &table->column[2].number[i], 8);
        assert_int_equal(chosen[i], table->column[3].boolean[i]);
    }
    read_member(dataset, "note", text, 64, id);
    for (size_t i = 0; i < rows; i++)
        assert_int_equal(id[64 * i], '\0');
    H5Tclose(text);
    H5Dclose(dataset);
    free(segment);
    free(distance);
    free(chosen);
    free(id);
}

static void read_back_equals_written(void **state, size_t rows) {
    bm_results results = {0};
    bm_error err = {0};
    fill(&results, rows);
    assert_int_equal(write_results(in(state, "r.h5"), &results, &err), BM_OK);
    hid_t file = H5Fopen(in(state, "r.h5"), H5F_ACC_RDONLY, H5P_DEFAULT);
    assert_true(file >= 0);
    for (size_t i = 0; i < results.tables; i++)
        assert_things(file, results.table[i].name, &results.table[i]);
    H5Fclose(file);
    bm_results_free(&results);
}

static void tables_of_any_length_are_read_back_as_written(void **state) {
    static const size_t rows[] = {0, 1, 2, 7000, 140001};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        read_back_equals_written(state, rows[i]);
}

static void matrices_features_and_attributes_are_read_back(void **state) {
    bm_results results = {0};
    double matrix[6];
    char names[2][32] = {{0}};
    fill(&results, 1);
    assert_int_equal(write_results(in(state, "r.h5"), &results, NULL), BM_OK);
    hid_t file = H5Fopen(in(state, "r.h5"), H5F_ACC_RDONLY, H5P_DEFAULT);
    hid_t centroids = H5Dopen2(file, "model/centroids", H5P_DEFAULT);
    assert_true(H5Dread(centroids, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, matrix) >= 0);
    assert_memory_equal(matrix, results.matrix[0].value, sizeof matrix);
    H5Dclose(centroids);
    hid_t features = H5Dopen2(file, "model/features", H5P_DEFAULT);
    hid_t text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, sizeof names[0]);
    H5Tset_cset(text, H5T_CSET_UTF8);
    assert_int_equal(rows_of(features), 2);
    assert_true(H5Dread(features, text, H5S_ALL, H5S_ALL, H5P_DEFAULT, names) >= 0);
    assert_string_equal(names[0], "recency_days");
    assert_string_equal(names[1], "region=თბილისი");
    H5Tclose(text);
    H5Dclose(features);
    hid_t version = H5Aopen(file, "format_version", H5P_DEFAULT);
    int64_t number = 0;
    assert_true(H5Aread(version, H5T_NATIVE_INT64, &number) >= 0);
    assert_int_equal(number, 1);
    H5Aclose(version);
    hid_t format = H5Aopen(file, "format", H5P_DEFAULT);
    hid_t type = H5Aget_type(format);
    char *value = NULL;
    assert_true(H5Aread(format, type, &value) >= 0);
    assert_string_equal(value, "buyermap");
    H5free_memory(value);
    H5Tclose(type);
    H5Aclose(format);
    H5Fclose(file);
    bm_results_free(&results);
}

static herr_t no_times(hid_t object, const char *name, const H5O_info_t *info, void *count) {
    (void)object;
    (void)name;
    assert_int_equal(info->mtime, 0);
    assert_int_equal(info->ctime, 0);
    assert_int_equal(info->btime, 0);
    ++*(int *)count;
    return 0;
}

static void no_object_carries_a_time(void **state) {
    bm_results results = {0};
    int objects = 0;
    fill(&results, 10);
    assert_int_equal(write_results(in(state, "r.h5"), &results, NULL), BM_OK);
    bm_results_free(&results);
    hid_t file = H5Fopen(in(state, "r.h5"), H5F_ACC_RDONLY, H5P_DEFAULT);
    assert_true(H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_NATIVE, no_times, &objects, H5O_INFO_TIME) >=
                0);
    assert_int_equal(objects, 8); /* /, model, three tables, two matrices, features */
    H5Fclose(file);
}

static void equal_results_give_equal_bytes_for_any_threads(void **state) {
    static const int threads[] = {1, 2, 7};
    char name[32];
    for (int i = 0; i < 3; i++) {
        bm_results results = {0};
        void *hole = malloc((size_t)(i + 1) * 100000); /* moves what malloc gives */
        memset(hole, 0xA5, (size_t)(i + 1) * 100000);
        free(hole);
        fill(&results, 50000);
        bm_set_threads(threads[i]);
        snprintf(name, sizeof name, "r%d.h5", i);
        assert_int_equal(write_results(in(state, name), &results, NULL), BM_OK);
        bm_results_free(&results);
    }
    bm_set_threads(0);
    assert_same_file(in(state, "r0.h5"), in(state, "r1.h5"));
    assert_same_file(in(state, "r0.h5"), in(state, "r2.h5"));
}

static void datasets_are_what_readers_expect(void **state) {
    bm_results results = {0};
    hsize_t most, size, chunk;
    fill(&results, 300);
    assert_int_equal(write_results(in(state, "r.h5"), &results, NULL), BM_OK);
    bm_results_free(&results);
    hid_t file = H5Fopen(in(state, "r.h5"), H5F_ACC_RDONLY, H5P_DEFAULT);
    hid_t dataset = H5Dopen2(file, "assignments", H5P_DEFAULT);
    hid_t space = H5Dget_space(dataset), creation = H5Dget_create_plist(dataset);
    hid_t type = H5Dget_type(dataset);
    assert_int_equal(H5Sget_simple_extent_dims(space, &size, &most), 1);
    assert_true(most == H5S_UNLIMITED);
    assert_int_equal(H5Pget_chunk(creation, 1, &chunk), 1);
    assert_int_equal(H5Pget_nfilters(creation), 2);
    assert_int_equal(H5Tget_class(type), H5T_COMPOUND);
    hid_t id = H5Tget_member_type(type, 0), note = H5Tget_member_type(type, 4);
    assert_int_equal(H5Tget_cset(id), H5T_CSET_UTF8);
    assert_int_equal(H5Tis_variable_str(id), 0);
    assert_int_equal(H5Tget_size(note), 1); /* all missing: the least a text can have */
    assert_int_equal(H5Tget_size(type), H5Tget_size(id) + 8 + 8 + 1 + 1);
    H5Tclose(id);
    H5Tclose(note);
    H5Tclose(type);
    H5Pclose(creation);
    H5Sclose(space);
    H5Dclose(dataset);
    H5Fclose(file);
}

/* Limits the size of files at every place where the writer could hit it. */
static void a_file_that_cannot_grow_is_an_error_wherever_it_happens(void **state) {
    bm_results results = {0};
    struct stat info;
    struct rlimit before, limit;
    fill(&results, 20000);
    assert_int_equal(write_results(in(state, "r.h5"), &results, NULL), BM_OK);
    assert_int_equal(stat(in(state, "r.h5"), &info), 0);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    for (int part = 0; part < 40; part++) {
        bm_error err = {0};
        limit.rlim_cur = (rlim_t)(info.st_size * part / 40);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        bm_status status = write_results(in(state, "short.h5"), &results, &err);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_int_equal(status, BM_IO);
        assert_non_null(strstr(err.message, "short.h5"));
        assert_non_null(strstr(err.message, "File too large"));
    }
    /* And the library is none the worse for it. */
    assert_int_equal(H5Fget_obj_count((hid_t)H5F_OBJ_ALL, H5F_OBJ_ALL), 0);
    assert_int_equal(write_results(in(state, "again.h5"), &results, NULL), BM_OK);
    assert_same_file(in(state, "r.h5"), in(state, "again.h5"));
    bm_results_free(&results);
}

static int start_doors(void **state) {
    (void)state;
    bm_output_start();
    return 0;
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_scratch, remove_scratch)
    const struct CMUnitTest tests[] = {
        TEST(tables_of_any_length_are_read_back_as_written),
        TEST(matrices_features_and_attributes_are_read_back),
        TEST(no_object_carries_a_time),
        TEST(equal_results_give_equal_bytes_for_any_threads),
        TEST(datasets_are_what_readers_expect),
        TEST(a_file_that_cannot_grow_is_an_error_wherever_it_happens),
    };
    return cmocka_run_group_tests(tests, start_doors, NULL);
}
