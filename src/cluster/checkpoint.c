/* The state of a long k-means, and going on from it.
 *
 * A state is taken after an iteration of the restarts in step. Of each k that is finished it holds
 * the result; of the one at work the best restart so far and, of each restart in step, the
 * centroids of its last pass and those the pass moved them to. No labels: one pass over the rows
 * with the centroids of the last pass gives them again, and the exact sums with them, so that
 * everything that follows comes out bit for bit as it would have. An iteration that repaired empty
 * segments is passed over, since the repair moves rows beyond that pass. Streams of random numbers
 * belong to (seed, restart) and are used up when a start is drawn: their state is these numbers.
 * Refinement and settling are not kept: they begin anew, at the cost of one restart at most.
 *
 * All numbers are 8 bytes, the lowest first: doubles as their bits, so that -0 and NaN survive.
 * O(k d) a restart in step, whatever the number of rows. */
#include "cluster/checkpoint.h"

#include "base/clock.h"
#include "base/memory.h"
#include "cluster/kmeans.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER = 8 }; /* bytes of one */
enum { FINISHED = 1, AT_WORK = 2 };

void bm_keeper_free(bm_keeper *keeper) {
    free(keeper->bytes);
    *keeper = (bm_keeper){0};
}

/* Writing: room is made first, for as many numbers as will come. */
static bm_status make_room(bm_keeper *keeper, size_t numbers, bm_error *err) {
    size_t bytes;
    if (!bm_multiply(numbers, NUMBER, &bytes) || !bm_add(bytes, keeper->used, &bytes))
        bytes = SIZE_MAX;
    return BM_GROW(&keeper->bytes, &keeper->reserved, bytes, "the checkpoint", err);
}

static void put(bm_keeper *keeper, uint64_t number) {
    for (int byte = 0; byte < NUMBER; byte++)
        keeper->bytes[keeper->used++] = (unsigned char)(number >> 8 * byte);
}

static void put_real(bm_keeper *keeper, double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    put(keeper, bits);
}

static void put_reals(bm_keeper *keeper, const double *value, size_t count) {
    for (size_t i = 0; i < count; i++)
        put_real(keeper, value[i]);
}

enum { LOG_NUMBERS = 5 };

static void put_log(bm_keeper *keeper, const bm_iteration *log, size_t count) {
    put(keeper, count);
    for (size_t i = 0; i < count; i++) {
        put(keeper, (uint64_t)log[i].restart);
        put(keeper, (uint64_t)log[i].iteration);
        put_real(keeper, log[i].inertia);
        put_real(keeper, log[i].shift);
        put(keeper, log[i].moved);
    }
}

/* Reading: what does not fit is damaged, whatever its checksum says. */
static bm_status damaged(bm_error *err) {
    return bm_fail(err, BM_DATA, "the checkpoint is damaged: it does not hold what it should");
}

static bm_status take(bm_keeper *keeper, uint64_t low, uint64_t high, uint64_t *number,
                      bm_error *err) {
    *number = 0;
    if (keeper->left < NUMBER)
        return damaged(err);
    for (int byte = 0; byte < NUMBER; byte++)
        *number |= (uint64_t)*keeper->next++ << 8 * byte;
    keeper->left -= NUMBER;
    return *number < low || *number > high ? damaged(err) : BM_OK;
}

static bm_status take_count(bm_keeper *keeper, size_t low, size_t high, size_t *count,
                            bm_error *err) {
    uint64_t number;
    bm_status status = take(keeper, low, high, &number, err);
    *count = (size_t)number;
    return status;
}

static bm_status take_int(bm_keeper *keeper, int low, int high, int *value, bm_error *err) {
    uint64_t number;
    bm_status status = take(keeper, (uint64_t)low, (uint64_t)high, &number, err);
    *value = (int)number;
    return status;
}

static bm_status take_real(bm_keeper *keeper, double *value, bm_error *err) {
    uint64_t bits;
    bm_status status = take(keeper, 0, UINT64_MAX, &bits, err);
    memcpy(value, &bits, sizeof bits);
    return status;
}

/* Distances, of which no more than some passes over all rows can have been computed: they make the
 * budget of the refinement, which must end. */
