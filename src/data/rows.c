/* A matrix is in memory or in a file. Of one in a file, a pass holds two windows of rows: the one
 * that is worked on, and the next, which a thread of its own reads meanwhile. A window is a whole
 * number of chunks: what a chunk sees, and so what comes of it, is the same wherever the rows are.
 */
#include "data/rows.h"

#include "base/background.h"
#include "base/memory.h"
#include "data/spool.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

enum { WINDOW_BYTES = 8 << 20, MOST_WINDOW_BYTES = 32 << 20, PUT_CELLS = 4096 };

typedef struct window {
    void *value;
    size_t first, count; /* rows */
    size_t reserved;     /* bytes */
} window;

struct bm_stored {
    bm_spool *spool;
    size_t n, d, element; /* bytes of one value */
    window now, next;
    pthread_mutex_t lock; /* of what follows */
    bm_status status;     /* of reading outside of passes */
    bm_error error;
};

static bm_status read_rows(const bm_stored *stored, size_t first, size_t count, void *value,
                           bm_error *err) {
    size_t row = stored->d * stored->element;
    return bm_spool_read(stored->spool, (uint64_t)first * row, value, count * row, err);
}

static bm_status read_next(void *arg, bm_error *err) {
    bm_stored *stored = arg;
    return read_rows(stored, stored->next.first, stored->next.count, stored->next.value, err);
}

/* Chunks of so many rows that a window takes: as many a thread, or one, or, where they are large,
 * no more than fit. */
static size_t chunks_of_window(size_t rows, size_t d, size_t element) {
    size_t bytes = 0, threads = (size_t)bm_threads();
    if (!bm_multiply(rows, d * element, &bytes) || bytes == 0)
        return 1;
    if (WINDOW_BYTES / bytes >= threads)
        return WINDOW_BYTES / bytes / threads * threads;
    size_t most = MOST_WINDOW_BYTES / bytes;
    return most < 1 ? 1 : most < threads ? most : threads;
}

/* Rows of a window. */
static size_t window_rows(size_t rows, size_t n, size_t d, size_t element) {
    size_t chunks = chunks_of_window(rows, d, element);
    return rows < n / chunks + 1 ? rows * chunks : n;
}

size_t bm_rows_window_memory(size_t rows, size_t n, size_t d, int single) {
    size_t element = single ? sizeof(float) : sizeof(double), bytes = 0;
    int fits = bm_multiply(window_rows(rows, n, d, element), d, &bytes) &&
               bm_multiply(bytes, 2 * element, &bytes);
    return fits ? bytes : SIZE_MAX;
}

static bm_status reserve(window *to, size_t bytes, bm_error *err) {
    if (bytes <= to->reserved)
        return BM_OK;
    free(to->value);
    *to = (window){0};
    bm_status status = bm_new_aligned(&to->value, bytes, 1, "a window of rows", err);
    if (status == BM_OK)
        to->reserved = bytes;
    return status;
}

static void plan_next(bm_stored *stored, size_t first, size_t rows) {
    size_t left = stored->n - first;
    stored->next.first = first;
    stored->next.count = left < rows ? left : rows;
}

/* The chunks of one window. */
typedef struct stretch {
    bm_chunk_fn fn;
    void *arg;
    size_t first;
} stretch;

static bm_status run_chunk(size_t chunk, void *arg, bm_error *err) {
    const stretch *part = arg;
    return part->fn(part->first + chunk, part->arg, err);
}

