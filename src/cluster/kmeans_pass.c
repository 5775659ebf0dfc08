/* One pass of k-means over the rows, for one or more solutions at a time.
 *
 * A chunk of rows that fits the second-level cache is worked on for all solutions before the next.
 * Of each solution only the rows are looked at whose label may have changed: when a row was last
 * compared with all centroids, its nearest was nearer than any other by a gap; the label stands
 * until the row's own centroid and the farthest-moving other one together have gone that far
 * (Hamerly, SDM 2010, with one number a row instead of two). Rows are screened in single precision
 * and what that cannot decide is compared exactly. Sums follow from rows that changed label alone,
 * since they are exact. So every shortcut gives the labels and sums of the plain algorithm, bit for
 * bit. Ties go to the lowest centroid.
 *
 * Looking for rows that need no comparison pays only where many do not. The cost of a row, in
 * products of a feature and a centroid, is put at d (k + TURN) where whole blocks are compared, and
 * at that and TAKE for a row on a list, beside SCAN for each row that was looked at (measured with
 * AVX-512, d = 16; near enough elsewhere). A chunk where the list costs more is compared whole,
 * also in the next passes. O(n k d) at most. */
#include "base/memory.h"
#include "cluster/kmeans.h"
#include "data/rows.h"

#include <string.h>

enum { LONGEST_WAIT = 3, TURN = 7, TAKE = 240, SCAN = 57 };

typedef struct pass {
    bm_kmeans *kmeans;
    bm_solution *const *solution;
    size_t count;
} pass;

/* A block of rows for one solution. */
typedef struct block {
    bm_kmeans *kmeans;
    bm_solution *solution;
    bm_worker *worker;
    bm_delta *delta;
} block;

static void move(const block *now, size_t i, int32_t segment) {
    bm_kmeans *kmeans = now->kmeans;
    const bm_features *features = kmeans->features;
    bm_delta *delta = now->delta;
    size_t width = 2 * kmeans->grid.padded;
    int32_t own = now->solution->label[i];
    double weight = features->weight != NULL ? features->weight[i] * kmeans->weight_scale : 1;
    double *from = own >= 0 ? delta->total + (size_t)own * width : NULL;
    double *to = delta->total + (size_t)segment * width;
    if (bm_rows_are_single(features))
        kmeans->kernel->move_single(bm_rows_at(features, i), weight, &kmeans->grid, from, to);
    else
        kmeans->kernel->move_double(bm_rows_at(features, i), weight, &kmeans->grid, from, to);
    if (features->weight != NULL) {
        double coarse = (weight + kmeans->heft_coarse) - kmeans->heft_coarse;
        double fine = ((weight - coarse) + kmeans->heft_fine) - kmeans->heft_fine;
        delta->heft[2 * segment] += coarse;
        delta->heft[2 * segment + 1] += fine;
        if (own >= 0) {
            delta->heft[2 * own] -= coarse;
            delta->heft[2 * own + 1] -= fine;
        }
    }
    delta->size[segment]++;
    if (own >= 0)
        delta->size[own]--;
    delta->moved++;
    now->solution->label[i] = segment;
}

/* Row i stands at place r of the block that was screened. */
static void take(const block *now, const bm_screened *screened, size_t i, size_t r) {
    bm_solution *solution = now->solution;
    int32_t segment = screened->label[r];
    float gap = screened->gap[r];
    if (!(gap > 0)) {
        double square;
        segment = now->kmeans->kernel->nearest(
            bm_rows_doubles(now->kmeans->features, i, 1, now->worker->row), &solution->screen,
            &square);
        gap = 0;
    }
    solution->expiry[i] = (gap + solution->spent[segment]) * BM_SCREEN_DOWN;
    if (segment != solution->label[i])
        move(now, i, segment);
}

static void turn(const bm_kmeans *kmeans, const bm_screen *screen, size_t first,
                 const uint32_t *index, size_t n, size_t more, bm_screen_block *turned) {
    const void *rows = bm_rows_at(kmeans->features, first);
    if (bm_rows_are_single(kmeans->features))
        kmeans->kernel->turn_single(rows, index, n, more, screen, turned);
    else
        kmeans->kernel->turn_double(rows, index, n, more, screen, turned);
}

static void screen(const bm_kmeans *kmeans, const bm_screen *centroids,
                   const bm_screen_block *turned, bm_screened *screened) {
    if (centroids->plain != NULL)
        bm_screen_products(centroids, turned, screened);
    else
        kmeans->kernel->screen(centroids, turned, screened);
}

/* The rows of a chunk that are listed in worker->index. */
static void assign_listed(const block *now, size_t first, size_t listed) {
    bm_screen_block turned = {.turned = now->worker->turned, .products = now->worker->products};
    bm_screened screened;
    for (size_t from = 0; from < listed; from += BM_SCREEN_ROWS) {
        const uint32_t *index = now->worker->index + from;
        size_t n = listed - from < BM_SCREEN_ROWS ? listed - from : BM_SCREEN_ROWS;
        turn(now->kmeans, &now->solution->screen, first, index, n, listed - from - n, &turned);
        screen(now->kmeans, &now->solution->screen, &turned, &screened);
        for (size_t r = 0; r < n; r++)
            take(now, &screened, first + index[r], r);
    }
}

/* Where the next pass will not look for proof, what was proven earlier may stand: it is older, but
 * true. */
