/* How a search for medoids begins.
 *
 * BUILD (Kaufman & Rousseeuw 1990, Finding groups in data, chapter 2): first the row that all are
 * nearest to, then each time the one that lowers the total the most; O(n²) for each, ties to the
 * lowest row. The medoids of k are the first of those of k + 1, so that a range of k builds once.
 * Past MOST_BUILT operations the others are drawn at random, as all of any other start are: k
 * distinct rows. */
#include "cluster/medoids.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "base/random.h"
#include "cluster/agglomeration.h"
#include "kernel/medoids.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double MOST_BUILT = 2e10;

typedef struct building {
    bm_medoids *now;
    size_t first, count; /* rows of this wave */
} building;

/* What the total changes by with the row as one more medoid; with none yet, the total. */
static double gain_of(const bm_medoids *now, const double *row) {
    const double *weight = now->task.weight;
    double sum = 0;
    if (now->built_count > 0)
        return bm_medoids_here()->gain(row, now->built_near, weight, now->n);
    for (size_t j = 0; j < now->n; j++)
        sum += bm_weight_of(weight, j) * row[j];
    return sum;
}

static bm_status gain_chunk(size_t chunk, void *arg, bm_error *err) {
    const building *wave = arg;
    bm_medoids *now = wave->now;
    size_t begin = bm_chunk_begin(chunk, now->together);
    size_t end = bm_chunk_end(chunk, now->together, wave->count);
    double *group = now->group + (size_t)bm_thread_index() * now->together * now->n;
    bm_apart_rows_get(&now->rows, wave->first + begin, end - begin, group);
    for (size_t c = begin; c < end; c++)
        now->change[c] = gain_of(now, group + (c - begin) * now->n);
    return bm_check_interrupt(err);
}

static int is_built(const bm_medoids *now, size_t row) {
    for (size_t b = 0; b < now->built_count; b++) {
        if (now->built[b] == row)
            return 1;
    }
    return 0;
}

/* One more medoid. */
static bm_status build_one(bm_medoids *now, bm_error *err) {
    size_t found = SIZE_MAX;
    double best = INFINITY;
    bm_status status = BM_OK;
    for (size_t first = 0; first < now->n; first += BM_MEDOID_WAVE) {
        size_t left = now->n - first;
        building wave = {now, first, left < BM_MEDOID_WAVE ? left : BM_MEDOID_WAVE};
        BM_TRY(bm_parallel_for(bm_chunks(wave.count, now->together), gain_chunk, &wave, err));
        for (size_t c = 0; c < wave.count; c++) {
            if (now->change[c] < best && !is_built(now, first + c)) {
                best = now->change[c];
                found = first + c;
            }
        }
    }
    if (found == SIZE_MAX)
        BM_TRY(bm_distance_overflow(err));
    bm_apart_rows_get(&now->rows, found, 1, now->swapped);
    for (size_t j = 0; j < now->n; j++)
        if (now->built_count == 0 || now->swapped[j] < now->built_near[j])
            now->built_near[j] = now->swapped[j];
    now->built[now->built_count++] = found;
cleanup:
    return status;
}

bm_status bm_medoids_build(bm_medoids *now, size_t k, bm_error *err) {
    double n = (double)now->n, affordable = floor(MOST_BUILT / (n * n));
    bm_status status = BM_OK;
    while (status == BM_OK && now->built_count < k &&
           (now->built_count == 0 || (double)now->built_count < affordable))
        status = build_one(now, err);
    return status;
}

static bm_status draw_others(bm_medoids *now, size_t k, size_t count, uint64_t draw,
                             bm_error *err) {
    gsl_rng *rng = NULL;
    if (count == k)
        return BM_OK;
    bm_status status = bm_random_new(&rng, now->task.context->seed, "medoids", draw, err);
    while (status == BM_OK && count < k) {
        size_t row = (size_t)(gsl_rng_uniform(rng) * (double)now->n);
        if (!now->is_medoid[row]) {
            now->is_medoid[row] = 1;
            now->medoid[count++] = row;
        }
    }
    gsl_rng_free(rng);
    return status;
}

void bm_medoids_rank(bm_medoids *now, size_t j) {
    double near = INFINITY, second = INFINITY;
    int32_t near_of = 0, second_of = 0;
    for (size_t m = 0; m < now->k; m++) {
        double apart = now->row[m * now->n + j];
        if (apart < near) {
            second = near;
            second_of = near_of;
            near = apart;
            near_of = (int32_t)m;
        } else if (apart < second) {
            second = apart;
            second_of = (int32_t)m;
        }
    }
    now->near[j] = near;
    now->near_of[j] = near_of;
    now->second[j] = second;
    now->second_of[j] = second_of;
}

static bm_status rank_chunk(size_t chunk, void *arg, bm_error *err) {
    bm_medoids *now = arg;
    size_t end = bm_chunk_end(chunk, BM_MEDOID_CHUNK, now->n);
    for (size_t j = bm_chunk_begin(chunk, BM_MEDOID_CHUNK); j < end; j++)
        bm_medoids_rank(now, j);
    return bm_check_interrupt(err);
}

static bm_status row_chunk(size_t chunk, void *arg, bm_error *err) {
    bm_medoids *now = arg;
    bm_apart_rows_get(&now->rows, now->medoid[chunk], 1, now->row + chunk * now->n);
    return bm_check_interrupt(err);
}

bm_status bm_medoids_begin(bm_medoids *now, size_t k, const size_t *medoid, size_t count,
                           uint64_t draw, bm_error *err) {
    bm_status status;
    memset(now->is_medoid, 0, now->n);
    now->k = k;
    for (size_t m = 0; m < count; m++) {
        now->medoid[m] = medoid[m];
        now->is_medoid[medoid[m]] = 1;
    }
    BM_TRY(draw_others(now, k, count, draw, err));
    BM_TRY(bm_parallel_for(k, row_chunk, now, err));
    BM_TRY(bm_parallel_for(bm_chunks(now->n, BM_MEDOID_CHUNK), rank_chunk, now, err));
cleanup:
    return status;
}
