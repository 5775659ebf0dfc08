#include "buyermap/context.h"

#include "base/memory.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>

/* Set by the signal handler; the process ends soon after, so it is never cleared. */
static volatile sig_atomic_t interrupted = 0;

void bm_interrupt(int signal_number) {
    interrupted = signal_number;
}

bm_status bm_check_interrupt(bm_error *err) {
    if (interrupted == 0)
        return BM_OK;
    if (interrupted == SIGTERM)
        return bm_fail(err, BM_TERMINATED, "terminated; nothing was written");
    return bm_fail(err, BM_INTERRUPTED, "interrupted; nothing was written");
}

enum { LONGEST_MESSAGE = 2048 };

void bm_warn(bm_log *log, const char *format, ...) {
    if (log == NULL)
        return;
    char text[LONGEST_MESSAGE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    /* A warning for which there is no memory is told all the same, but not kept. */
    bm_status kept = bm_strings_add(&log->warnings, text, NULL);
    (void)kept;
    if (log->message != NULL)
        log->message(log->arg, BM_WARNING, text);
}

void bm_info(bm_log *log, const char *format, ...) {
    if (log == NULL || log->message == NULL)
        return;
    char text[LONGEST_MESSAGE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    log->message(log->arg, BM_INFO, text);
}

void bm_progress(bm_log *log, const char *stage, uint64_t done, uint64_t total, const char *unit) {
    if (log != NULL && log->progress != NULL)
        log->progress(log->arg, stage, done, total, unit);
}

void bm_log_free(bm_log *log) {
    bm_strings_free(&log->warnings);
}

bm_status bm_require_memory(const bm_context *context, size_t bytes, const char *what,
                            bm_error *err) {
    if (context == NULL || context->memory_limit == 0 || bytes <= context->memory_limit)
        return BM_OK;
    char need[32], limit[32];
    return bm_fail(err, BM_LIMIT, "%s needs %s, more than the limit of %s (--memory-limit)", what,
                   bm_format_bytes(need, sizeof need, bytes),
                   bm_format_bytes(limit, sizeof limit, context->memory_limit));
}
