#include "generate/generation.h"

#include <string.h>

const bm_generator *const bm_generators[] = {&bm_generate_buyers, &bm_generate_orders, NULL};

const bm_generator *bm_generator_find(const char *name) {
    for (size_t i = 0; bm_generators[i] != NULL; i++)
        if (strcmp(bm_generators[i]->name, name) == 0)
            return bm_generators[i];
    return NULL;
}
