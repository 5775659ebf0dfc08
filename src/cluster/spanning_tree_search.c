/* The nearest points of other components, exactly, for the points of a leaf at once.
 *
 * One walk over the tree of boxes for all of them, nearest boxes first, each with a mask of the
 * points that still look for something within: boxes too far away for a point, or all of its own
 * component, are none of its business (single-tree search of Bentley & Friedman 1978 with the
 * pruning of dual-tree Borůvka, March, Ram & Gray 2010). Leaves are compared in floats, up to four
 * points with 64 others at once, and what near.h cannot rule out is measured in double, with ties
 * to the lowest row. Where little is ruled out this is blocked brute force. */
#include "cluster/spanning_tree.h"

#include "base/memory.h"
#include "kernel/distance.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* From so many features on, floats prove nothing (g u <= 2⁻⁵ of near.h). */
enum { MOST_FEATURES = 1 << 18 };

struct bm_leaf_search {
    const bm_leaves *leaves;
    bm_neighbours *neighbours;
    const bm_near_kernel *kernel;
    size_t leaf, wanted;
    double error;                /* of near.h, of leaves, for ‖x̂‖² + max ‖ŷ‖² = 1 */
    double *scaled;              /* [BM_LEAF × d] the points */
    double *low, *high, *middle; /* [d] the box of those that search, and its middle */
    float *twice;                /* [BM_ABREAST × d] of bm_near_kernel.recentre */
    double reach[BM_LEAF];       /* what is farther is not looked for */
    double limit[BM_LEAF];       /* its square, rounded up */
    double upper[BM_LEAF];       /* the same, scaled */
    double apart[BM_MOST_LEVELS][BM_LEAF][BM_BOXES] __attribute__((aligned(64)));
};

static float to_float(double x) {
    return x < (double)FLT_MAX ? (float)x : INFINITY;
}

static uint32_t own_label(const bm_leaf_search *now, size_t point) {
    return now->leaves->label[now->leaf * BM_LEAF + point];
}

static const double *coordinates(const bm_leaf_search *now, size_t point) {
    const bm_leaves *leaves = now->leaves;
    return leaves->features->x + leaves->row[now->leaf * BM_LEAF + point] * leaves->d;
}

/* Bounds that follow from reach: 2⁻²⁰ is for the roundings of distances, of squares of boxes and of
 * the bounds themselves, the least number for what underflows. */
static void set_bounds(bm_leaf_search *now, size_t point) {
    double reach = now->leaves->d > MOST_FEATURES ? INFINITY : now->reach[point];
    double scaled = reach * now->leaves->scale;
    now->limit[point] = reach * reach * (1 + 0x1p-20) + DBL_MIN;
    now->upper[point] = scaled * scaled * (1 + 0x1p-20);
}

/* The bound of a point may have been lowered by others of its component. */
static void refresh(bm_leaf_search *now, size_t point) {
    if (now->neighbours->best == NULL)
        return;
    double best = bm_best_of(now->neighbours, own_label(now, point));
    if (best < now->reach[point]) {
        now->reach[point] = best;
        set_bounds(now, point);
    }
}

/* What s of near.h a point of the leaf has at most that is within reach. */
static float compared_limit(const bm_leaf_search *now, size_t point, size_t leaf, float norm) {
    double error = now->error * ((double)norm + (double)now->leaves->farthest[leaf]) + 1e-36;
    double limit = now->upper[point] + error - (double)norm;
    return to_float(limit + fabs(limit) * 0x1p-22);
}

