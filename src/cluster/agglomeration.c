/* Trees of small tables by the walk that SciPy and fastcluster take: the distances of all pairs,
 * and the very steps of their two algorithms, a nearest-neighbour chain (ward, complete, average,
 * weighted: nnchain.c) and the generic algorithm (centroid, median: generic_linkage.c).
 *
 * Müllner (2011), Modern hierarchical, agglomerative clustering algorithms, arXiv:1109.2378.
 *
 * Why: where many distances are equal, which of the equal pairs merges first changes the heights
 * above it. Tables that are small enough to be held against those programs (whole numbers, tenths)
 * are those with ties, so up to BM_WALK_MOST buyers ties fall as they do there. Beyond, this walk
 * would cost a matrix and a search at a time; the other engines take the least pair.
 *
 * Complexity: O(n² d) for the distances, O(n²) for the merges of a chain and, on common data, of
 * the generic algorithm. Memory: n² doubles, and less than 200 bytes and two copies of the features
 * a row. Always doubles, also where a matrix of floats is asked for: it is small.
 *
 * Ties: a merged cluster takes the higher of its halves' slots; see the two algorithms for the
 * rest. Distances are those of bm_squared_distance and updates are rounded as SciPy rounds them
 * (linkage.c), because rounding parts what is tied on paper. Merges of a chain are sorted by
 * height, equal ones as they were found; those of centroid and median stand as they were found. */
#include "cluster/agglomeration.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "cluster/magnified.h"
#include "cluster/merges.h"

#include <math.h>
#include <stdlib.h>

enum { ROWS = 32, MERGES_A_REPORT = 1024, FEWEST_SLOTS = 256 };

bm_status bm_distance_overflow(bm_error *err) {
    return bm_fail(err, BM_DATA,
                   "some buyers are too far apart for distances in double precision: normalize "
                   "the features, for example with zscore");
}

bm_status bm_agglomerate(bm_agglomeration *work, size_t x, size_t y, bm_error *err) {
    size_t stride = work->stride;
    double xy = bm_agglomeration_distance(work, x, y);
    double size_x = work->size[x], size_y = work->size[y];
    double (*update)(double, double, double, double, double, double) = work->linkage->update;
    const double *of_x = work->distance + x * stride;
    double *of_y = work->distance + y * stride;
    size_t kept = 0;
    for (size_t a = 0; a < work->left; a++) {
        size_t k = work->active[a];
        if (k == x)
            continue;
        work->active[kept++] = k;
        if (k == y)
            continue;
        double distance = update(of_x[k], of_y[k], xy, size_x, size_y, work->size[k]);
        of_y[k] = work->distance[k * stride + y] = distance;
    }
    work->gone[x] = INFINITY;
    work->left = kept;
    work->size[y] += size_x;
    work->merge[work->merges++] =
        (bm_merge){.left = work->row[x], .right = work->row[y], .height = xy};
    if (work->merges % MERGES_A_REPORT == 0 || work->merges == work->n - 1)
        bm_progress(work->log, "linkage", work->merges, work->n - 1, "merges");
    return bm_check_interrupt(err);
}

/* An odd number of cache lines: those of a column then fall on all sets of the caches. */
static size_t stride_of(size_t n) {
    return ((n + BM_LINKED - 1) / BM_LINKED | 1) * BM_LINKED;
}

/* Rows and columns of slots that hold a cluster, one row after the other: none is written before it
 * has been read. */
int bm_agglomeration_compact(bm_agglomeration *work) {
    size_t left = work->left, from = work->stride, to = stride_of(left);
    if (work->slots < FEWEST_SLOTS || left > work->slots / 2)
        return 0;
    for (size_t i = 0; i < left; i++) {
        const double *row = work->distance + work->active[i] * from;
        double *moved = work->distance + i * to;
        for (size_t j = 0; j < left; j++)
            moved[j] = row[work->active[j]];
        for (size_t j = left; j < to; j++)
            moved[j] = INFINITY;
        work->size[i] = work->size[work->active[i]];
        work->row[i] = work->row[work->active[i]];
    }
    for (size_t i = 0; i < work->slots; i++)
        work->moved[i] = BM_NO_SLOT;
    for (size_t i = 0; i < left; i++) {
        work->moved[work->active[i]] = i;
        work->active[i] = i;
    }
    for (size_t i = 0; i < to; i++)
        work->gone[i] = i < left ? 0 : INFINITY;
    work->slots = left;
    work->stride = to;
    return 1;
}

typedef struct filling {
    const bm_agglomeration *work;
    const bm_dissimilarity *euclidean;
    int is_scaled;
} filling;

/* Where weights scale distances. */
static void scale_row(const bm_agglomeration *work, size_t i) {
    double *distance = work->distance + i * work->stride;
    double v = work->size[i];
    for (size_t j = i + 1; j < work->n; j++) {
        double w = work->size[j];
        distance[j] *= sqrt(2 * (v / (v + w)) * w);
    }
}

/* Distances of rows begin … end − 1 to later ones, as distances of these to them: by squares of
 * ROWS, which the caches hold. */
