/* The triangle of all pairs of rows, and who is nearest to whom, in one go: a tile of
 * dissimilarities is looked through while the caches hold it. Only what is closer than the two
 * nearest so far is looked at one by one, which of n dissimilarities in any order are about
 * 2 ln n. O(n²) time, by bands of rows in parallel.
 *
 * Who is nearest is kept by thread, since a band changes all columns; the least of pairs does not
 * depend on the order in which they come. */
#include "cluster/triangle.h"

#include "base/memory.h"
#include "base/parallel.h"

#include <math.h>
#include <stdlib.h>

enum { ROWS = 32, COLUMNS = 128, BANDS_A_REPORT = 16 };

typedef struct filling {
    const bm_triangle *triangle;
    const bm_dissimilarity *dissimilarity;
    bm_nearest *nearest; /* a thread */
    size_t first;        /* band */
} filling;

bm_status bm_nearest_init(bm_nearest *nearest, size_t width, bm_error *err) {
    bm_status status;
    *nearest = (bm_nearest){0};
    BM_TRY(BM_NEW_ALIGNED(&nearest->least, width, "the nearest neighbours", err));
    BM_TRY(BM_NEW_ALIGNED(&nearest->second, width, "the nearest neighbours", err));
    BM_TRY(BM_NEW_ALIGNED(&nearest->slot, width, "the nearest neighbours", err));
    for (size_t i = 0; i < width; i++) {
        nearest->least[i] = nearest->second[i] = INFINITY;
        nearest->slot[i] = BM_UNKNOWN;
    }
cleanup:
    if (status != BM_OK)
        bm_nearest_free(nearest);
    return status;
}

void bm_nearest_free(bm_nearest *nearest) {
    free(nearest->least);
    free(nearest->second);
    free(nearest->slot);
    *nearest = (bm_nearest){0};
}

size_t bm_triangle_fill_memory(size_t slots) {
    size_t bytes, threads = (size_t)bm_threads();
    return bm_multiply(slots, threads * (2 * sizeof(double) + sizeof(int64_t)), &bytes) ? bytes
                                                                                        : SIZE_MAX;
}

/* Puts away a row of a tile and looks for who comes close: columns first … first + columns − 1. */
static void take_row(const filling *now, const bm_nearest *nearest, size_t i, size_t first,
                     size_t columns, double *value) {
    const bm_triangle *triangle = now->triangle;
    size_t width = bm_up_to(columns, BM_LINKED);
    for (size_t j = 0; j < columns && first + j <= i; j++)
        value[j] = INFINITY;
    for (size_t j = columns; j < width; j++)
        value[j] = INFINITY;
    bm_triangle_write_row(triangle, i, first, first + width, value);
    bm_close close = {.limit = nearest->second + first,
                      .nearest = nearest->slot + first,
                      .x = BM_NOBODY,
                      .y = BM_NOBODY,
                      .most = nearest->second[i]};
    for (size_t j = 0; (j = triangle->kernel->find(value, &close, j, width)) < width; j++) {
        if (value[j] == INFINITY)
            continue;
        bm_nearest_add(nearest, i, value[j], first + j);
        bm_nearest_add(nearest, first + j, value[j], i);
        close.most = nearest->second[i];
    }
}

static bm_status fill_band(size_t chunk, void *arg, bm_error *err) {
    const filling *now = arg;
    double tile[ROWS * COLUMNS];
    size_t n = now->triangle->slots, begin = (now->first + chunk) * ROWS;
    size_t rows = n - begin < ROWS ? n - begin : ROWS;
    const bm_nearest *nearest = &now->nearest[bm_thread_index()];
    for (size_t first = begin; first < n; first += COLUMNS) {
        size_t columns = n - first < COLUMNS ? n - first : COLUMNS;
        now->dissimilarity->tile(now->dissimilarity, begin, rows, first, columns, COLUMNS, tile);
        for (size_t i = 0; i < rows; i++)
            take_row(now, nearest, begin + i, first, columns, tile + i * COLUMNS);
    }
    return bm_check_interrupt(err);
}

/* What the other threads found is added to what the first one did. */
static void add_all(const filling *now, size_t threads) {
    const bm_nearest *all = &now->nearest[0];
    for (size_t t = 1; t < threads; t++) {
        const bm_nearest *one = &now->nearest[t];
        for (size_t i = 0; i < now->triangle->slots; i++) {
            if (one->slot[i] < 0)
                continue;
            bm_nearest_add(all, i, one->least[i], (size_t)one->slot[i]);
            if (one->second[i] < all->second[i])
                all->second[i] = one->second[i];
        }
    }
}

bm_status bm_triangle_fill(const bm_triangle *triangle, const bm_dissimilarity *dissimilarity,
                           const bm_nearest *nearest, bm_log *log, bm_error *err) {
    size_t threads = (size_t)bm_threads(), bands = bm_chunks(triangle->slots, ROWS), end;
    filling now = {.triangle = triangle, .dissimilarity = dissimilarity};
    bm_status status;
    BM_TRY(BM_NEW(&now.nearest, threads, "the nearest neighbours", err));
    now.nearest[0] = *nearest;
    for (size_t t = 1; t < threads; t++)
        BM_TRY(bm_nearest_init(&now.nearest[t], triangle->width, err));
    for (; now.first < bands; now.first = end) {
        end = bands - now.first < BANDS_A_REPORT ? bands : now.first + BANDS_A_REPORT;
        BM_TRY(bm_parallel_for(end - now.first, fill_band, &now, err));
        bm_progress(log, "distances", end * ROWS < triangle->slots ? end * ROWS : triangle->slots,
                    triangle->slots, "buyers");
    }
    add_all(&now, threads);
cleanup:
    for (size_t t = 1; now.nearest != NULL && t < threads; t++)
        bm_nearest_free(&now.nearest[t]);
    free(now.nearest);
    return status;
}
