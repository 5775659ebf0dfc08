/* Private to the hierarchical part of cluster: dissimilarities of clusters straight from the rows
 * they are made of, without a matrix. */
#ifndef BM_CLUSTER_CLUSTER_GROUPS_H
#define BM_CLUSTER_CLUSTER_GROUPS_H

#include "cluster/hierarchical.h"
#include "kernel/linkage.h"
#include "kernel/pairs.h"

/* Rows of a block, and the most clusters of a group. */
enum { BM_GROUP = BM_TILE_COLUMNS };

#define BM_LEFT_OUT SIZE_MAX

/* Blocks of rows: some clusters in one, or one cluster in many. */
typedef struct bm_group {
    size_t block, blocks;
    size_t cluster, clusters;
    int is_plain; /* each cluster is one row */
} bm_group;

/* Clusters as sets of rows: first those that are looked for neighbours of, then the others; among
 * both the largest first, equal ones by their lowest row. A dissimilarity of
 * two is the sum of those of their rows, each times both rows' shares; the largest; or the
 * smallest, as the linkage combines them: BM_COMBINE_MEAN, _HALVES, _LARGER, _SMALLER. */
typedef struct bm_groups {
    size_t n, d, clusters, groups, blocks;
    size_t sought, sought_groups; /* clusters and groups that are looked for neighbours of */
    size_t sought_rows;
    bm_combine combine;
    bm_group *group; /* [groups] */
    size_t *id;      /* [clusters] the lowest row of each */
    size_t *index;   /* [n] which cluster has it for its lowest row */
    uint32_t *size;  /* [clusters] rows */
    uint8_t *at;     /* [clusters] where in its block a cluster begins */
    double *packed;  /* [blocks × 64 × d] rows by BM_PACKED, zeros where a block is not full */
    double *share;   /* [blocks × 64] */
    size_t *place;   /* [n] scratch */
    const bm_pair_kernel *pairs;
    const bm_linkage_kernel *kernel;
} bm_groups;

/* Dissimilarities of clusters first_a … and first_b …: value[a × BM_GROUP + b]. Called from several
 * threads, each pair of groups once, with first_a <= first_b; of a group with itself all pairs are
 * there twice, and the dissimilarity of a cluster to itself means nothing. Groups hold either
 * clusters that are sought, as first_a … always are, or others. */
typedef void (*bm_take_pairs)(void *arg, size_t first_a, size_t count_a, size_t first_b,
                              size_t count_b, double *value);

/* Room for n rows of d features. BM_NOMEM. */
bm_status bm_groups_init(bm_groups *groups, size_t n, size_t d, bm_combine combine,
                         bm_error *err) BM_MUST_CHECK;
void bm_groups_free(bm_groups *groups);
size_t bm_groups_memory(size_t n, size_t d);
/* Groups the clusters: lowest[i] is the lowest row of row i's cluster, or BM_LEFT_OUT for a row
 * that counts for nothing; share[i] what it counts for in it (which sums to 1); is_sought: by
 * lowest rows; NULL: all are. O(n d). */
void bm_groups_set(bm_groups *groups, const bm_features *features, const size_t *lowest,
                   const double *share, const unsigned char *is_sought);
/* All pairs of which one is sought, in parallel. O(d) a pair of rows. BM_INTERRUPTED. */
bm_status bm_groups_pairs(const bm_groups *groups, bm_take_pairs take, void *arg,
                          bm_error *err) BM_MUST_CHECK;

#endif
