/* The k-means way: each k from scratch; of each only its centroids are kept, and its labels are
 * made again by one assignment. */
#include "cluster/search.h"

#include "base/memory.h"
#include "cluster/size_bounds.h"

#include <math.h>
#include <string.h>

static size_t memory(size_t n, size_t d, size_t high, const bm_cluster_options *options) {
    return bm_kmeans_memory(n, d, high, options);
}

static bm_status start(bm_search *now, size_t high, bm_error *err) {
    bm_status status;
    BM_TRY(
        bm_kmeans_init(&now->kmeans, now->features, now->options, high, now->partition.label, err));
    BM_TRY(bm_kmeans_keep(&now->kmeans, now->options->checkpoint, err));
cleanup:
    return status;
}

/* Brings what k-means found within the bounds of sizes; one k alone has to hold them. */
static bm_status bound_sizes(bm_search *now, bm_candidate *kept, bm_error *err) {
    int held;
    size_t cells;
    bm_status status = BM_OK;
    if (!bm_size_bounded(now->options))
        return BM_OK;
    kept->unbounded = now->partition.inertia;
    BM_TRY(bm_size_bounds(&now->partition, now->options, now->context, &held, err));
    kept->is_out_of_bounds = !held;
    if (!held && now->tried == 1)
        BM_TRY(bm_size_not_held(now->options, now->low, err));
    cells = now->partition.k * now->features->d;
    BM_TRY(BM_NEW(&kept->bounded, cells, "centroids", err));
    memcpy(kept->bounded, now->partition.centroid, cells * sizeof *kept->bounded);
    BM_TRY(bm_search_measure(now, err));
cleanup:
    return status;
}

/* k = 1 without any start, which the default range tries by the way. */
static bm_status take_all(bm_search *now, bm_candidate *kept, bm_error *err) {
    bm_partition *partition = &now->partition;
    bm_status status = BM_OK;
    memset(partition->label, 0, now->features->n * sizeof *partition->label);
    BM_TRY(bm_partition_means(partition, err));
    BM_TRY(bm_search_measure(now, err));
    BM_TRY(BM_NEW(&kept->centroid, now->features->d, "centroids", err));
    BM_TRY(BM_NEW(&kept->iteration, 1, "the iteration log", err));
    memcpy(kept->centroid, partition->centroid, now->features->d * sizeof *kept->centroid);
    kept->iterations = 1;
    kept->iteration[0] = (bm_iteration){
        .restart = 1, .iteration = 1, .inertia = partition->inertia, .moved = now->features->n};
    BM_TRY(bound_sizes(now, kept, err));
cleanup:
    return status;
}

/* By k-means from scratch. */
static bm_status run_kmeans(bm_search *now, size_t k, bm_candidate *kept, bm_error *err) {
    size_t cells = k * now->features->d;
    bm_kmeans *kmeans = &now->kmeans;
    bm_status status = BM_OK;
    BM_TRY(bm_kmeans_run(kmeans, k, now->context, &kept->converged, err));
    BM_TRY(BM_NEW(&kept->centroid, cells, "centroids", err));
    memcpy(kept->centroid, kmeans->centroid, cells * sizeof *kept->centroid);
    memcpy(now->partition.centroid, kmeans->centroid, cells * sizeof *kmeans->centroid);
    kept->iteration = kmeans->iteration;
    kept->iterations = kmeans->iterations;
    kmeans->iteration = NULL;
    kmeans->iterations = kmeans->iterations_reserved = 0;
    BM_TRY(bm_search_measure(now, err));
    BM_TRY(bound_sizes(now, kept, err));
cleanup:
    return status;
}

static bm_status find(bm_search *now, size_t k, bm_candidate *kept, bm_error *err) {
    return k == 1 && now->options->k_auto ? take_all(now, kept, err)
                                          : run_kmeans(now, k, kept, err);
}

static bm_status recall(bm_search *now, const bm_candidate *kept, bm_error *err) {
    size_t k = kept->k;
    const double *centroid = kept->bounded != NULL ? kept->bounded : kept->centroid;
    bm_status status;
    memcpy(now->partition.centroid, centroid, k * now->features->d * sizeof *centroid);
    BM_TRY(bm_kmeans_recall(&now->kmeans, k, centroid, err));
    BM_TRY(bm_partition_measure(&now->partition, err));
cleanup:
    return status;
}

static void end(bm_search *now) {
    bm_kmeans_free(&now->kmeans);
}

const bm_way bm_way_kmeans = {memory, NULL, NULL, start, find, recall, NULL, end};
