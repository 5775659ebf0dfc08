/* k-means|| (Bahmani, Moseley, Vattani, Kumar & Vassilvitskii, VLDB 2012, algorithm 2): beginning
 * with one row, ROUNDS times every row becomes a candidate with probability
 *     min(1, OVERSAMPLING k × weight × squared distance to the nearest candidate / their sum),
 * each independently of the others. The candidates, weighted by the rows that are nearest to them,
 * are then clustered themselves: greedy k-means++, and Lloyd iterations while they pay (centroids
 * that become equal are not taken over).
 * About ROUNDS + 1 passes over the rows, n (1 + ROUNDS × OVERSAMPLING k) distances.
 *
 * Whether a row is drawn depends on a hash of the stream's key, the round and the row's number, not
 * on the order in which rows are looked at. */
#include "cluster/kmeans_start.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "base/random.h"
#include "buyermap/context.h"
#include "cluster/row_set.h"
#include "data/rows.h"

#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 5, OVERSAMPLING = 2, MOST_LLOYD = 20, LEAST_K = 1000 };
/* Lloyd iterations over the candidates end when one gains less than this share. */
static const double LEAST_GAIN = 1e-4;

typedef struct sampling {
    bm_starter *starter;
    uint64_t key;
    double factor; /* OVERSAMPLING k / the potential */
    size_t *drawn; /* [chunks] how many rows of each chunk, then where the first of them goes */
    size_t *row;   /* the candidates */
    size_t count;  /* of them */
    size_t reserved;
    int counting;
} sampling;

/* A step of k-means++ costs 3 + ⌊ln k⌋ distances a row, and as much as about 5 more for reading and
 * turning the rows (measured at 16 features): 14 n k in all at k = 1000, where k-means|| needs
 * 10 n k, and 10 k (3 + ⌊ln k⌋ + MOST_LLOYD) k for the candidates, which stays below 3 n k for
 * n >= 100 k. */
int bm_starter_prefers_parallel(size_t n, size_t k) {
    return k >= LEAST_K && n / 100 >= k;
}