static bm_status take_distances(bm_kmeans *kmeans, size_t passes, double *distances,
                                bm_error *err) {
    double most = (double)passes * (double)kmeans->features->n * (double)kmeans->k;
    bm_status status = take_real(&kmeans->keeper, distances, err);
    return status == BM_OK && !(*distances >= 0 && *distances <= most) ? damaged(err) : status;
}

static bm_status take_centroids(bm_keeper *keeper, double *centroid, size_t cells, bm_error *err) {
    bm_status status = BM_OK;
    for (size_t i = 0; i < cells && status == BM_OK; i++) {
        status = take_real(keeper, &centroid[i], err);
        if (status == BM_OK && !isfinite(centroid[i]))
            status = damaged(err);
    }
    return status;
}

static bm_status take_log(bm_keeper *keeper, bm_iteration **log, size_t *count, size_t *reserved,
                          bm_error *err) {
    bm_status status = BM_OK;
    size_t length;
    *count = 0;
    BM_TRY(take_count(keeper, 0, keeper->left / NUMBER / LOG_NUMBERS, &length, err));
    BM_TRY(BM_GROW(log, reserved, length, "the iteration log", err));
    for (; *count < length; ++*count) {
        bm_iteration *entry = &(*log)[*count];
        BM_TRY(take_int(keeper, 1, INT_MAX, &entry->restart, err));
        BM_TRY(take_int(keeper, 1, INT_MAX, &entry->iteration, err));
        BM_TRY(take_real(keeper, &entry->inertia, err));
        BM_TRY(take_real(keeper, &entry->shift, err));
        BM_TRY(take_count(keeper, 0, SIZE_MAX, &entry->moved, err));
    }
cleanup:
    return status;
}

/* What the state was made of: the rows by their number and two sums over all of them. */
enum { HEADER = 7 };

static bm_status put_header(bm_kmeans *kmeans, bm_error *err) {
    bm_keeper *keeper = &kmeans->keeper;
    bm_status status = make_room(keeper, HEADER, err);
    if (status != BM_OK)
        return status;
    put(keeper, kmeans->features->n);
    put(keeper, kmeans->features->d);
    put(keeper, kmeans->most_k);
    put(keeper, kmeans->solutions);
    put(keeper, kmeans->options->max_iterations);
    put_real(keeper, kmeans->square);
    put_real(keeper, kmeans->mean_variance);
    keeper->finished = keeper->used;
    return BM_OK;
}

bm_status bm_kmeans_keep(bm_kmeans *kmeans, const bm_checkpoint *wish, bm_error *err) {
    bm_keeper *keeper = &kmeans->keeper;
    bm_keeper_free(keeper);
    keeper->wish = wish;
    if (wish == NULL)
        return BM_OK;
    keeper->kept_at = bm_seconds();
    bm_status status = put_header(kmeans, err);
    if (status != BM_OK || wish->state == NULL)
        return status;
    if (wish->bytes < keeper->used)
        return damaged(err);
    if (memcmp(wish->state, keeper->bytes, keeper->used) != 0)
        return bm_fail(err, BM_DATA,
                       "the checkpoint is of other features than these; remove it, or run without "
                       "--resume");
    keeper->next = wish->state + keeper->used;
    keeper->left = wish->bytes - keeper->used;
    return BM_OK;
}

static int keeps(const bm_keeper *keeper) {
    return keeper->wish != NULL && keeper->wish->seconds > 0;
}

static int is_due(const bm_keeper *keeper) {
    return bm_seconds() - keeper->kept_at >= keeper->wish->seconds;
}

static bm_status hand_over(bm_keeper *keeper, bm_error *err) {
    bm_status status = keeper->wish->keep(keeper->wish->arg, keeper->bytes, keeper->used, err);
    keeper->kept_at = bm_seconds();
    return status;
}

