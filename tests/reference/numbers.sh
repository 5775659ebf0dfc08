# 1,000,000 random doubles in all common spellings: the columns that are read hold, bit by bit, what
# pandas' round_trip parser and Python's float() make of the cells, also in a process of a German
# locale. Skipped where Debian's Python lacks pandas; a machine without the locale's source says so.
set -eu
python=/usr/bin/python3
"$python" -c 'import pandas' 2>/dev/null || { echo "no $python with pandas" >&2; exit 77; }
tests=${BUYERMAP%/*}/tests

cat >make.py <<'END'
import numpy as np

ROWS, COLUMNS = 100000, 10
rng = np.random.default_rng(20111210)

def finite(n):
    x = rng.integers(0, 2**64, n, dtype=np.uint64).view(np.float64)
    x[~np.isfinite(x)] = 0.1
    return x

def usual(n):
    return rng.standard_normal(n) * 10.0 ** rng.integers(-6, 9, n)

def digits(n):
    return "".join(map(str, rng.integers(0, 10, n)))

SPELLINGS = [
    lambda n: map(repr, finite(n).tolist()),
    lambda n: map(repr, usual(n).tolist()),
    lambda n: map("%.17g".__mod__, usual(n).tolist()),
    lambda n: map("%.17g".__mod__, finite(n).tolist()),
    lambda n: map("%g".__mod__, usual(n).tolist()),
    lambda n: map("%.6g".__mod__, usual(n).tolist()),
    lambda n: map("%.3f".__mod__, usual(n).tolist()),
    lambda n: map("%f".__mod__, usual(n).tolist()),
    lambda n: map("%e".__mod__, finite(n).tolist()),
    lambda n: map("%.6E".__mod__, usual(n).tolist()),
    lambda n: map("%.25f".__mod__, usual(n).tolist()),
    lambda n: map("%+.2f".__mod__, usual(n).tolist()),
    lambda n: map("%012.4f".__mod__, usual(n).tolist()),
    lambda n: map(str, rng.integers(-10**9, 10**9, n).tolist()),
    lambda n: map(str, rng.integers(-2**63, 2**63 - 1, n).tolist()),
    # Halfway between two doubles, exactly.
    lambda n: map(str, (2 * rng.integers(2**53, 2**62, n) >> 10 << 10 | 2**9).tolist()),
    lambda n: map("%.20g".__mod__, (rng.integers(1, 2**52, n) * 5e-324).tolist()),
    lambda n: [repr(x).lstrip("0") for x in rng.random(n).tolist()],
    lambda n: ["%d." % x for x in rng.integers(0, 10**6, n).tolist()],
    lambda n: ["-0", "0", "-0.0", "0e0", "00000", "-.0", "0.", "1e22", "1e23", "5e-324"] * (n // 10),
]
cells = []
each = ROWS * COLUMNS // len(SPELLINGS)
for spelling in SPELLINGS:
    cells += spelling(each)
cells = np.array(cells, dtype=object)
if len(cells) != ROWS * COLUMNS:
    raise SystemExit("%d cells" % len(cells))
rng.shuffle(cells)
cells = cells.reshape(ROWS, COLUMNS)
with open("numbers.csv", "w") as f:
    f.write(",".join("c%d" % (i + 1) for i in range(COLUMNS)) + "\n")
    f.writelines(",".join(row) + "\n" for row in cells.tolist())
np.array([float(c) for c in cells.T.ravel().tolist()]).tofile("float.raw")
END

cat >check.py <<'END'
import sys
import numpy as np, pandas as pd

frame = pd.read_csv("numbers.csv", float_precision="round_trip")
theirs = np.ascontiguousarray(frame.to_numpy(dtype=np.float64).T).ravel().view(np.uint64)
python = np.fromfile("float.raw").view(np.uint64)
if not np.array_equal(theirs, python):
    sys.exit("pandas and Python differ between themselves")
for name in sys.argv[1:]:
    ours = np.fromfile(name).view(np.uint64)
    if len(ours) != len(theirs):
        sys.exit("%s: %d numbers of %d" % (name, len(ours), len(theirs)))
    other = np.flatnonzero(ours != theirs)
    if len(other):
        rows = len(frame)
        sys.exit("%s: %d numbers differ, the first in row %d of column %d: %r is not %r" %
                 (name, len(other), other[0] % rows + 1, other[0] // rows + 1,
                  ours.view(float)[other[0]], theirs.view(float)[other[0]]))
END

"$python" make.py
"$tests/reference/test_numbers" numbers.csv c.raw C
set -- c.raw
if localedef -i de_DE -f UTF-8 ./de_DE.UTF-8 2>/dev/null; then
    LOCPATH=$PWD
    # glibc never frees what it makes of LOCPATH, which a sanitizer would blame on the tests.
    ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
    export LOCPATH ASAN_OPTIONS
    LC_ALL=de_DE.UTF-8 "$tests/reference/test_numbers" numbers.csv german.raw de_DE.UTF-8
    set -- "$@" german.raw
    for test in plain_number date_format; do
        "$tests/unit/base/test_$test" >unit.log 2>&1 || { cat unit.log >&2; exit 1; }
        ! grep SKIPPED unit.log >&2
    done
    unset LOCPATH
else
    echo "no source of the locale de_DE: the German half is left out" >&2
fi
"$python" -W ignore check.py "$@"
