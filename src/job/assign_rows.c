/* Rows of a table -> places on the map.
 *
 * A chunk of rows is brought into the map's normalized space as the map's own buyers were
 * (bm_feature_settle, bm_scale_apply, rounding where the map is of single precision), and each row
 * compared with all centroids. O(n d k) time; a block of rows for each thread. */
#include "base/memory.h"
#include "base/number.h"
#include "base/parallel.h"
#include "cluster/place.h"
#include "job/assign.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_ROWS = 1024, LEAST_ROWS = 16, CELLS = 1 << 16, CHUNKS_AT_ONCE = 1024 };
/* In place of a segment, while rows are placed. */
enum { NOT_KNOWN = -1, NO_PLACE = -2 };

typedef struct work {
    bm_assign *assign;
    bm_places places;  /* centroids */
    bm_places medoids; /* what rows are put to, where it is not these; else empty */
    size_t rows;       /* of the table */
    size_t at_once;    /* rows of a chunk */
    size_t first;      /* chunk */
    double *scratch;   /* of each thread: a block of rows, and what bm_place_row needs */
    size_t scratch_each;
} work;

/* As it stands in the table; NaN is missing. */
static double value_of(const bm_assign *assign, size_t j, size_t row) {
    const bm_assign_source *source = &assign->source[assign->source_of[j]];
    if (!source->is_category)
        return source->values->number[row];
    int32_t code = source->values->code[row];
    return code < 0 ? NAN : source->feature_of[code] == (int32_t)j;
}

/* Its normalized value; NaN when it is missing and nothing is filled in, which no normalizer need
 * understand. */
static double place_of(const bm_stored_map *map, size_t j, double value) {
    double settled = bm_feature_settle(&map->feature[j], value);
    if (isnan(settled))
        return NAN;
    double z = bm_scale_apply(&map->scaling.feature[j], settled);
    return map->is_single ? (double)(float)z : z;
}

static int is_unknown(const bm_stored_map *map, size_t j, double value) {
    return isnan(value) && isnan(map->feature[j].fill);
}

/* Fills x [count × d], and says of each row in `segment` whether it can be placed. */
static void bring_rows(const bm_assign *assign, size_t first, size_t count, double *x) {
    const bm_stored_map *map = &assign->map;
    size_t d = map->d;
    for (size_t i = 0; i < count; i++)
        assign->segment[first + i] = 0;
    for (size_t j = 0; j < d; j++) {
        for (size_t i = 0; i < count; i++) {
            double value = value_of(assign, j, first + i), z = place_of(map, j, value);
            int32_t *state = &assign->segment[first + i];
            x[i * d + j] = z;
            if (isfinite(z))
                continue;
            if (is_unknown(map, j, value))
                *state = NOT_KNOWN;
            else if (*state == 0)
                *state = NO_PLACE;
        }
    }
}

static void place_row(const work *w, const double *row, double *scratch, bm_place *place) {
    if (w->medoids.packed == NULL) {
        bm_place_row(&w->places, row, scratch, place);
        return;
    }
    bm_place_row(&w->medoids, row, scratch, place);
    bm_place_within(&w->places, row, place->segment, scratch, place);
}

static bm_status place_chunk(size_t chunk, void *arg, bm_error *err) {
    const work *w = arg;
    const bm_assign *assign = w->assign;
    size_t d = assign->map.d, first = bm_chunk_begin(w->first + chunk, w->at_once);
    size_t count = bm_chunk_end(w->first + chunk, w->at_once, w->rows) - first;
    double *x = w->scratch + (size_t)bm_thread_index() * w->scratch_each;
    bring_rows(assign, first, count, x);
    for (size_t i = 0; i < count; i++) {
        bm_place place;
        if (assign->segment[first + i] != 0)
            continue;
        place_row(w, x + i * d, x + w->at_once * d, &place);
        assign->segment[first + i] = place.segment;
        assign->second[first + i] = place.second;
        assign->distance[first + i] = place.distance;
        assign->margin[first + i] = place.margin;
    }
    return bm_check_interrupt(err);
}

static size_t rows_of_chunk(size_t d) {
    size_t rows = CELLS / d;
    return rows > MOST_ROWS ? MOST_ROWS : rows < LEAST_ROWS ? LEAST_ROWS : rows;
}

static bm_status place_all(work *w, bm_error *err) {
    size_t chunks = bm_chunks(w->rows, w->at_once);
    bm_status status = BM_OK;
    for (w->first = 0; status == BM_OK && w->first < chunks; w->first += CHUNKS_AT_ONCE) {
        size_t left = chunks - w->first, now = left < CHUNKS_AT_ONCE ? left : CHUNKS_AT_ONCE;
        status = bm_parallel_for(now, place_chunk, w, err);
        bm_progress(w->assign->context->log, "assign",
                    bm_chunk_end(w->first + now - 1, w->at_once, w->rows), w->rows, "buyers");
    }
    return status;
}

