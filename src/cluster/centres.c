/* Clusters by their centres: places, boxes, merges. The search is in centre_search.c, the order of
 * places in centre_order.c.
 *
 * Coordinates for the kernels are taken relative to the mean of all centres and scaled by a power
 * of two to at most 1, reaches by another such that the widest is at most 1: floats then neither
 * overflow nor lose anything but digits. Boxes are those of the floats, widened by what rounding
 * may have moved them. A box only ever grows; rearranging makes all of them anew. */
#include "cluster/centres.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "buyermap/context.h"
#include "cluster/centre_order.h"
#include "cluster/centre_search.h"
#include "kernel/distance.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PLACES_A_CHUNK = 4096 };

/* Beyond what rounding to a float moves a coordinate. */
#define WIDER 0x1p-22F

static size_t boxes_of(size_t blocks) {
    return (blocks + BM_BLOCK_BOXES - 1) / BM_BLOCK_BOXES * BM_BLOCK_BOXES;
}

size_t bm_centres_memory(size_t n, size_t d) {
    size_t places = n / BM_BLOCK_POINTS * BM_BLOCK_POINTS + BM_BLOCK_POINTS, values, bytes, boxes;
    /* doubles twice and floats once while they are rearranged; boxes are two rows in 64 */
    size_t a_value = 2 * sizeof(double) + sizeof(float);
    size_t a_place = 2 * (sizeof(double) + sizeof(uint32_t)) + 2 * sizeof(float) + 16;
    if (n > BM_CENTRES_MOST || !bm_multiply(places, d, &values) ||
        !bm_multiply(values, a_value, &bytes) || !bm_multiply(places, a_place, &places) ||
        !bm_add(bytes, places, &bytes) || !bm_multiply(values, 8, &boxes) ||
        !bm_add(bytes, boxes / BM_BLOCK_POINTS + 4096, &bytes))
        return SIZE_MAX;
    return bytes;
}

double bm_centres_apart(const bm_centres *centres, uint32_t a, uint32_t b) {
    size_t d = centres->d;
    double square =
        bm_squared_distance(centres->centre + a * d, centres->centre + b * d, centres->d);
    if (!centres->is_sized)
        return square;
    double s = centres->size[a], t = centres->size[b];
    return square * (2 * s * t / (s + t));
}

/* Brings place p into the kernels' arrays, and its block's box over it. */
static void show(bm_centres *centres, uint32_t p) {
    size_t d = centres->d, block = p / BM_BLOCK_POINTS, lane = p % BM_BLOCK_POINTS;
    float *point = centres->point + block * d * BM_BLOCK_POINTS + lane;
    size_t side = block / BM_BLOCK_BOXES * BM_BLOCK_BOXES * d + block % BM_BLOCK_BOXES;
    float *low = centres->low + side, *high = centres->high + side;
    double square = 0;
    for (size_t f = 0; f < d; f++) {
        float x = (float)((centres->centre[p * d + f] - centres->origin[f]) * centres->scale);
        float margin = WIDER * fabsf(x);
        point[f * BM_BLOCK_POINTS] = x;
        square += (double)x * x;
        if (x - margin < low[f * BM_BLOCK_BOXES])
            low[f * BM_BLOCK_BOXES] = x - margin;
        if (x + margin > high[f * BM_BLOCK_BOXES])
            high[f * BM_BLOCK_BOXES] = x + margin;
    }
    float reach = centres->is_sized ? (float)(centres->unit / (2 * centres->size[p])) : 0.5F;
    centres->norm[p] = (float)(square * (1 - bm_candidates_kappa(d)));
    centres->reach[p] = reach;
    if (reach > centres->widest[block])
        centres->widest[block] = reach;
}

/* An empty place is past every bound. */
static void hide(bm_centres *centres, uint32_t p) {
    size_t d = centres->d;
    float *point = centres->point + p / BM_BLOCK_POINTS * d * BM_BLOCK_POINTS + p % BM_BLOCK_POINTS;
    for (size_t f = 0; f < d; f++)
        point[f * BM_BLOCK_POINTS] = 0;
    centres->norm[p] = INFINITY;
    centres->reach[p] = 0;
    centres->row[p] = BM_NOWHERE;
}

