/* k-means: restarts of Lloyd iterations from k-means++ (or other) starts; the least inertia wins,
 * ties to the earlier restart. The winner is brought into canonical order, and ties between
 * centroids are settled in that order, so that assigning the buyers to the final centroids gives
 * them the labels they have.
 * O(restarts × iterations × n k d) time; memory: a label and a distance a row. */
#include "cluster/kmeans.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "base/random.h"
#include "base/statistics.h"
#include "cluster/partition.h"
#include "kernel/distance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { KERNEL_ROWS = 256, MOST_SETTLINGS = 100 };

static double mean_variance(const bm_features *features) {
    double sum = 0;
    for (size_t f = 0; f < features->d; f++) {
        double mean, sd;
        bm_mean_sd(features->x + f, features->d, NULL, features->n, &mean, &sd);
        sum += sd * sd;
    }
    return sum / (double)features->d;
}

bm_status bm_kmeans_init(bm_kmeans *kmeans, const bm_features *features,
                         const bm_cluster_options *options, size_t k, int32_t *label,
                         bm_error *err) {
    size_t n = features->n, d = features->d, cells = 0, scratch = 0;
    size_t chunks = bm_chunks(n, bm_cluster_chunk_rows(n, 1)); /* the most of any k */
    size_t sums = bm_cluster_sums(n, k, d + 1), sizes = bm_cluster_sums(n, k, 1);
    *kmeans = (bm_kmeans){.features = features, .options = options, .label = label};
    kmeans->scratch_each = bm_nearest_scratch(KERNEL_ROWS, k);
    bm_status status = BM_OK;
    if (!bm_multiply(k, d + 1, &cells) || sums == SIZE_MAX ||
        !bm_multiply(kmeans->scratch_each, (size_t)bm_threads(), &scratch))
        return bm_fail(err, BM_NOMEM, "out of memory: %zu segments of %zu features", k, d);
    BM_TRY(BM_NEW(&kmeans->distance, n, "distances", err));
    BM_TRY(BM_NEW_ALIGNED(&kmeans->centroid, cells, "centroids", err));
    BM_TRY(BM_NEW(&kmeans->sum, cells, "segment sums", err));
    BM_TRY(BM_NEW(&kmeans->size, k, "segment sizes", err));
    BM_TRY(BM_NEW(&kmeans->filled, k, "empty segments", err));
    BM_TRY(BM_NEW(&kmeans->partial, sums, "segment sums", err));
    BM_TRY(BM_NEW(&kmeans->partial_size, sizes, "segment sizes", err));
    BM_TRY(BM_NEW(&kmeans->tally, chunks, "tallies", err));
    BM_TRY(BM_NEW(&kmeans->left, chunks * bm_kmeans_trials(k), "k-means++", err));
    BM_TRY(BM_NEW_ALIGNED(&kmeans->scratch, scratch, "products", err));
    BM_TRY(BM_NEW(&kmeans->best_centroid, cells, "centroids", err));
    BM_TRY(BM_NEW(&kmeans->best_size, k, "segment sizes", err));
    BM_TRY(BM_NEW(&kmeans->order, k, "segment order", err));
    if (options->tolerance > 0)
        kmeans->mean_variance = mean_variance(features);
cleanup:
    if (status != BM_OK)
        bm_kmeans_free(kmeans);
    return status;
}

size_t bm_kmeans_memory(size_t n, size_t d, size_t k) {
    size_t total = 0, part = 0;
    int fits = bm_multiply(n, sizeof(double), &total);
    size_t sums = bm_cluster_sums(n, k, d + 2);
    fits = fits && bm_multiply(sums, sizeof(double), &part) && bm_add(total, part, &total);
    fits = fits && bm_multiply(k, 3 * d + 8, &part) && bm_multiply(part, sizeof(double), &part) &&
           bm_add(total, part, &total);
    fits = fits &&
           bm_multiply(bm_nearest_scratch(KERNEL_ROWS, k), (size_t)bm_threads() * sizeof(double),
                       &part) &&
           bm_add(total, part, &total);
    return fits ? total : SIZE_MAX;
}

void bm_kmeans_free(bm_kmeans *kmeans) {
    free(kmeans->distance);
    free(kmeans->centroid);
    free(kmeans->sum);
    free(kmeans->size);
    free(kmeans->filled);
    free(kmeans->partial);
    free(kmeans->partial_size);
    free(kmeans->tally);
    free(kmeans->left);
    free(kmeans->scratch);
    free(kmeans->best_centroid);
    free(kmeans->best_size);
    free(kmeans->order);
    free(kmeans->iteration);
    *kmeans = (bm_kmeans){0};
}

void bm_kmeans_size_for(bm_kmeans *kmeans, size_t k) {
    kmeans->k = k;
    kmeans->chunk_rows = bm_cluster_chunk_rows(kmeans->features->n, k);
    kmeans->chunks = bm_chunks(kmeans->features->n, kmeans->chunk_rows);
}

