/* Sums over pairs of numbers, centred, from which a correlation follows. */
#ifndef BM_CLUSTER_MOMENTS_H
#define BM_CLUSTER_MOMENTS_H

#include <stddef.h>

typedef struct bm_moments {
    double count, mean_a, mean_b, aa, bb, ab;
} bm_moments;

/* Those of a block of pairs (a[i], b[i]); count >= 1, at most a few thousand. */
bm_moments bm_moments_of(const double *a, const double *b, size_t count);
/* Adds those of other pairs: Chan, Golub & LeVeque (1983); no cancellation. */
void bm_moments_add(bm_moments *to, const bm_moments *from);
/* Pearson's correlation; NaN where one of the two does not vary by more than rounding. */
double bm_moments_correlation(const bm_moments *of);

#endif
