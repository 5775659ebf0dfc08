/* From features to the map: normalized matrix, start of k-means, segments, labels by buyer. */
#include "base/clock.h"
#include "base/memory.h"
#include "base/number.h"
#include "cluster/gower.h"
#include "cluster/stability.h"
#include "job/run.h"
#include "job/stored_map.h"
#include "normalize/normalize.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int starts_from_file(const bm_job *job) {
    return !bm_start_is_drawn(job->cluster.init);
}

/* A file of centroids, or a map that is one. */
typedef struct centroid_file {
    const char *path;
    int is_map;
    bm_read_result read;
} centroid_file;

/* Of a matrix without names the centroids of a table match by position, else by name; those of a
 * map always by name. */
static const bm_column *centroid_column(const bm_run *run, const centroid_file *file, size_t j) {
    const bm_table *table = &file->read.table;
    if (run->buyers.nameless && !file->is_map)
        return table->columns == run->matrix.d ? &table->column[j] : NULL;
    return bm_table_column(table, run->matrix.feature[j].name);
}

/* A first row of numbers is a centroid that was taken for the header. */
static bm_status check_header(const bm_table *table, bm_error *err) {
    double number;
    for (size_t j = 0; j < table->columns; j++) {
        const char *name = table->column[j].name;
        if (!bm_parse_number((bm_text){name, strlen(name)}, &number))
            return BM_OK;
    }
    return bm_fail(err, BM_DATA, "%s: the first row names the features, and here it holds numbers",
                   table->source);
}

static bm_status read_file(const bm_run *run, centroid_file *file, bm_error *err) {
    bm_dialect dialect = {0};
    bm_status status;
    file->path = run->job->cluster.init;
    BM_TRY(bm_run_dialect(run->job, &dialect, err));
    BM_TRY(bm_is_stored_map(file->path, &file->is_map, err));
    if (file->is_map)
        dialect.dataset = "model/centroids";
    const bm_read_request request = {.path = file->path,
                                     .dialect = &dialect,
                                     .others = BM_WANT_NUMBER,
                                     .max_bad_rows = 0,
                                     .max_bad_share = NAN};
    BM_TRY(bm_read(&request, run->context, &file->read, err));
    if (!file->is_map)
        status = check_header(&file->read.table, err);
cleanup:
    bm_dialect_free(&dialect);
    return status;
}

static int has_feature(const bm_features *matrix, const char *name) {
    for (size_t j = 0; j < matrix->d; j++) {
        if (strcmp(matrix->feature[j].name, name) == 0)
            return 1;
    }
    return 0;
}

/* A map of other features is another map: its segments are not looked for among these. */
static bm_status check_features(const bm_run *run, const centroid_file *file, bm_error *err) {
    const bm_features *matrix = &run->matrix;
    const bm_table *table = &file->read.table;
    for (size_t j = 0; j < matrix->d; j++) {
        if (centroid_column(run, file, j) == NULL)
            return bm_fail(err, BM_DATA,
                           "%s: is a map of other features: it has none \"%.80s\", which is "
                           "clustered on here; a start needs the same features",
                           file->path, matrix->feature[j].name);
    }
    for (size_t j = 0; j < table->columns; j++) {
        if (!has_feature(matrix, table->column[j].name))
            return bm_fail(err, BM_DATA,
                           "%s: is a map of other features: it has \"%.80s\", which is not "
                           "clustered on here (%zu features against %zu); a start needs the same "
                           "features",
                           file->path, table->column[j].name, table->columns, matrix->d);
    }
    return BM_OK;
}

/* One feature of all centroids, brought into normalized space. */
static bm_status take_centroids(const bm_run *run, const centroid_file *file, size_t j,
                                double *centroids, bm_error *err) {
    const bm_features *matrix = &run->matrix;
    const bm_table *table = &file->read.table;
    const bm_column *column = centroid_column(run, file, j);
    if (column == NULL)
        return bm_fail(err, BM_DATA,
                       "%s: no column \"%s\"; centroids need a column a feature (%zu)", file->path,
                       matrix->feature[j].name, matrix->d);
    for (size_t i = 0; i < table->rows; i++) {
        unsigned long long line = bm_lines_of(&table->lines, i);
        double *z = &centroids[i * matrix->d + j];
        if (bm_column_is_missing(column, i))
            return bm_fail(err, BM_DATA, "%s:%llu: column \"%s\": a centroid has no value",
                           file->path, line, column->name);
        *z = bm_scale_apply(&run->scaling.feature[j], column->number[i]);
        if (!isfinite(*z))
            return bm_fail(err, BM_DATA,
                           "%s:%llu: column \"%s\": %g has no place in normalized space",
                           file->path, line, column->name, column->number[i]);
    }
    return BM_OK;
}

/* Centroids of an --init file, in the buyers' units, brought into normalized space. */
static bm_status read_centroids(bm_run *run, double **centroids, size_t *k, bm_error *err) {
    centroid_file file = {0};
    size_t cells;
    bm_status status;
    BM_TRY(read_file(run, &file, err));
    if (file.is_map)
        BM_TRY(check_features(run, &file, err));
    *k = file.read.table.rows;
    if (!bm_multiply(*k, run->matrix.d, &cells))
        cells = SIZE_MAX;
    BM_TRY(BM_NEW(centroids, cells, "centroids", err));
    for (size_t j = 0; j < run->matrix.d; j++)
        BM_TRY(take_centroids(run, &file, j, *centroids, err));
cleanup:
    bm_read_result_free(&file.read);
    return status;
}