/* Uniform over [0, 1): a hash of the round's key and a row (SplitMix64). */
static double uniform(uint64_t key, size_t row) {
    uint64_t z = key + ((uint64_t)row + 1) * 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

/* Counts the rows of a chunk that are drawn, or notes them. */
static bm_status sample_chunk(size_t chunk, void *arg, bm_error *err) {
    sampling *now = arg;
    const bm_starter *starter = now->starter;
    size_t end = bm_chunk_end(chunk, starter->chunk_rows, starter->features->n), count = 0;
    size_t *row = now->counting ? NULL : now->row + now->drawn[chunk];
    for (size_t i = bm_chunk_begin(chunk, starter->chunk_rows); i < end; i++) {
        if (uniform(now->key, i) >= now->factor * bm_starter_part(starter, i))
            continue;
        if (row != NULL)
            row[count] = i;
        count++;
    }
    if (now->counting)
        now->drawn[chunk] = count;
    return bm_check_interrupt(err);
}

/* Draws the candidates of a round, in row order. */
static bm_status sample(sampling *now, size_t k, uint64_t key, bm_error *err) {
    const bm_starter *starter = now->starter;
    size_t chunks = bm_chunks(starter->features->n, starter->chunk_rows), place = now->count;
    bm_status status = BM_OK;
    double potential = bm_starter_potential(starter);
    if (!(potential > 0))
        return BM_OK;
    now->factor = (double)(OVERSAMPLING * k) / potential;
    now->key = key;
    now->counting = 1;
    BM_TRY(bm_parallel_for(chunks, sample_chunk, now, err));
    for (size_t chunk = 0; chunk < chunks; chunk++) {
        size_t count = now->drawn[chunk];
        now->drawn[chunk] = place;
        place += count;
    }
    BM_TRY(BM_GROW(&now->row, &now->reserved, place, "candidates", err));
    now->counting = 0;
    BM_TRY(bm_parallel_for(chunks, sample_chunk, now, err));
    now->count = place;
cleanup:
    return status;
}

/* Takes candidates from `first` on into account. */
static bm_status fold_candidates(sampling *now, size_t first, int fresh, bm_error *err) {
    bm_starter *starter = now->starter;
    size_t d = starter->features->d, count = now->count - first;
    char *value = NULL;
    bm_status status = BM_OK;
    BM_TRY(bm_new_aligned((void **)&value, count * d, starter->value, "candidates", err));
    for (size_t i = 0; i < count; i++)
        bm_starter_round(starter, bm_row(starter->features, now->row[first + i], starter->row), d,
                         value + i * d * starter->value);
    BM_TRY(bm_starter_fold(starter, value, count, first, fresh, starter->label, err));
cleanup:
    free(value);
    return status;
}

static bm_status draw_candidates(sampling *now, size_t k, gsl_rng *rng, bm_error *err) {
    uint64_t key = (uint64_t)gsl_rng_get(rng) << 32 ^ gsl_rng_get(rng);
    bm_status status = BM_OK;
    size_t chunks = bm_chunks(now->starter->features->n, now->starter->chunk_rows);
    BM_TRY(BM_NEW(&now->drawn, chunks, "candidates", err));
    BM_TRY(BM_GROW(&now->row, &now->reserved, 1, "candidates", err));
    now->row[now->count++] = bm_starter_first_row(now->starter, rng);
    BM_TRY(fold_candidates(now, 0, 1, err));
    for (uint64_t round = 0; round < ROUNDS; round++) {
        size_t first = now->count;
        BM_TRY(sample(now, k, bm_random_mix(key, "kmeans||", round), err));
        if (now->count > first)
            BM_TRY(fold_candidates(now, first, 0, err));
    }
cleanup:
    return status;
}

/* The candidates that are nearest to some row, as features of their own; a second candidate of the
 * same value is nearest to none. */
static bm_status candidate_features(const sampling *now, bm_features *out, bm_error *err) {
    const bm_starter *starter = now->starter;
    const bm_features *features = starter->features;
    size_t d = features->d, kept = 0;
    bm_status status = BM_OK;
    *out = (bm_features){.d = d};
    BM_TRY(BM_NEW(&out->weight, now->count, "candidates", err));
    if (bm_rows_are_single(features))
        BM_TRY(BM_NEW_ALIGNED(&out->single, now->count * d, "candidates", err));
    else
        BM_TRY(BM_NEW_ALIGNED(&out->x, now->count * d, "candidates", err));
    for (size_t i = 0; i < features->n; i++)
        out->weight[starter->label[i]] += bm_weight_of(features->weight, i);
    char *value = out->x != NULL ? (char *)out->x : (char *)out->single;
    for (size_t j = 0; j < now->count; j++) {
        if (!(out->weight[j] > 0))
            continue;
        bm_starter_round(starter, bm_row(features, now->row[j], starter->row), d,
                         value + kept * d * starter->value);
        out->weight[kept++] = out->weight[j];
    }
    out->n = kept;
    BM_TRY(bm_rows_check(features, err));
cleanup:
    return status;
}

/* The weighted means of the labels into mean; a segment without rows keeps what stands there. */
static void take_means(const bm_starter *starter, size_t k, double *mean, double *sum) {
    const bm_features *features = starter->features;
    size_t d = features->d;
    memset(sum, 0, k * (d + 1) * sizeof *sum);
    for (size_t i = 0; i < features->n; i++) {
        const double *row = bm_row(features, i, starter->row);
        double *to = sum + (size_t)starter->label[i] * (d + 1);
        for (size_t f = 0; f < d; f++)
            to[f] += features->weight[i] * row[f];
        to[d] += features->weight[i];
    }
    for (size_t j = 0; j < k; j++)
        for (size_t f = 0; f < d && sum[j * (d + 1) + d] > 0; f++)
            mean[j * d + f] = sum[j * (d + 1) + f] / sum[j * (d + 1) + d];
}

/* Lloyd iterations over the candidates, from centroid and into it, unless means become equal. */
static bm_status refine(bm_starter *candidates, size_t k, double *centroid, bm_error *err) {
    size_t d = candidates->features->d;
    double *mean = NULL, *sum = NULL, last = 0;
    bm_row_set distinct = {0};
    bm_status status = BM_OK;
    BM_TRY(BM_NEW(&mean, k * d, "candidates", err));
    BM_TRY(BM_NEW(&sum, k * (d + 1), "candidates", err));
    memcpy(mean, centroid, k * d * sizeof *mean);
    for (size_t iteration = 0; iteration < MOST_LLOYD; iteration++) {
        bm_starter_round(candidates, mean, k * d, candidates->centre);
        BM_TRY(bm_starter_fold(candidates, candidates->centre, k, 0, 1, candidates->label, err));
        double inertia = bm_starter_potential(candidates);
        if (iteration > 0 && !(inertia < last * (1 - LEAST_GAIN)))
            break;
        last = inertia;
        take_means(candidates, k, mean, sum);
    }
    BM_TRY(bm_row_set_init(&distinct, mean, k, d, err));
    for (size_t j = 0; j < k; j++)
        if (!bm_row_set_add(&distinct, mean + j * d))
            goto cleanup;
    memcpy(centroid, mean, k * d * sizeof *centroid);
cleanup:
    bm_row_set_free(&distinct);
    free(mean);
    free(sum);
    return status;
}

bm_status bm_starter_parallel(bm_starter *starter, size_t k, gsl_rng *rng, double *centroid,
                              bm_error *err) {
    sampling now = {.starter = starter};
    bm_features features = {0};
    bm_starter candidates = {0};
    bm_status status = BM_OK;
    BM_TRY(draw_candidates(&now, k, rng, err));
    BM_TRY(candidate_features(&now, &features, err));
    if (features.n < k) {
        BM_TRY(bm_starter_plus_plus(starter, k, rng, centroid, err));
    } else {
        BM_TRY(bm_starter_init(&candidates, &features, k, NULL, err));
        BM_TRY(bm_starter_plus_plus(&candidates, k, rng, centroid, err));
        BM_TRY(refine(&candidates, k, centroid, err));
    }
cleanup:
    bm_starter_free(&candidates);
    bm_features_free(&features);
    free(now.drawn);
    free(now.row);
    return status;
}
