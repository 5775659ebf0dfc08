/* k-means: restarts of Lloyd iterations from k-means++ (or other) starts, as many of them in step
 * as memory has room for; the least inertia wins, ties to the earlier restart. The winner is
 * refined (kmeans_refine.c) and brought into canonical order, and ties between centroids are
 * settled in that order, so that assigning the buyers to the final centroids gives them the labels
 * they have. O(restarts × iterations × n k d) time at most; memory: a label and a bound a row for
 * each restart in step. */
#include "cluster/kmeans.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "base/random.h"
#include "data/rows.h"
#include "kernel/distance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_SETTLINGS = 100,
    CHUNK_BYTES = 256 << 10, /* of rows: a part of the second-level cache */
    LEAST_CHUNK = 512,
    MOST_CHUNK = 16384,
    MOST_MOVED = 4000000, /* values that a scan for single moves may compare */
    ROW_BYTES = sizeof(int32_t) + sizeof(float), /* that a solution keeps */
    STEP_BYTES = 64 << 20, /* that rows of further solutions may always take */
};

static size_t chunk_rows(size_t d) {
    size_t rows = CHUNK_BYTES / sizeof(float) / (d > 0 ? d : 1) / BM_SCREEN_ROWS * BM_SCREEN_ROWS;
    return rows < LEAST_CHUNK ? LEAST_CHUNK : rows > MOST_CHUNK ? MOST_CHUNK : rows;
}

/* Solutions that are worked on together: as many restarts as take a quarter of what the rows
 * themselves take in single precision; two for the refinement. */
static size_t solutions_in_step(size_t n, size_t d, size_t restarts) {
    size_t bytes, room = 0, most;
    if (restarts < 2)
        return restarts;
    if (!bm_multiply(n, d, &bytes) || bytes < STEP_BYTES)
        bytes = STEP_BYTES;
    if (!bm_multiply(n, ROW_BYTES, &room) || room == 0)
        return 2;
    most = bytes / room;
    most = most < 2 ? 2 : most > BM_MOST_IN_STEP ? BM_MOST_IN_STEP : most;
    return restarts < most ? restarts : most;
}

static size_t restarts_of(const bm_cluster_options *options) {
    return options->init != NULL || options->restarts == 0 ? 1 : options->restarts;
}

static int is_refined(const bm_cluster_options *options) {
    return options->init == NULL && options->refine;
}

/* Room of a thread, and of its deltas. */
static bm_status init_worker(bm_worker *worker, const bm_kmeans *kmeans, bm_error *err) {
    size_t d = kmeans->features->d, k = kmeans->most_k, turned;
    bm_status status = BM_OK;
    if (!bm_multiply(d, BM_SCREEN_ROWS, &turned))
        turned = SIZE_MAX;
    BM_TRY(BM_NEW_ALIGNED(&worker->turned, turned, "rows", err));
    if (bm_screen_wants_products(kmeans->kernel, d, k))
        BM_TRY(BM_NEW_ALIGNED(&worker->products, k * BM_SCREEN_ROWS, "products", err));
    BM_TRY(BM_NEW(&worker->index, kmeans->chunk_rows + BM_SCREEN_ROWS, "rows", err));
    BM_TRY(BM_NEW(&worker->row, d, "rows", err));
    BM_TRY(BM_NEW(&worker->is_whole, kmeans->solutions, "solutions", err));
    BM_TRY(BM_NEW(&worker->delta, kmeans->solutions, "segment sums", err));
    for (size_t s = 0; s < kmeans->solutions; s++) {
        bm_delta *delta = &worker->delta[s];
        BM_TRY(BM_NEW_ALIGNED(&delta->total, k * 2 * kmeans->grid.padded, "segment sums", err));
        BM_TRY(BM_NEW(&delta->heft, 2 * k, "segment weights", err));
        BM_TRY(BM_NEW(&delta->size, k, "segment sizes", err));
    }
cleanup:
    return status;
}

