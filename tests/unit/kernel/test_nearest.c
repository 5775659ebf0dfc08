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

enum { MOST_FEATURES = 67, MOST_ROWS = 61, MOST_CENTROIDS = 40, GUARD = 7 };

/* A fixed sequence; spread evenly over [0, 1). */
static double next(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) / 9007199254740992.0;
}

static void check(bm_nearest_kernel kernel, const double *x, size_t n, size_t d, const double *c,
                  size_t k) {
    int32_t expected[MOST_ROWS], label[MOST_ROWS + 1];
    double distance[MOST_ROWS], got[MOST_ROWS + 1];
    size_t scratch_length = bm_nearest_scratch(n, k);
    double *scratch = malloc((scratch_length + GUARD) * sizeof *scratch);
    assert_non_null(scratch);
    for (size_t i = 0; i < GUARD; i++)
        scratch[scratch_length + i] = -7;
    label[n] = -7;
    got[n] = -7;
    bm_nearest_reference(x, n, d, c, k, expected, distance, NULL);
    kernel(x, n, d, c, k, label, got, scratch);
    assert_memory_equal(label, expected, n * sizeof *label);
    assert_memory_equal(got, distance, n * sizeof *got);
    /* It kept within its memory. */
    assert_int_equal(label[n], -7);
    assert_true(got[n] < -6 && got[n] > -8);
    for (size_t i = 0; i < GUARD; i++)
        assert_true(scratch[scratch_length + i] < -6 && scratch[scratch_length + i] > -8);
    free(scratch);
}

static void check_all(const double *x, size_t n, size_t d, const double *c, size_t k) {
    check(bm_nearest_gemm, x, n, d, c, k);
    for (const bm_kernel *kernel = bm_kernels; kernel->name != NULL; kernel++)
        if (kernel->runs_here())
            check(kernel->nearest, x, n, d, c, k);
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

static void every_kernel_equals_the_reference(void **state) {
    (void)state;
    static double x[MOST_ROWS * MOST_FEATURES], c[MOST_CENTROIDS * MOST_FEATURES];
    static const size_t centroids[] = {1, 2, 3, 8, 17, MOST_CENTROIDS};
    static const size_t rows[] = {1, 2, 7, 8, 9, 16, 17, 33, MOST_ROWS};
    uint64_t random = 1;
    for (size_t d = 1; d <= MOST_FEATURES; d++)
        for (int shape = 0; shape < 4; shape++)
            for (size_t at = 0; at < sizeof centroids / sizeof *centroids; at++) {
                size_t k = centroids[at], n = rows[(d + at) % (sizeof rows / sizeof *rows)];
                fill(x, n, d, shape, &random);
                fill(c, k, d, shape, &random);
                check_all(x, n, d, c, k);
            }
}

static void rows_that_repeat_and_centroids_that_repeat_go_to_the_lowest(void **state) {
    (void)state;
    static double x[MOST_ROWS * MOST_FEATURES], c[MOST_CENTROIDS * MOST_FEATURES];
    uint64_t random = 2;
    for (size_t d = 1; d <= MOST_FEATURES; d++) {
        size_t k = 12, n = 20;
        fill(c, 4, d, 2, &random);
        memcpy(c + 4 * d, c, 4 * d * sizeof *c); /* centroids 4 … 11 repeat 0 … 3 */
        memcpy(c + 8 * d, c, 4 * d * sizeof *c);
        fill(x, n, d, 2, &random);
        for (size_t i = 0; i < 4; i++)
            memcpy(x + i * d, c + i * d, d * sizeof *x); /* on a centroid */
        memcpy(x + 10 * d, x + 9 * d, d * sizeof *x);
        check_all(x, n, d, c, k);
        int32_t label[20];
        double distance[20], scratch[2000];
        assert_true(bm_nearest_scratch(n, k) <= 2000);
        bm_nearest(d, k)(x, n, d, c, k, label, distance, scratch);
        for (size_t i = 0; i < n; i++)
            assert_in_range(label[i], 0, 3);
        for (int32_t i = 0; i < 4; i++) {
            assert_int_equal(label[i], i);
            assert_true(distance[i] <= 0);
        }
        assert_int_equal(label[9], label[10]);
    }
}

static void a_row_midway_between_two_centroids_goes_to_the_lower(void **state) {
    (void)state;
    /* 0.1 + 0.2 style sums: the expansion rounds the two distances apart, the reference does not */
    double x[] = {0.5, 0.3, 1e6 + 0.5, 0.7}, c[] = {1, 0.3, 0, 0.3, 1e6 + 1, 0.7, 1e6, 0.7};
    check_all(x, 2, 2, c, 4);
    int32_t label[2];
    double distance[2], scratch[200];
    bm_nearest(2, 4)(x, 2, 2, c, 4, label, distance, scratch);
    assert_int_equal(label[0], 0);
    assert_int_equal(label[1], 2);
}

static void features_past_a_slice_and_overflow_are_handled(void **state) {
    (void)state;
    enum { D = 200, N = 35, K = 9 };
    static double x[N * D], c[K * D];
    uint64_t random = 3;
    fill(x, N, D, 0, &random);
    fill(c, K, D, 0, &random);
    check_all(x, N, D, c, K);
    x[5] = 1e200; /* its square is infinite */
    c[7] = -1e180;
    check_all(x, N, D, c, K);
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
    assert_true(kernel->nearest == bm_nearest(3, 8));
    assert_true(kernel->outruns_gemm || bm_nearest(64, 32) == bm_nearest_gemm);
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
        cmocka_unit_test(every_kernel_equals_the_reference),
        cmocka_unit_test(rows_that_repeat_and_centroids_that_repeat_go_to_the_lowest),
        cmocka_unit_test(a_row_midway_between_two_centroids_goes_to_the_lower),
        cmocka_unit_test(features_past_a_slice_and_overflow_are_handled),
        cmocka_unit_test(distances_to_packed_rows_are_exact),
        cmocka_unit_test(the_kernel_in_use_is_one_that_runs_here),
        cmocka_unit_test(a_packed_length_that_does_not_fit_is_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
