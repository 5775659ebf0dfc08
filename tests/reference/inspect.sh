# The figures of inspect are those of pandas and numpy on the same columns. Skipped without pandas.
set -eu
python=/usr/bin/python3
"$python" -c 'import numpy, pandas' 2>/dev/null || { echo "no pandas" >&2; exit 77; }
cat >make.py <<'EOF'
import numpy as np, pandas as pd
rng = np.random.default_rng(5)
n = 60000
def holes(x, share):
    x = x.astype(float)
    x[rng.random(n) < share] = np.nan
    return x
pd.DataFrame({
    "key": np.arange(n) + 1,
    "uniform": rng.random(n),
    "cents": np.round(rng.gamma(2, 40, n), 2),
    "heavy": holes(np.exp(rng.normal(0, 4, n)), 0.1),
    "zeros": np.where(rng.random(n) < 0.7, 0, rng.normal(0, 1, n)),
    "whole": rng.integers(-500, 500, n),
    "wide": rng.integers(-(2**52), 2**52, n),
    "sorted": np.sort(rng.normal(1e6, 1, n)),
    "six": holes(rng.integers(0, 10**6, n) / 1000, 0.01),
    "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n), unit="D"),
    "city": rng.choice(["Gori", "Tbilisi", "\u5317\u4eac"], n, p=[0.2, 0.5, 0.3]),
}).to_csv("t.csv", index=False)
EOF
cat >check.py <<'EOF'
import numpy as np, pandas as pd
data = pd.read_csv("t.csv", float_precision="round_trip", parse_dates=["day"], dtype={"key": str})
found = pd.read_csv("o/inspect.csv", float_precision="round_trip", index_col="column")
def same(what, a, b, slack=0.0):
    assert a == b or abs(a - b) <= slack * abs(b), (what, a, b)
for name, x in data.items():
    row = found.loc[name]
    same((name, "missing"), row["missing"], x.isna().sum())
    same((name, "distinct"), row["distinct"], x.nunique())
    if x.dtype.kind == "M":
        assert row["first"] == str(x.min().date()) and row["last"] == str(x.max().date()), name
    if x.dtype.kind not in "fi":
        continue
    x = x.dropna().to_numpy(dtype=float)
    same((name, "distinct"), row["distinct"], len(np.unique(x)))
    same((name, "min"), row["min"], x.min())
    same((name, "max"), row["max"], x.max())
    same((name, "mean"), row["mean"], pd.Series(x).describe()["mean"], 1e-12)
    for column, p in [("p1", .01), ("p10", .1), ("q1", .25), ("median", .5), ("q3", .75),
                      ("p90", .9), ("p99", .99)]:
        same((name, column), row[column], np.quantile(x, p), 4e-16)
    q1, q3 = np.quantile(x, [.25, .75])
    out = ((x < q1 - 1.5 * (q3 - q1)) | (x > q3 + 1.5 * (q3 - q1))).sum()
    same((name, "outliers"), row["outliers"], out)
top = data["city"].value_counts(normalize=True)
assert found.loc["city", "top"] == top.index[0]
same("top_share", found.loc["city", "top_share"], top.iloc[0], 1e-15)
EOF
"$python" make.py
"$BUYERMAP" inspect t.csv --out o --quiet >shown
"$python" check.py
"$BUYERMAP" inspect t.csv --threads 1 --out p --quiet >/dev/null
cmp o/inspect.csv p/inspect.csv
