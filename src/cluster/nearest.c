/* Who is nearest to whom. Only a dissimilarity that is closer than the two nearest so far is looked
 * at by itself, which of n in any order are about 2 ln n. Each thread keeps what it has seen: the
 * least of pairs does not depend on the order in which they come. */
#include "cluster/nearest.h"

#include "base/memory.h"
#include "base/parallel.h"

#include <math.h>
#include <stdlib.h>

bm_status bm_nearest_init(bm_nearest *nearest, size_t width, bm_error *err) {
    bm_status status;
    *nearest = (bm_nearest){0};
    BM_TRY(BM_NEW_ALIGNED(&nearest->least, width, "the nearest neighbours", err));
    BM_TRY(BM_NEW_ALIGNED(&nearest->second, width, "the nearest neighbours", err));
    BM_TRY(BM_NEW_ALIGNED(&nearest->slot, width, "the nearest neighbours", err));
    bm_nearest_reset(nearest, width);
cleanup:
    if (status != BM_OK)
        bm_nearest_free(nearest);
    return status;
}

void bm_nearest_reset(const bm_nearest *nearest, size_t width) {
    for (size_t i = 0; i < width; i++) {
        nearest->least[i] = nearest->second[i] = INFINITY;
        nearest->slot[i] = BM_UNKNOWN;
    }
}

void bm_nearest_free(bm_nearest *nearest) {
    free(nearest->least);
    free(nearest->second);
    free(nearest->slot);
    *nearest = (bm_nearest){0};
}

bm_status bm_nearest_threads(bm_nearest **nearest, size_t width, bm_error *err) {
    size_t threads = (size_t)bm_threads();
    bm_status status;
    BM_TRY(BM_NEW(nearest, threads, "the nearest neighbours", err));
    for (size_t t = 0; t < threads; t++)
        BM_TRY(bm_nearest_init(&(*nearest)[t], width, err));
cleanup:
    return status;
}

void bm_nearest_threads_free(bm_nearest *nearest) {
    for (size_t t = 0; nearest != NULL && t < (size_t)bm_threads(); t++)
        bm_nearest_free(&nearest[t]);
    free(nearest);
}

size_t bm_nearest_memory(size_t width) {
    size_t bytes, threads = (size_t)bm_threads();
    return bm_multiply(width, (threads + 1) * (2 * sizeof(double) + sizeof(int64_t)), &bytes)
               ? bytes
               : SIZE_MAX;
}

void bm_nearest_add(const bm_nearest *nearest, size_t a, double value, int64_t name) {
    if (value < nearest->least[a] ||
        (value == nearest->least[a] && (nearest->slot[a] < 0 || name < nearest->slot[a]))) {
        nearest->second[a] = nearest->least[a];
        nearest->least[a] = value;
        nearest->slot[a] = name;
    } else if (value < nearest->second[a]) {
        nearest->second[a] = value;
    }
}

void bm_nearest_gather(const bm_nearest *threads, size_t slots, const bm_nearest *all) {
    bm_nearest_reset(all, slots);
    for (size_t t = 0; t < (size_t)bm_threads(); t++) {
        const bm_nearest *one = &threads[t];
        for (size_t i = 0; i < slots; i++) {
            if (one->slot[i] < 0)
                continue;
            bm_nearest_add(all, i, one->least[i], one->slot[i]);
            if (one->second[i] < all->second[i])
                all->second[i] = one->second[i];
        }
    }
}

void bm_nearest_look(const bm_nearest *nearest, const bm_linkage_kernel *kernel, size_t a,
                     size_t first, size_t count, const size_t *name, double *value) {
    size_t width = bm_up_to(count, BM_LINKED);
    for (size_t j = 0; j < count && first + j <= a; j++)
        value[j] = INFINITY;
    for (size_t j = count; j < width; j++)
        value[j] = INFINITY;
    bm_close close = {.limit = nearest->second + first,
                      .nearest = nearest->slot + first,
                      .x = BM_NOBODY,
                      .y = BM_NOBODY,
                      .most = nearest->second[a]};
    for (size_t j = 0; (j = kernel->find(value, &close, j, width)) < width; j++) {
        size_t b = first + j;
        if (value[j] == INFINITY)
            continue;
        bm_nearest_add(nearest, a, value[j], (int64_t)(name != NULL ? name[b] : b));
        bm_nearest_add(nearest, b, value[j], (int64_t)(name != NULL ? name[a] : a));
        close.most = nearest->second[a];
    }
}
