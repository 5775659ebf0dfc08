/* A condition on one column of an input: what `filter:` and `returns:` are made of. */
#ifndef BUYERMAP_CONDITION_H
#define BUYERMAP_CONDITION_H

#include "buyermap/status.h"
#include "buyermap/text.h"

typedef enum bm_condition_kind {
    BM_ABOVE,      /* > number */
    BM_BELOW,      /* < number */
    BM_MIN,        /* >= number */
    BM_MAX,        /* <= number */
    BM_EQUALS,     /* the text, or (numeric set) the number */
    BM_NOT_EQUALS, /* */
    BM_IN,         /* one of values */
    BM_NOT_IN,
    BM_PREFIX, /* the text begins with values[0] */
    BM_NOT_PREFIX,
    BM_NOT_MISSING,
} bm_condition_kind;

/* A missing cell fulfils NOT_EQUALS, NOT_IN and NOT_PREFIX, and no other kind. A cell that is
 * neither missing nor a number makes its row a bad one for ABOVE, BELOW, MIN and MAX. */
typedef struct bm_condition {
    char *column; /* owned */
    bm_condition_kind kind;
    double number;     /* ABOVE, BELOW, MIN, MAX */
    bm_strings values; /* EQUALS, NOT_EQUALS, PREFIX, NOT_PREFIX: one; IN, NOT_IN: any */
    int numeric; /* EQUALS … NOT_IN: the values were written as plain numbers, so a cell also
                    matches when it is an equal number ("1.0" equals 1) */
    char *text;  /* owned: as people read it, "Quantity above 0"; names the exclusion */
} bm_condition;

/* The word of a kind as the job file has it: "above", "not_prefix". */
const char *bm_condition_word(bm_condition_kind kind);
void bm_condition_free(bm_condition *condition);

#endif
