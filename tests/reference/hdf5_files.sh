# Every table of result.h5 reads like its CSV, every matrix is read; and files of ours, h5py's and
# PyTables', cut and changed at random places, are read or refused in bounded time. Skipped where
# Debian's Python lacks h5py or tables.
set -eu
python=/usr/bin/python3
"$python" -c 'import tables, h5py' 2>/dev/null || { echo "no $python with tables and h5py" >&2; exit 77; }
"$BUYERMAP" run "$DATASETS/weekly.yaml" --out run --quiet >/dev/null
"$BUYERMAP" cluster "$DATASETS/buyers.csv" --exclude segment --method ward --k 3 --out ward --quiet >/dev/null
"$BUYERMAP" generate buyers --buyers 300 --out generated.h5 --quiet >/dev/null

cat >check.py <<'END'
import os, random, subprocess, sys, time
import h5py, numpy as np, tables

def fail(*words):
    sys.exit(" ".join(map(str, words)))

def inspect(path, *flags):
    return subprocess.run([os.environ["BUYERMAP"], "inspect", path, "--quiet", *flags],
                          capture_output=True, timeout=60)

for folder in "run", "ward":
    store = folder + "/result.h5"
    with h5py.File(store) as f:
        names = []
        f.visititems(lambda name, o: names.append(name) if isinstance(o, h5py.Dataset) else None)
        rows = {name: len(f[name]) for name in names}
    if "model/features" not in names or folder == "ward" and "model/linkage" not in names:
        fail(store, "has no model")
    for name in names:
        ours = inspect(store, "--dataset", name)
        if ours.returncode != (0 if rows[name] else 65):
            fail(store, name, "exit", ours.returncode, ours.stderr)
        if rows[name] and not ours.stdout.startswith(b"%d rows: %d used" % (rows[name], rows[name])):
            fail(store, name, "has other rows", ours.stdout[:80])
        table = f"{folder}/{name}.csv"
        if os.path.exists(table) and rows[name] and inspect(table).stdout != ours.stdout:
            fail(store, name, "is not", table)

if not b"height" in inspect("ward/result.h5", "--dataset", "/model/linkage").stdout:
    fail("the columns of model/linkage have other names")
draw = random.Random(20)
rng = np.random.default_rng(20)
with h5py.File("h5py.h5", "w", libver="latest") as f:
    f.create_dataset("x", data=rng.normal(size=(900, 4)), chunks=(100, 3), compression=4,
                     shuffle=True, fletcher32=True, maxshape=(None, 4)).attrs["columns"] = list("abcd")
with tables.open_file("pytables.h5", "w") as f:
    t = f.create_table("/", "t", np.rec.fromarrays([np.array([b"a", b"bc"] * 200), np.arange(400)],
                                                   names="id,n"), filters=tables.Filters(5, "zlib"))
    t.cols.n.create_csindex()
count = {0: 0, 65: 0}
for name, flags in (("generated.h5", ()), ("h5py.h5", ()), ("pytables.h5", ()),
                    ("run/result.h5", ("--dataset", "segments"))):
    whole = open(name, "rb").read()
    if inspect(name, *flags).returncode != 0:
        fail(name, "is not read as it is")
    for variant in range(60):
        data = bytearray(whole)
        if variant % 6 == 0:
            del data[draw.randrange(8, len(data)):]
        else:
            for _ in range(draw.randint(1, 8)):
                data[draw.randrange(8, min(len(data), 4096) if draw.random() < 0.7 else len(data))] = draw.randrange(256)
        open("changed", "wb").write(data)
        started = time.monotonic()
        code = inspect("changed", *flags).returncode
        if code not in count:
            fail(name, "variant", variant, "exit", code)
        count[code] += 1
if count[0] < 20 or count[65] < 60:
    fail("variants read and refused:", count)
END
"$python" -W ignore check.py
