/* What every statistic owes: the rows of the segments add up to the total, and shares to 1. Over a
 * made-up order log with returns, open cohorts, buyers without orders and a label for each buyer
 * that has some. */
#include "../unit/profile/result_cells.h"

#include "base/statistics.h"
#include "base/sum.h"
#include "feature/rfm.h"
#include "lifetime/churn.h"
#include "lifetime/cohorts.h"
#include "lifetime/ltv.h"
#include "lifetime/movements.h"
#include "profile/profile.h"

#include <stdlib.h>

enum { BUYERS = 3000, K = 4, VALUES = 12, MOST_LINES = 40, DAYS = 500 };

typedef struct world {
    bm_orders orders;
    bm_dictionary ids, names[BM_DIMENSIONS];
    int32_t label[BUYERS]; /* 0: no orders */
    size_t ordering, silent;
    size_t order_count;
    double revenue; /* without returns */
} world;

static const bm_context context = {.seed = 1};

static uint64_t draw(uint64_t *at) {
    uint64_t z = *at += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (z ^ (z >> 31)) >> 11;
}

static bm_text text_of(const char *text) {
    return (bm_text){text, strlen(text)};
}

static void name_everything(world *w) {
    char name[32];
    int32_t code;
    for (size_t b = 0; b < BUYERS; b++) {
        snprintf(name, sizeof name, "b%zu", b * 7 % BUYERS);
        assert_int_equal(bm_dictionary_intern(&w->ids, text_of(name), &code, NULL), BM_OK);
    }
    for (size_t d = 0; d < BM_DIMENSIONS; d++) {
        for (size_t v = 0; v < VALUES; v++) {
            snprintf(name, sizeof name, "v%zu", v);
            assert_int_equal(bm_dictionary_intern(&w->names[d], text_of(name), &code, NULL), BM_OK);
        }
        w->orders.names[d] = &w->names[d];
        w->orders.code[d] = calloc((size_t)BUYERS * MOST_LINES, sizeof(int32_t));
    }
}

/* Lines of one buyer: days ascend, now and then two lines an order, now and then a return. Amounts
 * are whole cents, and up to a million. */
static void add_lines(world *w, size_t buyer, uint64_t *at, bm_sum *revenue) {
    bm_orders *o = &w->orders;
    size_t lines = draw(at) % 5 == 0 ? 0 : 1 + draw(at) % (MOST_LINES - 1), opened = 0;
    int32_t day = 15000 + (int32_t)(draw(at) % DAYS);
    for (size_t i = 0; i < lines; i++) {
        size_t line = o->lines;
        int same = i > 0 && draw(at) % 4 == 0;
        if (!same)
            day += 1 + (int32_t)(draw(at) % 40);
        if (day >= o->as_of)
            break;
        o->is_return[line] = i > 0 && !same && draw(at) % 6 == 0;
        o->opens[line] = !o->is_return[line] && (!same || o->is_return[line - 1]);
        o->day[line] = day;
        o->amount[line] = (double)(1 + draw(at) % 100000000) / 100;
        for (size_t d = 0; d < BM_DIMENSIONS; d++)
            o->code[d][line] = (int32_t)(draw(at) % VALUES);
        if (!o->is_return[line])
            bm_sum_add(revenue, o->amount[line]);
        opened += o->opens[line];
        o->lines++;
    }
    o->first[buyer + 1] = o->lines;
    w->label[buyer] = opened > 0 ? 1 + (int32_t)(draw(at) % K) : 0;
    w->ordering += opened > 0;
    w->silent += opened == 0;
    w->order_count += opened;
}

