/* Cophenetic correlation (Sokal & Rohlf 1962): how well a tree keeps the dissimilarities it was
 * made of.
 *
 * Two buyers' cophenetic distance is the height of the merge that joins them. With the leaves in
 * tree order that merge is the latest one between them, so walking away from a leaf to either side
 * meets the cophenetic distances as a running maximum over merge numbers (not over heights, which
 * may invert), and no matrix is needed: dissimilarities come in tiles of a few rows, the rows'
 * cophenetic distances are laid out beside them. O(n² d) time; memory O(n), for each thread
 * STRIP × n doubles.
 *
 * Of a sample: pairs are drawn with the same chance each, independently and with replacement. The
 * mean of anything over them is then unbiased for that over all pairs, so the covariance and both
 * variances are estimated without bias (but for a factor 1 − 1 / pairs that cancels), and the
 * correlation, their ratio, is consistent, with a bias of the order of 1 / pairs and a standard
 * error of about (1 − r²) / √pairs: below 0.001 for the 2^20 that are drawn. A sample of buyers
 * with all pairs among them would cost as much and vary more, since its pairs share buyers.
 *
 * Sums are put together chunk after chunk: the same bytes for any number of threads. */
#include "cluster/moments.h"
#include "cluster/tree.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "base/random.h"
#include "kernel/distance.h"

#include <math.h>
#include <stdlib.h>

enum { ROWS_A_CHUNK = 32, STRIP = 8, STRETCH = 512, PAIRS_A_CHUNK = 4096 };

typedef struct comparison {
    const bm_dissimilarity *between; /* NULL: Euclidean distances of the features, pair by pair */
    const bm_features *features;
    const bm_dendrogram *tree;
    const size_t *leaf, *join, *place;
    const double *height; /* [n − 1] */
    const bm_tree_joins *joins;
    uint64_t seed;
    bm_moments *part; /* one a chunk */
} comparison;

/* cophenetic[j]: the height of the merge that joins row i and row j. */
static void lay_out(const comparison *job, size_t i, double *cophenetic) {
    size_t n = job->tree->n, place = job->place[i], latest = 0;
    for (size_t q = place + 1; q < n; q++) {
        latest = job->join[q - 1] > latest ? job->join[q - 1] : latest;
        cophenetic[job->leaf[q]] = job->height[latest];
    }
    latest = 0;
    for (size_t q = place; q-- > 0;) {
        latest = job->join[q] > latest ? job->join[q] : latest;
        cophenetic[job->leaf[q]] = job->height[latest];
    }
}

/* The pairs of rows begin … end − 1 with later rows. */
static void compare_strip(const comparison *job, size_t begin, size_t end, double *cophenetic,
                          double *tile, bm_moments *sum) {
    size_t n = job->tree->n;
    for (size_t i = begin; i < end; i++)
        lay_out(job, i, cophenetic + (i - begin) * n);
    for (size_t column = begin + 1; column < n; column += STRETCH) {
        size_t columns = n - column < STRETCH ? n - column : STRETCH;
        job->between->tile(job->between, begin, end - begin, column, columns, STRETCH, tile);
        for (size_t i = begin; i < end; i++) {
            size_t first = i < column ? column : i + 1;
            if (first >= column + columns)
                continue;
            bm_moments block =
                bm_moments_of(tile + (i - begin) * STRETCH + (first - column),
                              cophenetic + (i - begin) * n + first, column + columns - first);
            bm_moments_add(sum, &block);
        }
    }
}

static bm_status compare_chunk(size_t chunk, void *arg, bm_error *err) {
    const comparison *job = arg;
    size_t n = job->tree->n, end = bm_chunk_end(chunk, ROWS_A_CHUNK, n);
    double *cophenetic = NULL, *tile = NULL;
    bm_status status;
    BM_TRY(BM_NEW(&cophenetic, STRIP * n, "cophenetic distances", err));
    BM_TRY(BM_NEW(&tile, STRIP * STRETCH, "cophenetic distances", err));
    for (size_t i = bm_chunk_begin(chunk, ROWS_A_CHUNK); i < end; i += STRIP) {
        BM_TRY(bm_check_interrupt(err));
        compare_strip(job, i, i + STRIP < end ? i + STRIP : end, cophenetic, tile,
                      &job->part[chunk]);
    }
cleanup:
    free(cophenetic);
    free(tile);
    return status;
}

static double sum_parts(const bm_moments *part, size_t chunks) {
    bm_moments all = {0};
    for (size_t chunk = 0; chunk < chunks; chunk++)
        bm_moments_add(&all, &part[chunk]);
    return bm_moments_correlation(&all);
}

