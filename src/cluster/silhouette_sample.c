/* The silhouette of many buyers, estimated from a sample stratified by segment, with its standard
 * error.
 *
 * Of a segment of N_h buyers m_h are drawn without replacement. A drawn buyer's silhouette is that
 * in the sample: a_i and b_i are means over the drawn. The estimate is Σ W_h/W · s̄_h, W_h the
 * segment's weight and s̄_h the weighted mean of its drawn buyers (Cochran, Sampling Techniques,
 * 3rd ed. 1977, (5.1) and, for weights, the separate ratio estimate of §6.10).
 *
 * The means of a row are noisy, and the least of noisy means is too small: this and all that is
 * not linear bias the estimate by about B (1/m − 1/n). Of halves of the sample, of m/2 each and the
 * same distances, the estimate has B (2/m − 1/n), so that what they have less, times 1 − m/n, is
 * added to it (Quenouille, Biometrika 43, 1956). Segments of fewer than LEAST_HALVED drawn buyers,
 * and those drawn as a whole, are in both halves.
 *
 * Its variance is Cochran's (5.13) for a stratified total, Σ_h (1 − m_h/N_h) m_h/(m_h − 1) Σ_j
 * z_j², where z_j is what drawing buyer j adds to the estimate. A buyer adds its own silhouette,
 * and as every drawn buyer also measures the others, it moves their a_i and b_i too: with ω_i the
 * weight that s_i has in the estimate and s(a, b) its derivatives, z_j = ω_j (s_j − s̄_h) + Σ_{i in
 * h, i ≠ j} ω_i ∂s/∂a_i (d_ij − a_i) / (m_h − 1)
 *                           + Σ_{i next to h} ω_i ∂s/∂b_i (d_ij − b_i) / m_h,
 * the linearization of a statistic of sample means (Woodruff, JASA 66, 1971; Särndal, Swensson &
 * Wretman, Model Assisted Survey Sampling, 1992, §5.5). Without the two last terms the error would
 * come out too small. Σ z_j² is itself taken over up to JUDGED of the drawn buyers. */
#include "cluster/silhouette.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "base/random.h"
#include "buyermap/context.h"
#include "cluster/quality.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { JUDGED = 2048, LEAST_JUDGED = 32, LEAST_HALVED = 8, VIEWS = 3 };

size_t bm_sample_shares(const size_t *size, size_t k, size_t wanted, size_t *share) {
    size_t n = 0, total = 0, least = BM_SILHOUETTE_LEAST;
    if (least > wanted / k)
        least = wanted / k > 2 ? wanted / k : 2;
    for (size_t segment = 0; segment < k; segment++)
        n += size[segment];
    for (size_t segment = 0; segment < k; segment++) {
        double exact = (double)size[segment] * ((double)wanted / (double)n);
        share[segment] = (size_t)(exact + 0.5);
        if (share[segment] < least)
            share[segment] = least;
        if (share[segment] > size[segment])
            share[segment] = size[segment];
        total += share[segment];
    }
    return total;
}

/* Evenly over [0, 1), for each row its own: SplitMix64 of the row's number. */
static double uniform(uint64_t stream, size_t row) {
    uint64_t x = stream + (uint64_t)row * 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return (double)((x ^ (x >> 31)) >> 11) * 0x1p-53;
}

/* Selection sampling (Knuth, TAOCP 3.4.2, Algorithm S) in each segment: a row is taken with
 * probability wanted / left. As a row has one number for every k, and the probabilities stay near
 * the sampled share of all, samples of different k consist of much the same buyers: their errors
 * go the same way, and differences between silhouettes are known better than the silhouettes. */
void bm_sample_draw(const int32_t *label, size_t n, const size_t *size, const size_t *share,
                    size_t *left, size_t k, uint64_t seed, size_t *row, int32_t *drawn) {
    uint64_t stream = bm_random_mix(seed, "silhouette", 0);
    size_t *wanted = left + k, taken = 0;
    memcpy(left, size, k * sizeof *left);
    memcpy(wanted, share, k * sizeof *wanted);
    for (size_t i = 0; i < n; i++) {
        size_t segment = (size_t)label[i];
        if (uniform(stream, i) * (double)left[segment] < (double)wanted[segment]) {
            wanted[segment]--;
            row[taken] = i;
            drawn[taken++] = label[i];
        }
        left[segment]--;
    }
}

