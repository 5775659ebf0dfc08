/* Points in leaves: a kd-tree (Bentley 1975) whose cells are the leaves, left-balanced, so that
 * every leaf but the last is full and any 16 boxes side by side are the children of one.
 *
 * Each cell is cut across the feature that is spread widest in a sample of its points. O(n log n)
 * time for the order, O(n d) for the rest. Which order it is makes no difference to what is found,
 * only to how fast. */
#include "cluster/spanning_tree.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "buyermap/context.h"

#include <math.h>
#include <stdlib.h>

enum {
    SAMPLE = 256, /* points of a cell that are looked at to choose its cut */
    WIDEST = 39,  /* 2³⁹ … 2⁴⁰: the range of the widest feature, scaled */
    FINEST = 400  /* a scale of more than 2⁴⁰⁰ would show what squares in doubles cannot */
};

typedef struct keyed {
    double key;
    uint32_t row;
} keyed;

static void swap(keyed *a, keyed *b) {
    keyed kept = *a;
    *a = *b;
    *b = kept;
}

/* Moves the `count` least keys of n to the front (Hoare's selection, median of three from places
 * that no order of the data can foresee). */
static void select_least(keyed *of, size_t n, size_t count) {
    size_t low = 0, high = n - 1;
    uint64_t places = 0x9e3779b97f4a7c15u;
    while (low < high) {
        size_t middle = low + (high - low) / 2, i = low, j = high;
        places = places * 6364136223846793005u + 1442695040888963407u;
        swap(&of[low], &of[low + (size_t)(places >> 32) % (high - low + 1)]);
        swap(&of[middle], &of[low + (size_t)(places >> 16) % (high - low + 1)]);
        if (of[middle].key < of[low].key)
            swap(&of[middle], &of[low]);
        if (of[high].key < of[low].key)
            swap(&of[high], &of[low]);
        if (of[high].key < of[middle].key)
            swap(&of[high], &of[middle]);
        double pivot = of[middle].key;
        for (;;) {
            while (of[i].key < pivot)
                i++;
            while (of[j].key > pivot)
                j--;
            if (i >= j)
                break;
            swap(&of[i++], &of[j--]);
        }
        /* Up to j keys are at most the pivot, from there at least, and low <= j < high. */
        if (count == j + 1)
            return;
        if (count <= j)
            high = j;
        else
            low = j + 1;
    }
}

typedef struct ordering {
    bm_leaves *leaves;
    keyed *keyed;
    size_t width; /* leaves of a cell, a power of 2 */
} ordering;

/* The feature that is spread widest among some of the points from first to end. */
static size_t widest_feature(const bm_leaves *leaves, size_t first, size_t end) {
    size_t d = leaves->d, step = (end - first) / SAMPLE + 1, widest = 0;
    double most = -1;
    for (size_t f = 0; f < d; f++) {
        double sum = 0, squares = 0, count = 0;
        double about = leaves->features->x[leaves->row[first] * d + f];
        for (size_t i = first; i < end; i += step) {
            double x = (leaves->features->x[leaves->row[i] * d + f] - about) * leaves->scale;
            sum += x;
            squares += x * x;
            count++;
        }
        double spread = squares - sum * sum / count;
        if (spread > most) {
            most = spread;
            widest = f;
        }
    }
    return widest;
}

static bm_status cut_cell(size_t cell, void *arg, bm_error *err) {
    ordering *now = arg;
    bm_leaves *leaves = now->leaves;
    size_t first = cell * now->width * BM_LEAF, cut = first + now->width / 2 * BM_LEAF;
    size_t end = bm_chunk_end(cell, now->width * BM_LEAF, leaves->n), d = leaves->d;
    if (cut >= end)
        return BM_OK;
    size_t f = widest_feature(leaves, first, end);
    for (size_t i = first; i < end; i++)
        now->keyed[i] = (keyed){leaves->features->x[leaves->row[i] * d + f], leaves->row[i]};
    select_least(now->keyed + first, end - first, cut - first);
    for (size_t i = first; i < end; i++)
        leaves->row[i] = now->keyed[i].row;
    return bm_check_interrupt(err);
}

