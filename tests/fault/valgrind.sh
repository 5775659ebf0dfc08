#!/bin/sh
# No leak and no invalid access in cluster and run. usage: tests/fault/valgrind.sh BUYERMAP
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# buyermap begins anew in an environment like this one, and valgrind follows no exec.
export OMP_WAIT_POLICY=passive OPENBLAS_NUM_THREADS=1
check() {
    valgrind --quiet --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite,indirect \
        "$@" --threads 1 --quiet >/dev/null
}
check "$1" run "$root/datasets/weekly.yaml" --out "$scratch/run"
check "$1" cluster "$root/datasets/buyers.csv" --exclude segment --k 3 --out "$scratch/kmeans"
check "$1" cluster "$root/datasets/buyers.csv" --exclude segment --method average --out "$scratch/tree"
check "$1" inspect "$root/datasets/orders.csv.gz" --out "$scratch/inspect"
echo "valgrind: clean"
