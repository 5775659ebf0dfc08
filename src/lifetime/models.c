#include "lifetime/model.h"

#include <math.h>
#include <string.h>

/* A model that another one falls back to stands before it. */
const bm_ltv_model *const bm_ltv_models[] = {
    &bm_ltv_nbd, &bm_ltv_bgnbd,       &bm_ltv_mbgnbd, &bm_ltv_paretonbd, &bm_ltv_bgbb, &bm_ltv_sbg,
    &bm_ltv_bdw, &bm_ltv_gamma_gamma, NULL,
};

const bm_ltv_model *bm_ltv_model_find(const char *name) {
    for (size_t i = 0; bm_ltv_models[i] != NULL; i++) {
        if (strcmp(bm_ltv_models[i]->name, name) == 0)
            return bm_ltv_models[i];
    }
    return NULL;
}

double bm_logistic(double log_odds) {
    double odds = exp(-fabs(log_odds));
    return log_odds >= 0 ? 1 / (1 + odds) : odds / (1 + odds);
}
