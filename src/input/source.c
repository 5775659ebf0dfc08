/* Where the bytes of a file come from. A plain file is read in parts, each by the thread that works
 * on it next; whatever cannot be read twice is copied to a file without a name first. */
#include "input/source.h"

#include "base/clock.h"
#include "base/memory.h"
#include "kernel/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COPY_BLOCK = 1 << 20, SIGNATURE = 8 };

static const char hdf5_signature[SIGNATURE] = {'\x89', 'H', 'D', 'F', '\r', '\n', '\x1a', '\n'};

static int is_hdf5(const char *data, size_t size) {
    return size >= SIGNATURE && memcmp(data, hdf5_signature, SIGNATURE) == 0;
}

static bm_status cannot_read(const char *path, bm_error *err) {
    int code = errno;
    return bm_fail(err, code == EIO ? BM_IO : BM_NOINPUT, "%s: cannot be read: %s", path,
                   strerror(code));
}

/* Reads until `size` bytes are there or the file ends. */
static bm_status read_at(const char *path, int file, char *out, size_t size, uint64_t at,
                         size_t *got, bm_error *err) {
    *got = 0;
    while (*got < size) {
        bm_status status = bm_check_interrupt(err);
        if (status != BM_OK)
            return status;
        ssize_t count = pread(file, out + *got, size - *got, (off_t)(at + *got));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return cannot_read(path, err);
        if (count == 0)
            break;
        *got += (size_t)count;
    }
    return BM_OK;
}

/* Adds raw bytes to the hash, but those that an earlier pass has added. */
static bm_status hash_raw(bm_source *source, const char *data, size_t size, uint64_t at,
                          bm_error *err) {
    if (!source->wants_hash || at + size <= source->hashed || at > source->hashed)
        return BM_OK;
    double since = bm_seconds();
    size_t known = (size_t)(source->hashed - at);
    bm_status status = bm_digest_add(&source->digest, data + known, size - known, err);
    source->hashed = at + size;
    source->hash_seconds += bm_seconds() - since;
    return status;
}

bm_status bm_source_raw(bm_source *source, char *out, size_t size, size_t *got, bm_error *err) {
    bm_status status = read_at(source->path, source->file, out, size, source->raw_at, got, err);
    if (status == BM_OK)
        status = hash_raw(source, out, *got, source->raw_at, err);
    source->raw_at += *got;
    return status;
}

static bm_status write_copy(const char *path, int copy, const char *data, size_t size,
                            bm_error *err) {
    while (size > 0) {
        ssize_t count = write(copy, data, size);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return bm_fail(err, BM_IO, "%s: there is no room for a copy of what the pipe gives: %s",
                           path, strerror(errno));
        data += count;
        size -= (size_t)count;
    }
    return BM_OK;
}

/* A pipe is copied to a file without a name, which may be read as often as need be. */
static bm_status copy_pipe(bm_source *source, bm_error *err) {
    bm_status status;
    char *block = NULL;
    FILE *copy = tmpfile();
    int to = -1;
    if (copy == NULL || (to = fcntl(fileno(copy), F_DUPFD_CLOEXEC, 0)) < 0)
        BM_TRY(bm_fail(err, BM_IO, "%s: no file for a copy of what the pipe gives: %s",
                       source->path, strerror(errno)));
    BM_TRY(BM_NEW(&block, COPY_BLOCK, "a read buffer", err));
    for (;;) {
        BM_TRY(bm_check_interrupt(err));
        ssize_t count = read(source->file, block, COPY_BLOCK);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            BM_TRY(cannot_read(source->path, err));
        if (count == 0)
            break;
        BM_TRY(write_copy(source->path, to, block, (size_t)count, err));
        source->raw_size += (uint64_t)count;
    }
    close(source->file);
    source->file = to;
    source->is_copy = 1;
    to = -1;
cleanup:
    if (to >= 0)
        close(to);
    if (copy != NULL)
        fclose(copy);
    free(block);
    return status;
}

static bm_status open_file(bm_source *source, bm_error *err) {
    struct stat facts;
    do {
        bm_status status = bm_check_interrupt(err);
        if (status != BM_OK)
            return status;
        source->file = open(source->path, O_RDONLY | O_CLOEXEC);
    } while (source->file < 0 && errno == EINTR);
    if (source->file < 0)
        return bm_fail(err, BM_NOINPUT, "%s: %s", source->path, strerror(errno));
    if (fstat(source->file, &facts) != 0)
        return cannot_read(source->path, err);
    if (S_ISDIR(facts.st_mode))
        return bm_fail(err, BM_NOINPUT, "%s: is a directory", source->path);
    /* Standard input may be a file of which somebody has read a part, and a file of the system may
     * not know its size. */
    if (!S_ISREG(facts.st_mode) || facts.st_size == 0 || lseek(source->file, 0, SEEK_CUR) != 0)
        return copy_pipe(source, err);
    source->raw_size = (uint64_t)facts.st_size;
    source->changed[0] = (int64_t)facts.st_mtim.tv_sec;
    source->changed[1] = (int64_t)facts.st_mtim.tv_nsec;
    return BM_OK;
}

/* HDF5 is not streamed, so that it is hashed for its own sake. */
static bm_status hash_file(bm_source *source, bm_error *err) {
    bm_status status;
    char *block = NULL;
    size_t got = 1;
    BM_TRY(BM_NEW(&block, COPY_BLOCK, "a read buffer", err));
    while (got > 0)
        BM_TRY(bm_source_raw(source, block, COPY_BLOCK, &got, err));
cleanup:
    free(block);
    return status;
}

