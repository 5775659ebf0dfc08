"""Four segments in numbers and in categories of 2, 5 and 20 values, some of which are noise."""
import sys
import numpy as np
import pandas as pd

NUMBERS = ["income", "visits", "spread", "noise"]
CATEGORIES = ["flag", "region", "trade"]


def write():
    draw = np.random.default_rng(7)
    n = 1200
    truth = draw.integers(0, 4, n)
    centre = np.array([[0, 0, 0], [3, 0, 1], [0, 3, 2], [3, 3, 3]])
    x = centre[truth] + draw.normal(size=(n, 3))
    strays = draw.uniform(size=n) < 0.3
    table = pd.DataFrame({
        "income": 1000 * x[:, 0] + 20000, "visits": 5 * x[:, 1] + 40, "spread": 0.01 * x[:, 2],
        "noise": draw.normal(size=n),
        "flag": draw.choice(["yes", "no"], n, p=[0.35, 0.65]),
        "region": [f"r{c}" for c in np.where(strays, draw.integers(0, 5, n), truth)],
        "trade": [f"t{c:02}" for c in np.where(strays, draw.integers(0, 20, n),
                                               5 * truth + draw.integers(0, 5, n))],
        "w": np.round(draw.uniform(0.2, 5, n), 3), "truth": [f"s{c}" for c in truth]})
    table.to_csv("mixed.csv", index=False)
    pd.get_dummies(table, columns=CATEGORIES, dtype=int).to_csv("indicators.csv", index=False)


def check(folder):
    import h5py
    table = pd.read_csv("mixed.csv")
    w = table["w"].to_numpy()

    def variance(column):
        return np.average((column - np.average(column, weights=w)) ** 2, weights=w)

    with h5py.File(f"{folder}/result.h5", "r") as result:
        rows = {row["feature"].decode(): row for row in result["model/transform"][:]}
        centroids, features = result["model/centroids"][:], result["model/features"][:]
    normalized = [variance(table[name].to_numpy() / rows[name]["scale"]) for name in NUMBERS]
    rates, varies, scales = [], [], set()
    for name in CATEGORIES:
        values = sorted(table[name].unique())
        share = np.array([np.average(table[name] == v, weights=w) for v in values])
        scales |= {rows[f"{name}={v}"]["scale"] for v in values}
        rates.append(1 - (share ** 2).sum())
        varies.append(sum(variance((table[name] == v).to_numpy() / rows[f"{name}={v}"]["scale"])
                          for v in values))
        # In the buyers' units its part of a centroid is shares.
        at = [i for i, f in enumerate(features) if f.decode().startswith(name + "=")]
        if np.abs(centroids[:, at].sum(1) - 1).max() > 1e-12 or centroids[:, at].min() < -1e-15:
            sys.exit(f"{folder}: {name} has centroids that are no shares")
    if len(scales) != 1:
        sys.exit(f"{folder}: the categories have scales {scales}")
    scale, numbers = scales.pop(), np.mean(normalized)
    if abs(np.mean(varies) / numbers - 1) > 1e-12:
        sys.exit(f"{folder}: categories vary by {np.mean(varies)}, not {numbers}")
    if abs(scale / np.sqrt(np.mean(rates) / numbers) - 1) > 1e-12:
        sys.exit(f"{folder}: the scale is {scale}")
    # Two buyers are 2 s^2 apart in a category in which they differ; the log says so.
    weight, says = 2 / scale ** 2, open(f"{folder}.log").read()
    expected = (f"categories: estimated weight {weight:.3g}, the same for flag, region, trade: a "
                f"difference counts as {np.sqrt(weight / numbers):.1f} standard deviations of a number")
    if expected not in says:
        sys.exit(f"{folder}: the log says\n{says}not\n{expected}")


write() if sys.argv[1] == "write" else check(sys.argv[2])
