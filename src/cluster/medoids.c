/* k-medoids: FasterPAM.
 *
 * Schubert & Rousseeuw (2021), Fast and eager k-medoids clustering: O(k) runtime improvement of the
 * PAM, CLARA, and CLARANS algorithms, Information Systems 101:101804, algorithm 3. For a row that
 * is no medoid, one pass over all rows gives what the total changes by for each of the k medoids it
 * might replace: the loss of a medoid without replacement is kept, and corrected where the row is
 * nearer than what a buyer has now. Any swap that lowers the total is made at once, and the search
 * goes on with the next row; it ends when a round of all rows finds none. O(n²) a round, whatever
 * k; PAM takes O(k n²) and more.
 *
 * A local optimum of swaps is not the best there is, so several starts are searched and the least
 * total wins, ties to the earlier start: first BUILD's medoids (medoids_start.c), then restarts − 1
 * times rows at random, and last what the caller knows. From BUILD the best swap of all is made
 * each time, at O(n²) for each (FastPAM1 in the same paper), which is what PAM does: the result is
 * never worse than PAM's. Where no swap is left, there is no round after it. Past MOST_STEEP
 * operations swaps are eager there, too.
 *
 * Ties: rows in their order, of equal changes the medoid that was found first. A swap only stands
 * if the total, added up anew, is less: so that rounding cannot make the search go round.
 *
 * Waves of rows are judged in parallel for the solution at hand, and the first that lowers the
 * total is taken; the rest of the wave is judged anew. That is what one thread does row by row: the
 * same bytes for any number. Memory: the matrix, where there is one, k of its rows, 8 more a
 * thread (of few rows up to 256), and O(n). */
#include "cluster/medoids.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "cluster/agglomeration.h"
#include "kernel/medoids.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_WAVE = 16 };
static const double MOST_STEEP = 2e10;

typedef struct judging {
    bm_medoids *now;
    size_t first, count; /* rows of the wave */
} judging;

/* What the total changes by at best with each of a few rows, count of those side by side, as a
 * medoid, and in whose place. */
static void find_changes(const bm_medoids *now, const double *rows, size_t from, size_t count,
                         double *delta, double *change, size_t *place) {
    double gain[BM_MEDOID_ROWS];
    for (size_t m = 0; m < now->k; m++)
        for (size_t c = 0; c < BM_MEDOID_ROWS; c++)
            delta[m * BM_MEDOID_ROWS + c] = now->loss[m];
    bm_medoids_here()->swap(rows, now->near, now->second, now->near_of, now->task.weight, now->n,
                            delta, gain);
    for (size_t c = 0; c < count; c++) {
        const double *of_row = delta + from + c;
        size_t best = 0;
        for (size_t m = 1; m < now->k; m++)
            best = of_row[m * BM_MEDOID_ROWS] < of_row[best * BM_MEDOID_ROWS] ? m : best;
        place[c] = best;
        change[c] = gain[from + c] + of_row[best * BM_MEDOID_ROWS];
    }
}

static bm_status judge_chunk(size_t chunk, void *arg, bm_error *err) {
    const judging *wave = arg;
    bm_medoids *now = wave->now;
    size_t begin = bm_chunk_begin(chunk, now->together), thread = (size_t)bm_thread_index();
    size_t end = bm_chunk_end(chunk, now->together, wave->count);
    double *group = now->group + thread * now->together * now->n;
    double *delta = now->delta + thread * now->most * BM_MEDOID_ROWS;
    for (size_t c = begin, count; c < end; c += count) {
        size_t row = wave->first + c, from = now->rows.square != NULL ? row % BM_MEDOID_ROWS : 0;
        count = end - c < BM_MEDOID_ROWS - from ? end - c : BM_MEDOID_ROWS - from;
        const double *rows = bm_apart_rows_across(&now->rows, row - from, from + count, group);
        find_changes(now, rows, from, count, delta, now->change + c, now->place + c);
    }
    for (size_t c = begin; c < end; c++)
        now->change[c] = now->is_medoid[wave->first + c] ? 0 : now->change[c];
    return bm_check_interrupt(err);
}

