/* Oracle: the values sorted by qsort, quantiles of base/statistics.h, a sum in long double. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/statistics.h"
#include "buyermap/table.h"
#include "profile/distribution.h"
#include "profile/ranked.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state_of_random = 88172645463325252U;

static uint64_t next_random(void) {
    state_of_random ^= state_of_random << 13;
    state_of_random ^= state_of_random >> 7;
    state_of_random ^= state_of_random << 17;
    return state_of_random;
}

static double uniform(void) {
    return (double)(next_random() >> 11) * 0x1p-53;
}

static double any_bits(void) {
    double x;
    uint64_t bits = next_random();
    memcpy(&x, &bits, sizeof x);
    return isfinite(x) ? x : NAN;
}

enum { SHAPES = 19 };

static double draw(int shape, size_t i, size_t n) {
    switch (shape) {
    case 0:
        return uniform();
    case 1:
        return floor(uniform() * 1e6) / 1000;
    case 2:
        return exp(12 * uniform() - 6);
    case 3:
        return pow(uniform() + 1e-16, -6);
    case 4:
        return floor(uniform() * 10);
    case 5:
        return uniform() < 0.5 ? 0 : uniform();
    case 6:
        return (double)i * 0.37;
    case 7:
        return (double)(n - i) * 0.37;
    case 8:
        return 42.125;
    case 9:
        return uniform() < 0.1 ? NAN : uniform() * 1e-310; /* denormals */
    case 10:
        return any_bits();
    case 11:
        return uniform() < 0.5 ? -0.0 : 0.0;
    case 12:
        return uniform() < 0.99 ? 1e6 + uniform() : 1e300 * (uniform() - 0.5);
    case 13:
        return 1e15 + floor(uniform() * 64);
    case 14:
        return uniform() < 0.3 ? NAN : floor(uniform() * 2e5) / 100 - 1000;
    case 15:
        return i == n / 2 ? 0.1 + 0.2 : floor(uniform() * 1000) / 10; /* off its grid */
    case 16:
        return uniform() < 0.5 ? DBL_MAX * (uniform() - 0.5) : -DBL_MAX;
    case 17:
        return i % 3 == 0 ? NAN : -3.5;
    default:
        return NAN;
    }
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void assert_same(double value, double expected) {
    if (isnan(value) && isnan(expected))
        return;
    if (!(value == expected))
        fail_msg("%.17g is not %.17g", value, expected);
}

static void check_numbers(int shape, size_t n, size_t memory) {
    double *x = malloc((n + 1) * sizeof *x), *sorted = malloc((n + 1) * sizeof *sorted);
    size_t there = 0, distinct = 0, outliers = 0;
    long double sum = 0, size = 0;
    assert_non_null(x);
    assert_non_null(sorted);
    for (size_t i = 0; i < n; i++) {
        x[i] = draw(shape, i, n);
        if (!isnan(x[i]))
            sorted[there++] = x[i];
    }
    qsort(sorted, there, sizeof *sorted, ascending);
    double q1 = bm_quantile(sorted, there, 0.25), q3 = bm_quantile(sorted, there, 0.75);
    for (size_t i = 0; i < there; i++) {
        distinct += i == 0 || sorted[i] > sorted[i - 1];
        outliers += sorted[i] < q1 - 1.5 * (q3 - q1) || sorted[i] > q3 + 1.5 * (q3 - q1);
        sum += sorted[i];
        size += fabsl(sorted[i]);
    }
    bm_distribution found;
    assert_int_equal(bm_distribution_of_numbers(x, n, memory, &found, NULL), BM_OK);
    assert_int_equal(found.n, there);
    assert_int_equal(found.distinct, distinct);
    assert_int_equal(found.outliers, outliers);
    assert_same(found.minimum, there > 0 ? sorted[0] : NAN);
    assert_same(found.maximum, there > 0 ? sorted[there - 1] : NAN);
    for (size_t q = 0; q < BM_QUANTILES; q++)
        assert_same(found.quantile[q], bm_quantile(sorted, there, bm_quantile_shares[q]));
    if (there == 0)
        assert_true(isnan(found.mean));
    else /* the oracle's own rounding is 2^-64 a value */
        assert_true(fabsl(found.mean - sum / there) <=
                    fabsl(sum / there) * 2 * DBL_EPSILON + size * 0x1p-62L + 0x1p-1074L);
    free(sorted);
    free(x);
}

static void every_figure_equals_that_of_the_sorted_values(void **state) {
    (void)state;
    static const size_t rows[] = {0, 1,   2,    3,     4,     5,     7,     8,
                                  9, 100, 1000, 24576, 24577, 60001, 300000};
    for (int shape = 0; shape < SHAPES; shape++) {
        for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
            check_numbers(shape, rows[r], 14U << 20);
            check_numbers(shape, rows[r], 0); /* without a table of counts */
        }
    }
}

