"""scikit-learn's greedy k-means++, and the data for it.

usage: kmeans_start.py make FILE ROWS FEATURES float|double blobs|lognormal
       kmeans_start.py run FILE ROWS FEATURES K float|double SEED [SEEDS]
run prints a line a seed: seconds, and the sum of squared distances to the centroids drawn.
"""
import sys
import time

import numpy as np

DTYPE = {"float": np.float32, "double": np.float64}


def blobs(rng, n, d, centres=32):
    return rng.normal(0, 4, (centres, d))[rng.integers(0, centres, n)] + rng.normal(0, 1, (n, d))


def lognormal(rng, n, d):
    """Correlated, without clear segments, z-scored."""
    x = rng.normal(0, 1, (n, d)) @ rng.normal(0, 1 / np.sqrt(d), (d, d))
    x += 0.5 * rng.normal(0, 1, (n, 1))
    x = np.exp(0.75 * x)
    return (x - x.mean(0)) / x.std(0)


def main():
    path, n, d = sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    if sys.argv[1] == "make":
        make = {"blobs": blobs, "lognormal": lognormal}[sys.argv[6]]
        make(np.random.default_rng(1), n, d).astype(DTYPE[sys.argv[5]]).tofile(path)
        return
    from sklearn.cluster import kmeans_plusplus
    from sklearn.metrics import pairwise_distances_argmin_min

    k, dtype = int(sys.argv[5]), DTYPE[sys.argv[6]]
    x = np.fromfile(path, dtype=dtype).reshape(n, d)
    first, seeds = int(sys.argv[7]), int(sys.argv[8]) if len(sys.argv) > 8 else 1
    kmeans_plusplus(x, 2, random_state=0)
    for seed in range(first, first + seeds):
        start = time.perf_counter()
        centres, _ = kmeans_plusplus(x, k, random_state=seed)
        seconds = time.perf_counter() - start
        distance = pairwise_distances_argmin_min(x, centres, metric_kwargs={"squared": True})[1]
        print("%.6f %.9g" % (seconds, distance.sum(dtype=np.float64)))


main()
