/* The profile of each segment: where its buyers stand in every feature, against all clustered
 * buyers. Every figure is of the buyers whose value is known: what was filled in or clipped for the
 * clustering is not described.
 *
 * O(d n): quantiles (type 7) are selected (Hoare), not sorted for. One feature at a time, so that
 * memory is n doubles, twice with weights, for any number of threads: its values are brought
 * together by segment, and each segment is then one chunk of work. Ranks (|z|) tie to the lowest
 * feature. */
#include "profile/profile.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "base/statistics.h"
#include "data/values.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The population sample and the points of a segment that `shift` is taken from: enough to be within
 * a few hundredths of the figure over all buyers, exact up to as many. */
enum { SAMPLE = 1024, POINTS = 4096 };

/* One feature over all clustered buyers. */
typedef struct population {
    double mean, sd;
    size_t sampled;
    double sample[SAMPLE]; /* ascending; every (n / sampled)-th buyer */
    double rank_sd;
} population;

/* Rows that one chunk of work brings to their segments. */
enum { ROWS = 1 << 16 };

typedef struct work {
    const bm_features *features;
    const int32_t *label;
    bm_profile *profile;
    size_t chunks;
    size_t *place;  /* [chunks × k] where each chunk's values of a segment begin */
    size_t *first;  /* [k + 1] where those of a segment do */
    size_t *known;  /* [chunks × k] how many of a chunk's values are known */
    double *value;  /* [n] of the feature at hand, by row, then by segment */
    double *weight; /* the same; NULL without weights */
    size_t feature;
    population *all;
} work;

/* Counts the rows of each segment in each chunk, which gives all places. */
static bm_status plan(work *self, bm_error *err) {
    size_t n = self->features->n, k = self->profile->k, cells;
    bm_status status = BM_OK;
    self->chunks = bm_chunks(n, ROWS);
    if (!bm_multiply(self->chunks, k, &cells))
        return bm_fail(err, BM_NOMEM, "out of memory: the profile");
    BM_TRY(BM_NEW(&self->place, cells, "the profile", err));
    BM_TRY(BM_NEW(&self->known, cells, "the profile", err));
    BM_TRY(BM_NEW(&self->first, k + 1, "the profile", err));
    for (size_t i = 0; i < n; i++) {
        if (self->label[i] < 1 || (size_t)self->label[i] > k) {
            status =
                bm_fail(err, BM_INTERNAL, "profile: segment %d of %zu", (int)self->label[i], k);
            goto cleanup;
        }
        self->place[i / ROWS * k + (size_t)self->label[i] - 1]++;
    }
    size_t next = 0;
    for (size_t s = 0; s < k; s++) {
        self->first[s] = next;
        for (size_t chunk = 0; chunk < self->chunks; chunk++) {
            size_t count = self->place[chunk * k + s];
            self->place[chunk * k + s] = next;
            next += count;
        }
    }
    self->first[k] = next;
cleanup:
    return status;
}

