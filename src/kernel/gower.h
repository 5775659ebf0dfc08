/* Gower's dissimilarity of one row to a stretch of others. Raw pointers, no allocation, no errors,
 * no policy. Every variant gives the same bits, and those of the plain one, bm_gower_pair: sums are
 * taken in the order of the columns. */
#ifndef BM_KERNEL_GOWER_H
#define BM_KERNEL_GOWER_H

#include <stddef.h>

/* Rows beyond the last that a kernel may read: values are padded by so many. */
enum { BM_GOWER_PADDING = 8 };

/* A variable of all rows. */
typedef struct bm_gower_column {
    const double
        *value; /* a number divided by its range, or the code of a category; NaN: missing */
    double weight;
    int is_category; /* rows differ by 1 or not at all */
    int is_partial;  /* some rows miss it */
} bm_gower_column;

/* One variable after the other, and what the weights of those add up to that no row misses. */
typedef struct bm_gower_table {
    const bm_gower_column *column;
    size_t columns;
    double complete;
} bm_gower_table;

/* Σ w |a − b| / Σ w over the variables that both rows have; 0 / 0 where they have none. */
double bm_gower_pair(const bm_gower_table *table, size_t a, size_t b);
/* out[j]: the same of `row` and row first + j, j < n. O(n columns). */
typedef void (*bm_gower_kernel)(const bm_gower_table *table, size_t row, size_t first, size_t n,
                                double *out);

/* A variant that a CPU can run. */
typedef struct bm_gower_variant {
    const char *name;
    int (*runs_here)(void);
    bm_gower_kernel row;
} bm_gower_variant;
/* Best first; ends with name NULL. The last row runs anywhere. */
extern const bm_gower_variant bm_gower_variants[];
/* The best for this CPU. */
bm_gower_kernel bm_gower_here(void);

void bm_gower_generic(const bm_gower_table *table, size_t row, size_t first, size_t n, double *out);
#if defined(__x86_64__)
void bm_gower_avx2(const bm_gower_table *table, size_t row, size_t first, size_t n, double *out);
void bm_gower_avx512(const bm_gower_table *table, size_t row, size_t first, size_t n, double *out);
#endif

#endif
