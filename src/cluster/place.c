/* The two nearest centroids of a row, exactly.
 *
 * The kernel gives the roots of all k squared distances at once. A root loses a bit or two, so two
 * distances that differ may have the same: where roots are equal the squares decide, and where
 * these are, the lower segment. O(k d) time; k doubles. */
#include "cluster/place.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

bm_status bm_places_init(bm_places *places, const double *centroid, size_t k, size_t d,
                         bm_error *err) {
    size_t length = bm_packed_length(k, d);
    *places = (bm_places){.centroid = centroid, .k = k, .d = d, .distances = bm_distances()};
    if (length == 0 || k > INT32_MAX)
        return bm_fail(err, BM_NOMEM, "out of memory: %zu segments of %zu features", k, d);
    bm_status status = BM_NEW_ALIGNED(&places->packed, length, "centroids", err);
    if (status == BM_OK)
        bm_pack_rows(centroid, k, d, places->packed);
    return status;
}

size_t bm_places_scratch(const bm_places *places) {
    return (places->k + BM_PACKED - 1) / BM_PACKED * BM_PACKED;
}

static double square(const bm_places *places, const double *row, size_t j) {
    return bm_squared_distance(row, places->centroid + j * places->d, places->d);
}

/* Whether centroid a is nearer than b. */
static int is_nearer(const bm_places *places, const double *row, const double *root, size_t a,
                     size_t b) {
    if (root[a] < root[b] || root[a] > root[b])
        return root[a] < root[b];
    return square(places, row, a) < square(places, row, b);
}

/* The nearest centroid but one (k: none is left out); k when there is none. */
static size_t nearest(const bm_places *places, const double *row, const double *root,
                      size_t without) {
    size_t k = places->k, found = k;
    for (size_t j = 0; j < k; j++)
        if (j != without &&
            (found == k || (root[j] <= root[found] && is_nearer(places, row, root, j, found))))
            found = j;
    return found;
}

static void tell(const bm_places *places, const double *row, const double *root, size_t own,
                 bm_place *place) {
    size_t second = nearest(places, row, root, own);
    *place = (bm_place){(int32_t)own + 1, 0, root[own], NAN};
    if (second == places->k)
        return;
    place->second = (int32_t)second + 1;
    if (root[second] > 0 || root[own] <= 0)
        place->margin = root[second] > 0 ? 1 - root[own] / root[second] : 0;
}

void bm_place_row(const bm_places *places, const double *row, double *scratch, bm_place *place) {
    places->distances(row, places->packed, places->k, places->d, scratch);
    tell(places, row, scratch, nearest(places, row, scratch, places->k), place);
}

void bm_place_within(const bm_places *places, const double *row, int32_t segment, double *scratch,
                     bm_place *place) {
    places->distances(row, places->packed, places->k, places->d, scratch);
    tell(places, row, scratch, (size_t)segment - 1, place);
}

void bm_places_free(bm_places *places) {
    free(places->packed);
    *places = (bm_places){0};
}
