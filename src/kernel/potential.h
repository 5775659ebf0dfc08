/* The work of a k-means++ step on a few rows: centroids that were chosen are taken into account,
 * and what each of several rows would leave as a further centroid is summed. Raw pointers, no
 * allocation, no errors; every variant gives the same bits. */
#ifndef BM_KERNEL_POTENTIAL_H
#define BM_KERNEL_POTENTIAL_H

#include <stddef.h>
#include <stdint.h>

enum { BM_CELL_ROWS = 256, BM_MOST_TRIALS = 64 };

/* Values are floats or doubles, as the kernel that it is given to. */
typedef struct bm_potential_step {
    size_t d;
    const void *fold; /* [folds × d] centroids to be taken into account */
    size_t folds;
    int32_t first;     /* the number of the first of them; the others follow */
    const void *trial; /* [trials × d] */
    size_t trials;     /* <= BM_MOST_TRIALS */
} bm_potential_step;

typedef struct bm_potential_rows {
    const void *x; /* [rows × d]; nothing beyond it is read */
    size_t rows;   /* <= BM_CELL_ROWS */
    void *distance;
    int32_t *label;       /* NULL: not wanted */
    const double *weight; /* NULL: 1 each */
} bm_potential_rows;

/* Lets s(a, b) be the squared distance, added from the first feature to the last in the precision
 * of the values and without fused multiply-adds. First, fold after fold: distance[i] and label[i]
 * become s(x_i, fold) and its number where that is less. Then
 *     left[t] = Σ_i weight_i min(distance_i, s(x_i, trial_t))
 * and, without trials, left[0] = Σ_i weight_i distance_i. The sums are of doubles: row i is added
 * to sum i mod 8, and of those the result is ((0 + 1) + (2 + 3)) + ((4 + 5) + (6 + 7)).
 * O(rows (folds + trials) d). */
typedef void (*bm_potential_function)(const bm_potential_step *step, const bm_potential_rows *rows,
                                      double *left);

void bm_potential_float_generic(const bm_potential_step *step, const bm_potential_rows *rows,
                                double *left);
void bm_potential_double_generic(const bm_potential_step *step, const bm_potential_rows *rows,
                                 double *left);
#if defined(__x86_64__)
void bm_potential_float_avx2(const bm_potential_step *step, const bm_potential_rows *rows,
                             double *left);
void bm_potential_double_avx2(const bm_potential_step *step, const bm_potential_rows *rows,
                              double *left);
void bm_potential_float_avx512(const bm_potential_step *step, const bm_potential_rows *rows,
                               double *left);
void bm_potential_double_avx512(const bm_potential_step *step, const bm_potential_rows *rows,
                                double *left);
#endif

/* One row of the table in potential.c. */
typedef struct bm_potential_kernel {
    const char *name;
    int (*runs_here)(void);
    bm_potential_function of_floats, of_doubles;
} bm_potential_kernel;
/* Best first; ends with name NULL. The last row runs anywhere. */
extern const bm_potential_kernel bm_potential_kernels[];

/* The variant that this CPU runs best. */
const bm_potential_kernel *bm_potential(void);

#endif
