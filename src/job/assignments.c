/* The table `assignments`, and what else follows from each buyer's distances. It has a row a buyer,
 * so nothing of it is kept: ids that are row numbers are written, and distances computed, for the
 * block of rows that a writer asks for. */
#include "base/memory.h"
#include "data/rows.h"
#include "job/run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ID_ROOM = 20 }; /* digits of any row number */

/* The block of rows at hand. */
struct bm_listing {
    size_t first, rows; /* of the matrix, whose distances these are */
    double distance[BM_MOST_FILLED_ROWS], margin[BM_MOST_FILLED_ROWS];
    int32_t second[BM_MOST_FILLED_ROWS];
    char id[BM_MOST_FILLED_ROWS * ID_ROOM]; /* row numbers */
    bm_status status;                       /* of the first block that failed */
    bm_error error;
};

static size_t buyer_of(const bm_run *run, size_t row) {
    return run->listed != NULL ? run->listed[row] : row;
}

static bm_text write_number(size_t number, char *room) {
    char *end = room + ID_ROOM, *at = end;
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    return (bm_text){at, (size_t)(end - at)};
}

static void fill_buyer(const void *source, size_t first, size_t count, void *block) {
    const bm_run *run = source;
    bm_text *text = block;
    for (size_t i = 0; i < count; i++) {
        size_t buyer = buyer_of(run, first + i);
        text[i] = run->ids != NULL ? bm_dictionary_text(run->ids, (int32_t)buyer)
                                   : write_number(buyer + 1, run->listing->id + i * ID_ROOM);
    }
}

static void fill_segment(const void *source, size_t first, size_t count, void *block) {
    const bm_run *run = source;
    for (size_t i = 0; i < count; i++)
        ((int64_t *)block)[i] = run->label[buyer_of(run, first + i)];
}

/* Gets the distances of rows `first` on; those of the block before are often the same. Gives how
 * many of the rows are of the matrix: buyers of segment 0, which follow, are at no distance from
 * anything. */
static size_t measure(const bm_run *run, size_t first, size_t count) {
    bm_listing *at = run->listing;
    size_t n = run->matrix.n, rows = first >= n ? 0 : n - first < count ? n - first : count;
    if ((at->first == first && at->rows == rows) || rows == 0)
        return rows;
    at->first = first;
    at->rows = rows;
    bm_error error = {0};
    bm_status status = bm_rows_hold(&run->matrix, first, rows, &error);
    if (status == BM_OK)
        bm_margins_rows(&run->matrix, &run->clustering.chosen, first, rows, at->distance,
                        at->second, at->margin);
    if (status != BM_OK && at->status == BM_OK) {
        at->status = status;
        at->error = error;
    }
    return rows;
}

static void fill_second(const void *source, size_t first, size_t count, void *block) {
    const bm_run *run = source;
    size_t rows = measure(run, first, count);
    for (size_t i = 0; i < count; i++)
        ((int64_t *)block)[i] = i < rows ? run->listing->second[i] : 0;
}

static void fill_distance(const void *source, size_t first, size_t count, void *block) {
    const bm_run *run = source;
    size_t rows = measure(run, first, count);
    for (size_t i = 0; i < count; i++)
        ((double *)block)[i] = i < rows ? run->listing->distance[i] : NAN;
}

static void fill_margin(const void *source, size_t first, size_t count, void *block) {
    const bm_run *run = source;
    size_t rows = measure(run, first, count);
    for (size_t i = 0; i < count; i++)
        ((double *)block)[i] = i < rows ? run->listing->margin[i] : NAN;
}

static void fill_micro(const void *source, size_t first, size_t count, void *block) {
    const bm_run *run = source;
    for (size_t i = 0; i < count; i++)
        ((double *)block)[i] =
            first + i < run->matrix.n ? (double)run->clustering.chosen.micro.of[first + i] : NAN;
}

/* Leaves of a coarse tree are micro-segments, by their numbers. */
static void fill_leaf(const void *source, size_t first, size_t count, void *block) {
    const bm_run *run = source;
    for (size_t i = 0; i < count; i++)
        ((bm_text *)block)[i] = write_number(first + i, run->listing->id + i * ID_ROOM);
}

static bm_status check(const void *source, bm_error *err) {
    const bm_listing *at = ((const bm_run *)source)->listing;
    if (at->status != BM_OK && err != NULL)
        *err = at->error;
    return at->status;
}

static size_t longest_id(const bm_run *run) {
    size_t width = 0;
    char room[ID_ROOM];
    if (run->ids == NULL) /* the last row, if any, has the largest number */
        return run->listings > 0 ? write_number(buyer_of(run, run->listings - 1) + 1, room).length
                                 : 0;
    for (size_t i = 0; i < run->listings; i++) {
        size_t length = bm_dictionary_text(run->ids, (int32_t)buyer_of(run, i)).length;
        width = length > width ? length : width;
    }
    return width;
}

