#include "buyermap/condition.h"

#include <stdlib.h>

const char *bm_condition_word(bm_condition_kind kind) {
    static const char *const word[] = {
        [BM_ABOVE] = "above",
        [BM_BELOW] = "below",
        [BM_MIN] = "min",
        [BM_MAX] = "max",
        [BM_EQUALS] = "equals",
        [BM_NOT_EQUALS] = "not_equals",
        [BM_IN] = "in",
        [BM_NOT_IN] = "not_in",
        [BM_PREFIX] = "prefix",
        [BM_NOT_PREFIX] = "not_prefix",
        [BM_NOT_MISSING] = "not_missing",
    };
    return word[kind];
}

void bm_condition_free(bm_condition *condition) {
    free(condition->column);
    free(condition->text);
    bm_strings_free(&condition->values);
    *condition = (bm_condition){0};
}
