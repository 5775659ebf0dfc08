/* A table of contracts becomes bm_contracts: one population, sorted. */
#ifndef BM_FEATURE_CONTRACTS_H
#define BM_FEATURE_CONTRACTS_H

#include "buyermap/accounting.h"
#include "buyermap/context.h"
#include "buyermap/contracts.h"
#include "buyermap/table.h"

/* Which columns of the table play which role; amount NULL where it has none. */
typedef struct bm_contract_roles {
    const char *buyer, *start, *end, *amount;
} bm_contract_roles;

/* The default as_of where no orders give one: the latest day that the table names, start or end.
 * BM_DATA on an empty table. */
bm_status bm_contracts_last_day(const bm_table *table, const bm_contract_roles *roles,
                                int32_t *as_of, bm_error *err) BM_MUST_CHECK;

/* Builds the contracts. population NULL: every buyer of the table with a contract up to as_of, by
 * first appearance, and ids becomes their dictionary (caller frees); else buyer ids are looked up
 * in population, and contracts of unknown buyers are excluded, counted and warned of. Contracts
 * that start after as_of are excluded and counted. A missing end runs on; a missing amount counts
 * as 0 and is warned of.
 *
 * A contract that ends before it starts is a bad row: rejected and listed in the accounting; more
 * than max_bad of them, those already in the accounting with them, are BM_DATA, named by file, line
 * and column. accounting->used loses what is excluded or rejected here; NULL: nobody counts.
 * BM_NOMEM, BM_LIMIT. O(contracts log contracts of one buyer + buyers). */
bm_status bm_contracts_build(const bm_table *table, const bm_contract_roles *roles, int32_t as_of,
                             const bm_dictionary *population, size_t max_bad,
                             const bm_context *context, bm_accounting *accounting,
                             bm_contracts *contracts, bm_dictionary *ids,
                             bm_error *err) BM_MUST_CHECK;

#endif
