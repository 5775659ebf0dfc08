#include "base/background.h"

#include "base/parallel.h"

static void *run(void *arg) {
    bm_background *work = arg;
    work->status = work->fn(work->arg, &work->error);
    return NULL;
}

static void start(bm_background *work, bm_background_fn fn, void *arg, int takes_thread) {
    *work = (bm_background){.is_running = 1, .fn = fn, .arg = arg};
    work->is_threaded = bm_threads() > 1 && pthread_create(&work->thread, NULL, run, work) == 0;
    work->is_away = work->is_threaded && takes_thread;
    if (work->is_away)
        bm_thread_away(1);
    if (!work->is_threaded)
        run(work);
}

void bm_background_start(bm_background *work, bm_background_fn fn, void *arg) {
    start(work, fn, arg, 1);
}

void bm_background_start_waiting(bm_background *work, bm_background_fn fn, void *arg) {
    start(work, fn, arg, 0);
}

bm_status bm_background_wait(bm_background *work, bm_error *err) {
    if (!work->is_running)
        return BM_OK;
    if (work->is_threaded) {
        pthread_join(work->thread, NULL);
        if (work->is_away)
            bm_thread_away(-1);
    }
    work->is_running = 0;
    if (work->status != BM_OK && err != NULL)
        *err = work->error;
    return work->status;
}
