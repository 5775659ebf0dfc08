# Which days the models are fitted to and compared with, where nobody says: what is told and what is
# recorded of it.
set -eu
"$BUYERMAP" generate orders --buyers 400 --segments 1 --params 0.8,6,0.8,2.5 --from 2024-01-01 \
    --to 2025-06-30 --out log.csv --quiet >/dev/null
cat >job.yaml <<'END'
as_of: 2025-07-20
inputs:
  orders: {path: log.csv, buyer: buyer_id, date: ordered_at, amount: amount, returns: {column: amount, below: 0}}
cluster: {k: 2, restarts: 1, quality: none}
lifetime: {models: [nbd]}
END
# days NAME=VALUE…: what run.json says, and what was told.
days() {
    "$BUYERMAP" run job.yaml --out o "$@" 2>log >/dev/null
    grep -Eo '"(until|holdout_until)": "[0-9-]*"' o/run.json || true
    grep -Eo 'back-test.*|the last order is of .*' log || true
    cut -d, -f2,3 o/ltv_holdout.csv | sed 1d
}
# A return is no order: the log ends on 30 June for the models.
sed -n 2p log.csv | sed 's/,20[0-9-]*,\([^,]*\),[^,]*,/,2025-07-10,\1,-5,/' >>log.csv
echo "== to the day before as_of, and a back-test"
days
echo "== the rest of the log"
days --set lifetime.until=2025-03-31
echo "== as far as is said"
days --set lifetime.until=2025-03-31 --set lifetime.holdout_until=2025-05-31
echo "== further than the log goes"
days --set lifetime.until=2025-07-15
days --set lifetime.until=2025-03-31 --set lifetime.holdout_until=2025-07-05
echo "== seven weeks are too few to hold some back, fifty days are not"
awk -F, 'NR == 1 || $2 < "2024-02-20"' log.csv >short.csv
for unit in week day; do
    "$BUYERMAP" ltv short.csv --models nbd --unit $unit --out short 2>log >/dev/null
    grep -Eo 'back-test.*' log || true
    sed 1d short/ltv_holdout.csv | cut -d, -f1
done
echo "== nothing is read after as_of"
for day in until=2025-07-21 "until=2025-03-31 --set lifetime.holdout_until=2025-07-21"; do
    code=0
    # shellcheck disable=SC2086
    "$BUYERMAP" run job.yaml --set lifetime.$day --out refused 2>/dev/null >out || code=$?
    echo "$code $(sed 's/.*"message":"\(.*\)"}/\1/' out)"
done
echo "== a day that stands for an unknown one is not tracked from"
{ cat short.csv && sed -n 2p log.csv | sed 's/,20[0-9-]*,/,0001-01-01,/'; } >unknown.csv
"$BUYERMAP" ltv unknown.csv --models nbd --out unknown 2>log >/dev/null
grep -o 'the orders reach over.*' log
wc -l <unknown/ltv_tracking.csv
