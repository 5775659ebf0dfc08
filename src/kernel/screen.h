/* Screening: the nearest centroid in single precision, with a proof or none. Most rows are so much
 * nearer to one centroid than to any other that floats are enough to see it; a kernel says for
 * which rows that is so, and the rest is left to exact arithmetic. So labels are those of
 * bm_squared_distance in double, ties to the lowest centroid, whichever kernel runs.
 *
 * Rows and centroids are taken relative to an origin o, as floats x̂ and ĉ. With u = 2⁻²⁴,
 * n = ‖x̂‖² and s_j = ‖ĉ_j‖² − 2 x̂·ĉ_j in floats, summed feature by feature with d fused or 2d
 * plain roundings (Higham 2002, §3.1; g stands for d or 2d),
 *     |n + s_j − ‖x − c_j‖²| <= (g + 8) u (‖x̂‖ + ‖ĉ_j‖)² <= E = 2 (g + 12) u (n + max ‖ĉ‖²),
 * where 8 covers the roundings of x̂, ĉ, both norms and the sum of n and s, and 12 those of E and
 * of what follows. So the distance to the best is at most √(n + s₁ + E), that to any other at
 * least √(n + s₂ − E), and a gap between the two, less the roundings of roots and difference, is
 * proof. Numbers too large for floats have no gap. */
#ifndef BM_KERNEL_SCREEN_H
#define BM_KERNEL_SCREEN_H

#include <stddef.h>
#include <stdint.h>

enum {
    BM_SCREEN_ROWS = 64,     /* rows of a block */
    BM_SCREEN_CENTROIDS = 4, /* centroids that are compared at once */
    BM_SUM_LANES = 8,        /* sums are kept in groups of so many features */
};

/* k centroids as the kernels take them. */
typedef struct bm_screen {
    size_t d, k;
    const float *origin; /* [d] */
    float *packed;       /* −2 ĉ, [⌈k / 4⌉][d][4] */
    float *plain;        /* −2 ĉ, [k × d], for products of matrices; or NULL */
    float *norm;         /* ‖ĉ‖², [⌈k / 4⌉ × 4]; beyond k as far away as can be */
    float reach;         /* the largest of them */
    double *exact;       /* c as bm_pack_rows has it */
} bm_screen;

/* Floats of a packed set, and of its norms. */
size_t bm_screen_packed(size_t k, size_t d);
size_t bm_screen_norms(size_t k);
/* Packs centroids [k × d]; the arrays are the caller's. */
void bm_screen_prepare(bm_screen *screen, const double *centroid);

/* A block of rows, turned so that a feature of all of them lies side by side. */
typedef struct bm_screen_block {
    float *turned;   /* [d × BM_SCREEN_ROWS], 64-byte aligned */
    float *products; /* [k × BM_SCREEN_ROWS] scratch of bm_screen_products */
    float norm[BM_SCREEN_ROWS] __attribute__((aligned(64)));
} bm_screen_block;

/* What became of its rows. */
typedef struct bm_screened {
    int32_t label[BM_SCREEN_ROWS] __attribute__((aligned(64)));
    float gap[BM_SCREEN_ROWS] __attribute__((aligned(64))); /* > 0: the label is proven, and every
        other centroid is at least so much farther than the row's own; else it is not known */
} bm_screened;

/* What bounds lose by rounding where they are added up. */
#define BM_SCREEN_DOWN (1 - 8 * 0x1p-23F)
#define BM_SCREEN_UP (1 + 8 * 0x1p-23F)

/* Exact sums. Each feature has two grids 2^e; a value is split into a multiple of the first and a
 * multiple of the second, each of which adds up in a double without rounding. So sums do not depend
 * on the order of additions, and a row that leaves takes with it what it brought (pre-rounding,
 * after Demmel & Nguyen, ARITH 2013). */
typedef struct bm_grid {
    size_t d, padded;      /* padded: d rounded up to BM_SUM_LANES */
    double *coarse, *fine; /* [padded] 1.5 × 2^(e + 52) of each feature; 64-byte aligned */
} bm_grid;

/* One row of the table of kernels; n rows of a block, n <= BM_SCREEN_ROWS. */
typedef struct bm_screen_kernel {
    const char *name;
    int (*runs_here)(void);
    /* Turns rows 0 … n − 1 of x [· × d], or rows index[0 … n − 1]; `more` rows will follow them, in
     * x or in index, and are asked for. */
    void (*turn_single)(const float *x, const uint32_t *index, size_t n, size_t more,
                        const bm_screen *screen, bm_screen_block *block);
    void (*turn_double)(const double *x, const uint32_t *index, size_t n, size_t more,
                        const bm_screen *screen, bm_screen_block *block);
    void (*screen)(const bm_screen *screen, const bm_screen_block *block, bm_screened *out);
    /* What a screened block of 64 rows means for rows that have labels: writes each row's expiry,
     * (gap + spent[its new label]) rounded down, unless expiry is NULL, and gives, a bit a row,
     * those that changed label or have no proof; labels stay. */
    uint64_t (*settle)(const bm_screened *screened, const float *spent, const int32_t *label,
                       float *expiry);
    /* The nearest centroid of one row, exactly as bm_squared_distance has it; its distance in
     * *square. */
    int32_t (*nearest)(const double *row, const bm_screen *screen, double *square);
    /* Takes weight × row out of the sums `from` (NULL: none) and adds it to `to`; sums are
     * [2][padded]. */
    void (*move_single)(const float *row, double weight, const bm_grid *grid, double *from,
                        double *to);
    void (*move_double)(const double *row, double weight, const bm_grid *grid, double *from,
                        double *to);
    /* Of n rows x [n × d] about an origin, feature by feature: the largest |x|, Σ (x − o) and
     * Σ (x − o)² are brought up to date in most, sum, square [d]. */
    void (*measure_single)(const float *x, size_t n, size_t d, const float *origin, double *most,
                           double *sum, double *square);
    void (*measure_double)(const double *x, size_t n, size_t d, const float *origin, double *most,
                           double *sum, double *square);
    /* The rows of n that no longer have proof, expiry <= spent of their label, into
     * index, which has room for BM_SCREEN_ROWS more; gives how many. */
    size_t (*expired)(const float *expiry, const int32_t *label, const float *spent, size_t k,
                      size_t n, uint32_t *index);
} bm_screen_kernel;

/* Best first, NULL past the last; the last one runs anywhere. */
const bm_screen_kernel *bm_screen_kernel_at(size_t index);
const bm_screen_kernel *bm_screen_kernel_here(void);

/* Screens by the product of the matrix of centroids with the block, through cblas, where that is
 * faster: for many features and centroids on CPUs without a vector kernel of ours. It needs
 * screen->plain and block->products. */
int bm_screen_wants_products(const bm_screen_kernel *kernel, size_t d, size_t k);
void bm_screen_products(const bm_screen *screen, const bm_screen_block *block, bm_screened *out);

extern const bm_screen_kernel bm_screen_generic, bm_screen_avx2, bm_screen_avx512;

#endif