static void mirror(const bm_agglomeration *work, size_t begin, size_t end) {
    for (size_t first = begin; first < work->n; first += ROWS) {
        size_t last = first + ROWS < work->n ? first + ROWS : work->n;
        for (size_t j = first; j < last; j++) {
            for (size_t i = begin; i < end && i < j; i++)
                work->distance[j * work->stride + i] = work->distance[i * work->stride + j];
        }
    }
}

static bm_status fill_rows(size_t chunk, void *arg, bm_error *err) {
    const filling *now = arg;
    const bm_agglomeration *work = now->work;
    size_t n = work->n, stride = work->stride, begin = chunk * ROWS;
    size_t end = begin + ROWS < n ? begin + ROWS : n;
    now->euclidean->tile(now->euclidean, begin, end - begin, begin, n - begin, stride,
                         work->distance + begin * stride + begin);
    for (size_t i = begin; i < end; i++) {
        if (now->is_scaled)
            scale_row(work, i);
        for (size_t j = n; j < stride; j++)
            work->distance[i * stride + j] = INFINITY;
        work->distance[i * stride + i] = INFINITY;
    }
    mirror(work, begin, end);
    return bm_check_interrupt(err);
}

static bm_status fill(bm_agglomeration *work, const bm_features *features, double magnified,
                      bm_error *err) {
    bm_dissimilarity euclidean = {0};
    bm_features large = *features;
    double *x = NULL;
    filling now = {.work = work, .euclidean = &euclidean};
    bm_status status;
    now.is_scaled = work->linkage->scaled && features->weight != NULL;
    if (magnified != 1) {
        BM_TRY(BM_NEW_ALIGNED(&x, features->n * features->d, "the features", err));
        for (size_t i = 0; i < features->n * features->d; i++)
            x[i] = features->x[i] * magnified;
        large.x = x;
    }
    BM_TRY(bm_euclidean(&large, &euclidean, err));
    BM_TRY(bm_parallel_for(bm_chunks(work->n, ROWS), fill_rows, &now, err));
    bm_progress(work->log, "distances", work->n, work->n, "buyers");
cleanup:
    bm_dissimilarity_free(&euclidean);
    free(x);
    return status;
}

static bm_status start(bm_agglomeration *work, const bm_features *features, bm_error *err) {
    size_t n = features->n;
    bm_status status;
    work->n = work->slots = work->left = n;
    work->stride = stride_of(n);
    work->kernel = bm_linkage_kernel_here();
    BM_TRY(BM_NEW(&work->merge, n - 1, "the merges", err));
    BM_TRY(BM_NEW(&work->size, n, "cluster sizes", err));
    BM_TRY(BM_NEW(&work->row, n, "the clusters", err));
    BM_TRY(BM_NEW(&work->active, n, "the clusters", err));
    BM_TRY(BM_NEW(&work->moved, n, "the clusters", err));
    BM_TRY(BM_NEW_ALIGNED(&work->gone, work->stride, "the clusters", err));
    BM_TRY(bm_new_large((void **)&work->distance, n * work->stride, sizeof *work->distance,
                        "the distances of all pairs", err));
    for (size_t i = 0; i < n; i++) {
        work->row[i] = work->active[i] = i;
        work->size[i] = bm_weight_of(features->weight, i);
    }
    for (size_t i = n; i < work->stride; i++)
        work->gone[i] = INFINITY;
cleanup:
    return status;
}

static bm_status grow(const bm_tree_task *task, const bm_linkage *linkage, bm_dendrogram *tree,
                      bm_error *err) {
    bm_agglomeration work = {.linkage = linkage,
                             .log = task->context != NULL ? task->context->log : NULL};
    size_t n = task->features->n;
    double magnified = bm_magnified(task->features);
    bm_status status;
    BM_TRY(start(&work, task->features, err));
    BM_TRY(fill(&work, task->features, magnified, err));
    if (linkage->inverts) {
        BM_TRY(bm_generic_linkage(&work, err));
    } else {
        BM_TRY(bm_nearest_neighbour_chain(&work, err));
        BM_TRY(bm_sort_merges(&work.merge, n - 1, err));
    }
    for (size_t m = 0; m + 1 < n; m++)
        work.merge[m].height /= magnified;
    BM_TRY(bm_number_merges(work.merge, n, err));
    *tree = (bm_dendrogram){n, work.merge};
    work.merge = NULL;
cleanup:
    free(work.merge);
    free(work.size);
    free(work.row);
    free(work.active);
    free(work.moved);
    free(work.gone);
    free(work.distance);
    return status;
}

static size_t memory(size_t n, size_t d, int form) {
    (void)form;
    size_t row = 2 * sizeof(bm_merge) + 5 * sizeof(double) + 7 * sizeof(size_t);
    size_t bytes, lists, features;
    if (n > SIZE_MAX - 2 * BM_LINKED || !bm_multiply(n, stride_of(n), &bytes) ||
        !bm_multiply(bytes, sizeof(double), &bytes) || !bm_multiply(n, row, &lists) ||
        !bm_add(bytes, lists, &bytes) || !bm_multiply(bm_euclidean_memory(n, d), 2, &features) ||
        !bm_add(bytes, features, &bytes))
        return SIZE_MAX;
    return bytes;
}

const bm_tree_engine bm_by_walk = {"walk", "the distances of all pairs", 0, 0, memory, grow};
