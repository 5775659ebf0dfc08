/* The same comparison as in test_csv_cells.c, with the sizes the program has: files larger than a
 * window and the pieces of 128 KiB that it is cut into. */
#include "csv_cells.h"
#include "csv_random.h"

#include "base/parallel.h"
#include "input/source.h"

#include <dirent.h>
#include <setjmp.h>
#include <sys/stat.h>

#include <cmocka.h>

enum { KIB = 1 << 10, MIB = 1 << 20, LINE = 2000000 };

typedef struct large {
    bm_dialect dialect;
    unsigned char *data;
    size_t size, room, gzip;
} large;

static int set_up(void **state) {
    large *f = calloc(1, sizeof *f);
    f->room = 24 * MIB;
    f->data = malloc(f->room);
    f->dialect = (bm_dialect){
        .delimiter = ',', .decimal = '.', .quote = '"', .header = 1, .encoding = "utf-8"};
    *state = f;
    return f->data == NULL;
}

static int tear_down(void **state) {
    large *f = *state;
    free(f->data);
    free(f);
    bm_set_threads(1);
    return 0;
}

static void add_bytes(large *f, const char *text, size_t length) {
    assert_true(f->size + length <= f->room);
    memcpy(f->data + f->size, text, length);
    f->size += length;
}

static void add(large *f, const char *text) {
    add_bytes(f, text, strlen(text));
}

static void fill(large *f, int byte, size_t length) {
    assert_true(f->size + length <= f->room);
    memset(f->data + f->size, byte, length);
    f->size += length;
}

/* Plain rows of two columns up to a size; `end` ends their lines. */
static void add_rows(large *f, size_t size, const char *end) {
    char row[64];
    for (size_t i = 0; f->size + 64 < size; i++) {
        snprintf(row, sizeof row, "x%zu,y %zu%s", i % 971, i % 13, end);
        add(f, row);
    }
}

static void compare_on(large *f, const int *threads, size_t ways) {
    for (size_t i = 0; i < ways; i++) {
        bm_set_threads(threads[i]);
        cells_case c = {.data = f->data,
                        .size = f->size,
                        .dialect = &f->dialect,
                        .limits = {MIB, LINE, 4 * MIB, 16384},
                        .window = BM_WINDOW_BYTES,
                        .gzip = f->gzip};
        if (!cells_agree(&c))
            fail_msg("%d threads: %s", threads[i], c.problem);
    }
}

static void compare(large *f) {
    compare_on(f, (const int[]){1, 2, 7}, 3);
}

static void line_ends_split_by_pieces_and_windows(void **state) {
    large *f = *state;
    static const char *const end[] = {"\n", "\r\n", "\r"};
    for (size_t i = 0; i < 3; i++) {
        f->size = 0;
        add(f, "a,b\n");
        /* One byte more in each stretch, so that boundaries fall on each byte of an end. */
        for (size_t stretch = 0; stretch < 20; stretch++) {
            add_rows(f, f->size + 128 * KIB + 70, end[i]);
            add(f, stretch % 4 == 3 ? "x,y\r\n" : stretch % 4 == 2 ? "x,y\r" : "\r\n");
        }
        f->size -= f->size % 2;
        compare_on(f, (const int[]){1, 7}, 2);
        f->size--;
        compare_on(f, (const int[]){2}, 1);
    }
}

static void an_end_of_a_line_on_each_side_of_a_window(void **state) {
    large *f = *state;
    for (size_t shift = 0; shift < 4; shift++) {
        f->size = 0;
        add(f, "a,b\r\n");
        add_rows(f, BM_WINDOW_BYTES - 3 * KIB, "\r\n");
        add(f, "z,");
        fill(f, 'z', BM_WINDOW_BYTES - f->size - 2 + shift);
        add(f, "\r\n1,2\r\n\r\n\"3\r\n\",4\r5,6");
        compare_on(f, (const int[]){1, 2}, 2);
    }
}

static void quoted_line_ends_cross_every_boundary(void **state) {
    large *f = *state;
    char row[200];
    add(f, "a,b\n");
    for (size_t i = 0; f->size < 5 * MIB; i++) {
        snprintf(row, sizeof row, "\"%.*s\n\r\n,\"\"%zu\"\"\r\",\"line\n%zu\n\"\r\n", (int)(i % 50),
                 "--------------------------------------------------", i, i % 7);
        add(f, row);
    }
    compare(f);
}

static void a_quoted_field_of_many_lines_covers_pieces(void **state) {
    large *f = *state;
    add(f, "a,b\n");
    for (size_t i = 0; f->size < 5 * MIB; i++) {
        add(f, "\"");
        for (size_t j = 0; j < 40000; j++)
            add(f, j % 5 == 0 ? "\"\"x,y\n" : "x,y\r\nabc\n");
        add(f, "\",end\n");
        add_rows(f, f->size + 200 * KIB, "\n");
    }
    compare(f);
}

