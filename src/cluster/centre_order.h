/* Private to the centres: an order in which near points stand side by side. */
#ifndef BM_CLUSTER_CENTRE_ORDER_H
#define BM_CLUSTER_CENTRE_ORDER_H

#include "buyermap/status.h"

#include <stddef.h>
#include <stdint.h>

/* Fills order with 0 … n − 1 such that each run of 64 from a multiple of 64 is a cell of a k-d tree
 * over the points x [n × d]. O(n log n) time. */
bm_status bm_centre_order(const double *x, size_t n, size_t d, uint32_t *order,
                          bm_error *err) BM_MUST_CHECK;

#endif