static bm_status start_from_file(bm_run *run, bm_cluster_options *options, double **centroids,
                                 bm_error *err) {
    const bm_k_range *k = &run->job->cluster.k;
    size_t rows = 0;
    bm_status status = read_centroids(run, centroids, &rows, err);
    if (status != BM_OK)
        return status;
    if (!k->automatic && (k->low != rows || k->high != rows))
        return bm_fail(err, run->job->file != NULL ? BM_JOB : BM_USAGE,
                       "%s holds %zu centroids, which is not the k that was asked for",
                       run->job->cluster.init, rows);
    options->k_low = options->k_high = rows;
    options->k_auto = 0;
    options->init = *centroids;
    return BM_OK;
}

/* The truth column as codes of the clustered rows, or NULL. */
static bm_status truth_codes(const bm_run *run, int32_t **truth, bm_error *err) {
    if (!run->has_buyers || run->job->buyers.truth == NULL)
        return BM_OK;
    const bm_column *column = bm_table_column(&run->buyers.table, run->job->buyers.truth);
    bm_status status = BM_NEW(truth, run->matrix.n, "the truth column", err);
    for (size_t i = 0; status == BM_OK && i < run->matrix.n; i++)
        (*truth)[i] = column->code[bm_row_of(&run->matrix, i)];
    return status;
}

int bm_run_is_separate(const bm_run *run, size_t buyer) {
    return run->set.kept != NULL && run->set.kept[buyer] == BM_ROW_SEPARATE;
}

/* Labels by buyer of the population, and the order of `assignments`: the clustered rows, then the
 * buyers of segment 0. */
static bm_status label_population(bm_run *run, bm_error *err) {
    const bm_segmentation *chosen = &run->clustering.chosen;
    bm_status status = BM_OK;
    if (run->matrix.row_of == NULL) {
        run->label = chosen->label;
        run->listings = chosen->n;
        return BM_OK;
    }
    BM_TRY(BM_NEW(&run->label, run->population, "labels", err));
    BM_TRY(BM_NEW(&run->listed, run->population, "labels", err));
    for (size_t i = 0; i < chosen->n; i++) {
        run->label[run->matrix.row_of[i]] = chosen->label[i];
        run->listed[run->listings++] = run->matrix.row_of[i];
    }
    for (size_t b = 0; b < run->population; b++) {
        if (bm_run_is_separate(run, b))
            run->listed[run->listings++] = b;
    }
cleanup:
    return status;
}

/* What buyers are clustered by, where that is not the matrix: their values as they are known. */
static bm_status measure_buyers(bm_run *run, bm_dissimilarity *dissimilarity,
                                bm_cluster_options *options, bm_error *err) {
    const bm_features *all = &run->set.all;
    if (run->job->cluster.distance != BM_DISTANCE_GOWER)
        return BM_OK;
    bm_status status = bm_gower(all, run->context, dissimilarity, err);
    options->dissimilarity = dissimilarity;
    if (status == BM_OK)
        run->context->held += bm_gower_memory(all->n, all->d);
    return status;
}

bm_status bm_run_cluster(bm_run *run, bm_error *err) {
    bm_cluster_options options = bm_run_cluster_options(run->job);
    double *centroids = NULL;
    int32_t *truth = NULL;
    bm_dissimilarity dissimilarity = {0};
    size_t held = run->context->held;
    bm_status status = BM_OK;
    if (starts_from_file(run->job))
        BM_TRY(start_from_file(run, &options, &centroids, err));
    BM_TRY(bm_checkpoint_match(&run->checkpoint, &run->provenance, run->matrix.d, &options, err));
    BM_TRY(truth_codes(run, &truth, err));
    BM_TRY(measure_buyers(run, &dissimilarity, &options, err));
    BM_TRY(bm_cluster(&run->matrix, &options, truth, run->context, &run->clustering, err));
    BM_TRY(bm_cluster_stability(&run->matrix, &options, run->context, &run->clustering, err));
    double *seconds = run->provenance.seconds;
    seconds[BM_STAGE_CLUSTER] = run->clustering.cluster_seconds;
    seconds[BM_STAGE_CHOOSE_K] = run->clustering.choose_k_seconds;
    seconds[BM_STAGE_QUALITY] = run->clustering.quality_seconds;
    seconds[BM_STAGE_STABILITY] = run->clustering.stability_seconds;
    status = label_population(run, err);
cleanup:
    bm_dissimilarity_free(&dissimilarity);
    run->context->held = held;
    free(truth);
    free(centroids);
    return status;
}

bm_status bm_run_describe(bm_run *run, bm_error *err) {
    bm_status status = bm_profile_build(&run->set.all, &run->clustering.chosen, &run->profile, err);
    if (status == BM_OK)
        status = bm_segment_names(&run->profile, &run->set.all, &run->names, err);
    return status;
}
