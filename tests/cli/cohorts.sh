# Cohorts through the verb: each kind of period, bounded and unbounded retention, the open period,
# means over complete ones; dates as written, an offset in them honoured; by segment in `run`.
set -eu
cat >orders.csv <<'END'
buyer,date,amount
a,2023-12-31,10
a,2024-01-01T00:00:00,20
b,2024-01-31T23:30:00-02:00,8
b,2024-02-29,4
c,2024-01-31 23:59:59,3
c,2024-02-01T01:30:00+02:00,2
a,2024-04-01,5
END
# b's first order was in February in UTC, c's second one still in January; 2023-12-31 is a Sunday.
show() {
    "$BUYERMAP" cohorts orders.csv --as-of 2024-04-01 --quiet --out o "$@" >/dev/null
    cut -d, -f2-12 o/cohort_retention.csv
}
echo month
show --period month
echo means
cat o/cohort_means.csv
echo day
show --period day | awk -F, '$8 != 0' # without the quiet days
for period in week quarter year rolling:31; do
    echo "$period"
    show --period "$period" | sed 1d
done

# By segment: the rows of two segments are those of segment 0, buyer for buyer.
cat >buyers.csv <<'END'
id,x
a,0
b,10
c,10.5
END
cat >job.yaml <<'END'
as_of: 2024-04-01
inputs:
  buyers: {path: buyers.csv, id: id, columns: [x]}
  orders: {path: orders.csv, buyer: buyer, date: date, amount: amount}
features: {use: [x]}
cluster: {k: 2, quality: none}
END
"$BUYERMAP" run job.yaml --quiet --out s >/dev/null
echo segments
cut -d, -f1-4,9,10,14 s/cohort_retention.csv | grep -v '^0,' # b and c are segment 1, a is 2
echo segment 0
cut -d, -f1-4,9,10,14 s/cohort_retention.csv | grep '^0,'
"$BUYERMAP" run job.yaml --set cohorts.by_segment=false --quiet --out s >/dev/null
! grep -q '^[12],' s/cohort_retention.csv
grep -q '^2,' s/churn.csv
