/* Every kernel against the reference, bit for bit, for d = 1 … 67. */
#include "kernel/distance.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST_FEATURES = 67, MOST_ROWS = 61 };

/* A fixed sequence; spread evenly over [0, 1). */
static double next(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) / 9007199254740992.0;
}

/* shape 0: reals; 1: small whole numbers, so that many distances tie; 2: reals far from 0, where
 * the expansion cancels; 3: reals of very different size by feature. */
static void fill(double *value, size_t rows, size_t d, int shape, uint64_t *state) {
    for (size_t i = 0; i < rows * d; i++) {
        double u = next(state);
        value[i] = shape == 0   ? u - 0.5
                   : shape == 1 ? floor(3 * u)
                   : shape == 2 ? 1e8 + u
                                : (u - 0.5) * pow(10, (double)(i % d % 17) - 8);
    }
}

static void distances_to_packed_rows_are_exact(void **state) {
    (void)state;
    static double y[MOST_ROWS * MOST_FEATURES], packed[(MOST_ROWS + 8) * MOST_FEATURES];
    double x[MOST_FEATURES], distance[MOST_ROWS + 8];
    uint64_t random = 4;
    for (size_t d = 1; d <= MOST_FEATURES; d++) {
        size_t n = 1 + d % MOST_ROWS;
        fill(y, n, d, (int)(d % 4), &random);
        fill(x, 1, d, (int)(d % 4), &random);
        assert_true(bm_packed_length(n, d) <= sizeof packed / sizeof *packed);
        bm_pack_rows(y, n, d, packed);
        for (const bm_kernel *kernel = bm_kernels; kernel->name != NULL; kernel++) {
            if (!kernel->runs_here())
                continue;
            kernel->distances(x, packed, n, d, distance);
            for (size_t j = 0; j < n; j++) {
                double exact = sqrt(bm_squared_distance(x, y + j * d, d));
                assert_memory_equal(&exact, &distance[j], sizeof exact);
            }
        }
    }
}

static void the_kernel_in_use_is_one_that_runs_here(void **state) {
    (void)state;
    bm_kernel_start();
    const bm_kernel *kernel = bm_kernels;
    while (strcmp(kernel->name, bm_kernel_name()) != 0)
        kernel++;
    assert_true(kernel->runs_here());
    assert_true(kernel->distances == bm_distances());
}

static void a_packed_length_that_does_not_fit_is_zero(void **state) {
    (void)state;
    assert_int_equal(bm_packed_length(SIZE_MAX / 2, 3), 0);
    assert_int_equal(bm_packed_length(9, 3), 48);
}

int main(void) {
    bm_kernel_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_to_packed_rows_are_exact),
        cmocka_unit_test(the_kernel_in_use_is_one_that_runs_here),
        cmocka_unit_test(a_packed_length_that_does_not_fit_is_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
