/* Stability of segments: bootstrap Jaccard.
 *
 * Hennig (2007), Cluster-wise assessment of cluster stability, CSDA 52(1), 258–271. For each
 * bootstrap: draw as many buyers as there are, with replacement; cluster them the same way; find
 * for each segment the new one with the largest Jaccard similarity |A ∩ B| / |A ∪ B|, both taken
 * over the distinct buyers drawn. Stability is the mean of that over the bootstraps; a segment of
 * which no buyer was drawn counts 0 in that bootstrap, as in fpc::clusterboot.
 *
 * k-means: a buyer drawn c times is a row of weight c, never c copies. Each sample is clustered
 * with the k of the map from fresh starts, as many as the map's restarts but LEAST_STARTS to
 * MOST_STARTS, and once from the map's centroids; the least inertia wins, ties to the fresh starts.
 * So the map's own centroids only count where a search that does not know them finds nothing
 * better: by a warm start alone, or beside a single fresh one, a map of a cloud looks firm (.71
 * instead of .55 in four segments of a Gaussian cloud). A map that was started from a file starts
 * from it here, too; size bounds hold in proportion to the sample. Above EXACT_ROWS buyers, starts
 * are not refined and iterations stop at a squared shift of SETTLED × mean variance: the last moves
 * at the borders are below what a bootstrap can tell. Hierarchical: the same linkage on the
 * distinct buyers drawn, cut into the same number of segments, however the map was cut; ties of
 * distances fall as is fastest, which is not always as in the map.
 *
 * Large data: bootstraps are drawn from a sample without replacement of about MOST_ROWS (but for
 * k-means: MOST_LEAVES) buyers, in equal shares of all segments but at least 200 (or all) of each;
 * a buyer of the sample stands for size / sampled buyers of its segment, in weights and in Jaccard
 * sums. The sample varies more than the whole would, so stability is understated rather than
 * overstated.
 *
 * Memory: two copies of the sampled rows and a k-means or tree over one of them. */
#include "cluster/stability.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"
#include "cluster/distinct.h"
#include "cluster/hierarchical.h"
#include "cluster/kmeans.h"
#include "cluster/medoids.h"
#include "cluster/partition.h"
#include "cluster/size_bounds.h"
#include "cluster/stability_pool.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROWS = 20000, MOST_LEAVES = 5000, MOST_NAMED = 12 };
enum { LEAST_STARTS = 8, MOST_STARTS = 16, EXACT_ROWS = 2000 };
static const double SETTLED = 1e-6;

typedef struct bootstraps {
    const bm_features *features;
    const bm_cluster_options *options;
    const bm_segmentation *map;
    bm_context context; /* without a voice; its seed is that of the bootstrap */
    bm_stability_pool pool;
    size_t *copies;        /* [pool] how often each row was drawn */
    int32_t *label;        /* [pool] new segment of the rows drawn */
    bm_features sample;    /* the distinct rows drawn; feature and row_of are borrowed */
    size_t *drawn;         /* [sample] their rows in the pool */
    double *best_centroid; /* [k × d] */
    int32_t *best_label;   /* [sample] */
    size_t room;
    double *common,
        *whole; /* [room] by new segment: buyers shared with one segment, buyers in all */
} bootstraps;

/* What clustering one bootstrap takes. */
static size_t memory_of(const bootstraps *now, size_t n, size_t d, size_t k) {
    const bm_clusterer *method = now->options->method;
    size_t bytes = bm_apart_rows_memory(n, now->options->single);
    if (method->is_kmeans)
        return bm_kmeans_memory(n, d, k, now->options);
    if (method->hierarchical)
        return bm_linkage_memory(bm_linkage_find(method->name), n, d, BM_ANY_TIES);
    return bm_add(bytes, bm_medoids_memory(n, k), &bytes) &&
                   bm_add(bytes, bm_euclidean_memory(n, d), &bytes)
               ? bytes
               : SIZE_MAX;
}

