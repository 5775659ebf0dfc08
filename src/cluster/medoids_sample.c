/* k-medoids of many rows: by samples, and who belongs to which medoid.
 *
 * CLARA (Kaufman & Rousseeuw 1990, Finding groups in data, chapter 3) with FasterPAM in place of
 * PAM (Schubert & Rousseeuw 2021): the medoids of a sample are medoids for all, and of several
 * samples those with the least total over all rows are kept, ties to the earlier sample. Every
 * sample after the first holds the best medoids so far, and a start of its own begins with them. A
 * sample has BM_MEDOID_SAMPLE rows, or BM_MEDOID_SAMPLE_EACH for each medoid where these are more:
 * one row of each of so many equal stretches. O(samples × (rows² + n k)) dissimilarities. */
#include "cluster/medoids.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "base/random.h"
#include "cluster/agglomeration.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 1024, STARTS = 2 }; /* BUILD's and one at random, of each sample */
static const double MOST_EXACT = 7.2e9;

int bm_medoids_are_exact(size_t n, size_t restarts) {
    return (double)n * (double)n * (double)restarts <= MOST_EXACT;
}

size_t bm_medoids_exact_starts(size_t n) {
    return (size_t)floor(MOST_EXACT / ((double)n * (double)n));
}

size_t bm_medoid_sample_rows(size_t n, size_t k) {
    size_t rows = k < SIZE_MAX / BM_MEDOID_SAMPLE_EACH ? k * BM_MEDOID_SAMPLE_EACH : n;
    rows = rows > BM_MEDOID_SAMPLE ? rows : BM_MEDOID_SAMPLE;
    return rows < n ? rows : n;
}

size_t bm_medoids_sampled_memory(size_t n, size_t d, size_t k, int single) {
    size_t rows = bm_medoid_sample_rows(n, k), bytes = bm_apart_rows_memory(rows + k, single);
    size_t copies;
    return bm_add(bytes, bm_medoids_memory(rows + k, k), &bytes) &&
                   bm_multiply(rows + k, 3 * (d + 4) * sizeof(double), &copies) &&
                   bm_add(bytes, copies, &bytes) && bm_add(bytes, 4 * n * sizeof(double), &bytes)
               ? bytes
               : SIZE_MAX;
}

typedef struct assigning {
    const bm_medoid_task *task;
    const size_t *medoid;
    size_t k;
    int32_t *label;
    double *apart;
    double *part; /* [chunks] sums of weighted dissimilarities */
} assigning;

static bm_status assign_chunk(size_t chunk, void *arg, bm_error *err) {
    const assigning *now = arg;
    const bm_dissimilarity *of = now->task->dissimilarity;
    size_t first = bm_chunk_begin(chunk, ROWS), rows = bm_chunk_end(chunk, ROWS, of->n) - first;
    double row[ROWS], *apart = now->apart + first;
    int32_t *label = now->label + first;
    for (size_t m = 0; m < now->k; m++) {
        of->tile(of, now->medoid[m], 1, first, rows, rows, m > 0 ? row : apart);
        for (size_t j = 0; j < rows; j++) {
            if (m > 0 && !(row[j] < apart[j]))
                continue;
            apart[j] = m > 0 ? row[j] : apart[j];
            label[j] = (int32_t)m;
        }
    }
    for (size_t j = 0; j < rows; j++)
        now->part[chunk] += bm_weight_of(now->task->weight, first + j) * apart[j];
    return bm_check_interrupt(err);
}

/* A segment without anybody gets its medoid, which is as near to another. */
static bm_status fill_empty(const assigning *now, bm_error *err) {
    size_t *size = NULL;
    bm_status status;
    BM_TRY(BM_NEW(&size, now->k, "segments", err));
    for (size_t j = 0; j < now->task->dissimilarity->n; j++)
        size[now->label[j]]++;
    for (size_t m = 0, empty = 0; m < now->k || empty; m++) {
        if (m == now->k) /* one was alone where it came from */
            m = empty = 0;
        int32_t *label = &now->label[now->medoid[m]];
        if (size[m] > 0 || *label == (int32_t)m)
            continue;
        size_t from = (size_t)*label;
        *label = (int32_t)m;
        size[m]++;
        size[from]--;
        empty |= (size_t)(size[from] == 0);
    }
cleanup:
    free(size);
    return status;
}

bm_status bm_medoids_assign(const bm_medoid_task *task, const size_t *medoid, size_t k,
                            int32_t *label, double *apart, double *total, bm_error *err) {
    assigning now = {task, medoid, k, label, apart, NULL};
    size_t chunks = bm_chunks(task->dissimilarity->n, ROWS);
    bm_status status;
    BM_TRY(BM_NEW(&now.part, chunks, "segments", err));
    BM_TRY(bm_parallel_for(chunks, assign_chunk, &now, err));
    *total = 0;
    for (size_t chunk = 0; chunk < chunks; chunk++)
        *total += now.part[chunk];
    if (!isfinite(*total))
        BM_TRY(bm_distance_overflow(err));
    BM_TRY(fill_empty(&now, err));
cleanup:
    free(now.part);
    return status;
}

