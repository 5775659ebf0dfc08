/* Checked sizes and allocation. Everything that is allocated here is released with free(). */
#ifndef BM_BASE_MEMORY_H
#define BM_BASE_MEMORY_H

#include "buyermap/status.h"

#include <stddef.h>

/* a × b and a + b; 0 and *out = SIZE_MAX when that does not fit a size_t, else 1. */
int bm_multiply(size_t a, size_t b, size_t *out);
int bm_add(size_t a, size_t b, size_t *out);
/* n (n − 1) / 2, the length of a condensed distance matrix; 0 when that does not fit. */
int bm_pairs(size_t n, size_t *out);

/* count zeroed elements of size bytes into *out (a pointer to a pointer); count 0 gives one
 * element, so that NULL always means failure. BM_NOMEM names `what`. */
#define BM_NEW(out, count, what, err) bm_new((void **)(out), (count), sizeof **(out), (what), (err))
bm_status bm_new(void **out, size_t count, size_t size, const char *what,
                 bm_error *err) BM_MUST_CHECK;
/* The same, 64-byte aligned. */
#define BM_NEW_ALIGNED(out, count, what, err)                                                      \
    bm_new_aligned((void **)(out), (count), sizeof **(out), (what), (err))
bm_status bm_new_aligned(void **out, size_t count, size_t size, const char *what,
                         bm_error *err) BM_MUST_CHECK;
/* The same for what fills much of the machine: 64-byte aligned at least, of huge pages where the
 * system has them, and not zeroed, so that the threads that fill it are the first to touch it. */
bm_status bm_new_large(void **out, size_t count, size_t size, const char *what,
                       bm_error *err) BM_MUST_CHECK;
/* Grows *array so that it holds at least `wanted` elements; doubles, keeps what it holds, and
 * leaves it alone on failure. */
#define BM_GROW(array, reserved, wanted, what, err)                                                \
    bm_grow((void **)(array), (reserved), (wanted), sizeof **(array), (what), (err))
bm_status bm_grow(void **array, size_t *reserved, size_t wanted, size_t size, const char *what,
                  bm_error *err) BM_MUST_CHECK;

/* Copies of strings; NULL on failure is reported in err. */
bm_status bm_copy_string(char **out, const char *text, bm_error *err) BM_MUST_CHECK;
bm_status bm_copy_text(char **out, const char *data, size_t length, bm_error *err) BM_MUST_CHECK;
/* asprintf with our errors. */
bm_status bm_format(char **out, bm_error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4))) BM_MUST_CHECK;

/* "1.5 GiB", into a buffer of at least 32 bytes; gives the buffer. */
const char *bm_format_bytes(char *buffer, size_t buffer_size, size_t bytes);

#endif