static size_t below(const population *all, double x, int or_equal) {
    size_t low = 0, high = all->sampled;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (all->sample[middle] < x || (or_equal && all->sample[middle] == x))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Mean rank of a value in the sample, as a share: ties get the middle, so all have mean 1/2. */
static double rank_of(const population *all, double x) {
    return 0.5 * (double)(below(all, x, 0) + below(all, x, 1)) / (double)all->sampled;
}

static void measure_population(const double *value, const double *weight, size_t n,
                               population *all) {
    all->mean = all->sd = NAN;
    if (n > 0)
        bm_mean_sd(value, 1, weight, n, &all->mean, &all->sd);
    all->sampled = n < SAMPLE ? n : SAMPLE;
    for (size_t i = 0; i < all->sampled; i++)
        all->sample[i] = value[i * (n / all->sampled) + i * (n % all->sampled) / all->sampled];
    bm_sort(all->sample, all->sampled);
    double squares = 0;
    for (size_t i = 0; i < all->sampled; i++) {
        double apart = rank_of(all, all->sample[i]) - 0.5;
        squares += apart * apart;
    }
    all->rank_sd = all->sampled > 0 ? sqrt(squares / (double)all->sampled) : 0;
}

static double shift_of(const population *all, const double *value, size_t n) {
    size_t points = n < POINTS ? n : POINTS;
    if (!(all->rank_sd > 0) || points == 0)
        return 0;
    double sum = 0;
    for (size_t i = 0; i < points; i++) {
        sum += rank_of(all, value[(2 * i + 1) * n / (2 * points)]);
    }
    return (sum / (double)points - 0.5) / all->rank_sd;
}

/* Type 7; moves the values about. */
static double select_quantile(double *value, size_t n, double p) {
    double at = p * (double)(n - 1);
    size_t index = (size_t)at;
    double lower = gsl_stats_select(value, 1, n, index), upper = INFINITY;
    if (index + 1 >= n)
        return lower;
    for (size_t i = index + 1; i < n; i++) /* none of these is below */
        upper = value[i] < upper ? value[i] : upper;
    double part = at - (double)index;
    return (1 - part) * lower + part * upper;
}

/* Fills a row from the segment's n values, which are moved about on the way. */
static void describe(double *value, const double *weight, size_t n, bm_feature_kind kind,
                     const population *all, bm_profile_row *row) {
    row->mean = row->sd = row->median = row->p10 = row->p90 = NAN;
    row->share = row->population_share = row->lift = NAN;
    row->population_mean = all->mean;
    row->z = NAN;
    row->shift = 0;
    if (n > 0) {
        bm_mean_sd(value, 1, weight, n, &row->mean, &row->sd);
        row->sd = n > 1 ? row->sd * sqrt((double)n / (double)(n - 1)) : NAN;
        row->z = all->sd > 0 ? (row->mean - all->mean) / all->sd : 0;
    }
    if (kind == BM_FEATURE_INDICATOR) {
        row->share = row->mean;
        row->population_share = all->mean;
        row->lift = all->mean > 0 ? row->mean / all->mean : NAN;
        row->shift = n > 0 ? row->z : 0; /* two values have the same z as their ranks */
        return;
    }
    row->shift = shift_of(all, value, n);
    if (n == 0)
        return;
    row->median = select_quantile(value, n, 0.5);
    row->p10 = select_quantile(value, n, 0.1);
    row->p90 = select_quantile(value, n, 0.9);
}

static bm_status read_chunk(size_t chunk, void *arg, bm_error *err) {
    const work *self = arg;
    size_t first = bm_chunk_begin(chunk, ROWS);
    size_t count = bm_chunk_end(chunk, ROWS, self->features->n) - first;
    bm_status status = bm_check_interrupt(err);
    if (status != BM_OK)
        return status;
    return bm_features_column(self->features, self->feature, first, count, self->value + first,
                              err);
}

/* Closes the gaps of what is not known; gives how many values there are. */
static size_t close_up(const work *self) {
    size_t known = 0;
    for (size_t i = 0; i < self->features->n; i++) {
        if (isnan(self->value[i]))
            continue;
        if (self->weight != NULL)
            self->weight[known] = self->features->weight[i];
        self->value[known++] = self->value[i];
    }
    return known;
}

/* The known values of a chunk, to the places of their segments. They are read a second time, since
 * they cannot change places where they are without a loss of their order. */
static bm_status scatter_chunk(size_t chunk, void *arg, bm_error *err) {
    const work *self = arg;
    size_t k = self->profile->k, end = bm_chunk_end(chunk, ROWS, self->features->n);
    size_t *known = self->known + chunk * k;
    double block[BM_VALUES_BLOCK];
    memset(known, 0, k * sizeof *known);
    for (size_t i = bm_chunk_begin(chunk, ROWS), count; i < end; i += count) {
        count = end - i < BM_VALUES_BLOCK ? end - i : BM_VALUES_BLOCK;
        bm_status status = bm_features_column(self->features, self->feature, i, count, block, err);
        if (status != BM_OK)
            return status;
        for (size_t b = 0; b < count; b++) {
            if (isnan(block[b]))
                continue;
            size_t s = (size_t)self->label[i + b] - 1;
            size_t to = self->place[chunk * k + s] + known[s]++;
            self->value[to] = block[b];
            if (self->weight != NULL)
                self->weight[to] = self->features->weight[i + b];
        }
    }
    return BM_OK;
}

/* Brings the chunks' known values of a segment together. */
static size_t gather(const work *self, size_t s) {
    size_t k = self->profile->k, n = 0, first = self->first[s];
    for (size_t chunk = 0; chunk < self->chunks; chunk++) {
        size_t from = self->place[chunk * k + s], count = self->known[chunk * k + s];
        if (first + n != from) {
            memmove(self->value + first + n, self->value + from, count * sizeof *self->value);
            if (self->weight != NULL)
                memmove(self->weight + first + n, self->weight + from,
                        count * sizeof *self->weight);
        }
        n += count;
    }
    return n;
}

static bm_status describe_segment(size_t s, void *arg, bm_error *err) {
    const work *self = arg;
    size_t n = gather(self, s), first = self->first[s];
    bm_profile_row *row = &self->profile->row[s * self->profile->d + self->feature];
    row->segment = (int32_t)(s + 1);
    row->feature = self->feature;
    describe(self->value + first, self->weight != NULL ? self->weight + first : NULL, n,
             self->features->feature[self->feature].kind, self->all, row);
    return bm_check_interrupt(err);
}

static bm_status describe_feature(work *self, bm_error *err) {
    bm_status status;
    BM_TRY(bm_parallel_for(self->chunks, read_chunk, self, err));
    measure_population(self->value, self->weight, close_up(self), self->all);
    BM_TRY(bm_parallel_for(self->chunks, scatter_chunk, self, err));
    BM_TRY(bm_parallel_for(self->profile->k, describe_segment, self, err));
cleanup:
    return status;
}

static int compare_rows(const void *left, const void *right) {
    const bm_profile_row *a = left, *b = right;
    double apart_a = isnan(a->z) ? -1 : fabs(a->z), apart_b = isnan(b->z) ? -1 : fabs(b->z);
    if (apart_a != apart_b)
        return apart_a > apart_b ? -1 : 1;
    return (a->feature > b->feature) - (a->feature < b->feature);
}

static void rank_rows(bm_profile *profile) {
    for (size_t s = 0; s < profile->k; s++) {
        bm_profile_row *row = profile->row + s * profile->d;
        qsort(row, profile->d, sizeof *row, compare_rows);
        for (size_t i = 0; i < profile->d; i++)
            row[i].rank = (int)(i + 1);
    }
}

bm_status bm_profile_build(const bm_features *features, const bm_segmentation *segmentation,
                           bm_profile *profile, bm_error *err) {
    bm_status status = BM_OK;
    size_t rows;
    work self = {.features = features, .label = segmentation->label, .profile = profile};
    *profile = (bm_profile){.k = segmentation->k, .d = features->d};
    if (features->n != segmentation->n)
        return bm_fail(err, BM_INTERNAL, "profile: %zu buyers in the map, %zu in the matrix",
                       segmentation->n, features->n);
    if (!bm_multiply(profile->k, profile->d, &rows))
        return bm_fail(err, BM_NOMEM, "out of memory: the profile");
    BM_TRY(BM_NEW(&profile->row, rows, "the profile", err));
    BM_TRY(plan(&self, err));
    BM_TRY(BM_NEW(&self.all, 1, "the profile", err));
    BM_TRY(BM_NEW(&self.value, features->n, "the profile", err));
    if (features->weight != NULL)
        BM_TRY(BM_NEW(&self.weight, features->n, "the profile", err));
    for (; self.feature < features->d; self.feature++)
        BM_TRY(describe_feature(&self, err));
    rank_rows(profile);
cleanup:
    free(self.place);
    free(self.known);
    free(self.first);
    free(self.value);
    free(self.weight);
    free(self.all);
    if (status != BM_OK)
        bm_profile_free(profile);
    return status;
}

void bm_profile_free(bm_profile *profile) {
    free(profile->row);
    *profile = (bm_profile){0};
}

static const bm_heading headings[] = {
    {"segment", BM_CELL_INTEGER, "", "segment"},
    {"feature", BM_CELL_TEXT, "", "feature, in the buyers' own units"},
    {"mean", BM_CELL_NUMBER, "feature", "mean of the segment"},
    {"sd", BM_CELL_NUMBER, "feature", "sample standard deviation of the segment"},
    {"median", BM_CELL_NUMBER, "feature", "median of the segment"},
    {"p10", BM_CELL_NUMBER, "feature", "10 % quantile of the segment"},
    {"p90", BM_CELL_NUMBER, "feature", "90 % quantile of the segment"},
    {"population_mean", BM_CELL_NUMBER, "feature", "mean of all clustered buyers"},
    {"z", BM_CELL_NUMBER, "1", "(mean - population_mean) / standard deviation of all"},
    {"share", BM_CELL_NUMBER, "1", "categories: share of the segment's buyers"},
    {"population_share", BM_CELL_NUMBER, "1", "categories: share of all clustered buyers"},
    {"lift", BM_CELL_NUMBER, "1", "categories: share / population_share"},
    {"rank", BM_CELL_INTEGER, "1", "1 = what sets the segment apart most, by |z|"},
};

bm_status bm_profile_result(const bm_profile *profile, const bm_features *features,
                            bm_result *result, bm_error *err) {
    bm_status status = BM_OK;
    size_t rows = profile->k * profile->d;
    BM_TRY(bm_result_init(result, "segment_profile", "where each segment stands in each feature",
                          headings, sizeof headings / sizeof headings[0], rows, err));
    for (size_t i = 0; i < rows; i++) {
        const bm_profile_row *row = &profile->row[i];
        const double number[] = {
            row->mean, row->sd,    row->median,           row->p10, row->p90, row->population_mean,
            row->z,    row->share, row->population_share, row->lift};
        enum { FIRST_NUMBER = 2, NUMBERS = sizeof number / sizeof number[0] };
        result->column[0].integer[i] = row->segment;
        BM_TRY(bm_result_set_string(result, 1, i, features->feature[row->feature].name, err));
        for (size_t c = 0; c < NUMBERS; c++)
            result->column[FIRST_NUMBER + c].number[i] = number[c];
        result->column[FIRST_NUMBER + NUMBERS].integer[i] = row->rank;
    }
cleanup:
    if (status != BM_OK)
        bm_result_free(result);
    return status;
}
