/* The bytes of a file as they lie on disk: read once, hashed, unpacked. */
#include "input/reading.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char hdf5_signature[8] = {'\x89', 'H', 'D', 'F', '\r', '\n', '\x1a', '\n'};

static int is_hdf5(const char *data, size_t size) {
    return size >= sizeof hdf5_signature &&
           memcmp(data, hdf5_signature, sizeof hdf5_signature) == 0;
}

static bm_status cannot_read(const char *path, bm_error *err) {
    int code = errno;
    return bm_fail(err, code == EIO ? BM_IO : BM_NOINPUT, "%s: cannot be read: %s", path,
                   strerror(code));
}

/* read(2) that goes on after a signal, unless it asks the process to stop. 0 is the end. */
static bm_status read_some(const char *path, int file, char *out, size_t size, size_t *got,
                           bm_error *err) {
    for (;;) {
        bm_status status = bm_check_interrupt(err);
        if (status != BM_OK)
            return status;
        ssize_t count = read(file, out, size < BM_READ_BLOCK ? size : BM_READ_BLOCK);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return cannot_read(path, err);
        *got = (size_t)count;
        return BM_OK;
    }
}

/* Hashes what is in memory, or else (data NULL) what is left to read of the file. */
static bm_status hash_bytes(bm_bytes *bytes, bm_error *err) {
    bm_status status;
    char *block = NULL;
    double started = bm_seconds();
    bm_digest digest = {0};
    BM_TRY(bm_digest_begin(&digest, err));
    if (bytes->data != NULL) {
        for (size_t at = 0; at < bytes->size; at += BM_READ_BLOCK) {
            size_t left = bytes->size - at;
            size_t count = left < BM_READ_BLOCK ? left : BM_READ_BLOCK;
            BM_TRY(bm_digest_add(&digest, bytes->data + at, count, err));
            BM_TRY(bm_check_interrupt(err));
        }
    } else {
        BM_TRY(BM_NEW(&block, BM_READ_BLOCK, "a read buffer", err));
        for (size_t got = 1; got > 0;) {
            BM_TRY(read_some(bytes->path, bytes->file, block, BM_READ_BLOCK, &got, err));
            BM_TRY(bm_digest_add(&digest, block, got, err));
        }
    }
    BM_TRY(bm_digest_finish(&digest, bytes->sha256, err));
cleanup:
    bm_digest_free(&digest);
    free(block);
    bytes->hash_seconds = bm_seconds() - started;
    return status;
}

/* The whole file into memory; expected is its size when that is known, else 0. */
static bm_status read_all(bm_bytes *bytes, int file, size_t expected, const bm_context *context,
                          bm_error *err) {
    bm_status status;
    size_t reserved = 0;
    BM_TRY(bm_require_memory(context, expected, "reading the file", err));
    /* One byte more than the file has, so that its end is seen without growing. */
    reserved = expected > 0 ? expected + 1 : BM_READ_BLOCK;
    BM_TRY(BM_NEW(&bytes->data, reserved, "the file", err));
    for (size_t got = 1; got > 0;) {
        if (bytes->size == reserved) {
            BM_TRY(bm_require_memory(context, reserved * 2, "reading the file", err));
            BM_TRY(BM_GROW(&bytes->data, &reserved, reserved + 1, "the file", err));
        }
        BM_TRY(read_some(bytes->path, file, bytes->data + bytes->size, reserved - bytes->size, &got,
                         err));
        bytes->size += got;
    }
    bytes->raw_size = bytes->size;
cleanup:
    return status;
}

static bm_status unpack(bm_bytes *bytes, const bm_context *context, bm_error *err) {
    char *plain = NULL;
    size_t size = 0;
    bm_status status =
        bm_gunzip(bytes->path, bytes->data, bytes->size, context, &plain, &size, err);
    if (status != BM_OK)
        return status;
    free(bytes->data);
    bytes->data = plain;
    bytes->size = size;
    return BM_OK;
}

static bm_status open_file(const char *path, int *file, struct stat *facts, bm_error *err) {
    do {
        bm_status status = bm_check_interrupt(err);
        if (status != BM_OK)
            return status;
        *file = open(path, O_RDONLY | O_CLOEXEC);
    } while (*file < 0 && errno == EINTR);
    if (*file < 0)
        return bm_fail(err, BM_NOINPUT, "%s: %s", path, strerror(errno));
    if (fstat(*file, facts) != 0)
        return cannot_read(path, err);
    if (S_ISDIR(facts->st_mode))
        return bm_fail(err, BM_NOINPUT, "%s: is a directory", path);
    return BM_OK;
}

bm_status bm_bytes_read(bm_bytes *bytes, const char *path, const bm_context *context,
                        bm_error *err) {
    bm_status status;
    struct stat facts;
    char first[sizeof hdf5_signature];
    int file = -1;
    *bytes = (bm_bytes){.path = path, .file = -1};
    BM_TRY(open_file(path, &file, &facts, err));
    int regular = S_ISREG(facts.st_mode);
    /* Only a file that is read from its start can be left on disk. */
    if (regular && lseek(file, 0, SEEK_CUR) == 0 &&
        pread(file, first, sizeof first, 0) == (ssize_t)sizeof first &&
        is_hdf5(first, sizeof first)) {
        bytes->is_hdf5 = 1;
        bytes->file = file;
        file = -1;
        bytes->size = (size_t)facts.st_size;
        bytes->raw_size = (uint64_t)facts.st_size;
        BM_TRY(hash_bytes(bytes, err));
        goto cleanup;
    }
    BM_TRY(read_all(bytes, file, regular ? (size_t)facts.st_size : 0, context, err));
    BM_TRY(hash_bytes(bytes, err));
    if (bm_is_gzip(bytes->data, bytes->size))
        BM_TRY(unpack(bytes, context, err));
    bytes->is_hdf5 = is_hdf5(bytes->data, bytes->size);
cleanup:
    if (file >= 0)
        close(file);
    if (status != BM_OK)
        bm_bytes_free(bytes);
    return status;
}

void bm_bytes_free(bm_bytes *bytes) {
    free(bytes->data);
    if (bytes->file >= 0)
        close(bytes->file);
    *bytes = (bm_bytes){.file = -1};
}
