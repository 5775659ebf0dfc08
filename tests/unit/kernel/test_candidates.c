/* Candidates for the nearest neighbour: none is lost, and few are kept that are too far. */
#include "kernel/candidates.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { MOST_D = 67, POINTS = BM_BLOCK_POINTS, BOXES = 2 * BM_BLOCK_BOXES };

static uint64_t seed;

/* Uniform in 0 … 1. */
static double uniform(void) {
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return (double)(seed >> 11) * 0x1p-53;
}

/* A block of points about an origin, as a caller prepares them. */
typedef struct block {
    size_t d;
    double x[POINTS][MOST_D], reach_exact[POINTS];
    float point[MOST_D * POINTS], norm[POINTS], reach[POINTS];
} block;

/* spread: how far the points lie from each other; shift: how far all of them lie from the origin,
 * which costs floats their digits. */
static void fill(block *of, size_t d, double spread, double shift, int sized) {
    of->d = d;
    for (size_t p = 0; p < POINTS; p++) {
        double square = 0;
        for (size_t f = 0; f < d; f++) {
            of->x[p][f] = shift + spread * (uniform() - 0.5);
            float rounded = (float)of->x[p][f];
            of->point[f * POINTS + p] = rounded;
            square += (double)rounded * rounded;
        }
        of->reach_exact[p] = sized ? 0.5 / floor(1 + 100 * uniform()) : 0.5;
        of->reach[p] = (float)of->reach_exact[p];
        of->norm[p] = (float)(square * (1 - bm_candidates_kappa(d)));
    }
}

static double apart(const block *of, size_t i, size_t j) {
    double square = 0;
    for (size_t f = 0; f < of->d; f++)
        square += (of->x[i][f] - of->x[j][f]) * (of->x[i][f] - of->x[j][f]);
    return square / (of->reach_exact[i] + of->reach_exact[j]);
}

static float above(double value) {
    float rounded = (float)value;
    return rounded < value ? nextafterf(rounded, INFINITY) : rounded;
}

static void set_query(const block *of, size_t i, double least, float *query, float *within,
                      float *base) {
    for (size_t f = 0; f < of->d; f++)
        query[f] = -2 * of->point[f * POINTS + i];
    *within = above(least * BM_CANDIDATES_WITHIN + 0x1p-120);
    *base = above((double)*within * of->reach[i] - of->norm[i]);
}

/* Every point that is no farther than D* is a candidate, whatever D* is. */
static void no_point_is_lost(void **state) {
    (void)state;
    static block of;
    static const double shifts[] = {0, 1, 1000};
    size_t asked = 0, kept = 0, near = 0;
    for (size_t k = 0; bm_candidate_kernel_at(k) != NULL; k++) {
        const bm_candidate_kernel *kernel = bm_candidate_kernel_at(k);
        if (!kernel->runs_here())
            continue;
        seed = 1;
        for (size_t d = 1; d <= MOST_D; d++) {
            fill(&of, d, 1, shifts[d % 3], d % 2 == 0);
            for (size_t i = 0; i + 1 < POINTS; i += 7) {
                static float query[2][MOST_D];
                const float *const both[2] = {query[0], query[1]};
                float within[2], base[2];
                double least[2];
                uint64_t may[2];
                for (size_t q = 0; q < 2; q++) {
                    least[q] = apart(&of, i + q, (i + 5 * q + 9) % POINTS);
                    set_query(&of, i + q, least[q], query[q], &within[q], &base[q]);
                }
                kernel->points(of.point, of.norm, of.reach, d, both, within, base, may);
                for (size_t q = 0; q < 2; q++) {
                    for (size_t j = 0; j < POINTS; j++) {
                        double distance = apart(&of, i + q, j);
                        int is_kept = (int)(may[q] >> j & 1);
                        if (distance <= least[q] && !is_kept)
                            fail_msg("%s, d = %zu: point %zu at %.17g of %.17g is lost",
                                     kernel->name, d, j, distance, least[q]);
                        if (shifts[d % 3] > 1)
                            continue;
                        asked++;
                        kept += (size_t)is_kept;
                        near += distance <= least[q];
                    }
                }
            }
        }
    }
    assert_true(asked > 10000);
    assert_true(kept < near + asked / 100); /* and few are kept for nothing */
}

/* Empty places, as callers hide them, never come up once there is a bound; and all others do as
 * long as there is none. */
