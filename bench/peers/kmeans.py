"""scikit-learn's k-means. Prints a line of JSON.

usage: kmeans.py lloyd DATA.h5 START.csv ITERATIONS LABELS.npy
       kmeans.py start DATA.h5 K SEED
lloyd: KMeans.fit from given centroids as a user calls it: it checks, copies and centres the data,
iterates, assigns once more (unless no label changed any more) and sums the inertia. `seconds` is
the whole fit; `first` the same with one iteration, so that (seconds - first) / (iterations - 1) is
one iteration alone. start: kmeans_plusplus alone, and its inertia. What is timed was run once
before, to warm memory and threads up.
"""
import json
import resource
import sys
import time
import warnings

import h5py
import numpy as np
from sklearn.cluster import KMeans, kmeans_plusplus
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import pairwise_distances_argmin

warnings.simplefilter("ignore", ConvergenceWarning)
BLOCK = 1 << 18


def load(path):
    with h5py.File(path, "r") as file:
        return file["x"][:]


def timed(work):
    since = time.perf_counter()
    made = work()
    return time.perf_counter() - since, made


def inertia(x, labels, centroids):
    """In double: the same sum for both tools."""
    total, centroids = 0.0, centroids.astype(float)
    for first in range(0, len(x), BLOCK):
        away = x[first:first + BLOCK].astype(float)
        away -= centroids[labels[first:first + BLOCK]]
        total += float(np.einsum("ij,ij->", away, away))
    return total


def say(**figures):
    print(json.dumps(figures))


def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def lloyd(data, start_path, iterations, labels):
    x = load(data)
    start = np.loadtxt(start_path, delimiter=",", skiprows=1, ndmin=2).astype(x.dtype)

    def fit(most):
        return timed(lambda: KMeans(len(start), algorithm="lloyd", init=start, n_init=1,
                                    max_iter=most, tol=0).fit(x))

    fit(1)
    first, _ = fit(1)
    seconds, model = fit(int(iterations))
    peak = peak_mb()
    np.save(labels, model.labels_.astype(np.int32))
    say(first=first, seconds=seconds, iterations=model.n_iter_, peak_mb=peak,
        inertia=inertia(x, model.labels_, model.cluster_centers_))


def start_alone(data, k, seed):
    x = load(data)
    kmeans_plusplus(x, 2, random_state=0)
    seconds, (centroids, _) = timed(lambda: kmeans_plusplus(x, int(k), random_state=int(seed)))
    peak = peak_mb()
    say(seconds=seconds, peak_mb=peak,
        inertia=inertia(x, pairwise_distances_argmin(x, centroids), centroids))


if __name__ == "__main__":
    {"lloyd": lloyd, "start": start_alone}[sys.argv[1]](*sys.argv[2:])
