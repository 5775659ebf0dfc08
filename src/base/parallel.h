/* The one door to threads. */
#ifndef BM_BASE_PARALLEL_H
#define BM_BASE_PARALLEL_H

#include "buyermap/status.h"

#include <stddef.h>

/* One chunk of work. Chunks are fixed by the data, never by the number of threads; each writes to
 * memory of its own, and the caller merges in chunk order. */
typedef bm_status (*bm_chunk_fn)(size_t chunk, void *arg, bm_error *err);

/* Runs chunks 0 … chunks − 1 on the threads set by bm_set_threads. When chunks fail, the error of
 * the lowest one is given. Within a chunk it runs on that chunk's thread alone, as thread 0. */
bm_status bm_parallel_for(size_t chunks, bm_chunk_fn fn, void *arg, bm_error *err) BM_MUST_CHECK;
/* How many threads bm_parallel_for uses; 0 = all the machine has. */
void bm_set_threads(int threads);
int bm_threads(void);
/* A thread of its own is at work beside the team (1) or has ended (-1): bm_parallel_for then uses
 * one less, or more, so that no more run than were asked for. */
void bm_thread_away(int change);
/* Which thread (0 … bm_threads() − 1) the calling chunk runs on: for scratch memory only. */
int bm_thread_index(void);

/* How many chunks of `size` cover n, and the rows of one chunk. */
size_t bm_chunks(size_t n, size_t size);
static inline size_t bm_chunk_begin(size_t chunk, size_t size) {
    return chunk * size;
}
static inline size_t bm_chunk_end(size_t chunk, size_t size, size_t n) {
    size_t end = (chunk + 1) * size;
    return end < n ? end : n;
}

#endif
