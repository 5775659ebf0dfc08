# --distance: which methods take gower, what becomes of missing values, and what is not defined.
set -eu
awk 'BEGIN {
    srand(3)
    print "id,a,b,c,region"
    for (i = 0; i < 120; i++) {
        g = i % 3
        printf "u%d,%s,%s,%.3f,%s\n", i, rand() < .2 ? "" : g * 3 + rand(), rand() < .2 ? "" : rand() - g,
            rand(), rand() < .2 ? "" : substr("NSE", g + 1, 1)
    }
}' >buyers.csv
refused() {
    code=$1
    want=$2
    shift 2
    got=0
    "$BUYERMAP" cluster buyers.csv "$@" --out refused >line 2>said || got=$?
    [ "$got" = "$code" ] && grep -q "$want" line || {
        echo "$*: exit $got"
        cat line said
        exit 1
    }
}
for method in kmeans ward centroid median; do
    refused 64 'gower is for the methods single, complete, average' --distance gower --method $method
done
refused 64 'pairwise, its default' --distance gower --method average --missing median
refused 64 'pairwise, its default' --distance gower --method average --missing mean
refused 64 'pairwise is for the distance gower only' --missing pairwise
refused 64 'criterion gap is for the distance euclidean' --distance gower --method average --criterion gap
refused 65 'has no value (.* of 120 buyers have none)' --distance gower --method average --missing error
refused 65 'buyers have no value in any column in which some other buyer has one' \
    --distance gower --method average --columns a,b,region
refused 64 'euclidean, gower' --distance manhattan
# The setting as it was resolved.
"$BUYERMAP" cluster buyers.csv --distance gower --method average --dry-run --quiet >plan
grep -q '^  features.missing: pairwise$' plan
grep -q '^  cluster.distance: gower$' plan
# What a category weighs in Euclidean distance is no matter for another.
awk -F, '$2 != "" && $3 != "" && $5 != ""' buyers.csv >whole.csv
counted() {
    "$BUYERMAP" cluster whole.csv --distance "$1" --method average --dry-run >plan
    "$BUYERMAP" cluster whole.csv --distance "$1" --method average --k 3 --out told >line 2>said
    cat plan said | grep -c 'a difference counts as' || :
}
[ "$(counted euclidean)" = 2 ]
[ "$(counted gower)" = 0 ]
"$BUYERMAP" cluster buyers.csv --missing drop --dry-run --quiet >plan
grep -q '^  features.missing: drop$' plan
# The same bytes for any number of threads, all buyers in the map, their silhouette by gower.
"$BUYERMAP" cluster buyers.csv --distance gower --method complete --k 3 --threads 1 --out one --quiet >line
"$BUYERMAP" cluster buyers.csv --distance gower --method complete --k 3 --threads 3 --out three --quiet >line
for table in assignments segments quality segment_profile; do
    cmp one/$table.csv three/$table.csv
done
cmp one/result.h5 three/result.h5
[ "$(grep -c . one/assignments.csv)" = 121 ]
# Buyers to come are put to the nearest centroid, what they miss filled by the mean.
"$BUYERMAP" assign one/result.h5 buyers.csv --out assigned --quiet >line
[ "$(grep -c . assigned/assignments.csv)" = 121 ]
# Who is left out is told.
"$BUYERMAP" cluster buyers.csv --distance gower --method average --missing drop --k 3 --out dropped --quiet >line
! grep -q '"excluded":0' line