static int make_world(void **state) {
    world *w = calloc(1, sizeof *w);
    uint64_t at = 11;
    bm_sum revenue = {0};
    bm_statistics_start();
    name_everything(w);
    size_t room = (size_t)BUYERS * MOST_LINES;
    w->orders.buyers = BUYERS;
    w->orders.as_of = 15000 + DAYS + 100;
    w->orders.first = calloc(BUYERS + 1, sizeof *w->orders.first);
    w->orders.day = calloc(room, sizeof *w->orders.day);
    w->orders.amount = calloc(room, sizeof *w->orders.amount);
    w->orders.opens = calloc(room, sizeof *w->orders.opens);
    w->orders.is_return = calloc(room, sizeof *w->orders.is_return);
    for (size_t b = 0; b < BUYERS; b++)
        add_lines(w, b, &at, &revenue);
    w->revenue = bm_sum_value(&revenue);
    *state = w;
    return w->ordering > 2000 && w->silent > 100 ? 0 : -1;
}

static int free_world(void **state) {
    world *w = *state;
    bm_orders_free(&w->orders);
    bm_dictionary_free(&w->ids);
    for (size_t d = 0; d < BM_DIMENSIONS; d++)
        bm_dictionary_free(&w->names[d]);
    free(w);
    return 0;
}

/* Equal to the cent. */
static void assert_cents(double value, double expected) {
    if (!(fabs(value - expected) < 0.005))
        fail_msg("%.17g is not %.17g", value, expected);
}

/* The buyers with orders, with an amount, a weight and the indicators of a category each. */
static bm_features features_of(const world *w, int weighted) {
    bm_features f;
    static const char *const name[] = {"revenue", "c=a", "c=b", "c=c"};
    assert_int_equal(bm_features_init(&f, w->ordering, 4, NULL), BM_OK);
    for (size_t j = 0; j < 4; j++)
        assert_int_equal(bm_feature_set(&f.feature[j], name[j], j == 0 ? "revenue" : "c",
                                        j == 0 ? BM_FEATURE_NUMBER : BM_FEATURE_INDICATOR, NULL),
                         BM_OK);
    if (weighted)
        f.weight = calloc(f.n, sizeof *f.weight);
    for (size_t b = 0, i = 0; b < BUYERS; b++) {
        if (w->label[b] == 0)
            continue;
        f.row_of[i] = b;
        f.x[i * 4] = bm_orders_of_buyer(&w->orders, b).revenue;
        f.x[i * 4 + 1 + b % 3] = 1;
        if (weighted)
            f.weight[i] = 0.5 + (double)(b % 5);
        i++;
    }
    return f;
}

static bm_segmentation segmentation_of(const world *w, const bm_features *f) {
    bm_segmentation s = {.n = f->n, .k = K, .d = f->d};
    s.label = calloc(f->n, sizeof *s.label);
    s.size = calloc(K, sizeof *s.size);
    s.weight = calloc(K, sizeof *s.weight);
    s.centroid = calloc(K * f->d, sizeof *s.centroid);
    s.inertia_of = calloc(K, sizeof *s.inertia_of);
    for (size_t i = 0; i < f->n; i++) {
        s.label[i] = w->label[f->row_of[i]];
        s.size[s.label[i] - 1]++;
        s.weight[s.label[i] - 1] += f->weight != NULL ? f->weight[i] : 1;
    }
    return s;
}

static void segments_add_up_to_the_market(void **state) {
    const world *w = *state;
    bm_features features = features_of(w, 0);
    bm_segmentation segmentation = segmentation_of(w, &features);
    bm_strings names = {0};
    bm_result table;
    assert_int_equal(bm_strings_split(&names, "a,b,c,d", ',', NULL), BM_OK);
    assert_int_equal(bm_segments_result(&segmentation, &features, &names, NULL, &w->orders, NULL,
                                        w->silent, &table, NULL),
                     BM_OK);
    int64_t buyers = 0, orders = 0;
    double share = 0, revenue_share = 0, weight = 0;
    bm_sum revenue = {0};
    assert_int_equal(table.rows, K + 1);
    for (size_t i = 0; i < table.rows; i++) {
        buyers += whole(&table, "buyers", i);
        orders += whole(&table, "orders", i);
        share += number(&table, "share", i);
        revenue_share += number(&table, "revenue_share", i);
        bm_sum_add(&revenue, number(&table, "revenue", i));
        weight += i < K ? number(&table, "weight", i) : 0;
        if (i < K) {
            double n = (double)whole(&table, "orders", i);
            assert_close(number(&table, "aov", i) * n, number(&table, "revenue", i));
            assert_close(number(&table, "orders_per_buyer", i) * (double)whole(&table, "buyers", i),
                         n);
        }
    }
    assert_int_equal(buyers, BUYERS);
    assert_int_equal(orders, w->order_count);
    assert_close(weight, (double)w->ordering);
    assert_close(share, 1);
    assert_close(revenue_share, 1);
    assert_cents(bm_sum_value(&revenue), w->revenue);
    bm_result_free(&table);
    bm_strings_free(&names);
    bm_segmentation_free(&segmentation);
    bm_features_free(&features);
}