/* Brings centroids and sizes into canonical order, which leaves the labels stale; 1 when they were
 * in that order. */
static int reorder(bm_kmeans *kmeans) {
    size_t k = kmeans->k, d = kmeans->features->d;
    if (bm_canonical_order(kmeans->size, kmeans->centroid, k, d, kmeans->order))
        return 1;
    double *scratch = kmeans->partial; /* free between assignments */
    bm_reorder_segments(kmeans->centroid, d * sizeof(double), kmeans->order, k, scratch);
    bm_reorder_segments(kmeans->size, sizeof *kmeans->size, kmeans->order, k, scratch);
    return 0;
}

bm_status bm_kmeans_descend(bm_kmeans *kmeans, int restart, double *inertia, int *converged,
                            bm_error *err) {
    const bm_cluster_options *options = kmeans->options;
    bm_status status = bm_kmeans_lloyd(kmeans, restart, inertia, converged, err);
    for (size_t round = 0; round < options->max_iterations; round++) {
        size_t moved;
        if (status != BM_OK || !*converged || options->tolerance > 0 || options->init != NULL)
            return status;
        status = bm_kmeans_move_rows(kmeans, &moved, err);
        if (status != BM_OK || moved == 0)
            return status;
        status = bm_kmeans_lloyd(kmeans, restart, inertia, converged, err);
    }
    return status;
}

/* Canonical order decides ties between centroids. A row that changes sides in a tie moves the
 * means, so a converged solution iterates on, and the inertia falls; the others only keep their
 * labels those of the nearest centroid. */
static bm_status settle(bm_kmeans *kmeans, int restart, int *converged, bm_error *err) {
    bm_status status = BM_OK;
    size_t cells = kmeans->k * kmeans->features->d;
    int exact = *converged && kmeans->options->tolerance <= 0;
    reorder(kmeans);
    for (int round = 1;; round++) {
        double inertia;
        BM_TRY(bm_kmeans_fill(kmeans, &inertia, err));
        if (exact) {
            bm_kmeans_means(kmeans, kmeans->partial);
            if (memcmp(kmeans->partial, kmeans->centroid, cells * sizeof(double)) != 0) {
                BM_TRY(bm_kmeans_lloyd(kmeans, restart, &inertia, converged, err));
                exact = *converged;
            }
        }
        if (round == MOST_SETTLINGS || reorder(kmeans))
            break;
    }
cleanup:
    return status;
}

/* Iterations of the winner's settling stand with their restart. */
static int by_restart(const void *a, const void *b) {
    const bm_iteration *left = a, *right = b;
    if (left->restart != right->restart)
        return left->restart < right->restart ? -1 : 1;
    return (left->iteration > right->iteration) - (left->iteration < right->iteration);
}

bm_status bm_kmeans_run(bm_kmeans *kmeans, size_t k, const bm_context *context, int *converged,
                        bm_error *err) {
    const bm_cluster_options *options = kmeans->options;
    size_t cells = k * kmeans->features->d;
    size_t restarts = options->init != NULL || options->restarts == 0 ? 1 : options->restarts;
    double least = INFINITY;
    size_t winner = 0;
    gsl_rng *rng = NULL;
    bm_status status = BM_OK;
    bm_kmeans_size_for(kmeans, k);
    kmeans->iterations = 0;
    BM_TRY(bm_random_new(&rng, context->seed, "kmeans", 0, err));
    for (size_t restart = 1; restart <= restarts; restart++) {
        double inertia;
        int settled;
        bm_random_seed(rng, context->seed, "kmeans", restart);
        BM_TRY(bm_kmeans_start(kmeans, rng, err));
        BM_TRY(bm_kmeans_descend(kmeans, (int)restart, &inertia, &settled, err));
        if (inertia < least) {
            least = inertia;
            winner = restart;
            *converged = settled;
            memcpy(kmeans->best_centroid, kmeans->centroid, cells * sizeof *kmeans->centroid);
            memcpy(kmeans->best_size, kmeans->size, k * sizeof *kmeans->size);
        }
        bm_progress(context->log, "k-means", restart, restarts, "restarts");
    }
    if (winner == 0)
        BM_TRY(bm_fail(err, BM_DATA,
                       "the features are too large to cluster: squared distances overflow; "
                       "normalize them"));
    if (*converged && options->tolerance <= 0 && options->init == NULL)
        BM_TRY(bm_kmeans_swap(kmeans, context->seed, (int)winner, &least, err));
    memcpy(kmeans->centroid, kmeans->best_centroid, cells * sizeof *kmeans->centroid);
    memcpy(kmeans->size, kmeans->best_size, k * sizeof *kmeans->size);
    BM_TRY(settle(kmeans, (int)winner, converged, err));
    qsort(kmeans->iteration, kmeans->iterations, sizeof *kmeans->iteration, by_restart);
cleanup:
    gsl_rng_free(rng);
    return status;
}