static bm_status add_finished(bm_kmeans *kmeans, int converged, bm_error *err) {
    bm_keeper *keeper = &kmeans->keeper;
    size_t cells = kmeans->k * kmeans->features->d;
    keeper->used = keeper->finished;
    bm_status status = make_room(keeper, 4 + cells + LOG_NUMBERS * kmeans->iterations, err);
    if (status != BM_OK)
        return status;
    put(keeper, FINISHED);
    put(keeper, kmeans->k);
    put(keeper, converged != 0);
    put_reals(keeper, kmeans->centroid, cells);
    put_log(keeper, kmeans->iteration, kmeans->iterations);
    keeper->finished = keeper->used;
    return BM_OK;
}

bm_status bm_kmeans_keep_finished(bm_kmeans *kmeans, int converged, bm_error *err) {
    if (!keeps(&kmeans->keeper))
        return BM_OK;
    bm_status status = add_finished(kmeans, converged, err);
    return status == BM_OK && is_due(&kmeans->keeper) ? hand_over(&kmeans->keeper, err) : status;
}

/* The k at work: the race, then all centroids in step, then the rest of each solution. */
enum { RACE = 9, SOLUTION = 8 };

static void put_race(bm_keeper *keeper, const bm_kmeans *kmeans, size_t round) {
    const bm_race *race = &kmeans->race;
    put(keeper, AT_WORK);
    put(keeper, kmeans->k);
    put(keeper, race->first);
    put(keeper, race->held);
    put(keeper, round);
    put(keeper, race->winner);
    put(keeper, race->converged != 0);
    put_real(keeper, race->least);
    if (race->winner > 0)
        put_reals(keeper, kmeans->best_centroid, kmeans->k * kmeans->features->d);
    put_log(keeper, kmeans->iteration, kmeans->iterations);
    put_real(keeper, race->distances);
}

static void put_solution(bm_keeper *keeper, const bm_solution *solution) {
    put(keeper, (uint64_t)solution->iterations);
    put(keeper, solution->converged != 0);
    put(keeper, solution->is_done != 0);
    put(keeper, solution->is_given_up != 0);
    put(keeper, solution->moved);
    put_real(keeper, solution->inertia);
    put_real(keeper, solution->distances);
    put_log(keeper, solution->log, solution->logged);
}

bm_status bm_kmeans_keep_round(bm_kmeans *kmeans, size_t round, bm_error *err) {
    bm_keeper *keeper = &kmeans->keeper;
    size_t count = kmeans->race.held, cells = kmeans->k * kmeans->features->d;
    size_t numbers = RACE + 1 + cells + LOG_NUMBERS * kmeans->iterations;
    if (!keeps(keeper) || !is_due(keeper))
        return BM_OK;
    for (size_t s = 0; s < count; s++) {
        if (kmeans->solution[s].was_repaired)
            return BM_OK;
        numbers += 2 * cells + SOLUTION + LOG_NUMBERS * kmeans->solution[s].logged;
    }
    keeper->used = keeper->finished;
    bm_status status = make_room(keeper, numbers, err);
    if (status != BM_OK)
        return status;
    put_race(keeper, kmeans, round);
    for (size_t s = 0; s < count; s++) {
        put_reals(keeper, kmeans->solution[s].previous, cells);
        put_reals(keeper, kmeans->solution[s].centroid, cells);
    }
    for (size_t s = 0; s < count; s++)
        put_solution(keeper, &kmeans->solution[s]);
    return hand_over(keeper, err);
}

static bm_status take_finished(bm_kmeans *kmeans, int *converged, bm_error *err) {
    bm_keeper *keeper = &kmeans->keeper;
    size_t cells = kmeans->k * kmeans->features->d;
    bm_status status;
    BM_TRY(take_int(keeper, 0, 1, converged, err));
    BM_TRY(take_centroids(keeper, kmeans->best_centroid, cells, err));
    BM_TRY(take_log(keeper, &kmeans->iteration, &kmeans->iterations, &kmeans->iterations_reserved,
                    err));
    BM_TRY(bm_kmeans_recall(kmeans, kmeans->k, kmeans->best_centroid, err));
    status = add_finished(kmeans, *converged, err);
cleanup:
    return status;
}