static bm_status order(bm_leaves *leaves, bm_error *err) {
    ordering now = {.leaves = leaves, .width = 1};
    bm_status status;
    BM_TRY(BM_NEW(&now.keyed, leaves->n, "the order of buyers", err));
    while (now.width < leaves->leaves)
        now.width *= 2;
    for (; now.width > 1; now.width /= 2)
        BM_TRY(bm_parallel_for(bm_chunks(leaves->leaves, now.width), cut_cell, &now, err));
cleanup:
    free(now.keyed);
    return status;
}

/* The scale. low, high: [d] scratch. */
static void measure(bm_leaves *leaves, double *low, double *high) {
    size_t d = leaves->d;
    double widest = 0;
    int exponent = 0;
    for (size_t f = 0; f < d; f++) {
        low[f] = INFINITY;
        high[f] = -INFINITY;
    }
    for (size_t i = 0; i < leaves->n; i++) {
        const double *x = leaves->features->x + leaves->row[i] * d;
        for (size_t f = 0; f < d; f++) {
            low[f] = x[f] < low[f] ? x[f] : low[f];
            high[f] = x[f] > high[f] ? x[f] : high[f];
        }
    }
    for (size_t f = 0; f < d; f++)
        widest = high[f] / 2 - low[f] / 2 > widest ? high[f] / 2 - low[f] / 2 : widest;
    if (widest > 0)
        frexp(widest, &exponent);
    exponent = WIDEST - exponent;
    leaves->scale = ldexp(1, exponent < FINEST ? exponent : FINEST);
}

/* Points, norms and box of a leaf. */
static void fill_leaf(bm_leaves *leaves, size_t leaf) {
    size_t d = leaves->d, first = leaf * BM_LEAF, end = bm_chunk_end(leaf, BM_LEAF, leaves->n);
    float *norm = leaves->norm + first, *point = leaves->point + first * d;
    double *box = leaves->box[0] + leaf / BM_BOXES * 2 * BM_BOXES * d + leaf % BM_BOXES;
    double *centre = leaves->centre + leaf * d;
    for (size_t f = 0; f < d; f++) {
        const double *x = leaves->features->x + f;
        double low = INFINITY, high = -INFINITY;
        for (size_t i = first; i < end; i++) {
            double at = x[leaves->row[i] * d];
            low = at < low ? at : low;
            high = at > high ? at : high;
        }
        box[f * 2 * BM_BOXES] = low;
        box[f * 2 * BM_BOXES + BM_BOXES] = high;
        centre[f] = (low + (high / 2 - low / 2)) * leaves->scale;
        for (size_t i = first; i < end; i++) {
            float about = (float)(x[leaves->row[i] * d] * leaves->scale - centre[f]);
            point[f * BM_LEAF + (i - first)] = about;
            norm[i - first] += about * about;
        }
    }
    for (size_t i = first; i < end; i++)
        if (norm[i - first] > leaves->farthest[leaf])
            leaves->farthest[leaf] = norm[i - first];
    for (size_t i = end; i < first + BM_LEAF; i++)
        norm[i - first] = INFINITY;
}

static bm_status fill_group(size_t group, void *arg, bm_error *err) {
    bm_leaves *leaves = arg;
    size_t end = bm_chunk_end(group, BM_BOXES, leaves->leaves);
    for (size_t leaf = group * BM_BOXES; leaf < end; leaf++)
        fill_leaf(leaves, leaf);
    return bm_check_interrupt(err);
}

/* Boxes around the boxes of the level below. */
static void fill_level(bm_leaves *leaves, size_t level) {
    size_t d = leaves->d;
    for (size_t b = 0; b < leaves->boxes[level]; b++) {
        const double *inner = leaves->box[level - 1] + b * 2 * BM_BOXES * d;
        double *box = leaves->box[level] + b / BM_BOXES * 2 * BM_BOXES * d + b % BM_BOXES;
        size_t count = bm_chunk_end(b, BM_BOXES, leaves->boxes[level - 1]) - b * BM_BOXES;
        for (size_t f = 0; f < d; f++) {
            const double *lows = inner + f * 2 * BM_BOXES, *highs = lows + BM_BOXES;
            double low = lows[0], high = highs[0];
            for (size_t i = 1; i < count; i++) {
                low = lows[i] < low ? lows[i] : low;
                high = highs[i] > high ? highs[i] : high;
            }
            box[f * 2 * BM_BOXES] = low;
            box[f * 2 * BM_BOXES + BM_BOXES] = high;
        }
    }
}

