/* Reads one table out of an HDF5 file, in a process of its own.
 *
 * HDF5 1.10.8 crashes, loops or takes all memory on malformed files, so a file from outside is read
 * where that does no harm: the process is limited in time and memory, and what it says is plain
 * bytes. Nothing in it is cleaned up: it ends with _exit, and the system takes back the rest.
 *
 * A table is a 2-D dataset of numbers or a 1-D compound dataset of numbers and texts of fixed
 * length. The columns of a 2-D dataset are named by its attribute `columns` or by a 1-D dataset of
 * texts beside it that is called like it with `_columns` at the end; without either they are
 * c1 … cd. A 1-D dataset of numbers or texts is a table of one column when it is asked for by
 * name. */
#include "input/hdf5_child.h"
#include "input/hdf5_table.h"
#include "input/reading.h"

#include <errno.h>
#include <hdf5.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    CHUNK_BYTES = 16, /* that it takes of the file, at least */
    CHUNK_WORK = 256, /* that it counts for */
    MOST_ATTRIBUTES = 1000,
};

/* The process's only state beside HDF5's own. */
typedef struct child {
    int out;
    uint64_t work; /* bytes of file, cache and data: what it may take time for */
    char *block;
    size_t used, reserved;
} child;

/* Writes the parts one after the other. */
static void write_all(const child *c, struct iovec *part, int parts) {
    while (parts > 0) {
        ssize_t count = part->iov_len > 0 ? writev(c->out, part, parts) : 0;
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            _exit(1);
        size_t done = (size_t)count;
        while (parts > 0 && done >= part->iov_len) {
            done -= part->iov_len;
            part++;
            parts--;
        }
        if (parts > 0) {
            part->iov_base = (char *)part->iov_base + done;
            part->iov_len -= done;
        }
    }
}

/* Sends what is in the block, and `more` behind it. Time spent on waiting for the parent does not
 * count, and data that came give more time. */
static void send(child *c, bm_hdf5_message message, const void *more, size_t size) {
    size_t bytes = c->used + size;
    bm_hdf5_head head = {(uint32_t)message, (uint32_t)bytes};
    struct iovec part[3] = {{&head, sizeof head}, {c->block, c->used}, {(void *)more, size}};
    alarm(0);
    if (bytes > BM_HDF5_MOST_BYTES)
        _exit(1);
    write_all(c, part, 3);
    c->work += bytes;
    c->used = 0;
    bm_hdf5_allow_time(c->work);
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
    c->used = 0;
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
    uint64_t memory = table->cache + 2 * table->block_rows * table->row_size;
    uint32_t columns = (uint32_t)table->columns;
    put(c, &rows, sizeof rows);
    put(c, &memory, sizeof memory);
    put(c, &columns, sizeof columns);
    for (size_t i = 0; i < table->columns; i++) {
        uint8_t kind = (uint8_t)table->column[i].kind;
        put(c, &kind, sizeof kind);
        put_text(c, table->column[i].name, strlen(table->column[i].name));
    }
    send(c, BM_HDF5_COLUMNS, NULL, 0);
}

static void put_string(child *c, const bm_hdf5_column *column, const char *cell) {
    size_t length =
        column->padding == H5T_STR_NULLTERM ? strnlen(cell, column->size) : column->size;
    char pad = column->padding == H5T_STR_SPACEPAD ? ' ' : '\0';
    while (length > 0 && cell[length - 1] == pad)
        length--;
    put_text(c, cell, length);
}

static void put_row(child *c, const bm_hdf5_input *table, const char *row) {
    for (size_t i = 0; i < table->columns; i++) {
        const bm_hdf5_column *column = &table->column[i];
        const char *cell = row + column->offset;
        if (column->kind == BM_FIELD_TEXT) {
            put_string(c, column, cell);
        } else if (column->size == 8) {
            put(c, cell, 8);
        } else {
            int64_t bits = (unsigned char)*cell;
            put(c, &bits, 8);
        }
    }
}

static void send_block(child *c, const bm_hdf5_input *table, const char *rows, uint32_t count) {
    put(c, &count, sizeof count);
    for (uint32_t row = 0; row < count && !table->is_plain; row++)
        put_row(c, table, rows + row * table->row_size);
    send(c, BM_HDF5_ROWS, rows, table->is_plain ? count * table->row_size : 0);
}