/* Lists position as a neighbour of the point if it is nearer than what is listed. 1: it was. */
static int consider(bm_leaf_search *now, size_t point, uint32_t position) {
    const bm_leaves *leaves = now->leaves;
    bm_neighbours *neighbours = now->neighbours;
    size_t d = leaves->d, own = now->leaf * BM_LEAF + point, last = neighbours->k - 1;
    const double *x = leaves->features->x;
    uint32_t row = leaves->row[position];
    double distance = sqrt(bm_squared_distance(x + leaves->row[own] * d, x + row * d, d));
    if (distance > now->reach[point])
        return 0;
    double *distances = neighbours->distance + own * neighbours->k;
    uint32_t *positions = neighbours->position + own * neighbours->k;
    size_t place = neighbours->k, front = neighbours->k - now->wanted;
    while (place > front &&
           (distance < distances[place - 1] ||
            (!(distance > distances[place - 1]) &&
             (positions[place - 1] == BM_NOWHERE || row < leaves->row[positions[place - 1]])))) {
        if (place < neighbours->k) {
            distances[place] = distances[place - 1];
            positions[place] = positions[place - 1];
        }
        place--;
    }
    if (place == neighbours->k)
        return 0;
    distances[place] = distance;
    positions[place] = position;
    if (neighbours->best != NULL)
        bm_best_lower(neighbours, own_label(now, point), distance);
    if (distances[last] < now->reach[point])
        now->reach[point] = distances[last];
    set_bounds(now, point);
    return 1;
}

/* Compares up to BM_ABREAST points with a leaf. */
static void compare_points(bm_leaf_search *now, size_t leaf, const size_t *point, size_t points) {
    const bm_leaves *leaves = now->leaves;
    size_t d = leaves->d, first = leaf * BM_LEAF;
    bm_leaf there = {leaves->point + first * d, leaves->norm + first, leaves->label + first};
    float norm[BM_ABREAST] = {0}, limit[BM_ABREAST] = {0};
    float value[BM_ABREAST * BM_LEAF] __attribute__((aligned(64)));
    uint32_t own[BM_ABREAST] = {0};
    uint64_t near[BM_ABREAST];
    for (size_t r = 0; r < points; r++) {
        norm[r] = now->kernel->recentre(now->scaled + point[r] * d, leaves->centre + leaf * d, d,
                                        now->twice + r * d);
        limit[r] = compared_limit(now, point[r], leaf, norm[r]);
        own[r] = own_label(now, point[r]);
    }
    now->kernel->compare(&there, d, points, now->twice, d, limit, own, value, near);
    uint64_t there_are =
        leaves->n - first < BM_LEAF ? ~(~(uint64_t)0 << (leaves->n - first)) : ~(uint64_t)0;
    for (size_t r = 0; r < points; r++) {
        for (uint64_t left = near[r] & there_are; left != 0; left &= left - 1) {
            size_t i = (size_t)__builtin_ctzll(left);
            if (value[r * BM_LEAF + i] <= limit[r] &&
                consider(now, point[r], (uint32_t)(first + i)))
                limit[r] = compared_limit(now, point[r], leaf, norm[r]);
        }
    }
}

static void visit_leaf(bm_leaf_search *now, size_t leaf, uint64_t points) {
    size_t point[BM_ABREAST], count = 0;
    for (; points != 0; points &= points - 1) {
        point[count++] = (size_t)__builtin_ctzll(points);
        if (count == BM_ABREAST || (points & (points - 1)) == 0) {
            compare_points(now, leaf, point, count);
            count = 0;
        }
    }
}

/* The boxes of a mask by distance, ties by number. */
static size_t by_distance(unsigned boxes, const double *distance, size_t *order) {
    size_t count = 0;
    for (; boxes != 0; boxes &= boxes - 1) {
        size_t box = (size_t)__builtin_ctz(boxes), place = count++;
        for (; place > 0 && distance[box] < distance[order[place - 1]]; place--)
            order[place] = order[place - 1];
        order[place] = box;
    }
    return count;
}

