/* The table `segments`: size, tightness and money of each segment. O(lines + n log n). */
#include "profile/profile.h"

#include "base/memory.h"
#include "base/statistics.h"
#include "base/sum.h"

#include <math.h>
#include <stdlib.h>

enum {
    SEGMENT,
    NAME,
    BUYERS,
    SHARE,
    WEIGHT,
    INERTIA,
    DISTANCE_MEAN,
    STABILITY,
    ORDERS,
    REVENUE,
    REVENUE_SHARE,
    AOV,
    ORDERS_PER_BUYER,
    REPEAT_RATE,
    RECENCY_MEDIAN,
    CLV_TOTAL,
    P_ALIVE_MEAN,
    CHURN_RATE,
    COLUMNS,
    COLUMNS_WITHOUT_ORDERS = ORDERS,
};
enum { BLOCK = 1 << 16 };

static const bm_heading headings[COLUMNS] = {
    {"segment", BM_CELL_INTEGER, "", "segment; 0 is buyers without orders"},
    {"name", BM_CELL_TEXT, "", "what sets the segment apart"},
    {"buyers", BM_CELL_INTEGER, "1", "buyers"},
    {"share", BM_CELL_NUMBER, "1", "share of the buyers of all rows"},
    {"weight", BM_CELL_NUMBER, "1", "summed buyer weights; the buyers without weights"},
    {"inertia", BM_CELL_NUMBER, "1",
     "weighted sum of squared distances to the centroid, normalized"},
    {"distance_mean", BM_CELL_NUMBER, "1", "mean distance to the centroid, normalized"},
    {"stability", BM_CELL_NUMBER, "1", "mean Jaccard similarity over bootstraps"},
    {"orders", BM_CELL_INTEGER, "1", "orders"},
    {"revenue", BM_CELL_NUMBER, "currency", "revenue without returns"},
    {"revenue_share", BM_CELL_NUMBER, "1", "share of the revenue of all rows"},
    {"aov", BM_CELL_NUMBER, "currency", "average order value: revenue / orders"},
    {"orders_per_buyer", BM_CELL_NUMBER, "1", "orders / buyers"},
    {"repeat_rate", BM_CELL_NUMBER, "1", "buyers with two orders or more / buyers"},
    {"recency_median", BM_CELL_NUMBER, "days", "median days from the last order to as_of"},
    {"clv_total", BM_CELL_NUMBER, "currency", "summed customer lifetime value"},
    {"p_alive_mean", BM_CELL_NUMBER, "1", "mean probability of being alive"},
    {"churn_rate", BM_CELL_NUMBER, "1", "share of buyers lost in the last period"},
};

/* What the orders of a segment come to. */
typedef struct takings {
    size_t orders, repeat;
    bm_sum revenue;
    size_t active;       /* buyers with orders */
    size_t recency_from; /* where its values begin in the shared array */
} takings;

static double ratio(double part, double whole) {
    return whole > 0 ? part / whole : NAN;
}

static bm_status add_orders(const bm_segmentation *segmentation, const bm_features *features,
                            const bm_orders *orders, takings *of, double *recency, bm_error *err) {
    size_t from = 0;
    for (size_t s = 0; s < segmentation->k; s++) {
        of[s].recency_from = from;
        from += segmentation->size[s];
    }
    for (size_t i = 0; i < features->n; i++) {
        bm_status status = i % BLOCK == 0 ? bm_check_interrupt(err) : BM_OK;
        if (status != BM_OK)
            return status;
        bm_buyer_orders money = bm_orders_of_buyer(orders, bm_row_of(features, i));
        takings *to = &of[segmentation->label[i] - 1];
        to->orders += money.orders;
        bm_sum_add(&to->revenue, money.revenue);
        to->repeat += money.orders >= 2;
        if (money.orders > 0)
            recency[to->recency_from + to->active++] = (double)orders->as_of - money.last;
    }
    return BM_OK;
}

static void set_takings(const takings *of, double buyers, double revenue, double *recency,
                        bm_result *result, size_t row) {
    bm_result_column *column = result->column;
    column[ORDERS].integer[row] = (int64_t)of->orders;
    double taken = bm_sum_value(&of->revenue);
    column[REVENUE].number[row] = taken;
    column[REVENUE_SHARE].number[row] = ratio(taken, revenue);
    column[AOV].number[row] = ratio(taken, (double)of->orders);
    column[ORDERS_PER_BUYER].number[row] = ratio((double)of->orders, buyers);
    column[REPEAT_RATE].number[row] = ratio((double)of->repeat, buyers);
    if (of->active > 0) {
        bm_sort(recency + of->recency_from, of->active);
        column[RECENCY_MEDIAN].number[row] =
            bm_quantile(recency + of->recency_from, of->active, 0.5);
    }
}

