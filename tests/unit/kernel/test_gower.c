/* Every variant of Gower's kernel gives the bits of the plain one. */
#include "kernel/gower.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS = 701, MOST = 67, STRIDE = ROWS + BM_GOWER_PADDING };

static double random_unit(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) / 9007199254740992.0;
}

/* Columns of numbers and of categories, half of either with missing values; the first of all has
 * none. */
static void fill(double *value, bm_gower_column *column, size_t columns, bm_gower_table *table) {
    uint64_t state = columns;
    *table = (bm_gower_table){.column = column, .columns = columns};
    for (size_t v = 0; v < columns; v++) {
        column[v] = (bm_gower_column){.value = value + v * STRIDE,
                                      .weight = 0.5 + random_unit(&state),
                                      .is_category = v % 3 == 1,
                                      .is_partial = v % 4 > 1};
        for (size_t i = 0; i < STRIDE; i++) {
            double x = random_unit(&state);
            value[v * STRIDE + i] = column[v].is_category ? floor(x * 5) : x;
            if (column[v].is_partial && random_unit(&state) < 0.3)
                value[v * STRIDE + i] = NAN;
        }
        if (!column[v].is_partial)
            table->complete += column[v].weight;
    }
}

static void variants_give_the_bits_of_the_plain_one(void **state) {
    (void)state;
    static const size_t at[][3] = {
        {0, 0, ROWS}, {5, 3, 1}, {ROWS - 1, ROWS - 1, 1}, {17, 255, 258}};
    static double value[MOST * STRIDE], out[ROWS + 1];
    bm_gower_column column[MOST];
    bm_gower_table table;
    for (size_t columns = 1; columns <= MOST; columns++) {
        fill(value, column, columns, &table);
        for (const bm_gower_variant *variant = bm_gower_variants; variant->name; variant++) {
            if (!variant->runs_here())
                continue;
            for (size_t t = 0; t < sizeof at / sizeof *at; t++) {
                size_t row = at[t][0], first = at[t][1], n = at[t][2];
                out[n] = -7;
                variant->row(&table, row, first, n, out);
                for (size_t j = 0; j < n; j++) {
                    double plain = bm_gower_pair(&table, row, first + j);
                    double other = bm_gower_pair(&table, first + j, row);
                    if (memcmp(&out[j], &plain, sizeof plain) != 0)
                        fail_msg("%s: %zu columns: %a is not %a", variant->name, columns, out[j],
                                 plain);
                    assert_memory_equal(&other, &plain, sizeof plain);
                }
                assert_true(out[n] == -7); /* nothing beyond */
            }
        }
    }
}

static void two_rows_without_a_variable_in_common_have_none(void **state) {
    (void)state;
    double value[4 * 16] = {0};
    value[0] = value[17] = NAN; /* row 0 misses the first, row 1 the second */
    bm_gower_column column[2] = {{value, 1, 0, 1}, {value + 16, 1, 1, 1}};
    bm_gower_table table = {column, 2, 0};
    for (const bm_gower_variant *variant = bm_gower_variants; variant->name; variant++) {
        double out[3];
        if (!variant->runs_here())
            continue;
        variant->row(&table, 0, 0, 3, out);
        assert_true(out[0] == 0 && isnan(out[1]) && out[2] == 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variants_give_the_bits_of_the_plain_one),
        cmocka_unit_test(two_rows_without_a_variable_in_common_have_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
