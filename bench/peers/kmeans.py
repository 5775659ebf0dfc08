"""Lloyd's iterations by scikit-learn from given centroids. Prints a line of JSON.

usage: kmeans.py DATA.h5 START.csv ITERATIONS LABELS.npy
KMeans.fit as a user calls it: it checks, copies and centres the data, iterates, assigns once more
(unless no label changed any more) and sums the inertia. `seconds` is the whole fit; `first` the
same with one iteration, so that (seconds - first) / (iterations - 1) is one iteration alone.
A fit of one iteration goes before and is not timed: it warms memory and threads up.
"""
import json
import resource
import sys
import time
import warnings

import h5py
import numpy as np
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning

warnings.simplefilter("ignore", ConvergenceWarning)


def fit(x, start, iterations):
    model = KMeans(len(start), algorithm="lloyd", init=start, n_init=1, max_iter=iterations, tol=0)
    since = time.perf_counter()
    model.fit(x)
    return time.perf_counter() - since, model


def main(data, start_path, iterations, labels):
    with h5py.File(data, "r") as file:
        x = file["x"][:]
    start = np.loadtxt(start_path, delimiter=",", skiprows=1, ndmin=2).astype(x.dtype)
    fit(x, start, 1)
    first, _ = fit(x, start, 1)
    seconds, model = fit(x, start, int(iterations))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    # The same sum for both tools: in double, about centroids that each has by its own arithmetic.
    inertia = 0.0
    for begin in range(0, len(x), 1 << 18):
        away = x[begin:begin + (1 << 18)].astype(float)
        away -= model.cluster_centers_.astype(float)[model.labels_[begin:begin + (1 << 18)]]
        inertia += float(np.einsum("ij,ij->", away, away))
    np.save(labels, model.labels_.astype(np.int32))
    print(json.dumps({"first": first, "seconds": seconds, "iterations": model.n_iter_,
                      "inertia": inertia, "peak_mb": peak * 2**20 / 1e6}))


if __name__ == "__main__":
    main(*sys.argv[1:])
