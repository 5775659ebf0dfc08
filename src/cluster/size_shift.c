/* Borders of segments moved by moving a centroid.
 *
 * The border between two segments stands halfway between their centroids; a centroid that moves
 * towards the neighbour takes the border with it, and with it the rows between. Which rows those
 * should be is what an optimal assignment with bounds would ask, too: those with the least
 * difference between the squared distances to the two centroids. The centroid moves in a straight
 * line towards their mean, just as far as the size asks (bisection). */
#include "cluster/size_shift.h"

#include "base/memory.h"
#include "base/statistics.h"
#include "data/rows.h"
#include "kernel/distance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { HALVINGS = 20, CLOSE = 256, FEW = 32 };
static const double SHORTEST = 1.0 / 256, LONGEST = 2; /* parts of the way to the target */

static size_t chunk_rows(size_t n) {
    return bm_cluster_chunk_rows(n, 1);
}

bm_status bm_size_shift_init(bm_size_shift *shift, bm_kmeans *kmeans, int32_t *label, size_t k,
                             bm_error *err) {
    const bm_features *features = kmeans->features;
    size_t n = features->n, d = features->d, chunks = bm_chunks(n, chunk_rows(n));
    bm_status status;
    *shift = (bm_size_shift){.features = features, .kmeans = kmeans, .label = label};
    BM_TRY(BM_NEW(&shift->other, n, "size bounds", err));
    BM_TRY(BM_NEW(&shift->loss, n, "size bounds", err));
    BM_TRY(BM_NEW(&shift->sorted, n, "size bounds", err));
    BM_TRY(BM_NEW(&shift->row, chunks * 2 * d, "size bounds", err));
    BM_TRY(BM_NEW(&shift->count, chunks > k ? chunks : k, "size bounds", err));
    BM_TRY(BM_NEW(&shift->place, d, "size bounds", err));
    BM_TRY(BM_NEW(&shift->target, d, "size bounds", err));
    BM_TRY(BM_NEW_ALIGNED(&shift->centroid, k * d, "size bounds", err));
    BM_TRY(BM_NEW(&shift->segment, k, "size bounds", err));
    BM_TRY(BM_NEW(&shift->is_barred, k, "size bounds", err));
cleanup:
    if (status != BM_OK)
        bm_size_shift_free(shift);
    return status;
}

size_t bm_size_shift_memory(size_t n, size_t d, size_t k) {
    size_t chunks = bm_chunks(n, chunk_rows(n)), cells = 0, rows = 0, total = 0;
    int fits = bm_multiply(n, 3, &total) && bm_multiply(k + 2 * chunks, d, &cells) &&
               bm_add(k + chunks, cells, &cells) && bm_multiply(2, d, &rows) &&
               bm_add(total, cells, &total) && bm_add(total, rows, &total) &&
               bm_multiply(total, sizeof(double), &total);
    return fits ? total : SIZE_MAX;
}

void bm_size_shift_free(bm_size_shift *shift) {
    free(shift->other);
    free(shift->loss);
    free(shift->sorted);
    free(shift->row);
    free(shift->count);
    free(shift->place);
    free(shift->target);
    free(shift->centroid);
    free(shift->segment);
    free(shift->is_barred);
    *shift = (bm_size_shift){0};
}

/* One pass over the rows. */
typedef struct rows_pass {
    bm_size_shift *shift;
    const bm_partition *map;
    size_t segment; /* whose rows leave (is_leaving), or which others would enter */
    int is_leaving;
    double most; /* the dearest loss that counts */
    size_t to;   /* where the rows that count go, by place in shift->segment */
} rows_pass;

static bm_status run_pass(rows_pass *now, bm_chunk_fn fn, bm_error *err) {
    const bm_features *features = now->shift->features;
    return bm_rows_pass(features, chunk_rows(features->n), fn, now, err);
}

static const double *row_of(const rows_pass *now, size_t chunk, size_t i) {
    const bm_features *features = now->shift->features;
    return bm_rows_doubles(features, i, 1, now->shift->row + chunk * 2 * features->d);
}

/* `other`: distances to the nearest of the centroids in shift->centroid, which `label` tells; and
 * `loss`. */
static bm_status losses_chunk(size_t chunk, void *arg, bm_error *err) {
    const rows_pass *now = arg;
    const bm_size_shift *shift = now->shift;
    size_t n = shift->features->n, d = shift->features->d;
    size_t end = bm_chunk_end(chunk, chunk_rows(n), n);
    const double *own = now->map->centroid + now->segment * d;
    for (size_t i = bm_chunk_begin(chunk, chunk_rows(n)); i < end; i++) {
        const double *x = row_of(now, chunk, i);
        int is_own = now->map->label[i] == (int32_t)now->segment;
        double other = bm_squared_distance(x, shift->centroid + (size_t)shift->label[i] * d, d);
        shift->other[i] = other;
        shift->loss[i] = is_own != now->is_leaving ? INFINITY
                         : is_own                  ? other - bm_squared_distance(x, own, d)
                                                   : bm_squared_distance(x, own, d) - other;
    }
    return bm_check_interrupt(err);
}

