/* Numbers of a column of texts: bm_parse_plain_decimal() for many at a time. Raw pointers, no
 * allocation, no errors; every variant gives the same. */
#ifndef BM_KERNEL_DECIMAL_H
#define BM_KERNEL_DECIMAL_H

#include <stddef.h>
#include <stdint.h>

/* For each i < n: is_plain[i] = 1 and out[i] bit for bit what bm_parse_plain_decimal(text[i],
 * length[i], mark) gives; or is_plain[i] = 0 where that refuses, and out[i] is undefined. Gives how
 * many are plain. BM_PLAIN_PADDING bytes must be readable from each text[i] on, whatever its length
 * is; what stands behind the text has no influence. Nothing before text[i] is read. mark is neither
 * a digit nor a sign. The faster variants have no branch that depends on a text. O(n). Sources as
 * in base/plain_number.h. */
typedef size_t (*bm_decimals_function)(const char *const *text, const uint32_t *length, size_t n,
                                       char mark, double *out, uint8_t *is_plain);

/* The variant that this CPU runs best. */
size_t bm_decimals(const char *const *text, const uint32_t *length, size_t n, char mark,
                   double *out, uint8_t *is_plain);

size_t bm_decimals_generic(const char *const *text, const uint32_t *length, size_t n, char mark,
                           double *out, uint8_t *is_plain);
#if defined(__x86_64__)
size_t bm_decimals_avx2(const char *const *text, const uint32_t *length, size_t n, char mark,
                        double *out, uint8_t *is_plain);
size_t bm_decimals_avx512(const char *const *text, const uint32_t *length, size_t n, char mark,
                          double *out, uint8_t *is_plain);
#endif

/* One row of the table in decimal.c. */
typedef struct bm_decimal_kernel {
    const char *name;
    int (*runs_here)(void);
    bm_decimals_function decimals;
} bm_decimal_kernel;
/* Best first; ends with name NULL. The last row runs anywhere. */
extern const bm_decimal_kernel bm_decimal_kernels[];

#endif
