/* Kernels of k-medoids: every variant gives the same bits, and what the formulas say. */
#include "kernel/medoids.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 67, K = 5 };

static double row[MOST], near[MOST], second[MOST], weight[MOST];
static int32_t of[MOST];

static double next(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) / 9007199254740992.0;
}

/* Rows nearer than the nearest medoid, than the second, than none, and as near as either. */
static void fill(size_t n, uint64_t seed) {
    uint64_t state = seed;
    for (size_t j = 0; j < n; j++) {
        near[j] = next(&state);
        second[j] = near[j] + (j % 7 > 0 ? next(&state) : 0);
        row[j] = j % 5 == 0 ? near[j] : j % 5 == 1 ? second[j] : 2 * next(&state);
        weight[j] = 0.1 + next(&state);
        of[j] = (int32_t)(next(&state) * K);
    }
}

static double formula(size_t n, int weighted, double *delta) {
    double gain = 0;
    for (size_t j = 0; j < n; j++) {
        double w = weighted ? weight[j] : 1;
        gain += w * fmin(row[j] - near[j], 0);
        delta[of[j]] += w * (fmin(fmax(row[j], near[j]), second[j]) - second[j]);
    }
    return gain;
}

static void variants_give_the_same_bits_and_the_formula(void **state) {
    (void)state;
    for (size_t n = 0; n <= MOST; n++) {
        for (int weighted = 0; weighted < 2; weighted++) {
            const double *w = weighted ? weight : NULL;
            double expected[K] = {0}, first[K] = {0};
            fill(n, n + 1);
            double gain = formula(n, weighted, expected);
            double swap = bm_medoid_swap_generic(row, near, second, of, w, n, first);
            assert_true(fabs(swap - gain) <= 1e-13);
            for (size_t m = 0; m < K; m++)
                assert_true(fabs(first[m] - expected[m]) <= 1e-13);
            for (const bm_medoid_kernel *kernel = bm_medoid_kernels; kernel->name; kernel++) {
                double delta[K] = {0};
                if (!kernel->runs_here())
                    continue;
                double here = kernel->swap(row, near, second, of, w, n, delta);
                double alone = kernel->gain(row, near, w, n);
                if (memcmp(&here, &swap, sizeof here) != 0 ||
                    memcmp(delta, first, sizeof delta) != 0)
                    fail_msg("%s: %zu buyers: other bits", kernel->name, n);
                assert_memory_equal(&alone, &swap, sizeof alone);
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variants_give_the_same_bits_and_the_formula),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
