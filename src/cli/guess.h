/* Columns of an order log by their usual names. */
#ifndef BM_CLI_GUESS_H
#define BM_CLI_GUESS_H

#include "cli/verb.h"

/* The column that usually plays the role of a key such as "inputs.orders.buyer"; NULL: none. */
const char *bm_usual_column(const char *key, const bm_strings *columns);
/* 1 when there are a quantity and a unit price, whose product is an amount. */
int bm_usual_factors(const bm_strings *columns, const char **quantity, const char **price);

#endif
