# Bounds of sizes: they hold, what they cost is told and stands in quality, assign gives the buyers
# the segments they have, and what cannot hold is refused.
set -eu
awk 'BEGIN {
    srand(5)
    print "a,b"
    for (i = 0; i < 300; i++) {
        c = i % 10 < 7 ? 0 : i % 10 < 9 ? 6 : 12
        printf "%.6f,%.6f\n", c + rand() + rand() + rand(), (c == 6) * 7 + rand() + rand() + rand()
    }
}' >buyers.csv
sizes() {
    awk -F, 'NR > 1 { n = $(NF - 5); if (n < '"$2"' || n > '"$3"') exit 1 }' "$1/segments.csv" || {
        echo "$1: out of bounds"
        exit 1
    }
}
"$BUYERMAP" cluster buyers.csv --k 3 --out free >line 2>said
"$BUYERMAP" cluster buyers.csv --k 3 --min-size 50 --max-size 160 --threads 1 --out held >line 2>said
sizes held 50 160
grep -q 'segments of 50 to 160 buyers: the inertia is .* instead of .* without the bound (+' said
# inertia_unbounded is the last column of quality, and the inertia of the free map.
was=$(sed -n '2p' free/quality.csv | cut -d, -f3)
[ "$(sed -n '2p' held/quality.csv | awk -F, '{ print $NF }')" = "$was" ]
"$BUYERMAP" cluster buyers.csv --k 3 --min-size 50 --max-size 160 --threads 3 --out again --quiet >line
cmp held/assignments.csv again/assignments.csv
cmp held/segments.csv again/segments.csv
"$BUYERMAP" assign held/result.h5 buyers.csv --out assigned --quiet >line
cut -d, -f1,2 held/assignments.csv >map
cut -d, -f1,2 assigned/assignments.csv | cmp - map
# A job says the same.
printf 'inputs: {buyers: {path: buyers.csv}}\ncluster: {k: 3, min_size: 50, max_size: 160}\noutput: {dir: job}\n' >job.yaml
"$BUYERMAP" run job.yaml --quiet >line
cmp held/segments.csv job/segments.csv
# With weights, sizes still count buyers.
awk -F, 'NR == 1 { print $0 ",w" } NR > 1 { print $0 "," 1 + NR % 4 }' buyers.csv >weighted.csv
"$BUYERMAP" cluster weighted.csv --weight w --k 4 --min-size 40 --max-size 120 --out weighted --quiet >line
sizes weighted 40 120
refused() {
    want=$1
    shift
    code=0
    "$BUYERMAP" cluster buyers.csv "$@" --out no >line 2>&1 || code=$?
    if [ "$code" != "$want" ]; then
        echo "$*: exit $code"
        exit 1
    fi
}
refused 69 --k 3 --min-size 101
refused 69 --k 3 --max-size 99
refused 69 --min-size 301
refused 64 --k 3 --min-size 9 --max-size 8
refused 64 --k 3 --method ward --max-size 200
refused 64 --k 3 --min-size -9
