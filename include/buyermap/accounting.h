/* What became of every row that was read: rows_in = used + rejected + duplicates + excluded. */
#ifndef BUYERMAP_ACCOUNTING_H
#define BUYERMAP_ACCOUNTING_H

#include "buyermap/status.h"
#include "buyermap/text.h"

#include <stddef.h>
#include <stdint.h>

/* Rows left out on purpose for one reason, such as a filter condition. */
typedef struct bm_exclusion {
    char *reason; /* owned: "Quantity above 0" */
    size_t rows;
} bm_exclusion;

/* A row that could not be used. A typed fault, as it stands in the table `rejected`: its texts are
 * UTF-8 whatever the file had, as bm_text_clean makes them. */
typedef struct bm_reject {
    char *source;         /* owned: path as given */
    uint64_t line;        /* from 1; 0 when the fault has no line */
    uint64_t byte_offset; /* of the record's first byte in the (uncompressed) file */
    char *column;         /* owned; empty when the fault is not of one column */
    char *problem;        /* owned: "not a number" */
    char *text;           /* owned: the text at fault, its first 80 characters */
} bm_reject;

typedef struct bm_accounting {
    size_t rows_in, used, rejected, duplicates, excluded;
    bm_exclusion *exclusion;
    size_t exclusions;
    bm_reject *reject; /* one for each rejected or duplicate row, in order */
    size_t rejects, rejects_reserved;
} bm_accounting;

/* Adds rows to the count of a reason (a new one is appended) and to excluded. Does not touch
 * rows_in or used. */
bm_status bm_accounting_exclude(bm_accounting *accounting, const char *reason, size_t rows,
                                bm_error *err) BM_MUST_CHECK;
/* Appends a reject; its texts are cleaned, and text is cut. Does not touch the counts. */
bm_status bm_accounting_reject(bm_accounting *accounting, const char *source, uint64_t line,
                               uint64_t byte_offset, const char *column, const char *problem,
                               bm_text text, bm_error *err) BM_MUST_CHECK;
/* Adds the counts, exclusions and rejects of one input to a total. */
bm_status bm_accounting_add(bm_accounting *total, const bm_accounting *part,
                            bm_error *err) BM_MUST_CHECK;
void bm_accounting_free(bm_accounting *accounting);

#endif
