/* Trees among ties: every engine of large tables beside a search of all pairs, written from the
 * rule alone. (Euclidean trees of up to BM_WALK_MOST buyers go by another rule: test_tie_walk.c.)
 *
 * The rule: a cluster is known by its lowest row; pairs are in order by (dissimilarity, lower of
 * the two, higher of the two); every step merges the first pair. Merges then stand by height, equal
 * heights in the order they were found; those of centroid and median in the order they were found.
 * In single linkage the pairs are those of rows, which say more: two clusters are known by the
 * first pair of rows between them.
 *
 * Dissimilarities are computed as the library promises, since rounding parts ties that are exact on
 * paper: distances summed from the first feature to the last; ward, centroid and median from
 * centres, c = c_a + share (c_b − c_a) with a the cluster of the lower row; the others by the
 * update of Lance and Williams. Much of the data makes all of it exact. */
#include "cluster/hierarchical.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 60, MOST_FEATURES = 4 };

static uint64_t state;

static size_t below(size_t bound) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (size_t)((state >> 33) % bound);
}

/* The oracle. */

typedef struct oracle {
    const char *linkage;
    size_t n, d;
    int alive[MOST];
    size_t members[2 * MOST]; /* of the nodes of the finished tree */
    double size[MOST], centre[MOST][MOST_FEATURES], away[MOST][MOST];
    size_t low[MOST][MOST], high[MOST][MOST]; /* what a pair of clusters is known by */
} oracle;

typedef struct found {
    size_t low, high, order;
    double height;
} found;

static int is(const oracle *o, const char *name) {
    return strcmp(o->linkage, name) == 0;
}

static int by_centres(const oracle *o) {
    return is(o, "ward") || is(o, "centroid") || is(o, "median");
}

/* Between clusters i and j, squared where the linkage goes by centres. */
static double between_centres(const oracle *o, size_t i, size_t j) {
    double sum = 0;
    for (size_t f = 0; f < o->d; f++)
        sum += (o->centre[i][f] - o->centre[j][f]) * (o->centre[i][f] - o->centre[j][f]);
    if (!by_centres(o))
        return sqrt(sum);
    double v = o->size[i], w = o->size[j];
    return is(o, "ward") ? 2 * v * w / (v + w) * sum : sum;
}

/* Whether the pair {a, b} comes before {c, d}. */
static int is_before(const oracle *o, size_t a, size_t b, size_t c, size_t d) {
    if (o->away[a][b] < o->away[c][d] || o->away[a][b] > o->away[c][d])
        return o->away[a][b] < o->away[c][d];
    return o->low[a][b] != o->low[c][d] ? o->low[a][b] < o->low[c][d]
                                        : o->high[a][b] < o->high[c][d];
}

static double updated(const oracle *o, size_t i, size_t j, size_t k) {
    double ik = o->away[i][k], jk = o->away[j][k];
    if (is(o, "complete"))
        return ik > jk ? ik : jk;
    if (is(o, "weighted"))
        return 0.5 * (ik + jk);
    return (o->size[i] * ik + o->size[j] * jk) / (o->size[i] + o->size[j]);
}

static void set(oracle *o, size_t i, size_t j, double away, size_t low, size_t high) {
    o->away[i][j] = o->away[j][i] = away;
    o->low[i][j] = o->low[j][i] = low;
    o->high[i][j] = o->high[j][i] = high;
}

/* j is taken into i < j. */
static void merge(oracle *o, size_t i, size_t j) {
    double share = is(o, "median") ? 0.5 : o->size[j] / (o->size[i] + o->size[j]);
    o->alive[j] = 0;
    for (size_t k = 0; k < o->n && !by_centres(o); k++) {
        if (!o->alive[k] || k == i)
            continue;
        if (!is(o, "single"))
            set(o, i, k, updated(o, i, j, k), i < k ? i : k, i < k ? k : i);
        else if (is_before(o, j, k, i, k))
            set(o, i, k, o->away[j][k], o->low[j][k], o->high[j][k]);
    }
    for (size_t f = 0; f < o->d; f++)
        o->centre[i][f] += share * (o->centre[j][f] - o->centre[i][f]);
    o->size[i] += o->size[j];
    for (size_t k = 0; k < o->n && by_centres(o); k++) {
        if (o->alive[k] && k != i)
            set(o, i, k, between_centres(o, i, k), i < k ? i : k, i < k ? k : i);
    }
}

static found first_pair(const oracle *o) {
    size_t a = 0, b = 0;
    for (size_t i = 0; i < o->n; i++) {
        for (size_t j = i + 1; j < o->n && o->alive[i]; j++) {
            if (o->alive[j] && (a == b || is_before(o, i, j, a, b)))
                a = i, b = j;
        }
    }
    return (found){a, b, 0, o->away[a][b]};
}

