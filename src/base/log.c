#include "buyermap/context.h"

#include <stdarg.h>
#include <stdio.h>

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

void bm_progress_rows(bm_log *log, const bm_progress_report *report) {
    if (log != NULL && log->progress != NULL)
        log->progress(log->arg, report);
}

void bm_progress(bm_log *log, const char *stage, uint64_t done, uint64_t total, const char *unit) {
    const bm_progress_report report = {stage, done, total, unit, 0};
    bm_progress_rows(log, &report);
}

void bm_log_free(bm_log *log) {
    bm_strings_free(&log->warnings);
}