bm_status bm_kmeans_init(bm_kmeans *kmeans, const bm_features *features,
                         const bm_cluster_options *options, size_t k, int32_t *label,
                         bm_error *err) {
    size_t d = features->d, cells = 0, sums = 0, padded = 0, restarts = restarts_of(options);
    *kmeans = (bm_kmeans){.features = features,
                          .options = options,
                          .kernel = bm_screen_kernel_here(),
                          .most_k = k,
                          .label = label,
                          .chunk_rows = chunk_rows(d),
                          .grid = {.d = d}};
    bm_status status = BM_OK;
    if (!bm_add(d, BM_SUM_LANES - 1, &padded) || !bm_multiply(k, d + BM_SUM_LANES, &cells) ||
        !bm_multiply(cells, 2, &sums))
        return bm_fail(err, BM_NOMEM, "out of memory: %zu segments of %zu features", k, d);
    padded = padded / BM_SUM_LANES * BM_SUM_LANES;
    kmeans->grid.padded = padded;
    kmeans->chunks = bm_chunks(features->n, kmeans->chunk_rows);
    kmeans->solutions =
        solutions_in_step(features->n, d, restarts < 2 && is_refined(options) ? 2 : restarts);
    BM_TRY(BM_NEW(&kmeans->origin, padded, "the origin", err));
    BM_TRY(BM_NEW_ALIGNED(&kmeans->grid.coarse, padded, "segment sums", err));
    BM_TRY(BM_NEW_ALIGNED(&kmeans->grid.fine, padded, "segment sums", err));
    BM_TRY(BM_NEW(&kmeans->worker, (size_t)bm_threads(), "threads", err));
    for (kmeans->workers = 0; kmeans->workers < (size_t)bm_threads(); kmeans->workers++)
        BM_TRY(init_worker(&kmeans->worker[kmeans->workers], kmeans, err));
    BM_TRY(bm_kmeans_measure(kmeans, err));
    BM_TRY(BM_NEW(&kmeans->solution, kmeans->solutions, "solutions", err));
    BM_TRY(BM_NEW(&kmeans->active, kmeans->solutions, "solutions", err));
    for (size_t s = 0; s < kmeans->solutions; s++)
        BM_TRY(bm_solution_init(&kmeans->solution[s], kmeans, s == 0 ? label : NULL, err));
    BM_TRY(BM_NEW_ALIGNED(&kmeans->mean, cells, "centroids", err));
    BM_TRY(BM_NEW(&kmeans->shift, k, "paths of centroids", err));
    BM_TRY(BM_NEW(&kmeans->farthest, kmeans->chunks, "chunks", err));
    BM_TRY(BM_NEW(&kmeans->filled, k, "empty segments", err));
    BM_TRY(BM_NEW(&kmeans->order, k, "segment order", err));
    BM_TRY(BM_NEW(&kmeans->scratch, sums, "segment sums", err));
    BM_TRY(BM_NEW_ALIGNED(&kmeans->centroid, cells, "centroids", err));
    BM_TRY(BM_NEW_ALIGNED(&kmeans->best_centroid, cells, "centroids", err));
cleanup:
    if (status != BM_OK)
        bm_kmeans_free(kmeans);
    return status;
}

void bm_kmeans_free(bm_kmeans *kmeans) {
    for (size_t s = 0; kmeans->solution != NULL && s < kmeans->solutions; s++)
        bm_solution_free(&kmeans->solution[s], kmeans->solution[s].label != kmeans->label);
    for (size_t t = 0; kmeans->worker != NULL && t < (size_t)bm_threads(); t++) {
        bm_worker *worker = &kmeans->worker[t];
        for (size_t s = 0; worker->delta != NULL && s < kmeans->solutions; s++) {
            free(worker->delta[s].total);
            free(worker->delta[s].heft);
            free(worker->delta[s].size);
        }
        free(worker->turned);
        free(worker->products);
        free(worker->index);
        free(worker->row);
        free(worker->is_whole);
        free(worker->delta);
    }
    if (kmeans->has_starter)
        bm_starter_free(&kmeans->starter);
    free(kmeans->solution);
    free(kmeans->worker);
    free(kmeans->active);
    free(kmeans->origin);
    free(kmeans->grid.coarse);
    free(kmeans->grid.fine);
    free(kmeans->mean);
    free(kmeans->shift);
    free(kmeans->farthest);
    free(kmeans->filled);
    free(kmeans->order);
    free(kmeans->scratch);
    free(kmeans->centroid);
    free(kmeans->best_centroid);
    free(kmeans->iteration);
    bm_keeper_free(&kmeans->keeper);
    *kmeans = (bm_kmeans){0};
}

