/* Gauss–Legendre quadrature. */
#ifndef BM_BASE_LEGENDRE_H
#define BM_BASE_LEGENDRE_H

#include <stddef.h>

/* Nodes in (0, 1), ascending, and weights, of sum 1. */
typedef struct bm_legendre {
    size_t nodes;
    const double *node, *weight; /* [nodes] */
} bm_legendre;

/* The smallest rule of at least so many nodes: 6, 8, 10 … 24, 32; above, that of 32. */
const bm_legendre *bm_legendre_rule(double nodes);

#endif