static bm_status prepare(work *w, bm_error *err) {
    const bm_stored_map *map = &w->assign->map;
    size_t block, scratch;
    bm_status status = bm_places_init(&w->places, map->centroid, map->k, map->d, err);
    if (status == BM_OK && map->medoid != NULL)
        status = bm_places_init(&w->medoids, map->medoid, map->k, map->d, err);
    if (status != BM_OK)
        return status;
    w->at_once = rows_of_chunk(map->d);
    if (!bm_multiply(w->at_once, map->d, &block) ||
        !bm_add(block, bm_places_scratch(&w->places), &w->scratch_each) ||
        !bm_multiply(w->scratch_each, (size_t)bm_threads(), &scratch))
        scratch = SIZE_MAX;
    return BM_NEW_ALIGNED(&w->scratch, scratch, "blocks of rows", err);
}

/* The first feature of a row that has no place. */
static size_t feature_at_fault(const bm_assign *assign, size_t row) {
    size_t j = 0;
    while (j + 1 < assign->map.d && isfinite(place_of(&assign->map, j, value_of(assign, j, row))))
        j++;
    return j;
}

static bm_status reject_row(bm_assign *assign, size_t row, bm_error *err) {
    char text[BM_NUMBER_TEXT];
    size_t j = feature_at_fault(assign, row);
    bm_accounting *rows = &assign->table.accounting;
    bm_text shown = {text, (size_t)bm_format_number(text, value_of(assign, j, row))};
    rows->used--;
    rows->rejected++;
    return bm_accounting_reject(rows, assign->job->buyers.path,
                                bm_lines_of(&assign->table.table.lines, row), 0,
                                assign->source[assign->source_of[j]].column,
                                "beyond what the map's normalizer takes", shown, err);
}

static bm_status judge(const bm_assign *assign, size_t row, size_t faults, bm_error *err) {
    const bm_accounting *rows = &assign->table.accounting;
    size_t j = feature_at_fault(assign, row);
    if (rows->rejected + rows->duplicates <= bm_bad_rows_allowed(assign->job, rows->rows_in))
        return BM_OK;
    return bm_fail(err, BM_DATA,
                   "%s:%llu: column \"%.80s\": %g has no place on the map, which is normalized by "
                   "%s (%zu such rows; --max-bad-rows lets a stated number through)",
                   assign->job->buyers.path,
                   (unsigned long long)bm_lines_of(&assign->table.table.lines, row),
                   assign->source[assign->source_of[j]].column, value_of(assign, j, row),
                   assign->map.scaling.feature[j].normalizer->name, faults);
}

/* Rows without a place leave: those that are not known are excluded, the others rejected. */
static bm_status sort_out(bm_assign *assign, size_t rows, bm_error *err) {
    size_t unknown = 0, faults = 0, first_fault = 0;
    bm_status status = BM_OK;
    assign->buyers = 0;
    for (size_t row = 0; row < rows; row++) {
        unknown += assign->segment[row] == NOT_KNOWN;
        if (assign->segment[row] != NO_PLACE)
            continue;
        first_fault = faults++ == 0 ? row : first_fault;
        BM_TRY(reject_row(assign, row, err));
    }
    if (faults > 0)
        BM_TRY(judge(assign, first_fault, faults, err));
    if (unknown > 0)
        BM_TRY(bm_accounting_exclude(&assign->table.accounting, "missing: drop", unknown, err));
    assign->table.accounting.used -= unknown;
    if (unknown + faults > 0)
        BM_TRY(BM_NEW(&assign->row_of, rows, "buyers", err));
    for (size_t row = 0; row < rows; row++) {
        size_t to = assign->buyers;
        if (assign->segment[row] <= 0)
            continue;
        assign->segment[to] = assign->segment[row];
        assign->second[to] = assign->second[row];
        assign->distance[to] = assign->distance[row];
        assign->margin[to] = assign->margin[row];
        if (assign->row_of != NULL)
            assign->row_of[to] = row;
        assign->buyers++;
    }
cleanup:
    return status;
}

bm_status bm_assign_rows(bm_assign *assign, bm_error *err) {
    work w = {.assign = assign, .rows = assign->table.table.rows};
    bm_status status;
    BM_TRY(
        bm_require_memory(assign->context, bm_assign_memory(assign), "assigning the buyers", err));
    BM_TRY(BM_NEW(&assign->segment, w.rows, "segments of buyers", err));
    BM_TRY(BM_NEW(&assign->second, w.rows, "segments of buyers", err));
    BM_TRY(BM_NEW(&assign->distance, w.rows, "distances", err));
    BM_TRY(BM_NEW(&assign->margin, w.rows, "margins", err));
    BM_TRY(prepare(&w, err));
    BM_TRY(place_all(&w, err));
    status = sort_out(assign, w.rows, err);
cleanup:
    bm_places_free(&w.places);
    bm_places_free(&w.medoids);
    free(w.scratch);
    return status;
}

size_t bm_assign_memory(const bm_assign *assign) {
    enum { A_BUYER = 2 * sizeof(int32_t) + 2 * sizeof(double) };
    size_t d = assign->map.d, k = assign->map.k, bytes, cells;
    int fits = bm_multiply(rows_of_chunk(d), d, &cells) && bm_add(cells, k, &cells) &&
               bm_multiply(cells, (size_t)bm_threads() * sizeof(double), &cells) &&
               bm_multiply(assign->table.table.rows, A_BUYER, &bytes) &&
               bm_add(bytes, cells, &bytes);
    return fits ? bytes : SIZE_MAX;
}