/* Which points have business in which boxes of a group; gives the boxes in which any has. */
static unsigned ask_boxes(bm_leaf_search *now, size_t level, size_t group, uint64_t points,
                          uint64_t *of_box) {
    const bm_leaves *leaves = now->leaves;
    size_t d = leaves->d, left = leaves->boxes[level] - group * BM_BOXES;
    const double *box = leaves->box[level] + group * 2 * BM_BOXES * d;
    const uint32_t *mark = leaves->mark[level] + group * BM_BOXES;
    unsigned there_are = left < BM_BOXES ? (1U << left) - 1 : (1U << BM_BOXES) - 1, some = 0;
    double apart[BM_BOXES] __attribute__((aligned(64))), farthest = 0;
    memset(of_box, 0, BM_BOXES * sizeof *of_box);
    for (uint64_t rest = points; rest != 0; rest &= rest - 1) {
        size_t point = (size_t)__builtin_ctzll(rest);
        refresh(now, point);
        farthest = now->limit[point] > farthest ? now->limit[point] : farthest;
    }
    now->kernel->boxes_apart(now->low, now->high, box, d, apart);
    for (size_t b = 0; b < BM_BOXES; b++)
        if (apart[b] > farthest)
            there_are &= ~(1U << b);
    for (uint64_t rest = points; rest != 0 && there_are != 0; rest &= rest - 1) {
        size_t point = (size_t)__builtin_ctzll(rest);
        unsigned near = there_are & now->kernel->boxes_near(
                                        coordinates(now, point), box, d, now->limit[point], mark,
                                        own_label(now, point), now->apart[level][point]);
        some |= near;
        for (; near != 0; near &= near - 1)
            of_box[__builtin_ctz(near)] |= (uint64_t)1 << point;
    }
    return some;
}

static void visit_group(bm_leaf_search *now, size_t level, size_t group, uint64_t points) {
    const bm_leaves *leaves = now->leaves;
    uint64_t of_box[BM_BOXES];
    size_t order[BM_BOXES], d = leaves->d;
    unsigned boxes = ask_boxes(now, level, group, points, of_box);
    double apart[BM_BOXES] __attribute__((aligned(64)));
    if (boxes == 0)
        return;
    now->kernel->boxes_near(now->middle, leaves->box[level] + group * 2 * BM_BOXES * d, d, INFINITY,
                            leaves->mark[level] + group * BM_BOXES, BM_NOWHERE, apart);
    size_t count = by_distance(boxes, apart, order);
    for (size_t i = 0; i < count; i++) {
        size_t box = group * BM_BOXES + order[i];
        uint64_t still = 0;
        for (uint64_t rest = of_box[order[i]]; rest != 0; rest &= rest - 1) {
            size_t point = (size_t)__builtin_ctzll(rest);
            if (now->apart[level][point][order[i]] <= now->limit[point])
                still |= (uint64_t)1 << point;
        }
        if (still == 0)
            continue;
        if (level > 0)
            visit_group(now, level - 1, box, still);
        else if (box != now->leaf)
            visit_leaf(now, box, still);
    }
}

/* The points that search, scaled, and their box. */
static void place_points(bm_leaf_search *now, uint64_t points) {
    const bm_leaves *leaves = now->leaves;
    size_t d = leaves->d;
    for (size_t f = 0; f < d; f++) {
        now->low[f] = INFINITY;
        now->high[f] = -INFINITY;
    }
    for (; points != 0; points &= points - 1) {
        size_t point = (size_t)__builtin_ctzll(points);
        const double *x = coordinates(now, point);
        double *scaled = now->scaled + point * d;
        for (size_t f = 0; f < d; f++) {
            scaled[f] = x[f] * leaves->scale;
            now->low[f] = x[f] < now->low[f] ? x[f] : now->low[f];
            now->high[f] = x[f] > now->high[f] ? x[f] : now->high[f];
        }
    }
    for (size_t f = 0; f < d; f++)
        now->middle[f] = now->low[f] + (now->high[f] / 2 - now->low[f] / 2);
}

void bm_leaf_search_run(bm_leaf_search *now, size_t leaf, uint64_t points, size_t wanted) {
    const bm_leaves *leaves = now->leaves;
    bm_neighbours *neighbours = now->neighbours;
    size_t k = neighbours->k;
    now->leaf = leaf;
    now->wanted = wanted;
    place_points(now, points);
    for (uint64_t rest = points; rest != 0; rest &= rest - 1) {
        size_t point = (size_t)__builtin_ctzll(rest), own = leaf * BM_LEAF + point;
        for (size_t i = k - wanted; i < k; i++) {
            neighbours->distance[own * k + i] = INFINITY;
            neighbours->position[own * k + i] = BM_NOWHERE;
        }
        neighbours->first[own] = (uint8_t)(k - wanted);
        now->reach[point] = INFINITY;
        set_bounds(now, point);
        refresh(now, point);
    }
    if (leaves->mark[0][leaf] == BM_NOWHERE)
        visit_leaf(now, leaf, points);
    visit_group(now, leaves->levels - 1, 0, points);
    for (uint64_t rest = points; rest != 0; rest &= rest - 1) {
        size_t point = (size_t)__builtin_ctzll(rest), own = leaf * BM_LEAF + point;
        double *last = neighbours->distance + own * k + k - 1;
        if (now->reach[point] < *last) { /* nothing is within reach, what is listed is beyond */
            *last = nextafter(now->reach[point], INFINITY);
            neighbours->position[own * k + k - 1] = BM_NOWHERE;
        }
    }
}

