/* Private to the hierarchical part of cluster: who is nearest to whom, as dissimilarities come. */
#ifndef BM_CLUSTER_NEAREST_H
#define BM_CLUSTER_NEAREST_H

#include "kernel/linkage.h"

#include "buyermap/context.h"

/* The two nearest of each slot: the least pair it is in, and a dissimilarity that no other pair of
 * its own is below. Arrays of `width`, a multiple of BM_LINKED. */
typedef struct bm_nearest {
    double *least, *second;
    int64_t *slot; /* who is nearest; BM_UNKNOWN: only that nobody is closer than least is known */
} bm_nearest;

#define BM_UNKNOWN ((int64_t)-1)
#define BM_NOBODY ((int64_t)-2) /* the slot is not alive, or beyond the last */

/* The least multiple that is not below n. */
static inline size_t bm_up_to(size_t n, size_t multiple) {
    return n / multiple * multiple + (n % multiple != 0) * multiple;
}

/* Nobody is known to be near to anybody. BM_NOMEM. */
bm_status bm_nearest_init(bm_nearest *nearest, size_t width, bm_error *err) BM_MUST_CHECK;
void bm_nearest_reset(const bm_nearest *nearest, size_t width);
void bm_nearest_free(bm_nearest *nearest);
/* One for each thread, which see the same pairs in any order, and their memory. */
bm_status bm_nearest_threads(bm_nearest **nearest, size_t width, bm_error *err) BM_MUST_CHECK;
void bm_nearest_threads_free(bm_nearest *nearest);
size_t bm_nearest_memory(size_t width);
/* What all of them found, into `all`: the same for any number of threads. */
void bm_nearest_gather(const bm_nearest *threads, size_t slots, const bm_nearest *all);
/* Somebody is at a dissimilarity of slot a; ties go to the lowest name. */
void bm_nearest_add(const bm_nearest *nearest, size_t a, double value, int64_t name);
/* Takes `count` dissimilarities of slot a to slots from first on into account, for both sides,
 * those up to a itself excepted; value is padded with infinity to a multiple of BM_LINKED, and so
 * are those. Ties go to the lowest name: name[slot], or the slot where name is NULL; neighbours are
 * kept by name. */
void bm_nearest_look(const bm_nearest *nearest, const bm_linkage_kernel *kernel, size_t a,
                     size_t first, size_t count, const size_t *name, double *value);

#endif
