/* The model behind the map, as it stands in result.h5: centroids, transform, linkage, attributes.
 */
#include "base/memory.h"
#include "data/rows.h"
#include "job/run.h"
#include "normalize/normalize.h"

#include <stdlib.h>
#include <string.h>

static bm_status centroid_matrices(bm_run *run, bm_error *err) {
    const bm_segmentation *chosen = &run->clustering.chosen;
    size_t d = chosen->d;
    double *own_units = NULL;
    bm_status status;
    BM_TRY(BM_NEW(&own_units, chosen->k * d, "centroids", err));
    for (size_t i = 0; i < chosen->k * d; i++)
        own_units[i] = bm_scale_invert(&run->scaling.feature[i % d], chosen->centroid[i]);
    BM_TRY(bm_results_add_matrix(&run->results, "model/centroids", own_units, chosen->k, d, err));
    BM_TRY(bm_results_add_matrix(&run->results, "model/centroids_normalized", chosen->centroid,
                                 chosen->k, d, err));
    for (size_t j = 0; j < d; j++)
        BM_TRY(bm_strings_add(&run->results.features, run->matrix.feature[j].name, err));
cleanup:
    free(own_units);
    return status;
}

/* What assign puts buyers to, where that is not the centroids: the medoids of Euclidean distance.
 */
static bm_status medoid_matrix(bm_run *run, bm_error *err) {
    const bm_segmentation *chosen = &run->clustering.chosen;
    size_t d = chosen->d;
    double *rows = NULL;
    bm_status status;
    if (chosen->medoid == NULL || run->job->cluster.distance != BM_DISTANCE_EUCLIDEAN)
        return BM_OK;
    BM_TRY(BM_NEW(&rows, chosen->k * d, "medoids", err));
    for (size_t s = 0; s < chosen->k; s++)
        memcpy(rows + s * d, run->matrix.x + chosen->medoid[s] * d, d * sizeof *rows);
    status =
        bm_results_add_matrix(&run->results, "model/medoids_normalized", rows, chosen->k, d, err);
cleanup:
    free(rows);
    return status;
}

static bm_status linkage_matrix(bm_run *run, bm_error *err) {
    const bm_dendrogram *tree = &run->clustering.chosen.tree;
    if (tree->merge == NULL || tree->n < 2)
        return BM_OK;
    double *rows = NULL;
    bm_status status;
    BM_TRY(BM_NEW(&rows, (tree->n - 1) * 4, "the linkage matrix", err));
    for (size_t i = 0; i + 1 < tree->n; i++) {
        const bm_merge *merge = &tree->merge[i];
        rows[4 * i] = (double)merge->left;
        rows[4 * i + 1] = (double)merge->right;
        rows[4 * i + 2] = merge->height;
        rows[4 * i + 3] = (double)merge->size;
    }
    status = bm_results_add_matrix(&run->results, "model/linkage", rows, tree->n - 1, 4, err);
cleanup:
    free(rows);
    return status;
}

static bm_status map_matrices(bm_run *run, bm_error *err) {
    const bm_micro *micro = &run->clustering.chosen.micro;
    bm_result table = {0};
    double *quantiles = NULL;
    size_t columns = 0;
    bm_status status;
    BM_TRY(centroid_matrices(run, err));
    BM_TRY(medoid_matrix(run, err));
    BM_TRY(linkage_matrix(run, err));
    if (micro->count > 0)
        BM_TRY(bm_results_add_matrix(&run->results, "model/micro_segments", micro->centroid,
                                     micro->count, micro->d, err));
    BM_TRY(bm_scaling_result(&run->matrix, &run->scaling, &table, &quantiles, &columns, err));
    BM_TRY(bm_results_add(&run->results, &table, err));
    if (columns > 0)
        status = bm_results_add_matrix(&run->results, "model/quantiles", quantiles, run->matrix.d,
                                       columns, err);
cleanup:
    free(quantiles);
    return status;
}

static const char *word(const char *key, int choice) {
    return bm_key_word(bm_job_key(key), (size_t)choice);
}

/* What result.h5 says of itself. */
static void attributes(bm_run *run) {
    bm_results *results = &run->results;
    const bm_job *job = run->job;
    int is_map = (run->steps & BM_STEP_CLUSTER) != 0;
    bm_record_attributes(results, job, run->verb,
                         is_map ? bm_clusterers[job->cluster.method]->name : "",
                         run->clustering.chosen.k);
    if (is_map) {
        bm_results_attribute(results, "precision",
                             word("cluster.precision", bm_rows_are_single(&run->matrix)), 0);
        bm_results_attribute(results, "missing", word("features.missing", job->features.missing),
                             0);
    }
    if (is_map && job->cluster.distance != BM_DISTANCE_EUCLIDEAN)
        bm_results_attribute(results, "distance", bm_distance_names[job->cluster.distance], 0);
    if (run->clustering.chosen.micro.count > 0)
        bm_results_attribute(results, "coarse", NULL, (int64_t)run->clustering.chosen.micro.count);
}

bm_status bm_run_model(bm_run *run, bm_error *err) {
    attributes(run);
    if (!(run->steps & BM_STEP_CLUSTER))
        return BM_OK;
    bm_status status = map_matrices(run, err);
    return status == BM_OK && run->job->output.newick ? bm_run_newick(run, err) : status;
}
