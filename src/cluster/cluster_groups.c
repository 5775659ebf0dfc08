/* Dissimilarities of clusters from their rows.
 *
 * Rows of a cluster lie side by side in blocks of 64. A pair of blocks is a tile of distances,
 * which is reduced to its clusters while the caches hold it: first rows, 64 columns at a time, then
 * columns. Since clusters are in the order of their sizes, most blocks hold single rows, of which
 * nothing is to be reduced. O(n² d) time whatever the clusters, O(n d) memory.
 *
 * Each dissimilarity is a sum over all pairs of rows in a fixed order (or their largest or smallest
 * distance), so its bits depend on the clusters alone, and its relative error, all terms being
 * positive, is below that of as many updates. */
#include "cluster/cluster_groups.h"

#include "base/memory.h"
#include "base/parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TILES_A_CHECK = 2048, RANKS = BM_GROUP + 1, FEW_GROUPS = 64, PARTS = 16 };

/* Blocks are at least half full, since no cluster is larger than the one before, but for the last
 * ones of those that are sought and of the others. */
static size_t most_blocks(size_t n) {
    return n / (BM_GROUP / 2) + 2;
}

size_t bm_groups_memory(size_t n, size_t d) {
    size_t packed, lists, bytes;
    size_t a_row = 3 * sizeof(size_t) + sizeof(uint32_t) + sizeof(uint8_t) + sizeof(bm_group);
    if (!bm_add(d, 1, &packed) || !bm_multiply(packed, BM_GROUP * sizeof(double), &packed) ||
        !bm_multiply(packed, most_blocks(n), &packed) || !bm_multiply(n, a_row, &lists) ||
        !bm_add(packed, lists, &bytes))
        return SIZE_MAX;
    return bytes;
}

bm_status bm_groups_init(bm_groups *groups, size_t n, size_t d, bm_combine combine, bm_error *err) {
    size_t blocks = most_blocks(n), values;
    bm_status status = BM_OK;
    *groups = (bm_groups){.n = n,
                          .d = d,
                          .combine = combine,
                          .pairs = bm_pairs_here(),
                          .kernel = bm_linkage_kernel_here()};
    if (!bm_multiply(blocks * BM_GROUP, d, &values))
        values = SIZE_MAX;
    BM_TRY(BM_NEW(&groups->group, n, "groups of clusters", err));
    BM_TRY(BM_NEW(&groups->id, n, "groups of clusters", err));
    BM_TRY(BM_NEW(&groups->index, n, "groups of clusters", err));
    BM_TRY(BM_NEW(&groups->size, n, "groups of clusters", err));
    BM_TRY(BM_NEW(&groups->at, n, "groups of clusters", err));
    BM_TRY(BM_NEW(&groups->place, n, "groups of clusters", err));
    BM_TRY(BM_NEW(&groups->share, blocks * BM_GROUP, "groups of clusters", err));
    BM_TRY(bm_new_large((void **)&groups->packed, values, sizeof *groups->packed,
                        "groups of clusters", err));
cleanup:
    if (status != BM_OK)
        bm_groups_free(groups);
    return status;
}

void bm_groups_free(bm_groups *groups) {
    free(groups->group);
    free(groups->id);
    free(groups->index);
    free(groups->size);
    free(groups->at);
    free(groups->place);
    free(groups->share);
    free(groups->packed);
    *groups = (bm_groups){0};
}

/* Which place a cluster has in the order: those of more than a block come first. */
static size_t rank_of(const unsigned char *is_sought, size_t lowest, size_t rows) {
    size_t rank = rows <= BM_GROUP ? BM_GROUP + 1 - rows : 0;
    return is_sought == NULL || is_sought[lowest] ? rank : rank + RANKS;
}

