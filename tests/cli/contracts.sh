# Contracts in a job: who is active while one runs, empty ends, what is refused by name, what is
# left out and counted; lifetime.churned_after_days.
set -eu
cat >contracts.csv <<'END'
customer,from,until,monthly
a,2024-01-15,2024-03-01,10
a,2024-03-01,,15
b,2024-01-31,2024-02-01,20
b,2024-04-02,2024-04-20,30
c,2024-02-10,2024-02-10,40
d,2024-05-01,,50
END
job() {
    cat >job.yaml <<END
as_of: 2024-04-30
inputs:
  contracts: {path: contracts.csv, buyer: customer, start: from, end: until$1}
$2
END
}
run() {
    "$BUYERMAP" run job.yaml --out o "$@"
}
job ", amount: monthly" ""
run 2>/dev/null
cat o/churn.csv o/revenue_movements.csv
grep -A3 '"reason"' o/run.json

echo without amounts
job "" ""
run --quiet --set cohorts.period=quarter
cat o/churn.csv
[ ! -e o/revenue_movements.csv ]

echo a population, half of which has no contract
printf 'id,x\na,1\nb,2\nx,9\ny,9.5\n' >buyers.csv
job ", amount: monthly" "  buyers: {path: buyers.csv, id: id, columns: [x]}"
run --set cluster.k=2 2>log
grep 'contracts of' log
cut -d, -f1-5,10-11 o/churn.csv

# refused NAME=VALUE…: what the message says
refused() {
    code=0
    run --quiet "$@" 2>&1 >/dev/null || code=$?
    echo "exit $code"
}
echo refused
refused --set inputs.contracts.start=begin
refused --set inputs.contracts.start=until
refused --set lifetime.churned_after_days=soon
refused --set lifetime.churned_after_days=-1
job "" ""
sed -i 's/, end: until//' job.yaml
refused
job "" ""
sed -i 's/path: contracts.csv, //' job.yaml
refused
job "" ""
sed -i 's/^a,2024-03-01,/a,2024-03-01,2024-02-01/' contracts.csv
refused
run --quiet --max-bad-rows 1 >/dev/null
cat o/rejected.csv
