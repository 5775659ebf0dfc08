/* Gower's dissimilarity (Gower 1971, A general coefficient of similarity and some of its
 * properties, Biometrics 27:857-871; as in Kaufman & Rousseeuw 1990, Finding groups in data,
 * chapter 1, and R's cluster::daisy).
 *
 * A variable after the other, each divided by its range once, so that a pair costs a subtraction
 * and a product a variable; rows against stretches of rows by the kernels of kernel/gower.h. O(n v)
 * memory for v variables.
 *
 * Whether some pair has no variable in common is asked once, of the distinct sets of variables that
 * rows have: two sets can only be disjoint when one of them has at most half of the variables, so
 * that these few are held against all. Where that would take longer than MOST_COMPARED of such
 * comparisons it is left to be seen: such a pair is infinitely far apart then. */
#include "cluster/gower.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "data/values.h"
#include "kernel/gower.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 4096, SETS_A_CHUNK = 16 };
static const double MOST_COMPARED = 2e10;

typedef struct gower {
    bm_gower_table table;
    bm_gower_column *column; /* the table's */
    double *value;           /* [columns × stride] */
    size_t stride;
    bm_gower_kernel row;
} gower;

/* What a variable is made of: one number, or the indicators of one source. */
typedef struct variable {
    size_t first, count; /* in the list of features by variable */
} variable;

typedef struct packing {
    const bm_features *all;
    const gower *own;
    const size_t *feature; /* [clustered] features by variable */
    const variable *variable;
} packing;

static void release(void *data) {
    gower *own = data;
    free(own->column);
    free(own->value);
    free(own);
}

static void tile_of(const bm_dissimilarity *self, size_t row, size_t rows, size_t column,
                    size_t columns, size_t stride, double *tile) {
    const gower *own = self->data;
    for (size_t i = 0; i < rows; i++) {
        double *out = tile + i * stride;
        own->row(&own->table, row + i, column, columns, out);
        for (size_t j = 0; j < columns && own->table.complete <= 0; j++)
            out[j] = isnan(out[j]) ? INFINITY : out[j];
    }
}

static bm_status make(size_t n, size_t columns, gower **out, bm_error *err) {
    gower *own = NULL;
    size_t cells;
    bm_status status;
    BM_TRY(BM_NEW(&own, 1, "dissimilarities", err));
    *out = own;
    own->stride = (n + BM_GOWER_PADDING - 1) / BM_GOWER_PADDING * BM_GOWER_PADDING;
    own->row = bm_gower_here();
    if (!bm_multiply(own->stride, columns, &cells) ||
        !bm_add(cells, BM_GOWER_PADDING, &cells)) /* a kernel may begin at any row */
        cells = SIZE_MAX;
    BM_TRY(BM_NEW(&own->column, columns, "dissimilarities", err));
    BM_TRY(BM_NEW_ALIGNED(&own->value, cells, "dissimilarities", err));
    own->table = (bm_gower_table){.column = own->column, .columns = columns};
    for (size_t v = 0; v < columns; v++)
        own->column[v].value = own->value + v * own->stride;
cleanup:
    return status;
}

static bm_status select_rows(const bm_dissimilarity *self, const size_t *row, size_t n,
                             bm_dissimilarity *out, bm_error *err) {
    const gower *from = self->data;
    gower *own = NULL;
    bm_status status;
    *out = *self;
    out->n = n;
    out->data = NULL;
    BM_TRY(make(n, from->table.columns, &own, err));
    own->table.complete = from->table.complete;
    for (size_t v = 0; v < own->table.columns; v++) {
        double *value = own->value + v * own->stride;
        own->column[v] = from->column[v];
        own->column[v].value = value;
        for (size_t i = 0; i < n; i++)
            value[i] = from->column[v].value[row[i]];
    }
cleanup:
    out->data = own;
    if (status != BM_OK)
        bm_dissimilarity_free(out);
    return status;
}

static int is_same_category(const bm_feature *a, const bm_feature *b) {
    return a->kind == BM_FEATURE_INDICATOR && b->kind == BM_FEATURE_INDICATOR &&
           strcmp(a->source, b->source) == 0;
}

/* Sorts the clustered features into variables, by the first feature of each. */
static size_t list_variables(const bm_features *all, size_t *feature, variable *list,
                             uint8_t *taken) {
    size_t variables = 0, listed = 0;
    for (size_t j = 0; j < all->d; j++) {
        if (!all->feature[j].clustered || taken[j])
            continue;
        variable *of = &list[variables++];
        *of = (variable){listed, 1};
        feature[listed++] = j;
        for (size_t other = j + 1; other < all->d; other++) {
            if (!all->feature[other].clustered || taken[other] ||
                !is_same_category(&all->feature[j], &all->feature[other]))
                continue;
            taken[other] = 1;
            feature[listed++] = other;
            of->count++;
        }
    }
    return variables;
}

