/* Sizes, weighted means and sums of squares of a labelling. Rows are summed in chunks fixed by the
 * data and the chunks in order, so any number of threads gives the same bytes. O(n d) time. */
#include "cluster/partition.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "buyermap/context.h"
#include "kernel/distance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_ROWS = 8192, MOST_CHUNKS = 256, SUMS = 4 };

size_t bm_cluster_chunk_rows(size_t n, size_t k) {
    size_t rows = n / MOST_CHUNKS + 1;
    if (rows < 2 * k)
        rows = 2 * k;
    return rows < LEAST_ROWS ? LEAST_ROWS : rows;
}

size_t bm_cluster_sums(size_t n, size_t k, size_t width) {
    /* Few segments: as many chunks as there are for one. Many: chunks of 2k rows, n/2k of them. */
    size_t few = 0, many = 0;
    int few_fit = bm_multiply(bm_chunks(n, bm_cluster_chunk_rows(n, 1)), k, &few) &&
                  bm_multiply(few, width, &few);
    int many_fit = bm_add(n / 2 + 1, k, &many) && bm_multiply(many, width, &many);
    if (!few_fit && !many_fit)
        return SIZE_MAX;
    return few < many ? few : many;
}

/* Sums of a segment: of its features and weight, or SUMS figures. */
static size_t sums_width(size_t d) {
    return d + 1 > SUMS ? d + 1 : SUMS;
}

bm_status bm_partition_init(bm_partition *partition, const bm_features *features, size_t k,
                            bm_error *err) {
    size_t n = features->n, d = features->d, cells = 0;
    *partition = (bm_partition){.features = features, .k = k};
    size_t sums = bm_cluster_sums(n, k, sums_width(d));
    if (!bm_multiply(k, d, &cells) || sums == SIZE_MAX)
        return bm_fail(err, BM_NOMEM, "out of memory: %zu segments of %zu features", k, d);
    bm_status status = BM_OK;
    BM_TRY(BM_NEW(&partition->label, n, "labels", err));
    BM_TRY(BM_NEW_ALIGNED(&partition->centroid, cells, "centroids", err));
    BM_TRY(BM_NEW(&partition->size, k, "segment sizes", err));
    BM_TRY(BM_NEW(&partition->weight, k, "segment weights", err));
    BM_TRY(BM_NEW(&partition->inertia_of, k, "sums of squares", err));
    BM_TRY(BM_NEW(&partition->spread, k, "sums of distances", err));
    BM_TRY(BM_NEW(&partition->partial, sums, "sums of segments", err));
    BM_TRY(BM_NEW(&partition->order, k, "segment order", err));
cleanup:
    if (status != BM_OK)
        bm_partition_free(partition);
    return status;
}

size_t bm_partition_memory(size_t n, size_t d, size_t k) {
    size_t sums = bm_cluster_sums(n, k, sums_width(d)), cells = 0, labels = 0, total = 0;
    int fits = bm_multiply(k, d + 5, &cells) && bm_multiply(n, sizeof(int32_t), &labels) &&
               bm_add(sums, cells, &total) && bm_multiply(total, sizeof(double), &total) &&
               bm_add(total, labels, &total);
    return fits ? total : SIZE_MAX;
}

/* Lets `chunk` write sums of `width` doubles for each chunk of rows, and adds them up, chunk after
 * chunk, in the first. */
static bm_status sum_chunks(bm_partition *partition, bm_chunk_fn chunk, size_t width,
                            bm_error *err) {
    size_t n = partition->features->n;
    size_t chunks = bm_chunks(n, bm_cluster_chunk_rows(n, partition->k));
    bm_status status = bm_parallel_for(chunks, chunk, partition, err);
    double *total = partition->partial;
    for (size_t c = 1; status == BM_OK && c < chunks; c++)
        for (size_t cell = 0; cell < width; cell++)
            total[cell] += partition->partial[c * width + cell];
    return status;
}

static bm_status sum_chunk(size_t chunk, void *arg, bm_error *err) {
    bm_partition *partition = arg;
    const bm_features *features = partition->features;
    size_t d = features->d, rows = bm_cluster_chunk_rows(features->n, partition->k);
    size_t end = bm_chunk_end(chunk, rows, features->n), width = partition->k * (d + 1);
    double *sums = partition->partial + chunk * width;
    memset(sums, 0, width * sizeof *sums);
    for (size_t i = bm_chunk_begin(chunk, rows); i < end; i++) {
        double weight = bm_weight_of(features->weight, i);
        double *sum = sums + (size_t)partition->label[i] * (d + 1);
        for (size_t f = 0; f < d; f++)
            sum[f] += weight * features->x[i * d + f];
        sum[d] += weight;
    }
    return bm_check_interrupt(err);
}