static int by_height(const void *a, const void *b) {
    const found *p = a, *q = b;
    if (p->height != q->height)
        return p->height < q->height ? -1 : 1;
    return p->order < q->order ? -1 : 1;
}

/* From pairs of lowest rows to nodes. */
static void number(oracle *o, const found *pair, bm_merge *expected) {
    size_t node_of[MOST], n = o->n;
    for (size_t i = 0; i < n; i++)
        node_of[i] = i, o->members[i] = 1;
    for (size_t m = 0; m + 1 < n; m++) {
        size_t a = node_of[pair[m].low], b = node_of[pair[m].high];
        o->members[n + m] = o->members[a] + o->members[b];
        expected[m] = (bm_merge){a < b ? a : b, a < b ? b : a, pair[m].height, o->members[n + m]};
        node_of[pair[m].low] = n + m;
    }
}

static void grow_by_the_rule(const bm_features *features, const char *linkage, bm_merge *expected) {
    oracle o = {.linkage = linkage, .n = features->n, .d = features->d};
    found pair[MOST];
    for (size_t i = 0; i < o.n; i++) {
        o.alive[i] = 1;
        o.size[i] = features->weight != NULL ? features->weight[i] : 1;
        memcpy(o.centre[i], features->x + i * o.d, o.d * sizeof(double));
    }
    for (size_t i = 0; i < o.n; i++) {
        for (size_t j = i + 1; j < o.n; j++)
            set(&o, i, j, between_centres(&o, i, j), i, j);
    }
    for (size_t m = 0; m + 1 < o.n; m++) {
        pair[m] = first_pair(&o);
        merge(&o, pair[m].low, pair[m].high);
        pair[m].order = m;
        if (by_centres(&o))
            pair[m].height = sqrt(pair[m].height);
    }
    if (!is(&o, "centroid") && !is(&o, "median"))
        qsort(pair, o.n - 1, sizeof *pair, by_height);
    number(&o, pair, expected);
}

/* The first merge that is not the expected one, or n − 1. */
static size_t first_difference(const bm_dendrogram *tree, const bm_merge *expected) {
    size_t m = 0;
    for (; m + 1 < tree->n; m++) {
        const bm_merge *a = &tree->merge[m], *b = &expected[m];
        if (a->left != b->left || a->right != b->right || a->size != b->size ||
            !(fabs(a->height - b->height) <= 1e-13 * b->height))
            break;
    }
    return m;
}

/* 1: the same heights and the same clusters at each, only in another order. */
static int only_the_order_differs(const bm_dendrogram *tree, const bm_merge *expected) {
    uint64_t mark[2][2 * MOST];
    int taken[MOST] = {0};
    size_t n = tree->n;
    for (size_t i = 0; i < n; i++)
        mark[0][i] = mark[1][i] = (uint64_t)1 << i; /* n <= 60 */
    for (size_t m = 0; m + 1 < n; m++) {
        mark[0][n + m] = mark[0][tree->merge[m].left] | mark[0][tree->merge[m].right];
        mark[1][n + m] = mark[1][expected[m].left] | mark[1][expected[m].right];
    }
    for (size_t m = 0; m + 1 < n; m++) {
        size_t e = 0;
        while (e + 1 < n &&
               (taken[e] || mark[0][n + m] != mark[1][n + e] ||
                fabs(tree->merge[m].height - expected[e].height) > 1e-13 * expected[e].height))
            e++;
        if (e + 1 == n)
            return 0;
        taken[e] = 1;
    }
    return 1;
}

typedef void (*make_rows)(bm_features *features, size_t set);

enum { SETS = 45 };

static void make_set(make_rows make, size_t set, int weights, bm_features *features) {
    size_t n = set < 8 ? set + 1 : 8 + 7 * set % (MOST - 7);
    assert_int_equal(bm_features_init(features, n, 1 + set % 3, NULL), BM_OK);
    state = 77 + 1000003 * set;
    make(features, set);
    if (weights == 0)
        return;
    features->weight = calloc(n, sizeof(double));
    assert_non_null(features->weight);
    for (size_t i = 0; i < n; i++)
        features->weight[i] = weights == 1 ? (double)(1 + below(4)) : 0.1 * (double)(1 + below(30));
}

