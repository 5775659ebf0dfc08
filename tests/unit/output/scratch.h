/* What the tests of output/ share: a scratch directory, whole files, and a small set of results. */
#ifndef TEST_OUTPUT_SCRATCH_H
#define TEST_OUTPUT_SCRATCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "buyermap/context.h"
#include "buyermap/provenance.h"
#include "buyermap/result.h"
#include "output/output.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNUSED __attribute__((unused))

typedef struct scratch {
    char path[512];
} scratch;

static UNUSED int make_scratch(void **state) {
    scratch *s = calloc(1, sizeof *s);
    const char *home = getenv("TMPDIR");
    if (s == NULL)
        return -1;
    snprintf(s->path, sizeof s->path, "%s/buyermap-output-XXXXXX", home != NULL ? home : "/tmp");
    *state = s;
    return mkdtemp(s->path) != NULL ? 0 : -1;
}

static UNUSED int remove_one(const char *path, const struct stat *info, int kind, struct FTW *ftw) {
    (void)info;
    (void)kind;
    (void)ftw;
    return remove(path);
}

static UNUSED int remove_scratch(void **state) {
    scratch *s = *state;
    nftw(s->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(s);
    return 0;
}

/* A path in the scratch directory; valid until the next eight calls. */
static UNUSED const char *in(void **state, const char *name) {
    static char buffer[8][1024];
    static unsigned turn;
    char *path = buffer[turn++ % 8];
    snprintf(path, sizeof buffer[0], "%s/%s", ((scratch *)*state)->path, name);
    return path;
}

/* The whole file, NUL-terminated; NULL when it is not there. */
static UNUSED char *slurp(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    size_t used = 0, reserved = 1 << 16;
    char *data = malloc(reserved + 1);
    if (file == NULL || data == NULL) {
        free(data);
        if (file != NULL)
            fclose(file);
        return NULL;
    }
    for (size_t got; (got = fread(data + used, 1, reserved - used, file)) > 0;) {
        used += got;
        if (used == reserved)
            data = realloc(data, (reserved *= 2) + 1);
    }
    fclose(file);
    data[used] = '\0';
    if (length != NULL)
        *length = used;
    return data;
}

static UNUSED void spill(const char *path, const char *text) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static UNUSED void assert_file(const char *path, const char *text) {
    size_t length;
    char *data = slurp(path, &length);
    assert_non_null(data);
    assert_string_equal(data, text);
    assert_int_equal(length, strlen(text));
    free(data);
}

static UNUSED void assert_same_file(const char *a, const char *b) {
    size_t left, right;
    char *x = slurp(a, &left), *y = slurp(b, &right);
    assert_non_null(x);
    assert_non_null(y);
    assert_int_equal(left, right);
    assert_memory_equal(x, y, left);
    free(x);
    free(y);
}

/* Entries of a directory, hidden ones too. */
static UNUSED size_t entries(const char *path) {
    DIR *directory = opendir(path);
    size_t count = 0;
    assert_non_null(directory);
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count - 2;
}

static UNUSED int is_there(const char *path) {
    struct stat info;
    return lstat(path, &info) == 0;
}

static const bm_heading THINGS[] = {
    {"buyer_id", BM_CELL_TEXT, "", "the buyer"},
    {"segment", BM_CELL_INTEGER, "", "segment of the buyer"},
    {"distance", BM_CELL_NUMBER, "1", "to the centroid"},
    {"chosen", BM_CELL_BOOLEAN, "1", "whether it was chosen"},
    {"note", BM_CELL_TEXT, "", "always missing"},
};
enum { THING_COLUMNS = 5 };

/* Georgian, Chinese, quotes, separators, line ends and blanks; every seventh number is missing. */
static UNUSED void add_things(bm_results *results, const char *name, size_t rows, int only_hdf5) {
    static const char *const text[] = {"თბილისი %zu", "北京市,%zu", "quo\"te %zu", "two\nlines %zu",
                                       " blank %zu",  "cr\r%zu",    "%zu"};
    bm_result table;
    assert_int_equal(bm_result_init(&table, name, "things", THINGS, THING_COLUMNS, rows, NULL), 0);
    table.only_hdf5 = only_hdf5;
    for (size_t i = 0; i < rows; i++) {
        char id[64];
        snprintf(id, sizeof id, text[i % 7], i);
        assert_int_equal(bm_result_set_string(&table, 0, i, id, NULL), 0);
        table.column[1].integer[i] = i == 0 ? INT64_MIN : (int64_t)i * 1000003;
        table.column[2].number[i] =
            i % 7 == 3 ? NAN : sin((double)i) * pow(10, (double)(i % 40) - 20);
        table.column[3].boolean[i] = i % 3 == 0;
    }
    assert_int_equal(bm_results_add(results, &table, NULL), 0);
}

/* One run into DIR with one table of that many rows: the status, and the message in err. */
static UNUSED bm_status run_once(const char *dir, const char *table, size_t rows, int csv, int hdf5,
                                 bm_error *err) {
    bm_results results = {0};
    bm_provenance provenance = {.verb = "cluster"};
    bm_publication publication;
    add_things(&results, table, rows, 0);
    bm_results_attribute(&results, "format", "buyermap", 0);
    bm_results_attribute(&results, "format_version", NULL, 1);
    bm_status status = bm_publication_open(&publication, dir, err);
    if (status == BM_OK)
        status = bm_publish(&publication, &results, &provenance, csv, hdf5, NULL, err);
    bm_publication_close(&publication);
    bm_results_free(&results);
    bm_provenance_free(&provenance);
    return status;
}

#endif
