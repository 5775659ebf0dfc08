#include "buyermap/contracts.h"

#include <stdlib.h>

void bm_contracts_free(bm_contracts *contracts) {
    free(contracts->first);
    free(contracts->start);
    free(contracts->end);
    free(contracts->amount);
    *contracts = (bm_contracts){0};
}
