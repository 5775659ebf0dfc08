"""Data of the k-means benchmarks, the same for every peer.

usage: blobs.py KIND N D K SEED single|double OUT
       blobs.py start DATA.h5 K SEED OUT.csv
KIND g: K Gaussian clouds of unit variance, centres drawn from N(0, 3²), so that they lie some
        13 standard deviations apart at 16 features;
     l: correlated lognormal values (four common factors), without segments.
OUT ending in .h5: one 2-D dataset "x" without names; lognormal features have mean 0 and standard
deviation 1. OUT ending in .csv: buyer_id, c1…cD, six digits, in the buyers' own units.
start: a CSV file of K rows of the data, drawn at random, for --init.
"""
import csv
import sys

import h5py
import numpy as np

BLOCK = 1 << 18
FACTORS = 4


def gaussian(rng, n, d, k, real):
    centres = rng.normal(0, 3, (k, d)).astype(real)
    for first in range(0, n, BLOCK):
        rows = min(BLOCK, n - first)
        yield first, rng.standard_normal((rows, d), dtype=real) + centres[rng.integers(0, k, rows)]


def lognormal(rng, n, d, real):
    loading = rng.normal(0, 1, (FACTORS, d))
    share = 0.5 / np.square(loading).sum(axis=0)  # half of the variance is common
    loading = (loading * np.sqrt(share)).astype(real)
    unit = np.exp(rng.uniform(-2, 6, d)).astype(real)
    for first in range(0, n, BLOCK):
        rows = min(BLOCK, n - first)
        log = rng.standard_normal((rows, FACTORS), dtype=real) @ loading
        log += real(np.sqrt(0.5)) * rng.standard_normal((rows, d), dtype=real)
        yield first, unit * np.exp(real(0.75) * log)


def write_csv(blocks, d, path):
    with open(path, "w", newline="", encoding="ascii") as file:
        file.write("buyer_id," + ",".join("c%d" % (f + 1) for f in range(d)) + "\n")
        form = "B%08d" + ",%.6g" * d + "\n"
        for first, block in blocks:
            file.writelines(form % (first + i + 1, *row) for i, row in enumerate(block.tolist()))


def write_hdf5(blocks, n, d, real, standardize, path):
    total, squares = np.zeros(d), np.zeros(d)
    with h5py.File(path, "w") as file:
        data = file.create_dataset("x", (n, d), real)
        for first, block in blocks:
            data[first:first + len(block)] = block
            total += block.sum(axis=0, dtype=float)
            squares += np.square(block, dtype=float).sum(axis=0)
        if standardize:
            mean = total / n
            sd = np.sqrt(squares / n - mean * mean)
            for first in range(0, n, BLOCK):
                data[first:first + BLOCK] = (data[first:first + BLOCK] - mean) / sd


def write_start(source, k, seed, path):
    rng = np.random.default_rng([int(seed), 1])
    with h5py.File(source, "r") as file, open(path, "w", newline="", encoding="ascii") as out:
        data = file["x"]
        rows = rng.choice(data.shape[0], int(k), replace=False)
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow("c%d" % (f + 1) for f in range(data.shape[1]))
        writer.writerows([repr(float(value)) for value in data[row]] for row in rows)


def write_data(kind, n, d, k, seed, precision, out):
    n, d, k = int(n), int(d), int(k)
    real = {"single": np.float32, "double": np.float64}[precision]
    rng = np.random.default_rng(int(seed))
    blocks = gaussian(rng, n, d, k, real) if kind == "g" else lognormal(rng, n, d, real)
    if out.endswith(".csv"):
        write_csv(blocks, d, out)
    else:
        write_hdf5(blocks, n, d, real, kind == "l", out)


if __name__ == "__main__":
    if sys.argv[1] == "start":
        write_start(*sys.argv[2:])
    elif sys.argv[1] in ("g", "l"):
        write_data(*sys.argv[1:])
    else:
        sys.exit(__doc__)
