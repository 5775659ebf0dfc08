/* The seven linkages, one row each, and the way from features to a tree.
 *
 * Lance & Williams (1967), A general theory of classificatory sorting strategies 1: the
 * dissimilarity of a new cluster follows from those of its two halves. single, complete, average,
 * weighted and ward never bring clusters closer than the merge that made them, so nearest
 * neighbours may be merged in any order; centroid and median can, and merge the closest pair.
 *
 * Ties: up to BM_WALK_MOST buyers Euclidean trees take the steps of SciPy and fastcluster
 * (agglomeration.c); beyond, for any other dissimilarity, and where their square of distances does
 * not fit in memory, the least pair (see the engines).
 * Heights of single linkage do not depend on ties; it always goes by the least pair. The updates
 * below are rounded as SciPy rounds them (scipy/cluster/_hierarchy_distance_update.pxi): of
 * distances, not of their squares, and each product from left to right. Where rounding parts what
 * is tied on paper, trees then still agree.
 *
 * Weights: a buyer of weight w is a cluster of w equal buyers that have already been merged. For
 * average, ward and centroid that means sizes which start at w, and for ward also a starting
 * dissimilarity of sqrt(2 v w / (v + w)) d between buyers of weights v and w. single, complete,
 * weighted and median do not look at sizes. */
#include "cluster/hierarchical.h"

#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static double single(double ik, double jk, double ij, double size_i, double size_j, double size_k) {
    (void)ij, (void)size_i, (void)size_j, (void)size_k;
    return ik < jk ? ik : jk;
}

static double complete(double ik, double jk, double ij, double size_i, double size_j,
                       double size_k) {
    (void)ij, (void)size_i, (void)size_j, (void)size_k;
    return ik > jk ? ik : jk;
}

static double average(double ik, double jk, double ij, double size_i, double size_j,
                      double size_k) {
    (void)ij, (void)size_k;
    return (size_i * ik + size_j * jk) / (size_i + size_j);
}

static double weighted(double ik, double jk, double ij, double size_i, double size_j,
                       double size_k) {
    (void)ij, (void)size_i, (void)size_j, (void)size_k;
    return 0.5 * (ik + jk);
}

/* Rounding can leave a square a little below 0. */
static double root(double square) {
    return square < 0 ? 0 : sqrt(square);
}

static double ward(double ik, double jk, double ij, double size_i, double size_j, double size_k) {
    double part = 1 / (size_i + size_j + size_k);
    return root((size_k + size_i) * part * ik * ik + (size_k + size_j) * part * jk * jk -
                size_k * part * ij * ij);
}

/* Sizes of 1e170 have no product, and small ones lose it: they are brought near 1, which changes no
 * bit of what follows. */
static void scale_sizes(double *size_i, double *size_j) {
    int exponent;
    frexp(*size_i + *size_j, &exponent);
    *size_i = ldexp(*size_i, -exponent);
    *size_j = ldexp(*size_j, -exponent);
}

static double centroid(double ik, double jk, double ij, double size_i, double size_j,
                       double size_k) {
    (void)size_k;
    double product = size_i * size_j;
    if (!(product > 1e-100 && product < 1e100)) {
        scale_sizes(&size_i, &size_j);
        product = size_i * size_j;
    }
    double size = size_i + size_j;
    return root((size_i * ik * ik + size_j * jk * jk - product * ij * ij / size) / size);
}

static double median(double ik, double jk, double ij, double size_i, double size_j, double size_k) {
    (void)size_i, (void)size_j, (void)size_k;
    return root(0.5 * (ik * ik + jk * jk) - 0.25 * ij * ij);
}

const bm_linkage bm_linkages[] = {
    {"ward", "least growth of the sum of squares", &bm_by_centres, 0, 1, ward, 1, 0, 0},
    {"single", "distance of the closest two", &bm_by_spanning, 0, 0, single, 0, 0,
     BM_COMBINE_SMALLER},
    {"complete", "distance of the farthest two", &bm_by_matrix, 0, 1, complete, 0, 0,
     BM_COMBINE_LARGER},
    {"average", "mean distance of all pairs (UPGMA)", &bm_by_matrix, 0, 1, average, 0, 0,
     BM_COMBINE_MEAN},
    {"weighted", "mean distance, both halves alike (WPGMA)", &bm_by_matrix, 0, 1, weighted, 0, 0,
     BM_COMBINE_HALVES},
    {"centroid", "distance of the centroids (UPGMC)", &bm_by_centres, 1, 1, centroid, 0, 0, 0},
    {"median", "distance of the midpoints (WPGMC)", &bm_by_centres, 1, 1, median, 0, 1, 0},
    {NULL, NULL, NULL, 0, 0, NULL, 0, 0, 0},
};

const bm_linkage *bm_linkage_find(const char *name) {
    for (const bm_linkage *linkage = bm_linkages; linkage->name != NULL; linkage++) {
        if (strcmp(linkage->name, name) == 0)
            return linkage;
    }
    return NULL;
}