static double sum_of(const bm_result *table, const char *name, size_t first) {
    bm_sum sum = {0};
    for (size_t i = first; i < table->rows; i++)
        bm_sum_add(&sum, number(table, name, i));
    return bm_sum_value(&sum);
}

/* What ltv_segments says of all is what ltv_buyers comes to, and what its segments do; and the
 * money columns of `segments` are those of ltv_segments. */
static void lifetime_value_of_segments_adds_up_to_that_of_buyers(void **state) {
    static const struct {
        const char *of_segment, *of_buyer;
    } sums[] = {{"expected_orders", "expected_orders"},
                {"expected_value", "expected_value"},
                {"clv_total", "clv"}};
    const world *w = *state;
    const bm_ltv_options options = {.horizon = 52, .discount = 0.1, .margin = 0.35};
    bm_histories histories;
    bm_ltv ltv;
    bm_result buyers, segments;
    double *revenue = calloc(BUYERS, sizeof *revenue), alive = 0;
    for (size_t b = 0; b < BUYERS; b++)
        revenue[b] = bm_orders_of_buyer(&w->orders, b).revenue;
    assert_int_equal(
        bm_histories_of_orders(&w->orders, BM_UNIT_WEEK, w->orders.as_of, 0, &histories, NULL),
        BM_OK);
    assert_int_equal(histories.buyers, w->ordering);
    assert_int_equal(bm_ltv_run(&histories, &options, &context, &ltv, NULL), BM_OK);
    assert_int_equal(bm_ltv_buyers_result(&ltv, &w->ids, &buyers, NULL), BM_OK);
    assert_int_equal(bm_ltv_segments_result(&ltv, w->label, K, revenue, &segments, NULL), BM_OK);
    assert_int_equal(segments.rows, K + 1);
    assert_int_equal(whole(&segments, "buyers", 0), w->ordering);
    assert_int_equal(buyers.rows, w->ordering);
    for (size_t c = 0; c < sizeof sums / sizeof sums[0]; c++) {
        double all = number(&segments, sums[c].of_segment, 0);
        assert_true(all > 0);
        assert_close(sum_of(&buyers, sums[c].of_buyer, 0), all);
        assert_close(sum_of(&segments, sums[c].of_segment, 1), all);
    }
    assert_cents(sum_of(&segments, "revenue_to_date", 1), w->revenue);
    assert_cents(number(&segments, "revenue_to_date", 0), w->revenue);
    for (size_t i = 1; i <= K; i++)
        alive += number(&segments, "p_alive_mean", i) * (double)whole(&segments, "buyers", i);
    assert_close(alive, sum_of(&buyers, "p_alive", 0));
    bm_result_free(&segments);
    bm_result_free(&buyers);
    bm_ltv_free(&ltv);
    bm_histories_free(&histories);
    free(revenue);
}

/* Segment means, weighted by how much each segment counts, are the population's; the indicators of
 * one category are shares that sum to 1. */
