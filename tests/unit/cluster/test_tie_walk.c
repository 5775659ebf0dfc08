/* Trees of small tables among ties: the walk of SciPy and fastcluster, written from the rule alone,
 * without a heap, a kernel or a list of what is left.
 *
 * The rule: rows are slots; a merged cluster takes the higher of the two slots. Ward, complete,
 * average and weighted: a chain begins at the lowest slot; whoever is at its end is followed by the
 * nearest to it, of equals the one before it, else the lowest slot; when that is the one before it,
 * the two merge and leave the chain. Merges then stand by height, equal heights as they were found.
 *
 * Centroid and median: each slot but the last knows a later slot and a bound. The slots stand in a
 * binary tree, children 2i + 1 and 2i + 2 below i, which every change of a bound puts in order: one
 * that fell rises past each larger one above it, any other sinks past the smaller child (the left
 * one of equals) while that is smaller. Where the first one's bound is its distance to the slot it
 * knows, these merge; else it learns of its nearest later slot, the lowest of equals. Then whoever
 * knew the lower of the two, from before it, knows the new cluster; whoever from before the new
 * cluster is closer to it than its bound learns that, in the order of slots; and the new cluster
 * learns of its nearest later slot.
 *
 * Distances and updates are rounded as written here. */
#include "cluster/hierarchical.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 700, SETS = 60 };

static uint64_t state;

static size_t below(size_t bound) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (size_t)((state >> 33) % bound);
}

typedef struct walk {
    const char *linkage;
    size_t n, merges;
    double away[MOST][MOST], size[MOST]; /* size 0: nobody is there */
    bm_merge merge[MOST];                /* of slots */
    double bound[MOST];
    size_t knows[MOST], tree[MOST], in_tree;
} walk;

static walk w;

static int is(const char *name) {
    return strcmp(w.linkage, name) == 0;
}

static double updated(size_t i, size_t j, size_t k, double ij) {
    double ik = w.away[i][k], jk = w.away[j][k];
    double p = w.size[i], q = w.size[j], r = w.size[k];
    if (is("complete"))
        return ik > jk ? ik : jk;
    if (is("average"))
        return (p * ik + q * jk) / (p + q);
    if (is("weighted"))
        return 0.5 * (ik + jk);
    if (is("centroid"))
        return sqrt((((p * ik * ik) + (q * jk * jk)) - (p * q * ij * ij) / (p + q)) / (p + q));
    if (is("median"))
        return sqrt(0.5 * (ik * ik + jk * jk) - 0.25 * ij * ij);
    double t = 1 / (p + q + r);
    return sqrt((r + p) * t * ik * ik + (r + q) * t * jk * jk - r * t * ij * ij);
}

/* i < j. */
static void merge(size_t i, size_t j) {
    double ij = w.away[i][j];
    w.merge[w.merges++] = (bm_merge){i, j, ij, 0};
    for (size_t k = 0; k < w.n; k++) {
        if (w.size[k] > 0 && k != i && k != j)
            w.away[j][k] = w.away[k][j] = updated(i, j, k, ij);
    }
    w.size[j] += w.size[i];
    w.size[i] = 0;
}

static void follow_the_chain(void) {
    static size_t chain[MOST];
    size_t length = 0;
    while (w.merges + 1 < w.n) {
        for (size_t i = 0; i < w.n && length == 0; i++) {
            if (w.size[i] > 0)
                chain[length++] = i;
        }
        size_t end = chain[length - 1], next = length > 1 ? chain[length - 2] : w.n;
        for (size_t k = 0; k < w.n; k++) {
            if (w.size[k] > 0 && k != end && (next == w.n || w.away[end][k] < w.away[end][next]))
                next = k;
        }
        if (length > 1 && next == chain[length - 2]) {
            length -= 2;
            merge(end < next ? end : next, end < next ? next : end);
        } else {
            chain[length++] = next;
        }
    }
}

static void swap(size_t a, size_t b) {
    size_t slot = w.tree[a];
    w.tree[a] = w.tree[b];
    w.tree[b] = slot;
}

static double at(size_t place) {
    return w.bound[w.tree[place]];
}

static void sink(size_t place) {
    size_t child = 2 * place + 1;
    if (child >= w.in_tree)
        return;
    if (child + 1 < w.in_tree && at(child + 1) < at(child))
        child++;
    if (at(child) < at(place)) {
        swap(place, child);
        sink(child);
    }
}

static void learn(size_t slot, double bound, size_t of) {
    size_t place = 0;
    int fell = bound < w.bound[slot];
    w.bound[slot] = bound;
    w.knows[slot] = of;
    while (w.tree[place] != slot)
        place++;
    for (; fell && place > 0 && at((place - 1) / 2) > at(place); place = (place - 1) / 2)
        swap(place, (place - 1) / 2);
    if (!fell)
        sink(place);
}

static size_t nearest_later(size_t slot) {
    size_t nearest = w.n;
    for (size_t k = slot + 1; k < w.n; k++) {
        if (w.size[k] > 0 && (nearest == w.n || w.away[slot][k] < w.away[slot][nearest]))
            nearest = k;
    }
    return nearest;
}