size_t bm_kmeans_memory(size_t n, size_t d, size_t k, const bm_cluster_options *options) {
    size_t rows = 0, sums = 0, total = 0, width = 0, restarts = restarts_of(options);
    size_t solutions = solutions_in_step(n, d, restarts < 2 && is_refined(options) ? 2 : restarts);
    /* A state holds two sets of centroids a solution, and grows by doubling. */
    size_t threads = (size_t)bm_threads(), state = options->checkpoint != NULL ? 2 : 0;
    /* Each solution, and for it each thread: two sums a feature, and some figures a segment. */
    int fits =
        bm_multiply(n, ROW_BYTES * solutions, &rows) && bm_add(d, 16, &width) &&
        bm_multiply(width, 3 * sizeof(double) * (threads + 2 + state) * (solutions + 1), &width) &&
        bm_multiply(width, k, &sums) && bm_add(rows, sums, &total);
    size_t turned = 0;
    fits = fits && bm_multiply(d, threads * BM_SCREEN_ROWS * sizeof(float), &turned) &&
           bm_add(total, turned, &total);
    if (fits && options->init == NULL)
        fits = bm_add(total, bm_starter_memory(n, d, k, 0, 0), &total);
    return fits ? total : SIZE_MAX;
}

static void append_log(bm_kmeans *kmeans, const bm_solution *solution) {
    memcpy(kmeans->iteration + kmeans->iterations, solution->log,
           solution->logged * sizeof *solution->log);
    kmeans->iterations += solution->logged;
}

bm_status bm_kmeans_keep_log(bm_kmeans *kmeans, bm_solution *solution, bm_error *err) {
    bm_status status = BM_GROW(&kmeans->iteration, &kmeans->iterations_reserved,
                               kmeans->iterations + solution->logged, "the iteration log", err);
    if (status == BM_OK && solution->logged > 0)
        append_log(kmeans, solution);
    solution->logged = 0;
    return status;
}

/* The first centroids of a restart. */
static bm_status draw_start(bm_kmeans *kmeans, uint64_t seed, size_t restart, bm_solution *solution,
                            bm_error *err) {
    const bm_cluster_options *options = kmeans->options;
    size_t k = kmeans->k;
    gsl_rng *rng = NULL;
    bm_status status = BM_OK;
    if (options->init != NULL) {
        memcpy(solution->centroid, options->init,
               k * kmeans->features->d * sizeof *solution->centroid);
        return BM_OK;
    }
    if (!kmeans->has_starter) {
        BM_TRY(bm_starter_init(&kmeans->starter, kmeans->features, kmeans->most_k, kmeans->label,
                               err));
        kmeans->has_starter = 1;
    }
    BM_TRY(bm_random_new(&rng, seed, "k-means", restart, err));
    if (options->random_init)
        status = bm_starter_random(&kmeans->starter, k, rng, solution->centroid, err);
    else if (options->parallel_init || bm_starter_prefers_parallel(kmeans->features->n, k))
        status = bm_starter_parallel(&kmeans->starter, k, rng, solution->centroid, err);
    else
        status = bm_starter_plus_plus(&kmeans->starter, k, rng, solution->centroid, err);
cleanup:
    gsl_rng_free(rng);
    return status;
}

/* Of few buyers every restart goes on with single moves, which leave many of the poorer optima; of
 * many, each move would change little and cost as much as any. */
static int moves_rows(const bm_kmeans *kmeans) {
    return is_refined(kmeans->options) && kmeans->features->n <= MOST_MOVED && kmeans->k > 1;
}

