/* What assign writes. */
#include "base/memory.h"
#include "job/assign.h"

#include <math.h>
#include <string.h>

const char *const bm_assign_tables[] = {"assignments", "segments", "rejected", NULL};

static void fill_buyer(const void *source, size_t first, size_t count, void *block) {
    const bm_assign *assign = source;
    for (size_t i = 0; i < count; i++) {
        size_t row = assign->row_of != NULL ? assign->row_of[first + i] : first + i;
        ((bm_text *)block)[i] = bm_dictionary_text(assign->ids, (int32_t)row);
    }
}

static void fill_codes(const int32_t *code, size_t first, size_t count, int64_t *block) {
    for (size_t i = 0; i < count; i++)
        block[i] = code[first + i];
}

static void fill_segment(const void *source, size_t first, size_t count, void *block) {
    fill_codes(((const bm_assign *)source)->segment, first, count, block);
}

static void fill_second(const void *source, size_t first, size_t count, void *block) {
    fill_codes(((const bm_assign *)source)->second, first, count, block);
}

static void fill_distance(const void *source, size_t first, size_t count, void *block) {
    memcpy(block, ((const bm_assign *)source)->distance + first, count * sizeof(double));
}

static void fill_margin(const void *source, size_t first, size_t count, void *block) {
    memcpy(block, ((const bm_assign *)source)->margin + first, count * sizeof(double));
}

static size_t longest_id(const bm_assign *assign) {
    size_t width = 0;
    for (size_t i = 0; i < assign->buyers; i++) {
        size_t row = assign->row_of != NULL ? assign->row_of[i] : i;
        size_t length = bm_dictionary_text(assign->ids, (int32_t)row).length;
        width = length > width ? length : width;
    }
    return width;
}

static bm_status assignments(bm_assign *assign, bm_result *table, bm_error *err) {
    static const bm_heading heading[] = {
        {"buyer_id", BM_CELL_TEXT, "", "buyer"},
        {"segment", BM_CELL_INTEGER, "", "segment of the map whose centroid is nearest"},
        {"distance", BM_CELL_NUMBER, "normalized", "distance to the segment's centroid"},
        {"second_segment", BM_CELL_INTEGER, "", "nearest other segment; 0: none"},
        {"margin", BM_CELL_NUMBER, "1", "1 - distance / distance to the second segment's centroid"},
    };
    bm_status status = bm_result_init(table, "assignments", "which segment each buyer is in",
                                      heading, sizeof heading / sizeof heading[0], 0, err);
    if (status != BM_OK)
        return status;
    bm_result_generate(table, 0, fill_buyer, assign, longest_id(assign));
    bm_result_generate(table, 1, fill_segment, assign, 0);
    bm_result_generate(table, 2, fill_distance, assign, 0);
    bm_result_generate(table, 3, fill_second, assign, 0);
    bm_result_generate(table, 4, fill_margin, assign, 0);
    table->rows = assign->buyers;
    return BM_OK;
}

enum { SEGMENT, NAME, BUYERS, SHARE, WEIGHT, INERTIA, DISTANCE, STABILITY, MAP_BUYERS, MAP_SHARE };

static void sum_up(const bm_assign *assign, bm_result *table) {
    int64_t *buyers = table->column[BUYERS].integer;
    double *inertia = table->column[INERTIA].number, *mean = table->column[DISTANCE].number;
    for (size_t s = 0; s < assign->map.k; s++)
        inertia[s] = mean[s] = 0;
    for (size_t i = 0; i < assign->buyers; i++) {
        size_t s = (size_t)assign->segment[i] - 1;
        double distance = assign->distance[i];
        buyers[s]++;
        inertia[s] += distance * distance;
        mean[s] += distance;
    }
    for (size_t s = 0; s < assign->map.k; s++) {
        double count = (double)buyers[s];
        mean[s] = count > 0 ? mean[s] / count : NAN;
        table->column[WEIGHT].number[s] = count;
        if (assign->buyers > 0)
            table->column[SHARE].number[s] = count / (double)assign->buyers;
    }
}

static bm_status segments(bm_assign *assign, bm_result *table, bm_error *err) {
    static const bm_heading heading[] = {
        [SEGMENT] = {"segment", BM_CELL_INTEGER, "", "segment of the map"},
        [NAME] = {"name", BM_CELL_TEXT, "", "what sets the segment apart on the map"},
        [BUYERS] = {"buyers", BM_CELL_INTEGER, "1", "buyers that were assigned to it"},
        [SHARE] = {"share", BM_CELL_NUMBER, "1", "share of the buyers that were assigned"},
        [WEIGHT] = {"weight", BM_CELL_NUMBER, "1", "the buyers: assigned ones have no weights"},
        [INERTIA] = {"inertia", BM_CELL_NUMBER, "1",
                     "sum of squared distances to the centroid, normalized"},
        [DISTANCE] = {"distance_mean", BM_CELL_NUMBER, "1",
                      "mean distance to the centroid, normalized"},
        [STABILITY] = {"stability", BM_CELL_NUMBER, "1", "not known of assigned buyers"},
        [MAP_BUYERS] = {"map_buyers", BM_CELL_NUMBER, "1", "buyers of the segment on the map"},
        [MAP_SHARE] = {"map_share", BM_CELL_NUMBER, "1", "their share of the map's buyers"},
    };
    const bm_stored_map *map = &assign->map;
    bm_status status;
    BM_TRY(bm_result_init(table, "segments", "how many buyers were assigned to each segment",
                          heading, sizeof heading / sizeof heading[0], map->k, err));
    for (size_t s = 0; s < map->k; s++) {
        table->column[SEGMENT].integer[s] = (int64_t)s + 1;
        table->column[MAP_BUYERS].number[s] = map->buyers[s];
        table->column[MAP_SHARE].number[s] = map->share[s];
        BM_TRY(bm_result_set_string(table, NAME, s, map->names.item[s], err));
    }
    sum_up(assign, table);
cleanup:
    if (status != BM_OK)
        bm_result_free(table);
    return status;
}

bm_status bm_assign_results(bm_assign *assign, bm_error *err) {
    bm_result table = {0};
    bm_status status;
    BM_TRY(assignments(assign, &table, err));
    BM_TRY(bm_results_add(&assign->results, &table, err));
    BM_TRY(segments(assign, &table, err));
    BM_TRY(bm_results_add(&assign->results, &table, err));
    BM_TRY(bm_rejected_result(&assign->table.accounting, &table, err));
    BM_TRY(bm_results_add(&assign->results, &table, err));
    bm_record_attributes(&assign->results, assign->job, "assign", assign->map.method,
                         assign->map.k);
cleanup:
    return status;
}
