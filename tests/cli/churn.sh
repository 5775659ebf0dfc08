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

# auto, by a model without dropout: an order within a year less likely than 0.2, or the silence than
# 0.05. Who is churned by that, told from the parameters in closed form, are the events of survival.
"$BUYERMAP" generate orders --buyers 500 --segments 1 --params 1.5,6,0.8,2.5 --from 2022-01-01 \
    --to 2024-12-31 --out log.csv --quiet >/dev/null
cat >auto.yaml <<'END'
inputs:
  orders: {path: log.csv, buyer: buyer_id, date: ordered_at, amount: amount}
cluster: {k: 2, restarts: 1, quality: none}
lifetime: {models: [nbd], unit: month}
END
"$BUYERMAP" run auto.yaml --out auto 2>log >/dev/null
grep -o 'churn: .*' log
awk -F, -v days=30.4375 '
    FNR == NR { if ($2 == "r") r = $3; if ($2 == "alpha") alpha = $3; next }
    FNR > 1 {
        n = r + $3
        silent = (alpha + $4) * (0.05 ^ (-1 / n) - 1)
        order = 12 / (0.8 ^ (-1 / n) - 1) - alpha - $4
        if (order < silent) { silent = order; by_order++ } else by_silence++
        churned += int(silent * days) + 1 <= int(($5 - $4) * days + 1.5)
    }
    END { print churned; print (by_order > 0 && by_silence > 0 ? "both" : "one") >"limits" }
' auto/ltv_models.csv auto/ltv_buyers.csv >wanted
cat limits
awk -F, 'NR > 1 { events += $4 } END { print events }' auto/survival.csv | diff wanted - >&2
[ "$(cat wanted)" -gt 50 ]
# And each is followed in the segment that he is in.
sed 's/"[^"]*"/quoted/' auto/segments.csv | awk -F, 'NR > 1 { print $1 "," $3 }' >wanted
awk -F, 'NR > 1 { print $1 "," $2 }' auto/survival_summary.csv | diff wanted - >&2

# auto, without a model: 20 intervals, of which 19 are no longer than 20 days; returns make none.
{
    echo buyer,date,amount
    for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18; do
        printf 'c%s,2024-01-05,1\nc%s,2024-01-05,1\nc%s,2024-01-15,1\n' "$i" "$i" "$i"
    done
    printf 'd,2024-01-01,1\nd,2024-01-21,1\ne,2024-01-01,1\ne,2024-02-20,1\n'
    printf 'f,2024-01-05,1\nf,2024-02-18,-1\n'
} >gaps.csv
cat >gaps.yaml <<'END'
inputs:
  orders: {path: gaps.csv, buyer: buyer, date: date, amount: amount, returns: {column: amount, below: 0}}
features: {use: [frequency]}
cluster: {k: 2, quality: none}
lifetime: {until: 2000-01-01}
END
"$BUYERMAP" run gaps.yaml --out gaps 2>log >/dev/null
grep -o 'no lifetime value' log
grep -o 'churn: .*' log
grep -o '"churned_after_days": .*' gaps/run.json