/* A number as it is known, within the winsorizing limits. */
static void take_number(const bm_feature *feature, const double *block, size_t count, double *out) {
    for (size_t i = 0; i < count; i++)
        out[i] = isfinite(block[i]) ? bm_feature_settle(feature, block[i]) : NAN;
}

/* Which indicator is 1, from 1; 0: none. */
static void take_indicator(size_t code, const double *block, size_t count, double *out) {
    for (size_t i = 0; i < count; i++) {
        if (isnan(block[i]))
            out[i] = NAN;
        else if (block[i] > 0.5)
            out[i] = (double)code;
    }
}

/* Divides by the range. One that no double can hold is that of the halves. */
static void scale(double *value, size_t n, size_t *missing) {
    double low = INFINITY, high = -INFINITY;
    *missing = 0;
    for (size_t i = 0; i < n; i++) {
        *missing += isnan(value[i]) != 0;
        low = value[i] < low ? value[i] : low;
        high = value[i] > high ? value[i] : high;
    }
    double part = isfinite(high - low) ? 1 : 0.5, range = part * high - part * low;
    range = range > 0 ? range : 1;
    for (size_t i = 0; i < n; i++)
        value[i] = (part * value[i] - part * low) / range;
}

static bm_status pack(size_t chunk, void *arg, bm_error *err) {
    const packing *now = arg;
    const variable *of = &now->variable[chunk];
    bm_gower_column *column = &now->own->column[chunk];
    double *value = now->own->value + chunk * now->own->stride, block[BM_VALUES_BLOCK];
    size_t n = now->all->n, missing = 0;
    column->is_category = now->all->feature[now->feature[of->first]].kind == BM_FEATURE_INDICATOR;
    for (size_t f = 0; f < of->count; f++) {
        size_t j = now->feature[of->first + f];
        const bm_feature *feature = &now->all->feature[j];
        column->weight += feature->weight / (double)of->count;
        for (size_t first = 0, count; first < n; first += count) {
            count = n - first < BM_VALUES_BLOCK ? n - first : BM_VALUES_BLOCK;
            bm_status status = bm_features_column(now->all, j, first, count, block, err);
            if (status == BM_OK)
                status = bm_check_interrupt(err);
            if (status != BM_OK)
                return status;
            if (column->is_category)
                take_indicator(f + 1, block, count, value + first);
            else
                take_number(feature, block, count, value + first);
        }
    }
    if (column->is_category)
        for (size_t i = 0; i < n; i++)
            missing += isnan(value[i]) != 0;
    else
        scale(value, n, &missing);
    column->is_partial = missing > 0;
    return BM_OK;
}

/* The distinct sets of variables that rows have. */
typedef struct known_sets {
    const gower *own;
    size_t n, words; /* of a set */
    uint64_t *set;   /* [sets × words] */
    size_t *rows;    /* [sets] that have it */
    size_t *slot;    /* while they are collected: a hash table of set + 1 */
    size_t slots, sets, reserved, reserved_rows;
    size_t *sparse; /* those with at most half of the variables */
    size_t sparses;
    uint8_t *is_apart; /* [sets] 1: shares nothing with some set */
} known_sets;

static void set_of(const known_sets *now, size_t row, uint64_t *set) {
    const gower *own = now->own;
    memset(set, 0, now->words * sizeof *set);
    for (size_t v = 0; v < own->table.columns; v++)
        set[v / 64] |= (uint64_t)!isnan(own->column[v].value[row]) << v % 64;
}

static size_t hash_of(const known_sets *now, const uint64_t *set) {
    uint64_t hash = 0x9e3779b97f4a7c15u;
    for (size_t w = 0; w < now->words; w++) {
        hash = (hash ^ set[w]) * 0xff51afd7ed558ccdu;
        hash ^= hash >> 32;
    }
    return (size_t)(hash % now->slots);
}

static size_t members(const known_sets *now, size_t at) {
    size_t count = 0;
    for (size_t w = 0; w < now->words; w++)
        count += (size_t)__builtin_popcountll(now->set[at * now->words + w]);
    return count;
}

static bm_status collect(known_sets *now, bm_error *err) {
    bm_status status;
    now->slots = 2 * now->n + 1;
    BM_TRY(BM_NEW(&now->slot, now->slots, "sets of known values", err));
    for (size_t row = 0; row < now->n; row++) {
        BM_TRY(BM_GROW(&now->set, &now->reserved, (now->sets + 1) * now->words,
                       "sets of known values", err));
        BM_TRY(
            BM_GROW(&now->rows, &now->reserved_rows, now->sets + 1, "sets of known values", err));
        uint64_t *set = now->set + now->sets * now->words;
        set_of(now, row, set);
        size_t slot = hash_of(now, set);
        while (now->slot[slot] > 0 && memcmp(now->set + (now->slot[slot] - 1) * now->words, set,
                                             now->words * sizeof *set) != 0)
            slot = slot + 1 < now->slots ? slot + 1 : 0;
        if (now->slot[slot] == 0) {
            now->slot[slot] = ++now->sets;
            now->rows[now->sets - 1] = 0;
        }
        now->rows[now->slot[slot] - 1]++;
    }
cleanup:
    return status;
}

