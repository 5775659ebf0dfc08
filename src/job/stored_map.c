/* result.h5 -> the map in it. Each part is read as any table from outside is, by a worker process
 * (input/hdf5_child.c), and then checked against the others. */
#include "job/stored_map.h"

#include "base/memory.h"
#include "input/hdf5_attributes.h"
#include "input/input.h"
#include "normalize/normalize.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { VERSION = 1 };

static int begins_as_hdf5(const char *path) {
    static const char signature[] = {'\x89', 'H', 'D', 'F', '\r', '\n', '\x1a', '\n'};
    char first[sizeof signature];
    struct stat facts;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    int yes = file >= 0 && fstat(file, &facts) == 0 && S_ISREG(facts.st_mode) &&
              read(file, first, sizeof first) == (ssize_t)sizeof first &&
              memcmp(first, signature, sizeof first) == 0;
    if (file >= 0)
        close(file);
    return yes;
}

static bm_status damaged(const bm_stored_map *map, bm_error *err, const char *what) {
    return bm_fail(err, BM_DATA, "%s: is no whole map: %s; make the map anew", map->path, what);
}

/* One table or matrix of the file. Numbers that are none are faults of the map, not rows that could
 * be let through. */
static bm_status read_part(bm_stored_map *map, const char *dataset, const bm_column_request *column,
                           size_t columns, bm_want others, const bm_context *context,
                           bm_read_result *part, bm_error *err) {
    bm_dialect dialect = {.delimiter = ',',
                          .decimal = '.',
                          .quote = '"',
                          .header = 1,
                          .encoding = "utf-8",
                          .dataset = dataset};
    const bm_read_request request = {.path = map->path,
                                     .dialect = &dialect,
                                     .column = column,
                                     .columns = columns,
                                     .others = others,
                                     .no_hash = map->sha256[0] != '\0',
                                     .max_bad_share = 1};
    bm_error why = {0};
    bm_status status = bm_read(&request, context, part, &why);
    const char *reason = why.message;
    size_t length = strlen(map->path);
    if (status == BM_DATA) {
        if (strncmp(reason, map->path, length) == 0 && strncmp(reason + length, ": ", 2) == 0)
            reason += length + 2;
        return bm_fail(err, status, "%s: is no whole map: %s: %s", map->path, dataset, reason);
    }
    if (status != BM_OK)
        return bm_fail(err, status, "%s", reason);
    if (part->accounting.rejects == 0)
        return BM_OK;
    const bm_reject *reject = &part->accounting.reject[0];
    return bm_fail(err, BM_DATA, "%s: is no whole map: %s: row %llu: column \"%.80s\": %s",
                   map->path, dataset, (unsigned long long)reject->line, reject->column,
                   reject->problem);
}

static const char *text_of(const bm_hdf5_attributes *attributes, const char *name) {
    const bm_hdf5_attribute *a = bm_hdf5_find_attribute(attributes, name);
    return a != NULL && a->text != NULL ? a->text : "";
}

static int64_t number_of(const bm_hdf5_attributes *attributes, const char *name) {
    const bm_hdf5_attribute *a = bm_hdf5_find_attribute(attributes, name);
    return a != NULL && a->text == NULL ? a->integer : 0;
}

static int is_ours(const bm_hdf5_attributes *attributes) {
    return strcmp(text_of(attributes, "format"), "buyermap") == 0;
}

/* 0 when the map says nothing known; maps of the first version fail on what is missing. */
static bm_missing policy_of(const char *word) {
    return strcmp(word, "drop") == 0       ? BM_MISSING_DROP
           : strcmp(word, "median") == 0   ? BM_MISSING_MEDIAN
           : strcmp(word, "mean") == 0     ? BM_MISSING_MEAN
           : strcmp(word, "pairwise") == 0 ? BM_MISSING_PAIRWISE
                                           : BM_MISSING_ERROR;
}