static void the_profile_averages_to_the_population(void **state) {
    const world *w = *state;
    for (int weighted = 0; weighted < 2; weighted++) {
        bm_features features = features_of(w, weighted);
        bm_segmentation segmentation = segmentation_of(w, &features);
        bm_profile profile;
        double mean[4] = {0}, population[4] = {0}, share[K] = {0}, population_share[K] = {0},
               all = 0;
        size_t seen = 0;
        assert_int_equal(bm_profile_build(&features, &segmentation, &profile, NULL), BM_OK);
        for (size_t g = 0; g < K; g++)
            all += segmentation.weight[g];
        for (size_t i = 0; i < profile.k * profile.d; i++) {
            const bm_profile_row *row = &profile.row[i];
            size_t g = (size_t)row->segment - 1;
            mean[row->feature] += row->mean * segmentation.weight[g] / all;
            population[row->feature] = row->population_mean;
            if (row->feature > 0) {
                share[g] += row->share;
                population_share[g] += row->population_share;
                assert_close(row->lift * row->population_share, row->share);
                seen++;
            }
        }
        assert_int_equal(seen, 3 * K);
        for (size_t j = 0; j < 4; j++)
            assert_close(mean[j], population[j]);
        for (size_t g = 0; g < K; g++) {
            assert_close(share[g], 1);
            assert_close(population_share[g], 1);
        }
        bm_profile_free(&profile);
        bm_segmentation_free(&segmentation);
        bm_features_free(&features);
    }
}

typedef struct cell_sum {
    int64_t size, eligible, bounded, unbounded, orders;
    bm_sum revenue;
} cell_sum;

static void add_cell(const bm_result *table, size_t i, cell_sum *sum) {
    sum->size += whole(table, "cohort_size", i);
    sum->eligible += whole(table, "eligible", i);
    sum->bounded += whole(table, "active_bounded", i);
    sum->unbounded += whole(table, "active_unbounded", i);
    sum->orders += whole(table, "orders", i);
    bm_sum_add(&sum->revenue, number(table, "revenue", i));
}

static int same_cell(const bm_result *table, size_t a, size_t b) {
    bm_text x, y;
    size_t cohort = bm_result_find(table, "cohort");
    bm_result_read(table, cohort, a, 1, &x);
    char copy[16] = "";
    memcpy(copy, x.data, x.length < 15 ? x.length : 15);
    bm_result_read(table, cohort, b, 1, &y);
    return strlen(copy) == y.length && memcmp(copy, y.data, y.length) == 0 &&
           whole(table, "period_index", a) == whole(table, "period_index", b);
}

/* Rows of segment 0 come first; those of each segment follow in the same order of cells, so that
 * one walk a segment finds them. */
static size_t add_segment(const bm_result *table, size_t totals, size_t i, cell_sum *sum) {
    int64_t segment = whole(table, "segment", i);
    for (size_t at = 0; i < table->rows && whole(table, "segment", i) == segment; i++, at++) {
        while (at < totals && !same_cell(table, at, i))
            at++;
        assert_true(at < totals); /* a cell of a segment that the whole does not have */
        add_cell(table, i, &sum[at]);
    }
    return i;
}

static void check_cohorts(const world *w, const bm_result *table) {
    size_t totals = 0;
    int64_t orders = 0;
    bm_sum revenue = {0};
    while (totals < table->rows && whole(table, "segment", totals) == 0)
        totals++;
    assert_true(totals > 0);
    cell_sum *sum = calloc(totals, sizeof *sum);
    size_t i = totals, segments = 0;
    for (; i < table->rows; segments++)
        i = add_segment(table, totals, i, sum);
    assert_int_equal(segments, K);
    for (i = 0; i < totals; i++) {
        assert_int_equal(sum[i].size, whole(table, "cohort_size", i));
        assert_int_equal(sum[i].eligible, whole(table, "eligible", i));
        assert_int_equal(sum[i].bounded, whole(table, "active_bounded", i));
        assert_int_equal(sum[i].unbounded, whole(table, "active_unbounded", i));
        assert_int_equal(sum[i].orders, whole(table, "orders", i));
        assert_cents(bm_sum_value(&sum[i].revenue), number(table, "revenue", i));
        orders += sum[i].orders;
        bm_sum_add(&revenue, number(table, "revenue", i));
    }
    assert_int_equal(orders, w->order_count);
    assert_cents(bm_sum_value(&revenue), w->revenue);
    free(sum);
}

