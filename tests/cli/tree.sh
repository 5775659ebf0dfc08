# What a tree is used for: cuts, least sizes, the table dendrogram, the Newick file, and new buyers.
set -eu
# Clouds of 60, 40 and 25 buyers with some space between, and 3 far away; ids that Newick must quote.
awk 'BEGIN {
    srand(9)
    print "id,a,b"
    split("0 20 50", x); split("60 40 25", size)
    for (c = 1; c <= 3; c++)
        for (i = 1; i <= size[c]; i++)
            printf "cloud%d %d,%.6f,%.6f\n", c, i, x[c] + rand() + rand(), rand() + rand()
    for (i = 1; i <= 3; i++)
        printf "far_%d,%.6f,%.6f\n", i, 200 + rand() / 4, 60 + rand() / 4
    print "it'"'"'s (a) [new]:one;,21,1"
}' | sed 's/^it.*one;/"&"/' >buyers.csv
tree() {
    out=$1
    shift
    "$BUYERMAP" cluster buyers.csv --normalize none --out "$out" --quiet "$@" >line || {
        cat line
        exit 1
    }
}
# Buyers of each segment, in a line.
sizes() {
    awk -F, 'NR == 1 { next } { n[$(NF - 3)]++ }
        END { for (s = 1; s in n; s++) printf "%s%d", (s > 1 ? " " : ""), n[s]; print "" }' \
        "$1/assignments.csv"
}
want() {
    if [ "$(sizes "$1")" != "$2" ]; then
        echo "$1: segments of $(sizes "$1"), wanted $2"
        exit 1
    fi
}
for method in ward single complete average weighted centroid median; do
    tree k --method $method --k 4
    want k '60 41 25 3'
    tree gap --method $method --cut gap --k 3:12
    want gap '60 41 25 3'
    # Between the merge of the near clouds and the last one within a cloud.
    height=$(awk -F, 'NR > 3 && NR < 6 { s += $4 / 2 } END { printf "%.17g", s }' k/dendrogram.csv)
    tree height --method $method --cut-height "$height" --quality none
    want height '60 41 25 3'
    # The three far away are too few: they stay with the rest until that is split, and then go to
    # the cloud that is nearest.
    tree least --method $method --k 3 --min-size 10
    want least '60 41 28'
    tree least --method $method --cut-height "$height" --min-size 4
    want least '60 41 28'
    tree least --method $method --cut gap --min-size 4
    want least '60 41 28'
    for map in k gap height least; do
        cp -r $map map
        # The buyers themselves, clear as they are, and new ones beside them.
        "$BUYERMAP" assign map/result.h5 buyers.csv --out new --quiet >line
        cut -d, -f1,2 new/assignments.csv >a
        cut -d, -f1,2 map/assignments.csv | cmp - a
        rm -r map new
    done
done
printf 'id,a,b\nn1,0.5,1.5\nn2,22,0\nn3,51,1\nn4,150,40\n' >new.csv
tree height --cut-height "$height" --method ward
"$BUYERMAP" assign height/result.h5 new.csv --out new --quiet >line
[ "$(cut -d, -f2 new/assignments.csv | tr '\n' ' ')" = 'segment 1 2 3 4 ' ]
tree one --method ward --cut-height 1e9
want one 129
tree low --method ward --cut-inconsistency 100
want low 129
tree inconsistent --method average --cut-inconsistency 1.15 --inconsistency-depth 4
[ "$(sed 1d inconsistent/segments.csv | wc -l)" -gt 1 ]