typedef struct replacing {
    bm_medoids *now;
    size_t place;
} replacing;

/* The row of that medoid is a new one: the nearest two of each row follow. */
static bm_status replace_chunk(size_t chunk, void *arg, bm_error *err) {
    const replacing *one = arg;
    bm_medoids *now = one->now;
    int32_t place = (int32_t)one->place;
    const double *row = now->row + one->place * now->n;
    size_t end = bm_chunk_end(chunk, BM_MEDOID_CHUNK, now->n);
    (void)err;
    for (size_t j = bm_chunk_begin(chunk, BM_MEDOID_CHUNK); j < end; j++) {
        if (now->near_of[j] == place || now->second_of[j] == place) {
            bm_medoids_rank(now, j);
        } else if (row[j] < now->near[j]) {
            now->second[j] = now->near[j];
            now->second_of[j] = now->near_of[j];
            now->near[j] = row[j];
            now->near_of[j] = place;
        } else if (row[j] < now->second[j]) {
            now->second[j] = row[j];
            now->second_of[j] = place;
        }
    }
    return BM_OK;
}

static bm_status replace(bm_medoids *now, size_t place, size_t medoid, const double *row,
                         bm_error *err) {
    replacing one = {now, place};
    now->is_medoid[now->medoid[place]] = 0;
    now->is_medoid[medoid] = 1;
    now->medoid[place] = medoid;
    memcpy(now->row + place * now->n, row, now->n * sizeof *row);
    return bm_parallel_for(bm_chunks(now->n, BM_MEDOID_CHUNK), replace_chunk, &one, err);
}

/* The total, and what each medoid is worth. */
static void add_up(bm_medoids *now) {
    now->total = 0;
    memset(now->loss, 0, now->k * sizeof *now->loss);
    for (size_t j = 0; j < now->n; j++) {
        double w = bm_weight_of(now->task.weight, j);
        now->total += w * now->near[j];
        now->loss[now->near_of[j]] += w * (now->second[j] - now->near[j]);
    }
}

/* Makes the swap if it lowers the total; *made. */
static bm_status swap(bm_medoids *now, size_t place, size_t row, int *made, bm_error *err) {
    size_t before = now->medoid[place];
    double total = now->total;
    bm_status status;
    memcpy(now->saved, now->row + place * now->n, now->n * sizeof *now->saved);
    bm_apart_rows_get(&now->rows, row, 1, now->swapped);
    BM_TRY(replace(now, place, row, now->swapped, err));
    add_up(now);
    *made = now->total < total;
    if (*made)
        return BM_OK;
    BM_TRY(replace(now, place, before, now->saved, err));
    add_up(now);
cleanup:
    return status;
}

/* Goes through a wave of rows, up to the first swap. *idle counts the rows since the last one,
 * *judged those that were gone through. */
static bm_status search_wave(bm_medoids *now, size_t first, size_t count, size_t *idle,
                             size_t *judged, int *made, bm_error *err) {
    judging wave = {now, first, count};
    bm_status status;
    *made = 0;
    BM_TRY(bm_parallel_for(bm_chunks(count, now->together), judge_chunk, &wave, err));
    for (*judged = 0; *judged < count && !*made; ++*judged) {
        if (now->change[*judged] < 0)
            BM_TRY(swap(now, now->place[*judged], first + *judged, made, err));
        *idle = *made ? 0 : *idle + 1;
    }
cleanup:
    return status;
}

