/* Private to the hierarchical part of cluster: features too small for squares. */
#ifndef BM_CLUSTER_MAGNIFIED_H
#define BM_CLUSTER_MAGNIFIED_H

#include "buyermap/features.h"

/* The power of two by which to multiply features whose squares would leave the range of a double
 * at its lower end; 1 for all others. */
double bm_magnified(const bm_features *features);

#endif
