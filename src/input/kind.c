/* What a file is that should be CSV, told by its bytes before any of it is parsed. */
#include "input/reading.h"

#include <string.h>

/* Text of two or four bytes a character without a mark at its beginning, told by where its NUL
 * bytes stand. NULL: it is none. */
static const char *wide_text(const char *data, size_t size) {
    enum { LOOKED = 4096, FEW = 4 };
    size_t looked = size < LOOKED ? size : LOOKED, nuls[4] = {0}, controls = 0;
    for (size_t i = 0; i < looked; i++) {
        nuls[i % 4] += data[i] == '\0';
        controls += data[i] > 0 && data[i] < '\t';
    }
    size_t all = nuls[0] + nuls[1] + nuls[2] + nuls[3];
    if (looked < 4 || all < 2)
        return NULL;
    /* Characters have at most 21 bits: the top byte of four is always NUL, the next one nearly. */
    size_t units = looked / 4;
    if (nuls[3] >= units && nuls[2] * 2 > units && nuls[0] * 4 < units)
        return "UTF-32LE";
    if (nuls[0] >= units && nuls[1] * 2 > units && nuls[3] * 4 < units)
        return "UTF-32BE";
    /* Western text has a NUL in every other byte; any other text only at its marks and line ends,
     * but the rest of it is no UTF-8, or full of control characters. */
    size_t even = nuls[0] + nuls[2], odd = nuls[1] + nuls[3];
    int is_wide = all * 3 > looked ||
                  (all >= FEW &&
                   (controls >= FEW || !bm_utf8_valid(bm_text_cut((bm_text){data, size}, LOOKED))));
    if (!is_wide || (even > 0 && odd > 0))
        return NULL;
    return odd > 0 ? "UTF-16LE" : "UTF-16BE";
}

bm_status bm_check_kind(const char *path, const char *data, size_t size, bm_error *err) {
    static const struct {
        const char *magic;
        size_t length;
        const char *meaning;
    } kind[] = {
        {"\xff\xfe\0\0", 4, "is UTF-32; convert it with iconv -f UTF-32 -t UTF-8"},
        {"\0\0\xfe\xff", 4, "is UTF-32; convert it with iconv -f UTF-32 -t UTF-8"},
        {"\xff\xfe", 2, "is UTF-16; convert it with iconv -f UTF-16 -t UTF-8"},
        {"\xfe\xff", 2, "is UTF-16; convert it with iconv -f UTF-16 -t UTF-8"},
        {"PK\x03\x04", 4, "is a zip archive or a spreadsheet; unpack it or save it as CSV"},
        {"\xd0\xcf\x11\xe0", 4, "is a spreadsheet or a document of Office; save it as CSV"},
        {"\x1f\x8b", 2, "is packed twice with gzip; unpack it once with gzip -d"},
        {"BZh", 3, "is packed with bzip2; unpack it, or pack it with gzip"},
        {"\xfd"
         "7zXZ",
         5, "is packed with xz; unpack it, or pack it with gzip"},
        {"\x28\xb5\x2f\xfd", 4, "is packed with zstd; unpack it, or pack it with gzip"},
        {"PAR1", 4, "is a Parquet file; save it as CSV or HDF5"},
    };
    for (size_t i = 0; i < sizeof kind / sizeof kind[0]; i++) {
        if (size >= kind[i].length && memcmp(data, kind[i].magic, kind[i].length) == 0)
            return bm_fail(err, BM_DATA, "%s: %s", path, kind[i].meaning);
    }
    const char *wide = wide_text(data, size);
    if (wide != NULL)
        return bm_fail(err, BM_DATA, "%s: looks like %s; convert it with iconv -f %s -t UTF-8",
                       path, wide, wide);
    return BM_OK;
}
