# survival beside R's package survival on 30 random tables of 1 to 5 groups, with ties and without:
# curves, standard errors and intervals of all three kinds, medians with theirs, restricted means,
# and the two tests that R has, to 1e-9. Skipped without the package.
set -eu
Rscript -e 'library(survival)' >/dev/null 2>&1 || { echo "no R with its package survival" >&2; exit 77; }
timeout 120 Rscript "$(dirname "$DATASETS")/tests/reference/survival_peer.R"
# same OURS THEIRS: cell by cell.
same() {
    awk -F, -v OFS=, -v name="$2" 'NR == FNR { line[NR] = $0; n = NR; next }
        { lines++; count = split(line[FNR], theirs, ",")
          if (count != NF) { print name ":" FNR ": " NF " cells, not " count; exit bad = 1 }
          for (i = 1; i <= NF; i++) {
              if ($i == theirs[i]) continue
              d = $i - theirs[i]; if (d < 0) d = -d
              size = theirs[i] < 0 ? -theirs[i] : theirs[i]
              if ($i == "" || theirs[i] == "" || $i !~ /^[-0-9.e+]+$/ || d > 1e-9 * size && d > 1e-12) {
                  print name ":" FNR ":" i ": " $i ", not " theirs[i]; exit bad = 1 } } }
        END { if (!bad && lines != n) { print name ": " lines " rows, not " n; bad = 1 }; exit bad }' "$2" "$1" >&2
}
tables=0
while IFS=, read -r name type end; do
    "$BUYERMAP" survival "$name.csv" --time t --event e --group g --interval "$type" \
        ${end:+--restricted-to "$end"} --out out --quiet >/dev/null
    sed 1d out/survival.csv >ours
    same ours "$name.curve"
    sed 1d out/survival_summary.csv | cut -d, -f1-8 >ours
    same ours "$name.summary"
    sed -n '/^log-rank/p; /^fleming/p' out/survival_tests.csv | cut -d, -f1,3- >ours
    same ours "$name.test"
    tables=$((tables + 1))
done <settings
[ "$tables" -eq 30 ]
