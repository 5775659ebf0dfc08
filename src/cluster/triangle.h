/* Private to the hierarchical part of cluster: the dissimilarities of all pairs of clusters, once,
 * and who is nearest to whom. */
#ifndef BM_CLUSTER_TRIANGLE_H
#define BM_CLUSTER_TRIANGLE_H

#include "cluster/dissimilarity.h"
#include "kernel/linkage.h"

#include "buyermap/context.h"

/* Chunks of slots begin at multiples of BM_STRIP, and a word holds which 64 of them are alive. */
enum { BM_STRIP = 4096, BM_WORD = 64 };

/* Clusters live in slots 0 … slots − 1. The row of a slot holds its dissimilarities to later slots,
 * side by side; those to earlier ones stand one in each row before. Rows begin at multiples of
 * BM_LINKED columns and end at `width`, so that kernels need no tails. A slot that is not alive
 * stays where it is, with what it held. */
typedef struct bm_triangle {
    size_t slots, width;
    int single;  /* 1: of floats */
    void *value; /* doubles or floats */
    size_t *row; /* [slots] where column 0 of each row would stand */
    uint64_t *alive;
    const bm_linkage_kernel *kernel;
} bm_triangle;

/* The two nearest of each slot: the least pair it is in, and a dissimilarity that no other pair of
 * its own is below. Arrays of the triangle's width; beyond its slots nothing is ever close. */
typedef struct bm_nearest {
    double *least, *second;
    int64_t *slot; /* BM_UNKNOWN: all that is known is that nobody is closer than least */
} bm_nearest;

#define BM_UNKNOWN ((int64_t)-1)
#define BM_NOBODY ((int64_t)-2) /* the slot is not alive, or beyond the last */

static inline size_t bm_up_to(size_t n, size_t multiple) {
    return n / multiple * multiple + (n % multiple != 0) * multiple;
}

/* Bytes of a triangle and its rows; SIZE_MAX: more than can be counted. */
size_t bm_triangle_memory(size_t slots, int single);
/* A triangle whose values are not set; all slots are alive. BM_NOMEM. */
bm_status bm_triangle_init(bm_triangle *triangle, size_t slots, int single,
                           bm_error *err) BM_MUST_CHECK;
void bm_triangle_free(bm_triangle *triangle);

static inline int bm_is_alive(const bm_triangle *triangle, size_t slot) {
    return (triangle->alive[slot / BM_WORD] >> slot % BM_WORD & 1) != 0;
}

/* Dissimilarities of a slot to slots first … end − 1 (multiples of BM_LINKED, or the width), either
 * into room or where they stand. To itself and, before it, to slots that are not alive: infinity;
 * after it those are what they were. */
const double *bm_triangle_read(const bm_triangle *triangle, size_t slot, size_t first, size_t end,
                               double *room);
/* Where dissimilarities to slots from first on may be written before bm_triangle_write puts them
 * away: where they belong, or room. */
double *bm_triangle_place(const bm_triangle *triangle, size_t slot, size_t first, double *room);
/* Puts those to slots first … end − 1, at most BM_STRIP, where they belong: to later slots only, or
 * to all that are alive. In a matrix of floats, they become what these are. */
void bm_triangle_write_row(const bm_triangle *triangle, size_t slot, size_t first, size_t end,
                           double *value);
void bm_triangle_write(const bm_triangle *triangle, size_t slot, size_t first, size_t end,
                       double *value);
/* The one to a single other slot. */
double bm_triangle_at(const bm_triangle *triangle, size_t a, size_t b);
/* Moves the slots that are alive, at most half of them, together: slot a becomes to[a], in the same
 * order. to: [slots]. One pass over the values, in place. BM_NOMEM, BM_INTERRUPTED. */
bm_status bm_triangle_compact(bm_triangle *triangle, size_t *to, bm_error *err) BM_MUST_CHECK;

/* Takes slot b's dissimilarity to a into account: ties go to the lowest slot. */
static inline void bm_nearest_add(const bm_nearest *nearest, size_t a, double value, size_t b) {
    int64_t slot = (int64_t)b;
    if (value < nearest->least[a] ||
        (value == nearest->least[a] && (nearest->slot[a] < 0 || slot < nearest->slot[a]))) {
        nearest->second[a] = nearest->least[a];
        nearest->least[a] = value;
        nearest->slot[a] = slot;
    } else if (value < nearest->second[a]) {
        nearest->second[a] = value;
    }
}

bm_status bm_nearest_init(bm_nearest *nearest, size_t width, bm_error *err) BM_MUST_CHECK;
void bm_nearest_free(bm_nearest *nearest);
/* Bytes of the arrays above that filling takes. */
size_t bm_triangle_fill_memory(size_t slots);
/* All pairs of rows, by tiles, and who is nearest to whom. BM_NOMEM, BM_INTERRUPTED. */
bm_status bm_triangle_fill(const bm_triangle *triangle, const bm_dissimilarity *dissimilarity,
                           const bm_nearest *nearest, bm_log *log, bm_error *err) BM_MUST_CHECK;

#endif
