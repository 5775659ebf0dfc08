/* Gower's dissimilarity against R's cluster::daisy (daisy.R), 8 tables of numbers and categories
 * with missing values and weights. Skipped without R or its package cluster. */
#include "../unit/cluster/mixed.h"
#include "cluster/gower.h"

#include <unistd.h>

static const char script[] = "tests/reference/daisy.R";

static FILE *open_in(const char *folder, const char *name, const char *mode) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, mode);
    assert_non_null(file);
    return file;
}

static void write_table(const mixed *of, const double *cell, const char *folder) {
    size_t columns = mixed_columns(of);
    FILE *file = open_in(folder, "cells", "w"), *weights = open_in(folder, "weights", "w");
    for (size_t c = 0; c < columns; c++) {
        fprintf(file, "%s%c%zu", c > 0 ? "," : "", c < of->numbers ? 'v' : 'f', c);
        fprintf(weights, "%.17g\n", mixed_weight(of, c));
    }
    for (size_t at = 0; at < of->n * columns; at++) {
        fputs(at % columns > 0 ? "," : "\n", file);
        if (!isnan(cell[at]))
            fprintf(file, "%.17g", cell[at]);
    }
    fputs("\n", file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(fclose(weights), 0);
}

static void compare(const mixed *of, const double *cell, const char *folder) {
    bm_features features;
    bm_dissimilarity gower;
    double row[200], daisy;
    const bm_context context = {0};
    FILE *file = open_in(folder, "daisy", "r");
    mixed_features(of, cell, &features);
    assert_int_equal(bm_gower(&features, &context, &gower, NULL), BM_OK);
    for (size_t i = 0; i < of->n; i++) {
        gower.tile(&gower, i, 1, 0, of->n, of->n, row);
        for (size_t j = 0; j < of->n; j++) {
            assert_int_equal(fscanf(file, "%lf", &daisy), 1);
            if (!(fabs(row[j] - daisy) <= 1e-12))
                fail_msg("%zu and %zu of %zu: %.17g is not %.17g", i, j, of->n, row[j], daisy);
        }
    }
    fclose(file);
    bm_dissimilarity_free(&gower);
    bm_features_free(&features);
}

static void dissimilarities_are_those_of_daisy(void **state) {
    (void)state;
    static const mixed sets[] = {{50, 4, 0, 1, 0, 0},   {80, 3, 2, 4, 0, 0},  {120, 5, 3, 3, .2, 0},
                                 {200, 6, 6, 5, .4, 1}, {60, 1, 8, 2, .5, 1}, {40, 12, 1, 3, .1, 1},
                                 {90, 2, 1, 9, .3, 1},  {30, 1, 1, 2, .9, 0}};
    char folder[] = "/tmp/bm-daisy-XXXXXX", command[256];
    if (access(script, R_OK) != 0 ||
        system("Rscript -e 'library(cluster)' >/dev/null 2>/dev/null") != 0)
        skip();
    assert_non_null(mkdtemp(folder));
    for (size_t s = 0; s < sizeof sets / sizeof *sets; s++) {
        double *cell = mixed_cells(&sets[s], 100 + s);
        write_table(&sets[s], cell, folder);
        snprintf(command, sizeof command, "timeout 60 Rscript %s '%s'", script, folder);
        assert_int_equal(system(command), 0);
        compare(&sets[s], cell, folder);
        free(cell);
    }
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    assert_int_equal(system(command), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dissimilarities_are_those_of_daisy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