static void order_clusters(bm_groups *groups, const size_t *lowest,
                           const unsigned char *is_sought) {
    size_t *rows = groups->place, begin[2 * RANKS] = {0};
    memset(rows, 0, groups->n * sizeof *rows);
    for (size_t i = 0; i < groups->n; i++) {
        if (lowest[i] != BM_LEFT_OUT)
            rows[lowest[i]]++;
    }
    groups->clusters = groups->sought = groups->sought_rows = 0;
    for (size_t i = 0; i < groups->n; i++) {
        if (rows[i] > 0)
            begin[rank_of(is_sought, i, rows[i])]++;
    }
    for (size_t rank = 0; rank < 2 * RANKS; rank++) {
        size_t count = begin[rank];
        begin[rank] = groups->clusters;
        groups->clusters += count;
        groups->sought += rank < RANKS ? count : 0;
    }
    for (size_t i = 0; i < groups->n; i++) {
        if (rows[i] == 0)
            continue;
        size_t c = begin[rank_of(is_sought, i, rows[i])]++;
        groups->id[c] = i;
        groups->index[i] = c;
        groups->size[c] = (uint32_t)rows[i];
        groups->sought_rows += c < groups->sought ? rows[i] : 0;
    }
}

/* Places clusters in blocks, and these in groups; place[c]: where a cluster's rows begin. */
static void place_clusters(bm_groups *groups) {
    bm_group *group = NULL;
    size_t filled = 0;
    groups->groups = groups->blocks = groups->sought_groups = 0;
    for (size_t c = 0; c < groups->clusters; c++) {
        size_t size = groups->size[c], blocks = bm_chunks(size, BM_GROUP);
        if (group == NULL || filled + size > BM_GROUP || c == groups->sought) {
            group = &groups->group[groups->groups++];
            *group = (bm_group){.block = groups->blocks, .blocks = blocks, .cluster = c};
            group->is_plain = size == 1;
            groups->blocks += blocks;
            groups->sought_groups += c < groups->sought;
            filled = 0;
        }
        groups->at[c] = (uint8_t)filled;
        groups->place[c] = group->block * BM_GROUP + filled;
        group->clusters++;
        filled += size;
    }
}

void bm_groups_set(bm_groups *groups, const bm_features *features, const size_t *lowest,
                   const double *share, const unsigned char *is_sought) {
    order_clusters(groups, lowest, is_sought);
    place_clusters(groups);
    memset(groups->packed, 0, groups->blocks * BM_GROUP * groups->d * sizeof *groups->packed);
    memset(groups->share, 0, groups->blocks * BM_GROUP * sizeof *groups->share);
    for (size_t i = 0; i < groups->n; i++) {
        if (lowest[i] == BM_LEFT_OUT)
            continue;
        size_t place = groups->place[groups->index[lowest[i]]]++;
        bm_pack_row(features->x + i * groups->d, place, groups->d, groups->packed);
        groups->share[place] = share[i];
    }
}

/* Two groups, and what their clusters have come to. */
typedef struct meeting {
    const bm_groups *groups;
    const bm_group *a, *b;
    double tile[BM_GROUP * BM_GROUP], value[BM_GROUP * BM_GROUP];
} meeting;

static const double nothing[BM_GROUP] = {0};

/* Some rows of the tile, one below the other. */
static void fold_rows(const meeting *now, size_t first, size_t rows, const double *share,
                      double *out) {
    const bm_linkage_kernel *kernel = now->groups->kernel;
    const double *row = now->tile + first * BM_GROUP;
    bm_combine combine = now->groups->combine;
    if (combine == BM_COMBINE_MEAN || combine == BM_COMBINE_HALVES) {
        memset(out, 0, BM_GROUP * sizeof *out);
        for (size_t r = 0; r < rows; r++)
            kernel->add(share[r], row + r * BM_GROUP, BM_GROUP, out);
        return;
    }
    memcpy(out, row, BM_GROUP * sizeof *out);
    for (size_t r = 1; r < rows; r++) {
        if (combine == BM_COMBINE_LARGER)
            kernel->larger(out, row + r * BM_GROUP, nothing, BM_GROUP, out);
        else
            kernel->smaller(out, row + r * BM_GROUP, nothing, BM_GROUP, out);
    }
}

/* Some columns of a row. */
static double fold_columns(const meeting *now, const double *row, size_t columns,
                           const double *share) {
    double all = row[0];
    switch (now->groups->combine) {
    case BM_COMBINE_LARGER:
        for (size_t c = 1; c < columns; c++)
            all = row[c] > all ? row[c] : all;
        break;
    case BM_COMBINE_SMALLER:
        for (size_t c = 1; c < columns; c++)
            all = row[c] < all ? row[c] : all;
        break;
    default:
        all *= share[0];
        for (size_t c = 1; c < columns; c++)
            all += share[c] * row[c];
    }
    return all;
}