/* What one sample is drawn into. */
typedef struct sample {
    const bm_medoid_task *task;
    size_t k, rows;
    size_t *row;    /* [bm_medoid_sample_rows + k], ascending */
    size_t *start;  /* [k] places of the best medoids in it */
    double *weight; /* of these rows, or NULL */
    size_t *medoid; /* [k] what it gives */
    int32_t *label; /* [n] */
    double *apart;  /* [n] */
} sample;

static int by_row(const void *a, const void *b) {
    size_t left = *(const size_t *)a, right = *(const size_t *)b;
    return (left > right) - (left < right);
}

/* Stretches, and the best medoids so far (NULL: none), each row once. */
static void draw(sample *now, size_t index, const size_t *best) {
    size_t n = now->task->dissimilarity->n, wanted = bm_medoid_sample_rows(n, now->k), kept = 0;
    uint64_t stream = bm_random_mix(now->task->context->seed, "medoids, sample", index);
    for (size_t i = 0; i < wanted; i++) {
        size_t begin = (size_t)((double)n * (double)i / (double)wanted);
        size_t end = (size_t)((double)n * (double)(i + 1) / (double)wanted);
        now->row[i] = begin + (size_t)(bm_random_mix(stream, "row", i) % (end - begin));
    }
    for (size_t m = 0; best != NULL && m < now->k; m++)
        now->row[wanted++] = best[m];
    qsort(now->row, wanted, sizeof *now->row, by_row);
    for (size_t i = 0; i < wanted; i++)
        if (i == 0 || now->row[i] != now->row[kept - 1])
            now->row[kept++] = now->row[i];
    now->rows = kept;
    for (size_t i = 0, m = 0; best != NULL && m < now->k; i++)
        if (now->row[i] == best[m])
            now->start[m++] = i;
    for (size_t i = 0; now->weight != NULL && i < kept; i++)
        now->weight[i] = now->task->weight[now->row[i]];
}

/* The medoids of the sample, as rows of all. */
static bm_status search_sample(sample *now, const size_t *start, bm_error *err) {
    const bm_dissimilarity *all = now->task->dissimilarity;
    bm_dissimilarity some = {0};
    bm_medoids medoids = {0};
    bm_medoid_task task = *now->task;
    bm_status status;
    BM_TRY(all->select(all, now->row, now->rows, &some, err));
    task.dissimilarity = &some;
    task.weight = now->weight;
    task.restarts = task.restarts < STARTS ? task.restarts : STARTS;
    BM_TRY(bm_medoids_init(&medoids, &task, now->k, 1, err));
    BM_TRY(bm_medoids_run(&medoids, now->k, start, err));
    for (size_t m = 0; m < now->k; m++)
        now->medoid[m] = now->row[medoids.best[m]];
cleanup:
    bm_medoids_free(&medoids);
    bm_dissimilarity_free(&some);
    return status;
}

bm_status bm_medoids_sampled(const bm_medoid_task *task, size_t k, size_t *medoid, bm_error *err) {
    size_t n = task->dissimilarity->n, rows = bm_medoid_sample_rows(n, k) + k;
    sample now = {.task = task, .k = k};
    double total, least = INFINITY;
    bm_status status;
    BM_TRY(BM_NEW(&now.row, rows, "samples", err));
    BM_TRY(BM_NEW(&now.start, k, "samples", err));
    BM_TRY(BM_NEW(&now.medoid, k, "samples", err));
    BM_TRY(BM_NEW(&now.label, n, "samples", err));
    BM_TRY(BM_NEW(&now.apart, n, "samples", err));
    if (task->weight != NULL)
        BM_TRY(BM_NEW(&now.weight, rows, "samples", err));
    for (size_t s = 0; s < BM_MEDOID_SAMPLES; s++) {
        draw(&now, s, s > 0 ? medoid : NULL);
        BM_TRY(search_sample(&now, s > 0 ? now.start : NULL, err));
        BM_TRY(bm_medoids_assign(task, now.medoid, k, now.label, now.apart, &total, err));
        if (total < least) {
            least = total;
            memcpy(medoid, now.medoid, k * sizeof *medoid);
        }
        bm_progress(task->context->log, "medoids", s + 1, BM_MEDOID_SAMPLES, "samples");
    }
cleanup:
    free(now.row);
    free(now.start);
    free(now.medoid);
    free(now.label);
    free(now.apart);
    free(now.weight);
    return status;
}
