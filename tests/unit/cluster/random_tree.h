/* Trees for tests: made up, without any distances behind them. */
#ifndef BM_TEST_RANDOM_TREE_H
#define BM_TEST_RANDOM_TREE_H

#include "buyermap/segmentation.h"

#include <stdint.h>
#include <stdlib.h>

/* Any two live nodes are merged. Heights grow by steps that are often 0; where they may invert they
 * sometimes fall. */
static inline void grow_random_tree(bm_dendrogram *tree, size_t n, int inverts, uint64_t seed) {
    size_t *live = malloc(n * sizeof *live), count = n;
    double height = 0;
    tree->n = n;
    tree->merge = calloc(n, sizeof *tree->merge);
    for (size_t i = 0; i < n; i++)
        live[i] = i;
    for (size_t m = 0; m + 1 < n; m++) {
        size_t pick[2], size = 0;
        for (size_t side = 0; side < 2; side++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            size_t at = (size_t)(seed >> 33) % count;
            pick[side] = live[at];
            size += pick[side] < n ? 1 : tree->merge[pick[side] - n].size;
            live[at] = live[--count];
        }
        double step = (double)(seed >> 61) / 4; /* 0 to 1.75, in quarters */
        height += inverts && step < 0.6 && height > 1 ? -step : step;
        live[count++] = n + m;
        int swap = pick[0] > pick[1];
        tree->merge[m] = (bm_merge){pick[swap], pick[!swap], height, size};
    }
    free(live);
}

/* Every merge takes one more leaf: as deep as a tree can be. Heights are 1, 2, 3, … */
static inline void grow_chain(bm_dendrogram *tree, size_t n) {
    tree->n = n;
    tree->merge = calloc(n, sizeof *tree->merge);
    for (size_t m = 0; m + 1 < n; m++) {
        size_t other = m == 0 ? 1 : n + m - 1;
        tree->merge[m] = (bm_merge){m == 0 ? 0 : m + 1, other, (double)(m + 1), m + 2};
    }
}

#endif
