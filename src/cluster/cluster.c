/* The clustering: every k of the range, its quality, and the choice.
 *
 * Of each k only its centroids are kept (a tree is one for all k): once a k is chosen its labels
 * are made again, by one assignment or one cut, so that memory does not grow with the range.
 * Ties of the criterion go to the lower k. */
#include "cluster/cluster.h"

#include "base/clock.h"
#include "base/memory.h"
#include "cluster/choice.h"
#include "cluster/gap.h"
#include "cluster/quality.h"
#include "cluster/range.h"
#include "cluster/search.h"
#include "cluster/size_bounds.h"
#include "cluster/subsample.h"
#include "cluster/verdict.h"
#include "kernel/distance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { GAP_STARTS = 4 };

static int is_range(const bm_search *now) {
    return now->tried > 1;
}

static int is_criterion(const bm_cluster_options *options, const char *name) {
    return strcmp(bm_criteria[options->criterion].name, name) == 0;
}

/* Whether the index of a criterion is wanted: all of them, or the one that chooses. */
static int wants(const bm_search *now, const char *index) {
    return now->options->quality || (is_range(now) && is_criterion(now->options, index));
}

static bm_status start(bm_search *now, bm_error *err) {
    const bm_way *way = now->options->method->way;
    double began = bm_seconds();
    bm_status status = BM_OK;
    if (way->refuse != NULL)
        BM_TRY(way->refuse(now, err));
    BM_TRY(bm_require_memory(now->context,
                             bm_cluster_memory(now->features->n, now->features->d, now->options),
                             "clustering", err));
    if (way->plan != NULL)
        BM_TRY(way->plan(now, err));
    size_t high = bm_size_room(now->options, now->low + now->tried - 1);
    BM_TRY(BM_NEW(&now->candidate, now->tried, "candidates", err));
    BM_TRY(BM_NEW(&now->quality, now->tried, "quality indices", err));
    BM_TRY(bm_partition_init(&now->partition, now->features, high, err));
    if (way->start != NULL)
        BM_TRY(way->start(now, high, err));
    now->start_seconds = bm_seconds() - began;
cleanup:
    return status;
}

/* Distances to centroids, and to the second ones where an index needs them. */
bm_status bm_search_measure(bm_search *now, bm_error *err) {
    return now->options->quality ? bm_partition_measure_all(&now->partition, err)
                                 : bm_partition_measure(&now->partition, err);
}

/* The labels of a k that was tried before. */
static bm_status recall(bm_search *now, size_t index, bm_error *err) {
    now->partition.k = now->candidate[index].k;
    now->at = index;
    return now->options->method->way->recall(now, &now->candidate[index], err);
}

/* Labels of the partition at hand, for silhouettes of all k at once: of all rows, or of those that
 * stand for them. */
static bm_status keep_labels(bm_search *now, bm_candidate *kept, bm_error *err) {
    size_t n = now->features->n, *row = NULL;
    size_t most = n <= BM_SILHOUETTE_EXACT ? n : BM_SILHOUETTE_SAMPLE;
    bm_status status;
    BM_TRY(BM_NEW(&row, most, "labels", err));
    BM_TRY(BM_NEW(&kept->label, most, "labels", err));
    size_t rows = bm_silhouette_rows(n, now->context->seed, row);
    for (size_t i = 0; i < rows; i++)
        kept->label[i] = now->partition.label[row[i]];
cleanup:
    free(row);
    return status;
}

/* The silhouette of the partition at hand: now from a sample, or later together with those of the
 * other k. */
static bm_status assess_silhouette(bm_search *now, size_t index, bm_error *err) {
    bm_quality *quality = &now->quality[index];
    double began = bm_seconds();
    bm_status status;
    if (now->features->n <= BM_SILHOUETTE_EXACT || now->options->dissimilarity != NULL)
        status = keep_labels(now, &now->candidate[index], err);
    else
        status = bm_silhouette_sampled(&now->partition, now->context->seed, &quality->silhouette,
                                       &quality->silhouette_se, err);
    now->silhouette_seconds += bm_seconds() - began;
    return status;
}