static bm_status start(bootstraps *now, bm_error *err) {
    bm_status status;
    size_t k = now->map->k;
    BM_TRY(bm_stability_pool_draw(&now->pool, now->features, now->map,
                                  now->options->method->is_kmeans ? MOST_ROWS : MOST_LEAVES,
                                  now->context.seed, err));
    size_t n = now->pool.n, d = now->features->d;
    size_t bytes = memory_of(now, n, d, k);
    BM_TRY(bm_require_memory(&now->context, bytes, "the stability of segments", err));
    BM_TRY(BM_NEW_ALIGNED(&now->sample.x, n * d, "bootstraps", err));
    BM_TRY(BM_NEW(&now->copies, n, "bootstraps", err));
    BM_TRY(BM_NEW(&now->label, n, "bootstraps", err));
    BM_TRY(BM_NEW(&now->drawn, n, "bootstraps", err));
    BM_TRY(BM_NEW(&now->best_label, n, "bootstraps", err));
    BM_TRY(BM_NEW(&now->sample.weight, n, "bootstraps", err));
    BM_TRY(BM_NEW_ALIGNED(&now->best_centroid, k * d, "bootstraps", err));
    /* Size bounds may leave more segments than the map has. */
    now->room = bm_size_room(now->options, k);
    BM_TRY(BM_NEW(&now->common, now->room, "bootstraps", err));
    BM_TRY(BM_NEW(&now->whole, now->room, "bootstraps", err));
    now->sample.d = d;
    now->sample.feature = now->features->feature;
    now->sample.row_of = now->drawn;
cleanup:
    return status;
}

static void release(bootstraps *now) {
    bm_stability_pool_free(&now->pool);
    free(now->copies);
    free(now->label);
    free(now->drawn);
    free(now->best_label);
    free(now->best_centroid);
    free(now->sample.x);
    free(now->sample.weight);
    free(now->common);
    free(now->whole);
}

/* Draws one bootstrap into the sample: its distinct rows, and their weights. */
static void draw(bootstraps *now, gsl_rng *rng) {
    const bm_stability_pool *from = &now->pool;
    bm_features *sample = &now->sample;
    size_t d = sample->d, taken = 0;
    int counts = !now->options->method->hierarchical;
    memset(now->copies, 0, from->n * sizeof *now->copies);
    for (size_t i = 0; i < from->n; i++)
        now->copies[(size_t)(gsl_rng_uniform(rng) * (double)from->n)]++;
    for (size_t i = 0; i < from->n; i++) {
        if (now->copies[i] == 0)
            continue;
        memcpy(sample->x + taken * d, from->x + i * d, d * sizeof *sample->x);
        sample->weight[taken] = bm_weight_of(now->features->weight, from->row[i]) *
                                from->share[from->segment[i]] *
                                (counts ? (double)now->copies[i] : 1);
        now->drawn[taken++] = i;
    }
    sample->n = taken;
}

/* One run of k-means on the sample; keeps its labels when its inertia is the least so far. */
static bm_status run_kmeans(bootstraps *now, const bm_cluster_options *options, size_t k,
                            double *least, bm_error *err) {
    bm_kmeans kmeans = {0};
    bm_partition partition = {0};
    int converged;
    bm_status status;
    BM_TRY(bm_partition_init(&partition, &now->sample, k, err));
    BM_TRY(bm_kmeans_init(&kmeans, &now->sample, options, k, partition.label, err));
    BM_TRY(bm_kmeans_run(&kmeans, k, &now->context, &converged, err));
    memcpy(partition.centroid, kmeans.centroid, k * now->sample.d * sizeof *kmeans.centroid);
    BM_TRY(bm_partition_measure(&partition, err));
    if (partition.inertia < *least) {
        *least = partition.inertia;
        memcpy(now->best_label, partition.label, now->sample.n * sizeof *partition.label);
        memcpy(now->best_centroid, kmeans.centroid, k * now->sample.d * sizeof *kmeans.centroid);
    }
cleanup:
    bm_kmeans_free(&kmeans);
    bm_partition_free(&partition);
    return status;
}