static bm_status take_race(bm_kmeans *kmeans, size_t restarts, size_t *round, bm_error *err) {
    bm_keeper *keeper = &kmeans->keeper;
    bm_race *race = &kmeans->race;
    size_t step = kmeans->solutions, left;
    bm_status status;
    BM_TRY(take_count(keeper, 1, restarts, &race->first, err));
    left = restarts - race->first + 1;
    left = left < step ? left : step;
    if ((race->first - 1) % step != 0)
        BM_TRY(damaged(err));
    BM_TRY(take_count(keeper, left, left, &race->held, err));
    BM_TRY(take_count(keeper, 1, kmeans->options->max_iterations, round, err));
    BM_TRY(take_count(keeper, 0, race->first - 1, &race->winner, err));
    BM_TRY(take_int(keeper, 0, 1, &race->converged, err));
    BM_TRY(take_real(keeper, &race->least, err));
    if (race->winner > 0)
        BM_TRY(take_centroids(keeper, kmeans->best_centroid, kmeans->k * kmeans->features->d, err));
    BM_TRY(take_log(keeper, &kmeans->iteration, &kmeans->iterations, &kmeans->iterations_reserved,
                    err));
    /* A pass an iteration, one of single moves before it, and a last one, in vain, a restart. */
    status = take_distances(kmeans, 2 * kmeans->iterations + race->first, &race->distances, err);
cleanup:
    return status;
}

static bm_status take_solution(bm_kmeans *kmeans, bm_solution *solution, size_t round,
                               bm_error *err) {
    bm_keeper *keeper = &kmeans->keeper;
    bm_status status;
    BM_TRY(take_int(keeper, 1, (int)round, &solution->iterations, err));
    BM_TRY(take_int(keeper, 0, 1, &solution->converged, err));
    BM_TRY(take_int(keeper, 0, 1, &solution->is_done, err));
    BM_TRY(take_int(keeper, 0, 1, &solution->is_given_up, err));
    BM_TRY(take_count(keeper, 0, kmeans->features->n, &solution->moved, err));
    BM_TRY(take_real(keeper, &solution->inertia, err));
    BM_TRY(take_distances(kmeans, round, &solution->distances, err));
    status = take_log(keeper, &solution->log, &solution->logged, &solution->log_reserved, err);
cleanup:
    return status;
}

/* The pass that the state was taken after, made again for all in step. Until it is done the
 * centroids it moved to wait in `previous`. */
static bm_status take_solutions(bm_kmeans *kmeans, size_t round, bm_error *err) {
    bm_solution *solution[BM_MOST_IN_STEP];
    size_t count = kmeans->race.held, cells = kmeans->k * kmeans->features->d;
    bm_status status = BM_OK;
    for (size_t s = 0; s < count; s++) {
        solution[s] = &kmeans->solution[s];
        BM_TRY(take_centroids(&kmeans->keeper, solution[s]->centroid, cells, err));
        BM_TRY(take_centroids(&kmeans->keeper, solution[s]->previous, cells, err));
        bm_solution_begin(solution[s], kmeans, (int)(kmeans->race.first + s));
    }
    BM_TRY(bm_kmeans_assign(kmeans, solution, count, err));
    for (size_t s = 0; s < count; s++) {
        memcpy(kmeans->mean, solution[s]->previous, cells * sizeof *kmeans->mean);
        bm_solution_move(solution[s], kmeans, kmeans->mean);
        BM_TRY(take_solution(kmeans, solution[s], round, err));
    }
cleanup:
    return status;
}

bm_status bm_kmeans_restore(bm_kmeans *kmeans, size_t restarts, size_t *round, int *is_finished,
                            int *converged, bm_error *err) {
    bm_keeper *keeper = &kmeans->keeper;
    uint64_t kind, k;
    bm_status status = BM_OK;
    *round = 0;
    *is_finished = 0;
    if (keeper->left == 0)
        return BM_OK;
    BM_TRY(take(keeper, FINISHED, AT_WORK, &kind, err));
    BM_TRY(take(keeper, kmeans->k, kmeans->k, &k, err));
    if (kind == FINISHED) {
        *is_finished = 1;
        status = take_finished(kmeans, converged, err);
        goto cleanup;
    }
    BM_TRY(take_race(kmeans, restarts, round, err));
    BM_TRY(take_solutions(kmeans, *round, err));
    if (keeper->left > 0)
        status = damaged(err);
cleanup:
    return status;
}