static bm_status fill_orders(const bm_segmentation *segmentation, const bm_features *features,
                             const bm_orders *orders, bm_result *result, bm_error *err) {
    bm_status status = BM_OK;
    size_t k = segmentation->k;
    takings *of = NULL;
    double *recency = NULL;
    bm_sum total = {0};
    BM_TRY(BM_NEW(&of, k + 1, "segments", err));
    BM_TRY(BM_NEW(&recency, features->n, "segments", err));
    BM_TRY(add_orders(segmentation, features, orders, of, recency, err));
    for (size_t s = 0; s < k; s++)
        bm_sum_add(&total, bm_sum_value(&of[s].revenue));
    if (orders->amount == NULL)
        of[k].revenue.sum = NAN;
    /* The last row, if there is one more than segments, is segment 0, without orders. */
    for (size_t row = 0; row < result->rows; row++)
        set_takings(&of[row], (double)result->column[BUYERS].integer[row], bm_sum_value(&total),
                    recency, result, row);
cleanup:
    free(of);
    free(recency);
    return status;
}

static bm_status fill_segment(const bm_segmentation *segmentation, const bm_features *features,
                              const bm_strings *names, size_t separates, size_t row,
                              bm_result *result, bm_error *err) {
    bm_result_column *column = result->column;
    int in_map = row < segmentation->k;
    size_t buyers = in_map ? segmentation->size[row] : separates;
    column[SEGMENT].integer[row] = in_map ? (int64_t)row + 1 : 0;
    column[BUYERS].integer[row] = (int64_t)buyers;
    column[SHARE].number[row] = ratio((double)buyers, (double)segmentation->n + (double)separates);
    if (in_map)
        column[INERTIA].number[row] = segmentation->inertia_of[row];
    if (in_map && segmentation->stability != NULL)
        column[STABILITY].number[row] = segmentation->stability[row];
    if (features->weight == NULL)
        column[WEIGHT].number[row] = (double)buyers;
    else if (in_map)
        column[WEIGHT].number[row] = segmentation->weight[row];
    return bm_result_set_string(result, NAME, row, in_map ? names->item[row] : "without orders",
                                err);
}

/* Segment 0 has no orders, from which nothing follows. */
static void fill_outlook(const bm_segmentation *segmentation, const bm_segment_outlook *outlook,
                         bm_result *result) {
    const double *const known[] = {outlook->clv_total, outlook->p_alive_mean};
    for (size_t c = 0; c < sizeof known / sizeof known[0]; c++) {
        for (size_t s = 0; s < segmentation->k && known[c] != NULL; s++)
            result->column[CLV_TOTAL + c].number[s] = known[c][s];
    }
}

bm_status bm_segments_result(const bm_segmentation *segmentation, const bm_features *features,
                             const bm_strings *names, const double *distance_mean,
                             const bm_orders *orders, const bm_segment_outlook *outlook,
                             size_t separates, bm_result *result, bm_error *err) {
    bm_status status = BM_OK;
    size_t rows = segmentation->k + (separates > 0);
    *result = (bm_result){0};
    if (names->count < segmentation->k)
        return bm_fail(err, BM_INTERNAL, "segments: %zu names for %zu segments", names->count,
                       segmentation->k);
    BM_TRY(bm_result_init(result, "segments", "size, tightness and money of each segment", headings,
                          orders != NULL ? COLUMNS : COLUMNS_WITHOUT_ORDERS, rows, err));
    for (size_t row = 0; row < rows; row++)
        BM_TRY(fill_segment(segmentation, features, names, separates, row, result, err));
    for (size_t s = 0; s < segmentation->k && distance_mean != NULL; s++)
        result->column[DISTANCE_MEAN].number[s] = distance_mean[s];
    if (orders != NULL)
        BM_TRY(fill_orders(segmentation, features, orders, result, err));
    if (orders != NULL && outlook != NULL)
        fill_outlook(segmentation, outlook, result);
cleanup:
    if (status != BM_OK)
        bm_result_free(result);
    return status;
}