/* Unpacks an HDF5 file that lies in a gzip one: its reader needs a file. */
static bm_status unpack_hdf5(bm_source *source, bm_window *window, bm_error *err) {
    bm_status status;
    uint64_t size = 0;
    FILE *copy = tmpfile();
    if (copy == NULL)
        return bm_fail(err, BM_IO, "%s: no file to unpack it to: %s", source->path,
                       strerror(errno));
    for (;;) {
        BM_TRY(write_copy(source->path, fileno(copy), window->data, window->size, err));
        size += window->size;
        if (window->is_last)
            break;
        BM_TRY(bm_gzip_next(source->gzip, NULL, 0, window, err));
    }
    int file = fcntl(fileno(copy), F_DUPFD_CLOEXEC, 0);
    if (file < 0)
        BM_TRY(cannot_read(source->path, err));
    bm_gzip_close(source->gzip);
    source->gzip = NULL;
    close(source->file);
    source->file = file;
    source->is_copy = 1;
    source->is_hdf5 = 1;
    source->size = size;
cleanup:
    fclose(copy);
    return status;
}

static bm_status open_packed(bm_source *source, bm_error *err) {
    bm_status status;
    bm_window window;
    BM_TRY(bm_gzip_open(&source->gzip, source, err));
    BM_TRY(bm_gzip_next(source->gzip, NULL, 0, &window, err));
    if (is_hdf5(window.data, window.size))
        return unpack_hdf5(source, &window, err);
    status = bm_gzip_rewind(source->gzip, err);
cleanup:
    return status;
}

bm_status bm_source_open(bm_source *source, const char *path, int hash, const bm_context *context,
                         bm_error *err) {
    bm_status status;
    char first[SIGNATURE];
    size_t got;
    *source = (bm_source){.path = path, .file = -1, .wants_hash = hash};
    BM_TRY(open_file(source, err));
    source->size = source->raw_size;
    size_t need = source->raw_size < BM_WINDOW_BYTES ? (size_t)source->raw_size : BM_WINDOW_BYTES;
    BM_TRY(bm_require_memory(context, need, "reading a file", err));
    if (hash)
        BM_TRY(bm_digest_begin(&source->digest, err));
    BM_TRY(read_at(path, source->file, first, SIGNATURE, 0, &got, err));
    source->is_hdf5 = is_hdf5(first, got);
    if (bm_is_gzip(first, got))
        BM_TRY(open_packed(source, err));
    else if (!source->is_hdf5)
        BM_TRY(BM_NEW(&source->buffer, BM_HEADROOM_BYTES + BM_WINDOW_BYTES + BM_SCAN_PADDING,
                      "a read buffer", err));
    if (source->is_hdf5 && hash && source->hashed == 0)
        BM_TRY(hash_file(source, err));
cleanup:
    if (status != BM_OK)
        bm_source_close(source);
    return status;
}

bm_status bm_source_next(bm_source *source, const char *left_over, size_t left_size,
                         bm_window *window, bm_error *err) {
    if (source->gzip != NULL)
        return bm_gzip_next(source->gzip, left_over, left_size, window, err);
    uint64_t left = source->raw_size - source->raw_at;
    window->data = source->buffer + BM_HEADROOM_BYTES;
    window->size = left < BM_WINDOW_BYTES ? (size_t)left : BM_WINDOW_BYTES;
    window->is_last = left <= BM_WINDOW_BYTES;
    if (left_size > 0)
        memmove(window->data - left_size, left_over, left_size);
    window->raw_at = source->raw_at + window->size;
    return BM_OK;
}

bm_status bm_source_load(const bm_source *source, const bm_window *window, size_t begin, size_t end,
                         bm_error *err) {
    size_t got;
    if (source->gzip != NULL)
        return BM_OK;
    bm_status status = read_at(source->path, source->file, window->data + begin, end - begin,
                               source->raw_at + begin, &got, err);
    if (status == BM_OK && got < end - begin)
        return bm_fail(err, BM_IO,
                       "%s: became shorter while it was read; run again when it is "
                       "complete",
                       source->path);
    return status;
}

bm_status bm_source_loaded(bm_source *source, const bm_window *window, bm_error *err) {
    if (source->gzip != NULL)
        return BM_OK;
    bm_status status = hash_raw(source, window->data, window->size, source->raw_at, err);
    source->raw_at += window->size;
    return status;
}

bm_status bm_source_peek(const bm_source *source, uint64_t at, char *out, size_t size, size_t *got,
                         bm_error *err) {
    return read_at(source->path, source->file, out, size, at, got, err);
}

bm_status bm_source_rewind(bm_source *source, bm_error *err) {
    if (source->gzip != NULL)
        return bm_gzip_rewind(source->gzip, err);
    source->raw_at = 0;
    return BM_OK;
}

bm_status bm_source_check(const bm_source *source, bm_error *err) {
    struct stat facts;
    if (source->is_copy || fstat(source->file, &facts) != 0 ||
        ((uint64_t)facts.st_size == source->raw_size &&
         (int64_t)facts.st_mtim.tv_sec == source->changed[0] &&
         (int64_t)facts.st_mtim.tv_nsec == source->changed[1]))
        return BM_OK;
    return bm_fail(err, BM_IO, "%s: changed while it was read; run again when it is complete",
                   source->path);
}

bm_status bm_source_finish(bm_source *source, char sha256[BM_SHA256_TEXT], bm_error *err) {
    sha256[0] = '\0';
    bm_status status = bm_source_check(source, err);
    if (status != BM_OK)
        return status;
    return source->wants_hash ? bm_digest_finish(&source->digest, sha256, err) : BM_OK;
}

void bm_source_close(bm_source *source) {
    bm_gzip_close(source->gzip);
    bm_digest_free(&source->digest);
    free(source->buffer);
    if (source->file >= 0)
        close(source->file);
    *source = (bm_source){.file = -1};
}
