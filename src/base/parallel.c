#include "base/parallel.h"

#include <omp.h>
#include <stdatomic.h>

/* The process has one team of threads: its size, and how many of it are busy elsewhere, are the
 * only state kept here. */
static int team = 0, away = 0;

void bm_set_threads(int threads) {
    team = threads > 0 ? threads : omp_get_num_procs();
}

int bm_threads(void) {
    if (team == 0)
        bm_set_threads(0); /* asking the system each time would cost more than a small chunk */
    return team;
}

void bm_thread_away(int change) {
    away += change;
}

static int at_work(void) {
    return bm_threads() > away ? bm_threads() - away : 1;
}

int bm_thread_index(void) {
    return omp_get_thread_num();
}

size_t bm_chunks(size_t n, size_t size) {
    return n / size + (n % size != 0);
}

bm_status bm_parallel_for(size_t chunks, bm_chunk_fn fn, void *arg, bm_error *err) {
    size_t failed = chunks; /* the lowest chunk that failed */
    bm_status status = BM_OK;
    bm_error first = {0};
    atomic_size_t stop_at = chunks; /* chunks after a failed one need not start */
#pragma omp parallel for schedule(dynamic, 1)                                                      \
    num_threads(at_work()) if (chunks > 1 && !omp_in_parallel())
    for (size_t chunk = 0; chunk < chunks; chunk++) {
        if (chunk > atomic_load_explicit(&stop_at, memory_order_relaxed))
            continue;
        bm_error error = {0};
        bm_status result = fn(chunk, arg, &error);
        if (result == BM_OK)
            continue;
#pragma omp critical(bm_parallel_error)
        {
            if (chunk < failed) {
                failed = chunk;
                status = result;
                first = error;
                atomic_store_explicit(&stop_at, chunk, memory_order_relaxed);
            }
        }
    }
    if (status != BM_OK && err != NULL)
        *err = first;
    return status;
}
