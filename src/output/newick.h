/* Trees in Newick's format. */
#ifndef BM_OUTPUT_NEWICK_H
#define BM_OUTPUT_NEWICK_H

#include "buyermap/result.h"

/* Writes the tree to fd, which stays the caller's. shown: the file's name in messages. BM_IO,
 * BM_NOMEM, BM_INTERRUPTED. */
bm_status bm_newick_write(int fd, const char *shown, const bm_result_tree *tree,
                          bm_error *err) BM_MUST_CHECK;

#endif
