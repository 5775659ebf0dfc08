/* The features, normalized, as the matrix that is clustered: in memory, or, where --memory-limit
 * has no room for it, in a file.
 *
 * A file of normalized rows, not the input, is streamed, though it takes as much of the disk as the
 * matrix would of memory: rows come without being unpacked and shaped again for each pass, the
 * input may be of any kind, and what becomes of it meanwhile does no harm. */
#include "base/memory.h"
#include "cluster/gower.h"
#include "cluster/partition.h"
#include "data/rows.h"
#include "job/run.h"
#include "normalize/normalize.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* A height or an inconsistency says by itself what kind of cut it is. */
static bm_cut cut_of(const bm_job *job) {
    const double height = job->cluster.cut_height, inconsistency = job->cluster.cut_inconsistency;
    if (!isnan(height))
        return (bm_cut){.by = BM_CUT_HEIGHT, .value = height};
    if (!isnan(inconsistency))
        return (bm_cut){.by = BM_CUT_INCONSISTENCY,
                        .value = inconsistency,
                        .depth = job->cluster.inconsistency_depth};
    return (bm_cut){.by = (bm_cut_by)job->cluster.cut};
}

/* Whether the method makes do with passes over the n rows, which may be floats or in a file. A
 * coarse tree of no more buyers than it may have leaves is one of the buyers. */
static int streams(const bm_job *job, size_t n) {
    return bm_clusterers[job->cluster.method]->is_kmeans ||
           (job->cluster.coarse > 0 && job->cluster.coarse < n);
}

bm_cluster_options bm_run_cluster_options(const bm_job *job) {
    return (bm_cluster_options){
        .method = bm_clusterers[job->cluster.method],
        .k_low = job->cluster.k.low,
        .k_high = job->cluster.k.high,
        .k_auto = job->cluster.k.automatic,
        .random_init = strcmp(job->cluster.init, "random") == 0,
        .parallel_init = strcmp(job->cluster.init, "kmeans||") == 0,
        .refine = job->cluster.refine == 0,
        .restarts = job->cluster.restarts,
        .max_iterations = job->cluster.max_iterations,
        .tolerance = job->cluster.tolerance,
        .criterion = job->cluster.criterion,
        .quality = job->cluster.quality == 0,
        .min_size = job->cluster.min_size,
        .max_size = job->cluster.max_size,
        .stability = job->cluster.stability,
        .single = job->cluster.precision != 0 && !bm_clusterers[job->cluster.method]->is_kmeans,
        .cut = cut_of(job),
        .coarse = job->cluster.coarse,
    };
}

/* The matrix is one of floats; of other methods it is the distances that are kept. */
static int is_single(const bm_job *job, size_t n) {
    return job->cluster.precision != 0 && streams(job, n);
}

/* Bytes of the normalized matrix. */
static size_t matrix_bytes(const bm_job *job, size_t n, size_t d) {
    size_t bytes;
    int fits = bm_multiply(n, d, &bytes) &&
               bm_multiply(bytes, is_single(job, n) ? sizeof(float) : sizeof(double), &bytes);
    return fits ? bytes : SIZE_MAX;
}

/* What the program and its writers take beside what is counted: blocks of rows, whose size does not
 * grow with that of the table once it is large. */
static size_t own_bytes(size_t n) {
    enum { A_ROW = 480, MOST = 48 << 20 };
    return n < MOST / A_ROW ? n * A_ROW : MOST;
}

/* Where the matrix and the clustering do not fit the limit together, the matrix is kept in a file
 * and streamed, if the method can do with passes over the rows. */
static int is_too_large(const bm_run *run, size_t bytes) {
    const bm_cluster_options options = bm_run_cluster_options(run->job);
    size_t n = run->matrix.n, limit = run->context->memory_limit, need;
    if (limit == 0 || !streams(run->job, n))
        return 0;
    return !bm_add(bytes, bm_cluster_memory(n, run->matrix.d, &options), &need) ||
           !bm_add(need, run->context->held + own_bytes(n), &need) || need > limit;
}

/* Passes over a matrix in a file hold windows of it. */
static void hold_windows(bm_run *run) {
    const bm_features *matrix = &run->matrix;
    size_t rows = bm_cluster_chunk_rows(matrix->n, run->job->cluster.k.high);
    size_t windows =
        bm_rows_window_memory(rows, matrix->n, matrix->d, is_single(run->job, matrix->n));
    if (!bm_add(run->context->held, own_bytes(matrix->n), &run->context->held) ||
        !bm_add(run->context->held, windows, &run->context->held))
        run->context->held = SIZE_MAX;
}

static void tell_streaming(const bm_run *run, size_t bytes) {
    char need[32], limit[32];
    bm_info(run->context->log,
            "the feature matrix of %s is kept in a file and streamed: --memory-limit is %s",
            bm_format_bytes(need, sizeof need, bytes),
            bm_format_bytes(limit, sizeof limit, run->context->memory_limit));
}

/* What fitting has to tell is what a difference counts for in Euclidean distance. */
static bm_context fitting_context(const bm_run *run) {
    bm_context context = *run->context;
    if (run->job->cluster.distance != BM_DISTANCE_EUCLIDEAN)
        context.log = NULL;
    return context;
}

bm_status bm_run_normalize(bm_run *run, bm_error *err) {
    const bm_job *job = run->job;
    bm_features *matrix = &run->matrix;
    const char *path = NULL;
    bm_status status;
    BM_TRY(bm_features_select(&run->set.all, matrix, err));
    size_t bytes = matrix_bytes(job, matrix->n, matrix->d);
    if (is_too_large(run, bytes)) {
        path = job->output.dir;
        tell_streaming(run, bytes);
        hold_windows(run);
    }
    const bm_context fitting = fitting_context(run);
    BM_TRY(bm_normalize_fit(matrix, bm_normalizers[job->features.normalize],
                            job->cluster.k.high == 1 || matrix->n == 1, &fitting, &run->scaling,
                            err));
    status = bm_normalize_into(matrix, &run->scaling, is_single(job, matrix->n), path, run->context,
                               err);
    if (status == BM_OK && path == NULL)
        run->context->held += bytes;
cleanup:
    return status;
}

size_t bm_run_memory(const bm_run *run) {
    const bm_cluster_options options = bm_run_cluster_options(run->job);
    size_t n = run->set.all.n, d = 0, bytes;
    for (size_t j = 0; j < run->set.all.d; j++)
        d += run->set.all.feature[j].clustered != 0;
    bytes = matrix_bytes(run->job, n, d);
    if (run->job->cluster.distance == BM_DISTANCE_GOWER &&
        !bm_add(bytes, bm_gower_memory(n, run->set.all.d), &bytes))
        return SIZE_MAX;
    return bm_add(bytes, bm_cluster_memory(n, d, &options), &bytes) ? bytes : SIZE_MAX;
}
