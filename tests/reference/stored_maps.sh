# Maps as h5py left them: what numpy makes of the model is what assign makes of it (hierarchical maps,
# single precision, matrices without names), and maps that are damaged in one place each are refused
# with words that say which. Skipped where Debian's Python lacks h5py or numpy.
set -eu
python=/usr/bin/python3
"$python" -c 'import h5py, numpy' 2>/dev/null || { echo "no $python with h5py and numpy" >&2; exit 77; }
cat >check.py <<'END'
import csv, os, random, shutil, subprocess, sys
import h5py, numpy as np

tool = os.environ["BUYERMAP"]

def fail(*words):
    sys.exit(" ".join(map(str, words)))

def call(*words):
    return subprocess.run([tool, *words, "--quiet"], capture_output=True, text=True, timeout=120)

def must(*words):
    done = call(*words)
    if done.returncode:
        fail(words, done.stdout)

def column(folder, name, kind):
    with open(folder + "/assignments.csv") as f:
        return np.array([kind(row[name]) if row[name] else np.nan for row in csv.DictReader(f)])

rng = np.random.default_rng(5)
n, d = 900, 5
x = np.where(np.arange(d) % 2, rng.lognormal(0, 1, (n, d)), rng.integers(0, 4, (n, d)))
names = [f"f{j}" for j in range(d)]
def table(path, x, head):
    with open(path, "w") as f:
        f.write("buyer_id," + ",".join(head) + "\n")
        for i, row in enumerate(x):
            f.write(f"B{i}," + ",".join(repr(float(v)) for v in row) + "\n")
table("t.csv", x, names)
with h5py.File("bare.h5", "w") as f:
    f["x"] = x

def compare(store, folder, single):
    with h5py.File(store) as f:
        t = f["model/transform"][:]
        c = f["model/centroids_normalized"][:]
        if f.attrs["precision"] not in ("single", b"single", "double") or f.attrs["missing"] != "error":
            fail(store, "attributes")
    z = np.sqrt(t["weight"]) * ((x - t["center"]) / t["scale"])
    z = z.astype(np.float32).astype(float) if single else z
    square = np.zeros((n, len(c)))
    for j in range(d):
        square += (z[:, j:j + 1] - c[:, j]) ** 2
    order = np.argsort(square, axis=1, kind="stable")
    rows = np.arange(n)
    first, second = np.sqrt(square[rows, order[:, 0]]), np.sqrt(square[rows, order[:, 1]])
    for name, kind, want in (("segment", int, order[:, 0] + 1), ("second_segment", int, order[:, 1] + 1),
                             ("distance", float, first), ("margin", float, 1 - first / second)):
        got = column(folder, name, kind)
        if not np.array_equal(got, want):
            fail(store, name, np.flatnonzero(got != want)[:5], got[:3], want[:3])

for method in "kmeans", "ward", "single", "average", "centroid":
    must("cluster", "t.csv", "--method", method, "--k", "6", "--quality", "none", "--out", "map")
    must("assign", "map/result.h5", "t.csv", "--out", "a")
    compare("map/result.h5", "a", False)
    with h5py.File("map/result.h5", "r+") as f:
        f.attrs["precision"] = "single"
    must("assign", "map/result.h5", "t.csv", "--out", "a")
    compare("map/result.h5", "a", True)

# By position where the table has no names, and by c1 … cd where neither has.
must("cluster", "t.csv", "--k", "4", "--out", "map")
must("assign", "map/result.h5", "bare.h5", "--out", "a")
if not np.array_equal(column("a", "segment", int), column("map", "segment", int)):
    fail("a matrix by position")
must("cluster", "bare.h5", "--k", "4", "--exclude", "c2", "--out", "bare")
must("assign", "bare/result.h5", "bare.h5", "--out", "a")
if open("a/assignments.csv").read() != open("bare/assignments.csv").read():
    fail("a matrix by name")
with h5py.File("bare.h5", "w") as f:
    f["x"] = x[:, :3]
for store in "map", "bare":
    if call("assign", store + "/result.h5", "bare.h5", "--out", "a").returncode != 65:
        fail("a matrix of too few columns goes with", store)

# Damaged maps.
x = x[:300]
table("t.csv", x, names)
must("cluster", "t.csv", "--k", "3", "--normalize", "quantile", "--out", "map")
def replace(name, value):
    def edit(f):
        old = f[name][:]
        del f[name]
        f[name] = value(old)
    return edit
def cell(name, at, value):
    def change(old):
        old[at] = value
        return old
    return replace(name, change)