/* The sample and what is computed of it. */
typedef struct sample {
    const bm_partition *partition;
    bm_silhouette rows; /* sorted by segment; as partitions all, one half, the other */
    size_t *share;      /* [k] */
    size_t *left;       /* [2 × k] */
    size_t *row;        /* [n] of the features */
    int32_t *label;     /* [n] */
    int32_t *half[2];   /* [n] label, or k in the other half */
    bm_width *width;    /* [VIEWS × n] */
    double *omega;      /* [n] */
    double *mean;       /* [k] of the segment's silhouettes */
    /* By place: what one unit of distance to the row adds to the estimate, when it is one within
     * the segment and when it is one to the nearest other; that segment. */
    double *pull, *push;
    int32_t *nearest;
    double *constant; /* [k] Σ of the means that are subtracted */
    size_t judged;
    size_t *place; /* [judged] the rows that stand for their segments */
    double *judged_packed;
    double *moved; /* [judged in whole tiles] z_j */
    double *tile;  /* [threads] tiles */
} sample;

static void release(sample *now) {
    bm_silhouette_free(&now->rows);
    free(now->share);
    free(now->left);
    free(now->row);
    free(now->label);
    free(now->half[0]);
    free(now->half[1]);
    free(now->width);
    free(now->omega);
    free(now->mean);
    free(now->pull);
    free(now->push);
    free(now->nearest);
    free(now->constant);
    free(now->place);
    free(now->judged_packed);
    free(now->moved);
    free(now->tile);
}

/* The drawn buyers of a segment go to the halves in turn. */
static void halve(sample *now, size_t m) {
    size_t k = now->partition->k;
    memset(now->left, 0, k * sizeof *now->left);
    for (size_t i = 0; i < m; i++) {
        size_t segment = (size_t)now->label[i];
        now->half[0][i] = now->half[1][i] = now->label[i];
        if (now->share[segment] >= LEAST_HALVED &&
            now->share[segment] < now->partition->size[segment])
            now->half[now->left[segment]++ % 2][i] = (int32_t)k;
    }
}

static bm_status draw(sample *now, uint64_t seed, bm_error *err) {
    const bm_partition *partition = now->partition;
    size_t k = partition->k, of_each[VIEWS] = {k, k, k};
    bm_status status = BM_OK;
    BM_TRY(BM_NEW(&now->share, k, "the silhouette sample", err));
    BM_TRY(BM_NEW(&now->left, 2 * k, "the silhouette sample", err));
    size_t m = bm_sample_shares(partition->size, k, BM_SILHOUETTE_SAMPLE, now->share);
    BM_TRY(BM_NEW(&now->row, m, "the silhouette sample", err));
    BM_TRY(BM_NEW(&now->label, m, "the silhouette sample", err));
    BM_TRY(BM_NEW(&now->half[0], m, "the silhouette sample", err));
    BM_TRY(BM_NEW(&now->half[1], m, "the silhouette sample", err));
    BM_TRY(BM_NEW(&now->width, VIEWS * m, "the silhouette sample", err));
    bm_sample_draw(partition->label, partition->features->n, partition->size, now->share, now->left,
                   k, seed, now->row, now->label);
    halve(now, m);
    int32_t *const label[VIEWS] = {now->label, now->half[0], now->half[1]};
    now->rows = (bm_silhouette){.features = partition->features,
                                .n = m,
                                .row = now->row,
                                .partitions = VIEWS,
                                .label = label,
                                .k = of_each,
                                .outside = 1};
    BM_TRY(bm_silhouette_sort(&now->rows, err));
    BM_TRY(bm_silhouette_widths(&now->rows, now->width, err));
cleanup:
    now->rows.label = NULL;
    now->rows.k = NULL;
    return status;
}

/* Mean silhouettes by segment in a view of the sample, and their weights [k]; gives the mean of
 * all. */
