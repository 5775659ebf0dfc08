#!/bin/sh
# Reading CSV beside pandas, and gzip beside zlib alone, in turns, each in a process of its own.
# usage: bench/read.sh [ROWS] [ROUNDS]
set -eu
rows=${1:-1000000} rounds=${2:-5}
cd "$(dirname "$0")/.."
root=$PWD
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
cc -O2 -std=c11 -D_GNU_SOURCE -o write_table "$root/bench/write_table.c"
cc -O2 -std=c11 -D_GNU_SOURCE -fopenmp -I"$root/include" -I"$root/src" -o count_marks \
    "$root/bench/count_marks.c" "$root/libbuyermap.a" -lcrypto -lm
./write_table "$rows" >t.csv
[ "$rows" -le 2000000 ] && gzip -1 -c t.csv >t.csv.gz

seconds() { sed -n "s/.*\"$1\": \\([0-9.e-]*\\).*/\\1/p" "$2"; }
round=0
while [ "$round" -lt "$rounds" ]; do
    for file in t.csv t.csv.gz; do
        [ -e "$file" ] || continue
        began=$(date +%s%N)
        "$root/buyermap" inspect "$file" --quiet >/dev/null
        ended=$(date +%s%N)
        "$root/buyermap" inspect "$file" --out map --quiet >/dev/null
        echo "$file $(seconds read_seconds map/run.json) $(seconds peak_memory_bytes map/run.json) \
            $((ended - began)) $(./count_marks "$file") \
            $(/usr/bin/python3 "$root/bench/peers/read.py" "$file")" >>rounds
    done
    round=$((round + 1))
done
/usr/bin/python3 - "$rows" "$rounds" "$(stat -c %s t.csv)" <<'PYTHON'
import statistics
import sys

rows, rounds, size = (int(x) for x in sys.argv[1:])
runs = [line.split() for line in open("rounds")]


def median(file, of):
    return statistics.median(of(*(float(x) for x in run[1:])) for run in runs if run[0] == file)


print("read: %d rows x 18, %d MB, medians of %d" % (rows, size / 1e6, rounds))
print("  read_seconds     buyermap %6.3f s (%.0f MB/s)   pandas %6.3f s (%.0f MB/s)   ratio %5.1f" % (
    median("t.csv", lambda r, m, i, c, p: r), median("t.csv", lambda r, m, i, c, p: size / 1e6 / r),
    median("t.csv", lambda r, m, i, c, p: p), median("t.csv", lambda r, m, i, c, p: size / 1e6 / p),
    median("t.csv", lambda r, m, i, c, p: p / r)))
print("  whole inspect    buyermap %6.3f s   ratio %5.1f" % (
    median("t.csv", lambda r, m, i, c, p: i / 1e9), median("t.csv", lambda r, m, i, c, p: p / (i / 1e9))))
print("  a pass that only counts line ends and quotes %.3f s, %.0f %% of read_seconds" % (
    median("t.csv", lambda r, m, i, c, p: c), median("t.csv", lambda r, m, i, c, p: 100 * c / r)))
print("  peak memory %.0f MiB" % median("t.csv", lambda r, m, i, c, p: m / 2**20))
if any(run[0] == "t.csv.gz" for run in runs):
    print("  gzip             buyermap %6.3f s   zlib alone %6.3f s   ratio %5.2f" % (
        median("t.csv.gz", lambda r, m, i, c, p: r), median("t.csv.gz", lambda r, m, i, c, p: p),
        median("t.csv.gz", lambda r, m, i, c, p: p / r)))
PYTHON
