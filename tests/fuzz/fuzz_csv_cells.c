/* Any bytes as a CSV file through windows and pieces of some bytes: cells, rows, lines and faults
 * must be those that libcsv alone finds. The last bytes of the input choose dialect and sizes, so
 * that files may serve as seeds unchanged. */
#include "../unit/input/small_sizes.h"

#include "../unit/input/csv_cells.h"
#include "harness.h"

#include "base/parallel.h"
#include "job/start.h"

enum { LONGEST = 1 << 14, CHOICES = 8 };

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc;
    (void)argv;
    bm_start();
    return 0;
}

static void choose_sizes(const uint8_t *choice) {
    own.window = 16 + 3 * (size_t)choice[0];
    own.piece = 1 + own.window / (1 + choice[1] % 64);
    own.search = 1 + choice[2] % 80;
    own.packed = 2 + choice[2];
    own.columns = choice[3] % 16 == 0 ? 3 : 40;
    own.line = choice[4] % 2 == 0 ? 4000 : 340 + choice[4];
    own.field = own.line * (1 + choice[3] % 3) / 3;
    own.record = own.line + choice[5];
}

static bm_dialect choose_dialect(const uint8_t *choice) {
    static const char *const encodings[] = {"utf-8", "utf-8", "latin1", "windows-1252"};
    unsigned c = choice[6];
    return (bm_dialect){.delimiter = ",;\t|"[c % 4],
                        .decimal = '.',
                        .quote = "\"\"'\0"[c / 4 % 4],
                        .escape = c / 16 % 4 == 1 ? '\\' : '\0',
                        .comment = c / 64 % 2 == 1 ? '#' : '\0',
                        .header = c / 128 == 0,
                        .encoding = encodings[choice[7] % 4]};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > LONGEST || size < CHOICES)
        return -1;
    const uint8_t *choice = data + size - CHOICES;
    const bm_dialect dialect = choose_dialect(choice);
    choose_sizes(choice);
    bm_set_threads(choice[7] >= 250 ? 3 : 1);
    cells_case c = {.data = data,
                    .size = size - CHOICES,
                    .dialect = &dialect,
                    .limits = {own.field, own.line, own.record, own.columns},
                    .window = own.window,
                    .gzip = choice[7] / 4 % 8 == 1 ? 1 + 8 * (size_t)choice[2] : 0};
    int agree = cells_agree(&c);
    if (!agree)
        fprintf(stderr, "%s\n", c.problem);
    REQUIRE(agree);
    return 0;
}
