/* Size bounds: every segment has min_size to max_size buyers (weights do not count).
 *
 * The labels stay those of the nearest centroid, so that assign gives the buyers the segments they
 * have, and new ones a place. (Assignment by min-cost flow, as in Bradley, Bennett & Demiriz 2000,
 * pays a few percent less inertia, but nobody else can be put into its map.) What is violated is
 * counted in buyers: those that small segments lack, and those that large ones have too many. While
 * there are any, for the segment that is worst:
 *
 * 1. Changes that keep k are tried: its borders are shifted (size_shift.c), or segments are merged
 *    and another is split (the MOST_MOVES cheapest by size_moves.c) with Lloyd iterations from
 *    there; iterations that settle out of bounds are gone through one by one, up to MOST_STEPS, for
 *    the one that violates least. Of the changes that lower the violation, that which costs least
 *    inertia for each buyer it brings within bounds is made.
 * 2. When there is none, a small segment goes and k falls by one (its centroid is dropped, or
 *    merged into the one that Ward's cost finds cheapest, whichever leaves less inertia), or a
 * large one is split and k grows by one (in the spirit of ISODATA, Ball & Hall 1965).
 *
 * In the end centroids go back towards the means of their segments as far as the bounds allow, all
 * at once and one by one, which only lowers the inertia. Where a bound holds a border that Lloyd
 * would move on, the centroid is therefore not quite the mean: it is the point that draws the
 * border.
 *
 * Small segments come before large ones, worst first, ties to the lower segment. At most
 * 4 k + ROUNDS rounds; O(rounds × (MOST_MOVES × Lloyd + n k d + k² d)) time, three labels and three
 * doubles a buyer. */
#include "cluster/size_bounds.h"

#include "base/memory.h"
#include "cluster/kmeans.h"
#include "cluster/size_moves.h"
#include "cluster/size_shift.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_MOVES = 4, MOST_STEPS = 8, ROUNDS = 16, MOST_SWEEPS = 4, MOST_ORDERS = 10 };
enum { LARGE = 5000000, FEW_ITERATIONS = 15, FEW_MOVES = 2, MOST_DRAWN = 100 };
static const double SWEEP_GAIN = 1e-3, STEP_GAIN = 1e-5; /* of the inertia, for another one */

typedef struct bounding {
    bm_partition *now;        /* the map as it stands: the caller's */
    bm_partition trial, best; /* what is tried, and the best of a move */
    bm_partition change;      /* the best of a round */
    size_t room;
    bm_size_limits limits;
    bm_cluster_options options; /* of the trials: started from `start` */
    bm_context context;
    bm_kmeans kmeans; /* its labels are those of `trial` */
    bm_size_shift shift;
    double *start;  /* [room × d] */
    double *square; /* [room × d] */
    double *scratch;
} bounding;

size_t bm_size_memory(size_t n, size_t d, const bm_cluster_options *options, size_t k) {
    size_t room = bm_size_room(options, k), cells = 0, total = 0;
    if (!bm_size_bounded(options))
        return 0;
    int fits = bm_multiply(room, 2 * d, &cells) &&
               bm_add(cells, bm_size_scratch(n, d, room), &total) &&
               bm_multiply(total, sizeof(double), &total) &&
               bm_add(total, bm_kmeans_memory(n, d, room, options), &total) &&
               bm_add(total, bm_size_shift_memory(n, d, room), &total) &&
               bm_add(total, bm_partition_memory(n, d, room), &total) &&
               bm_add(total, bm_partition_memory(n, d, room), &total) &&
               bm_add(total, bm_partition_memory(n, d, room), &total);
    return fits ? total : SIZE_MAX;
}

/* The limits of k segments: what one bound leaves for a segment when all others use it up is a
 * bound, too. */
static bm_size_limits limits_at(const bounding *work, size_t k) {
    size_t n = work->now->features->n, others = 0;
    bm_size_limits limits = work->limits;
    if (bm_multiply(k - 1, work->limits.least, &others) && others < n && limits.most > n - others)
        limits.most = n - others;
    if (bm_multiply(k - 1, work->limits.most, &others) && others < n && limits.least < n - others)
        limits.least = n - others;
    return limits;
}

/* Buyers that are lacking in small segments, and too many in large ones. */
static size_t violation(const bounding *work, const bm_partition *partition) {
    const bm_size_limits limits = limits_at(work, partition->k);
    size_t buyers = 0;
    for (size_t s = 0; s < partition->k; s++) {
        size_t size = partition->size[s];
        buyers += size < limits.least  ? limits.least - size
                  : size > limits.most ? size - limits.most
                                       : 0;
    }
    return buyers;
}

static size_t smallest(const bm_partition *partition) {
    size_t small = 0;
    for (size_t s = 1; s < partition->k; s++)
        small = partition->size[s] < partition->size[small] ? s : small;
    return small;
}

