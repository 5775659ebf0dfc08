#include "generate/catalogue.h"

#include "base/random.h"
#include "generate/population.h"

#include <math.h>
#include <string.h>

const char *const bm_category_names[BM_CATEGORIES] = {
    "Packaging", "Office supplies", "Cleaning", "Electronics", "Furniture", "Safety gear"};

const char *const bm_supplier_names[BM_CATEGORIES][BM_SUPPLIERS] = {
    {"Boxwell", "Kartonia", "Pack & Sons", "Foldline", "Greenwrap"},
    {"Papyr", "Stapler & Co", "Northdesk", "Inkwell", "Officina"},
    {"Clearwater", "Hygia", "Brightside", "Saponella", "Mopworks"},
    {"Voltaro", "Circuit House", "Lumen", "Datavia", "Plugpoint"},
    {"Sitwell", "Eichenwerk", "Modula", "Deskcraft", "Lattice"},
    {"Shieldon", "Gardewell", "Ironcap", "Sureglove", "Hivis"},
};

const double bm_supplier_shares[BM_SUPPLIERS] = {0.34, 0.25, 0.19, 0.13, 0.09};

static const char prefixes[BM_CATEGORIES][3] = {
    {'P', 'A', 'C'}, {'O', 'F', 'F'}, {'C', 'L', 'E'},
    {'E', 'L', 'E'}, {'F', 'U', 'R'}, {'S', 'A', 'F'},
};
/* A middling unit price of each category. */
static const double middling[BM_CATEGORIES] = {14, 9, 12, 85, 160, 28};

void bm_catalogue_fill(bm_catalogue *catalogue) {
    for (size_t sku = 0; sku < BM_SKUS; sku++) {
        size_t category = sku / (BM_SUPPLIERS * BM_PRODUCTS);
        size_t number = sku % (BM_SUPPLIERS * BM_PRODUCTS) + 1;
        char *text = catalogue->sku[sku];
        memcpy(text, prefixes[category], 3);
        text[3] = '-';
        bm_write_digits(text + 4, number, 3);
        double u = (double)(bm_random_mix(0, "price", sku) >> 11) * 0x1p-53;
        catalogue->price[sku] = round(middling[category] * exp(1.6 * (u - 0.5)) * 100) / 100;
    }
}