/* The best swap of all rows, if it lowers the total; *made. *is_best: none could. */
static bm_status swap_best(bm_medoids *now, int *made, int *is_best, bm_error *err) {
    size_t row = 0, place = 0;
    double best = 0;
    bm_status status = BM_OK;
    *made = 0;
    for (size_t first = 0; first < now->n; first += BM_MEDOID_WAVE) {
        size_t left = now->n - first;
        judging wave = {now, first, left < BM_MEDOID_WAVE ? left : BM_MEDOID_WAVE};
        BM_TRY(bm_parallel_for(bm_chunks(wave.count, now->together), judge_chunk, &wave, err));
        for (size_t c = 0; c < wave.count; c++) {
            if (now->change[c] < best) {
                best = now->change[c];
                row = first + c;
                place = now->place[c];
            }
        }
    }
    *is_best = !(best < 0);
    if (!*is_best)
        BM_TRY(swap(now, place, row, made, err));
cleanup:
    return status;
}

/* Swaps of the steepest descent, as many as can be paid for. *is_best: no swap is left. */
static bm_status descend(bm_medoids *now, int *is_best, bm_error *err) {
    double affordable = MOST_STEEP / ((double)now->n * (double)now->n);
    int made = now->k > 1 && now->k < now->n;
    bm_status status = BM_OK;
    add_up(now);
    for (double swaps = 0; made && swaps < affordable && status == BM_OK; swaps++)
        status = swap_best(now, &made, is_best, err);
    return status;
}

/* Waves double while nothing is found, so that threads seldom meet, and are halved by a swap, which
 * wastes what is left of one. is_best: it is known that nothing will be found. */
static bm_status search(bm_medoids *now, int is_best, bm_error *err) {
    size_t first = 0, idle = is_best ? now->n : 0, size = LEAST_WAVE, judged;
    bm_status status = BM_OK;
    int made;
    add_up(now);
    if (!isfinite(now->total))
        return bm_distance_overflow(err);
    while (idle < now->n && now->k > 1 && now->k < now->n) {
        size_t count = now->n - first < size ? now->n - first : size;
        count = now->n - idle < count ? now->n - idle : count;
        BM_TRY(search_wave(now, first, count, &idle, &judged, &made, err));
        first = first + judged < now->n ? first + judged : 0;
        if (made)
            size = size / 2 > LEAST_WAVE ? size / 2 : LEAST_WAVE;
        else
            size = 2 * size < BM_MEDOID_WAVE ? 2 * size : BM_MEDOID_WAVE;
    }
cleanup:
    return status;
}

static int by_row(const void *a, const void *b) {
    size_t left = *(const size_t *)a, right = *(const size_t *)b;
    return (left > right) - (left < right);
}

static bm_status run_start(bm_medoids *now, size_t k, const size_t *medoid, size_t count,
                           uint64_t draw, int is_steep, bm_error *err) {
    int is_best = 0;
    bm_status status;
    BM_TRY(bm_medoids_begin(now, k, medoid, count, draw, err));
    if (is_steep)
        BM_TRY(descend(now, &is_best, err));
    BM_TRY(search(now, is_best, err));
    if (now->total < now->best_total) {
        now->best_total = now->total;
        memcpy(now->best, now->medoid, k * sizeof *now->best);
    }
cleanup:
    return status;
}

bm_status bm_medoids_run(bm_medoids *now, size_t k, const size_t *start, bm_error *err) {
    bm_status status;
    now->best_total = INFINITY;
    BM_TRY(bm_medoids_build(now, k, err));
    size_t built = now->built_count < k ? now->built_count : k;
    size_t starts = k > 1 && k < now->n ? now->task.restarts : 1; /* one medoid: BUILD's is it */
    for (size_t s = 0; s < starts; s++) {
        uint64_t draw = (uint64_t)k << 32 | s;
        BM_TRY(run_start(now, k, now->built, s == 0 ? built : 0, draw, s == 0, err));
        bm_progress(now->task.context->log, "medoids", s + 1, starts, "starts");
    }
    if (start != NULL && k > 1 && k < now->n)
        BM_TRY(run_start(now, k, start, k, 0, 0, err));
    qsort(now->best, k, sizeof *now->best, by_row);
cleanup:
    return status;
}

