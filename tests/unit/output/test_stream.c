#include "scratch.h"

#include "base/parallel.h"

#include <hdf5.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <zlib.h>

static const size_t WIDTH[THING_COLUMNS] = {40, 0, 0, 0, 0};

/* Streams a result in blocks of that many rows. */
static bm_status stream_things(const char *path, const bm_result *table, size_t rows,
                               bm_error *err) {
    bm_stream *stream;
    void *block[THING_COLUMNS];
    bm_status status = bm_stream_open(&stream, path, "orders", THINGS, WIDTH, THING_COLUMNS, err);
    if (status != BM_OK) {
        assert_null(stream);
        return status;
    }
    for (size_t c = 0; c < THING_COLUMNS; c++)
        block[c] = malloc(rows * 16);
    for (size_t first = 0; status == BM_OK && first < table->rows; first += rows) {
        size_t count = table->rows - first < rows ? table->rows - first : rows;
        for (size_t c = 0; c < THING_COLUMNS; c++)
            bm_result_read(table, c, first, count, block[c]);
        status = bm_stream_write(stream, (const void *const *)block, count, err);
    }
    if (status == BM_OK)
        status = bm_stream_close(stream, err);
    else
        bm_stream_abort(stream);
    for (size_t c = 0; c < THING_COLUMNS; c++)
        free(block[c]);
    return status;
}

static bm_status stream_rows(const char *path, size_t rows, bm_error *err) {
    bm_results results = {0};
    add_things(&results, "orders", rows, 0);
    bm_status status = stream_things(path, &results.table[0], 1000, err);
    bm_results_free(&results);
    return status;
}

static char *gunzip(const char *path, size_t *length) {
    char *text = malloc(1 << 24);
    gzFile gz = gzopen(path, "rb");
    int got = gzread(gz, text, (1 << 24) - 1);
    assert_true(got >= 0);
    assert_int_equal(gzclose(gz), Z_OK);
    text[got] = '\0';
    *length = (size_t)got;
    return text;
}

static void csv_and_gzip_and_hdf5_hold_the_same_rows(void **state) {
    enum { ROWS = 30001 };
    size_t length, unpacked;
    assert_int_equal(stream_rows(in(state, "t.csv"), ROWS, NULL), BM_OK);
    assert_int_equal(stream_rows(in(state, "t.csv.gz"), ROWS, NULL), BM_OK);
    assert_int_equal(stream_rows(in(state, "t.h5"), ROWS, NULL), BM_OK);
    assert_int_equal(entries(in(state, "")), 3);
    char *plain = slurp(in(state, "t.csv"), &length);
    char *text = gunzip(in(state, "t.csv.gz"), &unpacked);
    assert_int_equal(length, unpacked);
    assert_memory_equal(plain, text, length);
    free(plain);
    free(text);
    int64_t *segment = calloc(ROWS, 8);
    hid_t file = H5Fopen(in(state, "t.h5"), H5F_ACC_RDONLY, H5P_DEFAULT);
    hid_t dataset = H5Dopen2(file, "orders", H5P_DEFAULT);
    hid_t row = H5Tcreate(H5T_COMPOUND, 8), space = H5Dget_space(dataset);
    H5Tinsert(row, "segment", 0, H5T_NATIVE_INT64);
    assert_int_equal(H5Sget_simple_extent_npoints(space), ROWS);
    assert_true(H5Dread(dataset, row, H5S_ALL, H5S_ALL, H5P_DEFAULT, segment) >= 0);
    assert_true(segment[0] == INT64_MIN);
    for (int64_t i = 1; i < ROWS; i++)
        assert_true(segment[i] == i * 1000003);
    free(segment);
    H5Sclose(space);
    H5Tclose(row);
    H5Dclose(dataset);
    H5Fclose(file);
}

static void neither_blocks_nor_threads_change_the_bytes(void **state) {
    bm_results results = {0};
    add_things(&results, "orders", 20000, 0);
    bm_set_threads(1);
    assert_int_equal(stream_things(in(state, "a.csv"), &results.table[0], 7, NULL), BM_OK);
    assert_int_equal(stream_things(in(state, "a.h5"), &results.table[0], 7, NULL), BM_OK);
    bm_set_threads(7);
    assert_int_equal(stream_things(in(state, "b.csv"), &results.table[0], 20000, NULL), BM_OK);
    assert_int_equal(stream_things(in(state, "b.h5"), &results.table[0], 20000, NULL), BM_OK);
    bm_set_threads(0);
    bm_results_free(&results);
    assert_same_file(in(state, "a.csv"), in(state, "b.csv"));
    assert_same_file(in(state, "a.h5"), in(state, "b.h5"));
}

