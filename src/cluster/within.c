/* Rows are brought into the order of their segments and packed for the distance kernel. */
#include "cluster/within.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "buyermap/context.h"
#include "kernel/distance.h"

#include <stdlib.h>
#include <string.h>

typedef struct work {
    size_t n, d;
    double *x;      /* [n × d] in the order of segments */
    double *weight; /* [n] */
    int32_t *label; /* [n] */
    size_t *first;  /* [k + 1] where each segment begins */
    size_t *at;     /* [k] where it begins in packed */
    double *packed; /* each segment for itself */
    double *total;  /* [k] summed weight */
    double *room;   /* distances of a row */
} work;

/* How long the longest segment is, rounded up to what the kernel fills. */
static size_t padded(size_t n) {
    return bm_chunks(n, BM_PACKED) * BM_PACKED;
}

static bm_status make_room(work *now, size_t k, bm_error *err) {
    size_t cells = 0, packed = 0;
    bm_status status = BM_OK;
    if (!bm_multiply(now->n, now->d, &cells) ||
        !bm_multiply(now->n + k * BM_PACKED, now->d, &packed))
        return bm_fail(err, BM_NOMEM, "out of memory: distances within segments");
    BM_TRY(BM_NEW_ALIGNED(&now->x, cells, "distances within segments", err));
    BM_TRY(BM_NEW(&now->weight, now->n, "distances within segments", err));
    BM_TRY(BM_NEW(&now->label, now->n, "distances within segments", err));
    BM_TRY(BM_NEW(&now->first, k + 1, "distances within segments", err));
    BM_TRY(BM_NEW(&now->at, k, "distances within segments", err));
    BM_TRY(BM_NEW_ALIGNED(&now->packed, packed, "distances within segments", err));
    BM_TRY(BM_NEW(&now->total, k, "distances within segments", err));
    BM_TRY(BM_NEW_ALIGNED(&now->room, padded(now->n), "distances within segments", err));
cleanup:
    return status;
}

/* Brings rows into the order of segments, rows of one segment in the order they have. */
static void arrange(work *now, const bm_features *features, const int32_t *label, size_t k) {
    size_t n = now->n, d = now->d;
    for (size_t i = 0; i < n; i++)
        now->first[label[i] + 1]++;
    for (size_t r = 0; r < k; r++)
        now->first[r + 1] += now->first[r];
    for (size_t r = 0; r < k; r++)
        now->at[r] = now->first[r];
    for (size_t i = 0; i < n; i++) {
        size_t place = now->at[label[i]]++;
        memcpy(now->x + place * d, features->x + i * d, d * sizeof *now->x);
        now->weight[place] = bm_weight_of(features->weight, i);
        now->label[place] = label[i];
        now->total[label[i]] += now->weight[place];
    }
    size_t at = 0;
    for (size_t r = 0; r < k; r++) {
        size_t rows = now->first[r + 1] - now->first[r];
        now->at[r] = at;
        if (rows > 0)
            bm_pack_rows(now->x + now->first[r] * d, rows, d, now->packed + at);
        at += padded(rows) * d;
    }
}

/* What a row adds: its distances to all of its segment. */
static double part_of(work *now, size_t i) {
    size_t r = (size_t)now->label[i], first = now->first[r], rows = now->first[r + 1] - first;
    double to_all = 0;
    bm_distances()(now->x + i * now->d, now->packed + now->at[r], rows, now->d, now->room);
    for (size_t j = 0; j < rows; j++)
        to_all += now->weight[first + j] * now->room[j];
    return now->weight[i] * to_all / (2 * now->total[r]);
}

bm_status bm_within_distances(const bm_features *features, const int32_t *label, size_t k,
                              double *within, bm_error *err) {
    work now = {.n = features->n, .d = features->d};
    bm_status status;
    *within = 0;
    BM_TRY(make_room(&now, k, err));
    arrange(&now, features, label, k);
    for (size_t i = 0; i < now.n; i++)
        *within += part_of(&now, i);
    status = bm_check_interrupt(err);
cleanup:
    free(now.x);
    free(now.weight);
    free(now.label);
    free(now.first);
    free(now.at);
    free(now.packed);
    free(now.total);
    free(now.room);
    return status;
}