static bm_status open_listing(bm_run *run, bm_error *err) {
    if (run->listing != NULL)
        return BM_OK;
    return BM_NEW(&run->listing, 1, "assignments", err);
}

bm_status bm_run_assignments(bm_run *run, bm_result *table, bm_error *err) {
    static const bm_heading heading[] = {
        {"buyer_id", BM_CELL_TEXT, "", "buyer"},
        {"segment", BM_CELL_INTEGER, "", "segment the buyer is in; 0: not clustered"},
        {"distance", BM_CELL_NUMBER, "normalized", "distance to the segment's centroid"},
        {"second_segment", BM_CELL_INTEGER, "", "nearest other segment; 0: none"},
        {"margin", BM_CELL_NUMBER, "1", "1 - distance / distance to the second segment's centroid"},
        {"micro_segment", BM_CELL_NUMBER, "", "leaf of a coarse tree that the buyer is in, from 0"},
    };
    const int is_coarse = run->clustering.chosen.micro.count > 0;
    bm_status status;
    BM_TRY(open_listing(run, err));
    BM_TRY(bm_result_init(table, "assignments", "which segment each buyer is in", heading,
                          sizeof heading / sizeof heading[0] - !is_coarse, 0, err));
    bm_result_generate(table, 0, fill_buyer, run, longest_id(run));
    bm_result_generate(table, 1, fill_segment, run, 0);
    bm_result_generate(table, 2, fill_distance, run, 0);
    bm_result_generate(table, 3, fill_second, run, 0);
    bm_result_generate(table, 4, fill_margin, run, 0);
    if (is_coarse)
        bm_result_generate(table, 5, fill_micro, run, 0);
    table->rows = run->listings;
    table->check = check;
    table->source = run;
cleanup:
    return status;
}

bm_status bm_run_medoids(bm_run *run, bm_result *table, bm_error *err) {
    static const bm_heading heading[] = {
        {"segment", BM_CELL_INTEGER, "", "segment"},
        {"buyer_id", BM_CELL_TEXT, "", "its medoid: the buyer that stands for it"},
        {"buyers", BM_CELL_INTEGER, "buyers", "buyers of the segment"},
        {"mean_distance", BM_CELL_NUMBER, "distance",
         "mean distance of its buyers to the medoid, by buyer weight"},
    };
    const bm_segmentation *chosen = &run->clustering.chosen;
    bm_status status;
    BM_TRY(open_listing(run, err));
    BM_TRY(bm_result_init(table, "medoids", "the buyer that stands for each segment", heading,
                          sizeof heading / sizeof heading[0], chosen->k, err));
    for (size_t s = 0; s < chosen->k; s++) {
        bm_text id;
        fill_buyer(run, chosen->medoid[s], 1, &id);
        table->column[0].integer[s] = (int64_t)s + 1;
        BM_TRY(bm_result_set_text(table, 1, s, id, err));
        table->column[2].integer[s] = (int64_t)chosen->size[s];
        table->column[3].number[s] = chosen->apart[s];
    }
cleanup:
    if (status != BM_OK)
        bm_result_free(table);
    return status;
}

bm_status bm_run_newick(bm_run *run, bm_error *err) {
    bm_status status = open_listing(run, err);
    if (status == BM_OK)
        run->results.tree = (bm_result_tree){
            .name = "dendrogram",
            .tree = &run->clustering.chosen.tree,
            .leaf = run->clustering.chosen.micro.count > 0 ? fill_leaf : fill_buyer,
            .source = run};
    return status;
}

bm_status bm_run_mean_distances(bm_run *run, double *mean, bm_error *err) {
    const bm_segmentation *chosen = &run->clustering.chosen;
    bm_status status = open_listing(run, err);
    for (size_t s = 0; s < chosen->k; s++)
        mean[s] = chosen->size[s] > 0 ? 0 : NAN;
    for (size_t first = 0, count; first < chosen->n && status == BM_OK; first += count) {
        count = chosen->n - first < BM_MOST_FILLED_ROWS ? chosen->n - first : BM_MOST_FILLED_ROWS;
        measure(run, first, count);
        for (size_t i = 0; i < count; i++)
            mean[chosen->label[first + i] - 1] += run->listing->distance[i];
        status = check(run, err);
    }
    for (size_t s = 0; s < chosen->k; s++)
        mean[s] /= (double)chosen->size[s];
    return status;
}

void bm_listing_free(bm_listing *listing) {
    free(listing);
}
