# A real retailer's year of orders (UCI Online Retail), against figures that pandas, scikit-learn and
# R gave for it. Skipped without the file.
set -eu
log=$BUYERMAP_DATA/transactions/online_retail.csv.gz
[ -e "$log" ] || { echo "no $log" >&2; exit 77; }
run() {
    "$BUYERMAP" run "$DATASETS/online_retail.yaml" --set "inputs.orders.path=$log" --quiet "$@"
}

# near NAME ACTUAL WANTED TOLERANCE (relative)
near() {
    awk -v name="$1" -v a="$2" -v b="$3" -v t="$4" 'BEGIN {
        d = a - b; if (d < 0) d = -d; w = b < 0 ? -b : b
        if (a == "" || d > t * w) { print name ": " a ", not " b; exit 1 } }' >&2
}
# The value in the column of that name, of the row whose first fields are given: value FILE COLUMN KEY
value() {
    awk -F, -v column="$2" -v key="$3" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) c = i }
        index($0 ",", key ",") == 1 { print $c; exit }' "$1"
}

run --set 'cluster.k=[3, 6]' --out map >status
grep -q '"rows_in":541909,"used":397884,"rejected":0,"duplicates":0,"excluded":144025,' status

# 4,338 buyers, 18,532 orders, revenue 8,911,407.904
[ "$(sed 1d map/rfm.csv | wc -l)" -eq 4338 ]
[ "$(awk -F, 'NR > 1 { n += $3 } END { print n }' map/rfm.csv)" -eq 18532 ]
near revenue "$(value map/concentration.csv total revenue)" 8911407.904 1e-12
awk -F, 'NR > 1 { r += $2; f += $3; m += $4; n++ }
    END { printf "%.9f %.9f %.9f\n", r / n, f / n, m / n }' map/rfm.csv >means
read -r r f m <means
near recency "$r" 93.059474 1e-8
near frequency "$f" 4.272015 1e-6
near monetary "$m" 2054.266460 1e-9
near top20 "$(value map/concentration.csv top20 revenue)" .746171 1e-6
near top10 "$(value map/concentration.csv top10 revenue)" .613751 1e-6
near top1 "$(value map/concentration.csv top1 revenue)" .319989 2e-6
near gini "$(value map/concentration.csv gini revenue)" .7151396179 1e-9
near hhi "$(value map/concentration.csv hhi revenue)" .0046436010 1e-7
[ "$(value map/concentration.csv n_for_80 revenue)" = 1133 ]
[ "$(awk -F, '$8 == 555' map/rfm.csv | wc -l)" -eq 348 ]
[ "$(awk -F, '$8 == 111' map/rfm.csv | wc -l)" -eq 184 ]

# k-means on log1p and zscore: the best known inertias; local optima lie close for k = 5 and 6, where
# 0.01 % above is good enough.
near k3 "$(value map/quality.csv inertia kmeans,3)" 4856.3224673 1e-9
near k4 "$(value map/quality.csv inertia kmeans,4)" 3924.3786783 1e-9
awk -v a="$(value map/quality.csv inertia kmeans,5)" -v b="$(value map/quality.csv inertia kmeans,6)" \
    'BEGIN { exit !(a > 3200 && a <= 3268.1 && b > 2800 && b <= 2840.4) }'
run --set cluster.k=4 --out four >/dev/null
[ "$(cut -d, -f2 four/assignments.csv | sed 1d | sort | uniq -c | awk '{ printf "%s ", $1 }')" = \
    "1575 1161 877 725 " ]

# Ward: undoing the merge of height h takes h^2 / 2 off the inertia.
run --set cluster.method=ward --set 'cluster.k=[1, 4]' --out tree >/dev/null
previous=
for pair in 1: 2:111.9016384523 3:51.3728582170 4:45.8778627476; do
    now=$(value tree/quality.csv inertia "ward,${pair%%:*}")
    [ -z "$previous" ] ||
        near "ward height ${pair%%:*}" \
            "$(awk -v a="$previous" -v b="$now" 'BEGIN { printf "%.10f", sqrt(2 * (a - b)) }')" \
            "${pair#*:}" 1e-9
    previous=$now
done

# The first two cohorts: buyers active in each month, revenue of the first three.
actives() {
    awk -F, -v cohort="$1" '$1 == 0 && $2 == cohort { printf "%s ", $9 }' map/cohort_retention.csv
}
[ "$(actives 2010-12-01)" = "885 324 286 340 321 352 321 309 313 350 331 445 235 " ]
[ "$(actives 2011-01-01)" = "417 92 111 96 134 120 103 101 125 136 152 49 " ]
near "cohort revenue" "$(value map/cohort_retention.csv revenue 0,2010-12-01,885,0)" 572713.89 1e-12
near "cohort revenue" "$(value map/cohort_retention.csv revenue 0,2010-12-01,885,1)" 276237.69 1e-12
near "cohort revenue" "$(value map/cohort_retention.csv revenue 0,2010-12-01,885,2)" 233845.37 1e-12
# The open month has counts and no retention.
[ "$(value map/cohort_retention.csv retention_bounded 0,2010-12-01,885,12)" = "" ]
[ "$(value map/cohort_retention.csv is_complete 0,2010-12-01,885,12)" = 0 ]
