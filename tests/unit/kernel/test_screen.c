/* Every screening kernel against plain arithmetic. */
#include "kernel/distance.h"
#include "kernel/screen.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST_D = 67, MOST_K = 37 };

static uint64_t state = 1;

static double uniform(void) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (double)(state >> 11) * 0x1p-53;
}

static double bell(void) {
    double sum = 0;
    for (int i = 0; i < 6; i++)
        sum += uniform();
    return sum - 3;
}

/* Rows and centroids of one setting, in both precisions. */
typedef struct setting {
    size_t n, d, k;
    float single[BM_SCREEN_ROWS * MOST_D];
    double rows[BM_SCREEN_ROWS * MOST_D], centroid[MOST_K * MOST_D];
    float origin[MOST_D];
    float packed[(MOST_K + 3) * MOST_D] __attribute__((aligned(64)));
    float plain[MOST_K * MOST_D], products[MOST_K * BM_SCREEN_ROWS];
    float norm[MOST_K + 3];
    double exact[(MOST_K + 7) * MOST_D] __attribute__((aligned(64)));
    float turned[MOST_D * BM_SCREEN_ROWS] __attribute__((aligned(64)));
    bm_screen screen;
    bm_screen_block block;
} setting;

static void draw(setting *s, size_t d, int is_single, double scale) {
    s->n = BM_SCREEN_ROWS - d % 5;
    s->d = d;
    s->k = 1 + d % MOST_K;
    for (size_t i = 0; i < s->n * d; i++) {
        s->rows[i] = bell() * scale;
        s->single[i] = (float)s->rows[i];
        if (is_single)
            s->rows[i] = (double)s->single[i];
    }
    for (size_t i = 0; i < s->k * d; i++)
        s->centroid[i] = bell() * scale;
    for (size_t f = 0; f < d; f++)
        s->origin[f] = (float)(bell() * scale);
}

static void prepare(setting *s) {
    s->screen = (bm_screen){.d = s->d,
                            .k = s->k,
                            .origin = s->origin,
                            .packed = s->packed,
                            .plain = s->plain,
                            .norm = s->norm,
                            .exact = s->exact};
    s->block.turned = s->turned;
    s->block.products = s->products;
    assert_true(bm_screen_packed(s->k, s->d) <= sizeof s->packed / sizeof *s->packed);
    assert_true(bm_screen_norms(s->k) <= sizeof s->norm / sizeof *s->norm);
    assert_true(bm_packed_length(s->k, s->d) <= sizeof s->exact / sizeof *s->exact);
    bm_screen_prepare(&s->screen, s->centroid);
}

/* The nearest centroid, and how much farther the second nearest is. */
static int32_t plain_nearest(const setting *s, const double *row, double *square, double *gap) {
    double best = INFINITY, second = INFINITY;
    int32_t nearest = 0;
    for (size_t j = 0; j < s->k; j++) {
        double here = bm_squared_distance(row, s->centroid + j * s->d, s->d);
        if (here < best) {
            second = best;
            best = here;
            nearest = (int32_t)j;
        } else if (here < second) {
            second = here;
        }
    }
    *square = best;
    *gap = sqrt(second) - sqrt(best);
    return nearest;
}

static size_t unproven_of(setting *s, const bm_screen_kernel *kernel, const bm_screened *screened,
                          const uint32_t *index);

/* Screens the setting, by the kernel and by products; gives how many rows had no proof. */
static size_t check(setting *s, const bm_screen_kernel *kernel, int is_single,
                    const uint32_t *index) {
    bm_screened screened;
    if (is_single)
        kernel->turn_single(s->single, index, s->n, 0, &s->screen, &s->block);
    else
        kernel->turn_double(s->rows, index, s->n, 0, &s->screen, &s->block);
    bm_screen_products(&s->screen, &s->block, &screened);
    size_t unproven = unproven_of(s, kernel, &screened, index);
    kernel->screen(&s->screen, &s->block, &screened);
    size_t here = unproven_of(s, kernel, &screened, index);
    return here > unproven ? here : unproven;
}

static size_t unproven_of(setting *s, const bm_screen_kernel *kernel, const bm_screened *screened,
                          const uint32_t *index) {
    size_t unproven = 0;
    for (size_t r = 0; r < s->n; r++) {
        const double *row = s->rows + (index != NULL ? index[r] : r) * s->d;
        double square, gap, exact;
        int32_t nearest = plain_nearest(s, row, &square, &gap);
        assert_int_equal(kernel->nearest(row, &s->screen, &exact), nearest);
        assert_memory_equal(&exact, &square, sizeof exact);
        if (!(screened->gap[r] > 0)) {
            unproven++;
            continue;
        }
        assert_int_equal(screened->label[r], nearest);
        assert_true((double)screened->gap[r] <= gap || s->k == 1);
    }
    return unproven;
}