static void no_rows_are_fine(void **state) {
    size_t length;
    assert_int_equal(stream_rows(in(state, "t.csv"), 0, NULL), BM_OK);
    assert_int_equal(stream_rows(in(state, "t.csv.gz"), 0, NULL), BM_OK);
    assert_int_equal(stream_rows(in(state, "t.h5"), 0, NULL), BM_OK);
    assert_file(in(state, "t.csv"), "buyer_id,segment,distance,chosen,note\n");
    char *text = gunzip(in(state, "t.csv.gz"), &length);
    assert_string_equal(text, "buyer_id,segment,distance,chosen,note\n");
    free(text);
    assert_true(H5Fis_hdf5(in(state, "t.h5")) > 0);
}

static void other_extensions_are_refused(void **state) {
    static const char *const name[] = {"t", "t.txt", "t.gz", "t.csv.bz2", "csv"};
    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        bm_error err = {0};
        bm_status status = stream_rows(in(state, name[i]), 1, &err);
        assert_int_equal(status, BM_USAGE);
        assert_non_null(strstr(err.message, ".csv, .csv.gz or .h5"));
    }
}

static void paths_that_cannot_be_written_are_refused(void **state) {
    bm_error err = {0};
    assert_int_equal(mkdir(in(state, "d.csv"), 0777), 0);
    assert_int_equal(stream_rows(in(state, "d.csv"), 1, &err), BM_CANTCREATE);
    assert_non_null(strstr(err.message, "is a directory"));
    assert_int_equal(stream_rows(in(state, "no/t.csv"), 1, &err), BM_CANTCREATE);
    assert_non_null(strstr(err.message, "does not exist"));
    assert_int_equal(entries(in(state, "")), 1);
}

