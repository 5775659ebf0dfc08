/* Who may be nearest: candidates for the nearest neighbour of a point among many, found in single
 * precision without losing any. What a kernel leaves out is proven to be farther than what was
 * found already; what it gives back is for exact arithmetic to decide, so results do not depend on
 * the kernel.
 *
 * A point i has a coordinate x and a reach r > 0; its dissimilarity to another is
 *     D = ‖x_i − x_j‖² / (r_i + r_j),
 * Ward's for r = 1 / (2 size), the squared distance itself for r = 1/2. Points lie in blocks of 64,
 * turned so that a feature of all of them lies side by side. With u = 2⁻²⁴, coordinates rounded to
 * floats, a_j = ‖x̂_j‖² and s_j = a_j − 2 x̂_i·x̂_j summed feature by feature with 2d roundings at
 * most (Higham 2002, §3.1),
 *     |a_i + s_j − ‖x_i − x_j‖²| <= (2d + 8) u (‖x̂_i‖ + ‖x̂_j‖)² <= κ (a_i + a_j),
 *     κ = 2 (2d + 8) u,
 * so j is farther than D* if s_j − κ a_j >= D* r_j + (D* r_i − (1 − κ) a_i). Both sides are
 * computed in floats; their own roundings, relative to D* (r_i + r_j) and to a_i + a_j, are what
 * BM_CANDIDATES_WITHIN and the 16 of bm_candidates_kappa have beyond the 8. Comparisons that are
 * not ordered (infinities minus infinities) never leave a point out. */
#ifndef BM_KERNEL_CANDIDATES_H
#define BM_KERNEL_CANDIDATES_H

#include <stddef.h>
#include <stdint.h>

enum {
    BM_BLOCK_POINTS = 64, /* points of a block, and queries of a group */
    BM_BLOCK_BOXES = 16,  /* boxes whose sides lie side by side */
};

/* What D* is multiplied with before it is compared. */
#define BM_CANDIDATES_WITHIN (1 + 8 * 0x1p-23)
static inline double bm_candidates_kappa(size_t d) {
    return 2 * (2 * (double)d + 16) * 0x1p-24;
}

/* One row of the table of kernels. */
typedef struct bm_candidate_kernel {
    const char *name;
    int (*runs_here)(void);
    /* For two queries, the points of a block that may be within D*, a bit a point: point [d × 64],
     * norm (1 − κ) a and reach r [64]; query[q] is −2 x̂ [d], within[q] D*, base[q] what stands in
     * brackets above. */
    void (*points)(const float *point, const float *norm, const float *reach, size_t d,
                   const float *const query[2], const float within[2], const float base[2],
                   uint64_t may[2]);
    /* A lower bound of the squared distance between the box from, to [d] and each of `boxes`
     * others, [boxes / 16][d][16] with boxes a multiple of 16. */
    void (*boxes)(const float *low, const float *high, size_t boxes, size_t d, const float *from,
                  const float *to, float *bound);
    /* Which of 64 queries, boxes from, to [d × 64], may have a point within D* in the box low[f ×
     * 16], high[f × 16] whose reach is at most `reach`, a bit a query; base [64] is D* r_i. */
    uint64_t (*queries)(const float *from, const float *to, size_t d, const float *low,
                        const float *high, const float *within, const float *base, float reach);
} bm_candidate_kernel;

/* Best first, NULL past the last; the last one runs anywhere. */
const bm_candidate_kernel *bm_candidate_kernel_at(size_t index);
const bm_candidate_kernel *bm_candidate_kernel_here(void);

extern const bm_candidate_kernel bm_candidates_generic, bm_candidates_avx2, bm_candidates_avx512;

#endif