static int counts(const rows_pass *now, size_t i) {
    return now->shift->loss[i] <= now->most &&
           (!now->is_leaving || now->shift->label[i] == (int32_t)now->to);
}

/* Sums of the rows that count. */
static bm_status sum_chunk(size_t chunk, void *arg, bm_error *err) {
    const rows_pass *now = arg;
    const bm_size_shift *shift = now->shift;
    size_t n = shift->features->n, d = shift->features->d;
    size_t end = bm_chunk_end(chunk, chunk_rows(n), n);
    double *sum = shift->row + (2 * chunk + 1) * d;
    memset(sum, 0, d * sizeof *sum);
    shift->count[chunk] = 0;
    for (size_t i = bm_chunk_begin(chunk, chunk_rows(n)); i < end; i++) {
        if (!counts(now, i))
            continue;
        const double *x = row_of(now, chunk, i);
        for (size_t f = 0; f < d; f++)
            sum[f] += x[f];
        shift->count[chunk]++;
    }
    return bm_check_interrupt(err);
}

/* The mean of the rows that count into target. */
static bm_status find_target(rows_pass *now, bm_error *err) {
    bm_size_shift *shift = now->shift;
    size_t n = shift->features->n, d = shift->features->d, rows = 0;
    bm_status status = run_pass(now, sum_chunk, err);
    memset(shift->target, 0, d * sizeof *shift->target);
    for (size_t chunk = 0; chunk < bm_chunks(n, chunk_rows(n)); chunk++) {
        rows += shift->count[chunk];
        for (size_t f = 0; f < d; f++)
            shift->target[f] += shift->row[(2 * chunk + 1) * d + f];
    }
    for (size_t f = 0; f < d; f++)
        shift->target[f] /= (double)rows;
    return status;
}

/* Rows that are nearer to `place` than to any other centroid. */
static bm_status count_chunk(size_t chunk, void *arg, bm_error *err) {
    const rows_pass *now = arg;
    const bm_size_shift *shift = now->shift;
    size_t n = shift->features->n, d = shift->features->d, count = 0;
    size_t end = bm_chunk_end(chunk, chunk_rows(n), n);
    for (size_t i = bm_chunk_begin(chunk, chunk_rows(n)); i < end; i++)
        count += bm_squared_distance(row_of(now, chunk, i), shift->place, d) < shift->other[i];
    shift->count[chunk] = count;
    return bm_check_interrupt(err);
}

/* How many rows the segment has when its centroid has gone `part` of the way to the target. */
static bm_status count_at(rows_pass *now, double part, size_t *size, bm_error *err) {
    const bm_size_shift *shift = now->shift;
    size_t n = shift->features->n, d = shift->features->d;
    const double *from = now->map->centroid + now->segment * d;
    for (size_t f = 0; f < d; f++)
        shift->place[f] = from[f] + part * (shift->target[f] - from[f]);
    bm_status status = run_pass(now, count_chunk, err);
    *size = 0;
    for (size_t chunk = 0; chunk < bm_chunks(n, chunk_rows(n)); chunk++)
        *size += shift->count[chunk];
    return status;
}

/* A bit more than what was wanted will do, within the limit. */
static int is_enough(size_t size, size_t want, size_t most) {
    return size >= want && size <= most && size - want <= want / CLOSE;
}

/* A short way towards the target after which the segment has `want` rows; its end is left in place.
 * Far from its own rows a centroid loses them, so the way is doubled from a short one on. */
static bm_status go_towards(rows_pass *now, size_t want, size_t most, int *found, bm_error *err) {
    double low = 0, high = SHORTEST;
    size_t size = 0;
    bm_status status = BM_OK;
    *found = 0;
    for (;;) {
        BM_TRY(count_at(now, high, &size, err));
        *found = size >= want;
        if (*found || high >= LONGEST)
            break;
        low = high;
        high *= 2;
    }
    for (int halving = 0; halving < HALVINGS && *found && !is_enough(size, want, most); halving++) {
        double middle = low + (high - low) / 2;
        BM_TRY(count_at(now, middle, &size, err));
        if (size >= want)
            high = middle;
        else
            low = middle;
    }
    if (*found)
        BM_TRY(count_at(now, high, &size, err));
cleanup:
    return status;
}

/* Labels and distances of the rows among the segments listed in shift->segment. */
static bm_status compare_with(rows_pass *now, size_t listed, bm_error *err) {
    bm_size_shift *shift = now->shift;
    size_t d = shift->features->d;
    for (size_t place = 0; place < listed; place++)
        memcpy(shift->centroid + place * d, now->map->centroid + shift->segment[place] * d,
               d * sizeof *shift->centroid);
    bm_status status = bm_kmeans_recall(shift->kmeans, listed, shift->centroid, err);
    return status == BM_OK ? run_pass(now, losses_chunk, err) : status;
}