static void merge_the_closest(void) {
    w.in_tree = w.n - 1;
    for (size_t i = 0; i + 1 < w.n; i++) {
        w.tree[i] = i;
        w.knows[i] = nearest_later(i);
        w.bound[i] = w.away[i][w.knows[i]];
    }
    for (size_t i = w.n; i-- > 0;)
        sink(i);
    while (w.merges + 1 < w.n) {
        size_t x = w.tree[0], y = w.knows[x];
        if (w.bound[x] != w.away[x][y]) {
            y = nearest_later(x);
            learn(x, w.away[x][y], y);
            continue;
        }
        swap(0, --w.in_tree);
        sink(0);
        merge(x, y);
        for (size_t z = 0; z < x; z++)
            w.knows[z] = w.knows[z] == x ? y : w.knows[z];
        for (size_t z = 0; z < y; z++) {
            if (w.size[z] > 0 && w.away[z][y] < w.bound[z])
                learn(z, w.away[z][y], y);
        }
        if (nearest_later(y) < w.n)
            learn(y, w.away[y][nearest_later(y)], nearest_later(y));
    }
}

/* Insertion keeps equal heights as they stand. */
static void sort(void) {
    for (size_t m = 1; m < w.merges; m++) {
        bm_merge merged = w.merge[m];
        size_t to = m;
        for (; to > 0 && w.merge[to - 1].height > merged.height; to--)
            w.merge[to] = w.merge[to - 1];
        w.merge[to] = merged;
    }
}

/* From slots to nodes: everyone's node is rewritten at each merge. */
static void number(void) {
    static size_t node[MOST], members[2 * MOST];
    for (size_t i = 0; i < w.n; i++)
        node[i] = i, members[i] = 1;
    for (size_t m = 0; m < w.merges; m++) {
        size_t a = node[w.merge[m].left], b = node[w.merge[m].right], both = w.n + m;
        members[both] = members[a] + members[b];
        w.merge[m] = (bm_merge){a < b ? a : b, a < b ? b : a, w.merge[m].height, members[both]};
        for (size_t i = 0; i < w.n; i++)
            node[i] = node[i] == a || node[i] == b ? both : node[i];
    }
}

static void walk_by_the_rule(const bm_features *f, const char *linkage) {
    w.linkage = linkage;
    w.n = f->n;
    w.merges = 0;
    for (size_t i = 0; i < f->n; i++)
        w.size[i] = f->weight != NULL ? f->weight[i] : 1;
    for (size_t i = 0; i < f->n; i++) {
        for (size_t j = 0; j < f->n; j++) {
            double sum = 0, p = w.size[i], q = w.size[j];
            for (size_t c = 0; c < f->d; c++) {
                double apart = f->x[i * f->d + c] - f->x[j * f->d + c];
                sum += apart * apart;
            }
            w.away[i][j] = sqrt(sum);
            if (is("ward") && f->weight != NULL)
                w.away[i][j] *= i < j ? sqrt(2 * (p / (p + q)) * q) : sqrt(2 * (q / (p + q)) * p);
        }
    }
    if (is("centroid") || is("median")) {
        merge_the_closest();
    } else {
        follow_the_chain();
        sort();
    }
    number();
}

/* Few and many, so that slots are moved together now and then. */
static size_t rows_of(size_t set) {
    return set < 8 ? set + 1 : set < SETS - 3 ? 8 + below(120) : set == SETS - 1 ? MOST : 256 + set;
}

typedef void (*make_rows)(bm_features *features, size_t set);

/* weights: 0 none, 1 whole, 2 tenths. */
static void assert_walks_by_the_rule(make_rows make, int weights) {
    for (size_t set = 0; set < SETS; set++) {
        bm_features features = {0};
        state = 99 + 1000003 * set;
        assert_int_equal(bm_features_init(&features, rows_of(set), 1 + set % 3, NULL), BM_OK);
        make(&features, set);
        if (weights > 0)
            features.weight = calloc(features.n, sizeof(double));
        for (size_t i = 0; weights > 0 && i < features.n; i++)
            features.weight[i] =
                weights == 1 ? (double)(1 + below(4)) : 0.1 * (double)(1 + below(30));
        for (const bm_linkage *linkage = bm_linkages; linkage->name != NULL; linkage++) {
            bm_dendrogram tree = {0};
            if (strcmp(linkage->name, "single") == 0)
                continue;
            assert_int_equal(bm_linkage_tree(&features, linkage, NULL, &tree, NULL), BM_OK);
            walk_by_the_rule(&features, linkage->name);
            for (size_t m = 0; m + 1 < features.n; m++) {
                const bm_merge *a = &tree.merge[m], *b = &w.merge[m];
                if (a->left != b->left || a->right != b->right || a->size != b->size ||
                    a->height != b->height)
                    fail_msg("%s, set %zu (%zu x %zu), merge %zu: (%zu, %zu) at %.17g, not "
                             "(%zu, %zu) at %.17g",
                             linkage->name, set, features.n, features.d, m, a->left, a->right,
                             a->height, b->left, b->right, b->height);
            }
            bm_dendrogram_free(&tree);
        }
        bm_features_free(&features);
    }
}

