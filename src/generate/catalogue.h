/* What the synthetic market sells: products, each of one category and one supplier. The same for
 * every seed. Internal to this folder. */
#ifndef BM_GENERATE_CATALOGUE_H
#define BM_GENERATE_CATALOGUE_H

#include "generate/archetype.h"

#include <stddef.h>

enum {
    BM_SUPPLIERS = 5, /* of a category */
    BM_PRODUCTS = 24, /* of a supplier */
    BM_SKUS = BM_CATEGORIES * BM_SUPPLIERS * BM_PRODUCTS,
    BM_SKU_WIDTH = 7, /* "PAC-017" */
};

extern const char *const bm_category_names[BM_CATEGORIES];
extern const char *const bm_supplier_names[BM_CATEGORIES][BM_SUPPLIERS];
/* Market shares of a category's suppliers. */
extern const double bm_supplier_shares[BM_SUPPLIERS];

typedef struct bm_catalogue {
    char sku[BM_SKUS][BM_SKU_WIDTH];
    double price[BM_SKUS];
} bm_catalogue;

void bm_catalogue_fill(bm_catalogue *catalogue);
static inline size_t bm_sku_index(size_t category, size_t supplier, size_t product) {
    return (category * BM_SUPPLIERS + supplier) * BM_PRODUCTS + product;
}

#endif