/* The indices that follow from the partition at hand. */
static bm_status assess(bm_search *now, size_t index, bm_error *err) {
    const bm_partition *partition = &now->partition;
    bm_quality *quality = &now->quality[index];
    double began = bm_seconds(), silhouettes = now->silhouette_seconds;
    bm_status status = BM_OK;
    *quality = (bm_quality){.k = partition->k,
                            .inertia = partition->inertia,
                            .silhouette = NAN,
                            .calinski_harabasz = NAN,
                            .davies_bouldin = NAN,
                            .gap = NAN,
                            .gap_se = NAN,
                            .hopkins = NAN,
                            .stability = NAN,
                            .cophenetic = NAN,
                            .adjusted_rand = NAN,
                            .nmi = NAN,
                            .silhouette_se = NAN,
                            .simplified_silhouette = NAN,
                            .objective = now->candidate[index].objective,
                            .inertia_unbounded = now->candidate[index].unbounded};
    if (wants(now, "calinski_harabasz"))
        quality->calinski_harabasz = bm_calinski_harabasz(partition);
    if (wants(now, "davies_bouldin"))
        quality->davies_bouldin = bm_davies_bouldin(partition);
    if (now->options->quality)
        quality->simplified_silhouette = bm_simplified_silhouette(partition);
    if (now->options->quality && now->truth != NULL)
        BM_TRY(bm_agreement(partition->label, now->truth, now->features->n, partition->k,
                            &quality->adjusted_rand, &quality->nmi, err));
    if (wants(now, "silhouette"))
        BM_TRY(assess_silhouette(now, index, err));
    now->quality_seconds += bm_seconds() - began - (now->silhouette_seconds - silhouettes);
cleanup:
    return status;
}

static bm_status try_all(bm_search *now, bm_error *err) {
    bm_status status = BM_OK;
    for (size_t index = 0; index < now->tried; index++) {
        bm_candidate *kept = &now->candidate[index];
        double began = bm_seconds();
        now->partition.k = now->low + index;
        now->at = index;
        kept->converged = 1;
        kept->unbounded = kept->objective = NAN;
        BM_TRY(now->options->method->way->find(now, now->partition.k, kept, err));
        kept->k = now->partition.k;
        kept->seconds = bm_seconds() - began;
        BM_TRY(assess(now, index, err));
        bm_progress(now->context->log, "cluster", index + 1, now->tried, "values of k");
    }
cleanup:
    return status;
}

/* The exact silhouettes of all k, by distances computed once. */
static bm_status add_silhouettes(bm_search *now, bm_error *err) {
    const bm_dissimilarity *over = now->options->dissimilarity;
    double began = bm_seconds();
    int32_t **label = NULL;
    size_t *k = NULL;
    double *value = NULL;
    bm_status status = BM_OK;
    if (!wants(now, "silhouette") || (now->features->n > BM_SILHOUETTE_EXACT && over == NULL))
        return BM_OK;
    BM_TRY(BM_NEW(&label, now->tried, "silhouettes", err));
    BM_TRY(BM_NEW(&k, now->tried, "silhouettes", err));
    BM_TRY(BM_NEW(&value, now->tried, "silhouettes", err));
    for (size_t index = 0; index < now->tried; index++) {
        label[index] = now->candidate[index].label;
        k[index] = now->candidate[index].k;
    }
    if (over != NULL)
        BM_TRY(bm_silhouettes_over(over, now->features->weight, now->context->seed, now->tried,
                                   label, k, value, err));
    else
        BM_TRY(bm_silhouettes(now->features, now->tried, label, k, value, err));
    for (size_t index = 0; index < now->tried; index++)
        now->quality[index].silhouette = value[index];
    now->silhouette_seconds += bm_seconds() - began;
cleanup:
    free(label);
    free(k);
    free(value);
    return status;
}

/* The indices that the way alone has. */
static bm_status add_own(bm_search *now, bm_error *err) {
    const bm_way *way = now->options->method->way;
    double began = bm_seconds();
    bm_status status = way->assess != NULL ? way->assess(now, err) : BM_OK;
    now->quality_seconds += bm_seconds() - began;
    return status;
}

/* What is out of the bounds of sizes is no map: its row of quality has but what does not speak of
 * one. */
static bm_status strike_out_of_bounds(bm_search *now, bm_error *err) {
    size_t left = now->tried;
    for (size_t index = 0; index < now->tried; index++) {
        bm_quality *quality = &now->quality[index];
        if (!now->candidate[index].is_out_of_bounds)
            continue;
        left--;
        quality->k = now->low + index;
        quality->inertia = quality->silhouette = quality->silhouette_se = NAN;
        quality->calinski_harabasz = quality->davies_bouldin = NAN;
        quality->simplified_silhouette = quality->adjusted_rand = quality->nmi = NAN;
    }
    return left > 0 ? BM_OK : bm_size_not_held(now->options, now->low, err);
}

