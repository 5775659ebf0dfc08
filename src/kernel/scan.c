/* Text kernels that run anywhere, byte by byte, and the choice between them and faster ones. */
#include "kernel/scan.h"

#include "kernel/cpu.h"

#include "buyermap/text.h"

#include <string.h>

static size_t scan_marks_generic(const char *data, size_t size, const bm_scan_bytes *marks,
                                 uint32_t *position, int *has_high) {
    uint8_t is_mark[256] = {[0] = 1, ['\n'] = 1, ['\r'] = 1};
    is_mark[(unsigned char)marks->delimiter] = 1;
    is_mark[(unsigned char)marks->quote] = 1;
    is_mark[(unsigned char)marks->escape] = 1;
    unsigned char any = 0;
    size_t count = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)data[i];
        position[count] = (uint32_t)i;
        count += is_mark[c];
        any |= c;
    }
    *has_high = any >= 0x80;
    return count;
}

static void scan_count_generic(const char *data, size_t size, char quote, bm_scan_counts *counts) {
    bm_scan_counts sum = {.first_end = {SIZE_MAX, SIZE_MAX}};
    for (size_t i = 0; i < size; i++) {
        char c = data[i];
        if (quote != 0 && c == quote)
            sum.quotes++;
        if (c != '\n' && c != '\r')
            continue;
        int is_pair = c == '\r' && data[i + 1] == '\n';
        sum.newlines += c == '\n';
        sum.returns += c == '\r';
        sum.lines += !is_pair; /* a pair counts with its '\n' */
        /* Who began inside quotes is outside after an odd number of them. */
        size_t odd = sum.quotes & 1;
        if (sum.first_end[odd] == SIZE_MAX)
            sum.first_end[odd] = i + 1 + (size_t)is_pair;
    }
    *counts = sum;
}

size_t bm_scan_find_high_generic(const char *data, size_t from, size_t size) {
    size_t at = from;
    for (; at + 8 <= size; at += 8) {
        uint64_t word;
        memcpy(&word, data + at, 8);
        if ((word & 0x8080808080808080u) != 0)
            break;
    }
    while (at < size && (unsigned char)data[at] < 0x80)
        at++;
    return at < size ? at : size;
}

int bm_scan_utf8_valid_generic(const char *data, size_t size) {
    size_t at = 0;
    while ((at = bm_scan_find_high_generic(data, at, size)) < size) {
        /* Characters above 127 come in runs. */
        while (at < size && (unsigned char)data[at] >= 0x80) {
            size_t length = bm_text_character((bm_text){data + at, size - at});
            if (length == 0)
                return 0;
            at += length;
        }
    }
    return 1;
}

const bm_scan_kernel bm_scan_kernels[] = {
#if defined(__x86_64__)
    {"avx512", bm_cpu_avx512_vbmi2, bm_scan_marks_avx512, bm_scan_count_avx512,
     bm_scan_find_high_avx512, bm_scan_utf8_valid_avx512},
    {"avx2", bm_cpu_avx2_bits, bm_scan_marks_avx2, bm_scan_count_avx2, bm_scan_find_high_avx2,
     bm_scan_utf8_valid_avx2},
#endif
    {"generic", bm_cpu_any, scan_marks_generic, scan_count_generic, bm_scan_find_high_generic,
     bm_scan_utf8_valid_generic},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const bm_scan_kernel *choose(void) {
    const bm_scan_kernel *kernel = bm_scan_kernels;
    while (!kernel->runs_here())
        kernel++;
    return kernel;
}

size_t bm_scan_marks(const char *data, size_t size, const bm_scan_bytes *marks, uint32_t *position,
                     int *has_high) {
    return choose()->marks(data, size, marks, position, has_high);
}

void bm_scan_count(const char *data, size_t size, char quote, bm_scan_counts *counts) {
    choose()->count(data, size, quote, counts);
}

size_t bm_scan_find_high(const char *data, size_t from, size_t size) {
    if (size < 64) /* most fields: not worth a choice */
        return bm_scan_find_high_generic(data, from, size);
    return choose()->find_high(data, from, size);
}

int bm_scan_utf8_valid(const char *data, size_t size) {
    if (size < 64)
        return bm_scan_utf8_valid_generic(data, size);
    return choose()->utf8_valid(data, size);
}
