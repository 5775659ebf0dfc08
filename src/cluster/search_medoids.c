/* The way by medoids: each k from scratch, the starts of BUILD shared by all k; of each only its
 * medoids are kept, and its labels are made again by one assignment. Medoids are by what the buyers
 * are clustered by, Euclidean distance where nothing else was given. */
#include "cluster/search.h"

#include "base/memory.h"
#include "cluster/medoids.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the search has of its own. */
typedef struct bm_medoid_search {
    bm_dissimilarity euclidean; /* empty where another was given */
    bm_medoid_task task;
    bm_medoids medoids; /* of an exact search */
    int is_exact;
    double *apart;  /* [n] of each row to its medoid */
    size_t *medoid; /* [high] */
} bm_medoid_search;

/* Without the matrix of an exact search, which is used where there is room. */
static size_t memory(size_t n, size_t d, size_t high, const bm_cluster_options *options) {
    size_t bytes = options->dissimilarity == NULL ? bm_euclidean_memory(n, d) : 0;
    size_t search = bm_medoids_are_exact(n, options->restarts)
                        ? bm_medoids_memory(n, high)
                        : bm_medoids_sampled_memory(n, d, high, options->single);
    size_t rows;
    return bm_add(bytes, search, &bytes) && bm_multiply(n, 2 * sizeof(double), &rows) &&
                   bm_add(bytes, rows, &bytes)
               ? bytes
               : SIZE_MAX;
}

static int has_room_for_matrix(const bm_search *now) {
    size_t n = now->features->n;
    size_t need = bm_cluster_memory(n, now->features->d, now->options);
    return bm_add(need, bm_apart_rows_memory(n, now->options->single), &need) &&
           bm_require_memory(now->context, need, "the matrix of distances", NULL) == BM_OK;
}

static void warn_of_samples(const bm_search *now, size_t high) {
    size_t n = now->features->n, starts = bm_medoids_exact_starts(n);
    char advice[64] = "";
    if (starts > 0)
        snprintf(advice, sizeof advice, "; --restarts %zu would search all together", starts);
    bm_warn(now->context->log,
            "k-medoids of %zu buyers: medoids are searched in %d samples of %zu buyers, and those "
            "that are best for all are kept%s",
            n, BM_MEDOID_SAMPLES, bm_medoid_sample_rows(n, high), advice);
}

static bm_status start(bm_search *now, size_t high, bm_error *err) {
    const bm_cluster_options *options = now->options;
    bm_medoid_search *own = NULL;
    bm_status status;
    BM_TRY(BM_NEW(&own, 1, "medoids", err));
    now->medoids = own;
    BM_TRY(BM_NEW(&own->apart, now->features->n, "medoids", err));
    BM_TRY(BM_NEW(&own->medoid, high, "medoids", err));
    if (options->dissimilarity == NULL)
        BM_TRY(bm_euclidean(now->features, &own->euclidean, err));
    own->task = (bm_medoid_task){
        .dissimilarity = options->dissimilarity != NULL ? options->dissimilarity : &own->euclidean,
        .weight = now->features->weight,
        .restarts = options->restarts > 0 ? options->restarts : 1,
        .single = options->single,
        .context = now->context};
    own->is_exact = bm_medoids_are_exact(now->features->n, own->task.restarts);
    if (own->is_exact)
        BM_TRY(bm_medoids_init(&own->medoids, &own->task, high, has_room_for_matrix(now), err));
    else
        warn_of_samples(now, high);
cleanup:
    return status;
}

/* Mean dissimilarities of segments, and of all. */
static void average(const bm_search *now, bm_candidate *kept) {
    const bm_partition *partition = &now->partition;
    double sum = 0, weight = 0;
    memset(kept->apart, 0, partition->k * sizeof *kept->apart);
    for (size_t i = 0; i < now->features->n; i++)
        kept->apart[partition->label[i]] +=
            bm_weight_of(now->features->weight, i) * now->medoids->apart[i];
    for (size_t s = 0; s < partition->k; s++) {
        sum += kept->apart[s];
        weight += partition->weight[s];
        kept->apart[s] /= partition->weight[s];
    }
    kept->objective = sum / weight;
}

/* Labels and measures of medoids, into the partition. */
static bm_status label(bm_search *now, const size_t *medoid, size_t k, bm_error *err) {
    double total;
    bm_status status;
    BM_TRY(bm_medoids_assign(&now->medoids->task, medoid, k, now->partition.label,
                             now->medoids->apart, &total, err));
    BM_TRY(bm_partition_means(&now->partition, err));
    BM_TRY(bm_search_measure(now, err));
    bm_partition_order(&now->partition);
cleanup:
    return status;
}

static bm_status find(bm_search *now, size_t k, bm_candidate *kept, bm_error *err) {
    bm_medoid_search *own = now->medoids;
    bm_status status;
    BM_TRY(BM_NEW(&kept->medoid, k, "medoids", err));
    BM_TRY(BM_NEW(&kept->apart, k, "medoids", err));
    if (own->is_exact) {
        BM_TRY(bm_medoids_run(&own->medoids, k, NULL, err));
        memcpy(own->medoid, own->medoids.best, k * sizeof *own->medoid);
    } else {
        BM_TRY(bm_medoids_sampled(&own->task, k, own->medoid, err));
    }
    BM_TRY(label(now, own->medoid, k, err));
    for (size_t m = 0; m < k; m++) /* as the segments were ordered */
        kept->medoid[m] = own->medoid[now->partition.order[m]];
    average(now, kept);
cleanup:
    return status;
}

static int by_row(const void *a, const void *b) {
    size_t left = *(const size_t *)a, right = *(const size_t *)b;
    return (left > right) - (left < right);
}

static bm_status recall(bm_search *now, const bm_candidate *kept, bm_error *err) {
    bm_medoid_search *own = now->medoids;
    memcpy(own->medoid, kept->medoid, kept->k * sizeof *own->medoid);
    qsort(own->medoid, kept->k, sizeof *own->medoid, by_row);
    return label(now, own->medoid, kept->k, err);
}

static void end(bm_search *now) {
    bm_medoid_search *own = now->medoids;
    if (own == NULL)
        return;
    bm_medoids_free(&own->medoids);
    bm_dissimilarity_free(&own->euclidean);
    free(own->apart);
    free(own->medoid);
    free(own);
    now->medoids = NULL;
}

const bm_way bm_way_medoids = {
    .memory = memory, .start = start, .find = find, .recall = recall, .end = end};
