# result.h5 in pandas, PyTables, h5py and SciPy: every table opens, equals its CSV value for value,
# and the model under /model makes the very assignments. Skipped where Debian's Python lacks them.
set -eu
python=/usr/bin/python3
"$python" -c 'import pandas, tables, h5py' 2>/dev/null ||
    { echo "no $python with pandas, tables and h5py" >&2; exit 77; }
"$BUYERMAP" run "$DATASETS/weekly.yaml" --out run --quiet >/dev/null
# Every 50th value of c2 is missing.
"$BUYERMAP" generate buyers --buyers 600 --columns 4 --segments 4 --out whole.csv --quiet >/dev/null
awk -F, -v OFS=, 'NR % 50 == 0 { $3 = "" } { print }' whole.csv >buyers.csv
set -- buyers.csv --categories region,role --exclude company_size --truth segment --missing median \
    --quiet
for normalize in zscore minmax robust log1p yeojohnson quantile; do
    "$BUYERMAP" cluster "$@" --normalize $normalize --k 5 --out "kmeans-$normalize" >/dev/null
done
for method in ward single complete average weighted centroid median; do
    "$BUYERMAP" cluster "$@" --method $method --k 3:6 --out $method >/dev/null
done
"$BUYERMAP" rfm "$DATASETS/orders.csv.gz" --out rfm --quiet >/dev/null
"$BUYERMAP" cohorts "$DATASETS/orders.csv.gz" --out cohorts --quiet >/dev/null

cat >check.py <<'END'
import os, sys, json
import h5py, numpy as np, pandas as pd

def fail(*words):
    sys.exit(" ".join(map(str, words)))

def text(values):
    return np.array([v.decode("utf-8") if isinstance(v, bytes) else str(v) for v in values])

def check_tables(folder):
    """Every table: pandas, h5py and the CSV have the same cells."""
    store = os.path.join(folder, "result.h5")
    with h5py.File(store, "r") as f:
        names = [n for n in f if isinstance(f[n], h5py.Dataset)]
        csvs = {n[:-4] for n in os.listdir(folder) if n.endswith(".csv")}
        if set(names) != csvs:
            fail(folder, "has tables", sorted(names), "but the files", sorted(csvs))
        for name in names:
            raw, frame = f[name][()], pd.read_hdf(store, name)
            csv = pd.read_csv(os.path.join(folder, name + ".csv"), float_precision="round_trip",
                              dtype=str, keep_default_na=False, na_values=[])
            if list(frame.columns) != list(csv.columns) or list(raw.dtype.names) != list(csv.columns):
                fail(folder, name, "columns differ")
            if len(frame) != len(csv) or len(raw) != len(csv):
                fail(folder, name, "rows differ")
            for column in csv.columns:
                kind, cells = raw[column].dtype.kind, csv[column].to_numpy()
                if kind == "S":
                    if not (text(raw[column]) == cells).all() or not (text(frame[column]) == cells).all():
                        fail(folder, name, column, "texts differ")
                elif kind in "iu":
                    whole = np.array([int(c) for c in cells], dtype=np.int64)
                    if not (raw[column] == whole).all() or not (frame[column].to_numpy() == whole).all():
                        fail(folder, name, column, "whole numbers differ")
                elif kind == "f":
                    # Python's float() rounds correctly.
                    number = np.array([float(c) if c else np.nan for c in cells])
                    for other in (raw[column], frame[column].to_numpy()):
                        if not np.array_equal(number, other, equal_nan=True):
                            fail(folder, name, column, "numbers differ")
                    again = pd.read_csv(os.path.join(folder, name + ".csv"),
                                        float_precision="round_trip")[column].to_numpy(dtype=float)
                    if not np.array_equal(number, again, equal_nan=True):
                        fail(folder, name, column, "pandas reads other numbers from the CSV")
                else:
                    fail(folder, name, column, "is of kind", kind)
        opened = []
        f.visititems(lambda n, o: opened.append((n, o[()])) if isinstance(o, h5py.Dataset) else None)
        for n, o in f.items():
            if not isinstance(o, (h5py.Dataset, h5py.Group)):
                fail(folder, n, "is no dataset")
    return len(names), len(opened)