/* The restarts in step, from their starts on, or from where they stood after `round` iterations. */
static bm_status run_in_step(bm_kmeans *kmeans, uint64_t seed, size_t round, bm_error *err) {
    bm_solution *solution[BM_MOST_IN_STEP];
    bm_race *now = &kmeans->race;
    size_t cells = kmeans->k * kmeans->features->d, first = now->first, count = now->held;
    bm_status status = BM_OK;
    now->resident = -1;
    for (size_t s = 0; s < count; s++)
        solution[s] = &kmeans->solution[s];
    /* Starts first: the starter works in the result's labels. */
    for (size_t s = 0; s < count && round == 0; s++)
        BM_TRY(draw_start(kmeans, seed, first + s, solution[s], err));
    for (size_t s = 0; s < count && round == 0; s++)
        bm_solution_begin(solution[s], kmeans, (int)(first + s));
    BM_TRY(bm_kmeans_go_on(kmeans, solution, count, round, err));
    for (size_t s = 0; s < count && moves_rows(kmeans); s++)
        BM_TRY(bm_kmeans_descend(kmeans, solution[s], INFINITY, err));
    for (size_t s = 0; s < count; s++) {
        now->distances += solution[s]->distances;
        BM_TRY(bm_kmeans_keep_log(kmeans, solution[s], err));
        if (!(solution[s]->inertia < now->least))
            continue;
        now->least = solution[s]->inertia;
        now->winner = first + s;
        now->resident = (int)s;
        now->converged = solution[s]->converged;
        memcpy(kmeans->best_centroid, solution[s]->centroid, cells * sizeof(double));
    }
cleanup:
    return status;
}

/* The solution of the winner: the one that still holds it, else made again from its centroids. */
static bm_status bring_back(bm_kmeans *kmeans, bm_solution **best, bm_error *err) {
    const bm_race *now = &kmeans->race;
    *best = &kmeans->solution[now->resident >= 0 ? now->resident : 0];
    if (now->resident >= 0)
        return BM_OK;
    memcpy((*best)->centroid, kmeans->best_centroid,
           kmeans->k * kmeans->features->d * sizeof(double));
    bm_solution_begin(*best, kmeans, (int)now->winner);
    (*best)->converged = now->converged;
    return bm_kmeans_fill(kmeans, *best, err);
}

/* Canonical order decides ties between centroids. A row that changes sides in a tie moves the
 * means, so a converged solution iterates on, and the inertia falls; the others only keep their
 * labels those of the nearest centroid. */
static bm_status settle(bm_kmeans *kmeans, bm_solution *solution, bm_error *err) {
    bm_status status = BM_OK;
    size_t cells = kmeans->k * kmeans->features->d;
    int exact = solution->converged && kmeans->options->tolerance <= 0;
    bm_solution_reorder(solution, kmeans);
    for (int round = 1;; round++) {
        BM_TRY(bm_kmeans_fill(kmeans, solution, err));
        if (exact) {
            bm_solution_means(solution, kmeans, kmeans->mean);
            if (memcmp(kmeans->mean, solution->centroid, cells * sizeof(double)) != 0) {
                BM_TRY(bm_kmeans_lloyd(kmeans, &solution, 1, err));
                exact = solution->converged;
            }
        }
        if (round == MOST_SETTLINGS || bm_solution_reorder(solution, kmeans))
            break;
    }
cleanup:
    return status;
}

/* The restarts that are still held, the best first, then by inertia and number; when it is not
 * held, the best alone. */
static size_t line_up(bm_kmeans *kmeans, bm_solution *best, bm_solution **candidate) {
    const bm_race *now = &kmeans->race;
    size_t count = 1;
    candidate[0] = best;
    for (size_t s = 0; s < now->held && now->resident >= 0; s++) {
        bm_solution *solution = &kmeans->solution[s];
        size_t place = count;
        if (solution == best)
            continue;
        for (; place > 1 && solution->inertia < candidate[place - 1]->inertia; place--)
            candidate[place] = candidate[place - 1];
        candidate[place] = solution;
        count++;
    }
    return count;
}