/* Brings the best run within the size bounds of the map, in proportion to the sample. Where no way
 * into them is found, what is nearest to them stands. */
static bm_status bound_sizes(bootstraps *now, const bm_cluster_options *options, size_t k,
                             bm_error *err) {
    bm_cluster_options bounds = *options;
    bm_partition partition = {0};
    size_t n = now->sample.n;
    int held;
    bm_error why = {0};
    bm_status status;
    double part = (double)n / (double)now->map->n;
    bounds.min_size = (size_t)floor((double)options->min_size * part);
    bounds.max_size = (size_t)ceil((double)options->max_size * part);
    BM_TRY(bm_partition_init(&partition, &now->sample, bm_size_room(&bounds, k), err));
    partition.k = k;
    memcpy(partition.label, now->best_label, n * sizeof *partition.label);
    memcpy(partition.centroid, now->best_centroid, k * now->sample.d * sizeof(double));
    BM_TRY(bm_partition_measure(&partition, err));
    status = bm_size_bounds(&partition, &bounds, &now->context, &held, &why);
    /* Equal buyers that are too many for a segment of the sample need not be for one of all. */
    if (status == BM_DEGENERATE)
        status = BM_OK;
    else if (status != BM_OK)
        BM_TRY(bm_fail(err, status, "%s", why.message));
    memcpy(now->best_label, partition.label, n * sizeof *partition.label);
cleanup:
    bm_partition_free(&partition);
    return status;
}

static bm_status cluster_kmeans(bootstraps *now, size_t k, bm_error *err) {
    bm_cluster_options options = *now->options;
    double least = INFINITY;
    bm_status status = BM_OK;
    options.restarts = options.restarts < LEAST_STARTS  ? LEAST_STARTS
                       : options.restarts > MOST_STARTS ? MOST_STARTS
                                                        : options.restarts;
    if (now->pool.n > EXACT_ROWS) {
        options.tolerance = options.tolerance > SETTLED ? options.tolerance : SETTLED;
        options.refine = 0;
    }
    if (options.init != NULL && k < now->map->k)
        options.init = NULL;
    BM_TRY(run_kmeans(now, &options, k, &least, err));
    if (options.init == NULL && k == now->map->k) {
        options.init = now->map->centroid;
        BM_TRY(run_kmeans(now, &options, k, &least, err));
    }
    if (bm_size_bounded(&options))
        BM_TRY(bound_sizes(now, &options, k, err));
cleanup:
    return status;
}

/* What the map is clustered by, of the rows drawn. */
static bm_status dissimilarity_of_drawn(const bootstraps *now, bm_dissimilarity *drawn,
                                        bm_error *err) {
    const bm_dissimilarity *all = now->options->dissimilarity;
    size_t *row = NULL;
    bm_status status;
    BM_TRY(BM_NEW(&row, now->sample.n, "bootstraps", err));
    for (size_t i = 0; i < now->sample.n; i++)
        row[i] = now->pool.row[now->drawn[i]];
    status = all->select(all, row, now->sample.n, drawn, err);
cleanup:
    free(row);
    return status;
}

static bm_status cluster_tree(bootstraps *now, size_t k, bm_error *err) {
    /* Least sizes in proportion to the sample; where there are fewer such segments, those. */
    double part = (double)now->sample.n / (double)now->map->n;
    size_t least = (size_t)floor((double)now->options->min_size * part);
    bm_dendrogram tree = {0};
    bm_dissimilarity drawn = {0};
    bm_tree_task task = {.features = &now->sample, .any_ties = 1, .context = &now->context};
    bm_status status = BM_OK;
    if (now->options->dissimilarity != NULL) {
        BM_TRY(dissimilarity_of_drawn(now, &drawn, err));
        task.dissimilarity = &drawn;
    }
    BM_TRY(bm_tree_grow(&task, bm_linkage_find(now->options->method->name), &tree, err));
    if (least < 2)
        BM_TRY(bm_tree_cut(&tree, k, now->best_label, err));
    else
        BM_TRY(bm_tree_cut_sized(&tree, &now->sample, k, least, now->best_label, &k, err));
cleanup:
    bm_dendrogram_free(&tree);
    bm_dissimilarity_free(&drawn);
    return status;
}

