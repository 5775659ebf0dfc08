# ltv of order logs, summaries, survivors and contracts; and what it refuses.
set -eu

# column TABLE NAME: its values.
column() {
    sed 's/"[^"]*"/quoted/g' "$1" | awk -F, -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i; next }
        { print $at }'
}
# total TABLE COLUMN, to six digits; nothing known counts as 0.
total() {
    column "$1" "$2" | awk '{ sum += $1 } END { printf "%.6g\n", sum }'
}
# same A B: equal to six digits.
same() {
    [ "$1" = "$2" ] || { echo "$1 is not $2" >&2; exit 1; }
}

echo "== an order log"
"$BUYERMAP" generate orders --buyers 400 --segments 1 --params 0.8,6,0.8,2.5 --from 2024-01-01 \
    --to 2025-06-30 --out orders.csv --quiet
"$BUYERMAP" ltv orders.csv --until 2025-03-31 --holdout-until 2025-06-30 --out log --quiet |
    sed 's/"rows_in.*/…/'
ls log
for table in models buyers segments holdout tracking calibration; do
    sed -n 1p "log/ltv_$table.csv"
done
column log/ltv_models.csv model | uniq
[ "$(column log/ltv_models.csv chosen | sort -u | tr -d '\n')" = 01 ]
same "$(total log/ltv_buyers.csv clv)" "$(total log/ltv_segments.csv clv_total)"
same "$(total log/ltv_buyers.csv expected_orders)" "$(total log/ltv_segments.csv expected_orders)"
grep -Eq '"lifetime_seconds": [0-9.]*[1-9]' log/run.json
# Without a holdout the calibration goes to the last order; the day is told and recorded.
"$BUYERMAP" ltv orders.csv --dry-run 2>/dev/null | grep 'lifetime.until\|horizon\|ltv_'
"$BUYERMAP" ltv orders.csv --models nbd --unit day --horizon inf --out day --quiet >/dev/null
grep -o '"until": "[0-9-]*"\|"horizon": [^,]*' day/run.json
column day/ltv_models.csv model | sort -u

echo "== a summary of it says the same"
awk -F, 'NR == 1 { print "weight,who,M_X,X,T_X,t"; next } { print "1," $1 "," $6 "," $3 "," $4 "," $5 }' \
    log/ltv_buyers.csv >summary.csv
"$BUYERMAP" ltv summary.csv --summary --buyer who --out sum --quiet >/dev/null
for name in p_alive expected_orders clv; do
    same "$(total log/ltv_buyers.csv $name)" "$(total sum/ltv_buyers.csv $name)"
done
ls sum

echo "== opportunities, with weights, in the words of lifetimes"
printf 'frequency,recency,periods,weights\n0,0,6,3464\n1,1,6,1091\n1,2,6,577\n2,2,6,728\n3,6,6,300\n6,6,6,1203\n9,9,6,0\n' >n.csv
"$BUYERMAP" ltv n.csv --summary --out n --max-bad-rows 1 2>&1 >/dev/null | grep 'guessed\|table\|models'
cut -d, -f3 n/ltv_segments.csv
printf 'x,t_x,T,weight\n0,0,9,5\n1,3,9,0\n2,6,9,4\n' >weights.csv
"$BUYERMAP" ltv weights.csv --summary --out w --quiet | grep -o '"rows_in.*"out'
# Of T and n the models ask for one; opportunities may be called T.
printf 'x,t_x,T,n\n0,0,9,6\n1,3,9,6\n2,5,8,6\n' >both.csv
sed 's/,n$/,z/' both.csv >times.csv
for flags in 'both.csv' 'both.csv --models bgbb' 'times.csv --models bgbb'; do
    # shellcheck disable=SC2086
    "$BUYERMAP" ltv $flags --summary --dry-run 2>/dev/null | grep '^models\|used .*[Tn]:'
