/* The triangle of all pairs of rows, and who is nearest to whom, in one go: a tile of
 * dissimilarities is looked through while the caches hold it. O(n²) time, by bands of rows in
 * parallel. */
#include "cluster/triangle.h"

#include "base/memory.h"
#include "base/parallel.h"

#include <math.h>

enum { ROWS = 32, COLUMNS = 128, BANDS_A_REPORT = 16 };

typedef struct filling {
    const bm_triangle *triangle;
    const bm_dissimilarity *dissimilarity;
    bm_nearest *nearest; /* a thread */
    size_t first;        /* band */
} filling;

static bm_status fill_band(size_t chunk, void *arg, bm_error *err) {
    const filling *now = arg;
    double tile[ROWS * COLUMNS];
    size_t n = now->triangle->slots, begin = (now->first + chunk) * ROWS;
    size_t rows = n - begin < ROWS ? n - begin : ROWS;
    const bm_nearest *nearest = &now->nearest[bm_thread_index()];
    for (size_t first = begin; first < n; first += COLUMNS) {
        size_t columns = n - first < COLUMNS ? n - first : COLUMNS;
        now->dissimilarity->tile(now->dissimilarity, begin, rows, first, columns, COLUMNS, tile);
        size_t width = bm_up_to(columns, BM_LINKED);
        for (size_t i = 0; i < rows; i++) {
            double *value = tile + i * COLUMNS;
            for (size_t j = columns; j < width; j++)
                value[j] = INFINITY;
            bm_triangle_write_row(now->triangle, begin + i, first, first + width, value);
            bm_nearest_look(nearest, now->triangle->kernel, begin + i, first, columns, NULL, value);
        }
    }
    return bm_check_interrupt(err);
}

bm_status bm_triangle_fill(const bm_triangle *triangle, const bm_dissimilarity *dissimilarity,
                           const bm_nearest *nearest, bm_log *log, bm_error *err) {
    size_t bands = bm_chunks(triangle->slots, ROWS), end;
    filling now = {.triangle = triangle, .dissimilarity = dissimilarity};
    bm_status status;
    BM_TRY(bm_nearest_threads(&now.nearest, triangle->width, err));
    for (; now.first < bands; now.first = end) {
        end = bands - now.first < BANDS_A_REPORT ? bands : now.first + BANDS_A_REPORT;
        BM_TRY(bm_parallel_for(end - now.first, fill_band, &now, err));
        bm_progress(log, "distances", end * ROWS < triangle->slots ? end * ROWS : triangle->slots,
                    triangle->slots, "buyers");
    }
    bm_nearest_gather(now.nearest, triangle->slots, nearest);
cleanup:
    bm_nearest_threads_free(now.nearest);
    return status;
}

typedef struct filling_groups {
    const bm_triangle *triangle;
    const bm_groups *groups;
    const size_t *slot;
    bm_nearest *nearest; /* a thread */
} filling_groups;

static void take(void *arg, size_t first_a, size_t count_a, size_t first_b, size_t count_b,
                 double *value) {
    const filling_groups *now = arg;
    const bm_nearest *nearest = &now->nearest[bm_thread_index()];
    for (size_t a = 0; a < count_a; a++) {
        double *row = value + a * BM_GROUP;
        for (size_t b = first_a == first_b ? a + 1 : 0; b < count_b; b++)
            row[b] = bm_triangle_set(now->triangle, now->slot[first_a + a], now->slot[first_b + b],
                                     row[b]);
        bm_nearest_look(nearest, now->triangle->kernel, first_a + a, first_b, count_b,
                        now->groups->id, row);
    }
}

bm_status bm_triangle_fill_groups(const bm_triangle *triangle, const bm_groups *groups,
                                  const size_t *slot, const bm_nearest *nearest, bm_error *err) {
    filling_groups now = {.triangle = triangle, .groups = groups, .slot = slot};
    size_t clusters = groups->clusters;
    bm_nearest found = {0};
    bm_status status;
    BM_TRY(bm_nearest_threads(&now.nearest, bm_up_to(clusters + BM_GROUP, BM_LINKED), err));
    BM_TRY(bm_nearest_init(&found, clusters, err));
    BM_TRY(bm_groups_pairs(groups, take, &now, err));
    bm_nearest_gather(now.nearest, clusters, &found);
    for (size_t c = 0; c < clusters; c++) {
        nearest->least[slot[c]] = found.least[c];
        nearest->second[slot[c]] = found.second[c];
        nearest->slot[slot[c]] =
            found.slot[c] < 0 ? found.slot[c] : (int64_t)slot[groups->index[found.slot[c]]];
    }
cleanup:
    bm_nearest_threads_free(now.nearest);
    bm_nearest_free(&found);
    return status;
}
