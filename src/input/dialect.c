#include "input/encoding.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

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

typedef struct named_mark {
    const char *name; /* as in the flags */
    char character;
    int may_be_blank, may_be_point;
} named_mark;

/* A mark as a message can show it. */
static const char *shown(char buffer[8], char character) {
    if (character == '\t')
        return "tab";
    if (character == ' ')
        return "space";
    unsigned char c = (unsigned char)character;
    snprintf(buffer, 8, c < 0x20 || c >= 0x7f ? "0x%02x" : "'%c'", c);
    return buffer;
}

/* Marks that occur in what they are to mark would tear it apart without a word. */
static bm_status check_mark(const named_mark *mark, bm_error *err) {
    unsigned char c = (unsigned char)mark->character;
    char buffer[8];
    const char *what = NULL;
    if (c == '\n' || c == '\r')
        return bm_fail(err, BM_USAGE, "the %s cannot be the end of a line", mark->name);
    if (c >= 0x80)
        return bm_fail(err, BM_USAGE, "the %s must be one ASCII character, not the byte 0x%02x",
                       mark->name, c);
    if (c >= '0' && c <= '9')
        what = "a digit";
    else if (isalpha(c))
        what = "a letter";
    else if (c == '+' || c == '-')
        what = "a sign of numbers";
    else if (c == '.' && !mark->may_be_point)
        what = "the point of numbers";
    else if ((c == ' ' || c == '\t') && !mark->may_be_blank)
        what = "a blank";
    if (what == NULL)
        return BM_OK;
    return bm_fail(err, BM_USAGE, "the %s cannot be %s: %s", mark->name, what,
                   shown(buffer, mark->character));
}

bm_status bm_dialect_check(const bm_dialect *dialect, bm_error *err) {
    enum { DELIMITER, QUOTE, ESCAPE, COMMENT, DECIMAL, THOUSANDS, MARKS };
    const named_mark mark[MARKS] = {
        [DELIMITER] = {"delimiter", dialect->delimiter, 1, 0},
        [QUOTE] = {"quote", dialect->quote, 0, 0},
        [ESCAPE] = {"escape", dialect->escape, 0, 0},
        [COMMENT] = {"comment mark", dialect->comment, 0, 0},
        [DECIMAL] = {"decimal mark", dialect->decimal, 0, 1},
        [THOUSANDS] = {"thousands separator", dialect->thousands, 1, 1},
    };
    bm_encoding encoding;
    char buffer[8];
    bm_status status = bm_encoding_find(dialect->encoding, &encoding, err);
    if (status != BM_OK)
        return status;
    if (dialect->delimiter == '\0')
        return bm_fail(err, BM_USAGE, "the delimiter is missing");
    if (dialect->decimal == '\0')
        return bm_fail(err, BM_USAGE, "the decimal mark is missing");
    for (size_t i = 0; i < MARKS; i++) {
        for (size_t j = 0; j < i; j++) {
            /* A number with commas between its thousands may stand in quotes between commas. */
            int may_be_equal = i == THOUSANDS && j == DELIMITER;
            if (mark[i].character == '\0' || mark[i].character != mark[j].character || may_be_equal)
                continue;
            return bm_fail(err, BM_USAGE, "%s and %s must differ: both are %s%s", mark[j].name,
                           mark[i].name, shown(buffer, mark[i].character),
                           i == DECIMAL && j == DELIMITER ? " (--decimal says which)"
                           : i == ESCAPE && j == QUOTE    ? " (doubled quotes need no escape)"
                                                          : "");
        }
    }
    for (size_t i = 0; i < MARKS && status == BM_OK; i++) {
        if (mark[i].character != '\0')
            status = check_mark(&mark[i], err);
    }
    return status;
}