/* Rows that a thread takes at once: a few, or as many as make it worth its while; a multiple of
 * BM_MEDOID_ROWS. */
static size_t rows_together(size_t n) {
    enum { FEWEST = BM_MEDOID_ROWS, MOST = 256, PAIRS = 1 << 15 };
    size_t rows = PAIRS / (n > 0 ? n : 1) / BM_MEDOID_ROWS * BM_MEDOID_ROWS;
    return rows < FEWEST ? FEWEST : rows > MOST ? MOST : rows;
}

bm_status bm_medoids_init(bm_medoids *now, const bm_medoid_task *task, size_t most, int with_matrix,
                          bm_error *err) {
    size_t n = task->dissimilarity->n, cells = 0, threads = (size_t)bm_threads();
    bm_status status;
    *now = (bm_medoids){.task = *task, .n = n, .most = most, .together = rows_together(n)};
    if (!bm_multiply(most, n, &cells))
        cells = SIZE_MAX;
    BM_TRY(BM_NEW(&now->built, most, "medoids", err));
    BM_TRY(BM_NEW(&now->built_near, n, "medoids", err));
    BM_TRY(BM_NEW(&now->medoid, most, "medoids", err));
    BM_TRY(BM_NEW(&now->best, most, "medoids", err));
    BM_TRY(BM_NEW(&now->is_medoid, n, "medoids", err));
    BM_TRY(BM_NEW(&now->row, cells, "medoids", err));
    BM_TRY(BM_NEW(&now->near, n, "medoids", err));
    BM_TRY(BM_NEW(&now->second, n, "medoids", err));
    BM_TRY(BM_NEW(&now->near_of, n, "medoids", err));
    BM_TRY(BM_NEW(&now->second_of, n, "medoids", err));
    BM_TRY(BM_NEW(&now->loss, most, "medoids", err));
    BM_TRY(BM_NEW(&now->group, threads * now->together * n, "medoids", err));
    BM_TRY(BM_NEW(&now->delta, threads * most * BM_MEDOID_ROWS, "medoids", err));
    BM_TRY(BM_NEW(&now->change, BM_MEDOID_WAVE, "medoids", err));
    BM_TRY(BM_NEW(&now->place, BM_MEDOID_WAVE, "medoids", err));
    BM_TRY(BM_NEW(&now->saved, n, "medoids", err));
    BM_TRY(BM_NEW(&now->swapped, n, "medoids", err));
    BM_TRY(bm_apart_rows_init(&now->rows, task->dissimilarity, task->single, with_matrix, err));
cleanup:
    if (status != BM_OK)
        bm_medoids_free(now);
    return status;
}

size_t bm_medoids_memory(size_t n, size_t most) {
    size_t rows, bytes, threads = (size_t)bm_threads();
    /* Rows of medoids and of groups, and what is known of each row. */
    return bm_add(most, threads * rows_together(n) + 10, &rows) && bm_multiply(rows, n, &bytes) &&
                   bm_multiply(bytes, sizeof(double), &bytes) &&
                   bm_multiply(most, (threads + 1) * BM_MEDOID_ROWS * sizeof(double), &rows) &&
                   bm_add(bytes, rows, &bytes)
               ? bytes
               : SIZE_MAX;
}

void bm_medoids_free(bm_medoids *now) {
    bm_apart_rows_free(&now->rows);
    free(now->built);
    free(now->built_near);
    free(now->medoid);
    free(now->best);
    free(now->is_medoid);
    free(now->row);
    free(now->near);
    free(now->second);
    free(now->near_of);
    free(now->second_of);
    free(now->loss);
    free(now->group);
    free(now->delta);
    free(now->change);
    free(now->place);
    free(now->saved);
    free(now->swapped);
    *now = (bm_medoids){0};
}
