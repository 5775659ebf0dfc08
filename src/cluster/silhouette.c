/* Silhouette (Rousseeuw, J. Comput. Appl. Math. 20, 1987). Every distance is computed once for all
 * partitions, a block of rows at a time, and added to the segments it counts for: O(n²) time and
 * no n × n matrix. Blocks are fixed and each row is summed by one thread in row order. */
#include "cluster/quality.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "base/random.h"
#include "kernel/distance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_EXACT = 10000, BLOCK_ROWS = 16, CHAINS = 4 };

bm_status bm_silhouette_sample_new(bm_silhouette_sample *sample, const bm_features *features,
                                   uint64_t seed, bm_error *err) {
    size_t d = features->d, n = features->n < MOST_EXACT ? features->n : MOST_EXACT, cells = 0;
    *sample = (bm_silhouette_sample){.features = features, .n = n};
    gsl_rng *rng = NULL;
    bm_status status = BM_OK;
    if (!bm_multiply(n, d, &cells) || bm_packed_length(n, d) == 0)
        return bm_fail(err, BM_NOMEM, "out of memory: silhouettes of %zu features", d);
    BM_TRY(BM_NEW(&sample->row, n, "the silhouette sample", err));
    BM_TRY(BM_NEW_ALIGNED(&sample->x, cells, "the silhouette sample", err));
    BM_TRY(BM_NEW_ALIGNED(&sample->packed, bm_packed_length(n, d), "the silhouette sample", err));
    BM_TRY(bm_random_new(&rng, seed, "silhouette", 0, err));
    /* Selection sampling (Knuth, Algorithm S): each row in turn with the right probability. */
    size_t taken = 0;
    for (size_t i = 0; taken < n; i++)
        if (n == features->n ||
            gsl_rng_uniform(rng) * (double)(features->n - i) < (double)(n - taken))
            sample->row[taken++] = i;
    for (size_t i = 0; i < n; i++)
        memcpy(sample->x + i * d, features->x + sample->row[i] * d, d * sizeof *sample->x);
    bm_pack_rows(sample->x, n, d, sample->packed);
cleanup:
    gsl_rng_free(rng);
    if (status != BM_OK)
        bm_silhouette_sample_free(sample);
    return status;
}

void bm_silhouette_sample_free(bm_silhouette_sample *sample) {
    free(sample->row);
    free(sample->x);
    free(sample->packed);
    *sample = (bm_silhouette_sample){0};
}

typedef struct work {
    const bm_silhouette_sample *sample;
    size_t partitions, most_segments;
    int32_t *const *label;
    const size_t *k;
    size_t *size;     /* [partitions × most_segments] of the sample */
    double *distance; /* [threads × padded n] */
    double *sum;      /* [threads × CHAINS × most_segments] */
    double *part;     /* [blocks × partitions] weighted silhouettes */
    size_t padded;
} work;

/* The silhouette of one row from its summed distances to each segment. */
static double silhouette(const double *sum, const size_t *size, size_t k, size_t own) {
    if (size[own] < 2)
        return 0;
    double within = sum[own] / (double)(size[own] - 1), other = INFINITY;
    for (size_t segment = 0; segment < k; segment++) {
        if (segment == own || size[segment] == 0)
            continue;
        double mean = sum[segment] / (double)size[segment];
        other = mean < other ? mean : other;
    }
    double greater = within > other ? within : other;
    return greater > 0 ? (other - within) / greater : 0;
}

/* Sums distances by label, in CHAINS interleaved sums, so that an addition need not wait for the
 * one before it. */
static void sum_by_label(const double *distance, const int32_t *label, size_t n, size_t k,
                         double *sum) {
    memset(sum, 0, CHAINS * k * sizeof *sum);
    size_t j = 0;
    for (; j + CHAINS <= n; j += CHAINS) {
        sum[label[j]] += distance[j];
        sum[k + (size_t)label[j + 1]] += distance[j + 1];
        sum[2 * k + (size_t)label[j + 2]] += distance[j + 2];
        sum[3 * k + (size_t)label[j + 3]] += distance[j + 3];
    }
    for (; j < n; j++)
        sum[label[j]] += distance[j];
    for (size_t segment = 0; segment < k; segment++)
        sum[segment] += sum[k + segment] + (sum[2 * k + segment] + sum[3 * k + segment]);
}

