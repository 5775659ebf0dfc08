#include "buyermap/accounting.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_CUT = 80 }; /* characters */

bm_status bm_accounting_exclude(bm_accounting *accounting, const char *reason, size_t rows,
                                bm_error *err) {
    bm_exclusion *found = NULL;
    for (size_t i = 0; i < accounting->exclusions; i++) {
        if (strcmp(accounting->exclusion[i].reason, reason) == 0)
            found = &accounting->exclusion[i];
    }
    if (found == NULL) {
        size_t count = accounting->exclusions + 1;
        bm_exclusion *grown = realloc(accounting->exclusion, count * sizeof *grown);
        if (grown == NULL)
            return bm_fail(err, BM_NOMEM, "out of memory: row accounting");
        accounting->exclusion = grown;
        found = &grown[count - 1];
        *found = (bm_exclusion){0};
        bm_status status = bm_copy_string(&found->reason, reason, err);
        if (status != BM_OK)
            return status;
        accounting->exclusions = count;
    }
    found->rows += rows;
    accounting->excluded += rows;
    return BM_OK;
}

static bm_status clean_string(char **clean, const char *string, bm_error *err) {
    return bm_text_clean(clean, (bm_text){string, strlen(string)}, err);
}

static void free_reject(bm_reject *reject) {
    free(reject->source);
    free(reject->column);
    free(reject->problem);
    free(reject->text);
    *reject = (bm_reject){0};
}

bm_status bm_accounting_reject(bm_accounting *accounting, const char *source, uint64_t line,
                               uint64_t byte_offset, const char *column, const char *problem,
                               bm_text text, bm_error *err) {
    bm_status status;
    bm_reject reject = {.line = line, .byte_offset = byte_offset};
    BM_TRY(BM_GROW(&accounting->reject, &accounting->rejects_reserved, accounting->rejects + 1,
                   "rejected rows", err));
    BM_TRY(clean_string(&reject.source, source, err));
    BM_TRY(clean_string(&reject.column, column, err));
    BM_TRY(clean_string(&reject.problem, problem, err));
    BM_TRY(bm_text_clean(&reject.text, bm_text_first(text, TEXT_CUT), err));
    accounting->reject[accounting->rejects++] = reject;
    return BM_OK;
cleanup:
    free_reject(&reject);
    return status;
}

bm_status bm_accounting_add(bm_accounting *total, const bm_accounting *part, bm_error *err) {
    bm_status status = BM_OK;
    total->rows_in += part->rows_in;
    total->used += part->used;
    total->rejected += part->rejected;
    total->duplicates += part->duplicates;
    for (size_t i = 0; i < part->exclusions; i++)
        BM_TRY(
            bm_accounting_exclude(total, part->exclusion[i].reason, part->exclusion[i].rows, err));
    for (size_t i = 0; i < part->rejects; i++) {
        const bm_reject *r = &part->reject[i];
        BM_TRY(bm_accounting_reject(total, r->source, r->line, r->byte_offset, r->column,
                                    r->problem, (bm_text){r->text, strlen(r->text)}, err));
    }
cleanup:
    return status;
}

void bm_accounting_free(bm_accounting *accounting) {
    for (size_t i = 0; i < accounting->exclusions; i++)
        free(accounting->exclusion[i].reason);
    for (size_t i = 0; i < accounting->rejects; i++)
        free_reject(&accounting->reject[i]);
    free(accounting->exclusion);
    free(accounting->reject);
    *accounting = (bm_accounting){0};
}