#define FOR_KERNELS(kernel)                                                                        \
    for (size_t at_ = 0; bm_screen_kernel_at(at_) != NULL; at_++)                                  \
        for (const bm_screen_kernel *kernel = bm_screen_kernel_at(at_);                            \
             kernel != NULL && kernel->runs_here(); kernel = NULL)

static void what_is_proven_is_true(void **unused) {
    (void)unused;
    static setting s;
    size_t rows = 0, unproven = 0, kernels = 0;
    FOR_KERNELS(kernel) {
        kernels++;
        for (size_t d = 1; d <= MOST_D; d++) {
            for (int is_single = 0; is_single < 2; is_single++) {
                draw(&s, d, is_single, 1);
                prepare(&s);
                unproven += check(&s, kernel, is_single, NULL);
                rows += s.n;
            }
        }
    }
    assert_true(kernels > 0);
    /* A proof that never comes would be true as well. */
    assert_true(unproven * 200 < rows);
}

static void rows_may_be_listed(void **unused) {
    (void)unused;
    static setting s;
    uint32_t index[BM_SCREEN_ROWS];
    FOR_KERNELS(kernel) {
        for (size_t d = 1; d <= MOST_D; d += 3) {
            draw(&s, d, d % 2, 1);
            prepare(&s);
            for (size_t r = 0; r < s.n; r++)
                index[r] = (uint32_t)((r * 7 + 3) % s.n);
            check(&s, kernel, d % 2, index);
        }
    }
}

static void near_ties_have_no_proof(void **unused) {
    (void)unused;
    static setting s;
    FOR_KERNELS(kernel) {
        for (size_t d = 1; d <= MOST_D; d++) {
            draw(&s, d, 0, 1);
            s.k = 2 + d % (MOST_K - 2);
            /* Two centroids that differ by a double's rounding or not at all. */
            memcpy(s.centroid + (s.k - 1) * d, s.centroid, d * sizeof(double));
            s.centroid[(s.k - 1) * d] *= d % 2 ? 1 : 1 + 0x1p-50;
            for (size_t r = 0; r < s.n; r++)
                memcpy(s.rows + r * d, s.centroid, d * sizeof(double));
            prepare(&s);
            assert_int_equal(check(&s, kernel, 0, NULL), s.n);
            bm_screened screened;
            bm_screen_products(&s.screen, &s.block, &screened);
            for (size_t r = 0; r < s.n; r++)
                assert_false(screened.gap[r] > 0);
        }
    }
}

static void numbers_beyond_floats_have_no_proof(void **unused) {
    (void)unused;
    static setting s;
    FOR_KERNELS(kernel) {
        const double scale[] = {1e300, 1e19, 1e-30, 1e-300};
        for (size_t i = 0; i < sizeof scale / sizeof *scale; i++) {
            draw(&s, 11, 0, scale[i]);
            prepare(&s);
            for (size_t j = 0; scale[i] > 1e100 && j < 11; j++)
                s.origin[j] = 0;
            bm_screen_prepare(&s.screen, s.centroid);
            if (scale[i] < 1e100)
                check(&s, kernel, 0, NULL);
            bm_screened screened;
            kernel->turn_double(s.rows, NULL, s.n, 0, &s.screen, &s.block);
            kernel->screen(&s.screen, &s.block, &screened);
            for (size_t r = 0; r < s.n; r++)
                assert_false(screened.gap[r] > 0);
        }
    }
}

static void settling_finds_changed_and_unproven_rows(void **unused) {
    (void)unused;
    static bm_screened screened;
    float spent[9], expiry[BM_SCREEN_ROWS];
    int32_t label[BM_SCREEN_ROWS];
    for (size_t j = 0; j < 9; j++)
        spent[j] = (float)uniform();
    FOR_KERNELS(kernel) {
        for (size_t r = 0; r < BM_SCREEN_ROWS; r++) {
            screened.label[r] = (int32_t)(uniform() * 9);
            label[r] = uniform() < .1 ? -1 : screened.label[r];
            screened.gap[r] = uniform() < .1 ? NAN : uniform() < .1 ? 0 : (float)uniform();
        }
        uint64_t rows = kernel->settle(&screened, spent, label, expiry);
        for (size_t r = 0; r < BM_SCREEN_ROWS; r++) {
            int wanted = label[r] != screened.label[r] || !(screened.gap[r] > 0);
            assert_int_equal(rows >> r & 1, wanted);
            double sum = (double)screened.gap[r] + (double)spent[screened.label[r]];
            if (!wanted)
                assert_true((double)expiry[r] <= sum && (double)expiry[r] > sum * (1 - 3e-6));
        }
        uint32_t index[2 * BM_SCREEN_ROWS];
        for (size_t r = 0; r < BM_SCREEN_ROWS; r++)
            label[r] = screened.label[r];
        for (size_t n = 0; n < BM_SCREEN_ROWS; n++) {
            size_t found = kernel->expired(expiry, label, spent, 9, n, index), next = 0;
            for (size_t r = 0; r < n; r++)
                if (!(expiry[r] > spent[label[r]]))
                    assert_int_equal(index[next++], r);
            assert_int_equal(found, next);
        }
    }
}