static bm_status silhouette_block(size_t block, void *arg, bm_error *err) {
    work *now = arg;
    const bm_silhouette_sample *sample = now->sample;
    const bm_features *features = sample->features;
    size_t thread = (size_t)bm_thread_index(), d = features->d;
    double *distance = now->distance + thread * now->padded;
    double *sum = now->sum + thread * CHAINS * now->most_segments;
    double *part = now->part + block * now->partitions;
    size_t end = bm_chunk_end(block, BLOCK_ROWS, sample->n);
    for (size_t i = bm_chunk_begin(block, BLOCK_ROWS); i < end; i++) {
        double weight = bm_weight_of(features->weight, sample->row[i]);
        bm_distances()(sample->x + i * d, sample->packed, sample->n, d, distance);
        for (size_t p = 0; p < now->partitions; p++) {
            sum_by_label(distance, now->label[p], sample->n, now->k[p], sum);
            part[p] += weight * silhouette(sum, now->size + p * now->most_segments, now->k[p],
                                           (size_t)now->label[p][i]);
        }
    }
    return bm_check_interrupt(err);
}

/* Whether partition p has a silhouette: more than one segment in the sample, fewer than buyers. */
static int is_defined(const work *now, size_t p) {
    size_t present = 0;
    for (size_t segment = 0; segment < now->k[p]; segment++)
        present += now->size[p * now->most_segments + segment] > 0;
    return present > 1 && now->k[p] < now->sample->features->n;
}

static void finish(const work *now, double *value) {
    const bm_silhouette_sample *sample = now->sample;
    double total = 0;
    for (size_t i = 0; i < sample->n; i++)
        total += bm_weight_of(sample->features->weight, sample->row[i]);
    size_t blocks = bm_chunks(sample->n, BLOCK_ROWS);
    for (size_t p = 0; p < now->partitions; p++) {
        double sum = 0;
        for (size_t block = 0; block < blocks; block++)
            sum += now->part[block * now->partitions + p];
        value[p] = is_defined(now, p) ? sum / total : NAN;
    }
}

bm_status bm_silhouettes(const bm_silhouette_sample *sample, size_t partitions,
                         int32_t *const *label, const size_t *k, double *value, bm_error *err) {
    work now = {.sample = sample, .partitions = partitions, .label = label, .k = k};
    size_t threads = (size_t)bm_threads(), blocks = bm_chunks(sample->n, BLOCK_ROWS);
    now.padded = bm_chunks(sample->n, BM_PACKED) * BM_PACKED;
    for (size_t p = 0; p < partitions; p++)
        now.most_segments = k[p] > now.most_segments ? k[p] : now.most_segments;
    bm_status status = BM_OK;
    size_t sizes = 0, sums = 0;
    if (!bm_multiply(partitions, now.most_segments, &sizes) ||
        !bm_multiply(threads * CHAINS, now.most_segments, &sums))
        return bm_fail(err, BM_NOMEM, "out of memory: silhouettes");
    BM_TRY(BM_NEW(&now.size, sizes, "silhouettes", err));
    BM_TRY(BM_NEW_ALIGNED(&now.distance, threads * now.padded, "silhouettes", err));
    BM_TRY(BM_NEW_ALIGNED(&now.sum, sums, "silhouettes", err));
    BM_TRY(BM_NEW(&now.part, blocks * partitions, "silhouettes", err));
    for (size_t p = 0; p < partitions; p++)
        for (size_t i = 0; i < sample->n; i++)
            now.size[p * now.most_segments + (size_t)label[p][i]]++;
    BM_TRY(bm_parallel_for(blocks, silhouette_block, &now, err));
    finish(&now, value);
cleanup:
    free(now.size);
    free(now.distance);
    free(now.sum);
    free(now.part);
    return status;
}

size_t bm_silhouette_memory(size_t n, size_t d, size_t partitions, size_t k_high) {
    size_t rows = n < MOST_EXACT ? n : MOST_EXACT, threads = (size_t)bm_threads();
    size_t each = 0, label = 0, segments = 0, total = 0;
    int fits = bm_multiply(d, 2 * sizeof(double), &each) && bm_add(each, sizeof(size_t), &each) &&
               bm_add(each, threads * sizeof(double), &each) &&
               bm_multiply(partitions, sizeof(int32_t) + 1, &label) && bm_add(each, label, &each) &&
               bm_multiply(rows + BM_PACKED, each, &each) &&
               bm_multiply(k_high, (threads * CHAINS + partitions) * sizeof(double), &segments) &&
               bm_add(each, segments, &total);
    return fits ? total : SIZE_MAX;
}
