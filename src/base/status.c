#include "buyermap/status.h"

#include <stdarg.h>
#include <stdio.h>

/* Of a message that was cut the last character may be half a one. */
static void drop_last_character(char *message, size_t length) {
    while (length > 0 && ((unsigned char)message[length - 1] & 0xc0) == 0x80)
        length--;
    message[length > 0 ? length - 1 : 0] = '\0';
}

bm_status bm_fail(bm_error *err, bm_status status, const char *format, ...) {
    if (err == NULL)
        return status;
    err->status = status;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(err->message, sizeof err->message, format, arguments);
    va_end(arguments);
    if (length >= (int)sizeof err->message)
        drop_last_character(err->message, sizeof err->message - 1);
    return status;
}

int bm_exit_code(bm_status status) {
    static const int code[] = {
        [BM_OK] = 0,
        [BM_USAGE] = 64,
        [BM_DATA] = 65,
        [BM_NOINPUT] = 66,
        [BM_DEGENERATE] = 69,
        [BM_INTERNAL] = 70,
        [BM_NOMEM] = 71,
        [BM_LIMIT] = 71,
        [BM_CANTCREATE] = 73,
        [BM_IO] = 74,
        [BM_JOB] = 78,
        [BM_SKIPPED] = 99,
        [BM_INTERRUPTED] = 130,
        [BM_TERMINATED] = 143,
    };
    return (unsigned)status < sizeof code / sizeof code[0] ? code[status] : 70;
}
