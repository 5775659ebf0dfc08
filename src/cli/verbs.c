/* The verbs, a row each. */
#include "base/nearest.h"
#include "cli/verb.h"

#include <string.h>

const bm_verb *const bm_verbs[] = {
    &bm_verb_run, &bm_verb_cluster,  &bm_verb_assign,  &bm_verb_rfm,      &bm_verb_cohorts,
    &bm_verb_ltv, &bm_verb_survival, &bm_verb_inspect, &bm_verb_generate, NULL,
};

/* Verbs of the contract that later versions build. */
static const char *const planned[] = {"compare", "funnel", NULL};

bm_status bm_find_verb(const char *name, const bm_verb **verb, bm_error *err) {
    bm_nearest_word nearest = {0};
    for (size_t i = 0; bm_verbs[i] != NULL; i++) {
        if (strcmp(bm_verbs[i]->name, name) == 0) {
            *verb = bm_verbs[i];
            return BM_OK;
        }
        bm_nearest_consider(&nearest, bm_verbs[i]->name, name);
    }
    if (name[0] == '-')
        return bm_fail(err, BM_USAGE,
                       "unknown flag %s; a verb comes first, buyermap --help lists them", name);
    for (size_t i = 0; planned[i] != NULL; i++) {
        if (strcmp(planned[i], name) == 0)
            return bm_fail(err, BM_USAGE, "the verb %s is not built in this version of buyermap",
                           name);
    }
    return bm_fail(err, BM_USAGE,
                   "unknown verb \"%s\"; did you mean %s? buyermap --help lists them", name,
                   nearest.word);
}
