/* The vectorized reader and libcsv give the same cells, rows, lines and faults: thousands of random
 * files through windows of some bytes. BM_CELLS_SEEDS says how many, BM_CELLS_FIRST from which
 * on. */
#include "small_sizes.h"

#include "base/parallel.h"
#include "csv_cells.h"
#include "csv_random.h"

#include <setjmp.h>

#include <cmocka.h>

static size_t number_of(const char *name, size_t usual) {
    const char *text = getenv(name);
    return text != NULL ? strtoull(text, NULL, 10) : usual;
}

static void choose_sizes(random_csv *r) {
    own.window = 64 + (size_t)dice(r, 8) * (size_t)dice(r, 200);
    own.piece = 1 + own.window / (1 + (size_t)dice(r, 60));
    own.search = 1 + (size_t)dice(r, 80);
    own.packed = 2 + (size_t)dice(r, 300);
    own.columns = dice(r, 20) == 0 ? 3 : 40;
    own.line = dice(r, 3) == 0 ? 340 + (size_t)dice(r, 200) : 3000;
    own.field = own.line * (1 + (size_t)dice(r, 3)) / 3;
    own.record = own.line + (size_t)dice(r, own.line);
}

static void show(const random_csv *r) {
    for (size_t i = 0; i < r->size; i++) {
        unsigned char c = (unsigned char)r->data[i];
        if (c < 0x20 || c == '\\' || c >= 0x7f)
            print_error(c == '\n' ? "\\n" : c == '\r' ? "\\r" : c == '\\' ? "\\\\" : "\\x%02x", c);
        else
            print_error("%c", c);
    }
    print_error("\n");
}

static void random_files_have_the_cells_that_libcsv_finds(void **state) {
    static random_csv r;
    (void)state;
    size_t first = number_of("BM_CELLS_FIRST", 0), seeds = number_of("BM_CELLS_SEEDS", 1500);
    for (size_t seed = first; seed < first + seeds; seed++) {
        random_csv_make(&r, seed);
        choose_sizes(&r);
        bm_set_threads(dice(&r, 30) > 0 ? 1 : dice(&r, 5) > 0 ? 2 : 7);
        cells_case c = {.data = r.data,
                        .size = r.size,
                        .dialect = &r.dialect,
                        .limits = {own.field, own.line, own.record, own.columns},
                        .window = own.window,
                        .gzip = dice(&r, 4) == 0 ? 1 + (size_t)dice(&r, 3000) : 0};
        if (!cells_agree(&c)) {
            print_error("seed %zu: window %zu, piece %zu, field %zu, line %zu, record %zu, columns "
                        "%zu, search %zu, packed %zu, gzip %zu; delimiter %d, quote %d, escape %d, "
                        "comment %d, header %d, %s, threads %d\n",
                        seed, own.window, own.piece, own.field, own.line, own.record, own.columns,
                        own.search, own.packed, c.gzip, r.dialect.delimiter, r.dialect.quote,
                        r.dialect.escape, r.dialect.comment, r.dialect.header, r.dialect.encoding,
                        bm_threads());
            show(&r);
            fail_msg("%s", c.problem);
        }
    }
    bm_set_threads(1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_files_have_the_cells_that_libcsv_finds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