static void stray_quotes_at_random_places(void **state) {
    large *f = *state;
    random_csv r = {.state = 4711};
    add(f, "a,b\n");
    add_rows(f, 5 * MIB, "\n");
    for (size_t i = 0; i < 60; i++)
        f->data[5 + dice(&r, f->size - 5)] = (unsigned char)"\"\"\n\r,"[dice(&r, 5)];
    compare(f);
}

static void random_rows_of_every_dialect(void **state) {
    large *f = *state;
    static random_csv r;
    for (uint64_t seed = 0; seed < 6; seed++) {
        random_csv_make(&r, seed * 77);
        f->dialect = r.dialect;
        f->gzip = seed % 3 == 1 ? 700 * KIB : 0;
        f->size = 0;
        add_bytes(f, r.data, r.size);
        r.end_kind = 3;
        r.stray = seed % 2 == 0 ? 0 : 30000;
        while (f->size < 6 * MIB) {
            r.size = 0;
            while (r.size < RANDOM_ROOM / 2)
                put_record(&r);
            add_bytes(f, r.data, r.size);
        }
        compare_on(f, seed % 2 == 0 ? (const int[]){2} : (const int[]){7}, 1);
    }
}

static void lines_about_as_long_as_they_may_be(void **state) {
    large *f = *state;
    static const size_t length[] = {LINE - 1, LINE, LINE + 1, 6 * MIB, LINE + 1, LINE};
    add(f, "a,b\n");
    for (size_t i = 0; i < sizeof length / sizeof length[0]; i++) {
        add_rows(f, f->size + 300 * KIB, "\n");
        /* Two fields of a half each, that none be too long. */
        fill(f, 'x', length[i] / 2);
        add(f, ",");
        fill(f, 'y', length[i] - length[i] / 2 - 1);
        add(f, i % 3 == 0 ? "\n" : i % 3 == 1 ? "\r\n" : "\r");
        add(f, "1,2\n");
    }
    compare(f);
}

static void a_line_of_twenty_megabytes(void **state) {
    large *f = *state;
    add(f, "a,b\n1,2\n");
    fill(f, 'x', 20 * MIB);
    add(f, "\r\n3,4\r\n");
    compare(f);
    f->gzip = 24 * MIB;
    compare_on(f, (const int[]){2}, 1);
}

/* The end of the line too long is the last byte of a window: what follows is a line of its own. */
static void an_overlong_line_that_ends_with_a_window(void **state) {
    large *f = *state;
    static const char *const end[] = {"\r", "\r\n", "\n"};
    for (size_t shift = 0; shift < 3; shift++) {
        for (size_t way = 0; way < 6; way++) {
            f->size = 0;
            f->dialect.comment = '#';
            add(f, way % 2 == 0 ? "a,b\n1,2\n#" : "a,b\n1,2\n");
            fill(f, 'x', BM_WINDOW_BYTES - f->size - 2 + shift);
            add(f, end[way / 2]);
            add(f, "3,4\r5,6\r\n\r\n7,8\n");
            compare_on(f, (const int[]){1}, 1);
        }
    }
}

static void fields_about_as_long_as_they_may_be(void **state) {
    large *f = *state;
    f->dialect.escape = '\\';
    add(f, "a,b\n");
    for (size_t i = 0; i < 9; i++) {
        size_t length = MIB - 1 + i % 3;
        add(f, i / 3 == 0 ? "" : "\"");
        fill(f, 'x', length - 4);
        add(f, i / 3 == 0 ? "\xe1\x83\xa5z" : i / 3 == 1 ? "\"\"\"\"\n," : "\\\"\\\"\\n\\,");
        add(f, i / 3 == 0 ? ",b\n" : "\",b\n");
    }
    compare(f);
}

static void records_over_four_mebibytes(void **state) {
    large *f = *state;
    for (size_t over = 0; over < 3; over++) {
        f->size = 0;
        add(f, "a,b,c,d,e,f\n1,2,3,4,5,6\n");
        size_t begin = f->size, length = 4 * MIB - 1 + over;
        for (size_t i = 0; i < 5; i++) {
            add(f, "\"");
            for (size_t j = 0; j < 8; j++) {
                fill(f, 'a' + (int)j, 100000);
                add(f, j % 2 == 0 ? "\n" : "\r\n");
            }
            add(f, "\",");
        }
        add(f, "\"\n");
        fill(f, 'z', length - (f->size - begin) - 1);
        add(f, "\"\n1,2,3,4,5,6\n");
        compare_on(f, (const int[]){1, 2}, 2);
    }
}

/* Rows of some size, since a quote that is never closed makes a fault of one line only. */
static void add_wide_rows(large *f, size_t size) {
    while (f->size + KIB < size) {
        fill(f, 'x', 400 + f->size % 301);
        add(f, ",y\n");
    }
}

static void an_unclosed_quote_at_the_beginning_or_the_end(void **state) {
    large *f = *state;
    add(f, "a,b\n\"x,y\n");
    add_wide_rows(f, 20 * MIB);
    compare_on(f, (const int[]){2}, 1);
    f->size = 0;
    add(f, "a,b\n");
    add_wide_rows(f, 20 * MIB);
    add(f, "1,2\n\"3,4\n5,6\n7,8");
    compare_on(f, (const int[]){2}, 1);
}

