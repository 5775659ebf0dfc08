# Benchmark sets with the true k and default settings: the inertia is at most the one published for
# k-means (statistics.md §2.8, given to so many digits: half of the last one is let through), and
# below that of the true labels. Skipped without the data.
set -eu
data=$BUYERMAP_DATA/clustering
[ -d "$data" ] || { echo "no $data" >&2; exit 77; }
failed=0
while read -r set k published half; do
    gunzip -c "$data/$set.data.gz" | awk 'BEGIN { OFS = "," }
        NR == 1 { for (i = 1; i <= NF; i++) printf "c%d%s", i, i < NF ? "," : "\n" }
        { $1 = $1; print }' >table.csv
    gunzip -c "$data/$set.labels0.gz" >labels
    [ "$(sort -u labels | wc -l)" -eq "$k" ]
    "$BUYERMAP" cluster table.csv --columns "$(sed 1q table.csv)" --k "$k" --normalize none --quiet \
        --out o >/dev/null
    # Means of the true segments first, then the squares about them.
    sed 1d table.csv | paste -d, labels - >both
    truth=$(awk -F, '
        NR == FNR { n[$1]++; for (i = 2; i <= NF; i++) mean[$1, i] += $i; next }
        { for (i = 2; i <= NF; i++) { e = $i - mean[$1, i] / n[$1]; s += e * e } }
        END { printf "%.17g", s }' both both)
    awk -F, -v set="$set" -v published="$published" -v half="$half" -v truth="$truth" '
        NR == 1 { for (i = 1; i <= NF; i++) if ($i == "inertia") c = i }
        NR == 2 && !($c <= published + half && $c < truth) {
            printf "%s: inertia %s, published %s, of the true labels %s\n", set, $c, published, truth
            exit 1
        }
        END { if (NR != 2) exit 1 }' o/quality.csv >&2 || failed=1
done <<'END'
s1 15 8.91761561687e12 5
s2 15 1.32792335237e13 50
a1 20 1.21462575e10 50
d31 31 3393.307073 .0000005
r15 15 108.619041 .0000005
aggregation 7 10996.756 .0005
END
exit $failed
