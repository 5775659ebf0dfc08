# Odd tables through every linkage: one to three buyers, equal ones, extreme values, spacing and
# weights, more micro-segments than buyers. Prints the exit codes: table, k, then one a linkage.
set -u
number() { awk "BEGIN { print \"a,b,w\"; srand(2); for (i = 0; i < 40; i++) print $1 }" >"$2.csv"; }
printf 'a,b,w\n1,2,1\n' >one.csv
printf 'a,b,w\n1,2,1\n3,5,1\n' >two.csv
printf 'a,b,w\n1,2,1\n3,5,1\n9,1,1\n' >three.csv
printf 'a,b,w\n1,1,1\n1,1,1\n1,1,1\n1,1,1\n' >equal.csv
printf 'a,b,w\n1,1,1\n1,1,1\n1,1,1\n1,2,1\n' >but_one.csv
number '0.5 ^ i "," 0 "," 1' geometric
number '(rand() - 0.5) "e150," (rand() - 0.5) "e150,1"' huge
number '(rand() - 0.5) "e-150," (rand() - 0.5) "e-150,1"' tiny
number '(rand() - 0.5) "e-310," (rand() - 0.5) "e-310,1"' denormal
number '(rand() - 0.5) "e300," (rand() - 0.5) "e300,1"' past_a_double
number 'i % 5 "," i % 3 "," (i % 2 ? "1e100" : "1e-100")' weights
number 'i ",0,1e-170"' light
number 'i ",0,1e170"' heavy
for table in one two three equal but_one geometric huge tiny denormal past_a_double weights light heavy; do
    for k in 1 2; do
        codes=
        for method in ward single complete average weighted centroid median; do
            timeout 20 "$BUYERMAP" cluster $table.csv --columns a,b --weight w --normalize none \
                --method $method --k $k --newick --out o --quiet >out 2>err
            code=$?
            codes="$codes $code"
            # All or nothing, and words with every refusal.
            if [ $code -eq 0 ]; then
                [ "$(wc -l <o/assignments.csv)" -eq "$(wc -l <$table.csv)" ] || exit 2
                rm -r o
            else
                [ ! -e o ] && grep -q 'error: ..........' err || exit 3
            fi
        done
        echo "$table $k:$codes"
    done
done
for coarse in 1 2 3 4; do
    timeout 20 "$BUYERMAP" cluster three.csv --columns a,b --method ward --k 1 --coarse $coarse --out o \
        --quiet >out 2>err
    echo "coarse $coarse of three: $? $(wc -l <o/micro_segments.csv) $(wc -l <o/dendrogram.csv)"
done
