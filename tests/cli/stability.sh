# Bootstraps: the column in segments and quality, the words of the closing table, the warning, the
# time, and the same bytes whatever the threads.
set -eu
awk 'BEGIN {
    srand(7)
    print "a,b"
    for (i = 0; i < 240; i++)
        printf "%.6f,%.6f\n", (i % 2) * 40 + rand(), (i % 2) * (int(i / 2) % 2) * 3 * rand()
}' >clouds.csv
"$BUYERMAP" cluster clouds.csv --normalize none --k 6 --stability 30 --threads 1 --out one >line 2>said
"$BUYERMAP" cluster clouds.csv --normalize none --k 6 --stability 30 --threads 3 --out three --quiet >line
cmp one/segments.csv three/segments.csv
cmp one/quality.csv three/quality.csv
"$BUYERMAP" cluster clouds.csv --normalize none --k 2 --stability 30 --out two >line 2>said2
grep -q 'valid' said2
if grep -q 'when the buyers are drawn anew' said2; then exit 4; fi
grep -q 'Hennig 2007' said
# Buyers that a tree leaves over are no segments.
"$BUYERMAP" cluster clouds.csv --normalize none --method single --k 8 --stability 30 --out tree >line 2>said4
grep -q 'warning: .* when the buyers are drawn anew' said4
grep -q 'dissolved  ' said4
# Every row of segments is judged, and quality holds their mean over buyers.
/usr/bin/awk -F, '
FNR == 1 { for (i = 1; i <= NF; i++) at[FILENAME, $i] = i; next }
FILENAME ~ /segments/ { n += $(NF - 5); sum += $(NF - 5) * $NF; bad += $NF == "" || $NF > 1 }
FILENAME ~ /quality/ { mean = $at[FILENAME, "stability"] }
END { if (bad || n != 240 || (mean - sum / n) ^ 2 > 1e-20) { print "mean", mean, sum / n; exit 1 } }
' one/segments.csv one/quality.csv
grep -q '"stability_seconds": 0.*[1-9]' one/run.json
"$BUYERMAP" cluster clouds.csv --k 2 --stability -1 --out no >line 2>&1 && exit 2
# No bootstraps, no column of words.
"$BUYERMAP" cluster clouds.csv --normalize none --k 2 --out none >line 2>said3
if grep -q 'stability' said3; then exit 3; fi