/* Every linkage, without weights, with whole ones and with tenths. */
static void assert_trees_go_by_the_rule(make_rows make) {
    static const char *const weighted[] = {"", ", whole weights", ", weights in tenths"};
    size_t differ = 0;
    for (const bm_linkage *linkage = bm_linkages; linkage->name != NULL; linkage++) {
        size_t of_linkage = 0, order = 0;
        for (size_t set = 0; set < 3 * SETS; set++) {
            bm_features features = {0};
            bm_dendrogram tree = {0};
            bm_merge expected[MOST];
            make_set(make, set / 3, (int)(set % 3), &features);
            const bm_tree_task task = {.features = &features};
            assert_int_equal(linkage->engine->grow(&task, linkage, &tree, NULL), BM_OK);
            grow_by_the_rule(&features, linkage->name, expected);
            size_t m = first_difference(&tree, expected);
            if (m + 1 < features.n) {
                order += (size_t)only_the_order_differs(&tree, expected);
                if (of_linkage++ == 0)
                    print_message("%s, set %zu (%zu x %zu%s), merge %zu: (%zu, %zu) of %zu at "
                                  "%.17g, not (%zu, %zu) of %zu at %.17g\n",
                                  linkage->name, set / 3, features.n, features.d, weighted[set % 3],
                                  m, tree.merge[m].left, tree.merge[m].right, tree.merge[m].size,
                                  tree.merge[m].height, expected[m].left, expected[m].right,
                                  expected[m].size, expected[m].height);
            }
            bm_dendrogram_free(&tree);
            bm_features_free(&features);
        }
        if (of_linkage > 0)
            print_message("%s: %zu of %d trees are not by the rule (%zu in the order of equal "
                          "heights only)\n",
                          linkage->name, of_linkage, 3 * SETS, order);
        differ += of_linkage;
    }
    if (differ > 0)
        fail_msg("%zu trees are not by the rule", differ);
}

/* The data. */

static void whole_numbers(bm_features *features, size_t set) {
    for (size_t i = 0; i < features->n * features->d; i++)
        features->x[i] = (double)below(2 + set % 7);
}

static void grids_of_whole_numbers(void **unused) {
    (void)unused;
    assert_trees_go_by_the_rule(whole_numbers);
}

/* Whole multiples of 2⁴ 3² 5 7 11 13: shares of most centres are whole numbers as well. */
static void composite_numbers(bm_features *features, size_t set) {
    for (size_t i = 0; i < features->n * features->d; i++)
        features->x[i] = 720720.0 * (double)below(2 + set % 9);
}

static void grids_of_numbers_with_many_divisors(void **unused) {
    (void)unused;
    assert_trees_go_by_the_rule(composite_numbers);
}

static void tenths(bm_features *features, size_t set) {
    (void)set;
    for (size_t i = 0; i < features->n; i++) {
        double shift = (double)(20 * (i % 3));
        for (size_t f = 0; f < features->d; f++)
            features->x[i * features->d + f] = (40 + shift + (double)below(18)) / 10;
    }
}

static void measures_in_tenths(void **unused) {
    (void)unused;
    assert_trees_go_by_the_rule(tenths);
}

/* Few different rows, each many times. */
static void repeated(bm_features *features, size_t set) {
    size_t d = features->d, distinct = 1 + set % 9;
    for (size_t i = 0; i < features->n * d; i++)
        features->x[i] = i < distinct * d ? (double)below(1000) / 7 : features->x[i % d];
    for (size_t i = distinct; i < features->n; i++)
        memcpy(features->x + i * d, features->x + below(distinct) * d, d * sizeof(double));
}

static void rows_many_times_each(void **unused) {
    (void)unused;
    assert_trees_go_by_the_rule(repeated);
}

/* In order, backwards, or shuffled. */
static void steps(bm_features *features, size_t set) {
    size_t n = features->n, d = features->d, order[MOST] = {0};
    for (size_t i = 0; i < n; i++) {
        size_t j = set % 4 < 2 ? i : below(i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    for (size_t i = 0; i < n; i++) {
        size_t at = set % 4 == 1 ? n - 1 - order[i] : order[i];
        for (size_t f = 0; f < d; f++)
            features->x[i * d + f] = (double)(d == 1 ? at : f == 0 ? at % 8 : f == 1 ? at / 8 : 0);
    }
}

static void rows_at_even_steps(void **unused) {
    (void)unused;
    assert_trees_go_by_the_rule(steps);
}

static void no_two_alike(bm_features *features, size_t set) {
    (void)set;
    for (size_t i = 0; i < features->n * features->d; i++)
        features->x[i] = (double)below(1 << 30) / 1000003;
}

static void rows_without_ties(void **unused) {
    (void)unused;
    assert_trees_go_by_the_rule(no_two_alike);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grids_of_whole_numbers),
        cmocka_unit_test(grids_of_numbers_with_many_divisors),
        cmocka_unit_test(measures_in_tenths),
        cmocka_unit_test(rows_many_times_each),
        cmocka_unit_test(rows_at_even_steps),
        cmocka_unit_test(rows_without_ties),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
