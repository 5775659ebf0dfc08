/* Moves of segments that are out of bounds, by estimates that need no pass over the buyers.
 *
 * Merging a and b costs w_a w_b / (w_a + w_b) ‖c_a − c_b‖² (Ward, JASA 58, 1963), exactly.
 * Splitting is estimated: at its mean, across the feature in which it varies most, a normal segment
 * loses 2/π of its squares in that feature, and the means of its halves lie √(2/π) standard
 * deviations apart from its own. Both are only where the iterations start from. */
#include "cluster/size_moves.h"

#include "base/memory.h"
#include "buyermap/context.h"
#include "data/rows.h"
#include "kernel/distance.h"

#include <math.h>
#include <string.h>

static const double HALVES = 0.63661977236758134; /* 2/π */

static size_t chunk_rows(const bm_partition *partition) {
    return bm_cluster_chunk_rows(partition->features->n, partition->k);
}

size_t bm_size_scratch(size_t n, size_t d, size_t k) {
    size_t sums = bm_cluster_sums(n, k, d), rows = 0, total = 0;
    int fits = bm_multiply(bm_chunks(n, bm_cluster_chunk_rows(n, 1)), d, &rows) &&
               bm_add(sums, rows, &total);
    return fits ? total : SIZE_MAX;
}

typedef struct squares_pass {
    const bm_partition *partition;
    double *sums, *row; /* of each chunk: k × d, and d */
} squares_pass;

static bm_status squares_chunk(size_t chunk, void *arg, bm_error *err) {
    const squares_pass *now = arg;
    const bm_partition *partition = now->partition;
    const bm_features *features = partition->features;
    size_t d = features->d, width = partition->k * d, rows = chunk_rows(partition);
    size_t end = bm_chunk_end(chunk, rows, features->n);
    double *sums = now->sums + chunk * width;
    memset(sums, 0, width * sizeof *sums);
    for (size_t i = bm_chunk_begin(chunk, rows); i < end; i++) {
        size_t at = (size_t)partition->label[i] * d;
        double weight = bm_weight_of(features->weight, i);
        const double *x = bm_rows_doubles(features, i, 1, now->row + chunk * d);
        for (size_t f = 0; f < d; f++) {
            double apart = x[f] - partition->centroid[at + f];
            sums[at + f] += weight * apart * apart;
        }
    }
    return bm_check_interrupt(err);
}

bm_status bm_size_squares(const bm_partition *partition, double *square, double *scratch,
                          bm_error *err) {
    const bm_features *features = partition->features;
    size_t rows = chunk_rows(partition), chunks = bm_chunks(features->n, rows);
    size_t width = partition->k * features->d;
    squares_pass now = {partition, scratch, scratch + chunks * width};
    bm_status status = bm_rows_pass(features, rows, squares_chunk, &now, err);
    if (status != BM_OK)
        return status;
    memset(square, 0, width * sizeof *square);
    for (size_t chunk = 0; chunk < chunks; chunk++)
        for (size_t cell = 0; cell < width; cell++)
            square[cell] += scratch[chunk * width + cell];
    return BM_OK;
}

static size_t features_of(const bm_size_state *state) {
    return state->partition->features->d;
}

/* Growth of the inertia when a and b become one. */
static double merge_cost(const bm_size_state *state, size_t a, size_t b) {
    const bm_partition *p = state->partition;
    size_t d = features_of(state);
    double both = p->weight[a] + p->weight[b];
    return p->weight[a] * p->weight[b] / both *
           bm_squared_distance(p->centroid + a * d, p->centroid + b * d, d);
}

/* Squares of a and b as one segment (b == a: of a alone) in a feature, about their mean. */
static double square_of(const bm_size_state *state, size_t a, size_t b, size_t f) {
    const bm_partition *p = state->partition;
    size_t d = features_of(state);
    if (a == b)
        return state->square[a * d + f];
    double apart = p->centroid[a * d + f] - p->centroid[b * d + f];
    double both = p->weight[a] + p->weight[b];
    return state->square[a * d + f] + state->square[b * d + f] +
           p->weight[a] * p->weight[b] / both * apart * apart;
}

/* The feature in which they vary most, and how much. */
static size_t widest(const bm_size_state *state, size_t a, size_t b, double *square) {
    size_t found = 0;
    *square = 0;
    for (size_t f = 0; f < features_of(state); f++) {
        double here = square_of(state, a, b, f);
        if (here > *square) {
            *square = here;
            found = f;
        }
    }
    return found;
}

/* What splitting a and b as one segment is likely to save; 0: it cannot be split. */
static double split_gain(const bm_size_state *state, size_t a, size_t b) {
    double square;
    widest(state, a, b, &square);
    return HALVES * square;
}