static bm_status reserve(bm_leaves *leaves, bm_error *err) {
    size_t d = leaves->d, boxes = leaves->leaves;
    bm_status status;
    BM_TRY(BM_NEW(&leaves->centre, (leaves->leaves + 1) * d, "the leaves", err));
    BM_TRY(BM_NEW_ALIGNED(&leaves->point, leaves->leaves * BM_LEAF * d, "the leaves", err));
    BM_TRY(BM_NEW_ALIGNED(&leaves->norm, leaves->leaves * BM_LEAF, "the leaves", err));
    BM_TRY(BM_NEW_ALIGNED(&leaves->label, leaves->leaves * BM_LEAF, "the leaves", err));
    BM_TRY(BM_NEW(&leaves->farthest, leaves->leaves, "the leaves", err));
    do {
        size_t level = leaves->levels++, groups = bm_chunks(boxes, BM_BOXES);
        leaves->boxes[level] = boxes;
        BM_TRY(BM_NEW_ALIGNED(&leaves->box[level], groups * BM_BOXES * 2 * d, "boxes", err));
        BM_TRY(BM_NEW_ALIGNED(&leaves->mark[level], groups * BM_BOXES, "boxes", err));
        boxes = groups;
    } while (leaves->boxes[leaves->levels - 1] > BM_BOXES);
cleanup:
    return status;
}

bm_status bm_leaves_init(bm_leaves *leaves, const bm_features *features, uint32_t *row, size_t n,
                         bm_error *err) {
    bm_status status;
    *leaves = (bm_leaves){.features = features,
                          .n = n,
                          .d = features->d,
                          .leaves = bm_chunks(n, BM_LEAF),
                          .row = row};
    BM_TRY(reserve(leaves, err));
    measure(leaves, leaves->centre, leaves->centre + leaves->d);
    BM_TRY(order(leaves, err));
    BM_TRY(bm_parallel_for(bm_chunks(leaves->leaves, BM_BOXES), fill_group, leaves, err));
    for (size_t level = 1; level < leaves->levels; level++)
        fill_level(leaves, level);
cleanup:
    return status;
}

/* The label that all of them have, or BM_NOWHERE. */
static uint32_t common_label(const uint32_t *label, size_t count) {
    for (size_t i = 1; i < count; i++)
        if (label[i] != label[0])
            return BM_NOWHERE;
    return label[0];
}

bm_status bm_leaves_mark(bm_leaves *leaves, bm_error *err) {
    for (size_t leaf = 0; leaf < leaves->leaves; leaf++) {
        size_t first = leaf * BM_LEAF, end = bm_chunk_end(leaf, BM_LEAF, leaves->n);
        leaves->mark[0][leaf] = common_label(leaves->label + first, end - first);
    }
    for (size_t level = 1; level < leaves->levels; level++) {
        for (size_t b = 0; b < leaves->boxes[level]; b++) {
            size_t first = b * BM_BOXES;
            size_t end = bm_chunk_end(b, BM_BOXES, leaves->boxes[level - 1]);
            leaves->mark[level][b] = common_label(leaves->mark[level - 1] + first, end - first);
        }
    }
    return bm_check_interrupt(err);
}

size_t bm_leaves_memory(size_t n, size_t d) {
    /* Of a leaf: points; centre, box and its share of those above; norms and labels; mark and
     * farthest norm. The boxes of each level are padded to whole groups. */
    size_t feature = BM_LEAF * sizeof(float) + 4 * sizeof(double);
    size_t other = BM_LEAF * (sizeof(float) + sizeof(uint32_t)) + 4 * sizeof(float);
    size_t leaves = bm_chunks(n, BM_LEAF) + BM_MOST_LEVELS * BM_BOXES, bytes;
    return bm_multiply(feature, d, &bytes) && bm_add(bytes, other, &bytes) &&
                   bm_multiply(bytes, leaves, &bytes)
               ? bytes
               : SIZE_MAX;
}

void bm_leaves_free(bm_leaves *leaves) {
    for (size_t level = 0; level < leaves->levels; level++) {
        free(leaves->box[level]);
        free(leaves->mark[level]);
    }
    free(leaves->row);
    free(leaves->centre);
    free(leaves->point);
    free(leaves->norm);
    free(leaves->label);
    free(leaves->farthest);
    *leaves = (bm_leaves){0};
}