static double mean_of(const sample *now, const int32_t *label, const bm_width *width, double *mean,
                      double *weight) {
    const bm_partition *partition = now->partition;
    size_t k = partition->k;
    double total = 0, sum = 0;
    memset(mean, 0, k * sizeof *mean);
    memset(weight, 0, k * sizeof *weight);
    for (size_t i = 0; i < now->rows.n; i++) {
        size_t segment = (size_t)label[i];
        double w = bm_weight_of(partition->features->weight, now->row[i]);
        if (segment == k)
            continue;
        weight[segment] += w;
        mean[segment] += w * bm_width_value(&width[i]);
    }
    for (size_t segment = 0; segment < k; segment++) {
        mean[segment] = weight[segment] > 0 ? mean[segment] / weight[segment] : 0;
        total += partition->weight[segment];
        sum += partition->weight[segment] * mean[segment];
    }
    return sum / total;
}

/* The estimate, and what each row weighs in it. */
static bm_status estimate(sample *now, double *value, bm_error *err) {
    const bm_partition *partition = now->partition;
    size_t k = partition->k, m = now->rows.n;
    double *weight = NULL, total = 0, halves = 0;
    bm_status status = BM_OK;
    BM_TRY(BM_NEW(&weight, k, "the silhouette sample", err));
    BM_TRY(BM_NEW(&now->mean, k, "the silhouette sample", err));
    BM_TRY(BM_NEW(&now->omega, m, "the silhouette sample", err));
    for (size_t h = 0; h < 2; h++)
        halves += mean_of(now, now->half[h], now->width + (h + 1) * m, now->mean, weight) / 2;
    *value = mean_of(now, now->label, now->width, now->mean, weight);
    *value += (1 - (double)m / (double)partition->features->n) * (*value - halves);
    for (size_t segment = 0; segment < k; segment++)
        total += partition->weight[segment];
    for (size_t i = 0; i < m; i++) {
        size_t segment = (size_t)now->label[i];
        now->omega[i] = bm_weight_of(partition->features->weight, now->row[i]) / weight[segment] *
                        (partition->weight[segment] / total);
    }
cleanup:
    free(weight);
    return status;
}

/* How the silhouette of each row follows its distances. */
static bm_status differentiate(sample *now, bm_error *err) {
    size_t m = now->rows.n, k = now->partition->k;
    bm_status status = BM_OK;
    BM_TRY(BM_NEW(&now->pull, now->rows.padded, "the silhouette sample", err));
    BM_TRY(BM_NEW(&now->push, now->rows.padded, "the silhouette sample", err));
    BM_TRY(BM_NEW(&now->nearest, now->rows.padded, "the silhouette sample", err));
    BM_TRY(BM_NEW(&now->constant, k, "the silhouette sample", err));
    for (size_t place = 0; place < m; place++) {
        size_t i = now->rows.order[place], own = (size_t)now->label[i];
        const bm_width *width = &now->width[i];
        double a = width->within, b = width->other, by_a = 0, by_b = 0;
        now->nearest[place] = width->nearest;
        if (now->share[own] < 2 || (a <= 0 && b <= 0))
            continue;
        if (a <= b) { /* 1 − a / b */
            by_a = -1 / b;
            by_b = a / (b * b);
        } else { /* b / a − 1 */
            by_a = -b / (a * a);
            by_b = 1 / a;
        }
        now->pull[place] = now->omega[i] * by_a / (double)(now->share[own] - 1);
        now->push[place] = now->omega[i] * by_b / (double)now->share[width->nearest];
        now->constant[own] += now->pull[place] * a;
        now->constant[width->nearest] += now->push[place] * b;
    }
cleanup:
    return status;
}

/* Every so many rows of a segment, at least LEAST_JUDGED or all. */
static bm_status choose_judged(sample *now, bm_error *err) {
    const bm_silhouette *rows = &now->rows;
    size_t k = now->partition->k, m = rows->n, d = rows->features->d, judged = 0, at = 0;
    bm_status status = BM_OK;
    for (size_t segment = 0; segment < k; segment++) {
        size_t share = now->share[segment], wanted = share * JUDGED / m;
        wanted = wanted < LEAST_JUDGED ? LEAST_JUDGED : wanted;
        now->left[segment] = share < wanted ? share : wanted;
        judged += now->left[segment];
    }
    now->judged = judged;
    BM_TRY(BM_NEW(&now->place, judged, "the silhouette sample", err));
    BM_TRY(BM_NEW(&now->moved, judged + BM_TILE_ROWS, "the silhouette sample", err));
    BM_TRY(BM_NEW_ALIGNED(&now->judged_packed, bm_tiles_length(judged, d), "the silhouette sample",
                          err));
    judged = 0;
    for (size_t segment = 0; segment < k; segment++) {
        size_t share = now->share[segment], wanted = now->left[segment];
        for (size_t i = 0; i < wanted; i++, judged++) {
            size_t place = at + i * share / wanted;
            const double *from =
                rows->packed + place / BM_PACKED * BM_PACKED * d + place % BM_PACKED;
            double *to =
                now->judged_packed + judged / BM_PACKED * BM_PACKED * d + judged % BM_PACKED;
            for (size_t f = 0; f < d; f++)
                to[f * BM_PACKED] = from[f * BM_PACKED];
            now->place[judged] = place;
        }
        at += share;
    }
cleanup:
    return status;
}

