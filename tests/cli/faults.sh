# Every fault: exit code and words. The table that comes out is faults.stdout.
set -u
printf 'id,a,b\n1,1,2\n2,3,4\n3,5,7\n' >good.csv
printf 'id,a,b\n1,1,2\n2,x,4\n3,5,7\n4,6,8\n' >bad.csv
printf 'id,a,b\n1,1,2\n2,3\n' >short.csv
printf 'id,a\n1,5\n2,5\n3,5\n' >equal.csv
printf 'id,a,b\n1,5,1\n2,5,2\n3,5,9\n' >constant.csv
printf 'id,a\n1,5\n' >one.csv
printf 'id,a\n' >header.csv
: >empty.csv
printf 'a,b\n1,\n2,3\n' >missing.csv
printf 'a,b\n"1,2\n' >quote.csv
printf 'buyer,date,amount\nA,10/12/2011,5\nB,11/12/2011,6\n' >ambiguous.csv
printf 'buyer,date,amount\nA,25/12/2011,5\nB,11/12/2011,6\n' >daymonth.csv
printf 'id,a\n1,5\n1,6\n2,7\n' >twice.csv
printf 'inputs: {buyers: {path: good.csv}}\ncluster: {kk: 2}\n' >key.yaml
printf 'inputs: {buyers: {path: good.csv}}\noutreach: {capacity: 5}\n' >later.yaml
printf 'inputs: {orders: {path: ambiguous.csv, buyer: nobody, date: date}}\n' >column.yaml
printf 'seed: 1\n' >nothing.yaml
mkdir folder foreign
echo mine >foreign/mine.txt

# try NAME ARGUMENTS…: the exit code, then the message of the status line.
try() {
    echo "== buyermap $*"
    "$BUYERMAP" "$@" >out 2>err
    code=$?
    # Lists of a registry's names are left out: they grow with it.
    echo "exit $code: $(sed -n 's/.*"message":"\(.*\)"}$/\1/p' out | sed 's/ is not one of .*/ is not one of …/')"
    [ ! -e out-dir ] || echo "BUT results were written"
    rm -rf out-dir
}
cluster() {
    try cluster "$@" --out out-dir
}

try
try fly
try funnel stages.csv
try cluster
try cluster good.csv extra.csv
try cluster good.csv --kay 3
try cluster good.csv --k
cluster good.csv --k many
cluster good.csv --normalize zzz
cluster good.csv --max-size 9 --method ward
cluster good.csv --criterion gaps
cluster good.csv --previous last.h5
cluster good.csv --method ward --init random
cluster good.csv --seed -1
cluster nowhere.csv
cluster folder
cluster empty.csv
cluster header.csv
cluster bad.csv
cluster short.csv
cluster quote.csv
cluster twice.csv --id id
cluster missing.csv
cluster good.csv --columns a,z
cluster good.csv --id z
cluster good.csv --k 4
cluster one.csv
cluster one.csv --k 2
cluster equal.csv
cluster equal.csv --k 2
cluster good.csv --memory-limit 100
try cluster good.csv --out foreign
try cluster good.csv --out good.csv
try cluster good.csv --out no/such/place
try run nowhere.yaml
try run folder
try run key.yaml --out out-dir
try run later.yaml --out out-dir
try run nothing.yaml --out out-dir
try run column.yaml --out out-dir
try rfm ambiguous.csv --out out-dir
try rfm daymonth.csv --out out-dir
try rfm good.csv --out out-dir
try generate buyers
try -v
try generate stages --out x.csv
try generate buyers --out x.txt
try generate buyers --buyers 0 --out x.csv
try generate orders --params 1,2,3 --out x.csv
cluster good.csv --scores rank
try run nothing.yaml --set k=5
try run nothing.yaml --set output.csv=false --set output.hdf5=false
printf 'id;x;y\n1;2,5;1\n2;3,5;2\n3;9,1;4\n' >semicolon.csv
echo "== hints"
"$BUYERMAP" cluster semicolon.csv --k 2 --out out-dir 2>&1 >out | grep 'warning'
"$BUYERMAP" cluster semicolon.csv --delimiter ';' --k 2 --out ok 2>&1 >out | grep 'decimal comma'
printf 'buyer_id,x\n1,2\n1,5\n2,9\n' >repeated.csv
"$BUYERMAP" cluster repeated.csv --k 2 --out ok 2>&1 >out | grep 'no id'
echo "== what is no fault"
"$BUYERMAP" cluster constant.csv --k 2 --out ok --quiet | sed 's/"out".*//'
"$BUYERMAP" cluster equal.csv --k 1 --out ok --quiet | sed 's/"out".*//'
"$BUYERMAP" cluster one.csv --k 1 --out ok --quiet | sed 's/"out".*//'
"$BUYERMAP" cluster one.csv --method ward --cut-height 1 --out ok --quiet | sed 's/"out".*//'
"$BUYERMAP" cluster bad.csv --k 2 --max-bad-rows 1 --out ok --quiet | sed 's/"out".*//'
cat ok/rejected.csv
