/* Mean distances of every row to every segment, for several partitions at once, and no n × n
 * matrix. Rows are sorted by the tuple of their labels, so that sums over a segment run over
 * neighbours and, with few cells, cost much less than the distances. A tile of distances stays in
 * the first cache while it is summed by rows and by columns.
 *
 * Blocks of rows meet each other as in a round-robin tournament (Berger's tables): in a round no
 * block plays twice, so that pairs of blocks can add to the sums of both at the same time. Where
 * sums are small there are several copies of them, and as many rounds are played at once: a round
 * has to wait for the last game of the one before. Blocks, rounds and copies are fixed by the data
 * alone, and each sum is made in their order: the same bytes for any threads. */
#include "cluster/silhouette.h"

#include "base/memory.h"
#include "buyermap/context.h"
#include "cluster/partition.h"
#include "data/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Enough blocks for eight threads; smaller ones are not worth a game. */
enum { BLOCKS = 16, BLOCK_TILES = 4, TILE = BM_TILE_ROWS * BM_TILE_COLUMNS };
/* Doubles in sums of all rows by segment, and in all copies of such: what a core has at hand. */
static const size_t MOST_SUMS = (size_t)64 << 17, MOST_COPIED = (size_t)8 << 17;

/* Stable counting sort of places by one partition's labels. */
static void sort_by(const int32_t *label, size_t n, size_t k, size_t *count, const size_t *from,
                    size_t *to) {
    memset(count, 0, (k + 1) * sizeof *count);
    for (size_t i = 0; i < n; i++)
        count[label[i] + 1]++;
    for (size_t segment = 1; segment < k; segment++)
        count[segment] += count[segment - 1];
    for (size_t i = 0; i < n; i++)
        to[count[label[from[i]]]++] = from[i];
}

static bm_status sort_rows(bm_silhouette *s, bm_error *err) {
    size_t most = 1, *count = NULL, *other = NULL;
    bm_status status = BM_OK;
    for (size_t p = 0; p < s->partitions; p++)
        most = s->k[p] > most ? s->k[p] : most;
    BM_TRY(BM_NEW(&count, most + 2, "silhouettes", err));
    BM_TRY(BM_NEW(&other, s->n, "silhouettes", err));
    for (size_t i = 0; i < s->n; i++)
        s->order[i] = i;
    for (size_t p = s->partitions; p-- > 0;) {
        size_t *sorted = other;
        sort_by(s->label[p], s->n, s->k[p] + 1, count, s->order, sorted);
        other = s->order;
        s->order = sorted;
    }
cleanup:
    free(count);
    free(other);
    return status;
}

static int same_cell(const bm_silhouette *s, size_t a, size_t b) {
    for (size_t p = 0; p < s->partitions; p++)
        if (s->label[p][a] != s->label[p][b])
            return 0;
    return 1;
}

static bm_status find_cells(bm_silhouette *s, bm_error *err) {
    size_t slots = 0, cells = 0;
    bm_status status = BM_OK;
    for (size_t p = 0; p < s->partitions; p++) {
        s->first_slot[p] = slots;
        slots += s->k[p] + (s->outside != 0);
    }
    s->first_slot[s->partitions] = slots;
    BM_TRY(BM_NEW(&s->size, slots, "silhouettes", err));
    for (size_t i = 0; i < s->n; i++) {
        if (i == 0 || !same_cell(s, s->order[i], s->order[i - 1]))
            cells++;
        s->cell_of[i] = (int32_t)cells - 1;
    }
    s->cells = cells;
    BM_TRY(BM_NEW(&s->cell_begin, cells + 1, "silhouettes", err));
    if (!bm_multiply(cells, s->partitions, &slots))
        return bm_fail(err, BM_NOMEM, "out of memory: silhouettes");
    BM_TRY(BM_NEW(&s->slot, slots, "silhouettes", err));
    for (size_t i = s->n; i-- > 0;)
        s->cell_begin[s->cell_of[i]] = i;
    s->cell_begin[cells] = s->n;
    for (size_t c = 0; c < cells; c++) {
        for (size_t p = 0; p < s->partitions; p++) {
            size_t slot = s->first_slot[p] + (size_t)s->label[p][s->order[s->cell_begin[c]]];
            s->slot[c * s->partitions + p] = (uint32_t)slot;
            s->size[slot] += s->cell_begin[c + 1] - s->cell_begin[c];
        }
    }
cleanup:
    return status;
}

