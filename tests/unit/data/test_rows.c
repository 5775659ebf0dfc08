/* Rows of a matrix in memory and in a file, and the file behind both that and large tables. */
#include "base/parallel.h"
#include "data/rows.h"
#include "data/spool.h"
#include "data/values.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const char *beside(char path[128]) {
    const char *base = getenv("TMPDIR");
    snprintf(path, 128, "%.100s/out", base != NULL ? base : "/tmp");
    return path;
}

static double cell(size_t row, size_t j) {
    return sin((double)(row * 7 + j)) * 1e3;
}

static void columns_of_a_file_are_read_as_they_were_put(void **state) {
    (void)state;
    enum { COLUMNS = 3, N = 40000 };
    char path[128];
    bm_spool *spool;
    double *value = malloc(N * sizeof *value);
    assert_non_null(value);
    assert_int_equal(bm_spool_open(&spool, beside(path), "the table", COLUMNS, NULL), BM_OK);
    /* In uneven stretches, columns in turn, as a reader merges them. */
    for (size_t first = 0, count; first < N; first += count) {
        count = first % 5000 + 777 < N - first ? first % 5000 + 777 : N - first;
        for (size_t j = 0; j < COLUMNS; j++) {
            for (size_t i = 0; i < count; i++)
                value[i] = cell(first + i, j);
            assert_int_equal(bm_spool_put_column(spool, j, first, count, value, NULL), BM_OK);
        }
    }
    static const size_t stretch[][2] = {{0, N}, {16383, 2}, {16384, 1}, {39999, 1}, {123, 33333}};
    for (size_t s = 0; s < sizeof stretch / sizeof *stretch; s++) {
        for (size_t j = 0; j < COLUMNS; j++) {
            size_t first = stretch[s][0], count = stretch[s][1];
            assert_int_equal(bm_spool_get_column(spool, j, first, count, value, NULL), BM_OK);
            for (size_t i = 0; i < count; i++)
                assert_true(value[i] == cell(first + i, j));
        }
    }
    free(value);
    bm_spool_free(spool);
}

static void rows_are_picked_out_of_a_column_in_a_file(void **state) {
    (void)state;
    enum { N = 30000, ROWS = 5000 };
    char path[128];
    bm_spool *spool;
    static double value[N];
    static size_t row_of[ROWS];
    assert_int_equal(bm_spool_open(&spool, beside(path), "the table", 2, NULL), BM_OK);
    for (size_t i = 0; i < N; i++)
        value[i] = cell(i, 0);
    assert_int_equal(bm_spool_put_column(spool, 1, 0, N, value, NULL), BM_OK);
    for (size_t i = 0; i < ROWS; i++)
        row_of[i] = i * 6 - i % 3 * (i > 0) + (i > 4000 ? 5 : 0);
    const bm_values values = {.spool = spool, .column = 1};
    assert_int_equal(bm_values_read(&values, row_of, 10, ROWS - 10, value, NULL), BM_OK);
    for (size_t i = 0; i < ROWS - 10; i++)
        assert_true(value[i] == cell(row_of[10 + i], 0));
    bm_spool_free(spool);
}

/* The same matrix in each of the four places, [n × d]. */
static void make(bm_features *features, size_t n, size_t d, int single, int stored) {
    char path[128];
    double *row = malloc(n * d * sizeof *row);
    assert_non_null(row);
    *features = (bm_features){.n = n, .d = d};
    for (size_t i = 0; i < n * d; i++)
        row[i] = cell(i / d, i % d);
    assert_int_equal(bm_rows_new(features, single, stored ? beside(path) : NULL, NULL), BM_OK);
    assert_int_equal(bm_rows_put(features, n / 2, n - n / 2, row + n / 2 * d, NULL), BM_OK);
    assert_int_equal(bm_rows_put(features, 0, n / 2, row, NULL), BM_OK);
    free(row);
}

