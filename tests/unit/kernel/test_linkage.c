/* Kernels of trees over a matrix: every variant against plain loops, bit for bit. */
#include "kernel/linkage.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 72 };

static uint64_t state;

static double uniform(void) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (double)(state >> 11) * 0x1p-53;
}

static void fill(double *x) {
    for (size_t i = 0; i < MOST; i++)
        x[i] = floor(8 * uniform()) + (uniform() < 0.5 ? 0 : uniform());
}

static void each_kernel(void (*check)(const bm_linkage_kernel *kernel)) {
    state = 1;
    for (const bm_linkage_kernel *kernel = bm_linkage_kernels; kernel->name != NULL; kernel++)
        if (kernel->runs_here())
            check(kernel);
}

static void check_combinations(const bm_linkage_kernel *kernel) {
    double a[MOST], b[MOST], gone[MOST] = {0}, out[MOST];
    for (size_t n = 0; n <= MOST; n += BM_LINKED) {
        fill(a);
        fill(b);
        gone[n / 2] = INFINITY;
        double p = 1 + uniform(), q = 1 + uniform();
        for (int what = 0; what < 4; what++) {
            memset(out, 0, sizeof out);
            if (what == 0)
                kernel->larger(a, b, gone, n, out);
            else if (what == 1)
                kernel->smaller(a, b, gone, n, out);
            else if (what == 2)
                kernel->mean(p, a, q, b, p + q, gone, n, out);
            else {
                memcpy(out, b, n * sizeof *b);
                kernel->add(p, a, n, out);
            }
            for (size_t i = 0; i < n; i++) {
                double expected = what == 0   ? fmax(a[i], b[i])
                                  : what == 1 ? fmin(a[i], b[i])
                                  : what == 2 ? (p * a[i] + q * b[i]) / (p + q)
                                              : b[i] + p * a[i];
                expected += what < 3 ? gone[i] : 0;
                assert_memory_equal(&out[i], &expected, sizeof expected);
            }
            assert_true(n == MOST || out[n] == 0);
        }
        gone[n / 2] = 0;
    }
}

static void combinations_are_those_of_plain_loops(void **unused) {
    (void)unused;
    each_kernel(check_combinations);
}

/* From every place on, with no, some and many that are close. */
static void check_find(const bm_linkage_kernel *kernel) {
    double value[MOST], limit[MOST];
    int64_t nearest[MOST];
    for (size_t round = 0; round < 200; round++) {
        bm_close close = {.limit = limit, .nearest = nearest, .x = 3, .y = 50};
        close.most = round % 3 == 0 ? -INFINITY : 0.1 * (double)(round % 20);
        for (size_t i = 0; i < MOST; i++) {
            value[i] = uniform() < 0.05 ? NAN : uniform() < 0.1 ? INFINITY : 8 * uniform();
            limit[i] = uniform() < 0.9 ? -INFINITY : 4 * uniform();
            nearest[i] = (int64_t)(100 * uniform());
        }
        for (size_t from = 0; from <= MOST; from++) {
            size_t expected = from;
            while (expected < MOST && !(value[expected] <= limit[expected]) &&
                   !(value[expected] <= close.most) && nearest[expected] != 3 &&
                   nearest[expected] != 50)
                expected++;
            assert_int_equal(kernel->find(value, &close, from, MOST), expected);
        }
    }
}

static void the_first_close_one_is_found(void **unused) {
    (void)unused;
    each_kernel(check_find);
}

/* From every place on, with few different values, gone ones, NaN and infinity among them. */
static void check_first_least(const bm_linkage_kernel *kernel) {
    double value[MOST], gone[MOST];
    for (size_t round = 0; round < 200; round++) {
        double parts = (double)(1 + round % 40);
        for (size_t i = 0; i < MOST; i++) {
            value[i] = uniform() < 0.05   ? NAN
                       : uniform() < 0.05 ? INFINITY
                                          : floor(parts * uniform());
            gone[i] = uniform() < 0.01 * (double)(round % 101) ? INFINITY : 0;
        }
        for (size_t n = 0; n <= MOST; n += BM_LINKED) {
            for (size_t from = 0; from <= n; from++) {
                double least = INFINITY, found = 0;
                size_t expected = n;
                for (size_t i = from; i < n; i++) {
                    if (gone[i] == 0 && value[i] < least) {
                        least = value[i];
                        expected = i;
                    }
                }
                assert_int_equal(kernel->first_least(value, gone, from, n, &found), expected);
                assert_true(found == least);
            }
        }
    }
}

static void the_first_of_the_least_is_found(void **unused) {
    (void)unused;
    each_kernel(check_first_least);
}

static void check_floats(const bm_linkage_kernel *kernel) {
    double value[MOST], before[MOST], back[MOST];
    float narrow[MOST];
    fill(value);
    value[3] = INFINITY;
    value[4] = 1e300;
    value[5] = 1e-300;
    memcpy(before, value, sizeof before);
    kernel->narrow(value, MOST, narrow);
    kernel->widen(narrow, MOST, back);
    for (size_t i = 0; i < MOST; i++) {
        float expected = (float)before[i];
        assert_memory_equal(&narrow[i], &expected, sizeof expected);
        assert_true(value[i] == (double)expected && back[i] == (double)expected);
    }
}

static void floats_are_rounded_values(void **unused) {
    (void)unused;
    each_kernel(check_floats);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(combinations_are_those_of_plain_loops),
        cmocka_unit_test(the_first_close_one_is_found),
        cmocka_unit_test(the_first_of_the_least_is_found),
        cmocka_unit_test(floats_are_rounded_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
