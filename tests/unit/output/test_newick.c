/* Trees in Newick's format, read back by a parser of the rules: quoted names, ways, and a tree as
 * deep as it has leaves. */
#include "../cluster/random_tree.h"

#include "output/newick.h"

#include <ctype.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const char *const names[] = {
    "plain",      "a b",       "it's",       "''",          "x:(y),[z];", "a_b",
    "\"quoted\"", "tab\there", "line\nfeed", "0001",        "-3.5e7",     "",
    "Zürich",     "a/b",       "'",          "ends here '", " ",          "a+b",
};
enum { NAMES = sizeof names / sizeof names[0] };

static void given_names(const void *source, size_t first, size_t count, void *block) {
    (void)source;
    for (size_t i = 0; i < count; i++)
        ((bm_text *)block)[i] = (bm_text){names[first + i], strlen(names[first + i])};
}

static void numbers(const void *source, size_t first, size_t count, void *block) {
    char *room = (char *)(uintptr_t)source;
    assert_int_equal(count, 1);
    *(bm_text *)block = (bm_text){room, (size_t)sprintf(room, "%zu", first)};
}

/* What the tree is written as; the caller frees. */
static char *write_tree(const bm_dendrogram *tree, bm_fill leaf, const void *source) {
    const bm_result_tree what = {"dendrogram", tree, leaf, source};
    struct stat info;
    int fd = memfd_create("newick", 0);
    assert_true(fd >= 0);
    assert_int_equal(bm_newick_write(fd, "o/dendrogram.nwk", &what, NULL), BM_OK);
    assert_int_equal(fstat(fd, &info), 0);
    char *text = calloc((size_t)info.st_size + 1, 1);
    assert_non_null(text);
    assert_int_equal(pread(fd, text, (size_t)info.st_size, 0), info.st_size);
    close(fd);
    return text;
}

/* A name as the rules have it; gives what follows. */
static const char *read_name(const char *at, char *name) {
    if (*at != '\'') {
        while (strchr("(),:;[]' \t\n_", *at) == NULL)
            *name++ = *at++;
        *name = 0;
        return at;
    }
    for (at++; *at != '\'' || at[1] == '\''; at++) {
        assert_true(*at != 0);
        at += *at == '\'';
        *name++ = *at;
    }
    *name = 0;
    return at + 1;
}

/* Reads leaves from left to right: their names, how far each is from the root, and how many nodes
 * are around it. The way of a node stands behind it, so ways are put on once all is read. */
typedef struct reading {
    char (*name)[32];
    size_t *nodes; /* [leaves] around it */
    double *way;   /* by leaf: from the root */
    size_t leaves;
    size_t *first; /* of the nodes that are open: their first leaf */
    size_t depth, deepest;
} reading;

/* Ways of nodes apply to a stretch of leaves: kept as differences. */
static const char *read_way(const char *at, double *difference, size_t first, size_t end) {
    char *stop;
    if (*at != ':')
        return at;
    double way = strtod(at + 1, &stop);
    assert_true(stop > at + 1);
    difference[first] += way;
    difference[end] -= way;
    return stop;
}

static void read_tree(const char *text, size_t n, reading *to) {
    double *difference = calloc(n + 1, sizeof *difference), sum = 0;
    const char *at = text;
    *to = (reading){.name = calloc(n, sizeof *to->name),
                    .nodes = calloc(n, sizeof *to->nodes),
                    .way = calloc(n, sizeof *to->way),
                    .first = calloc(n + 1, sizeof *to->first)};
    while (*at != ';') {
        if (*at == '(') {
            to->first[to->depth++] = to->leaves;
            to->deepest = to->depth > to->deepest ? to->depth : to->deepest;
            at++;
        } else if (*at == ',') {
            assert_true(to->depth > 0);
            at++;
        } else if (*at == ')') {
            assert_true(to->depth > 0);
            at = read_way(at + 1, difference, to->first[--to->depth], to->leaves);
        } else {
            assert_true(to->leaves < n);
            to->nodes[to->leaves] = to->depth;
            at = read_name(at, to->name[to->leaves++]);
            at = read_way(at, difference, to->leaves - 1, to->leaves);
        }
    }
    assert_string_equal(at, ";\n");
    assert_int_equal(to->leaves, n);
    assert_int_equal(to->depth, 0);
    for (size_t i = 0; i < n; i++)
        to->way[i] = sum += difference[i];
    free(difference);
}

