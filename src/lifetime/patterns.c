/* Patterns: buyers that look alike to a model are one pattern with a count. Sorted by what the
 * models cache by; counts of equal histories are added in the order of the buyers. */
#include "lifetime/fit.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

typedef struct entry {
    bm_history history;
    size_t index;
} entry;

static int compare(double a, double b) {
    return (a > b) - (a < b);
}

static int by_orders(const void *a, const void *b) {
    const entry *p = a, *q = b;
    int order = compare(p->history.x, q->history.x);
    if (order == 0)
        order = compare(p->history.t, q->history.t);
    if (order == 0)
        order = compare(p->history.t_x, q->history.t_x);
    return order != 0 ? order : (p->index > q->index) - (p->index < q->index);
}

static int by_spend(const void *a, const void *b) {
    const entry *p = a, *q = b;
    int order = compare(p->history.x, q->history.x);
    if (order == 0)
        order = compare(p->history.spend, q->history.spend);
    return order != 0 ? order : (p->index > q->index) - (p->index < q->index);
}

static int are_alike(const bm_history *a, const bm_history *b, bm_ltv_kind kind) {
    if (compare(a->x, b->x) != 0)
        return 0;
    if (kind == BM_LTV_SPEND)
        return compare(a->spend, b->spend) == 0;
    return compare(a->t, b->t) == 0 && compare(a->t_x, b->t_x) == 0;
}

static int has_part(const bm_history *h, bm_ltv_kind kind) {
    return kind != BM_LTV_SPEND || (h->x > 0 && h->spend > 0 && isfinite(h->spend));
}

bm_status bm_patterns_init(const bm_history *history, size_t histories, bm_ltv_kind kind,
                           bm_patterns *patterns, bm_error *err) {
    entry *entries = NULL;
    size_t taken = 0, made = 0;
    bm_status status;
    *patterns = (bm_patterns){.kind = kind};
    BM_TRY(BM_NEW(&entries, histories, "the histories", err));
    BM_TRY(BM_NEW(&patterns->of, histories, "the histories", err));
    for (size_t i = 0; i < histories; i++) {
        patterns->of[i] = SIZE_MAX;
        if (has_part(&history[i], kind))
            entries[taken++] = (entry){history[i], i};
    }
    qsort(entries, taken, sizeof *entries, kind == BM_LTV_SPEND ? by_spend : by_orders);
    for (size_t i = 0; i < taken; i++)
        made += i == 0 || !are_alike(&entries[i].history, &entries[i - 1].history, kind);
    BM_TRY(BM_NEW(&patterns->pattern, made, "the histories", err));
    for (size_t i = 0; i < taken; i++) {
        const bm_history *h = &entries[i].history;
        if (i > 0 && are_alike(h, &entries[i - 1].history, kind))
            patterns->pattern[patterns->patterns - 1].count += h->count;
        else
            patterns->pattern[patterns->patterns++] = *h;
        patterns->of[entries[i].index] = patterns->patterns - 1;
        patterns->buyers += h->count;
    }
cleanup:
    free(entries);
    if (status != BM_OK)
        bm_patterns_free(patterns);
    return status;
}

void bm_patterns_free(bm_patterns *patterns) {
    free(patterns->pattern);
    free(patterns->of);
    *patterns = (bm_patterns){0};
}
