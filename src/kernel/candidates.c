/* Candidates for the nearest neighbour on any CPU, and the table of kernels. */
#include "kernel/candidates.h"

#include "kernel/cpu.h"

static void points(const float *point, const float *norm, const float *reach, size_t d,
                   const float *const query[2], const float within[2], const float base[2],
                   uint64_t may[2]) {
    for (size_t q = 0; q < 2; q++) {
        may[q] = 0;
        for (size_t p = 0; p < BM_BLOCK_POINTS; p++) {
            float sum = norm[p];
            for (size_t f = 0; f < d; f++)
                sum += query[q][f] * point[f * BM_BLOCK_POINTS + p];
            if (!(sum >= within[q] * reach[p] + base[q]))
                may[q] |= (uint64_t)1 << p;
        }
    }
}

static float apart(float low, float high, float from, float to) {
    float gap = low - to > from - high ? low - to : from - high;
    return gap > 0 ? gap * gap : 0;
}

/* What is left of a bound by 2 d + 2 roundings. */
static float down(size_t d) {
    return 1 - (float)(d + 8) * 0x1p-23F;
}

static void boxes(const float *low, const float *high, size_t count, size_t d, const float *from,
                  const float *to, float *bound) {
    for (size_t b = 0; b < count; b++) {
        size_t at = b / BM_BLOCK_BOXES * BM_BLOCK_BOXES * d + b % BM_BLOCK_BOXES;
        float sum = 0;
        for (size_t f = 0; f < d; f++, at += BM_BLOCK_BOXES)
            sum += apart(low[at], high[at], from[f], to[f]);
        bound[b] = sum * down(d);
    }
}

static uint64_t queries(const float *from, const float *to, size_t d, const float *low,
                        const float *high, const float *within, const float *base, float reach) {
    uint64_t may = 0;
    for (size_t q = 0; q < BM_BLOCK_POINTS; q++) {
        float sum = 0;
        for (size_t f = 0; f < d; f++)
            sum += apart(low[f * BM_BLOCK_BOXES], high[f * BM_BLOCK_BOXES],
                         from[f * BM_BLOCK_POINTS + q], to[f * BM_BLOCK_POINTS + q]);
        if (!(sum * down(d) >= within[q] * reach + base[q]))
            may |= (uint64_t)1 << q;
    }
    return may;
}

const bm_candidate_kernel bm_candidates_generic = {"generic", bm_cpu_any, points, boxes, queries};

static const bm_candidate_kernel *const kernels[] = {
#if defined(__x86_64__)
    &bm_candidates_avx512,
    &bm_candidates_avx2,
#endif
    &bm_candidates_generic,
    NULL,
};

const bm_candidate_kernel *bm_candidate_kernel_at(size_t index) {
    return kernels[index];
}

const bm_candidate_kernel *bm_candidate_kernel_here(void) {
    const bm_candidate_kernel *const *kernel = kernels;
    while (!(*kernel)->runs_here())
        kernel++;
    return *kernel;
}