static void cohorts_of_segments_add_up_to_all_buyers(void **state) {
    const world *w = *state;
    static const char *const periods[] = {"week", "month", "quarter", "year", "rolling:45"};
    for (size_t p = 0; p < sizeof periods / sizeof *periods; p++) {
        bm_period period;
        bm_result table;
        assert_true(bm_period_parse(periods[p], &period));
        assert_int_equal(bm_cohorts(&w->orders, &period, w->label, K, &context, &table, NULL),
                         BM_OK);
        check_cohorts(w, &table);
        bm_result_free(&table);
    }
}

/* Each segment has a row for each period of segment 0, which come first. */
static void check_parts(const bm_result *table, const char *const *counts,
                        const char *const *sums) {
    size_t periods = table->rows / (K + 1);
    assert_true(periods > 0);
    assert_int_equal(table->rows, periods * (K + 1));
    for (size_t p = 0; p < periods; p++) {
        for (const char *const *count = counts; *count != NULL; count++) {
            int64_t parts = 0;
            for (size_t s = 1; s <= K; s++)
                parts += whole(table, *count, s * periods + p);
            assert_int_equal(parts, whole(table, *count, p));
        }
        for (const char *const *sum = sums; *sum != NULL; sum++) {
            bm_sum parts = {0};
            for (size_t s = 1; s <= K; s++)
                bm_sum_add(&parts, number(table, *sum, s * periods + p));
            assert_cents(bm_sum_value(&parts), number(table, *sum, p));
        }
    }
}

static void churn_of_segments_adds_up_to_all_buyers(void **state) {
    static const char *const counts[] = {"buyers_start", "lost",   "new", "reactivated",
                                         "buyers_end",   "passed", NULL};
    static const char *const sums[] = {"revenue_start", "revenue_lost", NULL};
    const world *w = *state;
    const bm_churn_rule rule = {.days = 50};
    for (int kind = BM_PERIOD_DAY; kind <= BM_PERIOD_ROLLING; kind++) {
        const bm_period period = {.kind = (bm_period_kind)kind, .days = 30};
        bm_result table;
        int64_t came = 0;
        assert_int_equal(bm_churn(&w->orders, &rule, &period, w->label, K, &context, &table, NULL),
                         BM_OK);
        check_parts(&table, counts, sums);
        for (size_t i = 0; i < table.rows / (K + 1); i++)
            came += whole(&table, "new", i) + whole(&table, "passed", i);
        assert_int_equal(came, w->ordering); /* each buyer comes for the first time once */
        bm_result_free(&table);
    }
}

static void movements_of_segments_add_up_to_all_revenue(void **state) {
    static const char *const counts[] = {"buyers_start", "buyers_end", NULL};
    static const char *const sums[] = {"start",   "new",         "expansion", "contraction",
                                       "churned", "reactivated", "end",       NULL};
    const world *w = *state;
    for (int kind = BM_PERIOD_DAY; kind <= BM_PERIOD_ROLLING; kind++) {
        const bm_period period = {.kind = (bm_period_kind)kind, .days = 30};
        bm_result table;
        bm_sum revenue = {0};
        assert_int_equal(bm_movements(&w->orders, &period, w->label, K, &context, &table, NULL),
                         BM_OK);
        check_parts(&table, counts, sums);
        for (size_t i = 0; i < table.rows / (K + 1); i++)
            bm_sum_add(&revenue, number(&table, "end", i));
        assert_cents(bm_sum_value(&revenue), w->revenue);
        bm_result_free(&table);
    }
}

