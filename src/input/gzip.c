/* gzip (RFC 1952) through zlib, window by window: while one is worked on, a thread beside unpacks
 * the next. Any number of members one after the other; zeros may follow the last, as tapes and
 * block devices pad with them, and anything else there is damage. */
#include "input/source.h"

#include "base/background.h"
#include "base/memory.h"
#include "kernel/scan.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { MAGIC = 2 };
#ifndef BM_OWN_SIZES
enum { PACKED_BLOCK = 256 * 1024 };
#endif

struct bm_gzip {
    bm_source *source;
    z_stream stream;
    int is_ready;   /* zlib is set up */
    char *packed;   /* [PACKED_BLOCK] what zlib reads from */
    int has_begun;  /* the stream is inside a member */
    int has_member; /* there was one */
    int is_finished;
    char *buffer[2];
    bm_window window[2];
    int filling; /* the window that is unpacked next, or just now */
    bm_background work;
};

int bm_is_gzip(const char *data, size_t size) {
    return size >= MAGIC && (unsigned char)data[0] == 0x1f && (unsigned char)data[1] == 0x8b;
}

/* A file that is being written, or cut, looks damaged too. */
static bm_status damaged(const bm_gzip *gzip, bm_error *err) {
    bm_status status = bm_source_check(gzip->source, err);
    if (status != BM_OK)
        return status;
    return bm_fail(err, BM_DATA,
                   "%s: truncated or damaged gzip; gzip -t tells, and the file must be fetched or "
                   "packed again",
                   gzip->source->path);
}

/* Makes sure that zlib has something to read; *end is 1 when there is nothing more. What is left of
 * a block is moved to its beginning, so that a member's magic bytes are never split. */
static bm_status refill(bm_gzip *gzip, size_t wanted, int *end, bm_error *err) {
    size_t left = gzip->stream.avail_in, got = 0;
    *end = 0;
    if (left >= wanted)
        return BM_OK;
    if (left > 0)
        memmove(gzip->packed, gzip->stream.next_in, left);
    bm_status status =
        bm_source_raw(gzip->source, gzip->packed + left, PACKED_BLOCK - left, &got, err);
    gzip->stream.next_in = (Bytef *)gzip->packed;
    gzip->stream.avail_in = (uInt)(left + got);
    *end = got == 0;
    return status;
}

/* Between two members: sets out on the next one, or finds that there is none. */
static bm_status begin_member(bm_gzip *gzip, bm_error *err) {
    bm_status status;
    int end;
    BM_TRY(refill(gzip, MAGIC, &end, err));
    if (bm_is_gzip((const char *)gzip->stream.next_in, gzip->stream.avail_in)) {
        gzip->has_begun = gzip->has_member = 1;
        return inflateReset(&gzip->stream) == Z_OK ? BM_OK : damaged(gzip, err);
    }
    if (!gzip->has_member)
        return damaged(gzip, err);
    for (;;) {
        for (; gzip->stream.avail_in > 0; gzip->stream.avail_in--) {
            if (*gzip->stream.next_in++ != 0)
                return damaged(gzip, err);
        }
        BM_TRY(refill(gzip, 1, &end, err));
        if (end)
            break;
    }
    gzip->is_finished = 1;
cleanup:
    return status;
}

/* Unpacks as much as is there and fits. */
static bm_status unpack_some(bm_gzip *gzip, bm_window *window, bm_error *err) {
    bm_status status;
    int end;
    BM_TRY(bm_check_interrupt(err));
    BM_TRY(refill(gzip, 1, &end, err));
    if (end)
        return damaged(gzip, err);
    uInt room = (uInt)(BM_WINDOW_BYTES - window->size);
    gzip->stream.next_out = (Bytef *)window->data + window->size;
    gzip->stream.avail_out = room;
    int code = inflate(&gzip->stream, Z_NO_FLUSH);
    window->size += room - gzip->stream.avail_out;
    if (code == Z_STREAM_END)
        gzip->has_begun = 0;
    else if (code == Z_MEM_ERROR)
        return bm_fail(err, BM_NOMEM, "out of memory: unpacking %s", gzip->source->path);
    else if (code != Z_OK && code != Z_BUF_ERROR)
        return damaged(gzip, err);
cleanup:
    return status;
}

static bm_status fill(void *arg, bm_error *err) {
    bm_gzip *gzip = arg;
    bm_window *window = &gzip->window[gzip->filling];
    bm_status status = BM_OK;
    *window = (bm_window){.data = gzip->buffer[gzip->filling] + BM_HEADROOM_BYTES};
    while (!gzip->is_finished && window->size < BM_WINDOW_BYTES) {
        if (gzip->has_begun)
            BM_TRY(unpack_some(gzip, window, err));
        else
            BM_TRY(begin_member(gzip, err));
    }
    /* The end may lie right behind a full window. */
    if (!gzip->is_finished && !gzip->has_begun)
        BM_TRY(begin_member(gzip, err));
    window->is_last = gzip->is_finished;
    window->raw_at = gzip->source->raw_at - gzip->stream.avail_in;
cleanup:
    return status;
}

bm_status bm_gzip_next(bm_gzip *gzip, const char *left, size_t left_size, bm_window *window,
                       bm_error *err) {
    if (!gzip->work.is_running)
        bm_background_start(&gzip->work, fill, gzip);
    bm_status status = bm_background_wait(&gzip->work, err);
    if (status != BM_OK)
        return status;
    *window = gzip->window[gzip->filling];
    if (left_size > 0)
        memcpy(window->data - left_size, left, left_size);
    gzip->filling = 1 - gzip->filling;
    if (!window->is_last)
        bm_background_start(&gzip->work, fill, gzip);
    return BM_OK;
}

bm_status bm_gzip_rewind(bm_gzip *gzip, bm_error *err) {
    bm_status given_up = bm_background_wait(&gzip->work, NULL);
    (void)given_up; /* a fault ahead is met again when its place is reached */
    gzip->source->raw_at = 0;
    gzip->stream.avail_in = 0;
    gzip->stream.next_in = (Bytef *)gzip->packed;
    gzip->has_begun = gzip->has_member = gzip->is_finished = 0;
    (void)err;
    return BM_OK;
}

bm_status bm_gzip_open(bm_gzip **out, bm_source *source, bm_error *err) {
    bm_status status;
    bm_gzip *gzip = NULL;
    BM_TRY(BM_NEW(&gzip, 1, "a gzip reader", err));
    *out = gzip;
    gzip->source = source;
    BM_TRY(BM_NEW(&gzip->packed, PACKED_BLOCK, "a read buffer", err));
    for (int i = 0; i < 2; i++)
        BM_TRY(BM_NEW(&gzip->buffer[i], BM_HEADROOM_BYTES + BM_WINDOW_BYTES + BM_SCAN_PADDING,
                      "a read buffer", err));
    if (inflateInit2(&gzip->stream, 16 + MAX_WBITS) != Z_OK)
        BM_TRY(bm_fail(err, BM_NOMEM, "out of memory: unpacking %s", source->path));
    gzip->is_ready = 1;
    gzip->stream.next_in = (Bytef *)gzip->packed;
cleanup:
    return status;
}

void bm_gzip_close(bm_gzip *gzip) {
    if (gzip == NULL)
        return;
    bm_status given_up = bm_background_wait(&gzip->work, NULL);
    (void)given_up;
    if (gzip->is_ready)
        inflateEnd(&gzip->stream);
    free(gzip->packed);
    free(gzip->buffer[0]);
    free(gzip->buffer[1]);
    free(gzip);
}