static size_t largest(const bm_partition *partition) {
    size_t large = 0;
    for (size_t s = 1; s < partition->k; s++)
        large = partition->size[s] > partition->size[large] ? s : large;
    return large;
}

static void copy_partition(const bm_partition *from, bm_partition *to) {
    size_t k = from->k, d = from->features->d;
    to->k = k;
    to->inertia = from->inertia;
    memcpy(to->label, from->label, from->features->n * sizeof *to->label);
    memcpy(to->centroid, from->centroid, k * d * sizeof *to->centroid);
    memcpy(to->size, from->size, k * sizeof *to->size);
    memcpy(to->weight, from->weight, k * sizeof *to->weight);
    memcpy(to->inertia_of, from->inertia_of, k * sizeof *to->inertia_of);
    memcpy(to->spread, from->spread, k * sizeof *to->spread);
}

/* Whether an iteration takes more than LARGE multiplications. */
static int is_large(const bounding *work, size_t k) {
    return k * work->now->features->d > LARGE / work->now->features->n;
}

/* Lloyd iterations from the first k centroids of `start` into the trial. Of large data only the
 * first tell what a change is worth. */
static bm_status iterate(bounding *work, size_t k, bm_error *err) {
    size_t cells = k * work->now->features->d;
    int converged;
    bm_status status;
    if (is_large(work, k) && work->options.max_iterations > FEW_ITERATIONS)
        work->options.max_iterations = FEW_ITERATIONS;
    work->trial.k = k;
    BM_TRY(bm_kmeans_run(&work->kmeans, k, &work->context, &converged, err));
    memcpy(work->trial.centroid, work->kmeans.centroid, cells * sizeof(double));
    BM_TRY(bm_partition_measure(&work->trial, err));
cleanup:
    return status;
}

/* Rows to the nearest of the first k centroids of `start`, into the trial. */
static bm_status assign(bounding *work, size_t k, bm_error *err) {
    bm_status status;
    work->trial.k = k;
    memcpy(work->trial.centroid, work->start, k * work->now->features->d * sizeof(double));
    BM_TRY(bm_kmeans_recall(&work->kmeans, k, work->trial.centroid, err));
    BM_TRY(bm_partition_measure(&work->trial, err));
cleanup:
    return status;
}

/* Goes from the start of a move to where Lloyd settles, or to the iteration that violates least,
 * that before the first among them; `best` is what was found. */
static bm_status try_move(bounding *work, const bm_size_state *state, const bm_size_move *move,
                          bm_error *err) {
    size_t k = bm_size_apply(state, move, work->start), cells = k * work->now->features->d, least;
    bm_status status;
    BM_TRY(iterate(work, k, err));
    copy_partition(&work->trial, &work->best);
    least = violation(work, &work->best);
    if (least == 0)
        return BM_OK;
    bm_size_apply(state, move, work->start);
    for (size_t step = 0; step < MOST_STEPS; step++) {
        BM_TRY(assign(work, k, err));
        size_t here = violation(work, &work->trial);
        if (here < least || (here == least && work->trial.inertia < work->best.inertia)) {
            least = here;
            copy_partition(&work->trial, &work->best);
        }
        if (work->trial.size[smallest(&work->trial)] == 0)
            break; /* no mean */
        BM_TRY(bm_partition_means(&work->trial, err));
        memcpy(work->start, work->trial.centroid, cells * sizeof *work->start);
    }
cleanup:
    return status;
}

/* What a change costs for each buyer that it brings within bounds; INFINITY when it brings none. */
static double price(const bounding *work, const bm_partition *change) {
    size_t before = violation(work, work->now), after = violation(work, change);
    return after < before ? (change->inertia - work->now->inertia) / (double)(before - after)
                          : INFINITY;
}

static void consider(const bounding *work, const bm_partition *change, double *least,
                     bm_partition *to) {
    double here = price(work, change);
    if (here < *least) {
        *least = here;
        copy_partition(change, to);
    }
}

/* Shifts the borders of a segment, one after another, while that lowers the violation and until the
 * segment is within bounds, into `best`. What does not lower it is barred until something does. */
static bm_status shift_borders(bounding *work, size_t segment, bm_error *err) {
    bm_partition *best = &work->best;
    unsigned char *is_barred = work->shift.is_barred;
    bm_status status = BM_OK;
    copy_partition(work->now, best);
    memset(is_barred, 0, best->k);
    for (size_t shifts = 0; shifts < 2 * best->k + 2; shifts++) {
        const bm_size_state state = {best, NULL, limits_at(work, best->k)};
        size_t size = best->size[segment], moved;
        int found;
        if (size >= state.limits.least && size <= state.limits.most)
            break;
        BM_TRY(
            bm_size_shift_border(&work->shift, &state, segment, work->start, &moved, &found, err));
        if (found)
            BM_TRY(assign(work, best->k, err));
        if (found && violation(work, &work->trial) < violation(work, best)) {
            copy_partition(&work->trial, best);
            memset(is_barred, 0, best->k);
        } else if (moved == segment) {
            break;
        } else {
            is_barred[moved] = 1;
        }
    }
cleanup:
    return status;
}