static double grid(double most, double n) {
    return ldexp(1.5, ilogb(most * n) + 2);
}

static void sums_do_not_depend_on_order(void **unused) {
    (void)unused;
    enum { N = 1000, D = 13, PADDED = 16 };
    static double rows[N * D], once[2 * PADDED], again[2 * PADDED], other[2 * PADDED];
    double coarse[PADDED], fine[PADDED];
    FOR_KERNELS(kernel) {
        memset(once, 0, sizeof once);
        memset(again, 0, sizeof again);
        memset(other, 0, sizeof other);
        for (size_t i = 0; i < N * D; i++)
            rows[i] = bell() * (i % 97 == 0 ? 1e6 : 1);
        for (size_t f = 0; f < PADDED; f++) {
            coarse[f] = grid(4e6, N);
            fine[f] = grid(ldexp(coarse[f], -52), N);
        }
        bm_grid grids = {.d = D, .padded = PADDED, .coarse = coarse, .fine = fine};
        for (size_t i = 0; i < N; i++)
            kernel->move_double(rows + i * D, .7, &grids, NULL, once);
        /* Backwards, and half of the rows by way of other sums. */
        for (size_t i = N; i-- > 0;)
            kernel->move_double(rows + i * D, .7, &grids, NULL, i % 2 ? other : again);
        for (size_t i = 1; i < N; i += 2)
            kernel->move_double(rows + i * D, .7, &grids, other, again);
        assert_memory_equal(once, again, sizeof once);
        for (size_t f = 0; f < D; f++) {
            long double sum = 0;
            for (size_t i = 0; i < N; i++)
                sum += (long double)(rows[i * D + f] * .7);
            assert_true(fabsl((long double)once[f] + (long double)once[PADDED + f] - sum) < 1e-9L);
            assert_true(other[f] + other[PADDED + f] <= 0 && other[f] + other[PADDED + f] >= 0);
        }
    }
}

static void measures_are_those_of_plain_loops(void **unused) {
    (void)unused;
    enum { N = 37 };
    static double rows[N * MOST_D];
    static float single[N * MOST_D], origin[MOST_D];
    FOR_KERNELS(kernel) {
        for (size_t d = 1; d <= MOST_D; d += 2) {
            double most[MOST_D] = {0}, sum[MOST_D] = {0}, square[MOST_D] = {0};
            for (size_t i = 0; i < N * d; i++)
                rows[i] = (double)(single[i] = (float)bell());
            for (size_t f = 0; f < d; f++)
                origin[f] = (float)bell();
            if (d % 4 == 1)
                kernel->measure_single(single, N, d, origin, most, sum, square);
            else
                kernel->measure_double(rows, N, d, origin, most, sum, square);
            for (size_t f = 0; f < d; f++) {
                double m = 0, s = 0, q = 0;
                for (size_t i = 0; i < N; i++) {
                    double apart = rows[i * d + f] - (double)origin[f];
                    m = fabs(rows[i * d + f]) > m ? fabs(rows[i * d + f]) : m;
                    s += apart;
                    q += apart * apart;
                }
                assert_memory_equal(&most[f], &m, sizeof m);
                assert_memory_equal(&sum[f], &s, sizeof s);
                assert_memory_equal(&square[f], &q, sizeof q);
            }
        }
    }
}

int main(void) {
    bm_kernel_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_proven_is_true),
        cmocka_unit_test(rows_may_be_listed),
        cmocka_unit_test(near_ties_have_no_proof),
        cmocka_unit_test(numbers_beyond_floats_have_no_proof),
        cmocka_unit_test(settling_finds_changed_and_unproven_rows),
        cmocka_unit_test(sums_do_not_depend_on_order),
        cmocka_unit_test(measures_are_those_of_plain_loops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