int bm_size_can_split(const bm_size_state *state, size_t segment) {
    return split_gain(state, segment, segment) > 0;
}

static size_t size_of(const bm_size_state *state, size_t segment) {
    return state->partition->size[segment];
}

/* Whether two halves of so many buyers could be within the limits. */
static int halves_fit(const bm_size_state *state, size_t buyers) {
    return buyers / 2 >= state->limits.least;
}

typedef struct shortlist {
    bm_size_move *move;
    size_t moves, room;
} shortlist;

static void consider(shortlist *list, bm_size_move move) {
    size_t at = list->moves;
    while (at > 0 && move.cost < list->move[at - 1].cost)
        at--;
    if (at == list->room)
        return;
    if (list->moves < list->room)
        list->moves++;
    memmove(list->move + at + 1, list->move + at, (list->moves - at - 1) * sizeof *list->move);
    list->move[at] = move;
}

/* a and b trade buyers: they become one, which is split anew. */
static void consider_trade(const bm_size_state *state, size_t a, size_t b, shortlist *list) {
    double gain = split_gain(state, a, b);
    if (gain > 0 && halves_fit(state, size_of(state, a) + size_of(state, b)))
        consider(list, (bm_size_move){a, b, a, merge_cost(state, a, b) - gain});
}

/* a and b become one within the limits, and another segment is split. */
static void consider_transfer(const bm_size_state *state, size_t a, size_t b, size_t split,
                              shortlist *list) {
    if (split == a || split == b || size_of(state, a) + size_of(state, b) > state->limits.most ||
        !halves_fit(state, size_of(state, split)))
        return;
    double gain = split_gain(state, split, split);
    if (gain > 0)
        consider(list, (bm_size_move){a, b, split, merge_cost(state, a, b) - gain});
}

size_t bm_size_moves(const bm_size_state *state, size_t segment, bm_size_move *move, size_t room) {
    size_t k = state->partition->k;
    shortlist list = {move, 0, room};
    int is_small = size_of(state, segment) < state->limits.least;
    for (size_t a = 0; a < k; a++) {
        if (a == segment)
            continue;
        consider_trade(state, segment < a ? segment : a, segment < a ? a : segment, &list);
        for (size_t other = is_small ? 0 : a + 1; other < k; other++) {
            if (other == segment || other == a)
                continue;
            if (is_small)
                consider_transfer(state, segment, a, other, &list);
            else
                consider_transfer(state, a, other, segment, &list);
        }
    }
    return list.moves;
}

size_t bm_size_cheapest_merge(const bm_size_state *state, size_t segment) {
    size_t k = state->partition->k, best = BM_NO_SEGMENT;
    int best_fits = 0;
    double least = INFINITY;
    for (size_t other = 0; other < k; other++) {
        if (other == segment)
            continue;
        int fits = size_of(state, segment) + size_of(state, other) <= state->limits.most;
        double cost = merge_cost(state, segment, other);
        if (best == BM_NO_SEGMENT || fits > best_fits || (fits == best_fits && cost < least)) {
            best = other;
            best_fits = fits;
            least = cost;
        }
    }
    return best;
}

/* The centroid of a and b as one. */
static void put_mean(const bm_size_state *state, size_t a, size_t b, double *mean) {
    const bm_partition *p = state->partition;
    size_t d = features_of(state);
    double share = a == b ? 0 : p->weight[b] / (p->weight[a] + p->weight[b]);
    for (size_t f = 0; f < d; f++)
        mean[f] =
            p->centroid[a * d + f] + share * (p->centroid[b * d + f] - p->centroid[a * d + f]);
}

size_t bm_size_apply(const bm_size_state *state, const bm_size_move *move, double *centroid) {
    const bm_partition *p = state->partition;
    size_t d = features_of(state), to = 0, half = 0;
    for (size_t s = 0; s < p->k; s++) {
        if (s == move->b)
            continue;
        if (s == move->split)
            half = to;
        put_mean(state, s, s == move->a ? move->b : s, centroid + to++ * d);
    }
    if (move->split == BM_NO_SEGMENT)
        return to;
    size_t b = move->split == move->a ? move->b : move->split;
    double square, weight = p->weight[move->split] + (b == move->split ? 0 : p->weight[b]);
    size_t f = widest(state, move->split, b, &square);
    double shift = sqrt(HALVES * square / weight);
    memcpy(centroid + to * d, centroid + half * d, d * sizeof *centroid);
    centroid[half * d + f] -= shift;
    centroid[to * d + f] += shift;
    return to + 1;
}
