"""A tree by SciPy or fastcluster. Prints a line of JSON.

usage: linkage.py scipy|fastcluster|vector METHOD DATA.h5 HEIGHTS.npy
`seconds` is the call alone, with the rows given: distances are part of it. HEIGHTS.npy takes the
heights, sorted. vector: fastcluster.linkage_vector, which has no matrix.
"""
import json
import resource
import sys
import time

import h5py
import numpy as np


def main(peer, method, data, heights):
    if peer == "scipy":
        from scipy.cluster.hierarchy import linkage
    elif peer == "fastcluster":
        from fastcluster import linkage
    else:
        from fastcluster import linkage_vector as linkage
    with h5py.File(data, "r") as file:
        x = file["x"][:].astype(float)
    since = time.perf_counter()
    tree = linkage(x, method)
    seconds = time.perf_counter() - since
    np.save(heights, np.sort(tree[:, 2]))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(json.dumps({"seconds": seconds, "peak_mb": peak}))


if __name__ == "__main__":
    main(*sys.argv[1:])