static void check_times(int shape, size_t n) {
    int64_t *when = malloc((n + 1) * sizeof *when), low = BM_NO_DATE, high = BM_NO_DATE;
    int64_t earliest, latest;
    double *days = malloc((n + 1) * sizeof *days);
    size_t there = 0, distinct = 0, counted;
    assert_non_null(when);
    assert_non_null(days);
    for (size_t i = 0; i < n; i++) {
        double day = floor(draw(shape, i, n));
        when[i] = isnan(day) || fabs(day) > 1e9 ? BM_NO_DATE : (int64_t)day * 3601;
        if (when[i] == BM_NO_DATE)
            continue;
        low = there == 0 || when[i] < low ? when[i] : low;
        high = there == 0 || when[i] > high ? when[i] : high;
        days[there++] = day;
    }
    qsort(days, there, sizeof *days, ascending);
    for (size_t i = 0; i < there; i++)
        distinct += i == 0 || days[i] > days[i - 1];
    assert_int_equal(bm_distribution_of_times(when, n, &counted, &earliest, &latest, NULL), BM_OK);
    assert_int_equal(counted, distinct);
    assert_true(earliest == low && latest == high);
    free(days);
    free(when);
}

static void times_are_counted_and_bounded(void **state) {
    (void)state;
    for (int shape = 0; shape < SHAPES; shape++) {
        check_times(shape, 0);
        check_times(shape, 1);
        check_times(shape, 999);
        check_times(shape, 100003);
    }
}

static int by_key(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Keys that crowd ever closer to one end make every cut fall into one bucket. */
static void crowded_keys_are_ranked(void **state) {
    (void)state;
    enum { N = 200000 };
    uint64_t *key = malloc(N * sizeof *key), *sorted = malloc(N * sizeof *sorted), value[5];
    const size_t rank[5] = {0, 17, N / 2, N - 2, N - 1};
    assert_non_null(key);
    assert_non_null(sorted);
    for (unsigned are_numbers = 0; are_numbers < 2; are_numbers++) {
        size_t distinct = 1, counted;
        for (size_t i = 0; i < N; i++)
            key[i] = sorted[i] = are_numbers
                                     ? bm_key_of_number(ldexp(1 + uniform(), -(int)(i % 1000)))
                                     : 1 + (next_random() >> (next_random() % 64));
        qsort(sorted, N, sizeof *sorted, by_key);
        for (size_t i = 1; i < N; i++)
            distinct += sorted[i] != sorted[i - 1];
        const bm_ranks ranks = {rank, value, 5};
        assert_int_equal(bm_rank_keys(key, N, (int)are_numbers, &ranks, &counted, NULL), BM_OK);
        assert_int_equal(counted, distinct);
        for (size_t i = 0; i < 5; i++)
            assert_true(value[i] == sorted[rank[i]]);
    }
    free(sorted);
    free(key);
}

static void a_mean_far_from_zero_keeps_its_digits(void **state) {
    (void)state;
    /* NIST NumAcc4: 10000000.2, then 10000000.1 and 10000000.3 by turns. */
    double *x = malloc(1001 * sizeof *x); /* of no declared type: it becomes keys */
    bm_distribution found;
    assert_non_null(x);
    x[0] = 10000000.2;
    for (size_t i = 1; i < 1001; i++)
        x[i] = i % 2 == 1 ? 10000000.1 : 10000000.3;
    assert_int_equal(bm_distribution_of_numbers(x, 1001, 0, &found, NULL), BM_OK);
    assert_true(found.mean == 10000000.2);
    free(x);
}

static void keys_compare_as_their_values_do(void **state) {
    (void)state;
    static const double ascend[] = {-DBL_MAX, -1,      -DBL_MIN, -5e-324, 0,
                                    5e-324,   DBL_MIN, 1,        DBL_MAX};
    for (size_t i = 0; i < sizeof ascend / sizeof ascend[0]; i++) {
        assert_true(bm_number_of_key(bm_key_of_number(ascend[i])) == ascend[i]);
        if (i > 0)
            assert_true(bm_key_of_number(ascend[i - 1]) < bm_key_of_number(ascend[i]));
    }
    assert_true(bm_key_of_number(-0.0) == bm_key_of_number(0.0));
    assert_true(bm_key_of_time(-1) < bm_key_of_time(0));
    assert_int_equal(bm_time_of_key(bm_key_of_time(-86400)), -86400);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_figure_equals_that_of_the_sorted_values),
        cmocka_unit_test(times_are_counted_and_bounded),
        cmocka_unit_test(crowded_keys_are_ranked),
        cmocka_unit_test(a_mean_far_from_zero_keeps_its_digits),
        cmocka_unit_test(keys_compare_as_their_values_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
