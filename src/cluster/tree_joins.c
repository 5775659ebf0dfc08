/* Which merge joins two rows: the lowest common ancestor, as the largest entry between two places
 * of the order of leaves (Bender & Farach-Colton 2000, The LCA problem revisited), by merge number,
 * so that heights may invert. Joins are in blocks; a table has the largest of every 2^level blocks,
 * and the blocks at both ends are scanned. O(n + n / BLOCK log n) time and memory, no recursion. */
#include "cluster/tree.h"

#include "base/memory.h"
#include "base/parallel.h"

#include <stdlib.h>

enum { BLOCK = 64 };

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

/* The largest of join[begin … end − 1]. */
static size_t scan(const size_t *join, size_t begin, size_t end) {
    size_t latest = 0;
    for (size_t p = begin; p < end; p++)
        latest = larger(latest, join[p]);
    return latest;
}

static size_t levels_of(size_t blocks) {
    size_t levels = 1;
    while (((size_t)2 << (levels - 1)) <= blocks)
        levels++;
    return levels;
}

static void fill_table(bm_tree_joins *joins) {
    size_t blocks = joins->blocks, levels = levels_of(blocks);
    for (size_t b = 0; b < blocks; b++)
        joins->latest[b] = scan(joins->join, b * BLOCK, bm_chunk_end(b, BLOCK, joins->n - 1));
    for (size_t level = 1; level < levels; level++) {
        const size_t *half = joins->latest + (level - 1) * blocks;
        size_t step = (size_t)1 << (level - 1);
        for (size_t b = 0; b + 2 * step <= blocks; b++)
            joins->latest[level * blocks + b] = larger(half[b], half[b + step]);
    }
}

bm_status bm_tree_joins_init(bm_tree_joins *joins, const bm_dendrogram *tree, bm_error *err) {
    size_t n = tree->n, *leaf = NULL;
    bm_status status;
    *joins = (bm_tree_joins){.n = n, .blocks = bm_chunks(n - 1, BLOCK)};
    BM_TRY(BM_NEW(&leaf, n, "the order of leaves", err));
    BM_TRY(BM_NEW(&joins->join, n - 1, "the order of leaves", err));
    BM_TRY(BM_NEW(&joins->place, n, "the order of leaves", err));
    BM_TRY(BM_NEW(&joins->latest, joins->blocks * levels_of(joins->blocks), "the order of leaves",
                  err));
    BM_TRY(bm_tree_leaves(tree, leaf, joins->join, err));
    for (size_t p = 0; p < n; p++)
        joins->place[leaf[p]] = p;
    fill_table(joins);
cleanup:
    free(leaf);
    if (status != BM_OK)
        bm_tree_joins_free(joins);
    return status;
}

size_t bm_tree_join_of(const bm_tree_joins *joins, size_t a, size_t b) {
    size_t p = joins->place[a], q = joins->place[b];
    size_t begin = p < q ? p : q, end = p < q ? q : p; /* join[begin … end − 1] */
    size_t first = begin / BLOCK + 1,
           last = end / BLOCK; /* whole blocks between: first … last − 1 */
    if (first > last)
        return scan(joins->join, begin, end);
    size_t latest =
        larger(scan(joins->join, begin, first * BLOCK), scan(joins->join, last * BLOCK, end));
    if (first == last)
        return latest;
    size_t level = levels_of(last - first) - 1;
    const size_t *row = joins->latest + level * joins->blocks;
    return larger(latest, larger(row[first], row[last - ((size_t)1 << level)]));
}

void bm_tree_joins_free(bm_tree_joins *joins) {
    free(joins->place);
    free(joins->join);
    free(joins->latest);
    *joins = (bm_tree_joins){0};
}
