/* The kernels of near.h against plain loops, for every variant that this CPU runs. */
#include "kernel/near.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST_D = 67, OWN = 7 };

static uint64_t state;

static double uniform(void) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (double)(state >> 11) * 0x1p-53;
}

typedef void (*check)(const bm_near_kernel *kernel, size_t d);

static void for_each(check test) {
    for (size_t i = 0; bm_near_kernel_at(i) != NULL; i++) {
        const bm_near_kernel *kernel = bm_near_kernel_at(i);
        for (size_t d = 1; d <= MOST_D && kernel->runs_here(); d++) {
            state = d;
            test(kernel, d);
        }
    }
}

static double beyond(double low, double high, double from, double to) {
    return fmax(fmax(low - to, from - high), 0);
}

static void make_boxes(double *boxes, uint32_t *label, size_t d) {
    for (size_t f = 0; f < d; f++)
        for (size_t b = 0; b < BM_BOXES; b++) {
            double *low = boxes + f * 2 * BM_BOXES + b;
            low[0] = 4 * uniform() - 2;
            low[BM_BOXES] = low[0] + uniform();
        }
    for (size_t b = 0; b < BM_BOXES; b++)
        label[b] = uniform() < 0.3 ? OWN : (uint32_t)b + 100;
}

static void check_boxes(const bm_near_kernel *kernel, size_t d) {
    double boxes[MOST_D * 2 * BM_BOXES], low[MOST_D], high[MOST_D];
    double apart[BM_BOXES], to_point[BM_BOXES], sorted[BM_BOXES];
    uint32_t label[BM_BOXES];
    make_boxes(boxes, label, d);
    for (size_t f = 0; f < d; f++) {
        low[f] = 4 * uniform() - 2;
        high[f] = low[f] + uniform();
    }
    for (size_t b = 0; b < BM_BOXES; b++) {
        double to_box = 0;
        to_point[b] = 0;
        for (size_t f = 0; f < d; f++) {
            const double *of = boxes + f * 2 * BM_BOXES + b;
            to_point[b] += pow(beyond(of[0], of[BM_BOXES], low[f], low[f]), 2);
            to_box += pow(beyond(of[0], of[BM_BOXES], low[f], high[f]), 2);
        }
        sorted[b] = to_box;
    }
    kernel->boxes_apart(low, high, boxes, d, apart);
    for (size_t b = 0; b < BM_BOXES; b++)
        assert_true(fabs(apart[b] - sorted[b]) <= 1e-13 * sorted[b]);
    for (size_t at = 0; at < BM_BOXES; at++) { /* limits between, below and above all */
        double limit = at == 0 ? INFINITY : to_point[at] * (1 + 1e-9);
        unsigned expected = 0;
        for (size_t b = 0; b < BM_BOXES; b++)
            expected |= (to_point[b] <= limit && label[b] != OWN ? 1U : 0U) << b;
        assert_int_equal(kernel->boxes_near(low, boxes, d, limit, label, OWN, apart), expected);
        for (size_t b = 0; b < BM_BOXES && expected != 0; b++)
            assert_true(fabs(apart[b] - to_point[b]) <= 1e-13 * to_point[b]);
    }
    assert_int_equal(kernel->boxes_near(low, boxes, d, -1, label, OWN, apart), 0);
}

static void boxes_are_as_far_as_a_plain_loop_says(void **unused) {
    (void)unused;
    for_each(check_boxes);
}

/* Points of a leaf about its centre, and rows near and far from it. */
typedef struct leaf {
    double x[BM_LEAF][MOST_D], row[BM_ABREAST][MOST_D], centre[MOST_D];
    float point[MOST_D * BM_LEAF] __attribute__((aligned(64)));
    float norm[BM_LEAF] __attribute__((aligned(64)));
    uint32_t label[BM_LEAF];
    double farthest;
} leaf;

static void make_leaf(leaf *made, size_t d) {
    memset(made, 0, sizeof *made);
    for (size_t f = 0; f < d; f++) {
        made->centre[f] = 1000 * uniform();
        for (size_t i = 0; i < BM_LEAF; i++) {
            made->x[i][f] = made->centre[f] + uniform() - 0.5;
            float about = (float)(made->x[i][f] - made->centre[f]);
            made->point[f * BM_LEAF + i] = about;
            made->norm[i] += about * about;
        }
        for (size_t r = 0; r < BM_ABREAST; r++)
            made->row[r][f] = made->centre[f] + pow(10, (double)r) * (uniform() - 0.5);
    }
    for (size_t i = 0; i < BM_LEAF; i++) {
        made->label[i] = uniform() < 0.3 ? OWN : (uint32_t)i + 100;
        made->farthest = fmax(made->farthest, (double)made->norm[i]);
    }
    memcpy(made->row[0], made->x[5], sizeof made->row[0]); /* one of the points itself */
}

static void check_leaf(const bm_near_kernel *kernel, size_t d) {
    static leaf made;
    float twice[BM_ABREAST * MOST_D], norm[BM_ABREAST], limit[BM_ABREAST];
    float value[BM_ABREAST * BM_LEAF] __attribute__((aligned(64)));
    uint32_t own[BM_ABREAST];
    uint64_t near[BM_ABREAST];
    make_leaf(&made, d);
    for (size_t rows = 1; rows <= BM_ABREAST; rows++) {
        const bm_leaf view = {made.point, made.norm, made.label};
        for (size_t r = 0; r < rows; r++) {
            norm[r] = kernel->recentre(made.row[r], made.centre, d, twice + r * d);
            for (size_t f = 0; f < d; f++)
                assert_true(twice[r * d + f] == -2 * (float)(made.row[r][f] - made.centre[f]));
            limit[r] = (float)(uniform() * 4 * (double)d / 12) - norm[r];
            own[r] = r == 1 ? 5 : OWN;
        }
        memset(value, 0, sizeof value);
        kernel->compare(&view, d, rows, twice, d, limit, own, value, near);
        for (size_t r = 0; r < rows; r++) {
            double error = 5 * (2 * (double)d + 8) * 0x1p-24 * ((double)norm[r] + made.farthest);
            for (size_t i = 0; i < BM_LEAF; i++) {
                double exact = 0;
                float s = value[r * BM_LEAF + i];
                for (size_t f = 0; f < d; f++)
                    exact += pow(made.row[r][f] - made.x[i][f], 2);
                assert_true(fabs((double)norm[r] + (double)s - exact) <= error);
                assert_int_equal(near[r] >> i & 1, s <= limit[r] && made.label[i] != own[r]);
            }
        }
    }
}

static void points_of_a_leaf_are_as_far_as_the_proof_says(void **unused) {
    (void)unused;
    for_each(check_leaf);
}

static void the_last_kernel_runs_anywhere(void **unused) {
    (void)unused;
    size_t last = 0;
    while (bm_near_kernel_at(last + 1) != NULL)
        last++;
    assert_string_equal(bm_near_kernel_at(last)->name, "generic");
    assert_true(bm_near_kernel_here()->runs_here());
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boxes_are_as_far_as_a_plain_loop_says),
        cmocka_unit_test(points_of_a_leaf_are_as_far_as_the_proof_says),
        cmocka_unit_test(the_last_kernel_runs_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