static int is_disjoint(const known_sets *now, size_t a, size_t b) {
    for (size_t w = 0; w < now->words; w++) {
        if (now->set[a * now->words + w] & now->set[b * now->words + w])
            return 0;
    }
    return 1;
}

static bm_status compare_chunk(size_t chunk, void *arg, bm_error *err) {
    known_sets *now = arg;
    size_t end = bm_chunk_end(chunk, SETS_A_CHUNK, now->sparses);
    for (size_t s = bm_chunk_begin(chunk, SETS_A_CHUNK); s < end; s++) {
        size_t a = now->sparse[s];
        for (size_t b = 0; b < now->sets && !now->is_apart[a]; b++)
            now->is_apart[a] = (uint8_t)is_disjoint(now, a, b);
    }
    return bm_check_interrupt(err);
}

static bm_status find_apart(known_sets *now, size_t *rows, bm_error *err) {
    bm_status status;
    BM_TRY(collect(now, err));
    BM_TRY(BM_NEW(&now->sparse, now->sets, "sets of known values", err));
    BM_TRY(BM_NEW(&now->is_apart, now->sets, "sets of known values", err));
    for (size_t at = 0; at < now->sets; at++) {
        if (2 * members(now, at) <= now->own->table.columns)
            now->sparse[now->sparses++] = at;
    }
    if ((double)now->sparses * (double)now->sets > MOST_COMPARED)
        goto cleanup;
    BM_TRY(bm_parallel_for(bm_chunks(now->sparses, SETS_A_CHUNK), compare_chunk, now, err));
    for (size_t at = 0; at < now->sets; at++)
        *rows += now->is_apart[at] ? now->rows[at] : 0;
cleanup:
    return status;
}

/* Every two rows must have a variable in common. */
static bm_status require_common(const gower *own, size_t n, bm_error *err) {
    known_sets now = {.own = own, .n = n, .words = (own->table.columns + 63) / 64};
    size_t apart = 0;
    bm_status status = BM_OK;
    if (own->table.complete > 0) /* one that all rows have */
        return BM_OK;
    BM_TRY(find_apart(&now, &apart, err));
    if (apart > 0)
        status = bm_fail(
            err, BM_DATA,
            "%zu of the %zu buyers have no value in any column in which some other buyer has one, "
            "so that Gower's distance between them is not defined; leave out buyers with missing "
            "values (--missing drop), fill their values in the table, or add a column that "
            "everybody has",
            apart, n);
cleanup:
    free(now.set);
    free(now.rows);
    free(now.slot);
    free(now.sparse);
    free(now.is_apart);
    return status;
}

size_t bm_gower_memory(size_t n, size_t features) {
    size_t bytes, sets;
    /* The copy; and sets of known values, at worst one a row. */
    return bm_add(n, 2 * BM_GOWER_PADDING, &bytes) && bm_multiply(bytes, features, &bytes) &&
                   bm_multiply(bytes, sizeof(double), &bytes) &&
                   bm_multiply(n, 2 * (features / 64 + 1) * sizeof(uint64_t) + 48, &sets) &&
                   bm_add(bytes, sets, &bytes)
               ? bytes
               : SIZE_MAX;
}

bm_status bm_gower(const bm_features *all, const bm_context *context,
                   bm_dissimilarity *dissimilarity, bm_error *err) {
    size_t *feature = NULL, variables;
    variable *list = NULL;
    uint8_t *taken = NULL;
    gower *own = NULL;
    bm_status status;
    *dissimilarity = (bm_dissimilarity){.n = all->n,
                                        .name = "gower",
                                        .tile = tile_of,
                                        .select = select_rows,
                                        .features = all,
                                        .release = release};
    BM_TRY(bm_require_memory(context, bm_gower_memory(all->n, all->d), "Gower's distances", err));
    BM_TRY(BM_NEW(&feature, all->d, "dissimilarities", err));
    BM_TRY(BM_NEW(&list, all->d, "dissimilarities", err));
    BM_TRY(BM_NEW(&taken, all->d, "dissimilarities", err));
    variables = list_variables(all, feature, list, taken);
    BM_TRY(make(all->n, variables, &own, err));
    packing now = {all, own, feature, list};
    BM_TRY(bm_parallel_for(variables, pack, &now, err));
    for (size_t v = 0; v < variables; v++)
        own->table.complete += own->column[v].is_partial ? 0 : own->column[v].weight;
    BM_TRY(require_common(own, all->n, err));
cleanup:
    dissimilarity->data = own;
    free(feature);
    free(list);
    free(taken);
    if (status != BM_OK)
        bm_dissimilarity_free(dissimilarity);
    return status;
}
