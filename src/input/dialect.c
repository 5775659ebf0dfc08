#include "input/input.h"

#include <strings.h>

bm_status bm_dialect_default(bm_dialect *dialect, bm_error *err) {
    *dialect = (bm_dialect){
        .delimiter = ',', .decimal = '.', .quote = '"', .header = 1, .encoding = "utf-8"};
    bm_status status = bm_strings_split(&dialect->na, "NA,NULL,NaN", ',', err);
    if (status != BM_OK)
        bm_dialect_free(dialect);
    return status;
}

void bm_dialect_free(bm_dialect *dialect) {
    bm_strings_free(&dialect->na);
    *dialect = (bm_dialect){0};
}

static int is_line_end(char c) {
    return c == '\n' || c == '\r';
}

bm_status bm_dialect_check(const bm_dialect *dialect, bm_error *err) {
    const char *encoding = dialect->encoding;
    if (encoding != NULL && strcasecmp(encoding, "utf-8") != 0 && strcasecmp(encoding, "utf8") != 0)
        return bm_fail(err, BM_USAGE,
                       "--encoding %s is not built yet; convert the file with iconv -f %s -t UTF-8",
                       encoding, encoding);
    const char mark[] = {dialect->delimiter, dialect->quote, dialect->comment};
    for (size_t i = 0; i < sizeof mark; i++) {
        if (is_line_end(mark[i]))
            return bm_fail(err, BM_USAGE,
                           "delimiter, quote and comment cannot be the end of a line");
        for (size_t j = 0; j < i; j++) {
            if (mark[i] != '\0' && mark[i] == mark[j])
                return bm_fail(err, BM_USAGE, "delimiter, quote and comment must differ: '%c'",
                               mark[i]);
        }
    }
    if (dialect->delimiter == '\0')
        return bm_fail(err, BM_USAGE, "the delimiter is missing");
    if (dialect->delimiter == dialect->decimal)
        return bm_fail(err, BM_USAGE,
                       "delimiter and decimal mark must differ: '%c' (--decimal says which)",
                       dialect->decimal);
    if (dialect->decimal == '\0' || dialect->decimal == dialect->thousands)
        return bm_fail(err, BM_USAGE,
                       "the decimal mark must be a character, and not the thousands separator");
    return BM_OK;
}
