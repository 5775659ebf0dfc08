/* A gzip stream made of pieces that were compressed apart from each other. */
#ifndef BM_OUTPUT_GZIP_H
#define BM_OUTPUT_GZIP_H

#include "buyermap/status.h"

#include <stddef.h>
#include <stdint.h>

enum { BM_GZIP_HEAD = 10, BM_GZIP_TAIL = 10 };

typedef struct bm_gzip_piece {
    unsigned char *data; /* owned */
    size_t used, reserved;
    uint32_t crc; /* of the text */
    size_t text;  /* bytes of text */
} bm_gzip_piece;

/* What a stream knows about all pieces so far. */
typedef struct bm_gzip {
    uint32_t crc;
    uint64_t text;
} bm_gzip;

/* No time, no name: equal text gives equal bytes. */
void bm_gzip_head(unsigned char head[BM_GZIP_HEAD]);
/* Compresses text into piece, replacing what it held; ends on a byte boundary. */
bm_status bm_gzip_compress(bm_gzip_piece *piece, const void *text, size_t length,
                           bm_error *err) BM_MUST_CHECK;
/* Counts a piece that was written. */
void bm_gzip_append(bm_gzip *gzip, const bm_gzip_piece *piece);
/* The last, empty block, checksum and length. */
void bm_gzip_tail(const bm_gzip *gzip, unsigned char tail[BM_GZIP_TAIL]);
void bm_gzip_piece_free(bm_gzip_piece *piece);

#endif