/* Packing is one pass over the features. */
typedef struct pack {
    const bm_silhouette *silhouette;
    const size_t *place; /* [n] of each row */
    size_t chunk_rows;
    double *buffer; /* [threads × d] */
} pack;

/* The first of the rows that is not below `at`. */
static size_t rows_below(const bm_silhouette *s, size_t at) {
    size_t low = 0, high = s->n;
    if (s->row == NULL)
        return at < s->n ? at : s->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->row[middle] < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bm_status pack_chunk(size_t chunk, void *arg, bm_error *err) {
    const pack *now = arg;
    const bm_silhouette *s = now->silhouette;
    size_t d = s->features->d;
    double *buffer = now->buffer + (size_t)bm_thread_index() * d;
    size_t end = rows_below(s, bm_chunk_end(chunk, now->chunk_rows, s->features->n));
    for (size_t i = rows_below(s, bm_chunk_begin(chunk, now->chunk_rows)); i < end; i++) {
        size_t row = s->row != NULL ? s->row[i] : i;
        bm_pack_row(bm_rows_doubles(s->features, row, 1, buffer), now->place[i], d, s->packed);
    }
    return bm_check_interrupt(err);
}

static bm_status pack_rows(bm_silhouette *s, bm_error *err) {
    size_t *place = NULL, d = s->features->d, length = bm_tiles_length(s->n, d);
    pack now = {.silhouette = s, .chunk_rows = bm_cluster_chunk_rows(s->features->n, 1)};
    bm_status status = BM_OK;
    if (length == 0)
        return bm_fail(err, BM_NOMEM, "out of memory: silhouettes of %zu features", d);
    BM_TRY(BM_NEW_ALIGNED(&s->packed, length, "silhouettes", err));
    BM_TRY(BM_NEW(&place, s->n, "silhouettes", err));
    BM_TRY(BM_NEW_ALIGNED(&now.buffer, (size_t)bm_threads() * d, "silhouettes", err));
    for (size_t i = 0; i < s->n; i++)
        place[s->order[i]] = i;
    now.place = place;
    BM_TRY(bm_rows_pass(s->features, now.chunk_rows, pack_chunk, &now, err));
cleanup:
    free(place);
    free(now.buffer);
    return status;
}

bm_status bm_silhouette_sort(bm_silhouette *s, bm_error *err) {
    bm_status status = BM_OK;
    s->padded = bm_chunks(s->n, BM_TILE_COLUMNS) * BM_TILE_COLUMNS;
    BM_TRY(BM_NEW(&s->order, s->n, "silhouettes", err));
    BM_TRY(BM_NEW(&s->cell_of, s->n, "silhouettes", err));
    BM_TRY(BM_NEW(&s->first_slot, s->partitions + 1, "silhouettes", err));
    BM_TRY(sort_rows(s, err));
    BM_TRY(find_cells(s, err));
    BM_TRY(pack_rows(s, err));
cleanup:
    if (status != BM_OK)
        bm_silhouette_free(s);
    return status;
}

void bm_silhouette_free(bm_silhouette *s) {
    free(s->order);
    free(s->cell_of);
    free(s->cell_begin);
    free(s->first_slot);
    free(s->size);
    free(s->slot);
    free(s->packed);
    *s = (bm_silhouette){0};
}

/* What the threads work on. */
typedef struct work {
    const bm_silhouette *silhouette;
    const bm_pair_kernel *kernel;
    size_t slots, block_rows, blocks;
    size_t games, round; /* of a round; the first of those that are played */
    size_t copies;
    double *tile;    /* [threads × TILE] */
    double *sum;     /* [copies × slots × stride] of all rows, or, for each thread, of a tile's */
    size_t stride;   /* of a slot */
    bm_width *width; /* [partitions × n] */
} work;

/* Compares the rows from place `row` with the columns from place `column`. Sums of rows go to
 * row_sum, and those of columns to column_sum unless that is NULL: both begin with these places. */
static void add_tile(const work *now, size_t row, size_t column, double *row_sum,
                     double *column_sum) {
    const bm_silhouette *s = now->silhouette;
    size_t d = s->features->d, p = s->partitions;
    double *tile = now->tile + (size_t)bm_thread_index() * TILE;
    size_t row_end = bm_chunk_end(row / BM_TILE_ROWS, BM_TILE_ROWS, s->n);
    size_t column_end = bm_chunk_end(column / BM_TILE_COLUMNS, BM_TILE_COLUMNS, s->n);
    now->kernel->distances(s->packed + row * d, s->packed + column * d, d, tile);
    for (size_t at = column, end; at < column_end; at = end) {
        size_t cell = (size_t)s->cell_of[at];
        end = s->cell_begin[cell + 1] < column_end ? s->cell_begin[cell + 1] : column_end;
        now->kernel->sum_columns(tile, at - column, end - column, row_sum, now->stride,
                                 s->slot + cell * p, p);
    }
    for (size_t at = row, end; column_sum != NULL && at < row_end; at = end) {
        size_t cell = (size_t)s->cell_of[at];
        end = s->cell_begin[cell + 1] < row_end ? s->cell_begin[cell + 1] : row_end;
        now->kernel->sum_rows(tile, at - row, end - row, column_sum, now->stride,
                              s->slot + cell * p, p);
    }
}

/* Two blocks, or one with itself: then tiles with rows below their columns are left out, and on the
 * diagonal, where every distance is computed twice, only rows are summed. */
static void add_pair(const work *now, size_t a, size_t b, double *sum) {
    const bm_silhouette *s = now->silhouette;
    size_t end = bm_chunk_end(a, now->block_rows, s->n);
    size_t column_end = bm_chunk_end(b, now->block_rows, s->n);
    for (size_t column = b * now->block_rows; column < column_end; column += BM_TILE_COLUMNS) {
        size_t diagonal = a == b ? column : end;
        size_t row_end = diagonal + BM_TILE_COLUMNS < end ? diagonal + BM_TILE_COLUMNS : end;
        for (size_t row = a * now->block_rows; row < row_end; row += BM_TILE_ROWS)
            add_tile(now, row, column, sum + row, row < diagonal ? sum + column : NULL);
    }
}

/* A game among an even number of players, of whom the last keeps its seat and may not exist. In
 * round 0 each meets itself. */
static bm_status play(size_t chunk, void *arg, bm_error *err) {
    const work *now = arg;
    size_t copy = chunk / now->games, game = chunk % now->games, seats = 2 * now->games - 1;
    size_t a = 2 * game, b = 2 * game + 1, round = now->round + copy;
    double *sum = now->sum + copy * now->slots * now->stride;
    if (round == 0) {
        add_pair(now, a, a, sum);
        if (b < now->blocks)
            add_pair(now, b, b, sum);
        return bm_check_interrupt(err);
    }
    a = (round - 1 + game) % seats;
    b = game == 0 ? seats : (round - 1 + seats - game) % seats;
    if (a < now->blocks && b < now->blocks)
        add_pair(now, a, b, sum);
    return bm_check_interrupt(err);
}

/* Widths of the rows of a tile of columns that begin at place `first`, from their sums. */
static void judge(const work *now, size_t first, const double *sum) {
    const bm_silhouette *s = now->silhouette;
    size_t end = first + BM_TILE_COLUMNS < s->n ? first + BM_TILE_COLUMNS : s->n;
    for (size_t p = 0; p < s->partitions; p++) {
        const double *of = sum + s->first_slot[p] * now->stride;
        const size_t *size = s->size + s->first_slot[p];
        for (size_t place = first; place < end; place++) {
            bm_width *width = &now->width[p * s->n + s->order[place]];
            size_t own = (size_t)s->label[p][s->order[place]];
            *width = (bm_width){.other = INFINITY, .nearest = -1};
            if (own == s->k[p])
                continue;
            for (size_t segment = 0; segment < s->k[p]; segment++) {
                double mean = of[segment * now->stride + place - first] / (double)size[segment];
                if (segment != own && size[segment] > 0 &&
                    (width->nearest < 0 || mean < width->other)) {
                    width->other = mean;
                    width->nearest = (int32_t)segment;
                }
            }
            if (size[own] > 1)
                width->within = of[own * now->stride + place - first] / (double)(size[own] - 1);
            else
                width->other = 0;
        }
    }
}

/* Adds the copies up, and judges. */
static bm_status judge_tile(size_t tile, void *arg, bm_error *err) {
    const work *now = arg;
    size_t cells = now->slots * now->stride;
    double *sum = now->sum + tile * BM_TILE_COLUMNS;
    for (size_t copy = 1; copy < now->copies; copy++)
        for (size_t slot = 0; slot < now->slots; slot++)
            for (size_t c = 0; c < BM_TILE_COLUMNS; c++)
                sum[slot * now->stride + c] += sum[copy * cells + slot * now->stride + c];
    judge(now, tile * BM_TILE_COLUMNS, sum);
    return bm_check_interrupt(err);
}

/* Sums of all rows, each distance for both of its rows. */
static bm_status meet_all(work *now, bm_error *err) {
    size_t tiles = bm_chunks(now->silhouette->n, BM_TILE_COLUMNS), rounds = 2 * now->games;
    bm_status status = BM_OK;
    for (now->round = 0; now->round < rounds; now->round += now->copies) {
        size_t left = rounds - now->round, played = left < now->copies ? left : now->copies;
        BM_TRY(bm_parallel_for(played * now->games, play, now, err));
    }
    BM_TRY(bm_parallel_for(tiles, judge_tile, now, err));
cleanup:
    return status;
}

/* A tile's width of rows against all, in sums of the thread. */
static bm_status meet_alone(size_t tile, void *arg, bm_error *err) {
    const work *now = arg;
    const bm_silhouette *s = now->silhouette;
    size_t first = tile * BM_TILE_COLUMNS, room = now->slots * now->stride;
    double *sum = now->sum + (size_t)bm_thread_index() * room;
    memset(sum, 0, room * sizeof *sum);
    for (size_t column = 0; column < s->n; column += BM_TILE_COLUMNS)
        for (size_t row = 0; row < BM_TILE_COLUMNS; row += BM_TILE_ROWS)
            add_tile(now, first + row, column, sum + row, NULL);
    judge(now, first, sum);
    return bm_check_interrupt(err);
}

/* As many copies of the sums as are still small, and no more than rounds. */
static size_t count_copies(const work *now, size_t cells) {
    size_t copies = MOST_COPIED / cells;
    copies = copies < 2 * now->games ? copies : 2 * now->games;
    return copies > 1 ? copies : 1;
}

bm_status bm_silhouette_widths(const bm_silhouette *s, bm_width *width, bm_error *err) {
    work now = {.silhouette = s, .kernel = bm_pairs_here(), .width = width, .copies = 1};
    size_t threads = (size_t)bm_threads(), tiles = s->padded / BM_TILE_COLUMNS, cells = 0;
    bm_status status = BM_OK;
    now.slots = s->first_slot[s->partitions];
    now.block_rows = bm_chunks(tiles, BLOCKS);
    now.block_rows =
        (now.block_rows > BLOCK_TILES ? now.block_rows : BLOCK_TILES) * BM_TILE_COLUMNS;
    now.blocks = bm_chunks(s->n, now.block_rows);
    now.games = (now.blocks + 1) / 2;
    /* A line more than the rows, lest all slots of a row compete for one place in the cache. */
    now.stride = s->padded + BM_PACKED;
    int shared = bm_multiply(now.slots, now.stride, &cells) && cells <= MOST_SUMS;
    if (shared) {
        now.copies = count_copies(&now, cells);
        cells *= now.copies;
    } else {
        now.stride = BM_TILE_COLUMNS;
        if (!bm_multiply(now.slots, threads * now.stride, &cells))
            return bm_fail(err, BM_NOMEM, "out of memory: silhouettes");
    }
    BM_TRY(BM_NEW_ALIGNED(&now.sum, cells, "silhouettes", err));
    BM_TRY(BM_NEW_ALIGNED(&now.tile, threads * TILE, "silhouettes", err));
    if (shared)
        BM_TRY(meet_all(&now, err));
    else
        BM_TRY(bm_parallel_for(tiles, meet_alone, &now, err));
cleanup:
    free(now.sum);
    free(now.tile);
    return status;
}
