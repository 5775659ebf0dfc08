#!/bin/sh
# Ward's tree by buyermap, SciPy and fastcluster in turns. usage: bench/linkage.sh [BUYERS] [ROUNDS]
set -eu
buyers=${1:-5000} rounds=${2:-5}
cd "$(dirname "$0")/.."
root=$PWD
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
"$root/buyermap" generate buyers --buyers "$buyers" --columns 16 --out t.csv --quiet >/dev/null
round=0
while [ "$round" -lt "$rounds" ]; do
    "$root/buyermap" cluster t.csv --id buyer_id --columns "$(seq -s, -f 'c%g' 16)" --method ward \
        --k 4 --quality none --out map --quiet >/dev/null
    grep -o '"cluster_seconds": [0-9.e-]*' map/run.json | cut -d' ' -f2 >>ours
    /usr/bin/python3 "$root/bench/peers/linkage.py" t.csv >>theirs
    round=$((round + 1))
done
/usr/bin/python3 - "$buyers" "$rounds" <<'PYTHON'
import json
import statistics
import sys

ours = [float(line) for line in open("ours")]
theirs = [json.loads(line) for line in open("theirs")]
print("ward: %s buyers x 16, medians of %s" % tuple(sys.argv[1:]))
print("  buyermap %.3f s" % statistics.median(ours))
for peer in ("scipy", "fastcluster"):
    print("  %-12s %.3f s   ratio %.1f" % (
        peer, statistics.median(t[peer] for t in theirs),
        statistics.median(t[peer] / o for o, t in zip(ours, theirs))))
PYTHON