def check_attributes(folder, verb, method, k):
    with h5py.File(os.path.join(folder, "result.h5"), "r") as f:
        a = dict(f.attrs)
    wanted = {"format": "buyermap", "format_version": 1, "verb": verb, "seed": 1}
    if method is not None:
        wanted.update(method=method, k=k)
    for key, value in wanted.items():
        if key not in a or a[key] != value:
            fail(folder, "attribute", key, "is", a.get(key), "not", value)
    version = json.load(open(os.path.join(folder, "run.json")))
    if not a.get("tool_version") or str(a["tool_version"]) not in json.dumps(version):
        fail(folder, "tool_version", a.get("tool_version"))

def shape(row, quantiles, x):
    kind = row["kind"].decode() if isinstance(row["kind"], bytes) else row["kind"]
    if kind == "log1p":
        return np.log1p(x)
    if kind == "yeojohnson":
        l = row["lambda"]
        y = np.empty_like(x)
        p = x >= 0
        y[p] = np.log1p(x[p]) if abs(l) < 1e-15 else np.expm1(l * np.log1p(x[p])) / l
        y[~p] = (-np.log1p(-x[~p]) if abs(l - 2) < 1e-15
                 else -np.expm1((2 - l) * np.log1p(-x[~p])) / (2 - l))
        return y
    if kind == "quantile":
        q, p = quantiles, np.linspace(0, 1, len(quantiles))
        # Of equal quantiles the middle: the mean of both one-sided interpolations.
        return (np.interp(x, q, p) + np.interp(-x, -q[::-1], p[::-1])) / 2
    return x

def unshape(row, quantiles, y):
    kind = row["kind"].decode()
    if kind == "log1p":
        return np.expm1(y)
    if kind == "yeojohnson":
        l = row["lambda"]
        up = np.expm1(y) if abs(l) < 1e-15 else np.expm1(np.log1p(np.maximum(y * l, -1)) / l)
        down = (-np.expm1(-y) if abs(l - 2) < 1e-15
                else -np.expm1(np.log1p(np.maximum(-(2 - l) * y, -1)) / (2 - l)))
        return np.where(y >= 0, up, down)
    if kind == "quantile":
        return np.interp(y, np.linspace(0, 1, len(quantiles)), quantiles)
    return y

def close(a, b, limit):
    return np.all(np.abs(a - b) <= limit * (1 + np.abs(b)))

def source_matrix(folder, transform):
    """The features in the buyers' own units: from the input, or for the weekly run from orders."""
    assigned = pd.read_hdf(os.path.join(folder, "result.h5"), "assignments")
    ids = text(assigned["buyer_id"])[assigned["segment"].to_numpy() > 0]
    if folder == "run":
        base = pd.read_csv("run/rfm.csv", dtype={"buyer_id": str}).set_index("buyer_id")
        base["aov"] = base["monetary"] / base["frequency"]
    else:
        base = pd.read_csv("buyers.csv", dtype={"buyer_id": str},
                           float_precision="round_trip").set_index("buyer_id")
    base = base.loc[ids]
    columns = []
    for row in transform:
        name, source = row["feature"].decode(), row["source"].decode()
        if "=" in name and name.split("=")[0] == source:
            x = (base[source] == name[len(source) + 1:]).to_numpy(dtype=float)
        else:
            x = base[source].to_numpy(dtype=float)
        if np.isfinite(row["fill"]):
            x = np.where(np.isnan(x), row["fill"], x)
        columns.append(np.clip(x, row["low"], row["high"]))
    return assigned, np.column_stack(columns)