def row(field, value):
    def change(old):
        wide = [(name, "S16" if old.dtype[name].kind == "S" else old.dtype[name]) for name in old.dtype.names]
        new = old.astype(wide)
        new[field][1] = value
        return new
    return replace("model/transform", change)
def attribute(name, value):
    return lambda f: f.attrs.__setitem__(name, value)
def remove(name):
    return lambda f: f.__delitem__(name)
def huge(rows, columns):
    def edit(f):
        del f["model/centroids_normalized"]
        f.create_dataset("model/centroids_normalized", (rows, columns), chunks=(1, 1))
    return edit
centroids, quantiles = "model/centroids_normalized", "model/quantiles"
damages = [
    (attribute("format", "other"), "no result of buyermap"),
    (lambda f: f.attrs.__delitem__("format"), "no result of buyermap"),
    (attribute("format_version", 2), "format version 2"),
    (attribute("verb", "assign"), "holds no map"),
    (attribute("k", 0), "holds no map"),
    (attribute("k", -3), "holds no map"),
    (attribute("k", 2**40), "holds no map"),
    (attribute("k", 4), "4 segments of 5 features, and 3 × 5 centroids"),
    (remove("model"), 'no dataset \\"model/transform\\"'),
    (remove("model/transform"), 'no dataset \\"model/transform\\"'),
    (remove(centroids), f'no dataset \\"{centroids}\\"'),
    (remove(quantiles), f'no dataset \\"{quantiles}\\"'),
    (remove("segments"), 'no dataset \\"segments\\"'),
    (cell(centroids, (1, 2), np.nan), "a centroid has no value"),
    (cell(centroids, (1, 2), -np.inf), "number out of range"),
    (replace(centroids, lambda old: old[:0]), "no rows"),
    (replace(centroids, lambda old: old[:, :0]), "0 columns"),
    (replace(centroids, lambda old: old.ravel()), "15 × 1 centroids"),
    (huge(2**40, 5), "more than its"),
    (huge(3, 2**30), "columns"),
    (replace("model/transform", lambda old: old[:0]), "no rows"),
    (replace("model/transform", lambda old: old[:2]), "3 segments of 2 features"),
    (row("scale", 0), "makes no sense"),
    (row("scale", np.nan), "missing value"),
    (row("scale", np.inf), "number out of range"),
    (row("weight", -1), "makes no sense"),
    (row("center", np.nan), "missing value"),
    (row("kind", b"magic"), '\\"magic\\"'),
    (row("kind", b"indicator"), "makes no sense"),
    (row("kind", b"yeojohnson"), "makes no sense"),
    (row("feature", b"\xff"), "UTF-8"),
    (cell(quantiles, (0, 7), 1e9), "do not ascend"),
    (cell(quantiles, (0, 7), np.nan), "do not ascend"),
    (replace(quantiles, lambda old: old * np.nan), "no quantiles"),
    (replace(quantiles, lambda old: old[:4]), "other features"),
    (replace("segments", lambda old: old[:2]), "too short"),
    (replace("segments", lambda old: old[::-1].copy()), "not in order"),
    (lambda f: (f.__delitem__(centroids), f.__setitem__(centroids, h5py.SoftLink("/segments"))), "link"),
    (lambda f: (f.__delitem__("segments"), f.__setitem__("segments", h5py.ExternalLink("/etc/hosts", "/x"))), "link"),
]
def refused(words):
    done = call("assign", "damaged.h5", "t.csv", "--out", "never")
    if done.returncode != 65 or words not in done.stdout or os.path.exists("never"):
        fail(words, "exit", done.returncode, done.stdout)
for damage, words in damages:
    shutil.copy("map/result.h5", "damaged.h5")
    with h5py.File("damaged.h5", "r+") as f:
        damage(f)
    refused(words)
whole = open("map/result.h5", "rb").read()
for size in 0, 8, 500, len(whole) // 3, len(whole) - 100:
    open("damaged.h5", "wb").write(whole[:size])
    refused("")
dice = random.Random(3)
for turn in range(40):
    bytes_ = bytearray(whole)
    for _ in range(dice.choice((1, 4, 40))):
        bytes_[dice.randrange(len(bytes_) if turn % 2 else 8000)] = dice.randrange(256)
    open("damaged.h5", "wb").write(bytes_)
    code = call("assign", "damaged.h5", "t.csv", "--out", "a").returncode
    if code not in (0, 65):
        fail("turn", turn, "exit", code)
END
"$python" check.py
