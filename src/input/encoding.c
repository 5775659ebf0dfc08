#include "input/encoding.h"

#include <ctype.h>
#include <string.h>

/* Names without dashes, underscores and case. */
static void plain_name(const char *name, char *plain, size_t room) {
    size_t used = 0;
    for (; *name != '\0' && used + 1 < room; name++) {
        if (*name != '-' && *name != '_')
            plain[used++] = (char)tolower((unsigned char)*name);
    }
    plain[used] = '\0';
}

bm_status bm_encoding_find(const char *name, bm_encoding *encoding, bm_error *err) {
    static const struct {
        const char *name;
        bm_encoding encoding;
    } known[] = {
        {"utf8", BM_UTF8},           {"usascii", BM_UTF8},
        {"ascii", BM_UTF8},          {"latin1", BM_LATIN1},
        {"iso88591", BM_LATIN1},     {"l1", BM_LATIN1},
        {"cp1252", BM_WINDOWS_1252}, {"windows1252", BM_WINDOWS_1252},
    };
    char plain[24];
    *encoding = BM_UTF8;
    if (name == NULL)
        return BM_OK;
    plain_name(name, plain, sizeof plain);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(plain, known[i].name) == 0) {
            *encoding = known[i].encoding;
            return BM_OK;
        }
    }
    return bm_fail(err, BM_USAGE,
                   "encoding %s is not one of utf-8, latin1, windows-1252; convert the file with "
                   "iconv -f %s -t UTF-8",
                   name, name[0] != '\0' ? name : "ENCODING");
}

/* What windows-1252 has where Latin-1 has controls; 0 where it has nothing. */
static const uint16_t windows_1252[32] = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};

size_t bm_latin_to_utf8(bm_encoding encoding, bm_text in, char *out) {
    size_t used = 0;
    if (encoding == BM_UTF8) {
        if (in.length > 0)
            memcpy(out, in.data, in.length);
        return in.length;
    }
    for (size_t i = 0; i < in.length; i++) {
        unsigned c = (unsigned char)in.data[i];
        if (encoding == BM_WINDOWS_1252 && c >= 0x80 && c < 0xa0)
            c = windows_1252[c - 0x80];
        if (c < 0x80 && (unsigned char)in.data[i] >= 0x80)
            return SIZE_MAX;
        if (c < 0x80) {
            out[used++] = (char)c;
        } else if (c < 0x800) {
            out[used++] = (char)(0xc0 | c >> 6);
            out[used++] = (char)(0x80 | (c & 0x3f));
        } else {
            out[used++] = (char)(0xe0 | c >> 12);
            out[used++] = (char)(0x80 | (c >> 6 & 0x3f));
            out[used++] = (char)(0x80 | (c & 0x3f));
        }
    }
    return used;
}
