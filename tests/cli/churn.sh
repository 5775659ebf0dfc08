# Churn by silence in a job without a model: nobody who ordered twice, then a number of days; the
# day on which silence grows too long.
set -eu
{
    echo buyer,date,amount
    for i in 1 2 3 4 5 6 7 8 9; do echo "b$i,2024-01-0$i,$i"; done
} >orders.csv
printf 'id,x\n' >buyers.csv
for i in 1 2 3 4 5 6 7 8 9; do echo "b$i,$i"; done >>buyers.csv
cat >job.yaml <<'END'
as_of: 2024-03-05
inputs:
  buyers: {path: buyers.csv, id: id, columns: [x]}
  orders: {path: orders.csv, buyer: buyer, date: date, amount: amount}
features: {use: [x]}
cluster: {k: 1, quality: none}
END
"$BUYERMAP" run job.yaml --out o 2>log >/dev/null
grep -c 'no buyer ordered on two days' log
grep -c 'nobody counts as churned' o/run.json
awk -F, 'NR > 1 { lost += $4 } END { print lost }' o/churn.csv

# b1 is silent for 30 days on 31 January, for 31 on 1 February; b9 on 9 February. 25 days: b1 to b5
# are gone by the end of January.
for days in 30 25 25.9 60; do
    "$BUYERMAP" run job.yaml --set lifetime.churned_after_days=$days --quiet --out o >/dev/null
    echo "after $days days"
    grep -o '"churned_after_days": .*' o/run.json
    grep '^0,' o/churn.csv | cut -d, -f2-5,7,8,10-13
done