static void a_file_is_replaced_only_when_the_new_one_is_complete(void **state) {
    bm_stream *stream;
    struct stat info;
    spill(in(state, "t.csv"), "old");
    assert_int_equal(chmod(in(state, "t.csv"), 0604), 0);
    assert_int_equal(
        bm_stream_open(&stream, in(state, "t.csv"), "orders", THINGS, WIDTH, THING_COLUMNS, NULL),
        BM_OK);
    assert_file(in(state, "t.csv"), "old");
    bm_stream_abort(stream);
    bm_stream_abort(NULL);
    assert_file(in(state, "t.csv"), "old");
    assert_int_equal(entries(in(state, "")), 1);
    assert_int_equal(stream_rows(in(state, "t.csv"), 0, NULL), BM_OK);
    assert_file(in(state, "t.csv"), "buyer_id,segment,distance,chosen,note\n");
    assert_int_equal(stat(in(state, "t.csv"), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0604);
}

static void a_link_stays_and_its_target_is_replaced(void **state) {
    struct stat info;
    spill(in(state, "real.csv"), "old");
    assert_int_equal(symlink("real.csv", in(state, "link.csv")), 0);
    assert_int_equal(stream_rows(in(state, "link.csv"), 0, NULL), BM_OK);
    assert_int_equal(lstat(in(state, "link.csv"), &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_file(in(state, "real.csv"), "buyer_id,segment,distance,chosen,note\n");
}

static void a_second_writer_of_the_same_file_is_refused(void **state) {
    bm_stream *first;
    bm_error err = {0};
    assert_int_equal(
        bm_stream_open(&first, in(state, "t.h5"), "orders", THINGS, WIDTH, THING_COLUMNS, NULL),
        BM_OK);
    assert_int_equal(stream_rows(in(state, "t.h5"), 1, &err), BM_CANTCREATE);
    assert_non_null(strstr(err.message, "another buyermap run"));
    assert_int_equal(bm_stream_close(first, NULL), BM_OK);
    assert_int_equal(stream_rows(in(state, "t.h5"), 1, NULL), BM_OK);
    assert_int_equal(entries(in(state, "")), 1);
}

static void what_a_killed_run_staged_is_written_over(void **state) {
    spill(in(state, ".t.csv.buyermap.staging"), "a long piece of text that was left behind");
    assert_int_equal(stream_rows(in(state, "t.csv"), 0, NULL), BM_OK);
    assert_file(in(state, "t.csv"), "buyer_id,segment,distance,chosen,note\n");
    assert_int_equal(entries(in(state, "")), 1);
}

static void *drain(void *path) {
    size_t length;
    return slurp(path, &length);
}

static void a_pipe_is_written_to_directly(void **state) {
    pthread_t reader;
    void *text;
    char path[1024];
    snprintf(path, sizeof path, "%s", in(state, "pipe"));
    assert_int_equal(mkfifo(path, 0666), 0);
    assert_int_equal(stream_rows(in(state, "t.csv"), 20000, NULL), BM_OK);
    assert_int_equal(pthread_create(&reader, NULL, drain, path), 0);
    assert_int_equal(stream_rows(path, 20000, NULL), BM_OK);
    assert_int_equal(pthread_join(reader, &text), 0);
    char *expected = slurp(in(state, "t.csv"), NULL);
    assert_string_equal(text, expected);
    free(expected);
    free(text);
    assert_int_equal(mkfifo(in(state, "pipe.h5"), 0666), 0);
    int held = open(in(state, "pipe.h5"), O_RDWR);
    bm_error err = {0};
    assert_int_equal(stream_rows(in(state, "pipe.h5"), 1, &err), BM_USAGE);
    assert_non_null(strstr(err.message, "regular file"));
    close(held);
}

/* As `generate … --out /dev/fd/N >> file` does: what is there stays. */
static void a_descriptor_is_written_on_where_it_stands(void **state) {
    char path[32];
    int fd = open(in(state, "t"), O_RDWR | O_CREAT, 0666);
    assert_int_equal(write(fd, "before\n", 7), 7);
    snprintf(path, sizeof path, "/dev/fd/%d", fd);
    assert_int_equal(stream_rows(path, 0, NULL), BM_OK);
    assert_int_equal(write(fd, "after\n", 6), 6);
    close(fd);
    assert_file(in(state, "t"), "before\nbuyer_id,segment,distance,chosen,note\nafter\n");
}

static void a_full_device_is_an_error(void **state) {
    (void)state;
    bm_error err = {0};
    assert_int_equal(stream_rows("/dev/full", 1, &err), BM_IO);
    assert_non_null(strstr(err.message, "No space left on device"));
}

static void a_file_that_cannot_grow_is_an_error_and_leaves_the_old(void **state) {
    static const char *const name[] = {"t.csv", "t.csv.gz", "t.h5"};
    struct rlimit before, limit;
    struct stat info;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(stream_rows(in(state, name[i]), 5000, NULL), BM_OK);
        assert_int_equal(stat(in(state, name[i]), &info), 0);
        spill(in(state, name[i]), "old");
        for (int part = 0; part < 20; part++) {
            bm_error err = {0};
            limit = before;
            limit.rlim_cur = (rlim_t)(info.st_size * part / 20);
            assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
            bm_status status = stream_rows(in(state, name[i]), 5000, &err);
            assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
            assert_int_equal(status, BM_IO);
            assert_non_null(strstr(err.message, name[i]));
            assert_file(in(state, name[i]), "old");
        }
        assert_int_equal(entries(in(state, "")), i + 1);
    }
}

static void more_columns_than_hdf5_can_hold_are_refused(void **state) {
    enum { COLUMNS = 20000 };
    bm_heading *heading = calloc(COLUMNS, sizeof *heading);
    size_t *width = calloc(COLUMNS, sizeof *width);
    char *name = calloc(COLUMNS, 16);
    bm_stream *stream;
    bm_error err = {0};
    for (size_t c = 0; c < COLUMNS; c++) {
        snprintf(name + 16 * c, 16, "c%zu", c + 1);
        heading[c] = (bm_heading){name + 16 * c, BM_CELL_NUMBER, "1", ""};
    }
    assert_int_equal(bm_stream_open(&stream, in(state, "t.h5"), "b", heading, width, COLUMNS, &err),
                     BM_LIMIT);
    assert_non_null(strstr(err.message, "20000 columns"));
    assert_int_equal(
        bm_stream_open(&stream, in(state, "t.csv"), "b", heading, width, COLUMNS, &err), BM_OK);
    assert_int_equal(bm_stream_close(stream, NULL), BM_OK);
    assert_int_equal(bm_stream_open(&stream, in(state, "t.h5"), "b", heading, width, 1000, &err),
                     BM_OK);
    assert_int_equal(bm_stream_close(stream, NULL), BM_OK);
    assert_int_equal(entries(in(state, "")), 2);
    free(name);
    free(width);
    free(heading);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_scratch, remove_scratch)
    const struct CMUnitTest tests[] = {
        TEST(csv_and_gzip_and_hdf5_hold_the_same_rows),
        TEST(neither_blocks_nor_threads_change_the_bytes),
        TEST(no_rows_are_fine),
        TEST(other_extensions_are_refused),
        TEST(paths_that_cannot_be_written_are_refused),
        TEST(a_file_is_replaced_only_when_the_new_one_is_complete),
        TEST(a_link_stays_and_its_target_is_replaced),
        TEST(a_second_writer_of_the_same_file_is_refused),
        TEST(what_a_killed_run_staged_is_written_over),
        TEST(a_pipe_is_written_to_directly),
        TEST(a_descriptor_is_written_on_where_it_stands),
        TEST(a_full_device_is_an_error),
        TEST(a_file_that_cannot_grow_is_an_error_and_leaves_the_old),
        TEST(more_columns_than_hdf5_can_hold_are_refused),
    };
    bm_output_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