static void whole_numbers(bm_features *features, size_t set) {
    for (size_t i = 0; i < features->n * features->d; i++)
        features->x[i] = (double)below(2 + set % 7);
}

static void tenths(bm_features *features, size_t set) {
    for (size_t i = 0; i < features->n * features->d; i++)
        features->x[i] = (double)(40 + below(4 + 8 * (set % 5))) / 10;
}

static void no_two_alike(bm_features *features, size_t set) {
    (void)set;
    for (size_t i = 0; i < features->n * features->d; i++)
        features->x[i] = (double)below(1 << 30) / 1000003;
}

static void grids_go_by_the_walk_bit_for_bit(void **unused) {
    (void)unused;
    assert_walks_by_the_rule(whole_numbers, 0);
}

static void tenths_go_by_the_walk_bit_for_bit(void **unused) {
    (void)unused;
    assert_walks_by_the_rule(tenths, 0);
}

static void rows_without_ties_go_by_the_walk_bit_for_bit(void **unused) {
    (void)unused;
    assert_walks_by_the_rule(no_two_alike, 0);
}

static void weighted_grids_go_by_the_walk_bit_for_bit(void **unused) {
    (void)unused;
    assert_walks_by_the_rule(whole_numbers, 1);
    assert_walks_by_the_rule(whole_numbers, 2);
}

/* The walk ends at BM_WALK_MOST, and with Euclidean distances. */
static void more_buyers_go_by_the_least_pair(void **unused) {
    (void)unused;
    for (const bm_linkage *linkage = bm_linkages; linkage->name != NULL; linkage++) {
        int walks = strcmp(linkage->name, "single") != 0;
        assert_ptr_equal(bm_linkage_engine(linkage, BM_WALK_MOST, 0),
                         walks ? &bm_by_walk : linkage->engine);
        assert_ptr_equal(bm_linkage_engine(linkage, BM_WALK_MOST, BM_IN_FLOATS),
                         bm_linkage_engine(linkage, BM_WALK_MOST, 0));
        assert_ptr_equal(bm_linkage_engine(linkage, BM_WALK_MOST + 1, 0), linkage->engine);
        assert_ptr_equal(bm_linkage_engine(linkage, 5, BM_ANY_DISTANCE), linkage->engine);
        /* Where ties do not matter, centres do not go by it either. */
        assert_ptr_equal(bm_linkage_engine(linkage, 5, BM_ANY_TIES),
                         linkage->engine == &bm_by_matrix ? &bm_by_walk : linkage->engine);
    }
}

static void keep_info(void *arg, bm_level level, const char *text) {
    (void)level;
    snprintf(arg, 400, "%s", text);
}

/* With a byte less than the walk takes, ties go by the least pair, and it is said. */
static void without_room_for_the_walk_the_linkage_has_its_own_way(void **unused) {
    (void)unused;
    enum { N = 700 };
    bm_features features = {0};
    assert_int_equal(bm_features_init(&features, N, 2, NULL), BM_OK);
    for (size_t at = 0; at < 2 * N; at++)
        features.x[at] = (double)(at * 7919 % 1009 % 30);
    for (const bm_linkage *linkage = bm_linkages; linkage->name != NULL; linkage++) {
        size_t room = bm_by_walk.memory(N, 2, 0);
        for (int fits = 0; linkage->walks && fits < 2; fits++) {
            char said[400] = "";
            bm_log log = {.message = keep_info, .arg = said};
            bm_context context = {.memory_limit = room - 1 + (size_t)fits, .log = &log};
            bm_tree_task task = {.features = &features, .context = &context};
            bm_dendrogram tree = {0}, expected = {0};
            const bm_tree_engine *engine = fits ? &bm_by_walk : linkage->engine;
            assert_int_equal(bm_tree_grow(&task, linkage, &tree, NULL), BM_OK);
            assert_int_equal((strstr(said, "least pair") != NULL), !fits);
            assert_int_equal(engine->grow(&task, linkage, &expected, NULL), BM_OK);
            assert_memory_equal(tree.merge, expected.merge, (N - 1) * sizeof *tree.merge);
            bm_dendrogram_free(&tree);
            bm_dendrogram_free(&expected);
            bm_log_free(&log);
        }
    }
    bm_features_free(&features);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grids_go_by_the_walk_bit_for_bit),
        cmocka_unit_test(tenths_go_by_the_walk_bit_for_bit),
        cmocka_unit_test(rows_without_ties_go_by_the_walk_bit_for_bit),
        cmocka_unit_test(weighted_grids_go_by_the_walk_bit_for_bit),
        cmocka_unit_test(more_buyers_go_by_the_least_pair),
        cmocka_unit_test(without_room_for_the_walk_the_linkage_has_its_own_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