static bm_status check_attributes(bm_stored_map *map, const bm_hdf5_attributes *attributes,
                                  bm_error *err) {
    const char *verb = text_of(attributes, "verb");
    int64_t version = number_of(attributes, "format_version"), k = number_of(attributes, "k");
    if (!is_ours(attributes))
        return bm_fail(err, BM_DATA,
                       "%s: is HDF5, but no result of buyermap; give the result.h5 that cluster or "
                       "run wrote",
                       map->path);
    if (version != VERSION)
        return bm_fail(err, BM_DATA,
                       "%s: has format version %lld, and this buyermap reads version %d", map->path,
                       (long long)version, VERSION);
    if (strcmp(verb, "cluster") != 0 && strcmp(verb, "run") != 0)
        return bm_fail(err, BM_DATA,
                       "%s: is a result of buyermap %.40s, which holds no map; give the result.h5 "
                       "that cluster or run wrote",
                       map->path, verb);
    if (k < 1 || k > INT32_MAX)
        return bm_fail(
            err, BM_DATA,
            "%s: holds no map (its number of segments is %lld); give the result of a run "
            "that clusters",
            map->path, (long long)k);
    map->k = (size_t)k;
    map->is_single = strcmp(text_of(attributes, "precision"), "single") == 0;
    map->missing = policy_of(text_of(attributes, "missing"));
    if (strcmp(text_of(attributes, "method"), "kmedoids") == 0 &&
        strcmp(text_of(attributes, "distance"), "gower") == 0)
        return bm_fail(
            err, BM_DATA,
            "%s: is a map of medoids by Gower's distance, which buyers to come cannot be "
            "put into: it is not kept what their distances would need; cluster all "
            "buyers anew, or assign to a map of --distance euclidean or of a tree",
            map->path);
    return bm_copy_string(&map->method, text_of(attributes, "method"), err);
}

static bm_status read_attributes(bm_stored_map *map, bm_error *err) {
    bm_hdf5_attributes attributes = {0};
    bm_status status = bm_hdf5_read_attributes(map->path, &attributes, err);
    if (status == BM_DATA && !begins_as_hdf5(map->path))
        return bm_fail(err, BM_DATA,
                       "%s: is not HDF5, so it is no map; give the result.h5 that cluster or run "
                       "wrote",
                       map->path);
    if (status == BM_OK)
        status = check_attributes(map, &attributes, err);
    bm_hdf5_attributes_free(&attributes);
    return status;
}

enum { FEATURE, SOURCE, KIND, LAMBDA, LOW, HIGH, FILL, CENTER, SCALE, WEIGHT, FIELDS };

static const bm_column_request transform[FIELDS] = {
    [FEATURE] = {"feature", BM_WANT_TEXT, 1, NULL}, [SOURCE] = {"source", BM_WANT_TEXT, 1, NULL},
    [KIND] = {"kind", BM_WANT_TEXT, 1, NULL},       [LAMBDA] = {"lambda", BM_WANT_NUMBER, 0, NULL},
    [LOW] = {"low", BM_WANT_NUMBER, 0, NULL},       [HIGH] = {"high", BM_WANT_NUMBER, 0, NULL},
    [FILL] = {"fill", BM_WANT_NUMBER, 0, NULL},     [CENTER] = {"center", BM_WANT_NUMBER, 1, NULL},
    [SCALE] = {"scale", BM_WANT_NUMBER, 1, NULL},   [WEIGHT] = {"weight", BM_WANT_NUMBER, 1, NULL},
};

static const char *text_at(const bm_table *table, int field, size_t row) {
    const bm_column *column = bm_table_column(table, transform[field].name);
    return bm_dictionary_string(&column->dictionary, column->code[row]);
}

static double number_at(const bm_table *table, int field, size_t row) {
    return bm_table_column(table, transform[field].name)->number[row];
}

static double or_else(double value, double otherwise) {
    return isnan(value) ? otherwise : value;
}

/* Whether an indicator is called `source=value`. */
static int is_named_so(const bm_feature *feature) {
    size_t length = strlen(feature->source);
    return strncmp(feature->name, feature->source, length) == 0 && feature->name[length] == '=';
}

