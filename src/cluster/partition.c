/* Sizes, weighted means and sums of squares of a labelling. Rows are summed in chunks fixed by the
 * data and the chunks in order, so any number of threads gives the same bytes. O(n d) time. */
#include "cluster/partition.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "buyermap/context.h"
#include "data/rows.h"
#include "kernel/distance.h"
#include "kernel/pairs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_ROWS = 8192, MOST_CHUNKS = 256, SUMS = 5 };

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
    BM_TRY(BM_NEW(&partition->simplified, k, "silhouettes", err));
    BM_TRY(BM_NEW(&partition->partial, sums, "sums of segments", err));
    BM_TRY(BM_NEW(&partition->order, k, "segment order", err));
cleanup:
    if (status != BM_OK)
        bm_partition_free(partition);
    return status;
}

size_t bm_partition_memory(size_t n, size_t d, size_t k) {
    size_t sums = bm_cluster_sums(n, k, sums_width(d)), cells = 0, labels = 0, total = 0;
    int fits = bm_multiply(k, d + 6, &cells) && bm_multiply(n, sizeof(int32_t), &labels) &&
               bm_add(sums, cells, &total) && bm_multiply(total, sizeof(double), &total) &&
               bm_add(total, labels, &total);
    return fits ? total : SIZE_MAX;
}

/* Lets `chunk` write sums of `width` doubles for each chunk of rows, and adds them up, chunk after
 * chunk, in the first. */
static bm_status sum_chunks(bm_partition *partition, bm_chunk_fn chunk, size_t width,
                            bm_error *err) {
    size_t n = partition->features->n, rows = bm_cluster_chunk_rows(n, partition->k);
    bm_status status = bm_rows_pass(partition->features, rows, chunk, partition, err);
    double *total = partition->partial;
    for (size_t c = 1; status == BM_OK && c < bm_chunks(n, rows); c++)
        for (size_t cell = 0; cell < width; cell++)
            total[cell] += partition->partial[c * width + cell];
    return status;
}

static void add_doubles(const double *row, size_t d, double weight, double *sum) {
    for (size_t f = 0; f < d; f++)
        sum[f] += weight * row[f];
    sum[d] += weight;
}

static void add_floats(const float *row, size_t d, double weight, double *sum) {
    for (size_t f = 0; f < d; f++)
        sum[f] += weight * (double)row[f];
    sum[d] += weight;
}

