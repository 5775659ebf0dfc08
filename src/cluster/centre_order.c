/* The order of a k-d tree (Bentley 1975) without the tree: ranges of points are halved at the
 * median of the feature in which a sample of them spreads most, down to blocks of 64. Points are
 * compared by the coordinate rounded to a float, then by number; any order would do for the
 * results, a good one is faster to search. O(n log n) time, 16 n bytes. */
#include "cluster/centre_order.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "buyermap/context.h"
#include "kernel/candidates.h"

#include <stdlib.h>
#include <string.h>

enum { SAMPLE = 256, PARTS = 64, PATIENCE = 64 };

typedef struct range {
    size_t begin, end;
} range;

typedef struct ordering {
    const double *x;
    size_t d;
    uint64_t *key;   /* [n] a coordinate's bits in ascending order, then the point */
    uint32_t *order; /* [n] */
    range part[2 * PARTS];
    size_t parts;
} ordering;

/* Unsigned integers that ascend as floats do. */
static uint32_t ascending(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits >> 31 ? ~bits : bits | 0x80000000U;
}

static int compare(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static uint64_t middle_of(uint64_t a, uint64_t b, uint64_t c) {
    uint64_t low = a < b ? a : b, high = a < b ? b : a;
    return c < low ? low : c > high ? high : c;
}

/* Brings the `first` least keys to the front (Hoare 1961, Find); sorts when that takes long. */
static void select_least(uint64_t *key, size_t n, size_t first) {
    size_t low = 0, high = n; /* the border lies within */
    for (int patience = PATIENCE; high - low > 16 && patience > 0; patience--) {
        uint64_t pivot = middle_of(key[low], key[low + (high - low) / 2], key[high - 1]);
        size_t i = low, j = high - 1;
        for (;;) {
            while (key[i] < pivot)
                i++;
            while (key[j] > pivot)
                j--;
            if (i >= j)
                break;
            uint64_t swapped = key[i];
            key[i++] = key[j];
            key[j--] = swapped;
        }
        /* below i nothing is past the pivot, from j + 1 on nothing before it */
        if (first <= i)
            high = j + 1 > i ? j + 1 : i;
        else
            low = i;
        if (first == i)
            return;
    }
    qsort(key + low, high - low, sizeof *key, compare);
}

static size_t widest_feature(const ordering *job, range of) {
    size_t step = (of.end - of.begin + SAMPLE - 1) / SAMPLE, widest = 0;
    double most = -1;
    for (size_t f = 0; f < job->d; f++) {
        double low = job->x[job->order[of.begin] * job->d + f], high = low;
        for (size_t i = of.begin; i < of.end; i += step) {
            double value = job->x[job->order[i] * job->d + f];
            low = value < low ? value : low;
            high = value > high ? value : high;
        }
        if (high - low > most) {
            most = high - low;
            widest = f;
        }
    }
    return widest;
}

/* Halves a range between blocks; gives where. */
static size_t halve(ordering *job, range of) {
    size_t blocks = (of.end - of.begin + BM_BLOCK_POINTS - 1) / BM_BLOCK_POINTS;
    size_t first = blocks / 2 * BM_BLOCK_POINTS, f = widest_feature(job, of);
    uint64_t *key = job->key + of.begin;
    uint32_t *order = job->order + of.begin;
    for (size_t i = 0; i < of.end - of.begin; i++)
        key[i] = (uint64_t)ascending((float)job->x[order[i] * job->d + f]) << 32 | order[i];
    select_least(key, of.end - of.begin, first);
    for (size_t i = 0; i < of.end - of.begin; i++)
        order[i] = (uint32_t)key[i];
    return of.begin + first;
}

static void order_range(ordering *job, range of) {
    while (of.end - of.begin > BM_BLOCK_POINTS) {
        size_t middle = halve(job, of);
        order_range(job, (range){of.begin, middle}); /* as deep as log2 n */
        of.begin = middle;
    }
}

static bm_status order_part(size_t chunk, void *arg, bm_error *err) {
    ordering *job = arg;
    order_range(job, job->part[chunk]);
    return bm_check_interrupt(err);
}

/* The first halvings, a level at a time, until there are parts for all threads. */
static bm_status split(ordering *job, size_t n, bm_error *err) {
    bm_status status = BM_OK;
    job->part[0] = (range){0, n};
    job->parts = 1;
    while (job->parts < PARTS) {
        size_t parts = job->parts;
        for (size_t p = parts; p-- > 0;) {
            range of = job->part[p];
            BM_TRY(bm_check_interrupt(err));
            size_t middle = of.end - of.begin > BM_BLOCK_POINTS ? halve(job, of) : of.end;
            job->part[2 * p] = (range){of.begin, middle};
            job->part[2 * p + 1] = (range){middle, of.end};
        }
        job->parts = 2 * parts;
    }
cleanup:
    return status;
}

bm_status bm_centre_order(const double *x, size_t n, size_t d, uint32_t *order, bm_error *err) {
    ordering job = {.x = x, .d = d, .order = order};
    bm_status status;
    BM_TRY(BM_NEW(&job.key, n, "the order of clusters", err));
    for (size_t i = 0; i < n; i++)
        order[i] = (uint32_t)i;
    BM_TRY(split(&job, n, err));
    BM_TRY(bm_parallel_for(job.parts, order_part, &job, err));
cleanup:
    free(job.key);
    return status;
}
