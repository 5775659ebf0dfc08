/* Whether bytes are UTF-8, and how those that may not be are shown. */
#include "input/reading.h"

#include "kernel/scan.h"

#include <stdio.h>
#include <string.h>

int bm_utf8_valid(bm_text text) {
    return bm_scan_utf8_valid(text.data, text.length);
}

size_t bm_find_high_byte(const char *data, size_t from, size_t size) {
    return bm_scan_find_high(data, from, size);
}

const char *bm_shown(char buffer[BM_SHOWN_BUFFER], bm_text text) {
    size_t used = 0, at = 0, end = bm_text_first(text, BM_SHOWN_TEXT).length;
    while (at < end) {
        size_t length = bm_text_character((bm_text){text.data + at, text.length - at});
        unsigned char c = (unsigned char)text.data[at];
        /* C1 controls (U+0080 to U+009F) can steer a terminal as well as C0 ones. */
        int is_control = c < 0x20 || c == 0x7f ||
                         (length == 2 && c == 0xc2 && (unsigned char)text.data[at + 1] < 0xa0);
        if (length == 0 || is_control) {
            buffer[used++] = '?';
            at += length > 0 ? length : 1;
            continue;
        }
        memcpy(buffer + used, text.data + at, length);
        used += length;
        at += length;
    }
    snprintf(buffer + used, BM_SHOWN_BUFFER - used, "%s", at < text.length ? "…" : "");
    return buffer;
}

const char *bm_list_names(char *buffer, size_t size, const bm_strings *names) {
    size_t used = 0;
    buffer[0] = '\0';
    for (size_t i = 0; i < names->count; i++) {
        char name[BM_SHOWN_BUFFER];
        bm_shown(name, (bm_text){names->item[i], strlen(names->item[i])});
        if (used + strlen(name) + 24 > size) {
            snprintf(buffer + used, size - used, " and %zu more", names->count - i);
            break;
        }
        used += (size_t)snprintf(buffer + used, size - used, "%s%s", i > 0 ? ", " : "", name);
    }
    return buffer;
}
