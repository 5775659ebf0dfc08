/* Lloyd's k-means iterations (Lloyd, IEEE Trans. Inf. Theory 28, 1982; batch algorithm of Forgy).
 * O(n k d) an iteration; memory: a label a row, and the sums of a segment for each chunk of rows.
 * A row as near to two centroids goes to the lower one. Sums are taken by chunk, chunks fixed by
 * the data, and added in chunk order: the same bytes for any number of threads. */
#include "base/memory.h"
#include "base/parallel.h"
#include "cluster/kmeans.h"
#include "kernel/distance.h"

#include <math.h>
#include <string.h>

enum { BLOCK_ROWS = 256 };

/* Rows first … first + count − 1, already assigned: their labels, their part of the sums. */
static void add_block(bm_kmeans *kmeans, size_t chunk, size_t first, size_t count,
                      const int32_t *label, const double *distance) {
    const bm_features *features = kmeans->features;
    size_t d = features->d;
    double *sums = kmeans->partial + chunk * kmeans->k * (d + 1);
    size_t *sizes = kmeans->partial_size + chunk * kmeans->k;
    bm_kmeans_tally *tally = &kmeans->tally[chunk];
    for (size_t i = 0; i < count; i++) {
        size_t segment = (size_t)label[i];
        const double *row = features->x + (first + i) * d;
        double *sum = sums + segment * (d + 1);
        tally->moved += kmeans->label[first + i] != label[i];
        kmeans->label[first + i] = label[i];
        sizes[segment]++;
        if (features->weight == NULL) {
            tally->inertia += distance[i];
            for (size_t f = 0; f < d; f++)
                sum[f] += row[f];
            sum[d] += 1;
        } else {
            double weight = features->weight[first + i];
            tally->inertia += weight * distance[i];
            for (size_t f = 0; f < d; f++)
                sum[f] += weight * row[f];
            sum[d] += weight;
        }
    }
}

static bm_status assign_chunk(size_t chunk, void *arg, bm_error *err) {
    bm_kmeans *kmeans = arg;
    const bm_features *features = kmeans->features;
    size_t d = features->d, k = kmeans->k;
    bm_nearest_kernel nearest = bm_nearest(d, k);
    double *scratch = kmeans->scratch + (size_t)bm_thread_index() * kmeans->scratch_each;
    memset(kmeans->partial + chunk * k * (d + 1), 0, k * (d + 1) * sizeof *kmeans->partial);
    memset(kmeans->partial_size + chunk * k, 0, k * sizeof *kmeans->partial_size);
    kmeans->tally[chunk] = (bm_kmeans_tally){0};
    size_t end = bm_chunk_end(chunk, kmeans->chunk_rows, features->n);
    for (size_t i = bm_chunk_begin(chunk, kmeans->chunk_rows); i < end; i += BLOCK_ROWS) {
        int32_t label[BLOCK_ROWS];
        double distance[BLOCK_ROWS];
        size_t count = end - i < BLOCK_ROWS ? end - i : BLOCK_ROWS;
        nearest(features->x + i * d, count, d, kmeans->centroid, k, label, distance, scratch);
        add_block(kmeans, chunk, i, count, label, distance);
    }
    return bm_check_interrupt(err);
}

bm_status bm_kmeans_assign(bm_kmeans *kmeans, double *inertia, size_t *moved, bm_error *err) {
    size_t k = kmeans->k, width = k * (kmeans->features->d + 1);
    bm_status status = bm_parallel_for(kmeans->chunks, assign_chunk, kmeans, err);
    if (status != BM_OK)
        return status;
    memset(kmeans->sum, 0, width * sizeof *kmeans->sum);
    memset(kmeans->size, 0, k * sizeof *kmeans->size);
    *inertia = 0;
    *moved = 0;
    for (size_t chunk = 0; chunk < kmeans->chunks; chunk++) {
        for (size_t cell = 0; cell < width; cell++)
            kmeans->sum[cell] += kmeans->partial[chunk * width + cell];
        for (size_t segment = 0; segment < k; segment++)
            kmeans->size[segment] += kmeans->partial_size[chunk * k + segment];
        *inertia += kmeans->tally[chunk].inertia;
        *moved += kmeans->tally[chunk].moved;
    }
    return BM_OK;
}