static bm_status show_chunk(size_t chunk, void *arg, bm_error *err) {
    bm_centres *centres = arg;
    size_t end = bm_chunk_end(chunk, PLACES_A_CHUNK, centres->places);
    for (size_t p = bm_chunk_begin(chunk, PLACES_A_CHUNK); p < end; p++) {
        if (p < centres->alive)
            show(centres, (uint32_t)p);
        else
            hide(centres, (uint32_t)p);
    }
    return bm_check_interrupt(err);
}

/* All of them, from place 0 on without a gap. */
static bm_status show_all(bm_centres *centres, bm_error *err) {
    size_t d = centres->d;
    for (size_t i = 0; i < centres->boxes * d; i++) {
        centres->low[i] = FLT_MAX;
        centres->high[i] = -FLT_MAX;
    }
    memset(centres->widest, 0, centres->boxes * sizeof *centres->widest);
    return bm_parallel_for(bm_chunks(centres->places, PLACES_A_CHUNK), show_chunk, centres, err);
}

/* Origin and scales; floats would do for them, any values give the same results. */
static void measure(bm_centres *centres) {
    size_t n = centres->alive, d = centres->d;
    double most = 0, least = INFINITY;
    for (size_t i = 0; i < n; i++)
        for (size_t f = 0; f < d; f++)
            centres->origin[f] += centres->centre[i * d + f] / (double)n;
    for (size_t i = 0; i < n; i++) {
        for (size_t f = 0; f < d; f++)
            most = fmax(most, fabs(centres->centre[i * d + f] - centres->origin[f]));
        least = fmin(least, centres->size[i]);
    }
    int exponent = 0;
    if (most > 0 && isfinite(most))
        frexp(most, &exponent);
    centres->scale = ldexp(1, exponent < -1000 ? 1000 : -exponent);
    frexp(least, &exponent);
    centres->unit = ldexp(1, exponent < -1000 ? -1000 : exponent);
}

/* Puts the doubles into the order of a k-d tree; from[i] is where place i was. */
static bm_status reorder(bm_centres *centres, uint32_t *from, bm_error *err) {
    size_t n = centres->alive, d = centres->d;
    double *centre = NULL, *size = NULL;
    uint32_t *row = NULL;
    bm_status status;
    BM_TRY(bm_centre_order(centres->centre, n, d, from, err));
    BM_TRY(BM_NEW(&centre, n * d, "cluster centres", err));
    BM_TRY(BM_NEW(&size, centres->places, "cluster sizes", err));
    BM_TRY(BM_NEW(&row, centres->places, "cluster rows", err));
    for (size_t i = 0; i < n; i++) {
        if (i % PLACES_A_CHUNK == 0)
            BM_TRY(bm_check_interrupt(err));
        memcpy(centre + i * d, centres->centre + from[i] * d, d * sizeof *centre);
        size[i] = centres->size[from[i]];
        row[i] = centres->row[from[i]];
    }
    free(centres->centre);
    free(centres->size);
    free(centres->row);
    centres->centre = centre;
    centres->size = size;
    centres->row = row;
    centre = size = NULL;
    row = NULL;
    status = show_all(centres, err);
cleanup:
    free(centre);
    free(size);
    free(row);
    return status;
}

static void set_places(bm_centres *centres, size_t n) {
    size_t blocks = (n + BM_BLOCK_POINTS - 1) / BM_BLOCK_POINTS;
    centres->places = blocks * BM_BLOCK_POINTS;
    centres->boxes = boxes_of(blocks);
    centres->alive = n;
}

