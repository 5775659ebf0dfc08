#!/bin/sh
# Ward's tree over micro-segments: time at N buyers, and how well its cut agrees with the exact
# tree's (adjusted Rand index) at each M, where both are run.
# usage: bench/linkage_coarse.sh COARSE N D g|l K M…
# BENCH_CASE, BENCH_MOST_SECONDS (whole run), BENCH_THREADS, BENCH_DATA, BENCH_FIGURES as in
# bench/linkage.sh
set -eu
coarse=$1 n=$2 d=$3 kind=$4 k=$5
shift 5
threads=${BENCH_THREADS:-2}
cd "$(dirname "$0")/.."
root=$PWD
"$root/buyermap" cluster --help | grep -e --coarse >/dev/null ||
    { echo "linkage_coarse.sh: this buyermap has no --coarse" >&2; exit 0; }
. bench/data.sh

job() { # DATA COARSE DIR
    cat <<JOB
inputs: {buyers: {path: $1}}
features: {normalize: none}
cluster: {method: ward, k: $k, quality: none$2}
output: {dir: $3, csv: false}
JOB
}
for m; do
    data=$(bench_data "$kind" "$m" "$d" 16 double)
    job "$data" "" exact >exact.yaml
    job "$data" ", coarse: $coarse" coarse >coarse.yaml
    for run in exact coarse; do
        "$root/buyermap" run "$run.yaml" --threads "$threads" --quiet >/dev/null
    done
    /usr/bin/python3 "$root/bench/linkage_report.py" agreement exact coarse "$m" "$d" "$kind" \
        "$coarse" "$k"
done
data=$(bench_data "$kind" "$n" "$d" 16 double)
job "$data" ", coarse: $coarse" map >large.yaml
"$root/buyermap" run large.yaml --threads "$threads" --quiet >/dev/null
/usr/bin/python3 "$root/bench/linkage_report.py" whole map "$n" "$d" "$kind" "$coarse"
