/* Canonical segments: ids by falling size, then by centroid, so that the same segments have the
 * same ids whatever found them. Insertion into a sorted prefix by binary search: O(k log k)
 * comparisons; ties to the lower index. */
#include "cluster/partition.h"

#include <string.h>

/* Whether segment a stands after segment b of lower rank in order. */
static int after(const size_t *size, const double *centroid, size_t d, size_t a, size_t b) {
    if (size[a] != size[b])
        return size[a] < size[b];
    for (size_t i = 0; i < d; i++)
        if (centroid[a * d + i] < centroid[b * d + i] || centroid[a * d + i] > centroid[b * d + i])
            return centroid[a * d + i] > centroid[b * d + i];
    return a > b;
}

int bm_canonical_order(const size_t *size, const double *centroid, size_t k, size_t d,
                       size_t *order) {
    int identity = 1;
    for (size_t segment = 0; segment < k; segment++) {
        size_t low = 0, high = segment;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (after(size, centroid, d, segment, order[middle]))
                low = middle + 1;
            else
                high = middle;
        }
        identity = identity && low == segment;
        memmove(order + low + 1, order + low, (segment - low) * sizeof *order);
        order[low] = segment;
    }
    return identity;
}
