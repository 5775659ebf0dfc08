# A coarse tree: it says that it is one, its leaves can be found in the results, assign goes on from
# it, and what it cannot do is refused.
set -eu
"$BUYERMAP" generate buyers --buyers 6000 --columns 5 --segments 4 --out buyers.csv --quiet >line
map() {
    out=$1
    shift
    "$BUYERMAP" cluster buyers.csv --id buyer_id --columns c1,c2,c3,c4,c5 --method ward --k 4 \
        --truth segment --out "$out" "$@" >line 2>said || { cat line said; exit 1; }
}
map exact
map coarse --coarse 300 --threads 1
grep -q 'stands over [0-9]* micro-segments of k-means, not over the 6000 buyers: [0-9.]* % of' said
map again --coarse 300 --threads 3 --quiet
for table in assignments micro_segments dendrogram quality; do
    cmp "coarse/$table.csv" "again/$table.csv"
done
cmp coarse/result.h5 again/result.h5
head -1 exact/assignments.csv
head -1 coarse/assignments.csv
head -1 coarse/micro_segments.csv
head -1 coarse/dendrogram.csv
[ ! -e exact/micro_segments.csv ]
# Each micro-segment has the buyers that assignments says, all in its segment.
awk -F, 'FNR == 1 { next }
    FILENAME ~ /assignments/ { n[$6]++; s[$6] = s[$6] == "" || s[$6] == $2 ? $2 : "parted"; next }
    n[$1] != $3 || s[$1] != $2 { print "micro-segment " $1; bad = 1 }
    END { exit bad }' coarse/assignments.csv coarse/micro_segments.csv
# The root has all buyers, and the inertia of the exact tree's.
root() { awk -F, 'NR == 2 { printf "%d %.6f\n", $5, $8 }' "$1/dendrogram.csv"; }
[ "$(root exact)" = "$(root coarse)" ]
# The same cut, where there are segments.
ari() { awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i } NR == 2 { print $c["adjusted_rand"] }' "$1/quality.csv"; }
echo "adjusted Rand index: exact $(ari exact), coarse $(ari coarse)"
"$BUYERMAP" assign coarse/result.h5 buyers.csv --out placed --quiet >line
[ "$(wc -l <placed/assignments.csv)" = 6001 ]
map single --coarse 300 --precision single --quiet
map height --coarse 300 --newick --quiet
tr -cd , <height/dendrogram.nwk | wc -c | awk '{ print ($1 > 100 && $1 < 300) ? "newick of micro-segments" : $1 }'
# No more buyers than N: the tree is the buyers' own, whatever --precision says.
head -150 buyers.csv >few.csv
few() {
    out=$1
    shift
    "$BUYERMAP" cluster few.csv --id buyer_id --columns c1,c2,c3 --method ward --quiet --out "$out" "$@" >line
}
few own --k 4
few roomy --k 4 --coarse 149
few floats --k 4 --coarse 500 --precision single
cmp own/assignments.csv roomy/assignments.csv
cmp own/assignments.csv floats/assignments.csv
# A cut by height says by itself how many segments there are.
few cut --coarse 5 --cut-height 1000
wc -l <cut/segments.csv
refused() {
    code=0
    "$BUYERMAP" cluster buyers.csv --id buyer_id --columns c1,c2 --out no "$@" >line 2>said || code=$?
    echo "$code: $(sed 's/^buyermap: error: //' said | tail -1)"
}
refused --method average --coarse 100
refused --method kmeans --coarse 100
refused --method ward --coarse 100 --min-size 5
refused --method ward --coarse 100 --k 200
refused --method ward --coarse many