bm_status bm_partition_means(bm_partition *partition, bm_error *err) {
    size_t d = partition->features->d, k = partition->k;
    const double *total = partition->partial;
    bm_status status = sum_chunks(partition, sum_chunk, k * (d + 1), err);
    if (status != BM_OK)
        return status;
    for (size_t segment = 0; segment < k; segment++)
        for (size_t f = 0; f < d; f++)
            partition->centroid[segment * d + f] =
                total[segment * (d + 1) + f] / total[segment * (d + 1) + d];
    return BM_OK;
}

/* Of each segment: buyers, weight, weighted squared distances, weighted distances. */
static bm_status measure_chunk(size_t chunk, void *arg, bm_error *err) {
    bm_partition *partition = arg;
    const bm_features *features = partition->features;
    size_t d = features->d, rows = bm_cluster_chunk_rows(features->n, partition->k);
    size_t end = bm_chunk_end(chunk, rows, features->n), width = partition->k * SUMS;
    double *sums = partition->partial + chunk * width;
    memset(sums, 0, width * sizeof *sums);
    for (size_t i = bm_chunk_begin(chunk, rows); i < end; i++) {
        double weight = bm_weight_of(features->weight, i);
        size_t segment = (size_t)partition->label[i];
        double square =
            bm_squared_distance(features->x + i * d, partition->centroid + segment * d, d);
        double *sum = sums + segment * SUMS;
        sum[0] += 1;
        sum[1] += weight;
        sum[2] += weight * square;
        sum[3] += weight * sqrt(square);
    }
    return bm_check_interrupt(err);
}

bm_status bm_partition_measure(bm_partition *partition, bm_error *err) {
    const double *total = partition->partial;
    bm_status status = sum_chunks(partition, measure_chunk, partition->k * SUMS, err);
    if (status != BM_OK)
        return status;
    partition->inertia = 0;
    for (size_t segment = 0; segment < partition->k; segment++) {
        partition->size[segment] = (size_t)total[segment * SUMS];
        partition->weight[segment] = total[segment * SUMS + 1];
        partition->inertia_of[segment] = total[segment * SUMS + 2];
        partition->spread[segment] = total[segment * SUMS + 3];
        partition->inertia += partition->inertia_of[segment];
    }
    return BM_OK;
}

void bm_partition_order(bm_partition *partition) {
    size_t k = partition->k, d = partition->features->d;
    size_t *order = partition->order;
    if (bm_canonical_order(partition->size, partition->centroid, k, d, order))
        return;
    size_t *scratch = (size_t *)(void *)partition->partial;
    bm_reorder_segments(partition->centroid, d * sizeof(double), order, k, scratch);
    bm_reorder_segments(partition->size, sizeof *partition->size, order, k, scratch);
    bm_reorder_segments(partition->weight, sizeof(double), order, k, scratch);
    bm_reorder_segments(partition->inertia_of, sizeof(double), order, k, scratch);
    bm_reorder_segments(partition->spread, sizeof(double), order, k, scratch);
    for (size_t place = 0; place < k; place++)
        scratch[order[place]] = place;
    for (size_t i = 0; i < partition->features->n; i++)
        partition->label[i] = (int32_t)scratch[partition->label[i]];
    partition->inertia = 0;
    for (size_t segment = 0; segment < k; segment++)
        partition->inertia += partition->inertia_of[segment];
}

bm_status bm_partition_segmentation(const bm_partition *partition, bm_segmentation *segmentation,
                                    bm_error *err) {
    size_t n = partition->features->n, d = partition->features->d, k = partition->k;
    bm_status status = BM_OK;
    segmentation->n = n;
    segmentation->d = d;
    segmentation->k = k;
    segmentation->inertia = partition->inertia;
    BM_TRY(BM_NEW(&segmentation->label, n, "labels", err));
    BM_TRY(BM_NEW(&segmentation->size, k, "segment sizes", err));
    BM_TRY(BM_NEW(&segmentation->weight, k, "segment weights", err));
    BM_TRY(BM_NEW_ALIGNED(&segmentation->centroid, k * d, "centroids", err));
    BM_TRY(BM_NEW(&segmentation->inertia_of, k, "sums of squares", err));
    for (size_t i = 0; i < n; i++)
        segmentation->label[i] = partition->label[i] + 1;
    memcpy(segmentation->size, partition->size, k * sizeof *partition->size);
    memcpy(segmentation->weight, partition->weight, k * sizeof *partition->weight);
    memcpy(segmentation->centroid, partition->centroid, k * d * sizeof *partition->centroid);
    memcpy(segmentation->inertia_of, partition->inertia_of, k * sizeof *partition->inertia_of);
cleanup:
    if (status != BM_OK)
        bm_segmentation_free(segmentation);
    return status;
}

void bm_partition_free(bm_partition *partition) {
    free(partition->label);
    free(partition->centroid);
    free(partition->size);
    free(partition->weight);
    free(partition->inertia_of);
    free(partition->spread);
    free(partition->partial);
    free(partition->order);
    *partition = (bm_partition){0};
}