static bm_status take_feature(bm_stored_map *map, const bm_table *table, size_t j, bm_error *err) {
    bm_feature *feature = &map->feature[j];
    bm_scale *scale = &map->scaling.feature[j];
    const char *kind = text_at(table, KIND, j);
    int is_indicator = strcmp(kind, "indicator") == 0;
    bm_status status =
        bm_feature_set(feature, text_at(table, FEATURE, j), text_at(table, SOURCE, j),
                       is_indicator ? BM_FEATURE_INDICATOR : BM_FEATURE_NUMBER, err);
    if (status != BM_OK)
        return status;
    feature->low = or_else(number_at(table, LOW, j), -INFINITY);
    feature->high = or_else(number_at(table, HIGH, j), INFINITY);
    feature->fill = number_at(table, FILL, j);
    feature->weight = number_at(table, WEIGHT, j);
    *scale = (bm_scale){.normalizer = bm_normalizer_find(is_indicator ? "none" : kind),
                        .lambda = number_at(table, LAMBDA, j),
                        .center = number_at(table, CENTER, j),
                        .scale = number_at(table, SCALE, j),
                        .weight = feature->weight};
    if (scale->normalizer == NULL)
        return bm_fail(err, BM_DATA,
                       "%s: feature \"%.80s\" is normalized by \"%.40s\", which this buyermap does "
                       "not know",
                       map->path, feature->name, kind);
    int needs_lambda = strcmp(kind, "yeojohnson") == 0;
    if (!(scale->scale > 0) || !(scale->weight > 0) || feature->low > feature->high ||
        (needs_lambda && isnan(scale->lambda)) || (is_indicator && !is_named_so(feature)))
        return damaged(map, err, "a row of model/transform makes no sense");
    return BM_OK;
}

static bm_status read_transform(bm_stored_map *map, const bm_context *context, bm_error *err) {
    bm_read_result part = {0};
    bm_status status;
    BM_TRY(
        read_part(map, "model/transform", transform, FIELDS, BM_WANT_NOTHING, context, &part, err));
    memcpy(map->sha256, part.sha256, sizeof map->sha256);
    map->bytes = part.bytes;
    map->hash_seconds = part.hash_seconds;
    BM_TRY(BM_NEW(&map->feature, part.table.rows, "features", err));
    BM_TRY(BM_NEW(&map->scaling.feature, part.table.rows, "the scaling", err));
    map->d = map->scaling.d = part.table.rows;
    for (size_t j = 0; j < map->d; j++)
        BM_TRY(take_feature(map, &part.table, j, err));
cleanup:
    bm_read_result_free(&part);
    return status;
}

/* Of the columns of a table; every cell must be a number. */
static bm_status read_places(bm_stored_map *map, const char *dataset, const bm_context *context,
                             double **place, bm_error *err) {
    bm_read_result part = {0};
    size_t cells;
    bm_status status;
    BM_TRY(read_part(map, dataset, NULL, 0, BM_WANT_NUMBER, context, &part, err));
    const bm_table *table = &part.table;
    if (table->rows != map->k || table->columns != map->d || !bm_multiply(map->k, map->d, &cells)) {
        status = bm_fail(err, BM_DATA,
                         "%s: is no whole map: it has %zu segments of %zu features, and %zu × %zu "
                         "centroids; make the map anew",
                         map->path, map->k, map->d, table->rows, table->columns);
        goto cleanup;
    }
    BM_TRY(BM_NEW_ALIGNED(place, cells, "centroids", err));
    for (size_t j = 0; j < map->d; j++) {
        if (table->column[j].missing > 0)
            BM_TRY(damaged(map, err, "a centroid has no value of a feature"));
        for (size_t i = 0; i < map->k; i++)
            (*place)[i * map->d + j] = table->column[j].number[i];
    }
cleanup:
    bm_read_result_free(&part);
    return status;
}

static bm_status read_centroids(bm_stored_map *map, const bm_context *context, bm_error *err) {
    bm_status status = read_places(map, "model/centroids_normalized", context, &map->centroid, err);
    if (status == BM_OK && strcmp(map->method, "kmedoids") == 0)
        status = read_places(map, "model/medoids_normalized", context, &map->medoid, err);
    return status;
}

static int uses_quantiles(const bm_stored_map *map) {
    for (size_t j = 0; j < map->d; j++)
        if (strcmp(map->scaling.feature[j].normalizer->name, "quantile") == 0)
            return 1;
    return 0;
}

/* The quantiles of feature j: ascending, those there are. */
static bm_status take_quantiles(bm_stored_map *map, const bm_table *table, size_t j,
                                bm_error *err) {
    bm_scale *scale = &map->scaling.feature[j];
    bm_status status = BM_NEW(&scale->quantile, table->columns, "quantiles", err);
    for (size_t i = 0; status == BM_OK && i < table->columns; i++) {
        double value = table->column[i].number[j];
        if (isnan(value))
            continue;
        if (i != scale->quantiles || (i > 0 && value < scale->quantile[i - 1]))
            return damaged(map, err, "the quantiles of a feature do not ascend");
        scale->quantile[scale->quantiles++] = value;
    }
    if (status == BM_OK && scale->quantiles == 0)
        return damaged(map, err, "a feature has no quantiles");
    return status;
}

