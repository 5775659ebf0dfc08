/* First centroids of k-means.
 *
 * k-means++ (Arthur & Vassilvitskii, SODA 2007) with greedy trials: each further centroid is the
 * best of 2 + ⌊ln k⌋ rows drawn with probability weight × squared distance to the nearest centroid
 * so far; best is the least sum of weighted squared distances left, ties to the earlier trial.
 * O(n k d log k) time, one distance a row.
 *
 * Random: k rows of distinct values, drawn without replacement. */
#include "base/memory.h"
#include "base/parallel.h"
#include "cluster/distinct.h"
#include "cluster/kmeans.h"
#include "kernel/distance.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TRIALS = 64 };

/* One step: candidate rows, and what each would leave, by chunk. */
typedef struct step {
    bm_kmeans *kmeans;
    size_t trials;
    size_t row[MOST_TRIALS];
    size_t centroid;
} step;

size_t bm_kmeans_trials(size_t k) {
    size_t trials = 2 + (k > 1 ? (size_t)log((double)k) : 0);
    return trials < MOST_TRIALS ? trials : MOST_TRIALS;
}

static bm_status try_chunk(size_t chunk, void *arg, bm_error *err) {
    step *now = arg;
    const bm_kmeans *kmeans = now->kmeans;
    const bm_features *features = kmeans->features;
    size_t d = features->d, end = bm_chunk_end(chunk, kmeans->chunk_rows, features->n);
    double left[MOST_TRIALS] = {0};
    for (size_t i = bm_chunk_begin(chunk, kmeans->chunk_rows); i < end; i++) {
        double weight = bm_weight_of(features->weight, i), nearest = kmeans->distance[i];
        for (size_t trial = 0; trial < now->trials; trial++) {
            double distance =
                bm_squared_distance(features->x + i * d, features->x + now->row[trial] * d, d);
            left[trial] += weight * (distance < nearest ? distance : nearest);
        }
    }
    memcpy(now->kmeans->left + chunk * now->trials, left, now->trials * sizeof *left);
    return bm_check_interrupt(err);
}

/* Takes the chosen row into account: distances to the nearest centroid, and their sums by chunk. */
static bm_status take_chunk(size_t chunk, void *arg, bm_error *err) {
    step *now = arg;
    bm_kmeans *kmeans = now->kmeans;
    const bm_features *features = kmeans->features;
    size_t d = features->d, end = bm_chunk_end(chunk, kmeans->chunk_rows, features->n);
    const double *centroid = kmeans->centroid + now->centroid * d;
    double left = 0;
    for (size_t i = bm_chunk_begin(chunk, kmeans->chunk_rows); i < end; i++) {
        double distance = bm_squared_distance(features->x + i * d, centroid, d);
        if (now->centroid == 0 || distance < kmeans->distance[i])
            kmeans->distance[i] = distance;
        left += bm_weight_of(features->weight, i) * kmeans->distance[i];
    }
    kmeans->tally[chunk].inertia = left;
    return bm_check_interrupt(err);
}

/* The row at which the running sum of weight × distance passes a share of the whole: the chunk by
 * the sums of chunks, then the row within. A row whose share is 0 is never drawn unless all are. */
static size_t row_at(const bm_kmeans *kmeans, double share) {
    const bm_features *features = kmeans->features;
    double total = 0;
    for (size_t chunk = 0; chunk < kmeans->chunks; chunk++)
        total += kmeans->tally[chunk].inertia;
    double target = share * total, sum = 0;
    size_t chunk = 0, drawn = 0, last = 0;
    for (size_t c = 0; c < kmeans->chunks; c++)
        if (kmeans->tally[c].inertia > 0)
            last = c;
    while (chunk < last && sum + kmeans->tally[chunk].inertia <= target)
        sum += kmeans->tally[chunk++].inertia;
    size_t end = bm_chunk_end(chunk, kmeans->chunk_rows, features->n);
    drawn = bm_chunk_begin(chunk, kmeans->chunk_rows);
    for (size_t i = drawn; i < end; i++) {
        double part = bm_weight_of(features->weight, i) * kmeans->distance[i];
        if (part <= 0)
            continue;
        drawn = i;
        sum += part;
        if (sum > target)
            break;
    }
    return drawn;
}

static void set_centroid(bm_kmeans *kmeans, size_t centroid, size_t row) {
    size_t d = kmeans->features->d;
    memcpy(kmeans->centroid + centroid * d, kmeans->features->x + row * d,
           d * sizeof *kmeans->centroid);
}

/* The trial that leaves least. */
static size_t best_trial(const step *now) {
    size_t best = 0;
    double least = INFINITY;
    for (size_t trial = 0; trial < now->trials; trial++) {
        double left = 0;
        for (size_t chunk = 0; chunk < now->kmeans->chunks; chunk++)
            left += now->kmeans->left[chunk * now->trials + trial];
        if (left < least) {
            least = left;
            best = trial;
        }
    }
    return best;
}

