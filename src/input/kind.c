/* What a file is that should be CSV, told by its bytes before any of it is parsed. */
#include "input/reading.h"

#include <string.h>

size_t bm_count_lines(const bm_bytes *bytes, size_t from) {
    size_t lines[2] = {1, 1};
    for (int kind = 0; kind < 2 && lines[0] == 1; kind++) {
        for (size_t at = from; at < bytes->size; at++) {
            const char *hit = memchr(bytes->data + at, kind == 0 ? '\n' : '\r', bytes->size - at);
            if (hit == NULL)
                break;
            at = (size_t)(hit - bytes->data);
            lines[kind]++;
        }
    }
    return lines[0] > 1 ? lines[0] : lines[1];
}

bm_status bm_check_kind(const bm_bytes *bytes, bm_error *err) {
    static const struct {
        const char *magic;
        size_t length;
        const char *meaning;
    } kind[] = {
        {"\xff\xfe", 2, "is UTF-16; convert it with iconv -f UTF-16 -t UTF-8"},
        {"\xfe\xff", 2, "is UTF-16; convert it with iconv -f UTF-16 -t UTF-8"},
        {"PK\x03\x04", 4, "is a zip archive or a spreadsheet; unpack it or save it as CSV"},
        {"BZh", 3, "is packed with bzip2; unpack it, or pack it with gzip"},
        {"\xfd"
         "7zXZ",
         5, "is packed with xz; unpack it, or pack it with gzip"},
        {"\x28\xb5\x2f\xfd", 4, "is packed with zstd; unpack it, or pack it with gzip"},
        {"PAR1", 4, "is a Parquet file; save it as CSV or HDF5"},
    };
    for (size_t i = 0; i < sizeof kind / sizeof kind[0]; i++) {
        if (bytes->size >= kind[i].length &&
            memcmp(bytes->data, kind[i].magic, kind[i].length) == 0)
            return bm_fail(err, BM_DATA, "%s: %s", bytes->path, kind[i].meaning);
    }
    /* UTF-16 without a mark: in Western text every other byte is NUL. */
    size_t nuls[2] = {0, 0}, looked = bytes->size < 64 ? bytes->size : 64;
    for (size_t i = 0; i < looked; i++)
        nuls[i % 2] += bytes->data[i] == '\0';
    if (looked >= 4 &&
        ((nuls[0] == 0 && nuls[1] * 3 > looked) || (nuls[1] == 0 && nuls[0] * 3 > looked)))
        return bm_fail(err, BM_DATA,
                       "%s: looks like UTF-16; convert it with iconv -f UTF-16LE -t UTF-8 (or "
                       "UTF-16BE)",
                       bytes->path);
    return BM_OK;
}
