/* The buyers that bootstraps are drawn from: all, or of more than `most` a sample without
 * replacement, in equal shares of all segments but at least LEAST_OF_SEGMENT (or all) of each. */
#include "cluster/stability_pool.h"

#include "base/memory.h"
#include "base/random.h"
#include "buyermap/context.h"
#include "cluster/partition.h"
#include "data/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_OF_SEGMENT = 200 };

/* How many rows of a segment of `size` buyers are taken. */
static size_t rows_of(size_t size, size_t n, size_t k, size_t most) {
    size_t least = most / k < LEAST_OF_SEGMENT ? most / k : LEAST_OF_SEGMENT;
    size_t rows = (size_t)ceil((double)size * ((double)most / (double)n));
    rows = rows < least ? least : rows;
    return rows < size ? rows : size;
}

/* Draws the rows of the pool: one pass over the labels, each segment by selection sampling (Knuth,
 * The Art of Computer Programming 2, 3.4.2, algorithm S). wanted, left: [k] scratch. */
static bm_status draw_pool(bm_stability_pool *to, const bm_segmentation *map, size_t most,
                           uint64_t seed, size_t *wanted, size_t *left, bm_error *err) {
    gsl_rng *rng = NULL;
    bm_status status = BM_OK;
    BM_TRY(bm_random_new(&rng, seed, "stability-sample", 0, err));
    to->is_sample = map->n > most;
    for (size_t s = 0; s < map->k; s++) {
        left[s] = map->size[s];
        wanted[s] = to->is_sample ? rows_of(left[s], map->n, map->k, most) : left[s];
        to->share[s] = wanted[s] > 0 ? (double)left[s] / (double)wanted[s] : 0;
        to->first[s + 1] = to->first[s] + wanted[s];
        to->n += wanted[s];
    }
    BM_TRY(BM_NEW(&to->row, to->n, "bootstraps", err));
    BM_TRY(BM_NEW(&to->segment, to->n, "bootstraps", err));
    BM_TRY(BM_NEW(&to->by_segment, to->n, "bootstraps", err));
    for (size_t i = 0, taken = 0; i < map->n; i++) {
        size_t s = (size_t)map->label[i] - 1;
        if (gsl_rng_uniform(rng) * (double)left[s]-- >= (double)wanted[s])
            continue;
        to->by_segment[to->first[s + 1] - wanted[s]--] = taken;
        to->segment[taken] = (int32_t)s;
        to->row[taken++] = i;
    }
cleanup:
    gsl_rng_free(rng);
    return status;
}

/* The first row of the pool at or after row i of the features. */
static size_t first_from(const bm_stability_pool *rows, size_t i) {
    size_t low = 0, high = rows->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rows->row[middle] < i)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

typedef struct gathering {
    const bm_features *features;
    bm_stability_pool *pool;
} gathering;

static bm_status gather_chunk(size_t chunk, void *arg, bm_error *err) {
    const gathering *now = arg;
    const bm_features *features = now->features;
    size_t d = features->d, rows = bm_cluster_chunk_rows(features->n, 1);
    size_t end = first_from(now->pool, bm_chunk_end(chunk, rows, features->n));
    for (size_t i = first_from(now->pool, bm_chunk_begin(chunk, rows)); i < end; i++) {
        double *to = now->pool->x + i * d;
        const double *x = bm_rows_doubles(features, now->pool->row[i], 1, to);
        if (x != to)
            memcpy(to, x, d * sizeof *to);
    }
    return bm_check_interrupt(err);
}

bm_status bm_stability_pool_draw(bm_stability_pool *pool, const bm_features *features,
                                 const bm_segmentation *map, size_t most, uint64_t seed,
                                 bm_error *err) {
    size_t k = map->k, cells = 0;
    size_t *wanted = NULL, *left = NULL;
    gathering now = {features, pool};
    bm_status status;
    *pool = (bm_stability_pool){0};
    BM_TRY(BM_NEW(&wanted, k, "bootstraps", err));
    BM_TRY(BM_NEW(&left, k, "bootstraps", err));
    BM_TRY(BM_NEW(&pool->share, k, "bootstraps", err));
    BM_TRY(BM_NEW(&pool->first, k + 1, "bootstraps", err));
    BM_TRY(draw_pool(pool, map, most, seed, wanted, left, err));
    if (!bm_multiply(pool->n, features->d, &cells))
        cells = SIZE_MAX;
    BM_TRY(BM_NEW_ALIGNED(&pool->x, cells, "bootstraps", err));
    BM_TRY(bm_rows_pass(features, bm_cluster_chunk_rows(features->n, 1), gather_chunk, &now, err));
cleanup:
    free(wanted);
    free(left);
    if (status != BM_OK)
        bm_stability_pool_free(pool);
    return status;
}

void bm_stability_pool_free(bm_stability_pool *pool) {
    free(pool->row);
    free(pool->x);
    free(pool->segment);
    free(pool->share);
    free(pool->by_segment);
    free(pool->first);
    *pool = (bm_stability_pool){0};
}
