"""Tables for linkage_peer.sh, and the trees of SciPy and fastcluster beside buyermap's.

usage: linkage_peer.py write|compare
"""
import csv
import os
import sys

import numpy as np

METHODS = ("ward", "single", "complete", "average", "weighted", "centroid", "median")
CENTRES = ("ward", "centroid", "median")
INVERTING = ("centroid", "median")
COUNT_WEIGHTS = ("ward", "single", "complete", "average", "centroid")
SETS, LARGE, GRIDS = 100, 3, 72
WALK = 4096  # above it buyermap goes by the least pair
REAL = {"arrests": ("USArrests.csv", (1, 2, 3, 4)), "mall": ("Mall_Customers.csv", (3, 4)),
        "mall3": ("Mall_Customers.csv", (2, 3, 4)), "iris": ("iris.csv", (1, 2, 3, 4))}
DIGITS = 1e-9


def draw(number):
    """X, weights or None, k: what is in the files, bit for bit."""
    rng = np.random.default_rng([71, number])
    n = (WALK + 400, WALK + 1, 3000)[number] if number < LARGE else int(np.exp(rng.uniform(np.log(2), np.log(500))))
    d = (1, 2, 5, 16, 40)[number % 5]
    distinct = max(2, n // 2) if number % 3 == 0 else n
    kind = rng.integers(0, 3)
    if kind == 0:
        x = rng.normal(size=(distinct, d))
    elif kind == 1:
        x = np.exp(rng.normal(size=(distinct, d)))
    else:
        x = rng.uniform(size=(distinct, d))
    if distinct < n:
        x = x[np.concatenate([np.arange(distinct), rng.integers(0, distinct, n - distinct)])]
        x = x[rng.permutation(n)]
    weight = rng.integers(1, 6, n) if number >= LARGE and number % 3 == 1 else None
    return x, weight, int(rng.integers(1, min(distinct, 20) + 1))


def tied(name):
    """X of real data, as it is or (ending in z) with mean 0 and variance 1, or of a grid of whole
    numbers; None when its file is not there."""
    if name.startswith("grid"):
        rng = np.random.default_rng([72, int(name[4:])])
        n, d = int(rng.integers(3, 61)), int(rng.integers(1, 4))
        return rng.integers(0, rng.integers(2, 9), (n, d)).astype(float)
    file, columns = REAL[name.removesuffix("z")]
    path = os.path.join(os.environ.get("BUYERMAP_DATA", ""), "attributes", file)
    if not os.path.exists(path):
        return None
    x = np.loadtxt(path, delimiter=",", skiprows=1, usecols=columns)
    return (x - x.mean(axis=0)) / x.std(axis=0) if name.endswith("z") else x


def tied_names():
    return [name + z for name in REAL for z in ("", "z")] + ["grid%d" % g for g in range(GRIDS)]


def write_table(name, x, weight=None):
    names = ["c%d" % (j + 1) for j in range(x.shape[1])]
    rows = x.tolist()
    if weight is not None:
        names.append("w")
        rows = [row + [int(w)] for row, w in zip(rows, weight)]
    with open(name + ".csv", "w", newline="", encoding="ascii") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([repr(value) for value in row] for row in rows)
    return ["--columns", ",".join("c%d" % (j + 1) for j in range(x.shape[1]))]


def write():
    with open("runs", "w", encoding="ascii") as runs:
        for number in range(SETS):
            x, weight, k = draw(number)
            name = "s%d" % number
            flags = write_table(name, x, weight) + ["--k", str(k)]
            for method in METHODS:
                weighted = ["--weight", "w"] if counts(weight, method) else []
                runs.write(" ".join([name, method] + flags + weighted) + "\n")
        for name in tied_names():
            x = tied(name)
            if x is not None:
                flags = write_table(name, x)
                for method in METHODS:
                    runs.write(" ".join([name, method, "--k", "2"] + flags) + "\n")


def counts(weight, method):
    return weight is not None and method in COUNT_WEIGHTS


def clusters(tree, n, salt):
    """{sum of its members' numbers: height} of the clusters that two different buyers make."""
    mark, found = salt.tolist(), {}
    for a, b, height in zip(*tree[:, :2].astype(int).T.tolist(), tree[:, 2].tolist()):
        mark.append(mark[a] + mark[b])
        if height > 0:
            found[mark[-1]] = height
    return found


def cut(tree, n, k):
    """Labels when the last k − 1 merges are undone."""
    label = list(range(2 * n - 1))
    children = tree[:n - k, :2].astype(int).tolist()
    for m in range(n - k - 1, -1, -1):
        a, b = children[m]
        label[a] = label[b] = label[n + m]
    return np.array(label[:n])


def same_partition(a, b):
    pairs = set(zip(a.tolist(), b.tolist()))
    return len(pairs) == len({p for p, _ in pairs}) == len({q for _, q in pairs})


def ours(name, method, n):
    import h5py
    with h5py.File(os.path.join(name + "." + method, "result.h5"), "r") as file:
        tree = file["model/linkage"][:] if n > 1 else np.zeros((0, 4))
        return tree, file["assignments"]["segment"][:n]


def close(a, b):
    return len(a) == len(b) and bool(np.all(np.abs(a - b) <= DIGITS * np.abs(b)))


def convention(tree, n):
    """What SciPy demands of a tree, heights included; None when it is one."""
    from scipy.cluster.hierarchy import is_valid_linkage
    if tree.shape != (n - 1, 4) or not is_valid_linkage(tree):
        return "not a linkage matrix"
    if np.any(tree[:, 0] >= tree[:, 1]):
        return "a left that is not below its right"
    return None


def differs(tree, segment, peer, x, weight, k, method, exact_k=True):
    """What is not as the peer has it; None when all is. The peer's tree is that of the rows, each
    repeated as often as its weight says."""
    n = len(x)
    wrong = convention(tree, n)
    if wrong:
        return wrong
    if method not in INVERTING and np.any(np.diff(tree[:, 2]) < 0):
        return "heights that fall"
    times = weight if weight is not None else np.ones(n, int)
    repeated = np.repeat(np.arange(n), times)
    if not close(tree[:, 2], peer[len(peer) - n + 1:, 2]):
        return "other heights"
    if np.any(peer[:len(peer) - n + 1, 2]):
        return "heights of duplicates"
    salt = np.random.default_rng(5).integers(1, 2**62, n).astype(object)
    # A buyer's number is shared out over its duplicates.
    shared = np.zeros(len(repeated), object)
    shared[np.concatenate([[0], np.cumsum(times)[:-1]])] = salt
    mine, theirs = clusters(tree, n, salt), clusters(peer, len(repeated), shared)
    if set(mine) != set(theirs):
        return "other clusters"
    if not close(np.array([mine[c] for c in mine]), np.array([theirs[c] for c in mine])):
        return "other heights of the same clusters"
    first = np.concatenate([[0], np.cumsum(times)[:-1]])
    for parts in {1, 2, 3, k, min(n, 7), min(n, 40)}:
        # Where a height is 0, which of the equal merges are undone is open.
        if parts > n or (parts > 1 and tree[n - parts, 2] == 0):
            continue
        if not same_partition(cut(tree, n, parts), cut(peer, len(repeated), parts)[first]):
            return "another cut into %d" % parts
    if exact_k and not same_partition(segment, cut(peer, len(repeated), k)[first]):
        return "other segments"
    return None


def report(name, failed, of, what):
    for line in failed:
        print(line, file=sys.stderr)
    print("%-34s %s" % (name, "%d trees %s" % (of, what) if not failed else
                        "%d of %d trees differ" % (len(failed), of)))
    return len(failed)


def compare_drawn():
    import fastcluster
    from scipy.cluster import hierarchy
    from scipy.spatial.distance import pdist
    failed = 0
    groups = {method: ([], 0) for method in METHODS}
    weights = ([], 0)
    for number in range(SETS):
        x, weight, k = draw(number)
        n = len(x)
        for method in METHODS:
            tree, segment = ours("s%d" % number, method, n)
            w = weight if counts(weight, method) else None
            rows = x if w is None else np.repeat(x, w, axis=0)
            pairs = pdist(rows)
            for peer, name in ((hierarchy.linkage, "SciPy"), (fastcluster.linkage, "fastcluster")):
                wrong = differs(tree, segment, peer(pairs, method), x, w, k, method)
                group = groups[method] if w is None else weights
                group[0].extend(["s%d %s, %s, n %d, d %d, k %d: %s" % (
                    number, method, name, n, x.shape[1], k, wrong)] if wrong else [])
                if w is None:
                    groups[method] = (group[0], group[1] + 1)
                else:
                    weights = (group[0], group[1] + 1)
    for method in METHODS:
        failed += report(method, *groups[method], "equal")
    return failed + report("weights, as duplicates", *weights, "equal")


def compare_tied():
    """Heights as the peers have them where they agree with each other, else as SciPy has them (in
    rounding, it is SciPy's steps that buyermap takes)."""
    import fastcluster
    from scipy.cluster import hierarchy
    from scipy.spatial.distance import pdist
    wrong, found = [], {}
    for name in tied_names():
        x = tied(name)
        if x is None:
            print("%s: no data at BUYERMAP_DATA" % name)
            continue
        n, pairs = len(x), pdist(x)
        for method in METHODS:
            tree, _ = ours(name, method, n)
            scipys, fastclusters = hierarchy.linkage(pairs, method), fastcluster.linkage(pairs, method)
            bad = convention(tree, n)
            if bad is None and not close(tree[:, 2], scipys[:, 2]):
                bad = "other heights than SciPy's"
            agree = close(scipys[:, 2], fastclusters[:, 2])
            equal = close(tree[:, 2], fastclusters[:, 2])
            if bad is None and agree and not equal:
                bad = "other heights than both peers'"
            if bad:
                wrong.append("%s %s: %s" % (name, method, bad))
            kind = ("grids " if name.startswith("grid") else "real data ") + method
            same = bool(np.array_equal(tree[:, [0, 1, 3]], scipys[:, [0, 1, 3]]))
            found.setdefault(kind, []).append((bad is None, agree, equal, same))
    for kind in sorted(found):
        print("%-20s heights of %d: SciPy's %d, fastcluster's %d (which agree in %d); SciPy's merges "
              "too %d" % ((kind, len(found[kind])) + tuple(
                  sum(row[i] for row in found[kind]) for i in (0, 2, 1, 3))))
    return report("among ties", wrong, sum(map(len, found.values())), "with the peers' heights")


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write()
    elif compare_drawn() + compare_tied() > 0:
        sys.exit("trees differ")