static void hidden_points_are_left_out_and_without_a_bound_nobody_else_is(void **state) {
    (void)state;
    static block of;
    for (size_t k = 0; bm_candidate_kernel_at(k) != NULL; k++) {
        const bm_candidate_kernel *kernel = bm_candidate_kernel_at(k);
        if (!kernel->runs_here())
            continue;
        seed = 5;
        fill(&of, 5, 1, 0, 1);
        for (size_t p = 1; p < POINTS; p += 2) {
            for (size_t f = 0; f < 5; f++)
                of.point[f * POINTS + p] = 0;
            of.norm[p] = INFINITY;
            of.reach[p] = 0;
        }
        static float query[MOST_D];
        const float *const both[2] = {query, query};
        float within[2], base[2];
        uint64_t may[2];
        for (size_t q = 0; q < 2; q++)
            set_query(&of, 0, q == 0 ? 100 : INFINITY, query, &within[q], &base[q]);
        kernel->points(of.point, of.norm, of.reach, 5, both, within, base, may);
        assert_true(may[0] == 0x5555555555555555U);
        assert_true((may[1] & 0x5555555555555555U) == 0x5555555555555555U);
    }
}

/* Boxes [BOXES / 16][d][16] of random sides. */
static void fill_boxes(float *low, float *high, size_t d) {
    for (size_t i = 0; i < BOXES * d; i++) {
        double a = 4 * uniform() - 2, b = a + uniform();
        low[i] = (float)a;
        high[i] = (float)b;
    }
}

static double box_apart(const float *low, const float *high, size_t box, size_t d,
                        const float *from, const float *to, size_t stride) {
    const size_t side = box / BM_BLOCK_BOXES * BM_BLOCK_BOXES * d + box % BM_BLOCK_BOXES;
    double sum = 0;
    for (size_t f = 0; f < d; f++) {
        double below = (double)low[side + f * BM_BLOCK_BOXES] - to[f * stride];
        double over = (double)from[f * stride] - high[side + f * BM_BLOCK_BOXES];
        double gap = fmax(0, fmax(below, over));
        sum += gap * gap;
    }
    return sum;
}

static void bounds_of_boxes_are_below_and_close(void **state) {
    (void)state;
    static float low[BOXES * MOST_D], high[BOXES * MOST_D], from[MOST_D], to[MOST_D], bound[BOXES];
    for (size_t k = 0; bm_candidate_kernel_at(k) != NULL; k++) {
        const bm_candidate_kernel *kernel = bm_candidate_kernel_at(k);
        if (!kernel->runs_here())
            continue;
        seed = 3;
        for (size_t d = 1; d <= MOST_D; d++) {
            fill_boxes(low, high, d);
            for (size_t f = 0; f < d; f++) {
                from[f] = (float)(4 * uniform() - 2);
                to[f] = from[f] + (float)uniform();
            }
            kernel->boxes(low, high, BOXES, d, from, to, bound);
            for (size_t box = 0; box < BOXES; box++) {
                double exact = box_apart(low, high, box, d, from, to, 1);
                assert_true(bound[box] <= exact);
                assert_true(bound[box] >= exact * (1 - 1e-4) - 1e-30);
            }
        }
    }
}

static void no_query_is_lost(void **state) {
    (void)state;
    static float low[BOXES * MOST_D], high[BOXES * MOST_D];
    static float from[MOST_D * POINTS], to[MOST_D * POINTS], within[POINTS], base[POINTS];
    for (size_t k = 0; bm_candidate_kernel_at(k) != NULL; k++) {
        const bm_candidate_kernel *kernel = bm_candidate_kernel_at(k);
        if (!kernel->runs_here())
            continue;
        seed = 4;
        size_t left_out = 0, asked = 0;
        for (size_t d = 1; d <= MOST_D; d++) {
            fill_boxes(low, high, d);
            for (size_t i = 0; i < d * POINTS; i++) {
                from[i] = (float)(4 * uniform() - 2);
                to[i] = from[i] * (1 + 0x1p-22F * (from[i] > 0 ? 1.F : -1.F));
            }
            for (size_t q = 0; q < POINTS; q++) {
                within[q] = (float)(4 * uniform() * (double)d);
                base[q] = (float)(uniform() * (double)d / 4);
            }
            for (size_t box = 0; box < BOXES; box += 5) {
                float reach = (float)uniform();
                size_t side = box / BM_BLOCK_BOXES * BM_BLOCK_BOXES * d + box % BM_BLOCK_BOXES;
                uint64_t may =
                    kernel->queries(from, to, d, low + side, high + side, within, base, reach);
                for (size_t q = 0; q < POINTS; q++) {
                    double exact = box_apart(low, high, box, d, from + q, to + q, POINTS);
                    double limit = (double)within[q] * reach + base[q];
                    int is_kept = (int)(may >> q & 1);
                    if (exact <= limit)
                        assert_true(is_kept);
                    if (exact > limit * 1.001)
                        assert_false(is_kept);
                    left_out += !is_kept;
                    asked++;
                }
            }
        }
        assert_in_range(left_out, asked / 20, asked - asked / 20);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_point_is_lost),
        cmocka_unit_test(hidden_points_are_left_out_and_without_a_bound_nobody_else_is),
        cmocka_unit_test(bounds_of_boxes_are_below_and_close),
        cmocka_unit_test(no_query_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