static void assign_block(const block *now, const bm_screen_block *turned, size_t first, size_t n,
                         int keeps_proof) {
    bm_solution *solution = now->solution;
    bm_screened screened;
    screen(now->kmeans, &solution->screen, turned, &screened);
    if (n < BM_SCREEN_ROWS) {
        for (size_t r = 0; r < n; r++)
            take(now, &screened, first + r, r);
        return;
    }
    uint64_t rows = now->kmeans->kernel->settle(&screened, solution->spent, solution->label + first,
                                                keeps_proof ? solution->expiry + first : NULL);
    for (; rows != 0; rows &= rows - 1) {
        size_t r = (size_t)__builtin_ctzll(rows);
        take(now, &screened, first + r, r);
    }
}

/* Handles the chunk for a solution when enough of its rows are known to stay; else 0. */
static int assign_spared(const block *now, size_t chunk, size_t first, size_t rows) {
    bm_solution *solution = now->solution;
    if (!solution->is_bounded)
        return 0;
    if (solution->wait[chunk] > 0) {
        solution->wait[chunk]--;
        return 0;
    }
    size_t listed =
        now->kmeans->kernel->expired(solution->expiry + first, solution->label + first,
                                     solution->spent, solution->screen.k, rows, now->worker->index);
    double whole = (double)solution->screen.d * (double)(solution->screen.k + TURN);
    if ((double)listed * (whole + TAKE) > (double)rows * (whole - SCAN)) {
        solution->wait[chunk] = LONGEST_WAIT;
        return 0;
    }
    assign_listed(now, first, listed);
    return 1;
}

static bm_status assign_chunk(size_t chunk, void *arg, bm_error *err) {
    const pass *now = arg;
    bm_kmeans *kmeans = now->kmeans;
    bm_worker *worker = &kmeans->worker[bm_thread_index()];
    size_t first = bm_chunk_begin(chunk, kmeans->chunk_rows), whole = 0;
    size_t end = bm_chunk_end(chunk, kmeans->chunk_rows, kmeans->features->n);
    for (size_t s = 0; s < now->count; s++) {
        block spared = {kmeans, now->solution[s], worker, &worker->delta[s]};
        worker->is_whole[s] = !assign_spared(&spared, chunk, first, end - first);
        whole += worker->is_whole[s];
    }
    for (size_t i = first; i < end && whole > 0; i += BM_SCREEN_ROWS) {
        bm_screen_block turned = {.turned = worker->turned, .products = worker->products};
        size_t n = end - i < BM_SCREEN_ROWS ? end - i : BM_SCREEN_ROWS;
        turn(kmeans, &now->solution[0]->screen, i, NULL, n, end - i - n, &turned);
        for (size_t s = 0; s < now->count; s++) {
            block part = {kmeans, now->solution[s], worker, &worker->delta[s]};
            if (worker->is_whole[s])
                assign_block(&part, &turned, i, n,
                             !now->solution[s]->is_bounded || now->solution[s]->wait[chunk] == 0);
        }
    }
    return bm_check_interrupt(err);
}

/* Adds what the threads collected; the order does not matter, since sums are exact. */
static void collect(bm_kmeans *kmeans, bm_solution *solution, size_t s) {
    size_t k = kmeans->k, cells = k * 2 * kmeans->grid.padded;
    solution->moved = 0;
    for (size_t t = 0; t < kmeans->workers; t++) {
        bm_delta *delta = &kmeans->worker[t].delta[s];
        if (delta->moved == 0)
            continue;
        solution->moved += delta->moved;
        for (size_t cell = 0; cell < cells; cell++)
            solution->total[cell] += delta->total[cell];
        for (size_t cell = 0; cell < 2 * k; cell++)
            solution->heft[cell] += delta->heft[cell];
        for (size_t segment = 0; segment < k; segment++)
            solution->size[segment] =
                (size_t)((int64_t)solution->size[segment] + delta->size[segment]);
        memset(delta->total, 0, cells * sizeof *delta->total);
        memset(delta->heft, 0, 2 * k * sizeof *delta->heft);
        memset(delta->size, 0, k * sizeof *delta->size);
        delta->moved = 0;
    }
}

/* Distances that an exact pass needs without bounds: rows of centroids that moved are compared with
 * all, others with those that moved only (Kaukoranta, Fränti & Nevalainen, IEEE Trans. Image
 * Process. 9, 2000). What bounds spare depends on the CPU's kernel; this does not, so it is the
 * measure of work for budgets. */
static double distances_needed(const bm_kmeans *kmeans, const bm_solution *solution) {
    double moving = 0, rows = 0, n = (double)kmeans->features->n;
    if (!solution->is_bounded)
        return n * (double)kmeans->k;
    for (size_t segment = 0; segment < kmeans->k; segment++) {
        if (solution->is_moving[segment]) {
            moving++;
            rows += (double)solution->size[segment];
        }
    }
    return rows * (double)kmeans->k + (n - rows) * moving;
}

bm_status bm_kmeans_assign(bm_kmeans *kmeans, bm_solution *const *solution, size_t count,
                           bm_error *err) {
    pass now = {kmeans, solution, count};
    for (size_t s = 0; s < count; s++) {
        solution[s]->distances += distances_needed(kmeans, solution[s]);
        bm_screen_prepare(&solution[s]->screen, solution[s]->centroid);
    }
    bm_status status = bm_rows_pass(kmeans->features, kmeans->chunk_rows, assign_chunk, &now, err);
    for (size_t s = 0; s < count && status == BM_OK; s++) {
        collect(kmeans, solution[s], s);
        solution[s]->is_bounded = 1;
        solution[s]->inertia = bm_solution_inertia(solution[s], kmeans);
    }
    return status;
}
