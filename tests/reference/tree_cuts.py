"""Random buyers, and how SciPy cuts their trees; tree_cuts.sh runs buyermap between the two."""
import sys

import h5py
import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import cophenet, fcluster, inconsistent, linkage
from scipy.spatial.distance import pdist

METHODS = ["ward", "single", "complete", "average", "weighted", "centroid", "median"]


def settings():
    for number in range(28):
        rng = np.random.default_rng([5, number])
        n, d = int(rng.integers(5, 400)), int(rng.integers(1, 7))
        x = rng.normal(size=(n, d)) + rng.integers(0, 4, size=(n, 1)) * rng.uniform(0, 6)
        if number % 5 == 0:
            x = np.vstack([x, x[: n // 4]])
        yield number, METHODS[number % 7], x, np.random.default_rng([6, number])


def gower(x):
    return pdist(x / np.ptp(x, axis=0), "cityblock") / x.shape[1]


def write():
    with open("settings", "w") as lines:
        for number, method, x, rng in settings():
            header = ",".join(f"c{f}" for f in range(x.shape[1]))
            np.savetxt(f"{number}.csv", x, "%.17g", ",", header=header, comments="")
            z = linkage(x, method)
            if method in ("single", "complete", "average", "weighted"):
                height = np.quantile(linkage(gower(x), method)[:, 2], 0.9)
                lines.write(f"{number} {method} {header} --cut-height {height:.17g}"
                            " --distance gower\n")
            for _ in range(2):
                height = z[rng.integers(len(z)), 2]
                lines.write(f"{number} {method} {header} --cut-height {height:.17g}\n")
            depth = int(rng.integers(1, 6))
            for quantile in (0.7, 0.97):
                t = max(np.quantile(inconsistent(z, depth)[:, 3], quantile), 0)
                lines.write(f"{number} {method} {header} --cut-inconsistency {t:.17g}"
                            f" --inconsistency-depth {depth}\n")


def partition(labels):
    first = {}
    return [first.setdefault(label, len(first)) for label in labels]


def compare():
    sets = {number: x for number, _, x, _ in settings()}
    cuts = differ = 0
    for row, line in enumerate(open("settings")):
        number, method, _, how, value, *more = line.split()
        x = sets[int(number)]
        with h5py.File(f"out{row}/result.h5") as file:
            own = file["model/linkage"][:]
        # The cut is of buyermap's own tree: of equal heights another would be right, too.
        if how == "--cut-height":
            expected = fcluster(own, float(value), "distance")
        else:
            expected = fcluster(own, float(value), "inconsistent", depth=int(more[1]))
        labels = pd.read_csv(f"out{row}/assignments.csv")["segment"]
        quality = pd.read_csv(f"out{row}/quality.csv")
        cuts += 1
        if partition(labels) != partition(expected) or quality["k"][0] != max(expected):
            print(f"{line.strip()}: {quality['k'][0]} segments, SciPy has {max(expected)}")
            differ += 1
        correlation = cophenet(own, gower(x) if "gower" in more else pdist(x))[0]
        if len(x) > 2 and not abs(quality["cophenetic"][0] - correlation) < 1e-10:
            print(f"{line.strip()}: cophenetic {quality['cophenetic'][0]}, SciPy {correlation}")
            differ += 1
    print(f"{cuts} cuts, {differ} differ")
    sys.exit(differ > 0)


{"write": write, "compare": compare}[sys.argv[1]]()
