/* The kernels of near.h, written once. near_generic.c, near_avx2.c and near_avx512.c define, before
 * they include this file, BM_NEAR_KERNEL, BM_NEAR_NAME, BM_TARGET, WIDTH (floats of a register),
 * the type `lanes` and the operations splat, fused, most, sum_lanes, within (a <= b, a bit a lane),
 * unlike (labels that are not own, a bit a lane) and recentred (up to WIDTH features about a
 * centre). */
#include "kernel/near.h"

#include <string.h>

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

enum { BOX_REGISTERS = BM_BOXES / WIDTH, LEAF_REGISTERS = BM_LEAF / WIDTH, LOOK = 32 };

BM_TARGET static inline lanes load(const float *from) {
    lanes value;
    memcpy(&value, from, sizeof value);
    return value;
}

BM_TARGET static inline void store(float *to, lanes value) {
    memcpy(to, &value, sizeof value);
}

BM_TARGET static unsigned boxes_near(const float *x, const float *boxes, size_t d, float limit,
                                     const uint32_t *label, uint32_t own, float *apart) {
    lanes sum[BOX_REGISTERS];
    unsigned near = 0, other = 0;
    UNROLL for (size_t v = 0; v < BOX_REGISTERS; v++) {
        other |= unlike(label + v * WIDTH, own) << (v * WIDTH);
        sum[v] = splat(0);
    }
    for (size_t from = 0; from < d; from += LOOK) {
        size_t end = d - from < LOOK ? d : from + LOOK;
        for (size_t f = from; f < end; f++) {
            const float *low = boxes + f * 2 * BM_BOXES, *high = low + BM_BOXES;
            lanes at = splat(x[f]);
            UNROLL for (size_t v = 0; v < BOX_REGISTERS; v++) {
                lanes beyond = most(load(low + v * WIDTH) - at, at - load(high + v * WIDTH));
                beyond = most(beyond, splat(0));
                sum[v] = fused(beyond, beyond, sum[v]);
            }
        }
        near = 0;
        UNROLL for (size_t v = 0; v < BOX_REGISTERS; v++) near |= within(sum[v], splat(limit))
                                                                  << (v * WIDTH);
        if ((near & other) == 0)
            break;
    }
    UNROLL for (size_t v = 0; v < BOX_REGISTERS; v++) store(apart + v * WIDTH, sum[v]);
    return near & other;
}

BM_TARGET static void boxes_apart(const float *low, const float *high, const float *boxes, size_t d,
                                  float *apart) {
    lanes sum[BOX_REGISTERS];
    UNROLL for (size_t v = 0; v < BOX_REGISTERS; v++) sum[v] = splat(0);
    for (size_t f = 0; f < d; f++) {
        const float *lows = boxes + f * 2 * BM_BOXES, *highs = lows + BM_BOXES;
        UNROLL for (size_t v = 0; v < BOX_REGISTERS; v++) {
            lanes beyond = most(load(lows + v * WIDTH) - splat(high[f]),
                                splat(low[f]) - load(highs + v * WIDTH));
            beyond = most(beyond, splat(0));
            sum[v] = fused(beyond, beyond, sum[v]);
        }
    }
    UNROLL for (size_t v = 0; v < BOX_REGISTERS; v++) store(apart + v * WIDTH, sum[v]);
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
    .runs_here = runs_here,
    .boxes_near = boxes_near,
    .boxes_apart = boxes_apart,
    .recentre = recentre,
    .compare = compare,
};
