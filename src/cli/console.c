#include "cli/console.h"

#include "base/clock.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *level_name(bm_level level) {
    static const char *const name[] = {"progress", "info", "warning", "error"};
    return name[level];
}

static void clear_bar(bm_console *console) {
    if (console->bar)
        fputs("\r\033[K", stderr);
    console->bar = 0;
}

static void json_line(bm_level level, const char *text) {
    char *clean = NULL;
    if (bm_text_clean(&clean, (bm_text){text, strlen(text)}, NULL) != BM_OK)
        return;
    json_t *line = json_pack("{s:s,s:s}", "level", level_name(level), "message", clean);
    free(clean);
    char *dumped = line != NULL ? json_dumps(line, JSON_COMPACT) : NULL;
    if (dumped != NULL)
        fprintf(stderr, "%s\n", dumped);
    free(dumped);
    json_decref(line);
}

void bm_console_message(bm_console *console, bm_level level, const char *text) {
    if (console->quiet && level != BM_ERROR)
        return;
    clear_bar(console);
    if (console->json) {
        json_line(level, text);
        return;
    }
    if (level == BM_INFO || level == BM_PROGRESS) {
        fprintf(stderr, "%s\n", text);
        return;
    }
    const char *color = level == BM_ERROR ? "\033[31m" : "\033[33m";
    fprintf(stderr, "buyermap: %s%s:%s %s\n", console->color ? color : "", level_name(level),
            console->color ? "\033[0m" : "", text);
}

static void on_message(void *arg, bm_level level, const char *text) {
    bm_console_message(arg, level, text);
}

/* "read: 45 % (120 MB of 266 MB), 85 MB/s, 2 s left" */
static void describe(char *text, size_t room, const char *stage, uint64_t done, uint64_t total,
                     const char *unit, double seconds) {
    int bytes = strcmp(unit, "bytes") == 0;
    double scale = bytes ? 1e6 : 1;
    const char *name = bytes ? "MB" : unit;
    double rate = seconds > 0 ? (double)done / scale / seconds : 0;
    int used = total > 0 ? snprintf(text, room, "%s: %.0f %% (%.0f of %.0f %s)", stage,
                                    100.0 * (double)done / (double)total, (double)done / scale,
                                    (double)total / scale, name)
                         : snprintf(text, room, "%s: %.0f %s", stage, (double)done / scale, name);
    if (used < 0 || (size_t)used >= room || rate <= 0)
        return;
    if (total > done)
        snprintf(text + used, room - (size_t)used, ", %.0f %s/s, %.0f s left", rate, name,
                 (double)(total - done) / scale / rate);
    else
        snprintf(text + used, room - (size_t)used, ", %.0f %s/s", rate, name);
}

/* A bar redraws ten times a second; plain lines come every ten seconds, so that short stages say
 * nothing in a log file. */
static void on_progress(void *arg, const char *stage, uint64_t done, uint64_t total,
                        const char *unit) {
    bm_console *console = arg;
    if (console->quiet || console->progress == 2)
        return;
    double now = bm_seconds();
    int bar = console->terminal && console->progress == 0 && !console->json;
    if (console->stage == NULL || strcmp(console->stage, stage) != 0) {
        console->stage = stage;
        console->stage_started = console->shown = now;
        return;
    }
    if (now - console->shown < (bar ? 0.1 : 10))
        return;
    console->shown = now;
    char text[160];
    describe(text, sizeof text, stage, done, total, unit, now - console->stage_started);
    if (bar) {
        fprintf(stderr, "\r\033[K%s", text);
        fflush(stderr);
        console->bar = 1;
    } else {
        bm_console_message(console, BM_PROGRESS, text);
    }
}

void bm_console_open(bm_console *console) {
    *console = (bm_console){.log = {.message = on_message, .progress = on_progress}};
    console->log.arg = console;
    console->terminal = isatty(STDERR_FILENO);
    const char *no_color = getenv("NO_COLOR");
    console->color = console->terminal && (no_color == NULL || no_color[0] == '\0');
}

void bm_console_close(bm_console *console) {
    clear_bar(console);
    bm_log_free(&console->log);
}
