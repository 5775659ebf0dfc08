/* The kernels of near.h, written once. near_generic.c, near_avx2.c and near_avx512.c define, before
 * they include this file, BM_NEAR_KERNEL, BM_NEAR_NAME, BM_NEAR_RUNS_HERE (of cpu.h), BM_TARGET,
 * WIDTH (floats of a register), the type `lanes` with the operations splat, fused, sum_lanes,
 * within (a <= b, a bit a lane), unlike (WIDTH labels that are not own, a bit each) and recentred
 * (up to WIDTH features about a centre), AT_ONCE (registers of points compared at once), WIDE
 * (doubles of a register), and the type `wide` with splat_wide, fused_wide, most_wide and
 * within_wide. */
#include "kernel/near.h"

#include <string.h>

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

enum { BOX_REGISTERS = BM_BOXES / WIDE, LEAF_REGISTERS = BM_LEAF / WIDTH, LOOK = 32 };

BM_TARGET static inline lanes load(const float *from) {
    lanes value;
    memcpy(&value, from, sizeof value);
    return value;
}

BM_TARGET static inline void store(float *to, lanes value) {
    memcpy(to, &value, sizeof value);
}

BM_TARGET static inline wide load_wide(const double *from) {
    wide value;
    memcpy(&value, from, sizeof value);
    return value;
}

BM_TARGET static inline void store_wide(double *to, wide value) {
    memcpy(to, &value, sizeof value);
}

BM_TARGET static unsigned boxes_near(const double *x, const double *boxes, size_t d, double limit,
                                     const uint32_t *label, uint32_t own, double *apart) {
    wide sum[BOX_REGISTERS];
    unsigned near = 0, other = 0;
    for (size_t b = 0; b < BM_BOXES; b += WIDTH)
        other |= unlike(label + b, own) << b;
    UNROLL for (size_t v = 0; v < BOX_REGISTERS; v++) sum[v] = splat_wide(0);
    for (size_t from = 0; from < d; from += LOOK) {
        size_t end = d - from < LOOK ? d : from + LOOK;
        for (size_t f = from; f < end; f++) {
            const double *low = boxes + f * 2 * BM_BOXES, *high = low + BM_BOXES;
            wide at = splat_wide(x[f]);
            UNROLL for (size_t v = 0; v < BOX_REGISTERS; v++) {
                wide beyond =
                    most_wide(load_wide(low + v * WIDE) - at, at - load_wide(high + v * WIDE));
                beyond = most_wide(beyond, splat_wide(0));
                sum[v] = fused_wide(beyond, beyond, sum[v]);
            }
        }
        near = 0;
        UNROLL for (size_t v = 0; v < BOX_REGISTERS; v++) near |=
            within_wide(sum[v], splat_wide(limit)) << (v * WIDE);
        if ((near & other) == 0)
            break;
    }
    UNROLL for (size_t v = 0; v < BOX_REGISTERS; v++) store_wide(apart + v * WIDE, sum[v]);
    return near & other;
}

BM_TARGET static void boxes_apart(const double *low, const double *high, const double *boxes,
                                  size_t d, double *apart) {
    wide sum[BOX_REGISTERS];
    UNROLL for (size_t v = 0; v < BOX_REGISTERS; v++) sum[v] = splat_wide(0);
    for (size_t f = 0; f < d; f++) {
        const double *lows = boxes + f * 2 * BM_BOXES, *highs = lows + BM_BOXES;
        UNROLL for (size_t v = 0; v < BOX_REGISTERS; v++) {
            wide beyond = most_wide(load_wide(lows + v * WIDE) - splat_wide(high[f]),
                                    splat_wide(low[f]) - load_wide(highs + v * WIDE));
            beyond = most_wide(beyond, splat_wide(0));
            sum[v] = fused_wide(beyond, beyond, sum[v]);
        }
    }
    UNROLL for (size_t v = 0; v < BOX_REGISTERS; v++) store_wide(apart + v * WIDE, sum[v]);
}

BM_TARGET static float recentre(const double *x, const double *centre, size_t d, float *out) {
    lanes norm = splat(0);
    for (size_t f = 0; f < d; f += WIDTH) {
        size_t features = d - f < WIDTH ? d - f : WIDTH;
        lanes part = recentred(x + f, centre + f, features), twice = part * splat(-2);
        if (features == WIDTH)
            store(out + f, twice);
        else
            memcpy(out + f, &twice, features * sizeof *out);
        norm = fused(part, part, norm);
    }
    return sum_lanes(norm);
}

/* As many registers of sums as a CPU has to spare: the points of a leaf in one go or in several. */
BM_TARGET static inline __attribute__((always_inline)) void
compare_rows(const bm_leaf *leaf, size_t d, size_t rows, const float *x, size_t stride,
             const float *limit, const uint32_t *own, float *value, uint64_t *near) {
    UNROLL for (size_t r = 0; r < rows; r++) near[r] = 0;
    for (size_t first = 0; first < LEAF_REGISTERS; first += AT_ONCE) {
        lanes sum[BM_ABREAST][AT_ONCE];
        UNROLL for (size_t r = 0; r < rows; r++) UNROLL for (size_t v = 0; v < AT_ONCE; v++)
            sum[r][v] = load(leaf->norm + (first + v) * WIDTH);
        for (size_t f = 0; f < d; f++) {
            const float *at = leaf->point + f * BM_LEAF + first * WIDTH;
            lanes point[AT_ONCE];
            UNROLL for (size_t v = 0; v < AT_ONCE; v++) point[v] = load(at + v * WIDTH);
            UNROLL for (size_t r = 0; r < rows; r++) {
                lanes one = splat(x[r * stride + f]);
                UNROLL for (size_t v = 0; v < AT_ONCE; v++) sum[r][v] =
                    fused(point[v], one, sum[r][v]);
            }
        }
        UNROLL for (size_t r = 0; r < rows; r++) {
            UNROLL for (size_t v = 0; v < AT_ONCE; v++) {
                size_t at = (first + v) * WIDTH;
                store(value + r * BM_LEAF + at, sum[r][v]);
                near[r] |= (uint64_t)(within(sum[r][v], splat(limit[r])) &
                                      unlike(leaf->label + at, own[r]))
                           << at;
            }
        }
    }
}

BM_TARGET static void compare(const bm_leaf *leaf, size_t d, size_t rows, const float *x,
                              size_t stride, const float *limit, const uint32_t *own, float *value,
                              uint64_t *near) {
    switch (rows) {
    case 1:
        compare_rows(leaf, d, 1, x, stride, limit, own, value, near);
        break;
    case 2:
        compare_rows(leaf, d, 2, x, stride, limit, own, value, near);
        break;
    case 3:
        compare_rows(leaf, d, 3, x, stride, limit, own, value, near);
        break;
    default:
        compare_rows(leaf, d, 4, x, stride, limit, own, value, near);
    }
}

const bm_near_kernel BM_NEAR_KERNEL = {
    .name = BM_NEAR_NAME,
    .runs_here = BM_NEAR_RUNS_HERE,
    .boxes_near = boxes_near,
    .boxes_apart = boxes_apart,
    .recentre = recentre,
    .compare = compare,
};
