#!/bin/sh
# buyermap cluster beside pandas + scikit-learn: the same table, k and restarts, in turns.
# usage: bench/cluster.sh [BUYERS] [COLUMNS] [K] [ROUNDS]
set -eu
buyers=${1:-200000} columns=${2:-16} k=${3:-8} rounds=${4:-5}
cd "$(dirname "$0")/.."
root=$PWD
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
"$root/buyermap" generate buyers --buyers "$buyers" --columns "$columns" --segments "$k" \
    --out t.csv --quiet >/dev/null
names=$(seq -s, -f 'c%g' "$columns")
round=0
while [ "$round" -lt "$rounds" ]; do
    "$root/buyermap" cluster t.csv --id buyer_id --columns "$names" --k "$k" --quality none \
        --out map --quiet >/dev/null
    /usr/bin/python3 - >>ours <<'PYTHON'
import json
import pandas as pd
run = json.load(open("map/run.json"))
quality = pd.read_csv("map/quality.csv")
print(json.dumps({**run["timings"], "inertia": quality.inertia[0]}))
PYTHON
    /usr/bin/python3 "$root/bench/peers/cluster.py" t.csv "$k" 8 labels.csv >>theirs
    round=$((round + 1))
done
/usr/bin/python3 - "$buyers" "$columns" "$k" "$rounds" <<'PYTHON'
import json
import statistics
import sys

ours = [json.loads(line) for line in open("ours")]
theirs = [json.loads(line) for line in open("theirs")]
print("cluster: %s buyers x %s, k = %s, 8 restarts, medians of %s" % tuple(sys.argv[1:]))
for key in ("read_seconds", "cluster_seconds", "total_seconds"):
    a = statistics.median(run[key] for run in ours)
    b = statistics.median(run[key] for run in theirs)
    ratio = statistics.median(t[key] / o[key] for o, t in zip(ours, theirs))
    print("  %-16s buyermap %7.3f s   pandas + scikit-learn %7.3f s   ratio %5.1f" % (key, a, b, ratio))
print("  inertia          buyermap %.6g   scikit-learn %.6g" % (ours[0]["inertia"], theirs[0]["inertia"]))
PYTHON