done
# Survivors are no buyers, and of others nobody knows what was due when.
"$BUYERMAP" ltv both.csv --summary --dry-run --out d 2>/dev/null | sed -n '/^files/,$p'

echo "== survivors by group"
{
    echo 'Group,Period,Survivors'
    i=0
    for s in 1000 869 743 653 593 551 517 491; do echo "High End,$i,$s"; i=$((i + 1)); done
    i=0
    for s in 1000 631 468 382 326 289 262 241; do echo "Regular,$i,$s"; i=$((i + 1)); done
} >survivors.csv
"$BUYERMAP" ltv survivors.csv --survivors --models sbg --unit month --out surv --quiet >/dev/null
ls surv
awk -F, 'NR > 1 { printf "%s %s %.4f %.6f\n", $NF, $2, $3, $5 }' surv/ltv_models.csv
awk -F, 'NR == 1 || NR == 2 { $4 = $6 = ""; print }' surv/ltv_tracking.csv

echo "== contracts"
printf 'id,from,to,fee\nA,2024-01-01,2024-03-10,10\nB,2024-01-01,,20\nC,2024-02-01,2024-02-02,\nD,2024-06-01,2024-05-01,5\nE,2024-02-15,,30\nB,2025-01-01,,7\nF,2024-02-01,2024-04-20,9\n' >contracts.csv
"$BUYERMAP" ltv contracts.csv --start from --end to --buyer id --amount fee --unit month \
    --until 2024-06-30 --max-bad-rows 1 --out con 2>/dev/null | sed 's/"out.*//'
cut -d, -f1,3,5,6,7 con/ltv_buyers.csv
cut -d, -f2,4- con/rejected.csv
# Without --until, up to the latest day that the table names, start or end.
"$BUYERMAP" ltv contracts.csv --start from --end to --dry-run --max-bad-rows 1 2>/dev/null |
    grep lifetime.until
printf 'from,to\n2024-01-01,2024-05-05\n2024-02-01,\n' >ended.csv
"$BUYERMAP" ltv ended.csv --start from --end to --dry-run 2>/dev/null | grep lifetime.until

echo "== run: the money of segments is that of their buyers"
cat >job.yaml <<'JOB'
inputs: {orders: {path: orders.csv, buyer: buyer_id, date: ordered_at, amount: amount}}
cluster: {k: 3, restarts: 1}
lifetime: {models: [nbd, bgnbd], unit: month, margin: 0.35}
JOB
"$BUYERMAP" run job.yaml --out run --quiet >/dev/null
same "$(total run/ltv_buyers.csv clv)" "$(total run/segments.csv clv_total)"
same "$(total run/ltv_buyers.csv clv)" "$(sed 2d run/ltv_segments.csv >parts.csv; total parts.csv clv_total)"
cut -d, -f1,2 run/ltv_segments.csv
[ "$(column run/segments.csv churn_rate | grep -c .)" -eq 3 ]
[ "$(column run/segments.csv p_alive_mean | grep -c .)" -eq 3 ]
# A log that says nothing of lifetimes is no reason to make no map.
printf 'id,a\n1,1\n2,2\n3,9\n4,8\n' >buyers.csv
printf 'buyer,date,amount\n1,2025-01-01,-5\n2,2025-01-03,-1\n' >returns.csv
cat >returns.yaml <<'JOB'
inputs:
  buyers: {path: buyers.csv, id: id}
  orders: {path: returns.csv, buyer: buyer, date: date, amount: amount, returns: {column: amount, below: 0}}
features: {use: [a], without_orders: include}
cluster: {k: 2}
JOB
"$BUYERMAP" run returns.yaml --out returns 2>&1 >/dev/null | grep 'lifetime value'
[ -e returns/segments.csv ]
[ ! -e returns/ltv_models.csv ]
code=0
"$BUYERMAP" run job.yaml --set lifetime.models=sbg --out refused >out 2>/dev/null || code=$?
[ "$code" -eq 78 ]