/* Lowers *least to the squared distance of the nearest leaf that is not all of one's own. */
static void find_leaf(bm_leaf_search *now, size_t level, size_t group, uint32_t own,
                      double *least) {
    const bm_leaves *leaves = now->leaves;
    size_t d = leaves->d, order[BM_BOXES], left = leaves->boxes[level] - group * BM_BOXES;
    const double *box = leaves->box[level] + group * 2 * BM_BOXES * d;
    const uint32_t *mark = leaves->mark[level] + group * BM_BOXES;
    double apart[BM_BOXES] __attribute__((aligned(64)));
    unsigned others = 0;
    now->kernel->boxes_apart(now->low, now->high, box, d, apart);
    for (size_t b = 0; b < BM_BOXES && b < left; b++)
        if (mark[b] != own && apart[b] < *least)
            others |= 1U << b;
    size_t count = by_distance(others, apart, order);
    for (size_t i = 0; i < count && apart[order[i]] < *least; i++) {
        if (level > 0)
            find_leaf(now, level - 1, group * BM_BOXES + order[i], own, least);
        else
            *least = apart[order[i]];
    }
}

double bm_leaf_search_bound(bm_leaf_search *now, size_t leaf) {
    const bm_leaves *leaves = now->leaves;
    const double *box = leaves->box[0] + leaf / BM_BOXES * 2 * BM_BOXES * leaves->d;
    double least = INFINITY;
    if (leaves->mark[0][leaf] == BM_NOWHERE || leaves->d > MOST_FEATURES)
        return 0;
    for (size_t f = 0; f < leaves->d; f++) {
        now->low[f] = box[f * 2 * BM_BOXES + leaf % BM_BOXES];
        now->high[f] = box[f * 2 * BM_BOXES + BM_BOXES + leaf % BM_BOXES];
    }
    find_leaf(now, leaves->levels - 1, 0, leaves->mark[0][leaf], &least);
    return sqrt(least) * (1 - 0x1p-20); /* for the roundings, as in set_bounds */
}

bm_status bm_leaf_search_new(bm_leaf_search **search, const bm_leaves *leaves,
                             bm_neighbours *neighbours, bm_error *err) {
    size_t d = leaves->d;
    bm_status status;
    BM_TRY(BM_NEW_ALIGNED(search, 1, "searching neighbours", err));
    **search = (bm_leaf_search){.leaves = leaves,
                                .neighbours = neighbours,
                                .kernel = bm_near_kernel_here(),
                                .error = 5 * (2 * (double)d + 8) * 0x1p-24};
    BM_TRY(BM_NEW_ALIGNED(&(*search)->scaled, BM_LEAF * d, "searching neighbours", err));
    BM_TRY(BM_NEW_ALIGNED(&(*search)->twice, BM_ABREAST * d, "searching neighbours", err));
    BM_TRY(BM_NEW(&(*search)->low, 3 * d, "searching neighbours", err));
    (*search)->high = (*search)->low + d;
    (*search)->middle = (*search)->high + d;
cleanup:
    return status;
}

size_t bm_leaf_search_memory(size_t d) {
    size_t feature = (BM_LEAF + 3) * sizeof(double) + BM_ABREAST * sizeof(float);
    size_t bytes;
    return bm_multiply(feature, d, &bytes) && bm_add(bytes, sizeof(bm_leaf_search), &bytes)
               ? bytes
               : SIZE_MAX;
}

void bm_leaf_search_free(bm_leaf_search *search) {
    if (search == NULL)
        return;
    free(search->scaled);
    free(search->twice);
    free(search->low);
    free(search);
}