static bm_status cluster_medoids(bootstraps *now, size_t k, bm_error *err) {
    bm_dissimilarity drawn = {0};
    bm_medoids medoids = {0};
    double *apart = NULL, total;
    bm_status status = BM_OK;
    if (now->options->dissimilarity != NULL)
        BM_TRY(dissimilarity_of_drawn(now, &drawn, err));
    else
        BM_TRY(bm_euclidean(&now->sample, &drawn, err));
    const bm_medoid_task task = {.dissimilarity = &drawn,
                                 .weight = now->sample.weight,
                                 .restarts = now->options->restarts,
                                 .single = now->options->single,
                                 .context = &now->context};
    BM_TRY(BM_NEW(&apart, now->sample.n, "bootstraps", err));
    BM_TRY(bm_medoids_init(&medoids, &task, k, 1, err));
    BM_TRY(bm_medoids_run(&medoids, k, NULL, err));
    BM_TRY(bm_medoids_assign(&task, medoids.best, k, now->best_label, apart, &total, err));
cleanup:
    bm_medoids_free(&medoids);
    bm_dissimilarity_free(&drawn);
    free(apart);
    return status;
}

/* The largest Jaccard similarity of one segment with a new one, over the buyers drawn. */
static double best_match(bootstraps *now, size_t segment) {
    const bm_stability_pool *from = &now->pool;
    const size_t *begin = from->by_segment + from->first[segment];
    const size_t *stop = from->by_segment + from->first[segment + 1];
    double share = from->share[segment], own = 0, best = 0;
    for (const size_t *i = begin; i < stop; i++)
        if (now->copies[*i] > 0) {
            now->common[now->label[*i]] += share;
            own += share;
        }
    for (const size_t *i = begin; i < stop; i++) {
        if (now->copies[*i] == 0)
            continue;
        int32_t to = now->label[*i];
        double jaccard = now->common[to] / (own + now->whole[to] - now->common[to]);
        best = jaccard > best ? jaccard : best;
    }
    for (const size_t *i = begin; i < stop; i++)
        now->common[now->label[*i]] = 0;
    return best;
}

/* Adds what this bootstrap found to the sums. */
static void compare(bootstraps *now, double *stability) {
    const bm_stability_pool *from = &now->pool;
    memset(now->label, 0, from->n * sizeof *now->label);
    memset(now->whole, 0, now->room * sizeof *now->whole);
    for (size_t i = 0; i < now->sample.n; i++) {
        size_t row = now->drawn[i];
        now->label[row] = now->best_label[i];
        now->whole[now->best_label[i]] += from->share[from->segment[row]];
    }
    for (size_t s = 0; s < now->map->k; s++)
        stability[s] += best_match(now, s);
}

static bm_status bootstrap(bootstraps *now, gsl_rng *rng, double *stability, bm_error *err) {
    size_t k = now->map->k, distinct;
    bm_status status;
    draw(now, rng);
    BM_TRY(bm_distinct_rows(&now->sample, k, &distinct, err));
    if (now->options->method->hierarchical)
        BM_TRY(cluster_tree(now, now->sample.n < k ? now->sample.n : k, err));
    else if (now->options->method->has_medoids)
        BM_TRY(cluster_medoids(now, distinct, err));
    else
        BM_TRY(cluster_kmeans(now, distinct, err));
    compare(now, stability);
cleanup:
    return status;
}

