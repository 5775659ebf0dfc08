# Limits, files without rows, where records begin, orders, and jobs of two inputs: what is said of
# their bad rows, and what is let through. The table that comes out is bad_files.stdout.
set -u
. "$(dirname "$0")/bad_rows.inc"

echo "== limits"
# size BYTES CHARACTER
size() {
    head -c "$1" /dev/zero | tr '\0' "$2"
}
for bytes in 1048576 1048577 1999997; do
    { printf 'id,x\nA,1\nB,'; size $bytes x; printf '\nC,5\nD,9\n'; } >field.csv
    bad field.csv cluster --id id --k 2 | sed 's/x\{60,\}/x…x/g'
done
{ printf 'id,x\nA,1\nB,'; size 1999999 x; printf '\nC,5\nD,9\n'; } >line.csv
bad line.csv cluster --id id --k 2 | sed 's/x\{60,\}/x…x/g'
for columns in 16384 16385; do
    awk -v n=$columns 'BEGIN {
        for (row = 0; row < 4; row++)
            for (i = 1; i <= n; i++) printf "%s%s", row ? row * row + i : "c" i, i < n ? "," : "\n" }' >columns.csv
    echo "== $columns columns"
    "$BUYERMAP" cluster columns.csv --columns c2,c3 --k 2 --out o --quiet 2>&1 | sed 's/,"out".*//'
    rm -rf o
done

echo "== files without rows, and headers that cannot be used"
for text in '' '\n\r\n' '\357\273\277' 'id,x\n' 'id,x\n\n\n' 'id,x,x\nA,1,2\n' 'id,,x\nA,1,2\n' 'id,\nA,1\n' 'id,caf\351\nA,1\n' 'id,"x\nA,1\n'; do
    printf "$text" >t.csv
    bad t.csv cluster --k 1
done

echo "== where a record begins"
# Quoted records of several lines, CRLF, a byte-order mark, comments and blank lines; packed, the
# offset is that of the unpacked file.
printf '\357\273\277# made by hand\r\nid,x,t\r\nA,1,"one\r\n\r\nline"\r\n\r\nB,b,"2\n"\r\n# more\r\nC,3,x\r\n"D\r\n",d,5\r\nE,9,5\r\n' >place.csv
bad place.csv cluster --id id --k 2 --comment '#'
gzip -c place.csv >place.csv.gz
bad place.csv.gz cluster --id id --k 2 --comment '#'
# What stands at each of these places.
for place in 48 73; do
    tail -c +$((place + 1)) place.csv | head -n 1 | tr -d '\r'
done

echo "== orders"
printf 'buyer,date,amount,order\nA,2024-01-02,5,1\nB,2024-02-03,6,2\n,2024-02-04,7,3\nC,soon,8,4\nC,2024-13-01,8,4\nC,2024-03-05,none,5\nC,2024-03-06,9,6\nD,2024-03-06,,7\nD,2024-03-09,4,8\n' >orders.csv
bad orders.csv rfm
printf 'buyer,date,amount\nA,10/12/2011,5\nB,11/12/2011,6\nC,01/02/2011,6\n' >ambiguous.csv
bad ambiguous.csv rfm
printf 'buyer,date,amount\nA,25/12/2011,5\nB,11/12/2011,6\n' >daymonth.csv
bad daymonth.csv rfm

echo "== a job with two inputs"
printf 'id,x,role\nA,1,a\nB,2\nC,3,b\nC,4,b\nD,8,b\nE,9,a\n' >buyers.csv
cat >job.yaml <<'JOB'
as_of: 2024-04-01
inputs:
  buyers: {path: buyers.csv, id: id, categories: [role]}
  orders: {path: orders.csv, buyer: buyer, date: date, amount: amount, order: order, filter: [{column: amount, above: 4}]}
cluster: {k: 2}
JOB
printf 'Z,2024-03-09,8,9\n' >>orders.csv
for allowed in 0 1 2 3 4 5; do
    "$BUYERMAP" run job.yaml --out o --quiet --max-bad-rows $allowed >out 2>err
    code=$?
    if [ $code -ne 0 ]; then
        printf '%s\n' "$allowed allowed: exit $code: $(sed -n 's/^buyermap: error: //p' err)"
    else
        echo "$allowed allowed:"
        adds_up
        cat o/rejected.csv
        break
    fi
done
rm -rf o
for share in 30 50; do
    "$BUYERMAP" run job.yaml --out o --quiet --max-bad-rows $share% >out 2>err
    echo "$share %: exit $?: $(sed -n 's/^buyermap: error: //p' err)"
done
adds_up