static double both(const meeting *now, double before, double value) {
    switch (now->groups->combine) {
    case BM_COMBINE_LARGER:
        return value > before ? value : before;
    case BM_COMBINE_SMALLER:
        return value < before ? value : before;
    default:
        return before + value;
    }
}

/* Where in its block, the t-th of its group's, a cluster begins, and how many rows it has there. */
static size_t rows_in(const bm_groups *groups, const bm_group *group, size_t c, size_t t,
                      size_t *first) {
    size_t size = groups->size[c];
    *first = groups->at[c];
    if (group->blocks == 1)
        return size;
    return size - t * BM_GROUP < BM_GROUP ? size - t * BM_GROUP : BM_GROUP;
}

/* Adds the tile of the s-th and the t-th block of the two groups to their clusters. */
static void reduce(meeting *now, size_t s, size_t t) {
    const bm_groups *groups = now->groups;
    const bm_group *a = now->a, *b = now->b;
    const double *share_a = groups->share + (a->block + s) * BM_GROUP;
    const double *share_b = groups->share + (b->block + t) * BM_GROUP;
    double folded[BM_GROUP];
    for (size_t i = 0; i < a->clusters; i++) {
        size_t from, rows = rows_in(groups, a, a->cluster + i, s, &from);
        const double *row = now->tile + from * BM_GROUP;
        double *out = now->value + i * BM_GROUP;
        if (groups->size[a->cluster + i] > 1) {
            fold_rows(now, from, rows, share_a + from, folded);
            row = folded;
        }
        for (size_t j = 0; j < b->clusters; j++) {
            size_t column = j,
                   columns = b->is_plain ? 1 : rows_in(groups, b, b->cluster + j, t, &column);
            double value =
                b->is_plain ? row[j] : fold_columns(now, row + column, columns, share_b + column);
            out[j] = s == 0 && t == 0 ? value : both(now, out[j], value);
        }
    }
}

/* The tile of two blocks. */
static void measure(meeting *now, size_t block_a, size_t block_b) {
    const bm_groups *groups = now->groups;
    const double *rows = groups->packed + block_a * BM_GROUP * groups->d;
    const double *columns = groups->packed + block_b * BM_GROUP * groups->d;
    for (size_t r = 0; r < BM_GROUP; r += BM_TILE_ROWS)
        groups->pairs->distances(rows + r * groups->d, columns, groups->d,
                                 now->tile + r * BM_GROUP);
}

static bm_status meet(meeting *now, size_t *tiles, bm_error *err) {
    for (size_t s = 0; s < now->a->blocks; s++) {
        for (size_t t = 0; t < now->b->blocks; t++) {
            measure(now, now->a->block + s, now->b->block + t);
            if (!now->a->is_plain || !now->b->is_plain)
                reduce(now, s, t);
            if (++*tiles % TILES_A_CHECK != 0)
                continue;
            bm_status status = bm_check_interrupt(err);
            if (status != BM_OK)
                return status;
        }
    }
    return BM_OK;
}

typedef struct pairing {
    const bm_groups *groups;
    bm_take_pairs take;
    void *arg;
    size_t parts; /* of what a group is paired with */
} pairing;

static bm_status pair_group(size_t chunk, void *arg, bm_error *err) {
    const pairing *all = arg;
    const bm_groups *groups = all->groups;
    size_t first = chunk / all->parts, part = chunk % all->parts, others = groups->groups - first;
    size_t begin = first + others * part / all->parts;
    size_t end = first + others * (part + 1) / all->parts, tiles = 0;
    meeting now = {.groups = groups, .a = &groups->group[first]};
    for (size_t g = begin; g < end; g++) {
        now.b = &groups->group[g];
        bm_status status = meet(&now, &tiles, err);
        if (status != BM_OK)
            return status;
        all->take(all->arg, now.a->cluster, now.a->clusters, now.b->cluster, now.b->clusters,
                  now.a->is_plain && now.b->is_plain ? now.tile : now.value);
    }
    return bm_check_interrupt(err);
}

bm_status bm_groups_pairs(const bm_groups *groups, bm_take_pairs take, void *arg, bm_error *err) {
    pairing all = {groups, take, arg, groups->sought_groups < FEW_GROUPS ? PARTS : 1};
    return bm_parallel_for(groups->sought_groups * all.parts, pair_group, &all, err);
}
