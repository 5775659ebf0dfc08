"""Tables for kmeans_peer.sh, and scikit-learn's Lloyd beside what buyermap made of them."""
import os, sys
os.environ.setdefault("OMP_NUM_THREADS", "2")
import numpy as np

SETTINGS = 50


def setting(number):
    """X, weights or None, start: what is in the files, digit for digit."""
    draw = np.random.default_rng([20240, number])
    n = int(np.exp(draw.uniform(np.log(10), np.log(5000))))
    d = int(draw.integers(1, 41))
    k = int(draw.integers(1, min(n, 40) + 1))
    kind = number % 4
    if kind == 0:  # one cloud
        x = draw.normal(size=(n, d))
    elif kind == 1:  # clusters, near each other and far from the origin
        x = draw.normal(size=(k, d))[draw.integers(0, k, n)] * 3 + draw.normal(size=(n, d)) + 1000
    elif kind == 2:  # long tails
        x = np.exp(draw.normal(size=(n, d)))
    else:  # each buyer about four times
        x = draw.uniform(size=(max(k, n // 4), d))
        x = np.vstack([x, x[draw.integers(0, len(x), max(0, n - len(x)))]])
        x = x[draw.permutation(len(x))]
    x = np.round(x, 7)
    weight = np.round(draw.uniform(0.1, 10, len(x)), 3) if number % 3 == 1 else None
    distinct = np.unique(x, axis=0, return_index=True)[1]
    start = x[draw.choice(np.sort(distinct), k, replace=False)]
    return x, weight, start


def write():
    import pandas as pd
    with open("settings", "w") as settings:
        for number in range(SETTINGS):
            x, weight, start = setting(number)
            names = [f"c{j + 1}" for j in range(x.shape[1])]
            table = pd.DataFrame(x, columns=names)
            pd.DataFrame(start, columns=names).to_csv(f"s{number}.init.csv", index=False)
            with open(f"s{number}.columns", "w") as columns:
                columns.write(f"columns {','.join(names)}\n")
            if weight is not None:
                table["w"] = weight
            table.to_csv(f"s{number}.csv", index=False)
            flag = "--weight w" if weight is not None else ""
            settings.write(f"s{number} {len(start)} {flag}\n")


def compare():
    from sklearn.cluster import KMeans
    failed = 0
    for number in range(SETTINGS):
        x, weight, start = setting(number)
        peer = KMeans(len(start), init=start, n_init=1, tol=0, max_iter=100000, algorithm="lloyd")
        peer.fit(x, sample_weight=weight)
        ours = np.loadtxt(f"s{number}/assignments.csv", delimiter=",", skiprows=1, usecols=1,
                          dtype=int, ndmin=1) - 1
        with open(f"s{number}/quality.csv") as quality:
            names, row = (line.rstrip("\n").split(",") for line in quality)
        inertia = float(row[names.index("inertia")])
        # Segments are numbered by size: equal labels are equal partitions.
        pairs = {(a, b) for a, b in zip(ours.tolist(), peer.labels_.tolist())}
        moved = len(pairs) - len({a for a, _ in pairs}) + len(pairs) - len({b for _, b in pairs})
        # The peer's own figure comes from expanded distances at times: taken anew from its labels.
        w = np.ones(len(x)) if weight is None else weight
        theirs = 0.0
        for j in range(len(start)):
            rows = x[peer.labels_ == j]
            if len(rows) > 0:
                of = w[peer.labels_ == j][:, None]
                theirs += (of * (rows - (of * rows).sum(0) / of.sum()) ** 2).sum()
        apart = abs(inertia - theirs)
        if moved or apart > 1e-9 * theirs + 1e-12:
            failed += 1
            print(f"setting {number}: n {len(x)}, d {x.shape[1]}, k {len(start)}, "
                  f"{'no ' if weight is None else ''}weights: inertia {inertia!r}, "
                  f"scikit-learn's {theirs!r} ({peer.n_iter_} iterations), "
                  f"{'other labels' if moved else 'the same labels'}", file=sys.stderr)
    if failed:
        sys.exit(f"{failed} of {SETTINGS} settings differ")


write() if sys.argv[1] == "write" else compare()
