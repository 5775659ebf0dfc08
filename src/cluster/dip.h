/* The dip: how far values on a line are from having one mode. */
#ifndef BM_CLUSTER_DIP_H
#define BM_CLUSTER_DIP_H

#include <stddef.h>

/* Hartigan & Hartigan (1985): the largest distance between the distribution of n ascending values
 * and the nearest distribution with one mode; between 1/(2n), or 0 when all are equal, and 1/4.
 * scratch: room for 4n. O(n). */
double bm_dip(const double *ascending, size_t n, size_t *scratch);
/* The logarithm of the chance of a dip at least as large among n uniform values; no distribution
 * with one mode has larger dips (as n grows). 5.4 exp(−15.8 n dip²), at most 1, fitted to the table
 * of Maechler (R's diptest, 10^6 samples a size) from 5 % down to 0.01 %; small samples have
 * smaller dips, so for them it is too large rather than too small. */
double bm_dip_log_p(double dip, size_t n);

#endif
