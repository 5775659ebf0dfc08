/* Newick's format (Olsen's rules, "Newick's 8:45" Tree Format Standard, 1990).
 *
 * The way down from a node to a child is half the difference of their heights, leaves being at 0,
 * so that the way between two leaves is as long as the height at which they join: as R's ape
 * (as.phylo.hclust) and UPGMA in phylogenetics have it. Where heights invert, ways are negative.
 *
 * Names are bare when they are made of letters, digits, "." and "-" (or are not ASCII), else they
 * stand in single quotes, and single quotes in them are doubled. Underscores are quoted because a
 * bare one means a blank.
 *
 * Nodes on the way from the root are kept on a stack of our own: a tree may be as deep as it has
 * leaves. O(n) time, O(depth) memory. */
#include "output/newick.h"

#include "base/memory.h"
#include "buyermap/context.h"
#include "buyermap/segmentation.h"
#include "output/decimal.h"
#include "output/file.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { BUFFER = 1 << 16, NUMBER_TEXT = 32 };

/* A node that is open, and how many of its children have been entered. */
typedef struct open_node {
    size_t node;
    int entered;
} open_node;

typedef struct newick {
    int fd;
    const char *shown;
    const bm_result_tree *tree;
    open_node *open;
    size_t depth, reserved;
    size_t used;
    char buffer[BUFFER];
} newick;

static bm_status flush(newick *out, bm_error *err) {
    bm_status status = bm_file_write(out->fd, out->buffer, out->used, out->shown, err);
    out->used = 0;
    return status == BM_OK ? bm_check_interrupt(err) : status;
}

static bm_status put(newick *out, char c, bm_error *err) {
    bm_status status = out->used < BUFFER ? BM_OK : flush(out, err);
    out->buffer[out->used++] = c;
    return status;
}

static int is_bare(bm_text name) {
    for (size_t i = 0; i < name.length; i++) {
        unsigned char c = (unsigned char)name.data[i];
        if (c < 0x80 && !isalnum(c) && c != '.' && c != '-')
            return 0;
    }
    return name.length > 0;
}

static bm_status put_name(newick *out, bm_text name, bm_error *err) {
    int quote = !is_bare(name);
    bm_status status = BM_OK;
    if (quote)
        BM_TRY(put(out, '\'', err));
    for (size_t i = 0; i < name.length; i++) {
        if (name.data[i] == '\'')
            BM_TRY(put(out, '\'', err));
        BM_TRY(put(out, name.data[i], err));
    }
    if (quote)
        status = put(out, '\'', err);
cleanup:
    return status;
}

static double height_of(const bm_dendrogram *tree, size_t node) {
    return node < tree->n ? 0 : tree->merge[node - tree->n].height;
}

/* The way to the node that is open above, then this one is done. */
static bm_status close_node(newick *out, size_t node, bm_error *err) {
    const bm_dendrogram *tree = out->tree->tree;
    bm_status status = BM_OK;
    if (--out->depth == 0)
        return BM_OK;
    size_t parent = out->open[out->depth - 1].node;
    BM_TRY(put(out, ':', err));
    if (BUFFER - out->used < NUMBER_TEXT)
        BM_TRY(flush(out, err));
    char *at = out->buffer + out->used;
    double way = (height_of(tree, parent) - height_of(tree, node)) / 2;
    out->used += (size_t)(bm_put_number(at, way) - at);
cleanup:
    return status;
}

static bm_status open_child(newick *out, size_t node, bm_error *err) {
    bm_status status =
        BM_GROW(&out->open, &out->reserved, out->depth + 1, "the way down the tree", err);
    if (status == BM_OK)
        out->open[out->depth++] = (open_node){node, 0};
    return status;
}

/* One step: into a child of the node that is open, or out of it. */
static bm_status step(newick *out, bm_error *err) {
    const bm_dendrogram *tree = out->tree->tree;
    open_node *at = &out->open[out->depth - 1];
    size_t node = at->node;
    bm_status status;
    if (node < tree->n) {
        bm_text name;
        out->tree->leaf(out->tree->source, node, 1, &name);
        BM_TRY(put_name(out, name, err));
        return close_node(out, node, err);
    }
    if (at->entered == 2) {
        BM_TRY(put(out, ')', err));
        return close_node(out, node, err);
    }
    const bm_merge *merge = &tree->merge[node - tree->n];
    int is_left = at->entered++ == 0;
    BM_TRY(put(out, is_left ? '(' : ',', err));
    status = open_child(out, is_left ? merge->left : merge->right, err);
cleanup:
    return status;
}

bm_status bm_newick_write(int fd, const char *shown, const bm_result_tree *tree, bm_error *err) {
    newick *out = NULL;
    bm_status status = BM_NEW(&out, 1, "the tree", err);
    if (status != BM_OK)
        return status;
    out->fd = fd;
    out->shown = shown;
    out->tree = tree;
    BM_TRY(open_child(out, 2 * tree->tree->n - 2, err));
    while (out->depth > 0)
        BM_TRY(step(out, err));
    BM_TRY(put(out, ';', err));
    BM_TRY(put(out, '\n', err));
    status = flush(out, err);
cleanup:
    free(out->open);
    free(out);
    return status;
}