typedef struct walk {
    const bm_features *features;
    size_t rows;
    double *sum; /* of each chunk */
    double *own; /* [threads × rows × d] */
} walk;

static bm_status sum_chunk(size_t chunk, void *arg, bm_error *err) {
    const walk *w = arg;
    size_t d = w->features->d, first = chunk * w->rows;
    size_t end = bm_chunk_end(chunk, w->rows, w->features->n);
    double *buffer = w->own + (size_t)bm_thread_index() * w->rows * d;
    const double *row = bm_rows_doubles(w->features, first, end - first, buffer);
    const void *at = bm_rows_at(w->features, first);
    (void)err;
    w->sum[chunk] = 0;
    for (size_t i = 0; i < (end - first) * d; i++) {
        double here = bm_rows_are_single(w->features) ? (double)((const float *)at)[i]
                                                      : ((const double *)at)[i];
        w->sum[chunk] += row[i] * (double)(i + 1) + here;
    }
    return BM_OK;
}

static void a_pass_sees_the_same_rows_wherever_they_are(void **state) {
    (void)state;
    enum { N = 70001, D = 5 };
    static const size_t rows[] = {1000, 4096, 70000, 70001, 100000};
    bm_features place[2];
    for (int single = 0; single < 2; single++) {
        for (int stored = 0; stored < 2; stored++)
            make(&place[stored], N, D, single, stored);
        for (size_t r = 0; r < 3 * sizeof rows / sizeof *rows; r++) {
            size_t chunks = bm_chunks(N, rows[r / 3]);
            double *sum[2], *own = malloc(7 * rows[r / 3] * D * sizeof *own);
            bm_set_threads(((const int[]){1, 2, 7})[r % 3]);
            for (int stored = 0; stored < 2; stored++) {
                sum[stored] = calloc(chunks, sizeof *sum[stored]);
                walk w = {&place[stored], rows[r / 3], sum[stored], own};
                assert_int_equal(bm_rows_pass(&place[stored], w.rows, sum_chunk, &w, NULL), BM_OK);
            }
            assert_memory_equal(sum[0], sum[1], chunks * sizeof *sum[0]);
            assert_true(sum[0][0] < 0 || sum[0][0] > 0);
            free(sum[0]);
            free(sum[1]);
            free(own);
        }
        for (int stored = 0; stored < 2; stored++)
            bm_features_free(&place[stored]);
    }
    bm_set_threads(0);
}

static void single_rows_and_held_rows_are_those_of_the_matrix(void **state) {
    (void)state;
    enum { N = 9000, D = 3 };
    static double many[N * D];
    for (int kind = 0; kind < 4; kind++) {
        bm_features features;
        int single = kind % 2;
        make(&features, N, D, single, kind / 2);
        assert_int_equal(bm_rows_are_single(&features), single);
        assert_int_equal(bm_rows_are_stored(&features), kind / 2);
        for (size_t i = 0; i < N; i += 1237) {
            double buffer[D];
            const double *row = bm_row(&features, i, buffer);
            for (size_t j = 0; j < D; j++)
                assert_true(row[j] == (single ? (double)(float)cell(i, j) : cell(i, j)));
        }
        const double *row = bm_rows_doubles(&features, 100, N - 100, many);
        for (size_t i = 0; i < (N - 100) * D; i++)
            assert_true((float)row[i] == (float)cell(100 + i / D, i % D));
        assert_int_equal(bm_rows_hold(&features, 4000, 500, NULL), BM_OK);
        const void *at = bm_rows_at(&features, 4200);
        assert_true((single ? (double)((const float *)at)[1] : ((const double *)at)[1]) ==
                    (single ? (double)(float)cell(4200, 1) : cell(4200, 1)));
        assert_int_equal(bm_rows_check(&features, NULL), BM_OK);
        bm_features_free(&features);
    }
}

