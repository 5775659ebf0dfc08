# stdout carries one line of JSON; everything else goes to stderr; a full stdout is an I/O error.
set -u
"$BUYERMAP" run "$DATASETS/weekly.yaml" --out o >out 2>err || exit 1
[ "$(wc -l <out)" -eq 1 ] || exit 2
grep -q '^{"status":"ok","verb":"run","rows_in":37151,"used":37151,"rejected":0,"duplicates":0,"excluded":0,"out":"o"}$' out || exit 3
"$BUYERMAP" run "$DATASETS/weekly.yaml" --out o --quiet >out 2>err || exit 4
[ ! -s err ] || exit 5
"$BUYERMAP" run "$DATASETS/weekly.yaml" --out o --log-format json >out 2>err || exit 6
! grep -qv '^{"level":".*","message":".*"}$' err || exit 7
"$BUYERMAP" run "$DATASETS/weekly.yaml" --out o --quiet >/dev/full 2>err
[ $? -eq 74 ] || exit 8
grep -q "cannot write to stdout" err || exit 9
"$BUYERMAP" --help >out 2>err && [ -s out ] && [ ! -s err ] || exit 10
"$BUYERMAP" --version >out 2>err && grep -q '^buyermap [0-9]' out && ! grep -q status out || exit 11
for verb in run cluster rfm cohorts inspect generate; do
    "$BUYERMAP" $verb --help >out 2>err || exit 12
    grep -q '^example:' out && ! grep -q '"status"' out || exit 13
done
"$BUYERMAP" run "$DATASETS/weekly.yaml" --dry-run --out never >out 2>err || exit 14
grep -q 'used *frequency' out && grep -q 'never/result.h5' out && [ ! -e never ] || exit 15
! grep -q '"status"' out || exit 16
# Buyer ids never appear in logs.
printf 'id,a\nSECRET-7,1\nSECRET-7,2\nx,3\n' >ids.csv
"$BUYERMAP" cluster ids.csv --id id --out o2 >out 2>err
[ $? -eq 65 ] && ! grep -q SECRET out err || exit 17