/* Keeps k: makes the change with the least price, if there is one. */
static bm_status change_at_k(bounding *work, const bm_size_state *state, size_t segment,
                             int *changed, bm_error *err) {
    bm_size_move move[MOST_MOVES];
    size_t room = is_large(work, work->now->k) ? FEW_MOVES : MOST_MOVES;
    size_t moves = bm_size_moves(state, segment, move, room);
    double least = INFINITY, violated = (double)violation(work, work->now);
    bm_status status;
    BM_TRY(shift_borders(work, segment, err));
    consider(work, &work->best, &least, &work->change);
    /* The others cost at least as much by estimate, if they bring everybody within bounds. */
    for (size_t i = 0; i < moves && move[i].cost / violated < least; i++) {
        BM_TRY(try_move(work, state, &move[i], err));
        consider(work, &work->best, &least, &work->change);
    }
    *changed = least < INFINITY;
    if (*changed)
        copy_partition(&work->change, work->now);
cleanup:
    return status;
}

/* One segment less: merged, or its centroid dropped, as leaves less inertia. */
static bm_status merge(bounding *work, const bm_size_state *state, size_t segment, bm_error *err) {
    size_t d = work->now->features->d, k = work->now->k;
    bm_size_move move = {segment, bm_size_cheapest_merge(state, segment), BM_NO_SEGMENT, 0};
    bm_status status;
    bm_size_apply(state, &move, work->start);
    BM_TRY(iterate(work, k - 1, err));
    copy_partition(&work->trial, &work->best);
    memcpy(work->start, work->now->centroid, segment * d * sizeof *work->start);
    memcpy(work->start + segment * d, work->now->centroid + (segment + 1) * d,
           (k - 1 - segment) * d * sizeof *work->start);
    BM_TRY(iterate(work, k - 1, err));
    copy_partition(work->trial.inertia < work->best.inertia ? &work->trial : &work->best,
                   work->now);
cleanup:
    return status;
}

static bm_status split(bounding *work, const bm_size_state *state, size_t segment, bm_error *err) {
    const bm_size_move move = {BM_NO_SEGMENT, BM_NO_SEGMENT, segment, 0};
    bm_status status;
    if (!bm_size_can_split(state, segment))
        return bm_fail(err, BM_DEGENERATE,
                       "%zu buyers are equal in every feature and share a segment, which is more "
                       "than --max-size %zu: raise it or add features",
                       work->now->size[segment], work->limits.most);
    BM_TRY(try_move(work, state, &move, err));
    copy_partition(&work->best, work->now);
cleanup:
    return status;
}

/* Another k: a small segment goes, or a large one is split. */
static bm_status change_k(bounding *work, const bm_size_state *state, int *stuck, bm_error *err) {
    size_t n = work->now->features->n, k = work->now->k;
    size_t small = smallest(work->now), large = largest(work->now);
    *stuck = 0;
    if (work->now->size[small] < work->limits.least && k > (n - 1) / work->limits.most + 1)
        return merge(work, state, small, err);
    if (work->now->size[large] > work->limits.most &&
        ((k < work->room && k < n / work->limits.least) || !bm_size_can_split(state, large)))
        return split(work, state, large, err);
    *stuck = 1;
    return BM_OK;
}

static bm_status round_of(bounding *work, int *stuck, bm_error *err) {
    const bm_partition *now = work->now;
    const bm_size_state state = {now, work->square, limits_at(work, now->k)};
    size_t small = smallest(now), large = largest(now);
    int changed = 0;
    bm_status status;
    BM_TRY(bm_size_squares(now, work->square, work->scratch, err));
    if (now->size[small] < state.limits.least)
        BM_TRY(change_at_k(work, &state, small, &changed, err));
    if (!changed && now->size[large] > state.limits.most)
        BM_TRY(change_at_k(work, &state, large, &changed, err));
    if (!changed)
        BM_TRY(change_k(work, &state, stuck, err));
cleanup:
    return status;
}