static bm_status read_quantiles(bm_stored_map *map, const bm_context *context, bm_error *err) {
    bm_read_result part = {0};
    bm_status status = BM_OK;
    if (!uses_quantiles(map))
        return BM_OK;
    BM_TRY(read_part(map, "model/quantiles", NULL, 0, BM_WANT_NUMBER, context, &part, err));
    if (part.table.rows != map->d)
        BM_TRY(damaged(map, err, "model/quantiles is of other features"));
    for (size_t j = 0; j < map->d; j++)
        if (strcmp(map->scaling.feature[j].normalizer->name, "quantile") == 0)
            BM_TRY(take_quantiles(map, &part.table, j, err));
cleanup:
    bm_read_result_free(&part);
    return status;
}

/* Names and shares, a row a segment; a row of segment 0 may follow. */
static bm_status take_segments(bm_stored_map *map, const bm_table *table, bm_error *err) {
    const double *id = bm_table_column(table, "segment")->number;
    const bm_column *name = bm_table_column(table, "name");
    const double *buyers = bm_table_column(table, "buyers")->number;
    double total = 0;
    bm_status status = BM_OK;
    if (table->rows < map->k)
        return damaged(map, err, "the table of its segments is too short");
    BM_TRY(BM_NEW(&map->buyers, map->k, "segments", err));
    BM_TRY(BM_NEW(&map->share, map->k, "segments", err));
    for (size_t i = 0; i < map->k; i++) {
        if (!(id[i] >= (double)i + 1 && id[i] <= (double)i + 1))
            return damaged(map, err, "its segments are not in order");
        int is_named = name->code[i] >= 0;
        BM_TRY(bm_strings_add(
            &map->names, is_named ? bm_dictionary_string(&name->dictionary, name->code[i]) : "",
            err));
        map->buyers[i] = buyers[i];
        total += buyers[i];
    }
    for (size_t i = 0; i < map->k; i++)
        map->share[i] = map->buyers[i] / total;
cleanup:
    return status;
}

static bm_status read_segments(bm_stored_map *map, const bm_context *context, bm_error *err) {
    static const bm_column_request columns[] = {{"segment", BM_WANT_NUMBER, 1, NULL},
                                                {"name", BM_WANT_TEXT, 0, NULL},
                                                {"buyers", BM_WANT_NUMBER, 1, NULL}};
    bm_read_result part = {0};
    bm_status status = read_part(map, "segments", columns, sizeof columns / sizeof columns[0],
                                 BM_WANT_NOTHING, context, &part, err);
    if (status == BM_OK)
        status = take_segments(map, &part.table, err);
    bm_read_result_free(&part);
    return status;
}

bm_status bm_stored_map_read(const char *path, const bm_context *context, bm_stored_map *map,
                             bm_error *err) {
    bm_status status;
    *map = (bm_stored_map){.path = path};
    BM_TRY(read_attributes(map, err));
    BM_TRY(read_transform(map, context, err));
    BM_TRY(read_centroids(map, context, err));
    BM_TRY(read_quantiles(map, context, err));
    status = read_segments(map, context, err);
cleanup:
    if (status != BM_OK)
        bm_stored_map_free(map);
    return status;
}

void bm_stored_map_free(bm_stored_map *map) {
    for (size_t j = 0; map->feature != NULL && j < map->d; j++) {
        free(map->feature[j].name);
        free(map->feature[j].source);
    }
    free(map->feature);
    bm_scaling_free(&map->scaling);
    free(map->centroid);
    free(map->medoid);
    free(map->method);
    free(map->buyers);
    free(map->share);
    bm_strings_free(&map->names);
    *map = (bm_stored_map){0};
}

bm_status bm_is_stored_map(const char *path, int *is_map, bm_error *err) {
    bm_hdf5_attributes attributes = {0};
    *is_map = 0;
    if (!begins_as_hdf5(path))
        return BM_OK;
    bm_status status = bm_hdf5_read_attributes(path, &attributes, err);
    if (status == BM_OK)
        *is_map = is_ours(&attributes);
    bm_hdf5_attributes_free(&attributes);
    return status;
}
