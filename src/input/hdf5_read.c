/* Records out of an HDF5 file, by way of the child process that opens it (hdf5_child.c). What comes
 * through the pipe is checked like anything else from outside. */
#include "input/hdf5_child.h"
#include "input/reading.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <hdf5.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Sanitizers reserve an address space far beyond any limit. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LIMITS_MEMORY 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
#define LIMITS_MEMORY 0
#endif
#endif
#ifndef LIMITS_MEMORY
#define LIMITS_MEMORY 1
#endif

enum { POLL_MILLISECONDS = 200, PIPE_BYTES = 1 << 20 };
/* What the library may take beside what the process already has. */
#define CHILD_MEMORY ((size_t)2 << 30)

typedef struct hdf5_reader {
    const bm_bytes *bytes;
    const char *dataset;
    bm_log *log;
    pid_t child; /* 0: none */
    int in;
    int is_fresh; /* nothing read yet but the columns */
    char *block;
    size_t block_size, block_reserved;
    const char *at;   /* the next cell in the block */
    size_t left;      /* bytes from there */
    size_t rows_left; /* rows from there */
    uint64_t rows, row;
    bm_field_kind *kind;
    bm_field *field;
    size_t columns;
} hdf5_reader;

void bm_input_start(void) {
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

static bm_status damaged(const hdf5_reader *reader, bm_error *err) {
    return bm_fail(err, BM_DATA, "%s: is damaged (the HDF5 library failed on it)",
                   reader->bytes->path);
}

static void stop_child(hdf5_reader *reader) {
    if (reader->in >= 0)
        close(reader->in);
    reader->in = -1;
    if (reader->child > 0) {
        kill(reader->child, SIGKILL);
        while (waitpid(reader->child, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    reader->child = 0;
}

static void limit_memory(void) {
#if LIMITS_MEMORY
    /* The first number of statm is the size of the address space in pages. */
    char text[64] = "";
    int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    ssize_t got = file >= 0 ? read(file, text, sizeof text - 1) : 0;
    if (file >= 0)
        close(file);
    unsigned long long pages = got > 0 ? strtoull(text, NULL, 10) : 0;
    size_t bytes = (size_t)pages * (size_t)sysconf(_SC_PAGESIZE) + CHILD_MEMORY;
    struct rlimit limit;
    if (pages > 0 && getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur > bytes) {
        limit.rlim_cur = bytes;
        setrlimit(RLIMIT_AS, &limit);
    }
#endif
}

static _Noreturn void run_child(const hdf5_reader *reader, pid_t parent, int out) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    int nowhere = open("/dev/null", O_RDWR);
    if (nowhere >= 0) {
        dup2(nowhere, STDOUT_FILENO);
        dup2(nowhere, STDERR_FILENO);
    }
    limit_memory();
    bm_hdf5_child(reader->bytes, reader->dataset, out);
}

static bm_status start_child(hdf5_reader *reader, bm_error *err) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return bm_fail(err, BM_IO, "%s: no pipe to read HDF5 through: %s", reader->bytes->path,
                       strerror(errno));
    fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES);
    pid_t parent = getpid();
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        run_child(reader, parent, ends[1]);
    }
    int code = errno;
    close(ends[1]);
    reader->in = ends[0];
    reader->child = child > 0 ? child : 0;
    reader->rows_left = 0;
    reader->row = 0;
    if (child < 0)
        return bm_fail(err, BM_NOMEM, "%s: no process to read HDF5 in: %s", reader->bytes->path,
                       strerror(code));
    return BM_OK;
}

/* Waits for the child without becoming deaf to interrupts. An end that comes too early is the
 * child's death. */
static bm_status receive(hdf5_reader *reader, void *out, size_t size, bm_error *err) {
    char *at = out;
    while (size > 0) {
        struct pollfd wait = {.fd = reader->in, .events = POLLIN};
        bm_status status = bm_check_interrupt(err);
        if (status != BM_OK)
            return status;
        if (poll(&wait, 1, POLL_MILLISECONDS) <= 0)
            continue;
        ssize_t got = read(reader->in, at, size);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got <= 0)
            return damaged(reader, err);
        at += got;
        size -= (size_t)got;
    }
    return BM_OK;
}

static bm_status receive_message(hdf5_reader *reader, bm_hdf5_message *message, bm_error *err) {
    bm_status status;
    bm_hdf5_head head;
    BM_TRY(receive(reader, &head, sizeof head, err));
    if (head.bytes > BM_HDF5_MOST_BYTES)
        return damaged(reader, err);
    BM_TRY(BM_GROW(&reader->block, &reader->block_reserved, (size_t)head.bytes + 1,
                   "a block of rows", err));
    BM_TRY(receive(reader, reader->block, head.bytes, err));
    reader->block_size = reader->left = head.bytes;
    reader->at = reader->block;
    *message = (bm_hdf5_message)head.message;
    if (*message == BM_HDF5_REFUSED) {
        reader->block[head.bytes] = '\0';
        return bm_fail(err, BM_DATA, "%s: %s", reader->bytes->path, reader->block);
    }
cleanup:
    return status;
}

static int take(hdf5_reader *reader, void *out, size_t size) {
    if (reader->left < size)
        return 0;
    memcpy(out, reader->at, size);
    reader->at += size;
    reader->left -= size;
    return 1;
}

static int take_text(hdf5_reader *reader, bm_text *text) {
    uint32_t length;
    if (!take(reader, &length, sizeof length) || length > reader->left)
        return 0;
    *text = (bm_text){reader->at, length};
    reader->at += length;
    reader->left -= length;
    return 1;
}

