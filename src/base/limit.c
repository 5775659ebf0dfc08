#include "base/memory.h"
#include "buyermap/context.h"

#include <stdio.h>

bm_status bm_require_memory(const bm_context *context, size_t bytes, const char *what,
                            bm_error *err) {
    size_t together;
    if (context == NULL || context->memory_limit == 0 ||
        (bm_add(bytes, context->held, &together) && together <= context->memory_limit))
        return BM_OK;
    char need[32], limit[32], held[32], beside[80] = "";
    if (context->held > 0)
        snprintf(beside, sizeof beside, " beside the %s in use",
                 bm_format_bytes(held, sizeof held, context->held));
    return bm_fail(err, BM_LIMIT, "%s needs %s%s, more than the limit of %s (--memory-limit)", what,
                   bm_format_bytes(need, sizeof need, bytes), beside,
                   bm_format_bytes(limit, sizeof limit, context->memory_limit));
}
