# assign: a k-means map gives its own buyers the labels, distances, seconds and margins they have, bit
# for bit, whatever normalized them; and what it says of new buyers and of tables that do not fit is
# assign.stdout.
set -u
fail() { echo "$*" >&2; exit 1; }
# Numbers that depend on the row only; ties on a grid, rows that repeat, texts, and gaps.
awk -v OFS=, 'function noise(i, j) { s = i * 7919 + j * 104729 + 12345; s = s * 16807 % 2147483647;
        return s * 16807 % 2147483647 / 2147483647 }
    BEGIN {
        printf "buyer_id"
        for (j = 1; j <= 20; j++) printf ",f%d", j
        print ",region,role"
        for (i = 1; i <= 700; i++) {
            of = i % 10 == 0 ? i - 7 : i
            printf "B%d", i
            for (j = 1; j <= 20; j++)
                printf ",%.17g", j % 3 == 0 ? int(5 * noise(of, j)) : exp(3 * noise(of, j) + of % 4)
            print "", noise(of, 30) < .4 ? "North" : "\"South, \"\"East\"\"\"", "role=" of % 5
        }
    }' >whole.csv
awk -F, -v OFS=, 'NR > 1 && NR % 23 == 0 { $3 = "" } NR > 1 && NR % 31 == 0 { $NF = "NA" } 1' whole.csv >gaps.csv
cut -d, -f1,4,7,10,13 whole.csv >grid.csv
awk -F, -v OFS=, 'NR > 1 { gsub(/\./, ";"); gsub(/,/, "|"); gsub(/;/, ",") } NR == 1 { gsub(/,/, "|") } 1' grid.csv >marks.csv

maps=0
# back TABLE READING THREADS FLAGS: the table is clustered and assigned.
back() {
    table=$1 reading=$2 teams=$3
    shift 3
    # shellcheck disable=SC2086
    "$BUYERMAP" cluster "$table" $reading "$@" --restarts 2 --quality none --out map --quiet >out ||
        fail "cluster $table $*: $(cat out)"
    for threads in $teams; do
        # shellcheck disable=SC2086
        "$BUYERMAP" assign map/result.h5 "$table" $reading --threads $threads --out "a$threads" --quiet >out ||
            fail "assign $table $*: $(cat out)"
        cmp map/assignments.csv "a$threads/assignments.csv" >&2 || fail "$table $*: other assignments"
        rm "a$threads/run.json"
        [ -e first ] || mv "a$threads" first
        [ ! -e "a$threads" ] || diff -r first "a$threads" >&2 || fail "$table $*: other bytes with $threads threads"
    done
    rm -rf first a1 a2 a7
    maps=$((maps + 1))
}
texts="--categories region,role"
for normalize in none zscore minmax robust log1p yeojohnson quantile; do
    back whole.csv "" "1 2 7" --k 4 --normalize $normalize $texts --winsorize 0.05
    back grid.csv "" 2 --k 5 --normalize $normalize
    for missing in drop median mean; do
        back gaps.csv "" 2 --k 3 --normalize $normalize --missing $missing $texts
    done
done
columns=f1
for d in $(seq 2 20); do
    columns=$columns,f$d
    back whole.csv "" 2 --k $((d % 7 + 1)) --columns $columns --normalize yeojohnson
done
back whole.csv "" "1 2 7" --k 1
back marks.csv "--delimiter | --decimal ," 2 --k 3
gzip -c grid.csv >grid.csv.gz
back grid.csv.gz "" 2 --k 3 --method kmeans
"$BUYERMAP" generate buyers --buyers 500 --out buyers.h5 --quiet >/dev/null
back buyers.h5 "--dataset buyers" 2 --k 3 --exclude segment
printf 'inputs: {buyers: {path: whole.csv, categories: [region, role]}}\nfeatures: {weights: {f1: 3, region: 0.01, "role=role=2": 9}, normalize: robust}\ncluster: {k: 4}\n' >job.yaml
"$BUYERMAP" run job.yaml --out map --quiet >/dev/null
"$BUYERMAP" assign map/result.h5 whole.csv --out a --quiet >/dev/null
cmp map/assignments.csv a/assignments.csv >&2 || fail "weights: other assignments"
echo "$maps maps and one with weights: the same"

