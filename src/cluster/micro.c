/* Micro-segments by k-means of a sample.
 *
 * A sample of 40 rows a micro-segment, drawn evenly over the table, is clustered from rows drawn
 * among them, with at most 10 Lloyd iterations (a k-means|| start leaves 1 % less inertia within
 * them, at nine times the cost). Then every row goes to the nearest of the centroids that this
 * gives, in one exact pass, and each micro-segment has the mean, the weight and the sum of squares
 * of the rows it got. Any partition would have an exact tree above it; a better one leaves less of
 * the inertia below it. Micro-segments are in canonical order (falling buyers, then by mean).
 *
 * Memory: that of k-means for the sample, then for all rows. */
#include "cluster/micro.h"

#include "base/memory.h"
#include "cluster/distinct.h"
#include "cluster/kmeans.h"
#include "cluster/partition.h"
#include "cluster/subsample.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS_A_SEGMENT = 40, ITERATIONS = 10 };

static bm_cluster_options options_of(size_t k) {
    return (bm_cluster_options){.method = bm_clusterer_find("kmeans"),
                                .k_low = k,
                                .k_high = k,
                                .random_init = 1,
                                .restarts = 1,
                                .max_iterations = ITERATIONS};
}

static size_t sample_rows(size_t n, size_t most) {
    return most > n / ROWS_A_SEGMENT ? n : most * ROWS_A_SEGMENT;
}

size_t bm_micro_memory(size_t n, size_t d, size_t most) {
    const bm_cluster_options options = options_of(most);
    size_t rows = sample_rows(n, most), sample, all, bytes;
    if (!bm_multiply(rows, d + 2, &sample) || !bm_multiply(sample, sizeof(double), &sample) ||
        !bm_add(sample, bm_kmeans_memory(rows, d, most, &options), &sample) ||
        !bm_add(bm_partition_memory(n, d, most), bm_kmeans_memory(n, d, most, &options), &all) ||
        !bm_multiply(most, (d + 4) * sizeof(double), &bytes) ||
        !bm_add(bytes, sample > all ? sample : all, &bytes))
        return SIZE_MAX;
    return bytes;
}

/* Centroids [most × d] of a sample; *k: how many there are. */
static bm_status find_centroids(const bm_features *features, size_t most, const bm_context *context,
                                double **centroid, size_t *k, bm_error *err) {
    bm_features sample = {0};
    bm_kmeans kmeans = {0};
    int32_t *label = NULL;
    int converged;
    bm_status status;
    BM_TRY(bm_subsample(features, sample_rows(features->n, most), context->seed, "coarse", &sample,
                        err));
    BM_TRY(bm_distinct_rows(&sample, most, k, err));
    BM_TRY(BM_NEW(&label, sample.n, "micro-segments", err));
    BM_TRY(BM_NEW(centroid, *k * features->d, "micro-segments", err));
    const bm_cluster_options options = options_of(*k);
    BM_TRY(bm_kmeans_init(&kmeans, &sample, &options, *k, label, err));
    BM_TRY(bm_kmeans_run(&kmeans, *k, context, &converged, err));
    memcpy(*centroid, kmeans.centroid, *k * features->d * sizeof **centroid);
cleanup:
    bm_kmeans_free(&kmeans);
    bm_features_free(&sample);
    free(label);
    return status;
}

/* Every row to the nearest centroid, and what that gives. */
static bm_status assign(const bm_features *features, const double *centroid, size_t k,
                        bm_partition *partition, bm_error *err) {
    const bm_cluster_options options = options_of(k);
    bm_kmeans kmeans = {0};
    bm_status status;
    BM_TRY(bm_partition_init(partition, features, k, err));
    BM_TRY(bm_kmeans_init(&kmeans, features, &options, k, partition->label, err));
    BM_TRY(bm_kmeans_recall(&kmeans, k, centroid, err));
    bm_kmeans_free(&kmeans);
    partition->k = k;
    BM_TRY(bm_partition_means(partition, err));
    BM_TRY(bm_partition_measure(partition, err));
    bm_partition_order(partition);
cleanup:
    bm_kmeans_free(&kmeans);
    return status;
}

/* Those that got rows. */
static bm_status keep(bm_partition *partition, bm_micro *micro, bm_error *err) {
    size_t d = partition->features->d, count = 0;
    bm_status status;
    while (count < partition->k && partition->size[count] > 0)
        count++;
    micro->count = count;
    micro->d = d;
    BM_TRY(BM_NEW(&micro->buyers, count, "micro-segments", err));
    BM_TRY(BM_NEW(&micro->weight, count, "micro-segments", err));
    BM_TRY(BM_NEW(&micro->inertia, count, "micro-segments", err));
    BM_TRY(BM_NEW(&micro->centroid, count * d, "micro-segments", err));
    memcpy(micro->buyers, partition->size, count * sizeof *micro->buyers);
    memcpy(micro->weight, partition->weight, count * sizeof *micro->weight);
    memcpy(micro->inertia, partition->inertia_of, count * sizeof *micro->inertia);
    memcpy(micro->centroid, partition->centroid, count * d * sizeof *micro->centroid);
    micro->of = partition->label;
    partition->label = NULL;
cleanup:
    return status;
}

bm_status bm_micro_make(const bm_features *features, size_t most, const bm_context *context,
                        bm_micro *micro, bm_error *err) {
    bm_partition partition = {0};
    double *centroid = NULL;
    size_t k;
    bm_status status;
    *micro = (bm_micro){0};
    BM_TRY(find_centroids(features, most, context, &centroid, &k, err));
    BM_TRY(assign(features, centroid, k, &partition, err));
    status = keep(&partition, micro, err);
cleanup:
    bm_partition_free(&partition);
    free(centroid);
    if (status != BM_OK)
        bm_micro_free(micro);
    return status;
}

bm_features bm_micro_rows(const bm_micro *micro) {
    return (bm_features){
        .n = micro->count, .d = micro->d, .x = micro->centroid, .weight = micro->weight};
}