static bm_status fail_third(size_t chunk, void *arg, bm_error *err) {
    size_t *runs = arg;
    __atomic_add_fetch(runs, 1, __ATOMIC_RELAXED);
    return chunk == 3 ? bm_fail(err, BM_DATA, "chunk %zu", chunk) : BM_OK;
}

static void a_chunk_that_fails_ends_the_pass(void **state) {
    (void)state;
    bm_features features;
    bm_error err;
    size_t runs = 0;
    /* Chunks of 4 MiB: a window is a few of 40 of them. */
    make(&features, 40 * 4096, 128, 0, 1);
    assert_int_equal(bm_rows_pass(&features, 4096, fail_third, &runs, &err), BM_DATA);
    assert_string_equal(err.message, "chunk 3");
    assert_true(runs >= 4 && runs < 40);
    bm_features_free(&features);
}

/* What was never put cannot be read: neither in a pass, nor beside one. */
static void rows_that_are_not_there_are_an_error(void **state) {
    (void)state;
    char path[128];
    double buffer[4];
    size_t runs = 0;
    bm_error err;
    bm_features features = {.n = 100, .d = 4};
    assert_int_equal(bm_rows_new(&features, 0, beside(path), NULL), BM_OK);
    assert_int_equal(bm_rows_put(&features, 0, 1, (const double[]){1, 2, 3, 4}, NULL), BM_OK);
    assert_int_equal(bm_rows_pass(&features, 10, fail_third, &runs, &err), BM_IO);
    assert_non_null(strstr(err.message, "cannot read back the feature matrix in a file in"));
    assert_int_equal(runs, 0);
    assert_int_equal(bm_rows_hold(&features, 0, 2, &err), BM_IO);
    assert_true(bm_row(&features, 0, buffer)[3] == 4);
    assert_int_equal(bm_rows_check(&features, &err), BM_OK);
    assert_true(isnan(bm_row(&features, 50, buffer)[0]));
    assert_int_equal(bm_rows_check(&features, &err), BM_IO);
    bm_features_free(&features);
}

/* A file that may not grow, as on a full disk; in a child, which the limit ends with. */
static void a_file_that_cannot_grow_is_an_error(void **state) {
    (void)state;
    int how;
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char path[128];
        static double row[65536];
        const struct rlimit limit = {100000, 100000};
        bm_features features = {.n = 8192, .d = 8};
        bm_error err = {0};
        signal(SIGXFSZ, SIG_IGN);
        if (setrlimit(RLIMIT_FSIZE, &limit) != 0 ||
            bm_rows_new(&features, 0, beside(path), NULL) != BM_OK)
            _exit(2);
        _exit(bm_rows_put(&features, 0, 8192, row, &err) == BM_IO &&
                      strstr(err.message, "cannot keep the feature matrix") != NULL &&
                      strstr(err.message, strerror(EFBIG)) != NULL
                  ? 0
                  : 1);
    }
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFEXITED(how));
    assert_int_equal(WEXITSTATUS(how), 0);
}

static void a_folder_that_is_not_there_is_an_error(void **state) {
    (void)state;
    bm_spool *spool;
    bm_error err;
    assert_int_equal(bm_spool_open(&spool, "/nowhere/at/all", "the table", 1, &err), BM_IO);
    assert_string_equal(
        err.message,
        "cannot keep the table in a file in \"/nowhere/at/\": No such file or directory");
    assert_null(spool);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_of_a_file_are_read_as_they_were_put),
        cmocka_unit_test(rows_are_picked_out_of_a_column_in_a_file),
        cmocka_unit_test(a_pass_sees_the_same_rows_wherever_they_are),
        cmocka_unit_test(single_rows_and_held_rows_are_those_of_the_matrix),
        cmocka_unit_test(a_chunk_that_fails_ends_the_pass),
        cmocka_unit_test(rows_that_are_not_there_are_an_error),
        cmocka_unit_test(a_file_that_cannot_grow_is_an_error),
        cmocka_unit_test(a_folder_that_is_not_there_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
