/* Which points lie near a row: boxes of points that can be ruled out, and points of a leaf that
 * cannot. Only to rule out: whatever is left over is measured as bm_squared_distance does. Raw
 * pointers, no allocation, no errors, no policy.
 *
 * Boxes are in doubles. Roundings of squares, at most (d + 3) 2⁻⁵³ of them and a little that
 * underflows, are for the caller to allow for.
 *
 * Leaves are in floats. With u = 2⁻²⁴ and g = 2d roundings of a sum of d products: rows x and
 * points y are taken relative to the centre of the leaf, as floats x̂ and ŷ of lengths a and b, each
 * within 1.01 u of its own length. The norms are off by at most g u a² and g u b², s = ‖ŷ‖² − 2 x̂·ŷ
 * by g u (b² + 2ab) more (Higham 2002, §3.1), and ‖x̂ − ŷ‖² differs from ‖x − y‖² by at most
 * 2.1 u (a + b)². Together, and with (a + b)² <= 2 (a² + b²),
 *     |‖x̂‖² + s − ‖x − y‖²| <= E = 5 (g + 8) u (‖x̂‖² + max ‖ŷ‖²) + 10⁻³⁶
 * for g u <= 2⁻⁵; the last term is for numbers that underflow. So a point within r of x has
 * s <= r² + E − ‖x̂‖². */
#ifndef BM_KERNEL_NEAR_H
#define BM_KERNEL_NEAR_H

#include <stddef.h>
#include <stdint.h>

enum {
    BM_LEAF = 64,  /* points of a leaf */
    BM_BOXES = 16, /* boxes that are looked at together */
    BM_ABREAST = 4 /* rows that are compared with a leaf together */
};

/* A leaf: its points about its centre, and labels that rows may not share with them. */
typedef struct bm_leaf {
    const float *point; /* [d × BM_LEAF], 64-byte aligned, ŷ feature by feature */
    const float *norm;  /* [BM_LEAF] ‖ŷ‖², 64-byte aligned; anything beyond the last point */
    const uint32_t *label; /* [BM_LEAF] */
} bm_leaf;

/* One row of the table of kernels. */
typedef struct bm_near_kernel {
    const char *name;
    int (*runs_here)(void);
    /* Of the boxes [d][2][BM_BOXES] (lows, highs), the squared distances from point x [d] into
     * apart [BM_BOXES]; gives, a bit a box, those at most limit away whose label is not own. Where
     * none is, apart may hold less than the whole. */
    unsigned (*boxes_near)(const double *x, const double *boxes, size_t d, double limit,
                           const uint32_t *label, uint32_t own, double *apart);
    /* The squared distances of such boxes from a box low, high [d]. */
    void (*boxes_apart)(const double *low, const double *high, const double *boxes, size_t d,
                        double *apart);
    /* Puts −2 x̂ = −2 (x − centre) into out [d] and gives ‖x̂‖². */
    float (*recentre)(const double *x, const double *centre, size_t d, float *out);
    /* Compares 1 … BM_ABREAST rows (what recentre gave, one after the other, stride apart) with the
     * points of a leaf: s into value [rows × BM_LEAF]; near: a bit a point with s <= limit of the
     * row and a label that is not the row's own. */
    void (*compare)(const bm_leaf *leaf, size_t d, size_t rows, const float *x, size_t stride,
                    const float *limit, const uint32_t *own, float *value, uint64_t *near);
} bm_near_kernel;

/* Best first, NULL past the last; the last one runs anywhere. */
const bm_near_kernel *bm_near_kernel_at(size_t index);
const bm_near_kernel *bm_near_kernel_here(void);

extern const bm_near_kernel bm_near_generic, bm_near_avx2, bm_near_avx512;

#endif