void bm_kmeans_means(const bm_kmeans *kmeans, double *mean) {
    size_t d = kmeans->features->d;
    for (size_t segment = 0; segment < kmeans->k; segment++) {
        const double *sum = kmeans->sum + segment * (d + 1);
        for (size_t f = 0; f < d; f++)
            mean[segment * d + f] =
                kmeans->size[segment] > 0 ? sum[f] / sum[d] : kmeans->centroid[segment * d + f];
    }
}

bm_status bm_kmeans_fill(bm_kmeans *kmeans, double *inertia, bm_error *err) {
    for (;;) {
        size_t moved, repaired;
        bm_status status = bm_kmeans_assign(kmeans, inertia, &moved, err);
        if (status != BM_OK)
            return status;
        /* Each repair puts a centroid on a row that was apart from its own, so the inertia falls
         * and this ends. */
        status = bm_kmeans_repair(kmeans, &repaired, err);
        if (status != BM_OK || repaired == 0)
            return status;
        size_t d = kmeans->features->d;
        for (size_t segment = 0; segment < kmeans->k; segment++)
            if (kmeans->filled[segment] != SIZE_MAX)
                memcpy(kmeans->centroid + segment * d,
                       kmeans->features->x + kmeans->filled[segment] * d,
                       d * sizeof *kmeans->centroid);
    }
}

static bm_status log_iteration(bm_kmeans *kmeans, bm_iteration row, bm_error *err) {
    bm_status status = BM_GROW(&kmeans->iteration, &kmeans->iterations_reserved,
                               kmeans->iterations + 1, "the iteration log", err);
    if (status == BM_OK)
        kmeans->iteration[kmeans->iterations++] = row;
    return status;
}

/* Moves the centroids to the means and gives the summed squared shift. */
static double move_centroids(bm_kmeans *kmeans) {
    size_t cells = kmeans->k * kmeans->features->d;
    double *mean = kmeans->partial; /* free between assignments */
    bm_kmeans_means(kmeans, mean);
    double shift = bm_squared_distance(mean, kmeans->centroid, cells);
    memcpy(kmeans->centroid, mean, cells * sizeof *mean);
    return shift;
}

/* The number the log gave this restart's last iteration. */
static int last_iteration(const bm_kmeans *kmeans, int restart) {
    for (size_t row = kmeans->iterations; row > 0; row--)
        if (kmeans->iteration[row - 1].restart == restart)
            return kmeans->iteration[row - 1].iteration;
    return 0;
}

bm_status bm_kmeans_lloyd(bm_kmeans *kmeans, int restart, double *inertia, int *converged,
                          bm_error *err) {
    const bm_cluster_options *options = kmeans->options;
    bm_status status = BM_OK;
    int number = last_iteration(kmeans, restart), was_repaired = 0;
    *converged = 0;
    for (size_t i = 0; i < kmeans->features->n; i++)
        kmeans->label[i] = -1;
    for (size_t iteration = 0; iteration < options->max_iterations; iteration++) {
        size_t moved, repaired;
        BM_TRY(bm_kmeans_assign(kmeans, inertia, &moved, err));
        BM_TRY(bm_kmeans_repair(kmeans, &repaired, err));
        double shift = move_centroids(kmeans);
        BM_TRY(log_iteration(kmeans,
                             (bm_iteration){.restart = restart,
                                            .iteration = ++number,
                                            .inertia = *inertia,
                                            .shift = shift,
                                            .moved = moved},
                             err));
        /* When no label changed, the means are those the labels were made with. */
        *converged = moved == 0 && !was_repaired && repaired == 0;
        if (*converged)
            return BM_OK;
        was_repaired = repaired > 0;
        if (options->tolerance > 0 && repaired == 0 &&
            shift <= options->tolerance * kmeans->mean_variance) {
            *converged = 1;
            break;
        }
    }
    /* The centroids have moved since: labels of the nearest, as scikit-learn does. */
    BM_TRY(bm_kmeans_fill(kmeans, inertia, err));
cleanup:
    return status;
}