static bm_status check_name(const hdf5_reader *reader, bm_dictionary *seen, bm_text name,
                            size_t column, bm_error *err) {
    char shown[BM_SHOWN_BUFFER];
    const char *path = reader->bytes->path;
    if (name.length == 0)
        return bm_fail(err, BM_DATA, "%s: column %zu has no name", path, column + 1);
    if (name.length > BM_MAX_FIELD || !bm_utf8_valid(name) ||
        memchr(name.data, '\0', name.length) != NULL)
        return bm_fail(err, BM_DATA, "%s: the name of column %zu is not UTF-8", path, column + 1);
    size_t known = seen->count;
    int32_t code;
    bm_status status = bm_dictionary_intern(seen, name, &code, err);
    if (status == BM_OK && seen->count == known)
        return bm_fail(err, BM_DATA, "%s: columns %d and %zu have the same name \"%s\"", path,
                       code + 1, column + 1, bm_shown(shown, name));
    return status;
}

/* Columns as the first child tells them; names may be NULL when they are known already. */
static bm_status receive_columns(hdf5_reader *reader, bm_strings *names, bm_error *err) {
    bm_status status;
    bm_hdf5_message message;
    bm_dictionary seen = {0};
    uint32_t columns = 0;
    BM_TRY(receive_message(reader, &message, err));
    if (message != BM_HDF5_COLUMNS || !take(reader, &reader->rows, sizeof reader->rows) ||
        !take(reader, &columns, sizeof columns) || columns == 0 || columns > BM_MAX_COLUMNS ||
        (reader->columns != 0 && columns != reader->columns))
        BM_TRY(damaged(reader, err));
    if (reader->columns == 0) {
        BM_TRY(BM_NEW(&reader->kind, columns, "the columns", err));
        BM_TRY(BM_NEW(&reader->field, columns, "the columns", err));
        reader->columns = columns;
    }
    for (size_t i = 0; i < columns; i++) {
        uint8_t kind = 0;
        bm_text name;
        if (!take(reader, &kind, sizeof kind) || kind > BM_FIELD_NATURAL ||
            !take_text(reader, &name))
            BM_TRY(damaged(reader, err));
        reader->kind[i] = (bm_field_kind)kind;
        BM_TRY(check_name(reader, &seen, name, i, err));
        if (names != NULL)
            BM_TRY(bm_strings_add(names, bm_dictionary_string(&seen, (int32_t)i), err));
    }
    reader->is_fresh = 1;
cleanup:
    bm_dictionary_free(&seen);
    return status;
}

static bm_status take_row(hdf5_reader *reader, bm_record *record, bm_error *err) {
    *record = (bm_record){.line = ++reader->row, .not_utf8 = BM_NO_COLUMN, .field = reader->field};
    for (size_t i = 0; i < reader->columns; i++) {
        bm_field *field = &reader->field[i];
        field->kind = reader->kind[i];
        if (field->kind != BM_FIELD_TEXT) {
            if (!take(reader, &field->value, sizeof field->value))
                return damaged(reader, err);
            continue;
        }
        bm_text text;
        if (!take_text(reader, &text))
            return damaged(reader, err);
        *field = bm_field_of(text);
        if (text.length > BM_MAX_FIELD)
            record->problem = "field over 1 MiB";
        else if (memchr(text.data, '\0', text.length) != NULL)
            record->problem = "NUL byte";
        else if (record->not_utf8 == BM_NO_COLUMN && !bm_utf8_valid(text))
            record->not_utf8 = i;
    }
    reader->rows_left--;
    return BM_OK;
}

static bm_status next_record(bm_records *records, bm_record *record, int *more, bm_error *err) {
    hdf5_reader *reader = records->self;
    bm_status status = BM_OK;
    reader->is_fresh = 0;
    *more = 1;
    while (reader->rows_left == 0) {
        bm_hdf5_message message;
        uint32_t rows = 0;
        bm_progress(reader->log, "read", reader->row, reader->rows, "rows");
        BM_TRY(receive_message(reader, &message, err));
        if (message == BM_HDF5_END && reader->row == reader->rows) {
            *more = 0;
            stop_child(reader);
            return BM_OK;
        }
        if (message != BM_HDF5_ROWS || !take(reader, &rows, sizeof rows) ||
            rows > reader->rows - reader->row)
            BM_TRY(damaged(reader, err));
        reader->rows_left = rows;
    }
    status = take_row(reader, record, err);
cleanup:
    return status;
}

static bm_status rewind_records(bm_records *records, bm_error *err) {
    hdf5_reader *reader = records->self;
    if (reader->is_fresh)
        return BM_OK;
    stop_child(reader);
    bm_status status = start_child(reader, err);
    return status == BM_OK ? receive_columns(reader, NULL, err) : status;
}

static void free_reader(bm_records *records) {
    hdf5_reader *reader = records->self;
    stop_child(reader);
    free(reader->block);
    free(reader->kind);
    free(reader->field);
    free(reader);
}

bm_status bm_hdf5_open(bm_records *records, const bm_bytes *bytes, const bm_dialect *dialect,
                       const bm_context *context, bm_error *err) {
    bm_status status;
    hdf5_reader *reader = NULL;
    *records = (bm_records){0};
    BM_TRY(BM_NEW(&reader, 1, "an HDF5 reader", err));
    *records = (bm_records){
        .self = reader, .rewind = rewind_records, .next = next_record, .free = free_reader};
    reader->in = -1;
    reader->bytes = bytes;
    reader->dataset = dialect->dataset;
    reader->log = context != NULL ? context->log : NULL;
    BM_TRY(start_child(reader, err));
    BM_TRY(receive_columns(reader, &records->names, err));
    records->rows_expected = (size_t)reader->rows;
cleanup:
    return status;
}