bm_status bm_centres_init(bm_centres *centres, size_t n, size_t d, int is_sized, double *centre,
                          double *size, uint32_t *row, bm_error *err) {
    uint32_t *from = NULL;
    bm_status status;
    *centres = (bm_centres){.d = d,
                            .is_sized = is_sized,
                            .centre = centre,
                            .size = size,
                            .row = row,
                            .kernel = bm_candidate_kernel_here()};
    set_places(centres, n);
    BM_TRY(BM_NEW(&centres->origin, d, "cluster centres", err));
    BM_TRY(BM_NEW_ALIGNED(&centres->point, centres->places * d, "cluster centres", err));
    BM_TRY(BM_NEW(&centres->norm, centres->places, "cluster centres", err));
    BM_TRY(BM_NEW(&centres->reach, centres->places, "cluster centres", err));
    BM_TRY(BM_NEW(&centres->low, centres->boxes * d, "cluster boxes", err));
    BM_TRY(BM_NEW(&centres->high, centres->boxes * d, "cluster boxes", err));
    BM_TRY(BM_NEW(&centres->widest, centres->boxes, "cluster boxes", err));
    BM_TRY(bm_centres_scratch_new(centres, err));
    BM_TRY(BM_NEW(&from, n, "the order of clusters", err));
    measure(centres);
    BM_TRY(reorder(centres, from, err));
cleanup:
    free(from);
    if (status != BM_OK)
        bm_centres_free(centres);
    return status;
}

void bm_centres_free(bm_centres *centres) {
    bm_centres_scratch_free(centres);
    free(centres->centre);
    free(centres->size);
    free(centres->row);
    free(centres->origin);
    free(centres->point);
    free(centres->norm);
    free(centres->reach);
    free(centres->low);
    free(centres->high);
    free(centres->widest);
    *centres = (bm_centres){0};
}

int bm_centres_are_sparse(const bm_centres *centres) {
    return centres->alive <= centres->places / 4 * 3 && centres->places > 4 * BM_BLOCK_POINTS;
}

/* Closes the gaps, so that clusters stand at places 0 … alive − 1. */
static void close_gaps(bm_centres *centres, uint32_t *moved) {
    size_t d = centres->d, kept = 0;
    for (size_t p = 0; p < centres->places; p++) {
        moved[p] = BM_NOWHERE;
        if (centres->row[p] == BM_NOWHERE)
            continue;
        moved[p] = (uint32_t)kept;
        memmove(centres->centre + kept * d, centres->centre + p * d, d * sizeof(double));
        centres->size[kept] = centres->size[p];
        centres->row[kept++] = centres->row[p];
    }
}

bm_status bm_centres_rearrange(bm_centres *centres, uint32_t *moved, bm_error *err) {
    size_t places = centres->places, n = centres->alive;
    uint32_t *from = NULL, *to = NULL;
    bm_status status;
    BM_TRY(BM_NEW(&from, n, "the order of clusters", err));
    BM_TRY(BM_NEW(&to, n, "the order of clusters", err));
    close_gaps(centres, moved);
    set_places(centres, n);
    BM_TRY(reorder(centres, from, err));
    for (size_t i = 0; i < n; i++)
        to[from[i]] = (uint32_t)i;
    for (size_t p = 0; p < places; p++)
        if (moved[p] != BM_NOWHERE)
            moved[p] = to[moved[p]];
cleanup:
    free(from);
    free(to);
    return status;
}

uint32_t bm_centres_merge(bm_centres *centres, uint32_t a, uint32_t b, int midpoint) {
    size_t d = centres->d;
    double s = centres->size[a], t = centres->size[b];
    double share = midpoint ? 0.5 : t / (s + t);
    /* The heavier one's place is the nearer one. */
    uint32_t at = t > s ? b : a, left = at == a ? b : a, row = centres->row[a];
    const double *one = centres->centre + a * d, *other = centres->centre + b * d;
    double *centre = centres->centre + at * d;
    for (size_t f = 0; f < d; f++)
        centre[f] = one[f] + share * (other[f] - one[f]);
    hide(centres, left);
    centres->size[at] = s + t;
    centres->row[at] = row;
    centres->alive--;
    show(centres, at);
    return at;
}