def check_model(folder, method):
    with h5py.File(os.path.join(folder, "result.h5"), "r") as f:
        model = f["model"]
        transform, features = model["transform"][()], text(model["features"][()])
        z_centroids, centroids = model["centroids_normalized"][()], model["centroids"][()]
        quantiles = model["quantiles"][()] if "quantiles" in model else None
        linkage = model["linkage"][()] if "linkage" in model else None
    if list(features) != list(text(transform["feature"])):
        fail(folder, "model/features are not those of model/transform")
    if z_centroids.shape != centroids.shape or z_centroids.shape[1] != len(features):
        fail(folder, "centroids have another shape")
    def quantiles_of(j):
        if quantiles is None:
            return None
        if quantiles.dtype.names:
            mine = quantiles[text(quantiles["feature"]) == features[j]]
            return mine[[n for n in mine.dtype.names if n in ("value", "quantile")][-1]]
        return quantiles[j] if quantiles.shape[0] == len(features) else quantiles[:, j]
    assigned, x = source_matrix(folder, transform)
    z = np.empty_like(x)
    for j, row in enumerate(transform):
        z[:, j] = np.sqrt(row["weight"]) * (shape(row, quantiles_of(j), x[:, j]) - row["center"]) / row["scale"]
    used = assigned[assigned["segment"] > 0]
    label = used["segment"].to_numpy() - 1
    distance = np.sqrt(((z - z_centroids[label]) ** 2).sum(axis=1))
    if not close(used["distance"].to_numpy(), distance, 1e-9):
        fail(folder, "distances differ by", np.abs(used["distance"].to_numpy() - distance).max())
    every = np.sqrt(((z[:, None, :] - z_centroids[None]) ** 2).sum(axis=2))
    if method == "kmeans" and not (every[np.arange(len(z)), label] <= every.min(axis=1) + 1e-9).all():
        fail(folder, "a buyer is nearer to another centroid")
    every[np.arange(len(z)), label] = np.inf
    second = used["second_segment"].to_numpy() - 1
    if not close(every[np.arange(len(z)), second], every.min(axis=1), 1e-9):
        fail(folder, "second_segment is not the nearest other one")
    margin = 1 - distance / every.min(axis=1)
    if not close(used["margin"].to_numpy(), margin, 1e-9):
        fail(folder, "margins differ")
    for s in range(len(z_centroids)):
        if not close(z_centroids[s], z[label == s].mean(axis=0), 1e-9):
            fail(folder, "centroid", s + 1, "is not the mean of its buyers")
    for j, row in enumerate(transform):
        back = unshape(row, quantiles_of(j),
                       z_centroids[:, j] / np.sqrt(row["weight"]) * row["scale"] + row["center"])
        if not close(centroids[:, j], back, 1e-9):
            fail(folder, "model/centroids of", features[j], "are not the inverse transform")
    if (linkage is None) != (method == "kmeans"):
        fail(folder, "model/linkage")
    return z, label, linkage

def check_linkage(method, z, label, linkage):
    if linkage.shape != (len(z) - 1, 4) or linkage.dtype != np.float64:
        fail(method, "model/linkage has shape", linkage.shape)
    try:
        from scipy.cluster import hierarchy
    except ImportError:
        return
    mono = method not in ("centroid", "median")
    if not hierarchy.is_valid_linkage(linkage) or mono and not hierarchy.is_monotonic(linkage):
        fail(method, "model/linkage is no valid linkage")
    theirs = hierarchy.linkage(z, method)
    # Heights are the same whatever order ties are taken in; inverting ones are not sorted alike.
    if not close(np.sort(linkage[:, 2]), np.sort(theirs[:, 2]), 1e-9):
        fail(method, "heights differ from SciPy's by",
             np.abs(np.sort(linkage[:, 2]) - np.sort(theirs[:, 2])).max())
    if mono:
        if len(np.unique(np.round(theirs[:, 2], 9))) == len(theirs) and not close(linkage, theirs, 1e-9):
            fail(method, "the tree is not SciPy's")
        cut = hierarchy.fcluster(linkage, label.max() + 1, "maxclust")
        if len(set(zip(cut, label))) != label.max() + 1:
            fail(method, "the segments are not SciPy's cut of the tree")

total = check_tables("run")
check_attributes("run", "run", "kmeans", len(pd.read_csv("run/segments.csv").query("segment > 0")))
check_model("run", "kmeans")
for folder in sorted(n for n in os.listdir(".") if n.startswith("kmeans-")):
    check_tables(folder)
    check_attributes(folder, "cluster", "kmeans", 5)
    check_model(folder, "kmeans")
for method in "ward single complete average weighted centroid median".split():
    check_tables(method)
    check_attributes(method, "cluster", method, len(pd.read_csv(method + "/segments.csv")))
    check_linkage(method, *check_model(method, method))
for verb in "rfm", "cohorts":
    check_tables(verb)
    check_attributes(verb, verb, None, None)
END
"$python" -W ignore check.py