static bm_status start(bounding *work, bm_error *err) {
    const bm_features *features = work->now->features;
    size_t room = work->room, n = features->n, d = features->d;
    bm_status status;
    BM_TRY(bm_partition_init(&work->trial, features, room, err));
    BM_TRY(bm_partition_init(&work->best, features, room, err));
    BM_TRY(bm_partition_init(&work->change, features, room, err));
    BM_TRY(BM_NEW_ALIGNED(&work->start, (room + 1) * d, "size bounds", err));
    BM_TRY(BM_NEW(&work->square, room * d, "size bounds", err));
    BM_TRY(BM_NEW(&work->scratch, bm_size_scratch(n, d, room), "size bounds", err));
    work->options.init = work->start;
    work->options.restarts = 1;
    BM_TRY(bm_kmeans_init(&work->kmeans, features, &work->options, room, work->trial.label, err));
    BM_TRY(bm_size_shift_init(&work->shift, &work->kmeans, work->trial.label, room, err));
cleanup:
    return status;
}

static void release(bounding *work) {
    bm_size_shift_free(&work->shift);
    bm_kmeans_free(&work->kmeans);
    bm_partition_free(&work->trial);
    bm_partition_free(&work->best);
    bm_partition_free(&work->change);
    free(work->start);
    free(work->square);
    free(work->scratch);
}

/* Lets one centroid, or all (segment == k), go towards the means of the segments: the whole way,
 * half of it, … 1/16, the first that the bounds allow. `best` has the means. */
static bm_status draw_back(bounding *work, size_t segment, bm_error *err) {
    const bm_partition *now = work->now;
    size_t d = now->features->d, cells = now->k * d;
    size_t begin = segment == now->k ? 0 : segment * d;
    size_t stop = segment == now->k ? cells : begin + d;
    for (double part = 1; part > 0.05; part /= 2) {
        memcpy(work->start, now->centroid, cells * sizeof *work->start);
        for (size_t cell = begin; cell < stop; cell++)
            work->start[cell] += part * (work->best.centroid[cell] - work->start[cell]);
        if (memcmp(work->start, now->centroid, cells * sizeof *work->start) == 0)
            return BM_OK;
        bm_status status = assign(work, now->k, err);
        if (status != BM_OK)
            return status;
        if (violation(work, &work->trial) == 0 && work->trial.inertia < now->inertia) {
            copy_partition(&work->trial, work->now);
            return BM_OK;
        }
    }
    return BM_OK;
}

static bm_status find_means(bounding *work, bm_error *err) {
    copy_partition(work->now, &work->best);
    return bm_partition_means(&work->best, err);
}

/* All centroids together while that gains, then sweeps over single ones until one gains little. */
static bm_status relax(bounding *work, bm_error *err) {
    bm_status status = BM_OK;
    for (int step = 0; step < MOST_DRAWN; step++) {
        double before = work->now->inertia;
        BM_TRY(find_means(work, err));
        BM_TRY(draw_back(work, work->now->k, err));
        if (work->now->inertia > before * (1 - STEP_GAIN))
            break;
    }
    for (int sweep = 0; sweep < MOST_SWEEPS; sweep++) {
        double before = work->now->inertia;
        for (size_t s = 0; s <= work->now->k; s++) {
            BM_TRY(find_means(work, err));
            BM_TRY(draw_back(work, work->now->k - s, err));
        }
        if (work->now->inertia > before * (1 - SWEEP_GAIN))
            break;
    }
cleanup:
    return status;
}

/* Brings what stands into canonical order, which decides ties between centroids. */
static bm_status settle(bounding *work, int *held, bm_error *err) {
    bm_partition *now = work->now;
    size_t cells = now->k * now->features->d;
    bm_status status = BM_OK;
    for (int round = 0; round < MOST_ORDERS; round++) {
        bm_partition_order(now);
        memcpy(work->start, now->centroid, cells * sizeof *work->start);
        BM_TRY(assign(work, now->k, err));
        int same =
            memcmp(now->label, work->trial.label, now->features->n * sizeof *now->label) == 0;
        copy_partition(&work->trial, now);
        if (same)
            break;
    }
    *held = violation(work, now) == 0;
cleanup:
    return status;
}

bm_status bm_size_bounds(bm_partition *partition, const bm_cluster_options *options,
                         const bm_context *context, int *held, bm_error *err) {
    bounding work = {.now = partition,
                     .room = bm_size_room(options, partition->k),
                     .limits = bm_size_limits_of(options),
                     .options = *options,
                     .context = *context};
    size_t rounds = 4 * partition->k + ROUNDS;
    int stuck = 0;
    bm_status status = BM_OK;
    *held = violation(&work, partition) == 0;
    if (*held)
        return BM_OK;
    work.context.log = NULL;
    BM_TRY(start(&work, err));
    for (size_t round = 0; round < rounds && !*held && !stuck; round++) {
        BM_TRY(round_of(&work, &stuck, err));
        *held = violation(&work, partition) == 0;
    }
    if (*held) {
        BM_TRY(relax(&work, err));
        BM_TRY(settle(&work, held, err));
    }
cleanup:
    release(&work);
    return status;
}