static bm_status compare_with_all_but(rows_pass *now, size_t segment, bm_error *err) {
    size_t listed = 0;
    for (size_t s = 0; s < now->map->k; s++)
        if (s != segment)
            now->shift->segment[listed++] = s;
    return compare_with(now, listed, err);
}

/* The value that would stand at `place` in order; quickselect (Hoare, CACM 4(7), 1961) about the
 * middle one of three, which is O(n) as a rule. */
static double value_at(double *value, size_t n, size_t place) {
    size_t low = 0, high = n;
    while (high - low > FEW) {
        double a = value[low], b = value[low + (high - low) / 2], c = value[high - 1];
        double pivot = fmax(fmin(a, b), fmin(fmax(a, b), c));
        size_t less = low, i = low, more = high; /* less: below the pivot; from more on: above */
        while (i < more) {
            double here = value[i];
            if (here < pivot) {
                value[i++] = value[less];
                value[less++] = here;
            } else if (here > pivot) {
                value[i] = value[--more];
                value[more] = here;
            } else {
                i++;
            }
        }
        if (place >= less && place < more)
            return pivot;
        high = place < less ? less : high;
        low = place < less ? low : more;
    }
    bm_sort(value + low, high - low);
    return value[place];
}

/* Lets the `rows` cheapest losses count. */
static void let_count(rows_pass *now, size_t rows) {
    bm_size_shift *shift = now->shift;
    size_t finite = 0;
    for (size_t i = 0; i < shift->features->n; i++)
        if (shift->loss[i] < INFINITY)
            shift->sorted[finite++] = shift->loss[i];
    now->most = value_at(shift->sorted, finite, rows - 1);
}

/* A small segment takes the rows that cost least. */
static bm_status enlarge(rows_pass *now, size_t least, size_t most, int *found, bm_error *err) {
    bm_status status;
    BM_TRY(compare_with_all_but(now, now->segment, err));
    let_count(now, least - now->map->size[now->segment]);
    BM_TRY(find_target(now, err));
    BM_TRY(go_towards(now, least, most, found, err));
cleanup:
    return status;
}

/* The segment that would take most of the rows that count; `rows` is how many. */
static size_t likeliest(const rows_pass *now, size_t listed, size_t *rows) {
    const bm_size_shift *shift = now->shift;
    size_t *taken = shift->count, best = 0;
    memset(taken, 0, listed * sizeof *taken);
    for (size_t i = 0; i < shift->features->n; i++)
        if (shift->loss[i] <= now->most)
            taken[shift->label[i]]++;
    for (size_t place = 1; place < listed; place++)
        best = taken[place] > taken[best] ? place : best;
    *rows = taken[best];
    return best;
}

/* A large segment hands over the rows that cost least, to the segment that most of them go to. */
static bm_status relieve(rows_pass *now, size_t most, size_t *taker, int *found, bm_error *err) {
    bm_size_shift *shift = now->shift;
    const size_t *size = now->map->size;
    size_t listed = 0, rows, want;
    bm_status status = BM_OK;
    *found = 0;
    for (size_t s = 0; s < now->map->k; s++)
        if (size[s] < most && !shift->is_barred[s])
            shift->segment[listed++] = s;
    if (listed == 0)
        return BM_OK;
    BM_TRY(compare_with(now, listed, err));
    let_count(now, size[now->segment] - most);
    now->to = likeliest(now, listed, &rows);
    *taker = shift->segment[now->to];
    BM_TRY(find_target(now, err));
    want = size[*taker] + rows < most ? size[*taker] + rows : most;
    now->segment = *taker;
    now->is_leaving = 0;
    BM_TRY(compare_with_all_but(now, *taker, err));
    BM_TRY(go_towards(now, want, most, found, err));
cleanup:
    return status;
}

bm_status bm_size_shift_border(bm_size_shift *shift, const bm_size_state *state, size_t segment,
                               double *centroid, size_t *moved, int *found, bm_error *err) {
    const bm_partition *map = state->partition;
    size_t d = map->features->d;
    int is_small = map->size[segment] < state->limits.least;
    rows_pass now = {.shift = shift, .map = map, .segment = segment, .is_leaving = !is_small};
    bm_status status;
    *found = 0;
    *moved = segment;
    if (map->k == 1)
        return BM_OK;
    if (is_small)
        BM_TRY(enlarge(&now, state->limits.least, state->limits.most, found, err));
    else
        BM_TRY(relieve(&now, state->limits.most, moved, found, err));
    memcpy(centroid, map->centroid, map->k * d * sizeof *centroid);
    memcpy(centroid + *moved * d, shift->place, d * sizeof *centroid);
cleanup:
    return status;
}
