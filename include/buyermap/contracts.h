/* bm_contracts: what buyers have signed, sorted by buyer, then by start. */
#ifndef BUYERMAP_CONTRACTS_H
#define BUYERMAP_CONTRACTS_H

#include <stddef.h>
#include <stdint.h>

/* The end of a contract that runs on. */
#define BM_RUNNING INT32_MAX

/* The contracts of buyer b are first[b] … first[b + 1] - 1, by ascending start, then input order.
 * A contract runs from its start to the day before its end: `end` is the day it ended. One that
 * ends on the day it starts never ran. */
typedef struct bm_contracts {
    size_t buyers; /* the population, with or without contracts */
    size_t contracts;
    size_t *first;  /* [buyers + 1] */
    int32_t *start; /* [contracts] days since 1970-01-01, none after as_of */
    int32_t *end;   /* [contracts] >= start, or BM_RUNNING; may be after as_of */
    double *amount; /* [contracts] a period's worth, or NULL when the table has no amount */
    int32_t as_of;
} bm_contracts;

void bm_contracts_free(bm_contracts *contracts);

#endif