static bm_status pass_windows(bm_stored *stored, size_t rows, bm_chunk_fn fn, void *arg,
                              bm_error *err) {
    bm_background reader = {0};
    stretch part = {.fn = fn, .arg = arg};
    size_t wanted = window_rows(rows, stored->n, stored->d, stored->element);
    size_t bytes = wanted * stored->d * stored->element;
    bm_status status;
    BM_TRY(reserve(&stored->now, bytes, err));
    BM_TRY(reserve(&stored->next, bytes, err));
    stored->now.count = 0;
    plan_next(stored, 0, wanted);
    bm_background_start_waiting(&reader, read_next, stored);
    while (stored->next.count > 0) {
        BM_TRY(bm_background_wait(&reader, err));
        window done = stored->now;
        stored->now = stored->next;
        stored->next = done;
        plan_next(stored, stored->now.first + stored->now.count, wanted);
        if (stored->next.count > 0)
            bm_background_start_waiting(&reader, read_next, stored);
        BM_TRY(bm_parallel_for(bm_chunks(stored->now.count, rows), run_chunk, &part, err));
        part.first += bm_chunks(stored->now.count, rows);
    }
cleanup:
    if (reader.is_running && bm_background_wait(&reader, NULL) != BM_OK && status == BM_OK)
        status = BM_IO;
    return status;
}

bm_status bm_rows_pass(const bm_features *features, size_t rows, bm_chunk_fn fn, void *arg,
                       bm_error *err) {
    if (features->stored == NULL)
        return bm_parallel_for(bm_chunks(features->n, rows), fn, arg, err);
    bm_status status = pass_windows(features->stored, rows, fn, arg, err);
    return status == BM_OK ? bm_rows_check(features, err) : status;
}

bm_status bm_rows_hold(const bm_features *features, size_t first, size_t count, bm_error *err) {
    bm_stored *stored = features->stored;
    if (stored == NULL)
        return BM_OK;
    stored->now.count = 0;
    bm_status status = reserve(&stored->now, count * stored->d * stored->element, err);
    if (status == BM_OK)
        status = read_rows(stored, first, count, stored->now.value, err);
    if (status == BM_OK) {
        stored->now.first = first;
        stored->now.count = count;
    }
    return status;
}

static void note_failure(bm_stored *stored, bm_status status, const bm_error *error) {
    pthread_mutex_lock(&stored->lock);
    if (stored->status == BM_OK) {
        stored->status = status;
        stored->error = *error;
    }
    pthread_mutex_unlock(&stored->lock);
}

bm_status bm_rows_check(const bm_features *features, bm_error *err) {
    bm_stored *stored = features->stored;
    if (stored == NULL)
        return BM_OK;
    pthread_mutex_lock(&stored->lock);
    bm_status status = stored->status;
    if (status != BM_OK && err != NULL)
        *err = stored->error;
    pthread_mutex_unlock(&stored->lock);
    return status;
}

static void widen(const float *from, size_t cells, double *to) {
    for (size_t i = 0; i < cells; i++)
        to[i] = (double)from[i];
}

static bm_status read_single(bm_stored *stored, size_t at, size_t cells, double *to,
                             bm_error *err) {
    float narrow[PUT_CELLS];
    bm_status status = BM_OK;
    for (size_t done = 0, count; done < cells && status == BM_OK; done += count) {
        count = cells - done < PUT_CELLS ? cells - done : PUT_CELLS;
        status = bm_spool_read(stored->spool, (uint64_t)(at + done) * sizeof *narrow, narrow,
                               count * sizeof *narrow, err);
        widen(narrow, status == BM_OK ? count : 0, to + done);
    }
    return status;
}

/* Rows that no window holds. */
static const double *read_some(bm_stored *stored, size_t first, size_t count, double *buffer) {
    size_t cells = count * stored->d;
    bm_error error = {0};
    bm_status status = stored->element == sizeof(float)
                           ? read_single(stored, first * stored->d, cells, buffer, &error)
                           : read_rows(stored, first, count, buffer, &error);
    if (status != BM_OK) {
        note_failure(stored, status, &error);
        for (size_t i = 0; i < cells; i++)
            buffer[i] = NAN;
    }
    return buffer;
}

static int is_in_window(const bm_stored *stored, size_t first, size_t count) {
    const window *now = &stored->now;
    return first >= now->first && first - now->first <= now->count &&
           count <= now->count - (first - now->first);
}

