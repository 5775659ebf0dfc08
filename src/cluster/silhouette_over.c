/* Silhouettes (Rousseeuw 1987) over any dissimilarity: rows against tiles of columns, what a row
 * sums up over each segment of each partition in the order of columns. O(n² partitions) time, O(k)
 * memory a row at work: the sums of a chunk of rows, and a tile. */
#include "cluster/quality.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "base/random.h"
#include "buyermap/context.h"
#include "cluster/silhouette.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 16, COLUMNS = 512 };

typedef struct work {
    const bm_dissimilarity *dissimilarity;
    size_t partitions;
    int32_t *const *label;
    const size_t *k;
    size_t **size;   /* [partitions][k] */
    size_t *first;   /* [partitions + 1] where the sums of each begin */
    double *sum;     /* [threads × ROWS × sums] */
    double *tile;    /* [threads × ROWS × COLUMNS] */
    double *width;   /* [partitions × n] */
    int *is_defined; /* [partitions] */
} work;

static void add_tile(const work *now, const double *tile, size_t rows, size_t column,
                     size_t columns, double *sum) {
    size_t sums = now->first[now->partitions];
    for (size_t i = 0; i < rows; i++) {
        for (size_t p = 0; p < now->partitions; p++) {
            const int32_t *label = now->label[p] + column;
            double *of = sum + i * sums + now->first[p];
            for (size_t j = 0; j < columns; j++)
                of[label[j]] += tile[i * COLUMNS + j];
        }
    }
}

/* Of a row whose dissimilarities are summed by segment; alone in its segment it has 0. */
static double value_of(const double *sum, const size_t *size, size_t k, size_t own) {
    bm_width width = {0, INFINITY, -1};
    if (size[own] < 2)
        return 0;
    width.within = sum[own] / (double)(size[own] - 1);
    for (size_t s = 0; s < k; s++) {
        double mean = size[s] > 0 ? sum[s] / (double)size[s] : INFINITY;
        if (s != own && mean < width.other)
            width.other = mean;
    }
    return bm_width_value(&width);
}

static bm_status rows_chunk(size_t chunk, void *arg, bm_error *err) {
    const work *now = arg;
    const bm_dissimilarity *over = now->dissimilarity;
    size_t sums = now->first[now->partitions], thread = (size_t)bm_thread_index();
    size_t first = bm_chunk_begin(chunk, ROWS), rows = bm_chunk_end(chunk, ROWS, over->n) - first;
    double *sum = now->sum + thread * ROWS * sums, *tile = now->tile + thread * ROWS * COLUMNS;
    memset(sum, 0, rows * sums * sizeof *sum);
    for (size_t column = 0; column < over->n; column += COLUMNS) {
        size_t columns = over->n - column < COLUMNS ? over->n - column : COLUMNS;
        over->tile(over, first, rows, column, columns, COLUMNS, tile);
        add_tile(now, tile, rows, column, columns, sum);
    }
    for (size_t p = 0; p < now->partitions; p++)
        for (size_t i = 0; i < rows; i++)
            now->width[p * over->n + first + i] =
                value_of(sum + i * sums + now->first[p], now->size[p], now->k[p],
                         (size_t)now->label[p][first + i]);
    return bm_check_interrupt(err);
}

static bm_status prepare(work *now, bm_error *err) {
    size_t n = now->dissimilarity->n, threads = (size_t)bm_threads(), cells;
    bm_status status;
    BM_TRY(BM_NEW(&now->first, now->partitions + 1, "silhouettes", err));
    BM_TRY(BM_NEW(&now->size, now->partitions, "silhouettes", err));
    BM_TRY(BM_NEW(&now->is_defined, now->partitions, "silhouettes", err));
    for (size_t p = 0; p < now->partitions; p++) {
        size_t present = 0;
        now->first[p + 1] = now->first[p] + now->k[p];
        BM_TRY(BM_NEW(&now->size[p], now->k[p], "silhouettes", err));
        for (size_t i = 0; i < n; i++)
            now->size[p][now->label[p][i]]++;
        for (size_t s = 0; s < now->k[p]; s++)
            present += now->size[p][s] > 0;
        now->is_defined[p] = present > 1 && now->k[p] < n;
    }
    if (!bm_multiply(now->first[now->partitions], threads * ROWS, &cells))
        cells = SIZE_MAX;
    BM_TRY(BM_NEW(&now->sum, cells, "silhouettes", err));
    BM_TRY(BM_NEW(&now->tile, threads * ROWS * COLUMNS, "silhouettes", err));
    if (!bm_multiply(now->partitions, n, &cells))
        cells = SIZE_MAX;
    BM_TRY(BM_NEW(&now->width, cells, "silhouettes", err));
cleanup:
    return status;
}

static bm_status compute(work *now, const double *weight, double *value, bm_error *err) {
    size_t n = now->dissimilarity->n;
    bm_status status;
    BM_TRY(prepare(now, err));
    BM_TRY(bm_parallel_for(bm_chunks(n, ROWS), rows_chunk, now, err));
    for (size_t p = 0; p < now->partitions; p++) {
        double sum = 0, total = 0;
        for (size_t i = 0; i < n; i++) {
            sum += bm_weight_of(weight, i) * now->width[p * n + i];
            total += bm_weight_of(weight, i);
        }
        value[p] = now->is_defined[p] ? sum / total : NAN;
    }
cleanup:
    for (size_t p = 0; now->size != NULL && p < now->partitions; p++)
        free(now->size[p]);
    free(now->size);
    free(now->first);
    free(now->is_defined);
    free(now->sum);
    free(now->tile);
    free(now->width);
    return status;
}

bm_status bm_silhouettes_over(const bm_dissimilarity *dissimilarity, const double *weight,
                              uint64_t seed, size_t partitions, int32_t *const *label,
                              const size_t *k, double *value, bm_error *err) {
    work now = {.dissimilarity = dissimilarity, .partitions = partitions, .label = label, .k = k};
    size_t *row = NULL, rows;
    double *of_rows = NULL;
    bm_dissimilarity some = {0};
    bm_status status;
    if (dissimilarity->n <= BM_SILHOUETTE_EXACT)
        return compute(&now, weight, value, err);
    BM_TRY(BM_NEW(&row, BM_SILHOUETTE_SAMPLE, "silhouettes", err));
    BM_TRY(BM_NEW(&of_rows, BM_SILHOUETTE_SAMPLE, "silhouettes", err));
    rows = bm_silhouette_rows(dissimilarity->n, seed, row);
    for (size_t i = 0; i < rows; i++)
        of_rows[i] = bm_weight_of(weight, row[i]);
    BM_TRY(dissimilarity->select(dissimilarity, row, rows, &some, err));
    now.dissimilarity = &some;
    status = compute(&now, of_rows, value, err);
cleanup:
    free(row);
    free(of_rows);
    bm_dissimilarity_free(&some);
    return status;
}

size_t bm_silhouette_rows(size_t n, uint64_t seed, size_t *row) {
    size_t rows = n <= BM_SILHOUETTE_EXACT ? n : BM_SILHOUETTE_SAMPLE;
    for (size_t i = 0; i < rows; i++) {
        size_t begin = (size_t)((double)n * (double)i / (double)rows);
        size_t end = (size_t)((double)n * (double)(i + 1) / (double)rows);
        uint64_t draw = bm_random_mix(seed, "silhouette", i);
        row[i] = rows == n ? i : begin + (size_t)(draw % (end - begin));
    }
    return rows;
}