static bm_status refine(bm_kmeans *kmeans, size_t restarts, bm_solution **best,
                        const bm_context *context, bm_error *err) {
    bm_solution *candidate[BM_MOST_IN_STEP];
    size_t count = line_up(kmeans, *best, candidate);
    bm_solution *other = &kmeans->solution[*best == &kmeans->solution[0] ? 1 : 0];
    bm_refined refined = {0};
    bm_status status =
        bm_kmeans_refine(kmeans, candidate, count, count > 1 ? NULL : other, context->seed,
                         kmeans->race.distances / (double)restarts, &refined, err);
    *best = candidate[0];
    if (status == BM_OK && refined.after < refined.before)
        bm_info(context->log, "k = %zu: refinement took the inertia from %.6g to %.6g", kmeans->k,
                refined.before, refined.after);
    return status;
}

/* Iterations of the winner's refinement and settling stand with their restart. */
static int by_restart(const void *a, const void *b) {
    const bm_iteration *left = a, *right = b;
    if (left->restart != right->restart)
        return left->restart < right->restart ? -1 : 1;
    return (left->iteration > right->iteration) - (left->iteration < right->iteration);
}

/* All restarts, from the one that is next, which may stand after `round` iterations. */
static bm_status run_restarts(bm_kmeans *kmeans, size_t restarts, size_t round,
                              const bm_context *context, bm_error *err) {
    bm_race *now = &kmeans->race;
    bm_status status = BM_OK;
    for (; now->first <= restarts; now->first += kmeans->solutions, round = 0) {
        size_t left = restarts - now->first + 1;
        now->held = left < kmeans->solutions ? left : kmeans->solutions;
        BM_TRY(run_in_step(kmeans, context->seed, round, err));
        bm_progress(context->log, "k-means", now->first + now->held - 1, restarts, "restarts");
    }
    if (now->winner == 0)
        status = bm_fail(err, BM_DATA,
                         "the features are too large to cluster: squared distances overflow; "
                         "normalize them");
cleanup:
    return status;
}

bm_status bm_kmeans_run(bm_kmeans *kmeans, size_t k, const bm_context *context, int *converged,
                        bm_error *err) {
    const bm_cluster_options *options = kmeans->options;
    size_t restarts = restarts_of(options), round;
    bm_solution *best = NULL;
    int is_finished;
    bm_status status = BM_OK;
    kmeans->k = k;
    kmeans->iterations = 0;
    kmeans->race = (bm_race){.least = INFINITY, .resident = -1, .first = 1};
    BM_TRY(bm_kmeans_restore(kmeans, restarts, &round, &is_finished, converged, err));
    if (is_finished)
        goto cleanup;
    BM_TRY(run_restarts(kmeans, restarts, round, context, err));
    BM_TRY(bring_back(kmeans, &best, err));
    if (best->converged && is_refined(options) && k > 1)
        BM_TRY(refine(kmeans, restarts, &best, context, err));
    BM_TRY(settle(kmeans, best, err));
    BM_TRY(bm_kmeans_keep_log(kmeans, best, err));
    *converged = best->converged;
    memcpy(kmeans->centroid, best->centroid, k * kmeans->features->d * sizeof(double));
    if (best->label != kmeans->label)
        memcpy(kmeans->label, best->label, kmeans->features->n * sizeof *kmeans->label);
    qsort(kmeans->iteration, kmeans->iterations, sizeof *kmeans->iteration, by_restart);
    status = bm_kmeans_keep_finished(kmeans, *converged, err);
cleanup:
    return status;
}

bm_status bm_kmeans_recall(bm_kmeans *kmeans, size_t k, const double *centroid, bm_error *err) {
    bm_solution *solution = &kmeans->solution[0];
    kmeans->k = k;
    memcpy(solution->centroid, centroid, k * kmeans->features->d * sizeof(double));
    memcpy(kmeans->centroid, centroid, k * kmeans->features->d * sizeof(double));
    bm_solution_begin(solution, kmeans, 1);
    bm_status status = bm_kmeans_assign(kmeans, &solution, 1, err);
    if (solution->label != kmeans->label)
        memcpy(kmeans->label, solution->label, kmeans->features->n * sizeof *kmeans->label);
    return status;
}