bm_status bm_cophenetic(const bm_tree_task *task, const bm_dendrogram *tree, double *correlation,
                        bm_error *err) {
    size_t n = tree->n, chunks = bm_chunks(n, ROWS_A_CHUNK);
    size_t *leaf = NULL, *join = NULL, *place = NULL;
    double *height = NULL;
    bm_moments *part = NULL;
    bm_dissimilarity euclidean = {0};
    bm_status status;
    *correlation = NAN;
    if (n < 3)
        return BM_OK;
    BM_TRY(BM_NEW(&leaf, n, "the order of leaves", err));
    BM_TRY(BM_NEW(&join, n - 1, "the order of leaves", err));
    BM_TRY(BM_NEW(&place, n, "the order of leaves", err));
    BM_TRY(BM_NEW(&height, n - 1, "cophenetic distances", err));
    BM_TRY(BM_NEW(&part, chunks, "cophenetic sums", err));
    BM_TRY(bm_tree_leaves(tree, leaf, join, err));
    for (size_t p = 0; p < n; p++)
        place[leaf[p]] = p;
    for (size_t m = 0; m + 1 < n; m++)
        height[m] = tree->merge[m].height;
    if (task->dissimilarity == NULL)
        BM_TRY(bm_euclidean(task->features, &euclidean, err));
    comparison job = {.between = task->dissimilarity != NULL ? task->dissimilarity : &euclidean,
                      .tree = tree,
                      .leaf = leaf,
                      .join = join,
                      .place = place,
                      .height = height,
                      .part = part};
    BM_TRY(bm_parallel_for(chunks, compare_chunk, &job, err));
    *correlation = sum_parts(part, chunks);
cleanup:
    bm_dissimilarity_free(&euclidean);
    free(leaf);
    free(join);
    free(place);
    free(height);
    free(part);
    return status;
}

static double dissimilarity_of(const comparison *job, size_t i, size_t j) {
    double value;
    size_t d = job->features->d;
    if (job->between == NULL)
        return sqrt(bm_squared_distance(job->features->x + i * d, job->features->x + j * d, d));
    job->between->tile(job->between, i, 1, j, 1, 1, &value);
    return value;
}

/* PAIRS_A_CHUNK pairs of different rows. */
static bm_status draw_chunk(size_t chunk, void *arg, bm_error *err) {
    const comparison *job = arg;
    size_t n = job->tree->n;
    double *own = NULL, *cophenetic = NULL;
    gsl_rng *rng = NULL;
    bm_status status;
    BM_TRY(BM_NEW(&own, PAIRS_A_CHUNK, "cophenetic distances", err));
    BM_TRY(BM_NEW(&cophenetic, PAIRS_A_CHUNK, "cophenetic distances", err));
    BM_TRY(bm_random_new(&rng, job->seed, "cophenetic", chunk, err));
    for (size_t pair = 0; pair < PAIRS_A_CHUNK; pair++) {
        size_t i = (size_t)(gsl_rng_uniform(rng) * (double)n);
        size_t j = (size_t)(gsl_rng_uniform(rng) * (double)(n - 1));
        j += j >= i;
        own[pair] = dissimilarity_of(job, i, j);
        cophenetic[pair] = job->tree->merge[bm_tree_join_of(job->joins, i, j)].height;
    }
    job->part[chunk] = bm_moments_of(own, cophenetic, PAIRS_A_CHUNK);
    status = bm_check_interrupt(err);
cleanup:
    gsl_rng_free(rng);
    free(own);
    free(cophenetic);
    return status;
}

bm_status bm_cophenetic_sampled(const bm_tree_task *task, const bm_dendrogram *tree, uint64_t seed,
                                double *correlation, bm_error *err) {
    size_t chunks = bm_chunks(BM_COPHENETIC_PAIRS, PAIRS_A_CHUNK);
    bm_tree_joins joins = {0};
    bm_moments *part = NULL;
    bm_status status;
    *correlation = NAN;
    if (tree->n < 3)
        return BM_OK;
    BM_TRY(bm_tree_joins_init(&joins, tree, err));
    BM_TRY(BM_NEW(&part, chunks, "cophenetic sums", err));
    comparison job = {.between = task->dissimilarity,
                      .features = task->features,
                      .tree = tree,
                      .joins = &joins,
                      .seed = seed,
                      .part = part};
    BM_TRY(bm_parallel_for(chunks, draw_chunk, &job, err));
    *correlation = sum_parts(part, chunks);
cleanup:
    bm_tree_joins_free(&joins);
    free(part);
    return status;
}