static void send_rows(child *c, const bm_hdf5_input *table) {
    char *rows = malloc(table->block_rows * table->row_size);
    if (rows == NULL)
        refuse(c, "is too large for the memory it may take");
    hid_t space = H5Dget_space(table->dataset);
    for (uint64_t first = 0; first < table->rows;) {
        uint64_t left = table->rows - first, most = table->block_rows;
        if (most > table->chunk_rows - first % table->chunk_rows &&
            table->block_rows < table->chunk_rows)
            most = table->chunk_rows - first % table->chunk_rows;
        hsize_t start[2] = {first, 0}, count[2] = {left < most ? left : most, table->columns};
        hid_t memory = H5Screate_simple(table->rank, count, NULL);
        if (memory < 0 ||
            H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) < 0 ||
            H5Dread(table->dataset, table->memory_type, memory, space, H5P_DEFAULT, rows) < 0)
            refuse(c, "is damaged: its rows from %llu on cannot be read",
                   (unsigned long long)first + 1);
        H5Sclose(memory);
        send_block(c, table, rows, (uint32_t)count[0]);
        first += count[0];
    }
    send(c, BM_HDF5_END, NULL, 0);
}

/* A single text, of fixed or of variable length; NULL: it cannot be read. */
static char *read_text(hid_t attribute, hid_t type, size_t size) {
    char *text = NULL;
    if (H5Tis_variable_str(type) > 0)
        return H5Aread(attribute, type, &text) < 0 ? NULL : text;
    if (size > BM_MAX_FIELD || (text = malloc(size + 1)) == NULL)
        return NULL;
    text[size] = '\0';
    return H5Aread(attribute, type, text) < 0 ? NULL : text;
}

/* One attribute of the root, when it is a single integer or a single text. */
static int put_attribute(child *c, hid_t root, hsize_t i) {
    char name[BM_HDF5_LONGEST_PATH];
    hid_t attribute =
        H5Aopen_by_idx(root, ".", H5_INDEX_NAME, H5_ITER_INC, i, H5P_DEFAULT, H5P_DEFAULT);
    hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    if (attribute < 0 || H5Aget_name(attribute, sizeof name, name) < 0 ||
        H5Sget_simple_extent_npoints(space) != 1)
        return 0;
    bm_hdf5_column cell = {.kind = BM_FIELD_TEXT, .size = H5Tget_size(type)};
    uint8_t is_text = H5Tget_class(type) == H5T_STRING;
    int64_t integer;
    if (is_text) {
        char *text = read_text(attribute, type, cell.size);
        if (text == NULL)
            return 0;
        int is_variable = H5Tis_variable_str(type) > 0;
        cell.padding = is_variable ? H5T_STR_NULLTERM : H5Tget_strpad(type);
        cell.size = is_variable ? strlen(text) : cell.size;
        put_text(c, name, strlen(name));
        put(c, &is_text, 1);
        put_string(c, &cell, text);
        free(text);
    } else if (H5Tget_class(type) == H5T_INTEGER && cell.size <= 8) {
        if (H5Aread(attribute, H5T_NATIVE_INT64, &integer) < 0)
            return 0;
        put_text(c, name, strlen(name));
        put(c, &is_text, 1);
        put(c, &integer, sizeof integer);
    } else {
        return 0;
    }
    return 1;
}

static void send_attributes(child *c, hid_t file) {
    H5O_info_t info;
    uint32_t count = 0;
    hid_t root = H5Gopen2(file, "/", H5P_DEFAULT);
    if (root < 0 || H5Oget_info2(root, &info, H5O_INFO_NUM_ATTRS) < 0)
        refuse(c, "is damaged: its attributes cannot be listed");
    put(c, &count, sizeof count);
    for (hsize_t i = 0; i < info.num_attrs && i < MOST_ATTRIBUTES; i++)
        count += (uint32_t)put_attribute(c, root, i);
    memcpy(c->block, &count, sizeof count);
    send(c, BM_HDF5_ATTRIBUTES, NULL, 0);
}

_Noreturn void bm_hdf5_child(int file, const bm_hdf5_request *request, int out, pid_t parent) {
    child c = {.out = out, .work = request->size};
    bm_hdf5_input table;
    char why[700];
    bm_hdf5_confine(parent);
    bm_hdf5_allow_time(c.work);
    hid_t source = bm_hdf5_open_source(file, request->size);
    if (source < 0)
        refuse(&c, "is damaged: HDF5 cannot open it");
    if (request->wish == BM_HDF5_ROOT_ATTRIBUTES) {
        send_attributes(&c, source);
        _exit(0);
    }
    const char *dataset = request->wish == BM_HDF5_DATASET ? request->dataset : NULL;
    if (!bm_hdf5_find_table(source, request->size, dataset, &table, why, sizeof why))
        refuse(&c, "%s", why);
    /* A chunk costs the library some 10 microseconds, however small it is, and some bytes. */
    uint64_t most = request->size / CHUNK_BYTES;
    c.work += table.cache + (table.chunks < most ? table.chunks : most) * CHUNK_WORK;
    send_columns(&c, &table);
    send_rows(&c, &table);
    _exit(0);
}