echo "== what no model can be fitted to is told"
printf 'id,date,amount\n1,2025-01-01,5\n2,2025-01-01,7\n' >day.csv
"$BUYERMAP" ltv day.csv --out day 2>&1 >/dev/null | grep warning
cut -d, -f1,2,7-10 day/ltv_buyers.csv
# A likelihood without a value is missing, in words and in the table.
printf 'x,t_x,T,m_x\n3,4,20,5e-324\n2,9,20,12\n1,3,20,4\n0,0,20,\n' >tiny.csv
"$BUYERMAP" ltv tiny.csv --summary --models nbd --out tiny 2>&1 >/dev/null | grep gamma
grep gamma_gamma,q tiny/ltv_models.csv
"$BUYERMAP" ltv survivors.csv --survivors --models sbg --dry-run --out d | sed -n '/^inputs/,$p'

echo "== refused"
try() {
    code=0
    "$BUYERMAP" ltv "$@" --out refused >out 2>/dev/null || code=$?
    echo "$*"
    # Lists and words of the registry are left out: they grow with it.
    echo "  $code: $(sed -n 's/.*"message":"\(.*\)"}$/\1/p' out |
        sed 's/; there are nbd.*/; there are …/; s/\( is no model of [^:]*\):.*/\1: …/')"
    [ ! -e refused ] || echo "BUT results were written"
    rm -rf refused
}
# row HEADER ROW: a summary of one row.
row() {
    printf '%s\n%s\n' "$1" "$2" >row.csv
    try row.csv --summary
}
try summary.csv --summary --survivors
try contracts.csv --start from
try contracts.csv --start from --end to --summary
try contracts.csv --start from --end from
try contracts.csv --start from --end until
try contracts.csv --start from --end to
try survivors.csv --survivors --until 2024-01-01
try summary.csv --summary --date day
try orders.csv --models sbg
try orders.csv --models bgnb
try orders.csv --models gamma_gamma
try orders.csv --until 2023-01-01
try orders.csv --until 2025-01-01 --holdout-until 2024-01-01
try orders.csv --holdout-until 2024-01-01
try orders.csv --horizon inf --discount 0
try orders.csv --horizon soon
try summary.csv --summary --models bdw
try summary.csv --summary --models bgnbd,bgbb
try survivors.csv --survivors --models nbd
try contracts.csv --start from --end to --models bgbb
try contracts.csv
row x,t_x,T 2,15,10
row x,t_x,T 2.5,5,10
row x,t_x,T -1,5,10
row x,t_x,T 2,0,10
row x,t_x,T 0,3,10
row x,t_x,T 1,,10
row x,t_x,T,weight 1,2,10,-1
row x,t_x,T,m_x 1,2,10,-1
printf 'id,x,t_x,T\na,1,3,9\nb,0,0,9\na,2,5,9\n' >twice.csv
try twice.csv --summary --buyer id
row x,t_x,n 3,2,6
row x,t_x,n 1,2.5,6
row x,t_x,n 1,7,6
row x,t_x,n 1,7,1e308
row x,T 1,3
row x,t_x 1,3
awk -F, -v OFS=, 'NR > 1 && $3 != "" { $3 = "1e307" } { print }' summary.csv >dear.csv
try dear.csv --summary --buyer who --models nbd
printf 'x,t_x,T\n2,15,10\n' >bad.csv
try bad.csv --summary --max-bad-rows 100%
# A row of ltv_tracking for each group, model and period: refused before any is made.
awk 'BEGIN { print "period,survivors,group"; for (g = 0; g < 300; g++) printf "0,100,%d\n1,90,%d\n2,85,%d\n", g, g, g }' >many.csv
try many.csv --survivors --horizon 100000 --memory-limit 500M
printf 'period,survivors\n0,100\n2,90\n' >gap.csv
try gap.csv --survivors
printf 'period,survivors\n0,100\n1,110\n' >grow.csv
try grow.csv --survivors
