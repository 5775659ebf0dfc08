/* Pieces of one gzip member, compressed independently (RFC 1951, 1952).
 *
 * Each piece is a run of raw deflate blocks closed by a sync flush, so pieces can be compressed on
 * any thread and simply follow one another; an empty last block ends them. Checksums are joined
 * with crc32_combine. O(length) time; memory: zlib's 256 KiB and the compressed piece. */
#include "output/gzip.h"

#include "base/memory.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { LEVEL = 4, RAW_DEFLATE = -15, MEMORY_LEVEL = 8, SYNC_BYTES = 16 };

void bm_gzip_head(unsigned char head[BM_GZIP_HEAD]) {
    static const unsigned char fixed[BM_GZIP_HEAD] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255};
    memcpy(head, fixed, sizeof fixed);
}

bm_status bm_gzip_compress(bm_gzip_piece *piece, const void *text, size_t length, bm_error *err) {
    z_stream stream = {0};
    bm_status status = BM_OK;
    if (length > UINT_MAX / 2)
        return bm_fail(err, BM_LIMIT, "a block of %zu bytes is too large to compress", length);
    if (deflateInit2(&stream, LEVEL, Z_DEFLATED, RAW_DEFLATE, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) !=
        Z_OK)
        return bm_fail(err, BM_NOMEM, "out of memory: compression");
    size_t bound = (size_t)deflateBound(&stream, (uLong)length) + SYNC_BYTES;
    BM_TRY(BM_GROW(&piece->data, &piece->reserved, bound, "compression", err));
    /* zlib does not write to next_in; its type has no const without ZLIB_CONST. */
    memcpy(&stream.next_in, &text, sizeof text);
    stream.avail_in = (uInt)length;
    stream.next_out = piece->data;
    stream.avail_out = (uInt)piece->reserved;
    if (deflate(&stream, Z_SYNC_FLUSH) != Z_OK || stream.avail_in != 0 || stream.avail_out == 0) {
        status = bm_fail(err, BM_INTERNAL, "compression failed");
        goto cleanup;
    }
    piece->used = piece->reserved - stream.avail_out;
    piece->text = length;
    piece->crc = (uint32_t)crc32_z(0, text, length);
cleanup:
    deflateEnd(&stream);
    return status;
}

void bm_gzip_append(bm_gzip *gzip, const bm_gzip_piece *piece) {
    gzip->crc = (uint32_t)crc32_combine(gzip->crc, piece->crc, (z_off_t)piece->text);
    gzip->text += piece->text;
}

void bm_gzip_tail(const bm_gzip *gzip, unsigned char tail[BM_GZIP_TAIL]) {
    tail[0] = 3;
    tail[1] = 0;
    for (int i = 0; i < 4; i++) {
        tail[2 + i] = (unsigned char)(gzip->crc >> (8 * i));
        tail[6 + i] = (unsigned char)(gzip->text >> (8 * i));
    }
}

void bm_gzip_piece_free(bm_gzip_piece *piece) {
    free(piece->data);
    *piece = (bm_gzip_piece){0};
}
