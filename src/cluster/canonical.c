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

void bm_reorder_segments(void *figure, size_t bytes, const size_t *order, size_t k, void *scratch) {
    for (size_t place = 0; place < k; place++)
        memcpy((char *)scratch + place * bytes, (const char *)figure + order[place] * bytes, bytes);
    memcpy(figure, scratch, k * bytes);
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
