#include "base/memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/mman.h>

enum { ALIGNMENT = 64, HUGE_PAGE = 2 << 20 };

int bm_multiply(size_t a, size_t b, size_t *out) {
    if (__builtin_mul_overflow(a, b, out)) {
        *out = SIZE_MAX;
        return 0;
    }
    return 1;
}

int bm_add(size_t a, size_t b, size_t *out) {
    if (__builtin_add_overflow(a, b, out)) {
        *out = SIZE_MAX;
        return 0;
    }
    return 1;
}

int bm_pairs(size_t n, size_t *out) {
    if (n < 2) {
        *out = 0;
        return 1;
    }
    return n % 2 == 0 ? bm_multiply(n / 2, n - 1, out) : bm_multiply(n, (n - 1) / 2, out);
}

static bm_status no_memory(size_t bytes, const char *what, bm_error *err) {
    char text[32];
    return bm_fail(err, BM_NOMEM, "out of memory: %s for %s",
                   bm_format_bytes(text, sizeof text, bytes), what);
}

bm_status bm_new(void **out, size_t count, size_t size, const char *what, bm_error *err) {
    size_t bytes;
    *out = NULL;
    if (!bm_multiply(count, size, &bytes))
        return no_memory(bytes, what, err);
    *out = calloc(count > 0 ? count : 1, size);
    return *out != NULL ? BM_OK : no_memory(bytes, what, err);
}

bm_status bm_new_aligned(void **out, size_t count, size_t size, const char *what, bm_error *err) {
    size_t bytes;
    *out = NULL;
    if (!bm_multiply(count > 0 ? count : 1, size, &bytes) || bytes > SIZE_MAX - ALIGNMENT)
        return no_memory(SIZE_MAX, what, err);
    bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    *out = aligned_alloc(ALIGNMENT, bytes);
    if (*out == NULL)
        return no_memory(bytes, what, err);
    memset(*out, 0, bytes);
    return BM_OK;
}

bm_status bm_new_large(void **out, size_t count, size_t size, const char *what, bm_error *err) {
    size_t bytes;
    *out = NULL;
    if (!bm_multiply(count > 0 ? count : 1, size, &bytes) || bytes > SIZE_MAX - HUGE_PAGE)
        return no_memory(SIZE_MAX, what, err);
    size_t page = bytes < HUGE_PAGE ? ALIGNMENT : HUGE_PAGE;
    bytes = (bytes + page - 1) / page * page;
    *out = aligned_alloc(page, bytes);
    if (*out == NULL)
        return no_memory(bytes, what, err);
    if (page == HUGE_PAGE)
        (void)madvise(*out, bytes, MADV_HUGEPAGE); /* as it is, where there are none */
    return BM_OK;
}

bm_status bm_grow(void **array, size_t *reserved, size_t wanted, size_t size, const char *what,
                  bm_error *err) {
    if (wanted <= *reserved)
        return BM_OK;
    size_t count = *reserved < 8 ? 16 : *reserved;
    while (count < wanted) {
        if (!bm_multiply(count, 2, &count))
            return no_memory(SIZE_MAX, what, err);
    }
    size_t bytes;
    if (!bm_multiply(count, size, &bytes))
        return no_memory(SIZE_MAX, what, err);
    void *grown = realloc(*array, bytes);
    if (grown == NULL)
        return no_memory(bytes, what, err);
    *array = grown;
    *reserved = count;
    return BM_OK;
}

bm_status bm_copy_text(char **out, const char *data, size_t length, bm_error *err) {
    *out = malloc(length + 1);
    if (*out == NULL)
        return no_memory(length, "a text", err);
    if (length > 0)
        memcpy(*out, data, length);
    (*out)[length] = '\0';
    return BM_OK;
}

bm_status bm_copy_string(char **out, const char *text, bm_error *err) {
    return bm_copy_text(out, text, strlen(text), err);
}

bm_status bm_format(char **out, bm_error *err, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(out, format, arguments);
    va_end(arguments);
    if (length >= 0)
        return BM_OK;
    *out = NULL;
    return no_memory(0, "a text", err);
}

const char *bm_format_bytes(char *buffer, size_t buffer_size, size_t bytes) {
    static const char *const unit[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double amount = (double)bytes;
    size_t step = 0;
    while (amount >= 1024 && step + 1 < sizeof unit / sizeof unit[0]) {
        amount /= 1024;
        step++;
    }
    snprintf(buffer, buffer_size, step == 0 ? "%.0f %s" : "%.1f %s", amount, unit[step]);
    return buffer;
}
