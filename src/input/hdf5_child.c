/* Reads one table out of an HDF5 file, in a process of its own.
 *
 * HDF5 1.10.8 crashes, loops or takes all memory on malformed files, so a file from outside is read
 * where that does no harm: the process is limited in time and memory, and what it says is plain
 * bytes. Nothing in it is cleaned up: it ends with _exit, and the system takes back the rest.
 *
 * A table is a 2-D dataset of numbers or a 1-D compound dataset of numbers and strings. The columns
 * of a 2-D dataset are named by its attribute `columns` or by a 1-D string dataset beside it that
 * is called like it with `_columns` at the end; without either they are c1 … cd. */
#include "input/hdf5_child.h"
#include "input/hdf5_table.h"
#include "input/reading.h"

#include <errno.h>
#include <hdf5.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* The process's only state beside HDF5's own. */
typedef struct child {
    int out;
    uint64_t sent;
    char *block;
    size_t used, reserved;
} child;

static void write_all(child *c, const void *data, size_t size) {
    const char *at = data;
    while (size > 0) {
        ssize_t count = write(c->out, at, size);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            _exit(1);
        at += count;
        size -= (size_t)count;
    }
}

/* Time spent on waiting for the parent does not count, and data that came give more time. */
static void allow_time(const child *c) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_CPU, &limit) == 0) {
        limit.rlim_cur = BM_HDF5_CPU_SECONDS + c->sent / BM_HDF5_SLOWEST;
        if (limit.rlim_max != RLIM_INFINITY && limit.rlim_cur > limit.rlim_max)
            limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_CPU, &limit);
    }
    alarm(BM_HDF5_WALL_SECONDS);
}

static void send(child *c, bm_hdf5_message message, const void *data, size_t size) {
    bm_hdf5_head head = {(uint32_t)message, (uint32_t)size};
    alarm(0);
    if (size > BM_HDF5_MOST_BYTES)
        _exit(1);
    write_all(c, &head, sizeof head);
    write_all(c, data, size);
    c->sent += size;
    allow_time(c);
}

static _Noreturn void refuse(child *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static _Noreturn void refuse(child *c, const char *format, ...) {
    char text[800];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    size_t size = length < 0 ? 0 : (size_t)length;
    send(c, BM_HDF5_REFUSED, text, size < sizeof text ? size : sizeof text - 1);
    _exit(0);
}

static void put(child *c, const void *data, size_t size) {
    if (size > c->reserved - c->used) {
        size_t wanted = (c->used + size) * 2;
        char *grown = wanted < c->used ? NULL : realloc(c->block, wanted);
        if (grown == NULL)
            refuse(c, "is too large for the memory it may take");
        c->block = grown;
        c->reserved = wanted;
    }
    memcpy(c->block + c->used, data, size);
    c->used += size;
}

static void put_text(child *c, const char *data, size_t length) {
    uint32_t size = (uint32_t)(length <= BM_MAX_FIELD ? length : BM_MAX_FIELD + 1);
    put(c, &size, sizeof size);
    put(c, data, size);
}

static void send_columns(child *c, const bm_hdf5_input *table) {
    uint64_t rows = table->rows;
    uint32_t columns = (uint32_t)table->columns;
    c->used = 0;
    put(c, &rows, sizeof rows);
    put(c, &columns, sizeof columns);
    for (size_t i = 0; i < table->columns; i++) {
        uint8_t kind = (uint8_t)table->column[i].kind;
        put(c, &kind, sizeof kind);
        put_text(c, table->column[i].name, strlen(table->column[i].name));
    }
    send(c, BM_HDF5_COLUMNS, c->block, c->used);
}

static void put_string(child *c, const bm_hdf5_column *column, const char *cell) {
    if (column->is_variable) {
        const char *text;
        memcpy(&text, cell, sizeof text);
        put_text(c, text != NULL ? text : "", text != NULL ? strnlen(text, BM_MAX_FIELD + 1) : 0);
        return;
    }
    size_t length =
        column->padding == H5T_STR_NULLTERM ? strnlen(cell, column->size) : column->size;
    char pad = column->padding == H5T_STR_SPACEPAD ? ' ' : '\0';
    while (length > 0 && cell[length - 1] == pad)
        length--;
    put_text(c, cell, length);
}

static void put_rows(child *c, const bm_hdf5_input *table, const char *rows, uint32_t count) {
    c->used = 0;
    put(c, &count, sizeof count);
    if (table->is_matrix) {
        put(c, rows, count * table->row_size);
        return;
    }
    for (uint32_t row = 0; row < count; row++) {
        const char *at = rows + row * table->row_size;
        for (size_t i = 0; i < table->columns; i++) {
            const bm_hdf5_column *column = &table->column[i];
            if (column->kind == BM_FIELD_TEXT)
                put_string(c, column, at + column->offset);
            else
                put(c, at + column->offset, 8);
        }
    }
}

static void send_rows(child *c, const bm_hdf5_input *table) {
    char *rows = malloc(table->block_rows * table->row_size);
    if (rows == NULL)
        refuse(c, "is too large for the memory it may take");
    hid_t space = H5Dget_space(table->dataset);
    for (uint64_t first = 0; first < table->rows; first += table->block_rows) {
        uint64_t left = table->rows - first;
        hsize_t start[2] = {first, 0};
        hsize_t count[2] = {left < table->block_rows ? left : table->block_rows, table->columns};
        hid_t memory = H5Screate_simple(table->is_matrix ? 2 : 1, count, NULL);
        if (memory < 0 ||
            H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) < 0 ||
            H5Dread(table->dataset, table->memory_type, memory, space, H5P_DEFAULT, rows) < 0)
            refuse(c, "is damaged: its rows from %llu on cannot be read",
                   (unsigned long long)first + 1);
        put_rows(c, table, rows, (uint32_t)count[0]);
        if (table->has_variable)
            H5Dvlen_reclaim(table->memory_type, memory, H5P_DEFAULT, rows);
        H5Sclose(memory);
        send(c, BM_HDF5_ROWS, c->block, c->used);
    }
    send(c, BM_HDF5_END, "", 0);
}

/* Never a core, never a word on the user's terminal, and signals as a fresh process has them. */
static void confine(const child *c) {
    static const int caught[] = {SIGINT, SIGTERM, SIGHUP,  SIGPIPE, SIGALRM, SIGSEGV,
                                 SIGBUS, SIGFPE,  SIGABRT, SIGILL,  SIGXCPU};
    for (size_t i = 0; i < sizeof caught / sizeof caught[0]; i++)
        signal(caught[i], SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    allow_time(c);
}

_Noreturn void bm_hdf5_child(const bm_bytes *bytes, const char *dataset, int out) {
    child c = {.out = out};
    bm_hdf5_input table;
    char why[700];
    confine(&c);
    if (!bm_hdf5_find_table(bytes, dataset, &table, why, sizeof why))
        refuse(&c, "%s", why);
    send_columns(&c, &table);
    send_rows(&c, &table);
    _exit(0);
}
