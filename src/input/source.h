/* A file as a stream of unpacked bytes: opened once, read window by window, hashed as it lies on
 * disk, rewound when it must be read again. Never in memory as a whole. */
#ifndef BM_INPUT_SOURCE_H
#define BM_INPUT_SOURCE_H

#include "buyermap/context.h"

#include "base/digest.h"

#include <stddef.h>
#include <stdint.h>

#ifndef BM_OWN_SIZES
enum {
    BM_WINDOW_BYTES = 2 << 20, /* of the file that come at once */
    /* Before them, for what the window before left over: a record and an end of a line. */
    BM_HEADROOM_BYTES = (4 << 20) + 64
};
#endif

typedef struct bm_gzip bm_gzip;

/* The bytes in hand; BM_SCAN_PADDING bytes after them may be read. */
typedef struct bm_window {
    char *data;
    size_t size;
    int is_last;     /* 1: the file ends with it */
    uint64_t raw_at; /* bytes of the file on disk up to its end */
} bm_window;

/* Zeroed with file = -1 it holds nothing. */
typedef struct bm_source {
    const char *path;   /* borrowed */
    int file;           /* a regular file: the one that was named, or a copy of what a pipe gave */
    int is_hdf5;        /* then there is nothing to stream: `file` is the HDF5 file */
    uint64_t size;      /* bytes of `file` */
    uint64_t raw_size;  /* bytes on disk */
    uint64_t raw_at;    /* of them behind us */
    int64_t changed[2]; /* time of the last change when it was opened: seconds, nanoseconds */
    int is_copy;
    char *buffer;
    bm_gzip *gzip; /* NULL: not packed */
    int wants_hash;
    bm_digest digest;
    uint64_t hashed; /* how many raw bytes, from the first on */
    double hash_seconds;
} bm_source;

/* Opens a file, finds out what it is, and copies it when it cannot be read twice (a pipe). hash 1:
 * its sha256 will be asked for. BM_NOINPUT: missing, unreadable, a directory. BM_DATA: damaged
 * gzip. BM_IO: no room for the copy. */
bm_status bm_source_open(bm_source *source, const char *path, int hash, const bm_context *context,
                         bm_error *err) BM_MUST_CHECK;
/* The next window; its bytes are there only after bm_source_load was called for each part of it.
 * `left` bytes of the window before, which are gone then, are copied to right before it: at most
 * BM_HEADROOM_BYTES. */
bm_status bm_source_next(bm_source *source, const char *left, size_t left_size, bm_window *window,
                         bm_error *err) BM_MUST_CHECK;
/* Brings the bytes from `begin` to `end` of the window into memory; safe to be called for several
 * parts at the same time. BM_IO when the file has become shorter. */
bm_status bm_source_load(const bm_source *source, const bm_window *window, size_t begin, size_t end,
                         bm_error *err) BM_MUST_CHECK;
/* Once all of the window is loaded: hashes it. */
bm_status bm_source_loaded(bm_source *source, const bm_window *window, bm_error *err) BM_MUST_CHECK;
/* Raw bytes from anywhere in the file, which change nothing; fewer than `size` at its end. */
bm_status bm_source_peek(const bm_source *source, uint64_t at, char *out, size_t size, size_t *got,
                         bm_error *err) BM_MUST_CHECK;
bm_status bm_source_rewind(bm_source *source, bm_error *err) BM_MUST_CHECK;
/* BM_IO when the file has changed since it was opened. */
bm_status bm_source_check(const bm_source *source, bm_error *err) BM_MUST_CHECK;
/* At the end: BM_IO when the file has changed meanwhile; and its hash, or "" when that was not
 * wanted. */
bm_status bm_source_finish(bm_source *source, char sha256[BM_SHA256_TEXT],
                           bm_error *err) BM_MUST_CHECK;
void bm_source_close(bm_source *source);

/* In gzip.c: */

int bm_is_gzip(const char *data, size_t size);
/* Unpacks all members of a gzip file (RFC 1952), in a thread of its own where there are several:
 * while one window is worked on, the next one is unpacked. */
bm_status bm_gzip_open(bm_gzip **gzip, bm_source *source, bm_error *err) BM_MUST_CHECK;
/* The next window. BM_DATA when the file is truncated or damaged. */
bm_status bm_gzip_next(bm_gzip *gzip, const char *left, size_t left_size, bm_window *window,
                       bm_error *err) BM_MUST_CHECK;
bm_status bm_gzip_rewind(bm_gzip *gzip, bm_error *err) BM_MUST_CHECK;
void bm_gzip_close(bm_gzip *gzip);

/* In source.c, for gzip.c: the next raw bytes; 0 is the end. Hashes them. */
bm_status bm_source_raw(bm_source *source, char *out, size_t size, size_t *got,
                        bm_error *err) BM_MUST_CHECK;

#endif