const bm_tree_engine *bm_linkage_engine(const bm_linkage *linkage, size_t n, int form) {
    int is_small = n <= BM_WALK_MOST && (form & BM_ANY_DISTANCE) == 0;
    int is_free = (form & BM_ANY_TIES) != 0 && linkage->engine->outruns_walk;
    return linkage->walks && is_small && !is_free ? &bm_by_walk : linkage->engine;
}

size_t bm_linkage_memory(const bm_linkage *linkage, size_t n, size_t d, int form) {
    size_t wished = bm_linkage_engine(linkage, n, form)->memory(n, d, form);
    size_t least = linkage->engine->memory(n, d, form);
    return wished < least ? wished : least;
}

/* Bytes that there is room for. */
static size_t room_of(const bm_context *context) {
    if (context == NULL || context->memory_limit == 0)
        return SIZE_MAX - 1;
    return context->memory_limit > context->held ? context->memory_limit - context->held : 0;
}

/* The most buyers, fewer than n, whose tree fits. */
static size_t buyers_that_fit(const bm_linkage *linkage, size_t limit, size_t n, size_t d,
                              int form) {
    size_t fits = 0, too_many = n;
    while (fits + 1 < too_many) {
        size_t middle = fits + (too_many - fits) / 2;
        if (bm_linkage_memory(linkage, middle, d, form) <= limit)
            fits = middle;
        else
            too_many = middle;
    }
    return fits;
}

/* What else would take n buyers within the limit. */
static void list_what_fits(const bm_linkage *linkage, size_t limit, size_t n, size_t d, int form,
                           char *text, size_t room) {
    static const char *const names[] = {"single", "ward"};
    int is_any = (form & BM_ANY_DISTANCE) != 0;
    size_t used = 0;
    text[0] = '\0';
    if ((form & BM_IN_FLOATS) == 0 &&
        bm_linkage_memory(linkage, n, d, form | BM_IN_FLOATS) <= limit)
        used += (size_t)snprintf(text, room, "--precision single, ");
    for (size_t l = 0; l < 2; l++) {
        const bm_linkage *other = bm_linkage_find(names[l]);
        if (other != linkage && (!is_any || other->engine->any_dissimilarity) &&
            bm_linkage_memory(other, n, d, form) <= limit)
            used += (size_t)snprintf(text + used, room - used, "--method %s, ", other->name);
    }
    snprintf(text + used, room - used,
             is_any ? "--method kmedoids" : "--method ward --coarse N, --method kmeans");
}

bm_status bm_linkage_require_memory(const bm_linkage *linkage, size_t n, size_t d, int form,
                                    const bm_context *context, bm_error *err) {
    size_t bytes = bm_linkage_memory(linkage, n, d, form);
    size_t limit = room_of(context);
    if (bytes <= limit)
        return BM_OK;
    char what[320], fits[160];
    list_what_fits(linkage, limit, n, d, form, fits, sizeof fits);
    snprintf(what, sizeof what, "the %s tree of %zu buyers (at most %zu fit; all fit by %s)",
             linkage->name, n, buyers_that_fit(linkage, limit, n, d, form), fits);
    bm_status status = bm_require_memory(context, bytes, what, err);
    return status != BM_OK ? status
                           : bm_fail(err, BM_LIMIT, "%s is more than a machine can hold", what);
}

/* The engine of the task's tree that there is room for. */
static const bm_tree_engine *engine_of(const bm_tree_task *task, const bm_linkage *linkage,
                                       int form) {
    size_t n = task->features->n, d = task->features->d, room = room_of(task->context);
    const bm_tree_engine *engine = bm_linkage_engine(linkage, n, form), *other = linkage->engine;
    char bytes[32];
    if (engine->memory(n, d, form) <= room || other->memory(n, d, form) > room)
        return engine;
    bm_warn(task->context->log,
            "%s of %zu buyers take %s, which there is no room for (--memory-limit): the %s tree is "
            "grown by %s, and where distances are equal the least pair merges first",
            engine->holds, n, bm_format_bytes(bytes, sizeof bytes, engine->memory(n, d, form)),
            linkage->name, other->holds);
    return other;
}

bm_status bm_tree_grow(const bm_tree_task *task, const bm_linkage *linkage, bm_dendrogram *tree,
                       bm_error *err) {
    bm_status status;
    *tree = (bm_dendrogram){0};
    if (task->dissimilarity != NULL && !linkage->engine->any_dissimilarity)
        return bm_fail(err, BM_INTERNAL, "%s linkage of %s dissimilarities", linkage->name,
                       task->dissimilarity->name);
    int form = (task->single ? BM_IN_FLOATS : 0) |
               (task->dissimilarity != NULL ? BM_ANY_DISTANCE : 0) |
               (task->any_ties ? BM_ANY_TIES : 0);
    BM_TRY(bm_linkage_require_memory(linkage, task->features->n, task->features->d, form,
                                     task->context, err));
    status = engine_of(task, linkage, form)->grow(task, linkage, tree, err);
cleanup:
    return status;
}

bm_status bm_linkage_tree(const bm_features *features, const bm_linkage *linkage,
                          const bm_context *context, bm_dendrogram *tree, bm_error *err) {
    const bm_tree_task task = {.features = features, .context = context};
    return bm_tree_grow(&task, linkage, tree, err);
}