/* Gap statistics of all k, of a sample of the buyers; those of k-means over the default range help
 * the verdict. */
static bm_status add_gaps(bm_search *now, bm_gaps *known, int *is_known, bm_error *err) {
    const bm_cluster_options *options = now->options;
    double began = bm_seconds(), *gap = NULL, *error = NULL;
    const double **centroid = NULL;
    bm_gap_plan plan = {.method = options->method,
                        .low = now->low,
                        .high = now->low + now->tried - 1,
                        .starts = GAP_STARTS,
                        .seed = now->context->seed};
    size_t rows = bm_gap_rows(now->features->n, plan.high);
    bm_features sample = {0};
    bm_status status = BM_OK;
    *is_known = 0;
    if (now->options->dissimilarity != NULL || !wants(now, "gap") ||
        !(options->k_auto || is_criterion(options, "gap")))
        return BM_OK;
    BM_TRY(BM_NEW(&gap, now->tried, "gap statistics", err));
    BM_TRY(BM_NEW(&error, now->tried, "gap statistics", err));
    BM_TRY(BM_NEW(&centroid, now->tried, "gap statistics", err));
    for (size_t index = 0; index < now->tried; index++)
        centroid[index] = now->candidate[index].centroid;
    BM_TRY(bm_subsample(now->features, rows, now->context->seed, "gap", &sample, err));
    plan.centroid = options->method->is_kmeans ? centroid : NULL;
    plan.references = bm_gap_references(sample.n);
    plan.min_size =
        (size_t)((double)options->min_size * (double)sample.n / (double)now->features->n);
    BM_TRY(bm_gap(&sample, &plan, gap, error, err));
    for (size_t index = 0; index < now->tried; index++) {
        now->quality[index].gap = isfinite(gap[index]) ? gap[index] : NAN;
        now->quality[index].gap_se = isfinite(gap[index]) ? error[index] : NAN;
    }
    *is_known = options->method->is_kmeans && now->low == 1 && now->tried == BM_VERDICT_MOST_K;
    if (*is_known) {
        memcpy(known->gap, gap, sizeof known->gap);
        memcpy(known->error, error, sizeof known->error);
    }
cleanup:
    bm_features_free(&sample);
    free(centroid);
    free(gap);
    free(error);
    now->choice_seconds += bm_seconds() - began;
    return status;
}

/* Whether there are segments: asked where the answer may be 1, and where it is worth a warning. */
static bm_status add_verdict(bm_search *now, bm_error *err) {
    bm_gaps known;
    int is_known;
    bm_status status = add_gaps(now, &known, &is_known, err);
    double began = bm_seconds();
    if (status != BM_OK || now->low + now->tried - 1 < 2 ||
        !(now->options->k_auto || now->options->quality))
        return status;
    status =
        bm_judge(now->features, now->context->seed, is_known ? &known : NULL, &now->verdict, err);
    for (size_t index = 0; index < now->tried; index++)
        now->quality[index].hopkins = now->verdict.judged ? now->verdict.hopkins : NAN;
    *(now->options->k_auto ? &now->choice_seconds : &now->quality_seconds) += bm_seconds() - began;
    return status;
}

static void warn(const bm_search *now, size_t chosen) {
    const bm_quality *quality = &now->quality[chosen];
    if (!now->options->method->hierarchical)
        bm_size_tell(now->options, now->low + chosen, quality, now->context->log);
    if (!now->candidate[chosen].converged)
        bm_warn(
            now->context->log,
            "k-means had not settled after %zu iterations (k = %zu): buyers were still changing "
            "segment; raise --max-iterations",
            now->options->max_iterations, quality->k);
    bm_warn_of_choice(&now->verdict, quality, now->context->log);
}

