/* Numbers into CSV, fast. The text is always the one bm_format_number gives. */
#ifndef BM_OUTPUT_DECIMAL_H
#define BM_OUTPUT_DECIMAL_H

#include <stdint.h>

/* Both write at `at`, at most 32 bytes, and give the place behind the last one. NaN is empty. */
char *bm_put_integer(char *at, int64_t value);
char *bm_put_number(char *at, double value);

#endif