bm_status bm_stability(const bm_features *features, const bm_cluster_options *options,
                       const bm_context *context, const bm_segmentation *segmentation,
                       double *stability, size_t *used, bm_error *err) {
    bootstraps now = {
        .features = features, .options = options, .map = segmentation, .context = *context};
    size_t count = options->stability, k = segmentation->k;
    gsl_rng *rng = NULL;
    bm_status status = BM_OK;
    *used = 0;
    for (size_t s = 0; s < k; s++)
        stability[s] = count > 0 && k > 1 ? 0 : NAN;
    if (count == 0 || k == 1)
        return BM_OK;
    now.context.log = NULL;
    BM_TRY(start(&now, err));
    BM_TRY(bm_random_new(&rng, context->seed, "stability", 0, err));
    for (size_t b = 1; b <= count; b++) {
        bm_random_seed(rng, context->seed, "stability", b);
        now.context.seed = bm_random_mix(context->seed, "stability", b);
        BM_TRY(bootstrap(&now, rng, stability, err));
        bm_progress(context->log, "stability", b, count, "bootstraps");
    }
    for (size_t s = 0; s < k; s++)
        stability[s] /= (double)count;
    *used = now.pool.n;
cleanup:
    gsl_rng_free(rng);
    release(&now);
    return status;
}

const char *bm_stability_word(double stability) {
    return isnan(stability)           ? ""
           : stability >= BM_STABLE   ? "valid"
           : stability > BM_DISSOLVED ? "pattern at best"
                                      : "dissolved";
}

/* Warns of the segments that dissolve, by number and stability. */
static void warn_dissolved(const double *stability, size_t k, bm_log *log) {
    char list[MOST_NAMED * 32] = "";
    size_t dissolved = 0, length = 0;
    for (size_t s = 0; s < k; s++) {
        if (!(stability[s] <= BM_DISSOLVED))
            continue;
        if (dissolved++ < MOST_NAMED)
            length += (size_t)snprintf(list + length, sizeof list - length, "%s%zu (%.2f)",
                                       dissolved > 1 ? ", " : "", s + 1, stability[s]);
    }
    if (dissolved == 0)
        return;
    bm_warn(log,
            "%zu of %zu segments dissolve%s when the buyers are drawn anew: %s%s; a stability of "
            "%.2f or less says that the segment is not there (Hennig 2007): try fewer segments "
            "(--k) or other features",
            dissolved, k, dissolved == 1 ? "s" : "", list, dissolved > MOST_NAMED ? ", …" : "",
            BM_DISSOLVED);
}

static void tell(const bm_cluster_options *options, const bm_segmentation *map, size_t used,
                 bm_log *log) {
    if (used < map->n)
        bm_info(log,
                "stability: %zu bootstraps of a sample of %zu of the %zu buyers, weighted for "
                "the whole",
                options->stability, used, map->n);
    warn_dissolved(map->stability, map->k, log);
}

bm_status bm_cluster_stability(const bm_features *features, const bm_cluster_options *options,
                               const bm_context *context, bm_clustering *clustering,
                               bm_error *err) {
    bm_segmentation *map = &clustering->chosen;
    double began = bm_seconds(), sum = 0;
    size_t used;
    bm_status status;
    if (options->stability == 0)
        return BM_OK;
    BM_TRY(BM_NEW(&map->stability, map->k, "the stability of segments", err));
    BM_TRY(bm_stability(features, options, context, map, map->stability, &used, err));
    for (size_t s = 0; s < map->k; s++)
        sum += (double)map->size[s] * map->stability[s];
    for (size_t i = 0; i < clustering->tried; i++)
        if (clustering->quality[i].chosen)
            clustering->quality[i].stability = sum / (double)map->n;
    tell(options, map, used, context->log);
cleanup:
    clustering->stability_seconds = bm_seconds() - began;
    return status;
}
