/* One piece of work beside the calling thread, such as unpacking the next window of a file while
 * this one is parsed. */
#ifndef BM_BASE_BACKGROUND_H
#define BM_BASE_BACKGROUND_H

#include "buyermap/status.h"

#include <pthread.h>

typedef bm_status (*bm_background_fn)(void *arg, bm_error *err);

/* Zeroed is idle. Must not move between start and wait. */
typedef struct bm_background {
    pthread_t thread;
    int is_running, is_threaded, is_away;
    bm_background_fn fn;
    void *arg;
    bm_status status;
    bm_error error;
} bm_background;

/* Starts the work; where there is one thread only, or no more to be had, it is done at once. What
 * fn touches belongs to it until bm_background_wait, which every start needs. */
void bm_background_start(bm_background *work, bm_background_fn fn, void *arg);
/* The same for work that mostly waits, as for a disk: it takes no thread of the team away. */
void bm_background_start_waiting(bm_background *work, bm_background_fn fn, void *arg);
/* Waits for the end of the work and gives what fn gave; BM_OK when there is none. */
bm_status bm_background_wait(bm_background *work, bm_error *err) BM_MUST_CHECK;

#endif
