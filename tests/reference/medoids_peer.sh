# k-medoids beside R's cluster::pam: the objective is at most pam's on 20 sets of numbers and 8 of
# mixed data with missing values by Gower's distance; where it is the same, so is the silhouette.
# Trees of the same mixed data have the heights of hclust over daisy. Skipped without R.
set -eu
Rscript -e 'library(cluster)' >/dev/null 2>&1 || { echo "no R with its package cluster" >&2; exit 77; }
timeout 120 Rscript "$(dirname "$DATASETS")/tests/reference/medoids_peer.R"
value() {
    awk -F, -v name="$1" 'NR == 1 { for (c = 1; c <= NF; c++) if ($c == name) at = c } NR == 2 { print $at }' "$2/quality.csv"
}
better=0
while read -r name k distance objective silhouette; do
    "$BUYERMAP" cluster "$name.csv" --method kmedoids --distance "$distance" --k "$k" \
        --normalize none --quiet --out "$name" >/dev/null
    awk -v ours="$(value objective "$name")" -v pam="$objective" -v s="$(value silhouette "$name")" \
        -v r="$silhouette" -v name="$name" 'BEGIN {
            if (ours > pam * (1 + 1e-12)) { print name ": " ours " is more than " pam; exit 1 }
            same = ours > pam * (1 - 1e-12)
            if (same && (s - r > 1e-9 || r - s > 1e-9)) { print name ": silhouette " s ", not " r; exit 1 }
            print same ? "same" : "better"
        }' >said || { cat said; exit 1; }
    [ "$(cat said)" = same ] || better=$((better + 1))
done <settings
for i in 1 2 3 4 5 6 7 8; do
    for method in single complete average weighted; do
        R=$method
        [ $method != weighted ] || R=mcquitty
        "$BUYERMAP" cluster "g$i.csv" --method $method --distance gower --k 3 --quality none \
            --quiet --out tree >/dev/null
        awk -F, 'NR == 1 { for (c = 1; c <= NF; c++) if ($c == "height") at = c; next } $at != "" { print $at }' \
            tree/dendrogram.csv | sort -gr | head -n 20 | paste - "g$i.$R" |
            awk -v name="g$i $method" '{ if ($1 - $2 > 1e-12 || $2 - $1 > 1e-12) { print name ": " $1 " is not " $2; exit 1 } n++ }
                END { exit n == 20 ? 0 : 1 }'
    done
done
echo "better than pam on $better of 28 sets" >&2
