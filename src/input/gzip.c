/* gzip (RFC 1952) in memory, through zlib. */
#include "input/reading.h"

#include "base/memory.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { HEADER_AND_TRAILER = 18, MOST_INFLATION = 1032 };

int bm_is_gzip(const char *data, size_t size) {
    return size >= 2 && (unsigned char)data[0] == 0x1f && (unsigned char)data[1] == 0x8b;
}

/* The last four bytes tell the size of the last member modulo 2^32: a hint, never to be trusted. */
static size_t guess_size(const char *data, size_t size) {
    if (size < HEADER_AND_TRAILER)
        return BM_READ_BLOCK;
    const unsigned char *trailer = (const unsigned char *)data + size - 4;
    size_t told = (size_t)trailer[0] | (size_t)trailer[1] << 8 | (size_t)trailer[2] << 16 |
                  (size_t)trailer[3] << 24;
    if (told < size || told / MOST_INFLATION > size)
        told = size <= SIZE_MAX / 8 ? size * 4 : size;
    return told + 1;
}

typedef struct inflation {
    z_stream stream;
    const char *path;
    const bm_context *context;
    size_t packed; /* bytes of input, for the memory that is held at the same time */
    char *out;
    size_t used, reserved;
} inflation;

static bm_status damaged(const inflation *work, bm_error *err) {
    return bm_fail(err, BM_DATA, "%s: truncated or damaged gzip", work->path);
}

/* Makes sure that there is room to write to. */
static bm_status make_room(inflation *work, size_t wanted, bm_error *err) {
    if (wanted <= work->reserved)
        return BM_OK;
    size_t target = work->reserved > 0 ? work->reserved * 2 : wanted;
    bm_status status =
        bm_require_memory(work->context, work->packed + target, "unpacking the file", err);
    if (status != BM_OK)
        return status;
    if (work->reserved == 0) {
        status = BM_NEW(&work->out, target, "the unpacked file", err);
        work->reserved = status == BM_OK ? target : 0;
        return status;
    }
    return BM_GROW(&work->out, &work->reserved, wanted, "the unpacked file", err);
}

/* Unpacks one member; the stream's input then stands behind it. */
static bm_status inflate_member(inflation *work, size_t *left, bm_error *err) {
    for (;;) {
        bm_status status = bm_check_interrupt(err);
        if (status == BM_OK)
            status = make_room(work, work->used + 1, err);
        if (status != BM_OK)
            return status;
        size_t room = work->reserved - work->used;
        uInt out_block = (uInt)(room < BM_READ_BLOCK ? room : BM_READ_BLOCK);
        uInt in_block = (uInt)(*left < INT_MAX ? *left : INT_MAX);
        work->stream.next_out = (Bytef *)work->out + work->used;
        work->stream.avail_out = out_block;
        work->stream.avail_in = in_block;
        int code = inflate(&work->stream, Z_NO_FLUSH);
        *left -= in_block - work->stream.avail_in;
        work->used += out_block - work->stream.avail_out;
        if (code == Z_STREAM_END)
            return BM_OK;
        if (code == Z_MEM_ERROR)
            return bm_fail(err, BM_NOMEM, "out of memory: unpacking %s", work->path);
        if (code != Z_OK || (work->stream.avail_out > 0 && *left == 0))
            return damaged(work, err);
    }
}

/* Tapes and block devices pad with zeros; anything else behind the last member is damage. */
static int only_zeros(const char *data, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (data[i] != 0)
            return 0;
    }
    return 1;
}

bm_status bm_gunzip(const char *path, const char *data, size_t size, const bm_context *context,
                    char **out, size_t *out_size, bm_error *err) {
    bm_status status;
    inflation work = {.path = path, .context = context, .packed = size};
    size_t left = size;
    if (inflateInit2(&work.stream, 16 + MAX_WBITS) != Z_OK)
        return bm_fail(err, BM_NOMEM, "out of memory: unpacking %s", path);
    work.stream.next_in = (Bytef *)(uintptr_t)data;
    BM_TRY(make_room(&work, guess_size(data, size), err));
    while (left > 0) {
        BM_TRY(inflate_member(&work, &left, err));
        const char *rest = data + (size - left);
        if (left > 0 && !bm_is_gzip(rest, left)) {
            if (!only_zeros(rest, left))
                BM_TRY(damaged(&work, err));
            break;
        }
        if (inflateReset(&work.stream) != Z_OK)
            BM_TRY(damaged(&work, err));
    }
    *out = work.out;
    *out_size = work.used;
    work.out = NULL;
cleanup:
    inflateEnd(&work.stream);
    free(work.out);
    return status;
}