# The table: from the root down, every merge of the tree, or the highest.
tree whole --method ward --k 4 --dendrogram 5000 --newick --threads 1
tree top --method ward --k 4 --dendrogram 10 --threads 2 --newick
awk -F, 'NR == 1 { if ($0 != "node,left,right,height,size,parent,segment,inertia") exit 1; next }
    NR == 2 { root = $1; if ($6 != "" || $5 != 129 || $1 != 256) exit 1 }
    { seen[$1] = $5; parent[$2] = parent[$3] = $1; if ($1 != root - NR + 2) exit 1
      if (NR > 2 && $6 != parent[$1]) exit 1; if (NR > 2 && $4 > last) exit 1; last = $4 }
    NR <= 4 && $7 != "" { exit 1 }
    NR > 4 && $7 == "" { exit 1 }
    END { if (NR != 129) exit 1 }' whole/dendrogram.csv || {
    echo 'the table dendrogram is not the tree'
    exit 1
}
head -n 11 whole/dendrogram.csv | cmp - top/dendrogram.csv
cmp whole/dendrogram.nwk top/dendrogram.nwk
tree none --method ward --k 4 --dendrogram 0
[ ! -e none/dendrogram.csv ]
[ ! -e none/dendrogram.nwk ]

# Newick: every id once, the file in run.json, and gone with the next run that does not ask for it.
[ "$(tr -cd '(' <whole/dendrogram.nwk | wc -c)" = 129 ] # one of them in an id
grep -q "'it''s (a) \[new\]:one;':" whole/dendrogram.nwk
grep -q "'far_1':" whole/dendrogram.nwk
grep -o "'cloud[123] [0-9]*':" whole/dendrogram.nwk | sort -u | wc -l | grep -qx 125
sum=$(sha256sum <whole/dendrogram.nwk | cut -d' ' -f1)
grep -q "\"sha256\": \"$sum\"" whole/run.json
"$BUYERMAP" cluster buyers.csv --method ward --newick --out whole --dry-run | grep -qx '  whole/dendrogram.nwk'
tree whole --method ward --k 4
[ ! -e whole/dendrogram.nwk ]
"$BUYERMAP" cluster new.csv --columns a,b --id id --method ward --k 1 --newick --dendrogram 1 --out few --quiet >line
sed 1q new.csv >single.csv
sed -n 2p new.csv >>single.csv
"$BUYERMAP" cluster single.csv --columns a,b --id id --method ward --k 1 --newick --out few --quiet >line
[ "$(cat few/dendrogram.nwk)" = 'n1;' ]
[ "$(wc -l <few/dendrogram.csv)" = 1 ]

# A job says the same.
printf 'inputs: {buyers: {path: buyers.csv}}\nfeatures: {normalize: none}
cluster: {method: ward, cut: gap, k: [3, 12], min_size: 4}\noutput: {dir: job, newick: true, dendrogram: 7}\n' >job.yaml
"$BUYERMAP" run job.yaml --quiet >line
want job '60 41 28'
[ "$(wc -l <job/dendrogram.csv)" = 8 ]
[ -s job/dendrogram.nwk ]

refused() {
    want=$1
    text=$2
    shift 2
    code=0
    "$BUYERMAP" cluster buyers.csv "$@" --out no >line 2>&1 || code=$?
    if [ "$code" != "$want" ] || ! grep -q "$text" line; then
        echo "$*: exit $code"
        cat line
        exit 1
    fi
}
refused 64 'grow a tree' --cut gap
refused 64 'grow a tree' --cut-height 3
refused 64 'grow a tree' --newick
refused 64 'needs cluster.cut_height' --method ward --cut height
refused 64 'needs cluster.cut_inconsistency' --method ward --cut inconsistency
refused 64 'give one' --method ward --cut-height 1 --cut-inconsistency 1
refused 64 'give one' --method ward --cut-height 1 --cut gap
refused 64 'leave one out' --method ward --cut-height 1 --k 3
refused 64 'as a range' --method ward --cut gap --k 3
refused 64 'is not a number from 0' --method ward --cut-height -1
refused 64 'cluster.max_size is for the method kmeans only' --method ward --max-size 90
refused 69 'cannot be cut into 5 segments of at least 24 buyers each: there can be [34];' --method single --normalize none --k 5 --min-size 24
# More segments than can be described.
awk 'BEGIN { print "a"; for (i = 0; i < 10400; i++) print i * i }' >many.csv
code=0
"$BUYERMAP" cluster many.csv --columns a --method ward --cut-height 0 --quality none --out no >line 2>&1 || code=$?
[ "$code" = 71 ]
grep -q 'cut at height 0 has 10400 segments, and at most 10000' line
