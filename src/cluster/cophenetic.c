/* Cophenetic correlation (Sokal & Rohlf 1962): how well a tree keeps the distances it was made of.
 *
 * Two buyers' cophenetic distance is the height of the merge that joins them. With the leaves in
 * tree order that merge is the latest one between them, so walking right from a leaf meets the
 * cophenetic distances as a running maximum over merge numbers (not over heights, which may
 * invert), and no matrix is needed. O(n² d) time, O(n) memory.
 *
 * Sums are centred within blocks of pairs and put together by the formula of Chan, Golub & LeVeque
 * (1983), chunk after chunk: one pass, no cancellation, the same bytes for any number of threads.
 */
#include "cluster/agglomeration.h"
#include "cluster/tree.h"

#include "base/memory.h"
#include "base/parallel.h"

#include <float.h>
#include <stdlib.h>

enum { LEAVES_A_CHUNK = 32, PAIRS_A_BLOCK = 256 };

/* Centred sums over pairs (a, b). */
typedef struct moments {
    double count, mean_a, mean_b, aa, bb, ab;
} moments;

static void add_moments(moments *to, const moments *from) {
    if (from->count == 0)
        return;
    double count = to->count + from->count;
    double a = from->mean_a - to->mean_a, b = from->mean_b - to->mean_b;
    double share = from->count / count, factor = to->count * share;
    to->aa += from->aa + a * a * factor;
    to->bb += from->bb + b * b * factor;
    to->ab += from->ab + a * b * factor;
    to->mean_a += a * share;
    to->mean_b += b * share;
    to->count = count;
}

static moments moments_of(const double *a, const double *b, size_t count) {
    moments of = {.count = (double)count};
    for (size_t i = 0; i < count; i++) {
        of.mean_a += a[i];
        of.mean_b += b[i];
    }
    of.mean_a /= of.count;
    of.mean_b /= of.count;
    for (size_t i = 0; i < count; i++) {
        double da = a[i] - of.mean_a, db = b[i] - of.mean_b;
        of.aa += da * da;
        of.bb += db * db;
        of.ab += da * db;
    }
    return of;
}

typedef struct comparison {
    const bm_features *features;
    const bm_dendrogram *tree;
    const size_t *leaf, *join;
    moments *part; /* one a chunk */
} comparison;

/* All pairs of leaf p with a leaf to its right. */
static void compare_leaf(const comparison *job, size_t p, moments *sum) {
    double euclidean[PAIRS_A_BLOCK], cophenetic[PAIRS_A_BLOCK];
    const double *x = job->features->x;
    size_t n = job->tree->n, d = job->features->d, latest = 0;
    for (size_t begin = p + 1; begin < n; begin += PAIRS_A_BLOCK) {
        size_t count = n - begin < PAIRS_A_BLOCK ? n - begin : PAIRS_A_BLOCK;
        bm_squared_distances(x, d, x + job->leaf[p] * d, job->leaf + begin, count, euclidean);
        for (size_t i = 0; i < count; i++) {
            size_t join = job->join[begin + i - 1];
            latest = join > latest ? join : latest;
            cophenetic[i] = job->tree->merge[latest].height;
            euclidean[i] = sqrt(euclidean[i]);
        }
        moments block = moments_of(euclidean, cophenetic, count);
        add_moments(sum, &block);
    }
}

static bm_status compare_chunk(size_t chunk, void *arg, bm_error *err) {
    const comparison *job = arg;
    size_t end = bm_chunk_end(chunk, LEAVES_A_CHUNK, job->tree->n);
    for (size_t p = bm_chunk_begin(chunk, LEAVES_A_CHUNK); p < end; p++)
        compare_leaf(job, p, &job->part[chunk]);
    return bm_check_interrupt(err);
}

/* Whether values differ by more than the rounding of their sums. */
static int varies(double squares, double mean, double count) {
    double rounding = 16 * DBL_EPSILON * mean;
    return squares > count * rounding * rounding;
}

bm_status bm_cophenetic(const bm_features *features, const bm_dendrogram *tree, double *correlation,
                        bm_error *err) {
    size_t n = tree->n, chunks = bm_chunks(n, LEAVES_A_CHUNK), *leaf = NULL, *join = NULL;
    moments *part = NULL, all = {0};
    bm_status status;
    *correlation = NAN;
    if (n < 3)
        return BM_OK;
    BM_TRY(BM_NEW(&leaf, n, "the order of leaves", err));
    BM_TRY(BM_NEW(&join, n - 1, "the order of leaves", err));
    BM_TRY(BM_NEW(&part, chunks, "cophenetic sums", err));
    BM_TRY(bm_tree_leaves(tree, leaf, join, err));
    comparison job = {features, tree, leaf, join, part};
    BM_TRY(bm_parallel_for(chunks, compare_chunk, &job, err));
    for (size_t chunk = 0; chunk < chunks; chunk++)
        add_moments(&all, &part[chunk]);
    if (varies(all.aa, all.mean_a, all.count) && varies(all.bb, all.mean_b, all.count))
        *correlation = all.ab / (sqrt(all.aa) * sqrt(all.bb));
cleanup:
    free(leaf);
    free(join);
    free(part);
    return status;
}