says() { # what assign says of it: exit code, message or warnings
    code=0
    "$BUYERMAP" assign "$@" --out said >out 2>err || code=$?
    echo "exit $code: $(sed -n 's/.*"message":"\(.*\)"}/\1/p; s/,"out".*//p' out)"
    sed -n 's/^buyermap: warning: /  warning: /p' err
}
echo "== tables that do not fit"
"$BUYERMAP" cluster gaps.csv --columns f1,f2,region --categories region --missing median --k 3 --out filled --quiet >/dev/null
"$BUYERMAP" cluster whole.csv --columns f1,f2,region --categories region --normalize log1p --k 3 --out strict --quiet >/dev/null
printf 'f2,id,f1,region\n1,A,2,North\n2,B,3,West\n3,C,4,\n4,D,,Atlantis\n' >new.csv
says filled/result.h5 new.csv --id id
cut -d, -f1 said/assignments.csv | tr '\n' ' '
echo
says strict/result.h5 new.csv --id id
says strict/result.h5 new.csv --id id --max-bad-rows 2
cat said/rejected.csv
printf 'f2,id,f1,region\n1,A,2,North\n2,B,-3,North\n3,C,-4,North\n' >low.csv
says strict/result.h5 low.csv --id id
says strict/result.h5 low.csv --id id --max-bad-rows 50%
says strict/result.h5 low.csv --id id --max-bad-rows 2
cat said/rejected.csv
sed 1q said/segments.csv
sed 1d said/segments.csv | awk -F, '{ n += $(NF - 7); of += $(NF - 1); share += $NF }
    END { print NR " segments, " n " buyers on a map of " of ", shares " share }'
says strict/result.h5 low.csv --id f1
says strict/result.h5 low.csv --id who
printf 'id,f1\nA,1\n' >narrow.csv
says strict/result.h5 narrow.csv
printf 'id,f2,f1,region\nA,1,1,North\nA,2,2,North\n' >twice.csv
says strict/result.h5 twice.csv --id id
says strict/result.h5 twice.csv
cut -d, -f1 said/assignments.csv | tr '\n' ' '
echo
"$BUYERMAP" cluster gaps.csv --columns f2,role --categories role --missing drop --k 3 --out dropped --quiet >/dev/null
printf 'id,role,f2\nA,role=1,2\nB,,3\nC,role=3,NA\nD,role=9,1\n' >some.csv
says dropped/result.h5 some.csv
cut -d, -f1 said/assignments.csv | tr '\n' ' '
echo
echo "== maps of orders"
"$BUYERMAP" run "$DATASETS/weekly.yaml" --out weekly --quiet >/dev/null
cp "$DATASETS/buyers.csv" .
says weekly/result.h5 buyers.csv
gzip -dc "$DATASETS/orders.csv.gz" | sed 1q >orders.csv
says weekly/result.h5 orders.csv
printf 'inputs: {orders: {path: %s, buyer: buyer_id, date: ordered_at, amount: amount}}\nfeatures: {use: [recency_days, frequency, monetary], normalize: yeojohnson}\ncluster: {k: 4}\n' "$DATASETS/orders.csv.gz" >job.yaml
"$BUYERMAP" run job.yaml --out behaviour --quiet >/dev/null
"$BUYERMAP" assign behaviour/result.h5 behaviour/rfm.csv --out a --quiet >/dev/null
sort behaviour/assignments.csv >one
sort a/assignments.csv >other
cmp one other && echo "rfm.csv: the same"
echo "== words in the wrong place"
says new.csv filled/result.h5
says nowhere.h5 new.csv
says . new.csv
says filled/result.h5 nowhere.csv
"$BUYERMAP" rfm "$DATASETS/orders.csv.gz" --out rfm --quiet >/dev/null
says rfm/result.h5 new.csv
says said/result.h5 new.csv
says filled/result.h5
says filled/result.h5 new.csv more.csv
says filled/result.h5 new.csv --k 3
says filled/result.h5 new.csv --memory-limit 100K
echo "== plan"
"$BUYERMAP" assign filled/result.h5 new.csv --id id --out nothing --dry-run 2>/dev/null | grep -v memory
[ ! -e nothing ] || fail "a dry run wrote files"
# A pipe is read once, and both inputs are in run.json.
"$BUYERMAP" assign filled/result.h5 /dev/stdin --id id --out piped --quiet <new.csv >/dev/null 2>&1
"$BUYERMAP" assign filled/result.h5 new.csv --id id --out said --quiet >/dev/null 2>&1
cmp piped/assignments.csv said/assignments.csv && echo "a pipe: the same"
sha256sum filled/result.h5 new.csv | while read -r sum file; do
    grep -q "\"sha256\": \"$sum\"" said/run.json && echo "$file: its sha256"
done
echo "== a start from a map"
"$BUYERMAP" cluster whole.csv $texts --normalize yeojohnson --k 4 --out map --quiet >/dev/null
"$BUYERMAP" cluster whole.csv $texts --normalize yeojohnson --init map/result.h5 --out again --quiet >/dev/null
cmp map/assignments.csv again/assignments.csv && [ "$(wc -l <again/iterations.csv)" -le 3 ] && echo "the same"
init() {
    code=0
    "$BUYERMAP" cluster "$@" --out again --quiet >out 2>/dev/null || code=$?
    echo "exit $code: $(sed -n 's/.*"message":"\(.*\)"}/\1/p; s/,"out".*//p' out)"
}
init whole.csv $texts --init map/result.h5 --k 3
init whole.csv --exclude region,role --init map/result.h5
init whole.csv $texts --init strict/result.h5
init whole.csv $texts --init map/result.h5 --method ward
init whole.csv $texts --init rfm/result.h5
"$BUYERMAP" cluster grid.csv --method ward --k 3 --out tree --quiet >/dev/null
init grid.csv --init tree/result.h5
