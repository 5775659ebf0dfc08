/* Numbers of a column, one text after the other, and the choice between this and faster ones. */
#include "kernel/decimal.h"

#include "kernel/cpu.h"

#include "base/plain_number.h"

size_t bm_decimals_generic(const char *const *text, const uint32_t *length, size_t n, char mark,
                           double *out, uint8_t *is_plain) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        is_plain[i] = (uint8_t)bm_parse_plain_decimal(text[i], length[i], mark, &out[i]);
        count += is_plain[i];
    }
    return count;
}

const bm_decimal_kernel bm_decimal_kernels[] = {
#if defined(__x86_64__)
    {"avx512", bm_cpu_avx512_vbmi, bm_decimals_avx512},
    {"avx2", bm_cpu_avx2, bm_decimals_avx2},
#endif
    {"generic", bm_cpu_any, bm_decimals_generic},
    {NULL, NULL, NULL},
};

size_t bm_decimals(const char *const *text, const uint32_t *length, size_t n, char mark,
                   double *out, uint8_t *is_plain) {
    const bm_decimal_kernel *kernel = bm_decimal_kernels;
    while (!kernel->runs_here())
        kernel++;
    return kernel->decimals(text, length, n, mark, out, is_plain);
}
