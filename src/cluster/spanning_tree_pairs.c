/* Minimum spanning tree of any dissimilarity: Jarník (1930), Prim (1957), with each row of
 * dissimilarities computed when its turn comes. O(n²) dissimilarities, O(n) memory.
 *
 * Ties: edges are ordered by (dissimilarity, lower row, higher row), so there is one tree. */
#include "cluster/spanning_tree.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "buyermap/context.h"
#include "cluster/agglomeration.h"

#include <stdlib.h>

enum { COLUMNS = 4096, MERGES_A_REPORT = 1024 };

typedef struct growth {
    const bm_dissimilarity *dissimilarity;
    size_t n, last;      /* last: the row that came into the tree just now */
    double *row;         /* [n] its dissimilarities */
    double *nearest;     /* [n] of each row outside to the tree; negative: it is inside */
    uint32_t *neighbour; /* [n] the row of the tree that it is to */
    size_t *outside;     /* [chunks] rows outside */
    uint32_t *next;      /* [chunks] the one whose edge is the first in order */
} growth;

/* Whether the edge {i, j} comes before {p, q} of the same length. */
static int comes_before(size_t i, size_t j, size_t p, size_t q) {
    size_t low = i < j ? i : j, other = p < q ? p : q;
    return low != other ? low < other : i + j - low < p + q - other;
}

static int is_shorter(double a, size_t i, size_t j, double b, size_t p, size_t q) {
    return a < b || (!(a > b) && comes_before(i, j, p, q));
}

static bm_status grow_chunk(size_t chunk, void *arg, bm_error *err) {
    growth *now = arg;
    size_t first = bm_chunk_begin(chunk, COLUMNS), end = bm_chunk_end(chunk, COLUMNS, now->n);
    uint32_t next = BM_NOWHERE;
    if (now->outside[chunk] > 0)
        now->dissimilarity->tile(now->dissimilarity, now->last, 1, first, end - first, end - first,
                                 now->row + first);
    for (size_t i = first; now->outside[chunk] > 0 && i < end; i++) {
        if (now->nearest[i] < 0)
            continue;
        if (is_shorter(now->row[i], i, now->last, now->nearest[i], i, now->neighbour[i])) {
            now->nearest[i] = now->row[i];
            now->neighbour[i] = (uint32_t)now->last;
        }
        if (next == BM_NOWHERE || is_shorter(now->nearest[i], i, now->neighbour[i],
                                             now->nearest[next], next, now->neighbour[next]))
            next = (uint32_t)i;
    }
    now->next[chunk] = next;
    return bm_check_interrupt(err);
}

/* Takes a row into the tree. */
static void take(growth *now, size_t row) {
    now->nearest[row] = -1;
    now->outside[row / COLUMNS]--;
    now->last = row;
}

static bm_status start(growth *now, bm_error *err) {
    size_t n = now->n, chunks = bm_chunks(n, COLUMNS);
    bm_status status;
    BM_TRY(BM_NEW(&now->row, n, "the spanning tree", err));
    BM_TRY(BM_NEW(&now->nearest, n, "the spanning tree", err));
    BM_TRY(BM_NEW(&now->neighbour, n, "the spanning tree", err));
    BM_TRY(BM_NEW(&now->outside, chunks, "the spanning tree", err));
    BM_TRY(BM_NEW(&now->next, chunks, "the spanning tree", err));
    for (size_t chunk = 0; chunk < chunks; chunk++)
        now->outside[chunk] = bm_chunk_end(chunk, COLUMNS, n) - bm_chunk_begin(chunk, COLUMNS);
    for (size_t i = 0; i < n; i++) {
        now->nearest[i] = INFINITY;
        now->neighbour[i] = BM_NOWHERE;
    }
    take(now, 0);
cleanup:
    return status;
}

bm_status bm_spanning_pairs(const bm_dissimilarity *dissimilarity, const bm_context *context,
                            bm_merge *merge, bm_error *err) {
    growth now = {.dissimilarity = dissimilarity, .n = dissimilarity->n};
    size_t n = now.n, chunks = bm_chunks(n, COLUMNS);
    bm_status status;
    BM_TRY(start(&now, err));
    for (size_t m = 0; m + 1 < n; m++) {
        uint32_t next = BM_NOWHERE;
        BM_TRY(bm_parallel_for(chunks, grow_chunk, &now, err));
        for (size_t chunk = 0; chunk < chunks; chunk++) {
            uint32_t i = now.next[chunk];
            if (i != BM_NOWHERE &&
                (next == BM_NOWHERE || is_shorter(now.nearest[i], i, now.neighbour[i],
                                                  now.nearest[next], next, now.neighbour[next])))
                next = i;
        }
        if (!isfinite(now.nearest[next]))
            BM_TRY(bm_distance_overflow(err));
        merge[m] =
            (bm_merge){.left = now.neighbour[next], .right = next, .height = now.nearest[next]};
        take(&now, next);
        if ((m + 1) % MERGES_A_REPORT == 0 || m + 2 == n)
            bm_progress(context != NULL ? context->log : NULL, "linkage", m + 1, n - 1, "merges");
    }
cleanup:
    free(now.row);
    free(now.nearest);
    free(now.neighbour);
    free(now.outside);
    free(now.next);
    return status;
}
