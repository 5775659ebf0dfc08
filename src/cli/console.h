/* What a person or a log sees on stderr: messages and progress. */
#ifndef BM_CLI_CONSOLE_H
#define BM_CLI_CONSOLE_H

#include "buyermap/context.h"

typedef struct bm_console {
    bm_log log;
    int json;     /* --log-format json */
    int quiet;    /* errors only */
    int progress; /* 0 auto, 1 plain, 2 none */
    int terminal, color;
    const char *stage; /* of the progress last shown; NULL: none */
    uint64_t done;     /* that it reported last */
    double stage_started, shown;
    int bar; /* a bar stands on the current line */
} bm_console;

/* Wires the log to stderr. Takes NO_COLOR and whether stderr is a terminal. The console must not
 * move afterwards. */
void bm_console_open(bm_console *console);
void bm_console_close(bm_console *console);
void bm_console_message(bm_console *console, bm_level level, const char *text);

#endif
