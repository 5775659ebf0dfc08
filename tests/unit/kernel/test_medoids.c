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

/* The order in which it is added up, one row at a time: the oracle of all variants. */
static double in_order(size_t n, const double *w, double *delta) {
    double sum[8] = {0};
    for (size_t j = 0; j < n; j++) {
        double one = w != NULL ? w[j] : 1;
        if (row[j] < near[j])
            sum[j % 8] += one * (row[j] - near[j]);
        if (row[j] < second[j])
            delta[of[j]] += one * ((row[j] < near[j] ? near[j] : row[j]) - second[j]);
    }
    return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
}

/* Row c of those judged together: the one that is looked at, turned by c places. */
static void turn(size_t n) {
    double first = row[0];
    for (size_t j = 1; j < n; j++)
        row[j - 1] = row[j];
    row[n - 1] = first;
}

static void assert_variant(const bm_medoid_kernel *kernel, size_t n, const double *w) {
    static double rows[MOST * BM_MEDOID_ROWS];
    double delta[K * BM_MEDOID_ROWS], gain[BM_MEDOID_ROWS];
    for (size_t m = 0; m < K * BM_MEDOID_ROWS; m++)
        delta[m] = 0.25;
    for (size_t c = 0; c < BM_MEDOID_ROWS; c++, turn(n))
        for (size_t j = 0; j < n; j++)
            rows[j * BM_MEDOID_ROWS + c] = row[j];
    fill(n, n + 1);
    kernel->swap(rows, near, second, of, w, n, delta, gain);
    for (size_t c = 0; c < BM_MEDOID_ROWS; c++, turn(n)) {
        double first[K] = {0.25, 0.25, 0.25, 0.25, 0.25}, expected[K] = {0};
        double exact = formula(n, w != NULL, expected), sum = in_order(n, w, first);
        double alone = kernel->gain(row, near, w, n);
        assert_true(fabs(sum - exact) <= 1e-13);
        if (memcmp(&gain[c], &sum, sizeof sum) != 0 || memcmp(&alone, &sum, sizeof sum) != 0)
            fail_msg("%s: %zu buyers: another gain", kernel->name, n);
        for (size_t m = 0; m < K; m++) {
            assert_true(fabs(first[m] - 0.25 - expected[m]) <= 1e-13);
            if (memcmp(&delta[m * BM_MEDOID_ROWS + c], &first[m], sizeof first[m]) != 0)
                fail_msg("%s: %zu buyers: another loss", kernel->name, n);
        }
    }
}

static void variants_give_the_same_bits_and_the_formula(void **state) {
    (void)state;
    for (size_t n = 1; n <= MOST; n++) {
        for (const bm_medoid_kernel *kernel = bm_medoid_kernels; kernel->name; kernel++) {
            if (!kernel->runs_here())
                continue;
            fill(n, n + 1);
            assert_variant(kernel, n, NULL);
            fill(n, n + 1);
            assert_variant(kernel, n, weight);
        }
    }
}

static void no_buyers_lose_nothing(void **state) {
    (void)state;
    for (const bm_medoid_kernel *kernel = bm_medoid_kernels; kernel->name; kernel++) {
        double delta[BM_MEDOID_ROWS] = {1}, gain[BM_MEDOID_ROWS];
        if (!kernel->runs_here())
            continue;
        kernel->swap(row, near, second, of, NULL, 0, delta, gain);
        assert_true(delta[0] == 1 && gain[0] == 0 && gain[BM_MEDOID_ROWS - 1] == 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variants_give_the_same_bits_and_the_formula),
        cmocka_unit_test(no_buyers_lose_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
