# Published figures of iris, Mall and USArrests through the front door. Skipped without the data.
set -eu
data=$BUYERMAP_DATA/attributes
[ -d "$data" ] || { echo "no $data" >&2; exit 77; }
check() { # FILE COLUMN KEY WANTED
    awk -F, -v column="$2" -v key="$3" -v want="$4" '
        NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) c = i }
        index($0 ",", key ",") == 1 {
            d = $c - want; if (d < 0) d = -d
            found = 1
            if (d > 1e-9 * want + 1e-10) { print column, $c, "not", want; bad = 1 } }
        END { exit bad || !found }' "$1" >&2
}
map() {
    "$BUYERMAP" cluster "$@" --normalize none --quiet --out o >/dev/null
}
map "$data/iris.csv" --exclude species --k 2:6
for row in 2,152.34795176 3,78.85144143 4,57.22847321 5,46.44618205 6,39.03998725; do
    check o/quality.csv inertia "kmeans,${row%,*}" "${row#*,}"
done
check o/quality.csv silhouette kmeans,3 .552819012356
check o/quality.csv silhouette kmeans,2 .681046169212
[ "$(awk -F, '$2 == 2 { print $13 }' o/quality.csv)" = 1 ] # silhouette chooses 2
while read -r method cophenetic sizes; do
    map "$data/iris.csv" --exclude species --method "$method" --k 3
    check o/quality.csv cophenetic "$method,3" "$cophenetic"
    [ "$(cut -d, -f2 o/assignments.csv | sed 1d | sort | uniq -c | awk '{ printf "%s ", $1 }')" = "$sizes " ]
done <<'EOF'
ward .872828315331 64 50 36
complete .726985683628 72 50 28
average .876956146474 64 50 36
single .863878677308 98 50 2
weighted .867976648611 65 50 35
EOF
# z-scores of the sample (n - 1) are those of the population times sqrt((n - 1) / n).
"$BUYERMAP" cluster "$data/iris.csv" --exclude species --k 3 --quiet --out o >/dev/null
awk -F, 'NR == 2 { d = $3 * 149 / 150 - 138.88835972; exit !(d < 1e-7 && d > -1e-7) }' o/quality.csv
map "$data/Mall_Customers.csv" --columns "Annual Income (k\$),Spending Score (1-100)" --k 3:6
for row in 3,106348.373062 4,73679.7890395 5,44448.4554479 6,37233.8145107; do
    check o/quality.csv inertia "kmeans,${row%,*}" "${row#*,}"
done
check o/quality.csv silhouette kmeans,5 .5539319974
map "$data/USArrests.csv" --method average --k 2
check o/quality.csv cophenetic average,2 .765898317727