static bm_status sum_chunk(size_t chunk, void *arg, bm_error *err) {
    bm_partition *partition = arg;
    const bm_features *features = partition->features;
    size_t d = features->d, rows = bm_cluster_chunk_rows(features->n, partition->k);
    size_t first = bm_chunk_begin(chunk, rows), end = bm_chunk_end(chunk, rows, features->n);
    size_t width = partition->k * (d + 1);
    const void *x = bm_rows_at(features, first);
    int single = bm_rows_are_single(features);
    double *sums = partition->partial + chunk * width;
    memset(sums, 0, width * sizeof *sums);
    for (size_t i = first; i < end; i++) {
        double weight = bm_weight_of(features->weight, i);
        double *sum = sums + (size_t)partition->label[i] * (d + 1);
        if (single)
            add_floats((const float *)x + (i - first) * d, d, weight, sum);
        else
            add_doubles((const double *)x + (i - first) * d, d, weight, sum);
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

/* As bm_squared_distance. */
static double square_of(const float *row, const double *centroid, size_t d) {
    double sum = 0;
    for (size_t f = 0; f < d; f++) {
        double difference = (double)row[f] - centroid[f];
        sum += difference * difference;
    }
    return sum;
}

/* Distances of a block of rows to their own centroids only. */
static void measure_own(const bm_partition *partition, const void *x, int single, size_t first,
                        size_t count, bm_apart *apart) {
    size_t d = partition->features->d;
    for (size_t i = 0; i < count; i++) {
        const double *centroid = partition->centroid + (size_t)partition->label[first + i] * d;
        apart->square[i] = single ? square_of((const float *)x + i * d, centroid, d)
                                  : bm_squared_distance((const double *)x + i * d, centroid, d);
        apart->own[i] = sqrt(apart->square[i]);
    }
}

/* Adds a block of rows to the figures of each segment: buyers, weight, weighted squared distances,
 * weighted distances, weighted simplified silhouettes. */
static void add_block(const bm_partition *partition, const bm_apart *apart, size_t first,
                      size_t count, double *sums) {
    for (size_t i = 0; i < count; i++) {
        double weight = bm_weight_of(partition->features->weight, first + i);
        double own = apart->own[i], other = apart->other[i];
        double greater = own > other ? own : other;
        double *sum = sums + (size_t)partition->label[first + i] * SUMS;
        sum[0] += 1;
        sum[1] += weight;
        sum[2] += weight * apart->square[i];
        sum[3] += weight * own;
        sum[4] += greater > 0 ? weight * ((other - own) / greater) : 0;
    }
}

static void measure_rows(size_t chunk, bm_partition *partition, int all) {
    const bm_features *features = partition->features;
    size_t d = features->d, k = partition->k, rows = bm_cluster_chunk_rows(features->n, k);
    size_t begin = bm_chunk_begin(chunk, rows), end = bm_chunk_end(chunk, rows, features->n);
    int single = bm_rows_are_single(features);
    double *sums = partition->partial + chunk * k * SUMS;
    bm_apart apart = {.other = {0}};
    memset(sums, 0, k * SUMS * sizeof *sums);
    for (size_t first = begin; first < end; first += BM_APART_ROWS) {
        size_t count = end - first < BM_APART_ROWS ? end - first : BM_APART_ROWS;
        const void *x = bm_rows_at(features, first);
        if (all)
            bm_pairs_here()->apart(x, single, count, d, partition->centroid, k,
                                   partition->label + first, 0, &apart);
        else
            measure_own(partition, x, single, first, count, &apart);
        add_block(partition, &apart, first, count, sums);
    }
}

static bm_status measure_chunk(size_t chunk, void *arg, bm_error *err) {
    measure_rows(chunk, arg, 0);
    return bm_check_interrupt(err);
}

static bm_status measure_all_chunk(size_t chunk, void *arg, bm_error *err) {
    measure_rows(chunk, arg, 1);
    return bm_check_interrupt(err);
}

static bm_status measure(bm_partition *partition, bm_chunk_fn chunk, int all, bm_error *err) {
    const double *total = partition->partial;
    bm_status status = sum_chunks(partition, chunk, partition->k * SUMS, err);
    if (status != BM_OK)
        return status;
    partition->inertia = 0;
    for (size_t segment = 0; segment < partition->k; segment++, total += SUMS) {
        partition->size[segment] = (size_t)total[0];
        partition->weight[segment] = total[1];
        partition->inertia_of[segment] = total[2];
        partition->spread[segment] = total[3];
        /* Alone in its segment a buyer has 0. */
        partition->simplified[segment] = !all ? NAN : partition->size[segment] > 1 ? total[4] : 0;
        partition->inertia += partition->inertia_of[segment];
    }
    return BM_OK;
}

bm_status bm_partition_measure(bm_partition *partition, bm_error *err) {
    return measure(partition, measure_chunk, 0, err);
}

bm_status bm_partition_measure_all(bm_partition *partition, bm_error *err) {
    return measure(partition, measure_all_chunk, 1, err);
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
    bm_reorder_segments(partition->simplified, sizeof(double), order, k, scratch);
    for (size_t place = 0; place < k; place++)
        scratch[order[place]] = place;
    for (size_t i = 0; i < partition->features->n; i++)
        partition->label[i] = (int32_t)scratch[partition->label[i]];
    partition->inertia = 0;
    for (size_t segment = 0; segment < k; segment++)
        partition->inertia += partition->inertia_of[segment];
}

bm_status bm_partition_segmentation(bm_partition *partition, bm_segmentation *segmentation,
                                    bm_error *err) {
    size_t n = partition->features->n, d = partition->features->d, k = partition->k;
    bm_status status = BM_OK;
    segmentation->n = n;
    segmentation->d = d;
    segmentation->k = k;
    segmentation->inertia = partition->inertia;
    BM_TRY(BM_NEW(&segmentation->size, k, "segment sizes", err));
    BM_TRY(BM_NEW(&segmentation->weight, k, "segment weights", err));
    BM_TRY(BM_NEW_ALIGNED(&segmentation->centroid, k * d, "centroids", err));
    BM_TRY(BM_NEW(&segmentation->inertia_of, k, "sums of squares", err));
    segmentation->label = partition->label;
    partition->label = NULL;
    for (size_t i = 0; i < n; i++)
        segmentation->label[i]++;
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
    free(partition->simplified);
    free(partition->partial);
    free(partition->order);
    *partition = (bm_partition){0};
}
