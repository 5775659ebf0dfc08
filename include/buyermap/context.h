/* What a run hands down to every stage: its seed, its memory limit and its voice. */
#ifndef BUYERMAP_CONTEXT_H
#define BUYERMAP_CONTEXT_H

#include "buyermap/status.h"
#include "buyermap/text.h"

#include <stddef.h>
#include <stdint.h>

typedef enum bm_level { BM_PROGRESS, BM_INFO, BM_WARNING, BM_ERROR } bm_level;

/* How far a stage is. */
typedef struct bm_progress_report {
    const char *stage;    /* a literal: its address tells stages apart */
    uint64_t done, total; /* in units; total 0: not known */
    const char *unit;
    uint64_t rows; /* that this made so far, where the unit is another one; else 0 */
} bm_progress_report;

/* Where messages go. Below cli/ nothing prints: it calls bm_warn, bm_info or bm_progress, and the
 * front door decides how that looks. Zeroed is silent. Called from one thread at a time. */
typedef struct bm_log {
    void (*message)(void *arg, bm_level level, const char *text);
    void (*progress)(void *arg, const bm_progress_report *report);
    void *arg;
    bm_strings warnings; /* every bm_warn so far, for the provenance */
} bm_log;

void bm_warn(bm_log *log, const char *format, ...) __attribute__((format(printf, 2, 3)));
void bm_info(bm_log *log, const char *format, ...) __attribute__((format(printf, 2, 3)));
void bm_progress(bm_log *log, const char *stage, uint64_t done, uint64_t total, const char *unit);
void bm_progress_rows(bm_log *log, const bm_progress_report *report);
void bm_log_free(bm_log *log);

typedef struct bm_context {
    uint64_t seed;
    size_t memory_limit; /* bytes; 0 = no limit */
    size_t held;         /* bytes that earlier stages keep; counts against the limit */
    bm_log *log;         /* may be NULL */
} bm_context;

/* BM_LIMIT with a message that names the work, its need and the limit, when bytes and what is held
 * exceed it. */
bm_status bm_require_memory(const bm_context *context, size_t bytes, const char *what,
                            bm_error *err) BM_MUST_CHECK;

/* BM_INTERRUPTED or BM_TERMINATED once the process was asked to stop; cheap enough to call once a
 * block of work. bm_interrupt() is async-signal-safe. */
bm_status bm_check_interrupt(bm_error *err) BM_MUST_CHECK;
void bm_interrupt(int signal_number);

#endif