/* z_j of the judged rows of a tile. */
static bm_status judge_tile(size_t chunk, void *arg, bm_error *err) {
    const sample *now = arg;
    const bm_silhouette *rows = &now->rows;
    size_t d = rows->features->d, first = chunk * BM_TILE_ROWS;
    size_t count = bm_chunk_end(chunk, BM_TILE_ROWS, now->judged) - first;
    double *tile = now->tile + (size_t)bm_thread_index() * BM_TILE_ROWS * BM_TILE_COLUMNS;
    double *moved = now->moved + first;
    int32_t label[BM_TILE_ROWS];
    for (size_t r = 0; r < count; r++)
        label[r] = now->label[rows->order[now->place[first + r]]];
    for (size_t column = 0; column < rows->n; column += BM_TILE_COLUMNS) {
        size_t end = rows->n - column < BM_TILE_COLUMNS ? rows->n - column : BM_TILE_COLUMNS;
        bm_pairs_here()->distances(now->judged_packed + first * d, rows->packed + column * d, d,
                                   tile);
        for (size_t c = 0; c < end; c++) {
            size_t place = column + c;
            int32_t own = now->label[rows->order[place]], nearest = now->nearest[place];
            double pull = now->pull[place], push = now->push[place];
            for (size_t r = 0; r < count; r++) {
                double by = label[r] == own ? pull : label[r] == nearest ? push : 0;
                moved[r] += by * tile[r * BM_TILE_COLUMNS + c];
            }
        }
    }
    for (size_t r = 0; r < count; r++) {
        size_t place = now->place[first + r], i = rows->order[place];
        const bm_width *width = &now->width[i];
        /* Among the means that are subtracted is the row's own, at no distance from itself. */
        moved[r] += now->pull[place] * width->within - now->constant[label[r]] +
                    now->omega[i] * (bm_width_value(width) - now->mean[label[r]]);
    }
    return bm_check_interrupt(err);
}

static double standard_error(const sample *now) {
    double variance = 0;
    for (size_t segment = 0, at = 0; segment < now->partition->k; segment++) {
        double drawn = (double)now->share[segment], squares = 0;
        for (size_t i = 0; i < now->left[segment]; i++, at++)
            squares += now->moved[at] * now->moved[at];
        if (now->share[segment] > 1)
            variance += (1 - drawn / (double)now->partition->size[segment]) * drawn / (drawn - 1) *
                        (drawn * squares / (double)now->left[segment]);
    }
    return sqrt(variance);
}

bm_status bm_silhouette_sampled(const bm_partition *partition, uint64_t seed, double *value,
                                double *se, bm_error *err) {
    sample now = {.partition = partition};
    bm_status status = BM_OK;
    size_t present = 0;
    *value = *se = NAN;
    for (size_t segment = 0; segment < partition->k; segment++)
        present += partition->size[segment] > 0;
    if (present < 2 || partition->k >= partition->features->n ||
        partition->k > BM_SILHOUETTE_SAMPLE)
        return BM_OK;
    BM_TRY(draw(&now, seed, err));
    BM_TRY(estimate(&now, value, err));
    BM_TRY(differentiate(&now, err));
    BM_TRY(choose_judged(&now, err));
    BM_TRY(BM_NEW_ALIGNED(&now.tile, (size_t)bm_threads() * BM_TILE_ROWS * BM_TILE_COLUMNS,
                          "the silhouette sample", err));
    BM_TRY(bm_parallel_for(bm_chunks(now.judged, BM_TILE_ROWS), judge_tile, &now, err));
    *se = standard_error(&now);
cleanup:
    release(&now);
    return status;
}