static void free_reading(reading *of) {
    free(of->name);
    free(of->nodes);
    free(of->way);
    free(of->first);
}

static void names_come_back_as_they_are(void **unused) {
    (void)unused;
    bm_dendrogram tree = {0};
    reading back;
    size_t seen[NAMES] = {0};
    grow_random_tree(&tree, NAMES, 0, 3);
    char *text = write_tree(&tree, given_names, NULL);
    read_tree(text, NAMES, &back);
    for (size_t i = 0; i < NAMES; i++) {
        size_t at = 0;
        while (at < NAMES && strcmp(names[at], back.name[i]) != 0)
            at++;
        assert_true(at < NAMES);
        seen[at]++;
        size_t nodes = 0;
        for (size_t m = 0, node = at; m < NAMES - 1; m++) {
            if (tree.merge[m].left == node || tree.merge[m].right == node) {
                node = NAMES + m;
                nodes++;
            }
        }
        assert_int_equal(back.nodes[i], nodes);
    }
    for (size_t i = 0; i < NAMES; i++)
        assert_int_equal(seen[i], 1);
    assert_non_null(strstr(text, "'it''s'"));
    assert_non_null(strstr(text, "'a_b'"));
    assert_null(strstr(text, "'plain'"));
    assert_null(strstr(text, "'0001'"));
    free(text);
    free_reading(&back);
    free(tree.merge);
}

static void the_way_between_two_leaves_is_the_height_at_which_they_join(void **unused) {
    (void)unused;
    for (int inverts = 0; inverts < 2; inverts++) {
        bm_merge merge[] = {
            {0, 1, 1, 2}, {2, 3, inverts ? 0.5 : 1.5, 2}, {4, 5, inverts ? 0.75 : 4, 4}};
        bm_dendrogram tree = {4, merge};
        char *text = write_tree(&tree, given_names, NULL);
        assert_string_equal(
            text, inverts ? "((plain:0.5,'a b':0.5):-0.125,('it''s':0.25,'''''':0.25):0.125);\n"
                          : "((plain:0.5,'a b':0.5):1.5,('it''s':0.75,'''''':0.75):1.25);\n");
        free(text);
    }
}

static void one_buyer_is_a_tree(void **unused) {
    (void)unused;
    bm_dendrogram tree = {.n = 1};
    char *text = write_tree(&tree, given_names, NULL);
    assert_string_equal(text, "plain;\n");
    free(text);
}

static void a_chain_of_a_million_is_written(void **unused) {
    (void)unused;
    enum { DEEP = 1000000 };
    bm_dendrogram tree = {0};
    reading back;
    char room[32] = "", name[32];
    grow_chain(&tree, DEEP);
    char *text = write_tree(&tree, numbers, room);
    read_tree(text, DEEP, &back);
    assert_int_equal(back.deepest, DEEP - 1);
    for (size_t i = 0; i < DEEP; i++) {
        /* Each merge takes the next leaf, which is its left child: the last merge comes first. */
        size_t leaf = i < DEEP - 2 ? DEEP - 1 - i : i - (DEEP - 2);
        snprintf(name, sizeof name, "%zu", leaf);
        assert_string_equal(back.name[i], name);
        assert_int_equal(back.nodes[i], i < DEEP - 1 ? i + 1 : i);
        if (!(fabs(back.way[i] - (DEEP - 1) / 2.0) < 1e-6))
            fail_msg("%g", back.way[i]);
    }
    free(text);
    free_reading(&back);
    free(tree.merge);
}

static void a_full_disk_is_an_error(void **unused) {
    (void)unused;
    bm_dendrogram tree = {0};
    char room[32] = "";
    bm_error err = {0};
    grow_chain(&tree, 100000);
    const bm_result_tree what = {"dendrogram", &tree, numbers, room};
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    assert_int_equal(bm_newick_write(fileno(full), "o/dendrogram.nwk", &what, &err), BM_IO);
    assert_non_null(strstr(err.message, "o/dendrogram.nwk"));
    fclose(full);
    free(tree.merge);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_come_back_as_they_are),
        cmocka_unit_test(the_way_between_two_leaves_is_the_height_at_which_they_join),
        cmocka_unit_test(one_buyer_is_a_tree),
        cmocka_unit_test(a_chain_of_a_million_is_written),
        cmocka_unit_test(a_full_disk_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
