# survival: what it tells and writes, and what it says of tables and flags that do not fit.
set -u
. "$(dirname "$0")/bad_rows.inc"
cat >plans.csv <<'X'
months,left,plan,note
9,yes,basic,a
13,yes,basic,b
13,no,basic,c
18,yes,basic,d
23,yes,plus,e
28,no,plus,f
0,no,plus,g
31,yes,plus,h
4,yes,10,i
X
survival() { # what a call gives: JSON, messages, exit code
    echo "== survival $*"
    code=0
    "$BUYERMAP" survival "$@" >out 2>err || code=$?
    cat out err
    echo "exit $code"
}
survival plans.csv --time months --event left --group plan --out o
cat o/survival.csv o/survival_tests.csv o/survival_summary.csv o/rejected.csv
sed -n '/"survival": {/,/}/p' o/run.json
echo "== a table of HDF5, compressed CSV, another decimal mark"
cp o/result.h5 curves.h5
"$BUYERMAP" survival curves.h5 --dataset survival --time time --event events=1 --group group --out h --quiet
cat h/survival.csv
gzip -c plans.csv >plans.csv.gz
tr , ';' <plans.csv | sed 's/^9;/9,0;/' >marks.csv
"$BUYERMAP" survival plans.csv.gz --time months --event left --group plan --out h --quiet >/dev/null
for file in survival survival_tests survival_summary; do cmp o/$file.csv h/$file.csv; done
"$BUYERMAP" survival marks.csv --delimiter ';' --decimal , --time months --event left --group plan --out h --quiet >/dev/null
for file in survival survival_tests survival_summary; do cmp o/$file.csv h/$file.csv; done
survival plans.csv --time months --event left --interval plain --restricted-to 20 --out o --quiet
cat o/survival_tests.csv o/survival_summary.csv
survival plans.csv --time months --event left=no --group plan --out p --dry-run
[ ! -e p ] || echo "BUT results were written"
survival plans.csv --time months --event left=nope --out o

echo "== events"
printf 't,happened=late,status\n1,TRUE,1\n2,False,2\n3,true,2.0\n' >codes.csv
for event in happened=late happened=late=False status=2 status=1; do
    "$BUYERMAP" survival codes.csv --time t --event "$event" --out o --quiet >out 2>err || cat err
    echo "$event: $(cut -d, -f4 o/survival.csv | tr '\n' ' ')"
done

echo "== little to follow"
printf 't,e,g\n' >none.csv
printf 't,e,g\n4,1,a\n' >one.csv
printf 't,e,g\n4,0,a\n5,0,b\n5,0,b\n' >still.csv
for table in none one still; do
    survival $table.csv --time t --event e --group g --out o
    cat o/survival.csv o/survival_tests.csv o/survival_summary.csv
done

echo "== what does not fit"
survival codes.csv --time t --event status --out q
survival codes.csv --time t --event happened --out q
survival codes.csv --time t --event colour=red --out q
survival codes.csv --time t --event status=1 --group nobody --out q
survival codes.csv --time t --event t=1 --out q
survival codes.csv --time status --event status=1 --out q
survival codes.csv --time t --event status=1 --group t --out q
survival codes.csv --event status=1 --out q
survival codes.csv --time t --out q
survival codes.csv --time t --event status=1 --interval logit --out q
survival codes.csv --time t --event status=1 --restricted-to -1 --out q
survival absent.csv --time t --event status=1 --out q
survival
[ ! -e q ] || echo "BUT results were written"

echo "== odd rows"
printf 't,e\n-1,1\n' >lost.csv
survival lost.csv --time t --event e --max-bad-rows 100% --out o
cat o/survival.csv o/survival_summary.csv
printf 't,e,g\n1,1,10\n2,0,9\n3,1,"a ""b""\n\001"\n' >names.csv
survival names.csv --time t --event e --group g --out o --log-format json
survival names.csv --time t --event e --group g --out q/r
rm -rf o
table() { # table NAME FORMAT: good rows around what is bad
    printf "t,e,g\n1,1,a\n2,0,b\n$2"'8,1,a\n9,1,b\n' >$1
    bad $1 survival --time t --event e --group g
}
table negative.csv '-3,1,a\n4,1,b\n-2,0,b\n'
table text.csv 'soon,1,a\n'
table infinite.csv 'inf,1,a\n'
table missing.csv ',1,a\n3,,a\n3,1,\n'
table mixed.csv '-5,1,a\nx,1,a\n'
table event.csv '3,maybe,a\n'
