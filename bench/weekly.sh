#!/bin/sh
# The weekly job by buyermap and by pandas + scikit-learn, in turns, at equal work: read a CSV file,
# Yeo-Johnson, k-means for k = 2…10 with 10 restarts each at tolerance 1e-4 in double precision,
# silhouettes, statistics, CSV and HDF5 out. What differs: buyermap measures the silhouettes of more
# buyers and two indices beside them, hashes its input and outputs and compresses result.h5;
# its local search after the restarts, which scikit-learn has not, is switched off.
# usage: bench/weekly.sh [BUYERS] [g|l] [ROUNDS]; BENCH_THREADS, BENCH_DATA, BENCH_FIGURES,
# BENCH_GOAL as in bench/kmeans.sh
set -eu
n=${1:-100000} kind=${2:-l} rounds=${3:-3} threads=${BENCH_THREADS:-2}
cd "$(dirname "$0")/.."
root=$PWD
. bench/data.sh
export OMP_NUM_THREADS="$threads" OPENBLAS_NUM_THREADS="$threads"

table=$(bench_data "$kind" "$n" 16 6 double csv)
round=0
while [ "$round" -lt "$rounds" ]; do
    "$root/buyermap" cluster "$table" --id buyer_id --normalize yeojohnson --k 2:10 --restarts 10 \
        --tolerance 1e-4 --threads "$threads" --refine none --out map --quiet >/dev/null
    rm -rf peer
    /usr/bin/python3 "$root/bench/peers/weekly.py" "$table" peer >theirs
    /usr/bin/python3 "$root/bench/weekly_report.py" round map theirs peer >>rounds
    round=$((round + 1))
done
/usr/bin/python3 "$root/bench/weekly_report.py" medians rounds "$n" "$kind"