/* Each cohort's sizes sum to the buyers with orders, and its first period has every buyer. */
static void every_buyer_is_in_one_cohort(void **state) {
    const world *w = *state;
    bm_period period;
    bm_result table;
    int64_t buyers = 0;
    assert_true(bm_period_parse("month", &period));
    assert_int_equal(bm_cohorts(&w->orders, &period, NULL, 0, &context, &table, NULL), BM_OK);
    for (size_t i = 0; i < table.rows; i++) {
        if (whole(&table, "period_index", i) != 0)
            continue;
        buyers += whole(&table, "cohort_size", i);
        assert_int_equal(whole(&table, "active_bounded", i), whole(&table, "cohort_size", i));
        assert_int_equal(whole(&table, "active_unbounded", i), whole(&table, "cohort_size", i));
    }
    assert_int_equal(buyers, w->ordering);
    bm_result_free(&table);
}

static void concentrations_have_one_total(void **state) {
    const world *w = *state;
    bm_result table;
    bm_sum revenue = {0};
    int64_t n = 0;
    assert_int_equal(bm_concentration(&w->orders, w->label, K, &table, NULL), BM_OK);
    assert_int_equal(table.rows, 1 + BM_DIMENSIONS + K);
    assert_true(text_is(&table, "scope", 0, "revenue"));
    for (size_t i = 0; i <= BM_DIMENSIONS; i++)
        assert_cents(number(&table, "total", i), w->revenue);
    for (size_t i = 1 + BM_DIMENSIONS; i < table.rows; i++) {
        n += whole(&table, "n", i);
        bm_sum_add(&revenue, number(&table, "total", i));
    }
    assert_int_equal(whole(&table, "n", 0), w->ordering);
    assert_int_equal(n, w->ordering);
    assert_cents(bm_sum_value(&revenue), w->revenue);
    for (size_t i = 0; i < table.rows; i++) {
        double top1 = number(&table, "top1", i), top5 = number(&table, "top5", i);
        double top10 = number(&table, "top10", i), top20 = number(&table, "top20", i);
        assert_true(0 < top1 && top1 <= top5 && top5 <= top10 && top10 <= top20 && top20 <= 1);
        assert_close(number(&table, "n_eff", i) * number(&table, "hhi", i), 1);
        assert_true(number(&table, "gini", i) >= 0 && number(&table, "gini", i) < 1);
    }
    bm_result_free(&table);
}

static void rfm_has_every_buyer_with_orders_and_all_their_money(void **state) {
    const world *w = *state;
    for (int scores = BM_RFM_RANK; scores <= BM_RFM_QUANTILE; scores++) {
        bm_result table;
        bm_sum monetary = {0};
        int64_t orders = 0;
        assert_int_equal(bm_rfm(&w->orders, &w->ids, (bm_rfm_scores)scores, &context, &table, NULL),
                         BM_OK);
        assert_int_equal(table.rows, w->ordering);
        for (size_t i = 0; i < table.rows; i++) {
            bm_sum_add(&monetary, number(&table, "monetary", i));
            orders += whole(&table, "frequency", i);
        }
        assert_cents(bm_sum_value(&monetary), w->revenue);
        assert_int_equal(orders, w->order_count);
        bm_result_free(&table);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segments_add_up_to_the_market),
        cmocka_unit_test(lifetime_value_of_segments_adds_up_to_that_of_buyers),
        cmocka_unit_test(the_profile_averages_to_the_population),
        cmocka_unit_test(cohorts_of_segments_add_up_to_all_buyers),
        cmocka_unit_test(churn_of_segments_adds_up_to_all_buyers),
        cmocka_unit_test(movements_of_segments_add_up_to_all_revenue),
        cmocka_unit_test(every_buyer_is_in_one_cohort),
        cmocka_unit_test(concentrations_have_one_total),
        cmocka_unit_test(rfm_has_every_buyer_with_orders_and_all_their_money),
    };
    return cmocka_run_group_tests(tests, make_world, free_world);
}
