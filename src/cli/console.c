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

/* "read: 45 % (120 of 266 MB, 833,000 rows), 85 MB/s, 590,000 rows/s, 2 s left" */
static void describe(char *text, size_t room, const bm_progress_report *report, double seconds) {
    int bytes = strcmp(report->unit, "bytes") == 0;
    const char *name = bytes ? "MB" : report->unit;
    double scale = bytes ? 1e6 : 1, done = (double)report->done / scale;
    double total = (double)report->total / scale, rate = seconds > 0 ? done / seconds : 0;
    char rows[40] = "", row_rate[40] = "", share[24] = "", of[32] = "", left[40] = "",
         speed[48] = "";
    if (report->rows > 0)
        snprintf(rows, sizeof rows, ", %" PRIu64 " rows", report->rows);
    if (report->rows > 0 && seconds > 0)
        snprintf(row_rate, sizeof row_rate, ", %.0f rows/s", (double)report->rows / seconds);
    if (report->total > 0) {
        snprintf(share, sizeof share, "%.0f %% (", 100 * done / total);
        snprintf(of, sizeof of, " of %.0f", total);
    }
    if (rate > 0)
        snprintf(speed, sizeof speed, ", %.0f %s/s", rate, name);
    if (rate > 0 && total > done)
        snprintf(left, sizeof left, ", %.0f s left", (total - done) / rate);
    snprintf(text, room, "%s: %s%.0f%s %s%s%s%s%s%s", report->stage, share, done, of, name, rows,
             report->total > 0 ? ")" : "", speed, row_rate, left);
}

/* A bar redraws ten times a second; plain lines come every ten seconds, so that short stages say
 * nothing in a log file. */
static void on_progress(void *arg, const bm_progress_report *report) {
    bm_console *console = arg;
    if (console->quiet || console->progress == 2)
        return;
    double now = bm_seconds();
    int bar = console->terminal && console->progress == 0 && !console->json;
    /* Another input, or one that is read again, begins anew: its rate is its own. */
    int begins = console->stage == NULL || strcmp(console->stage, report->stage) != 0 ||
                 report->done < console->done;
    console->done = report->done;
    if (begins) {
        console->stage = report->stage;
        console->stage_started = console->shown = now;
        return;
    }
    if (now - console->shown < (bar ? 0.1 : 10))
        return;
    console->shown = now;
    char text[240];
    describe(text, sizeof text, report, now - console->stage_started);
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
