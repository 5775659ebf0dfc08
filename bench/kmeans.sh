#!/bin/sh
# Lloyd's iterations from given centroids: buyermap beside scikit-learn, in turns, on the same data,
# from the same start, as many iterations (`all`: until no label changes), labels compared.
# usage: bench/kmeans.sh [N] [D] [K] [g|l] [single|double] [ITERATIONS|all] [ROUNDS]
# BENCH_THREADS  threads of both (2)
# BENCH_DATA     folder that keeps the data for the next benchmark; else they are made and removed
# BENCH_FIGURES  CSV file that the medians go to; BENCH_GOAL the ratio to reach
set -eu
n=${1:-100000} d=${2:-16} k=${3:-8} kind=${4:-l} precision=${5:-single} iterations=${6:-20}
rounds=${7:-5} threads=${BENCH_THREADS:-2}
cd "$(dirname "$0")/.."
root=$PWD
. bench/data.sh
export OMP_NUM_THREADS="$threads"

ours() { # ITERATIONS OUT
    "$root/buyermap" cluster "$data" --normalize none --precision "$precision" --k "$k" \
        --init start.csv --max-iterations "$1" --quality none --threads "$threads" --out "$2" \
        --quiet >/dev/null
}

data=$(bench_data "$kind" "$n" "$d" "$k" "$precision")
/usr/bin/python3 "$root/bench/peers/blobs.py" start "$data" "$k" 1 start.csv
[ "$iterations" = all ] && most=10000 || most=$iterations
round=0
while [ "$round" -lt "$rounds" ]; do
    ours 1 first
    ours "$most" map
    /usr/bin/python3 "$root/bench/peers/kmeans.py" "$data" start.csv "$most" labels.npy >theirs
    /usr/bin/python3 "$root/bench/kmeans_report.py" round first map theirs labels.npy >>rounds
    round=$((round + 1))
done
/usr/bin/python3 "$root/bench/kmeans_report.py" medians rounds "$n" "$d" "$k" "$kind" \
    "$precision" "$iterations"
