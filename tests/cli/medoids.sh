# --method kmedoids: the table medoids, the objective, the same bytes for any number of threads , assign by medoid, samples of many buyers, and what is refused.
set -eu
awk 'BEGIN {
    srand(7)
    print "id,a,b,w"
    for (i = 0; i < 400; i++) {
        c = i % 4
        printf "u%d,%.5f,%.5f,%d\n", i, c * 5 + rand() + rand(), c % 2 * 6 + rand() + rand(), 1 + i % 3
    }
}' >buyers.csv
run() {
    out=$1
    shift
    "$BUYERMAP" cluster buyers.csv --exclude w --method kmedoids "$@" --quiet --out "$out" >line
}
run one --k 4 --threads 1
run two --k 4 --threads 2
for table in assignments segments medoids; do
    cmp one/$table.csv two/$table.csv
done
cmp one/quality.csv two/quality.csv
cmp one/result.h5 two/result.h5
[ "$(head -n 1 one/medoids.csv)" = segment,buyer_id,buyers,mean_distance ]
[ "$(grep -c . one/medoids.csv)" = 5 ]
# The objective is the mean over buyers of the table's; each medoid is of its segment.
awk -F, 'NR == FNR { if (FNR > 1) { sum += $3 * $4; n += $3; medoid[$2] = $1 } next }
    FNR == 1 { for (c = 1; c <= NF; c++) if ($c == "objective") at = c }
    FNR == 2 { d = $at - sum / n; exit d * d < 1e-20 && n == 400 ? 0 : 1 }' one/medoids.csv one/quality.csv
awk -F, 'NR == FNR { if (FNR > 1) of[$2] = $1; next } $1 in of && $2 == of[$1] { n++ } END { exit n == 4 ? 0 : 1 }' \
    one/medoids.csv one/assignments.csv
# Floats for the distances; weights; a range; stability.
run single --k 4 --precision single
cmp one/assignments.csv single/assignments.csv
"$BUYERMAP" cluster buyers.csv --weight w --method kmedoids --k 3:6 --stability 5 --quiet --out weighted >line
grep -q '^kmedoids,4,.*,1,' weighted/quality.csv
awk -F, 'NR > 1 && !($NF > 0.9) { exit 1 }' weighted/segments.csv
# assign puts the map's own buyers where they are, by the nearest medoid.
"$BUYERMAP" assign one/result.h5 buyers.csv --quiet --out assigned >line
cut -d, -f1-5 one/assignments.csv >map
cut -d, -f1-5 assigned/assignments.csv | cmp - map
# Gower's distance; its maps of medoids take no buyers to come.
run gower --k 4 --distance gower
[ "$(grep -c . gower/medoids.csv)" = 5 ]
refused() {
    code=$1
    want=$2
    shift 2
    got=0
    "$BUYERMAP" "$@" --out refused >line 2>said || got=$?
    [ "$got" = "$code" ] && grep -q "$want" line || {
        echo "$*: exit $got"
        cat line said
        exit 1
    }
}
refused 65 'map of medoids by Gower' assign gower/result.h5 buyers.csv
refused 64 'cluster.init is for the method kmeans only' cluster buyers.csv --method kmedoids --init random
refused 64 'cluster.min_size is for' cluster buyers.csv --method kmedoids --min-size 5
refused 64 'cluster.max_size is for' cluster buyers.csv --method kmedoids --max-size 50
refused 64 'cluster.checkpoint and' cluster buyers.csv --method kmedoids --checkpoint 5
refused 64 'grow a tree' cluster buyers.csv --method kmedoids --cut gap
refused 69 'need at least 500 buyers' cluster buyers.csv --method kmedoids --k 500
refused 71 'limit' cluster buyers.csv --method kmedoids --k 4 --memory-limit 100K
# Other methods have no medoids.
"$BUYERMAP" cluster buyers.csv --method kmeans --k 4 --quiet --out kmeans >line
[ ! -e kmeans/medoids.csv ]
# More than 30,000 buyers are searched by samples, which is told; these are the medoids of as many
# copies.
awk -F, 'NR == 1 { print; next } { for (i = 0; i < 76; i++) print $1 "-" i "," $2 "," $3 "," $4 }' buyers.csv >many.csv
"$BUYERMAP" cluster many.csv --exclude w --method kmedoids --k 4 --quality none --out sampled >line 2>said
grep -q 'medoids are searched in 5 samples.*; --restarts [1-7] would search all together' said
grep -q 'medoids are searched in 5 samples' sampled/run.json
awk -F'[-,]' '$2 == "0" { print $1 "," $3 }' sampled/assignments.csv >map
sed 1d one/assignments.csv | cut -d, -f1,2 | cmp - map
