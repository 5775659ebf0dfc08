/* Gauss–Legendre's rule with ten nodes on [0, 1] (Abramowitz & Stegun, table 25.4). */
#ifndef BM_LIFETIME_GAUSS_LEGENDRE_H
#define BM_LIFETIME_GAUSS_LEGENDRE_H

enum { BM_GAUSS_NODES = 10 };
extern const double bm_gauss_node[BM_GAUSS_NODES], bm_gauss_weight[BM_GAUSS_NODES];

#endif
