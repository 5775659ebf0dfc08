/* The kernels of candidates.h, written once: candidates_avx512.c and candidates_avx2.c define WIDTH
 * as the floats of a register, BM_TARGET as what their CPU can do, lanes as a register, and on it
 * load, spread (one value to all), fused (a b + c), larger, and not_past (a bit a lane: not a >=
 * b), and include this file. */

#ifdef __clang__
#define BM_UNROLL _Pragma("unroll")
#else
#define BM_UNROLL _Pragma("GCC unroll 16")
#endif

enum { REGISTERS = 4, STEP = REGISTERS * WIDTH };

BM_TARGET static void points(const float *point, const float *norm, const float *reach, size_t d,
                             const float *const query[2], const float within[2],
                             const float base[2], uint64_t may[2]) {
    const float *q0 = query[0], *q1 = query[1];
    may[0] = may[1] = 0;
    for (size_t first = 0; first < BM_BLOCK_POINTS; first += STEP) {
        lanes s0[REGISTERS], s1[REGISTERS];
        BM_UNROLL
        for (size_t r = 0; r < REGISTERS; r++)
            s0[r] = s1[r] = load(norm + first + r * WIDTH);
        for (size_t f = 0; f < d; f++) {
            const float *x = point + f * BM_BLOCK_POINTS + first;
            lanes a = spread(q0[f]), b = spread(q1[f]);
            BM_UNROLL
            for (size_t r = 0; r < REGISTERS; r++) {
                lanes value = load(x + r * WIDTH);
                s0[r] = fused(a, value, s0[r]);
                s1[r] = fused(b, value, s1[r]);
            }
        }
        lanes within0 = spread(within[0]), within1 = spread(within[1]);
        lanes base0 = spread(base[0]), base1 = spread(base[1]);
        BM_UNROLL
        for (size_t r = 0; r < REGISTERS; r++) {
            lanes wide = load(reach + first + r * WIDTH);
            uint64_t m0 = not_past(s0[r], fused(within0, wide, base0));
            uint64_t m1 = not_past(s1[r], fused(within1, wide, base1));
            may[0] |= m0 << (first + r * WIDTH);
            may[1] |= m1 << (first + r * WIDTH);
        }
    }
}

BM_TARGET static inline lanes apart(lanes sum, lanes low, lanes high, lanes from, lanes to) {
    lanes gap = larger(larger(low - to, from - high), spread(0));
    return fused(gap, gap, sum);
}

/* What is left of a bound by d + 2 roundings. */
static inline float down(size_t d) {
    return 1 - (float)(d + 8) * 0x1p-23F;
}

BM_TARGET static void boxes(const float *low, const float *high, size_t count, size_t d,
                            const float *from, const float *to, float *bound) {
    lanes scale = spread(down(d));
    for (size_t first = 0; first < count; first += BM_BLOCK_BOXES) {
        const float *l = low + first * d, *h = high + first * d;
        lanes sum[BM_BLOCK_BOXES / WIDTH];
        BM_UNROLL
        for (size_t r = 0; r < BM_BLOCK_BOXES / WIDTH; r++)
            sum[r] = spread(0);
        for (size_t f = 0; f < d; f++) {
            lanes a = spread(from[f]), b = spread(to[f]);
            BM_UNROLL
            for (size_t r = 0; r < BM_BLOCK_BOXES / WIDTH; r++)
                sum[r] = apart(sum[r], load(l + f * BM_BLOCK_BOXES + r * WIDTH),
                               load(h + f * BM_BLOCK_BOXES + r * WIDTH), a, b);
        }
        BM_UNROLL
        for (size_t r = 0; r < BM_BLOCK_BOXES / WIDTH; r++) {
            lanes least = sum[r] * scale;
            memcpy(bound + first + r * WIDTH, &least, sizeof least);
        }
    }
}

BM_TARGET static uint64_t queries(const float *from, const float *to, size_t d, const float *low,
                                  const float *high, const float *within, const float *base,
                                  float reach) {
    lanes scale = spread(down(d)), wide = spread(reach);
    uint64_t may = 0;
    for (size_t first = 0; first < BM_BLOCK_POINTS; first += STEP) {
        lanes sum[REGISTERS];
        BM_UNROLL
        for (size_t r = 0; r < REGISTERS; r++)
            sum[r] = spread(0);
        for (size_t f = 0; f < d; f++) {
            lanes a = spread(low[f * BM_BLOCK_BOXES]), b = spread(high[f * BM_BLOCK_BOXES]);
            const float *start = from + f * BM_BLOCK_POINTS + first;
            const float *end = to + f * BM_BLOCK_POINTS + first;
            BM_UNROLL
            for (size_t r = 0; r < REGISTERS; r++)
                sum[r] = apart(sum[r], a, b, load(start + r * WIDTH), load(end + r * WIDTH));
        }
        BM_UNROLL
        for (size_t r = 0; r < REGISTERS; r++) {
            size_t at = first + r * WIDTH;
            uint64_t m = not_past(sum[r] * scale, fused(load(within + at), wide, load(base + at)));
            may |= m << at;
        }
    }
    return may;
}