static bm_status plus_plus(bm_kmeans *kmeans, gsl_rng *rng, bm_error *err) {
    bm_status status = BM_OK;
    step now = {.kmeans = kmeans, .trials = bm_kmeans_trials(kmeans->k)};
    /* The first row is drawn by weight alone: every distance is taken to be 1. */
    for (size_t chunk = 0; chunk < kmeans->chunks; chunk++) {
        size_t end = bm_chunk_end(chunk, kmeans->chunk_rows, kmeans->features->n);
        kmeans->tally[chunk].inertia = 0;
        for (size_t i = bm_chunk_begin(chunk, kmeans->chunk_rows); i < end; i++) {
            kmeans->distance[i] = 1;
            kmeans->tally[chunk].inertia += bm_weight_of(kmeans->features->weight, i);
        }
    }
    set_centroid(kmeans, 0, row_at(kmeans, gsl_rng_uniform(rng)));
    BM_TRY(bm_parallel_for(kmeans->chunks, take_chunk, &now, err));
    for (size_t centroid = 1; centroid < kmeans->k; centroid++) {
        for (size_t trial = 0; trial < now.trials; trial++)
            now.row[trial] = row_at(kmeans, gsl_rng_uniform(rng));
        BM_TRY(bm_parallel_for(kmeans->chunks, try_chunk, &now, err));
        now.centroid = centroid;
        set_centroid(kmeans, centroid, now.row[best_trial(&now)]);
        BM_TRY(bm_parallel_for(kmeans->chunks, take_chunk, &now, err));
    }
cleanup:
    return status;
}

static bm_status others_chunk(size_t chunk, void *arg, bm_error *err) {
    const step *now = arg;
    bm_kmeans *kmeans = now->kmeans;
    const bm_features *features = kmeans->features;
    size_t d = features->d, end = bm_chunk_end(chunk, kmeans->chunk_rows, features->n);
    double left = 0;
    for (size_t i = bm_chunk_begin(chunk, kmeans->chunk_rows); i < end; i++) {
        double nearest = INFINITY;
        for (size_t other = 0; other < kmeans->k; other++) {
            if (other == now->centroid)
                continue;
            double distance =
                bm_squared_distance(features->x + i * d, kmeans->centroid + other * d, d);
            nearest = distance < nearest ? distance : nearest;
        }
        kmeans->distance[i] = nearest;
        left += bm_weight_of(features->weight, i) * nearest;
    }
    kmeans->tally[chunk].inertia = left;
    return bm_check_interrupt(err);
}

bm_status bm_kmeans_redraw(bm_kmeans *kmeans, size_t centroid, gsl_rng *rng, bm_error *err) {
    bm_status status = BM_OK;
    step now = {.kmeans = kmeans, .trials = bm_kmeans_trials(kmeans->k), .centroid = centroid};
    BM_TRY(bm_parallel_for(kmeans->chunks, others_chunk, &now, err));
    for (size_t trial = 0; trial < now.trials; trial++)
        now.row[trial] = row_at(kmeans, gsl_rng_uniform(rng));
    BM_TRY(bm_parallel_for(kmeans->chunks, try_chunk, &now, err));
    set_centroid(kmeans, centroid, now.row[best_trial(&now)]);
cleanup:
    return status;
}

/* Whether the row's value is already among the first `taken` centroids. */
static int is_taken(const bm_kmeans *kmeans, size_t taken, size_t row) {
    size_t d = kmeans->features->d;
    for (size_t centroid = 0; centroid < taken; centroid++)
        if (bm_same_row(kmeans->centroid + centroid * d, kmeans->features->x + row * d, d))
            return 1;
    return 0;
}

static bm_status random_rows(bm_kmeans *kmeans, gsl_rng *rng, bm_error *err) {
    size_t n = kmeans->features->n, taken = 0;
    size_t *row = NULL;
    bm_status status = BM_NEW(&row, n, "random centroids", err);
    if (status != BM_OK)
        return status;
    for (size_t i = 0; i < n; i++)
        row[i] = i;
    /* Fisher–Yates, as far as it is needed. */
    for (size_t i = 0; i < n && taken < kmeans->k; i++) {
        size_t other = i + (size_t)(gsl_rng_uniform(rng) * (double)(n - i));
        size_t drawn = row[other];
        row[other] = row[i];
        if (!is_taken(kmeans, taken, drawn))
            set_centroid(kmeans, taken++, drawn);
    }
    free(row);
    if (taken < kmeans->k)
        return bm_fail(err, BM_DEGENERATE, "only %zu distinct buyers for k = %zu", taken,
                       kmeans->k);
    return BM_OK;
}

bm_status bm_kmeans_start(bm_kmeans *kmeans, gsl_rng *rng, bm_error *err) {
    const bm_cluster_options *options = kmeans->options;
    if (options->init != NULL) {
        memcpy(kmeans->centroid, options->init,
               kmeans->k * kmeans->features->d * sizeof *kmeans->centroid);
        return BM_OK;
    }
    return options->random_init ? random_rows(kmeans, rng, err) : plus_plus(kmeans, rng, err);
}