const void *bm_rows_at(const bm_features *features, size_t first) {
    size_t at = first * features->d;
    if (features->stored != NULL) {
        const bm_stored *stored = features->stored;
        at -= stored->now.first * features->d;
        return (const char *)stored->now.value + at * stored->element;
    }
    return features->x != NULL ? (const void *)(features->x + at)
                               : (const void *)(features->single + at);
}

const double *bm_rows_doubles(const bm_features *features, size_t first, size_t count,
                              double *buffer) {
    if (features->x != NULL)
        return features->x + first * features->d;
    if (features->stored != NULL && !is_in_window(features->stored, first, count))
        return read_some(features->stored, first, count, buffer);
    const void *at = bm_rows_at(features, first);
    if (!bm_rows_are_single(features))
        return at;
    widen(at, count * features->d, buffer);
    return buffer;
}

int bm_rows_are_single(const bm_features *features) {
    return features->stored != NULL ? features->stored->element == sizeof(float)
                                    : features->x == NULL;
}

int bm_rows_are_stored(const bm_features *features) {
    return features->stored != NULL;
}

const double *bm_row(const bm_features *features, size_t i, double *buffer) {
    return bm_rows_doubles(features, i, 1, buffer);
}

bm_status bm_rows_new(bm_features *features, int single, const char *path, bm_error *err) {
    static const char what[] = "the feature matrix";
    size_t cells;
    bm_status status;
    if (!bm_multiply(features->n, features->d, &cells) || cells > SIZE_MAX / sizeof(double))
        return bm_fail(err, BM_NOMEM, "out of memory: %zu buyers × %zu features", features->n,
                       features->d);
    if (path == NULL)
        return single ? BM_NEW_ALIGNED(&features->single, cells, what, err)
                      : BM_NEW_ALIGNED(&features->x, cells, what, err);
    BM_TRY(BM_NEW(&features->stored, 1, what, err));
    bm_stored *stored = features->stored;
    stored->n = features->n;
    stored->d = features->d;
    stored->element = single ? sizeof(float) : sizeof(double);
    pthread_mutex_init(&stored->lock, NULL);
    status = bm_spool_open(&stored->spool, path, what, 0, err);
cleanup:
    return status;
}

static bm_status put_single(bm_features *features, size_t at, size_t cells, const double *value,
                            bm_error *err) {
    float narrow[PUT_CELLS];
    for (size_t done = 0, count; done < cells; done += count) {
        count = cells - done < PUT_CELLS ? cells - done : PUT_CELLS;
        float *to = features->single != NULL ? features->single + at + done : narrow;
        for (size_t i = 0; i < count; i++)
            to[i] = (float)value[done + i];
        if (features->single != NULL)
            continue;
        bm_status status = bm_spool_write(features->stored->spool, (at + done) * sizeof(float),
                                          narrow, count * sizeof(float), err);
        if (status != BM_OK)
            return status;
    }
    return BM_OK;
}

bm_status bm_rows_put(bm_features *features, size_t first, size_t count, const double *row,
                      bm_error *err) {
    size_t at = first * features->d, cells = count * features->d;
    if (bm_rows_are_single(features))
        return put_single(features, at, cells, row, err);
    if (features->stored != NULL)
        return bm_spool_write(features->stored->spool, (uint64_t)at * sizeof(double), row,
                              cells * sizeof(double), err);
    for (size_t i = 0; i < cells; i++)
        features->x[at + i] = row[i];
    return BM_OK;
}

void bm_stored_free(bm_stored *stored) {
    if (stored == NULL)
        return;
    bm_spool_free(stored->spool);
    free(stored->now.value);
    free(stored->next.value);
    pthread_mutex_destroy(&stored->lock);
    free(stored);
}

bm_status bm_features_make_single(bm_features *features, bm_error *err) {
    size_t cells = features->n * features->d;
    bm_status status = BM_NEW_ALIGNED(&features->single, cells, "the feature matrix", err);
    if (status != BM_OK)
        return status;
    for (size_t i = 0; i < cells; i++)
        features->single[i] = (float)features->x[i];
    free(features->x);
    features->x = NULL;
    return BM_OK;
}