/* Hands over what was chosen and the times: choosing costs whatever the chosen k did not need. */
static bm_status deliver(bm_search *now, size_t chosen, bm_clustering *clustering, bm_error *err) {
    bm_candidate *kept = &now->candidate[chosen];
    double began = bm_seconds();
    bm_status status = BM_OK;
    if (now->at != chosen)
        BM_TRY(recall(now, chosen, err));
    BM_TRY(bm_partition_segmentation(&now->partition, &clustering->chosen, err));
    clustering->chosen.converged = kept->converged;
    clustering->chosen.iteration = kept->iteration;
    clustering->chosen.iterations = kept->iterations;
    kept->iteration = NULL;
    clustering->chosen.medoid = kept->medoid;
    clustering->chosen.apart = kept->apart;
    kept->medoid = NULL;
    kept->apart = NULL;
    clustering->chosen.tree = now->tree;
    now->tree = (bm_dendrogram){0};
    clustering->chosen.micro = now->micro;
    now->micro = (bm_micro){0};
    now->quality[chosen].chosen = 1;
    clustering->quality = now->quality;
    clustering->tried = now->tried;
    now->quality = NULL;
    clustering->cluster_seconds = now->start_seconds + kept->seconds + bm_seconds() - began;
    for (size_t index = 0; index < now->tried; index++)
        if (index != chosen)
            clustering->choose_k_seconds += now->candidate[index].seconds;
    clustering->quality_seconds = now->quality_seconds;
    clustering->choose_k_seconds += now->choice_seconds;
    clustering->verdict = now->verdict;
    if (is_range(now) && is_criterion(now->options, "silhouette"))
        clustering->choose_k_seconds += now->silhouette_seconds;
    else
        clustering->quality_seconds += now->silhouette_seconds;
cleanup:
    return status;
}

static void end(bm_search *now) {
    for (size_t index = 0; now->candidate != NULL && index < now->tried; index++) {
        free(now->candidate[index].centroid);
        free(now->candidate[index].bounded);
        free(now->candidate[index].label);
        free(now->candidate[index].medoid);
        free(now->candidate[index].apart);
        free(now->candidate[index].iteration);
    }
    free(now->candidate);
    free(now->quality);
    bm_partition_free(&now->partition);
    now->options->method->way->end(now);
}

bm_status bm_cluster(const bm_features *features, const bm_cluster_options *options,
                     const int32_t *truth, const bm_context *context, bm_clustering *clustering,
                     bm_error *err) {
    bm_search now = {.features = features, .settled = *options, .truth = truth, .context = context};
    bm_status status = BM_OK;
    size_t high = 0, chosen;
    *clustering = (bm_clustering){0};
    now.options = &now.settled;
    BM_TRY(bm_cluster_range(features, options, &now.low, &high, err));
    now.tried = high - now.low + 1;
    BM_TRY(start(&now, err));
    BM_TRY(try_all(&now, err));
    BM_TRY(add_silhouettes(&now, err));
    BM_TRY(add_own(&now, err));
    BM_TRY(add_verdict(&now, err));
    BM_TRY(strike_out_of_bounds(&now, err));
    chosen = bm_choose(now.options, &now.verdict, now.quality, now.tried);
    while (now.candidate[chosen].is_out_of_bounds)
        chosen = (chosen + 1) % now.tried;
    warn(&now, chosen);
    BM_TRY(deliver(&now, chosen, clustering, err));
cleanup:
    end(&now);
    if (status != BM_OK)
        bm_clustering_free(clustering);
    return status;
}

size_t bm_cluster_memory(size_t n, size_t d, const bm_cluster_options *options) {
    size_t high = options->k_high, low = options->k_low;
    if (options->k_auto && high > n)
        high = n > 0 ? n : 1;
    low = low < high ? low : high;
    size_t tried = high - low + 1, cells = 0, bounds = 0;
    if (!options->method->hierarchical)
        bounds = bm_size_memory(n, d, options, high);
    high = bm_size_room(options, high);
    size_t total = bm_partition_memory(n, d, high);
    size_t method = options->method->way->memory(n, d, high, options);
    int is_judged = options->k_auto || options->quality || is_criterion(options, "gap");
    size_t verdict = is_judged ? bm_verdict_memory(n, d, high) : 0;
    int fits = bm_add(total, method, &total) && bm_add(total, verdict, &total) &&
               bm_add(total, bounds, &total) &&
               bm_add(total, bm_silhouette_memory(n, d, tried, high), &total) &&
               bm_multiply(tried, high, &cells) && bm_multiply(cells, d, &cells) &&
               bm_multiply(cells, sizeof(double), &cells) && bm_add(total, cells, &total) &&
               bm_multiply(n, sizeof(int32_t), &cells) && bm_add(total, cells, &total);
    return fits ? total : SIZE_MAX;
}

void bm_clustering_free(bm_clustering *clustering) {
    bm_segmentation_free(&clustering->chosen);
    free(clustering->quality);
    *clustering = (bm_clustering){0};
}
