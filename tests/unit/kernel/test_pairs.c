/* Kernels of quality indices: every variant against plain loops, bit for bit. */
#include "kernel/pairs.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST_FEATURES = 67, TILE = BM_TILE_ROWS * BM_TILE_COLUMNS };

/* A fixed sequence; spread evenly over [0, 1). */
static double next(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) / 9007199254740992.0;
}

static void fill(double *x, size_t count, uint64_t *random) {
    for (size_t i = 0; i < count; i++)
        x[i] = next(random) < 0.1 ? 0.5 : next(random);
}

/* Runs a check of every kernel that this CPU can. */
static void each_kernel(void (*check)(const bm_pair_kernel *kernel)) {
    for (const bm_pair_kernel *kernel = bm_pair_kernels; kernel->name != NULL; kernel++)
        if (kernel->runs_here())
            check(kernel);
}

static void check_distances(const bm_pair_kernel *kernel) {
    static double x[BM_TILE_COLUMNS * MOST_FEATURES], y[BM_TILE_COLUMNS * MOST_FEATURES];
    static double rows[BM_TILE_COLUMNS * MOST_FEATURES], columns[BM_TILE_COLUMNS * MOST_FEATURES];
    double tile[TILE];
    uint64_t random = 1;
    for (size_t d = 1; d <= MOST_FEATURES; d++) {
        fill(x, BM_TILE_ROWS * d, &random);
        fill(y, BM_TILE_COLUMNS * d, &random);
        memcpy(x + d, y + 5 * d, d * sizeof *x); /* at no distance */
        for (size_t r = 0; r < BM_TILE_ROWS; r++)
            bm_pack_row(x + r * d, r, d, rows);
        for (size_t c = 0; c < BM_TILE_COLUMNS; c++)
            bm_pack_row(y + c * d, c, d, columns);
        kernel->distances(rows, columns, d, tile);
        for (size_t i = 0; i < TILE; i++) {
            double exact = sqrt(
                bm_squared_distance(x + i / BM_TILE_COLUMNS * d, y + i % BM_TILE_COLUMNS * d, d));
            assert_memory_equal(&exact, &tile[i], sizeof exact);
        }
    }
}

static void distances_of_a_tile_are_exact(void **state) {
    (void)state;
    each_kernel(check_distances);
}

/* Of every run of rows and columns, into two of three slots; the sums of all variants are the same
 * bits and near a plain sum. */
static void check_sums(const bm_pair_kernel *kernel) {
    enum { STRIDE = BM_TILE_COLUMNS + 3, SLOTS = 3 };
    static const uint32_t slot[] = {2, 0};
    double tile[TILE], sum[SLOTS * STRIDE], expected[SLOTS * STRIDE];
    uint64_t random = 2;
    fill(tile, TILE, &random);
    const bm_pair_kernel *last = bm_pair_kernels;
    while (last[1].name != NULL)
        last++;
    for (size_t first = 0; first < BM_TILE_COLUMNS; first++) {
        for (size_t end = first + 1; end <= BM_TILE_COLUMNS; end++) {
            for (size_t i = 0; i < SLOTS * STRIDE; i++)
                expected[i] = sum[i] = (double)i;
            kernel->sum_columns(tile, first, end, sum, STRIDE, slot, 2);
            last->sum_columns(tile, first, end, expected, STRIDE, slot, 2);
            assert_memory_equal(sum, expected, sizeof sum);
            if (end <= BM_TILE_ROWS) {
                kernel->sum_rows(tile, first, end, sum, STRIDE, slot, 2);
                last->sum_rows(tile, first, end, expected, STRIDE, slot, 2);
                assert_memory_equal(sum, expected, sizeof sum);
            }
            double plain = 0, rows = 0;
            for (size_t c = first; c < end; c++)
                plain += tile[7 * BM_TILE_COLUMNS + c];
            for (size_t r = first; r < end && end <= BM_TILE_ROWS; r++)
                rows += tile[r * BM_TILE_COLUMNS + 7];
            for (size_t s = 0; s < SLOTS; s++) {
                double wanted = (double)(s * STRIDE + 7) + (s == 1 ? 0 : plain + rows);
                assert_true(fabs(sum[s * STRIDE + 7] - wanted) < 1e-12);
            }
        }
    }
}

static void sums_of_a_tile_go_to_their_slots(void **state) {
    (void)state;
    each_kernel(check_sums);
}

/* Rows on centroids, centroids that coincide, an overflow, floats; any number of each. */
static void check_apart(const bm_pair_kernel *kernel) {
    enum { MOST = 150, CENTROIDS = 21 };
    static double x[MOST * MOST_FEATURES], c[CENTROIDS * MOST_FEATURES];
    static float single[MOST * MOST_FEATURES];
    static bm_apart apart;
    int32_t own[MOST];
    uint64_t random = 3;
    for (size_t d = 1; d <= MOST_FEATURES; d++) {
        size_t n = 1 + d * 13 % MOST, k = 1 + d * 5 % CENTROIDS;
        fill(x, n * d, &random);
        fill(c, k * d, &random);
        memcpy(c + (k - 1) * d, c, d * sizeof *c);
        memcpy(x + n / 2 * d, c, d * sizeof *c);
        for (size_t i = 0; i < n * d; i++) {
            single[i] = (float)x[i];
            x[i] = d % 2 ? (double)single[i] : x[i];
        }
        if (d == 10)
            x[0] = 1e200; /* infinitely far from all */
        for (size_t i = 0; i < n; i++)
            own[i] = 3 + (int32_t)(i * 7 % k);
        kernel->apart(d % 2 ? (const void *)single : (const void *)x, d % 2, n, d, c, k, own, 3,
                      &apart);
        for (size_t i = 0; i < n; i++) {
            int32_t mine = own[i] - 3, second = -1;
            double least = NAN;
            for (size_t j = 0; j < k; j++) {
                double square = bm_squared_distance(x + i * d, c + j * d, d);
                if ((int32_t)j != mine && (second < 0 || square < least)) {
                    least = square;
                    second = (int32_t)j;
                }
            }
            double square = bm_squared_distance(x + i * d, c + (size_t)mine * d, d);
            double root = sqrt(square), other = sqrt(least);
            assert_memory_equal(&apart.square[i], &square, sizeof square);
            assert_memory_equal(&apart.own[i], &root, sizeof root);
            assert_int_equal(apart.second[i], second);
            assert_true(second < 0 ? isnan(apart.other[i])
                                   : memcmp(&apart.other[i], &other, sizeof other) == 0);
        }
    }
}

static void own_and_other_centroids_are_those_of_plain_loops(void **state) {
    (void)state;
    each_kernel(check_apart);
}

static void a_packed_length_that_does_not_fit_is_zero(void **state) {
    (void)state;
    assert_int_equal(bm_tiles_length(SIZE_MAX / 2, 3), 0);
    assert_int_equal(bm_tiles_length(65, 3), 384);
}

static void the_kernel_in_use_is_one_that_runs_here(void **state) {
    (void)state;
    assert_true(bm_pairs_here()->runs_here());
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_of_a_tile_are_exact),
        cmocka_unit_test(sums_of_a_tile_go_to_their_slots),
        cmocka_unit_test(own_and_other_centroids_are_those_of_plain_loops),
        cmocka_unit_test(a_packed_length_that_does_not_fit_is_zero),
        cmocka_unit_test(the_kernel_in_use_is_one_that_runs_here),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
