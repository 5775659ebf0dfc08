#include "buyermap/context.h"

#include <signal.h>
#include <stdatomic.h>

/* Set by the signal handler and read by every thread; the process ends soon after, so it is never
 * cleared. An atomic int is lock-free here, and so safe in a handler. */
static atomic_int interrupted = 0;

void bm_interrupt(int signal_number) {
    atomic_store(&interrupted, signal_number);
}

bm_status bm_check_interrupt(bm_error *err) {
    int signal_number = atomic_load_explicit(&interrupted, memory_order_relaxed);
    if (signal_number == 0)
        return BM_OK;
    if (signal_number != SIGINT)
        return bm_fail(err, BM_TERMINATED, "terminated; nothing was written");
    return bm_fail(err, BM_INTERRUPTED, "interrupted; nothing was written");
}