static void blank_lines_and_comments_longer_than_a_window(void **state) {
    large *f = *state;
    f->dialect.comment = '#';
    add(f, "a,b\n1,2\n");
    fill(f, '\n', 5 * MIB);
    add(f, "3,4\n#");
    fill(f, '"', 9 * MIB);
    add(f, "\r\n5,6\n# short\n\n7,8");
    compare(f);
    f->size = 0;
    add(f, "a\n1\n");
    fill(f, '\r', 300 * KIB);
    fill(f, '\n', 300 * KIB);
    add(f, "2");
    compare_on(f, (const int[]){2}, 1);
}

static void blank_lines_and_comments_before_the_header(void **state) {
    large *f = *state;
    f->dialect.comment = '#';
    for (int header = 0; header < 2; header++) {
        f->dialect.header = header;
        f->size = 0;
        add(f, "\xef\xbb\xbf");
        fill(f, '\n', BM_WINDOW_BYTES);
        add(f, "#");
        fill(f, 'x', LINE - 1);
        add(f, "\r\n#");
        fill(f, ',', 9 * MIB);
        add(f, "\n\n\"a\nb\",c\n1,2\n#3,4\n5,6\n");
        compare(f);
    }
}

static void nul_bytes_and_broken_utf8_about_boundaries(void **state) {
    large *f = *state;
    add(f, "a,b\n");
    add_rows(f, 6 * MIB, "\n");
    for (size_t at = 128 * KIB; at + 8 < f->size; at += 128 * KIB) {
        size_t which = at / (128 * KIB);
        for (size_t i = at - 6; i < at + 6; i++) {
            if (f->data[i] == '\n' || f->data[i] == ',')
                continue;
            f->data[i] = which % 4 == 0   ? '\0'
                         : which % 4 == 1 ? 0xc3
                         : which % 4 == 2 ? 0xa9
                                          : 'u';
        }
        memcpy(f->data + at - 1, which % 4 == 3 ? "\xc3\xa9" : "ab", 2);
    }
    compare(f);
    f->dialect.encoding = "windows-1252";
    compare_on(f, (const int[]){2}, 1);
}

/* A file of the torture folder in the usual dialect, and in one of six lots of other ones. */
static void compare_file(large *f, const char *path, size_t lot) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    f->size = fread(f->data, 1, f->room, file);
    fclose(file);
    for (unsigned way = 0; way < 48; way++) {
        if (way > 0 && way % 6 != lot % 6)
            continue;
        f->dialect = (bm_dialect){.delimiter = ",;\t|"[way % 4],
                                  .decimal = '.',
                                  .quote = "\"'\0"[way / 4 % 3],
                                  .escape = way / 12 % 2 ? '\\' : '\0',
                                  .comment = way / 12 % 2 ? '#' : '\0',
                                  .header = way < 24,
                                  .encoding = way % 5 == 4 ? "latin1" : "utf-8"};
        f->gzip = way % 7 == 3 ? 1000 : 0;
        compare_on(f, way % 8 == 1 ? (const int[]){2} : (const int[]){1}, 1);
    }
}

static size_t compare_folder(large *f, const char *folder) {
    DIR *directory = opendir(folder);
    size_t files = 0;
    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        char path[600];
        struct stat facts;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] == '.' || stat(path, &facts) != 0)
            continue;
        if (S_ISDIR(facts.st_mode)) {
            files += compare_folder(f, path);
        } else {
            files++;
            compare_file(f, path, files);
        }
    }
    closedir(directory);
    return files;
}

static void every_torture_file_in_every_dialect(void **state) {
    large *f = *state;
    char path[500];
    const char *folder = getenv("BUYERMAP_DATA");
    struct stat facts;
    if (folder == NULL || stat(folder, &facts) != 0)
        skip();
    snprintf(path, sizeof path, "%s/csv-torture", folder);
    assert_true(compare_folder(f, path) > 300);
}

#define LARGE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        LARGE_TEST(line_ends_split_by_pieces_and_windows),
        LARGE_TEST(an_end_of_a_line_on_each_side_of_a_window),
        LARGE_TEST(quoted_line_ends_cross_every_boundary),
        LARGE_TEST(a_quoted_field_of_many_lines_covers_pieces),
        LARGE_TEST(stray_quotes_at_random_places),
        LARGE_TEST(random_rows_of_every_dialect),
        LARGE_TEST(lines_about_as_long_as_they_may_be),
        LARGE_TEST(a_line_of_twenty_megabytes),
        LARGE_TEST(an_overlong_line_that_ends_with_a_window),
        LARGE_TEST(fields_about_as_long_as_they_may_be),
        LARGE_TEST(records_over_four_mebibytes),
        LARGE_TEST(an_unclosed_quote_at_the_beginning_or_the_end),
        LARGE_TEST(blank_lines_and_comments_longer_than_a_window),
        LARGE_TEST(blank_lines_and_comments_before_the_header),
        LARGE_TEST(nul_bytes_and_broken_utf8_about_boundaries),
        LARGE_TEST(every_torture_file_in_every_dialect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
